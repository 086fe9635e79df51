"""One post in the three formats it goes through: the Word draft, the draft in WeChat, the saved published page.

WeChat stores pictures anew (JPEG, at most 1080 pixels wide), shows them smaller still, puts marks into links to its own
pages, and adds a cover.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

TITLE = "5G 畅享套餐资费公告"
LEAD = "尊敬的客户：自 2026 年 12 月 1 日起，5G 畅享套餐面向全体客户开放办理。"
TERMS = "套餐月费 59 元，合约期 12 个月，到期自动恢复原资费。"
CALL = "详询 10000 或前往附近营业厅，客户经理李明全程协助。"
LINK = "https://mp.weixin.qq.com/s?__biz=MzA1&mid=2247000001&idx=1&sn=abc"
CODE = "https://www.jctel.example/5g?from=poster"
ROWS = (("套餐", "月费", "流量"), ("畅享版", "59 元", "30GB"), ("尊享版", "99 元", "60GB"))
COVER = "https://mmbiz.qpic.cn/mmbiz_jpg/AbCdCover/0?wx_fmt=jpeg"
_FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def poster(price: str = "59 元/月", code: str = CODE, shape: str = "navy", offset: int = 0) -> Image.Image:
    """A picture as designers make it: wide, words, a code."""
    import numpy
    import zxingcpp

    image = Image.new("RGB", (1600, 900), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 600, 1600, 900), fill=shape)
    pen.ellipse((1050 - offset, 60, 1500 - offset, 510), fill="orange")
    pen.text((80, 80), "5G 畅享套餐", font=ImageFont.truetype(_FONT, 120), fill="black")
    pen.text((80, 300), price, font=ImageFont.truetype(_FONT, 140), fill="darkred")
    made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode)
    drawn = Image.fromarray(numpy.asarray(zxingcpp.write_barcode_to_image(made, scale=8))).convert("RGB")
    image.paste(drawn, (100, 580))
    return image


def stored(image: Image.Image, width: int, quality: int = 70) -> bytes:
    """The picture as WeChat keeps it."""
    small = image if image.width <= width else image.resize((width, round(image.height * width / image.width)))
    target = io.BytesIO()
    small.save(target, "JPEG", quality=quality)
    return target.getvalue()


@dataclass(frozen=True)
class Piece:
    """What the post says; a test changes one thing of it."""

    title: str = TITLE
    paragraphs: tuple[str, ...] = (LEAD, TERMS, CALL)
    rows: tuple[tuple[str, ...], ...] = ROWS
    link: str = LINK
    pictures: tuple[Image.Image, ...] = field(default_factory=lambda: (poster(),))
    digest: str = LEAD[:20]
    cover: Image.Image | None = None

    def saying(self, old: str, new: str) -> Piece:
        """The same with ``old`` replaced wherever it stands."""
        told = tuple(text.replace(old, new) for text in self.paragraphs)
        rows = tuple(tuple(cell.replace(old, new) for cell in row) for row in self.rows)
        return replace(self, paragraphs=told, rows=rows, digest=told[0][:20] if told else "")


def word_draft(piece: Piece, heading: str = "Title", name: str = "draft.docx") -> str:
    """The draft as Word has it; ``heading`` is the style of the title, empty for bold words in the body."""
    from docx import Document
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = Document()
    made.sections[0].header.paragraphs[0].text = "江城通信 内部流转"
    made.sections[0].footer.paragraphs[0].text = "第 1 页"
    if heading:
        made.add_paragraph(piece.title, style=heading)
    else:
        made.add_paragraph().add_run(piece.title).bold = True
    for text in piece.paragraphs:
        line = made.add_paragraph()
        for part in (text[:7], text[7:]):
            line.add_run(part.replace("套餐", "套\u00ad餐"))
    table = made.add_table(rows=0, cols=3)
    for row in piece.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    for image in piece.pictures:
        target = io.BytesIO()
        image.save(target, "PNG")
        made.add_picture(io.BytesIO(target.getvalue()))
    line = made.add_paragraph("办理入口：")
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), made.part.relate_to(piece.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = line.add_run("立即办理")
    link.append(run._r)
    line._p.append(link)
    made.save(name)
    return name


def _html(piece: Piece, folder: str, width: int) -> str:
    """The body as WeChat has it, with its pictures saved into ``folder``."""
    Path(folder).mkdir(exist_ok=True)
    parts = [
        f'<section style="line-height: 1.75em;"><span leaf="">{escape(text)}</span></section>\u200b'
        for text in piece.paragraphs
    ]
    rows = "".join(f"<tr>{''.join(f'<td>&nbsp;{escape(cell)}</td>' for cell in row)}</tr>" for row in piece.rows)
    parts.append(f"<table><tbody>{rows}</tbody></table>")
    for at, image in enumerate(piece.pictures):
        Path(folder, f"{at}.jpg").write_bytes(stored(image, width))
        src = f'src="{folder}/{at}.jpg" data-src="https://mmbiz.qpic.cn/mmbiz_jpg/Key{at}/640?wx_fmt=jpeg"'
        parts.append(f'<section><img class="rich_pages wxw-img" {src} /></section>')
    shown = escape(piece.link + "&chksm=fb0a&scene=21#wechat_redirect")
    parts.append(f'<p>办理入口：<a href="{shown}" textvalue="立即办理">立即办理</a></p><p><br></p>')
    return "".join(parts)


def wechat_draft(piece: Piece, *, cover: str = COVER, **more: Any) -> str:
    """What ``draft/get`` answers, the pictures saved beside it."""
    news = {
        "title": piece.title,
        "author": "江城通信",
        "digest": piece.digest,
        "content": _html(piece, "wx_files", 1080),
        "content_source_url": "",
        "thumb_media_id": "m1",
        "thumb_url": cover,
        **more,
    }
    Path("wx.json").write_text(json.dumps({"news_item": [news]}, ensure_ascii=False), "utf-8")
    return "wx.json"


def published_page(piece: Piece, *, cover: str = COVER) -> str:
    """The page as a browser saves it."""
    image = f'<meta property="og:image" content="{cover}">' if cover else ""
    html = f"""<!DOCTYPE html><html><head><meta property="og:title" content="{escape(piece.title)}">{image}
<meta property="og:description" content="{escape(piece.digest)}">
<meta property="og:url" content="https://mp.weixin.qq.com/s?__biz=MzA&amp;mid=1&amp;idx=1&amp;sn=a"></head><body>
<div id="js_article"><h1 class="rich_media_title" id="activity-name">
    {escape(piece.title)}
</h1><a id="js_name">江城通信</a><em id="publish_time"></em>
<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">{_html(piece, "page_files", 677)}</div>
</div></body></html>"""
    Path("page.html").write_text(html, "utf-8")
    return "page.html"


def cover_file(image: Image.Image, name: str = "cover.jpg") -> str:
    """The cover as somebody saved it."""
    Path(name).write_bytes(stored(image, 900))
    return name
