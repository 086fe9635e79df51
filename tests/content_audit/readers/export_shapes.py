"""Small files of every shape that is read, made here: each has the layout of the real export and words of our own."""

from __future__ import annotations

import io
import json
import plistlib
import sqlite3
from pathlib import Path
from typing import Any

ARTICLE = """<!DOCTYPE html>
<html><head><title></title>
<meta name="author" content="林晓" />
<meta property="og:title" content="防汛物资调拨进展" />
<meta property="og:url" content="https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv" />
<meta property="og:image" content="https://mmbiz.qpic.cn/mmbiz_jpg/cover/0?wx_fmt=jpeg" />
<meta property="og:description" content="第一批物资已到\\x0a第二批在途" />
</head><body id="activity-detail">
<script>var biz = "MzA1" || ""; var mid = "2247000001" || ""; var idx = "2" || "";</script>
<div id="js_article"><h1 class="rich_media_title" id="activity-name">
    防汛物资调拨进展
</h1><span id="js_name">江城应急</span><em id="publish_time"></em>
<span id="copyright_logo" class="original">原创</span>
<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">
<p>各位市民：</p><section><span>本次调拨</span><span>共 3 批。</span></section>
<p><img data-src="https://mmbiz.qpic.cn/a/640?wx_fmt=png" data-aistatus="1" alt="示意图"></p>
<p><img src="page_files/640.png" data-src="https://mmbiz.qpic.cn/b/640"></p>
<p style="display:none">内部备注</p>
<mp-common-profile data-nickname="江城水务" data-signature="供水服务"></mp-common-profile>
<a class="weapp_text_link" data-miniprogram-nickname="江城通" data-miniprogram-path="pages/index">进入小程序</a>
<p>详见<a href="https://www.example.gov.cn/news">官网</a></p>
</div><div id="js_claim_source_content">个人观点，仅供参考</div></div>
<script>
var msg_title = '防汛物资调拨进展'.html(false); var msg_desc = htmlDecode("第一批物资已到");
var oriCreateTime = '1764000000'; var createTime = '2025-11-24 23:59';
var copyright_stat = "%STAT%"; var source_username = "%SOURCE%"; var item_show_type = "%KIND%";
var msg_source_url = 'https://www.example.gov.cn/full'; var msg_link = "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv";
</script></body></html>"""

DATA_PAGE = """<!DOCTYPE html><html><head><meta property="og:title" content="" /></head>
<body><div id="js_article"></div><script>
function JsDecode(str) { return str.replace(/\\\\x3c/g, '<'); }
window.item_show_type = '%KIND%' || '';
window.cgiDataNew = {
    base_resp: { ret: '0' * 1 },
    nick_name: JsDecode('江城文旅'),
    title: JsDecode('周末看展\\x26amp;听琴'),
    content_noencode: JsDecode('%TEXT%'),
    create_time: JsDecode('2026-10-01 09:30'), ori_create_time: '1790818200' * 1,
    copyright_info: { copyright_stat: '1' * 1 },
    bizuin: JsDecode('MzA2'), mid: '2247000002' * 1, idx: '1' * 1,
    item_show_type: '%KIND%' * 1,
    picture_page_info_list: [
        { cdn_url: JsDecode('https://mmbiz.qpic.cn/p0/0?x=1\\x26amp;y=2'), watermark_info: { cdn_url: JsDecode('https://mmbiz.qpic.cn/w/0') } },
        { cdn_url: JsDecode('https://mmbiz.qpic.cn/p1/0') },
    ],
    claim_source: { claim_source_type: '4' * 1 },
    public_tag_info: { tags: [ { album_info: { title: JsDecode('城市漫步') } } ] },
};
</script></body></html>"""

REMOVED = """<!DOCTYPE html><html class=""><head><link href="//res.wx.qq.com/a/res.css"></head><body>
<div class="weui-msg"><div class="weui-msg__text-area"><div class="weui-msg__title warn">该内容已被发布者删除</div></div></div>
</body></html>"""

STRINGS_XML = """<?xml version="1.0" encoding="utf-8"?>
<resources xmlns:xliff="urn:oasis:names:tc:xliff:document:1.2">
    <string name="app_name" translatable="false">江城\\u5bb6</string>
    <string name="greeting">你好，<xliff:g id="name">%1$s</xliff:g>！\\n
        今天也\\'加油\\'</string>
    <string name="promo"><![CDATA[<b>限时</b>优惠<br>仅此一天]]></string>
    <string name="alias">@string/app_name</string>
    <color name="red">#f00</color>
    <string-array name="tips"><item>先看公告</item><item>再办业务</item></string-array>
    <plurals name="days"><item quantity="other">还有 %d 天</item></plurals>
</resources>"""

STRINGS = """/* 首页 */
"home.title" = "江城\\U5bb6 \\"首页\\"";
// 按钮
pay = "立即支付";
"坏行
"home.tip" = "第一行\\n第二行";
"""

CATALOG: dict[str, Any] = {
    "sourceLanguage": "en",
    "version": "1.0",
    "strings": {
        "%lld days": {
            "localizations": {
                "zh-Hans": {
                    "variations": {"plural": {"other": {"stringUnit": {"state": "translated", "value": "%lld 天"}}}}
                },
                "en": {"stringUnit": {"state": "translated", "value": "%lld days"}},
            }
        },
        "Pay": {"localizations": {"zh-Hans": {"stringUnit": {"state": "translated", "value": "支付"}}}},
    },
}

JPUSH: dict[str, Any] = {
    "cid": "push-1",
    "platform": "all",
    "audience": {"tag": ["深圳"]},
    "notification": {
        "alert": "停水通知：今晚八点",
        "android": {
            "title": "江城水务",
            "alert": "停水通知：今晚八点",
            "extras": {"url": "https://www.example.gov.cn/w"},
        },
        "ios": {"alert": {"title": "江城水务", "body": "今晚八点停水，请提前储水"}, "sound": "default"},
    },
}
APNS: dict[str, Any] = {"aps": {"alert": {"title": "账单", "subtitle": "十月", "body": "本月账单已出"}, "badge": 1}}

PUSH_CSV = """标题,内容,推送时间,人群,链接
停电检修,明早六点至八点停电,2026-11-26 08:00,城东,https://www.example.com/a
,,,,
缴费提醒,"本月电费
已出账",2026/11/27 9:30,全部,
"""

_WEIBO_COLUMNS = (
    "id,bid,正文,头条文章url,原始图片url,视频url,位置,日期,工具,点赞数,评论数,转发数,话题,@用户,完整日期,编辑次数,"
    "是否原创,源用户昵称,源微博id,源微博正文"
)
WEIBO_CSV = f"""\ufeff{_WEIBO_COLUMNS}
5000000000000001,Oaaa1,【江城今晚点亮】#江城灯会#今晚开幕，欢迎来看！ \u200b,,"https://wx1.sinaimg.cn/a.jpg,https://wx1.sinaimg.cn/b.jpg",\
,江城,2026-10-01,微博,1,2,3,江城灯会,江城文旅,2026-10-01 19:00:00,2,True,,,
5000000000000002,Oaaa2,转起来,,,,,2026-10-02,微博,1,2,3,,,2026-10-02 08:00:00,0,False,江城消防,4999999999999999,用电安全提示
5000000000000003,Oaaa3,,,,,,2026-10-03,微博,0,0,0,,,,0,True,,,
"""

_SPIDER_COLUMNS = (
    "微博id,微博正文,头条文章url,原始图片url,被转发微博原始图片url,是否为原创微博,微博视频url,发布位置,发布时间,发布工具,"
    "点赞数,转发数,评论数"
)
SPIDER_CSV = f"""{_SPIDER_COLUMNS}
Oaaa4,"说得好
原始用户: 江城气象
转发内容: 明天有大风",无,无,无,False,无,无,2026-10-04 08:00,iPhone,1,2,3
"""

CRAWLER_JSON: dict[str, Any] = {
    "user": {"id": "1000000001", "screen_name": "江城发布"},
    "weibo": [
        {
            "user_id": 1000000001, "screen_name": "江城发布", "id": 5000000000000001, "bid": "Oaaa1",
            "text": "#江城灯会#开幕", "pics": "https://wx1.sinaimg.cn/large/a.jpg", "video_url": "", "article_url": "",
            "created_at": "2026-10-01", "full_created_at": "2026-10-01 19:00:00", "reposts_count": 3,
            "attitudes_count": 1, "topics": "江城灯会", "at_users": "", "edited": True, "edit_count": 2, "links": [],
            "retweet": {"id": 4999999999999999, "screen_name": "江城消防", "text": "用电安全提示", "created_at": "2026-09-30"},
        },
        {"id": 5000000000000009, "text": None, "created_at": "2026-10-01"},
    ],
}  # fmt: skip

STATUS: dict[str, Any] = {
    "id": 5000000000000005,
    "idstr": "5000000000000005",
    "mblogid": "Oaaa5",
    "created_at": "Thu Oct 01 19:00:00 +0800 2026",
    "user": {"id": 1000000001, "idstr": "1000000001", "screen_name": "江城发布", "verified_type": 3},
    "text": '【通知】今晚<a href="https://weibo.com/n/江城水务">@江城水务</a> 检修<img alt="[话筒]" src="//h5.sinaimg.cn/e.png">…全文',
    "isLongText": True,
    "longText": {"longTextContent": "【通知】今晚 @江城水务 检修，八点停水。 \u200b"},
    "pic_ids": ["p1"],
    "pic_infos": {"p1": {"large": {"url": "https://wx1.sinaimg.cn/large/p1.jpg"}}},
    "page_info": {"type": "video", "page_title": "检修现场", "page_url": "https://video.weibo.com/1"},
    "edit_count": 1,
    "retweeted_status": {
        "id": 4999999999999999, "idstr": "4999999999999999", "text": "水管检修计划", "created_at": "Wed Sep 30 10:00:00 +0800 2026",
        "user": {"screen_name": "江城水务"},
    },
}  # fmt: skip

EXPORTED: list[Any] = [
    {
        "aid": "2247000003_1", "appmsgid": 2247000003, "itemidx": 1, "fakeid": "MzA3", "_accountName": "江城发布",
        "title": "灯会延期公告", "digest": "因大风延期", "author_name": "编辑部", "cover": "https://mmbiz.qpic.cn/c/0",
        "copyright_stat": 1, "copyright_type": 1, "item_show_type": 0, "is_deleted": False,
        "create_time": 1790818200, "update_time": 1790818300, "link": "https://mp.weixin.qq.com/s/ZyXwVuTsRqPoNmLkJiHgFe",
        "appmsg_album_infos": [{"title": "公告"}], "content": "<p>原定今晚的灯会<b>延期</b>。</p>",
        "comments": [{"content": "收到", "nick_name": "甲", "reply_new": {"reply_list": [{"content": "感谢理解"}]}}],
    },
    "坏",
    {"aid": "2247000004_1", "appmsgid": 2247000004, "itemidx": 1, "title": "已下线的一篇", "is_deleted": True, "copyright_stat": 0},
]  # fmt: skip

PUBLISHED: dict[str, Any] = {
    "total_count": 2, "item_count": 2,
    "item": [
        {
            "article_id": "ART-1", "update_time": 1790818200,
            "content": {"news_item": [
                {"title": "甲", "author": "林晓", "digest": "", "content": '<p>正文甲</p><img data-src="https://m/1">',
                 "content_source_url": "https://www.example.com/x", "thumb_url": "https://m/c", "url": "", "is_deleted": False},
                {"title": "乙", "content": "<p>正文乙</p>", "is_deleted": True},
            ]},
        },
        {"article_id": "ART-2"},
    ],
}  # fmt: skip

DRAFT: dict[str, Any] = {
    "item": [{
        "media_id": "MED-1", "update_time": 1790818200,
        "content": {"news_item": [{
            "article_type": "newspic", "title": "三张图", "content": "图说今日",
            "image_info": {"image_list": [{"image_media_id": "IMG-1"}, {"image_media_id": "IMG-2"}]},
        }]},
    }],
}  # fmt: skip

SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>欢迎</i>收看\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n第一行\r\n第二行\r\n"
VTT = "WEBVTT\n\nNOTE 制作说明\n\n00:01.000 --> 00:02.000 align:start\n<v 主持人>各位好\n"
ASS = (
    "[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,{\\an8}你好，\\N世界\nComment: 0,0:00:03.00,0:00:04.00,Default,待定\n"
)

OWN = (
    '{"id":"a-1","title":"开幕","text":"今晚八点。","channel":"wechat","account":"江城发布","published_at":"2026-10-01T19:00:00+08:00","images":["img/a.png"]}\n'
    "坏行\n"
    '{"id":"a-2","text":"停水通知","channel":"push"}\n'
    '{"id":"a-3","channel":"nowhere","text":"x"}\n'
    '{"id":"a-4","html":"<p>甲</p><p>乙</p>","channel":"weibo"}\n'
)


def page(stat: str = "1", source: str = "", kind: str = "0") -> str:
    return ARTICLE.replace("%STAT%", stat).replace("%SOURCE%", source).replace("%KIND%", kind)


def data_page(kind: str, text: str) -> str:
    return DATA_PAGE.replace("%KIND%", kind).replace("%TEXT%", text)


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def stringsdict(binary: bool = False) -> bytes:
    value = {
        "days": {
            "NSStringLocalizedFormatKey": "%#@d@",
            "d": {
                "NSStringFormatSpecTypeKey": "NSStringPluralRuleType",
                "NSStringFormatValueTypeKey": "d",
                "other": "还有 %d 天",
            },
        }
    }
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)


def weibo_database(path: Path) -> Path:
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE weibo (id, bid, user_id, screen_name, text, pics, video_url, created_at, topics, retweet_id,"
            " edit_count, primary key(id))"
        )
        rows = [
            ("501", "Oaaa1", "1", "江城发布", "【预告】今晚直播", "", "", "2026-10-01 19:00:00", "", "", 0),
            ("502", "Oaaa2", "1", "江城发布", "转起来", "", "", "2026-10-02 19:00:00", "", "401", 1),
            ("401", "Oaaa0", "2", "江城消防", "用电安全", "", "", "2026-09-30 19:00:00", "", "", 0),
        ]
        database.executemany("INSERT INTO weibo VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
    database.close()
    return path


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


EXPORTER_SHEET: list[list[object]] = [
    ["公众号", "ID", "链接", "标题", "封面", "摘要", "创建时间", "发布时间", "阅读", "作者", "是否原创", "文章类型", "所属合集", "文章内容"],
    ["江城发布", "2247000003_1", "https://mp.weixin.qq.com/s/ZyXwVuTsRqPoNmLkJiHgFe", "灯会延期公告", None, "因大风延期",
     "2026-10-01 09:30:00", "2026-10-01 09:31:40", 9, "编辑部", "原创", "普通图文", "#公告 #灯会", "原定今晚的灯会延期。"],
]  # fmt: skip


def every_shape(folder: Path) -> dict[str, bytes]:
    """One file of each format by name, for tests that go over all of them."""
    return {
        "page.html": page().encode(),
        "pictures.html": data_page("8", "第一行\\x0a第二行").encode(),
        "removed.html": REMOVED.encode(),
        "own.jsonl": OWN.encode(),
        "published.json": dumped(PUBLISHED),
        "draft.json": dumped(DRAFT),
        "exported.json": dumped(EXPORTED),
        "exported.xlsx": workbook({"Sheet1": EXPORTER_SHEET}),
        "weibo.csv": WEIBO_CSV.encode(),
        "spider.csv": SPIDER_CSV.encode("gb18030"),
        "weibo.json": dumped(CRAWLER_JSON),
        "statuses.json": dumped({"data": {"list": [STATUS]}}),
        "weibo.db": weibo_database(folder / "made.db").read_bytes(),
        "strings.xml": STRINGS_XML.encode(),
        "Localizable.strings": STRINGS.encode("utf-16"),
        "Localizable.stringsdict": stringsdict(),
        "Binary.strings": stringsdict(binary=True),
        "Localizable.xcstrings": dumped(CATALOG),
        "push.jsonl": dumped(JPUSH) + b"\n" + dumped(APNS) + b"\n",
        "push.csv": PUSH_CSV.encode("gb18030"),
        "a.srt": SRT.encode(),
        "b.vtt": VTT.encode(),
        "c.ass": ASS.encode("utf-16"),
    }
