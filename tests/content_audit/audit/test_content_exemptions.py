"""Each exemption: what it sees, and what it must not take for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from content_made import a_context, a_spot

from content_audit.audit.exemptions import EXEMPTIONS, ask
from content_audit.audit.registers import Claim, Licence, Registers
from zhongbao_core.clock import Span

HOLDS = [
    ("negation", "我们不是最佳选择", "最佳"),
    ("negation", "杜绝使用最佳等词", "最佳"),
    ("negation", "产品不保本、不承诺收益", "保本"),
    ("negation", "谨防无风险高收益骗局", "高收益"),
    ("quotation", "商家宣称“包治百病”的药品多为假药", "包治百病"),
    ("quotation", "不得使用“国家级”等字样", "国家级"),
    ("title", "推荐阅读《最好的我们》", "最好"),
    ("name", "最高人民法院发布案例", "最高"),
    ("name", "市第一医院开诊", "第一"),
    ("name", "第一财经报道", "第一"),
    ("name", "设备的唯一标识", "唯一"),
    ("time_word", "第一时间赶到", "第一"),
    ("time_word", "这是最后一天", "最后"),
    ("time_word", "最新版本已发布", "最新"),
    ("limit", "最低消费20元", "最低"),
    ("limit", "每人最多3份", "最多"),
    ("limit", "最长不超过30天", "最长"),
    ("weather", "最高气温32度", "最高"),
    ("goal", "我们致力于成为最好的伙伴", "最好"),
    ("goal", "力争第一", "第一"),
    ("own_comparison", "这是我们系列中最轻的一款", "最轻"),
    ("own_comparison", "比上一代更强，本公司历代产品中最快", "最快"),
    ("use_tip", "最佳食用时间为三天", "最佳"),
    ("use_tip", "最好在饭后服用", "最好"),
    ("standard_grade", "特级初榨橄榄油", "特级"),
    ("state_award", "获国家科学技术进步奖一等奖，被认定为国家级企业技术中心", "国家级"),
    ("limited_fact", "2025年双11销量第一（数据来源：某研究院报告）", "第一"),
    ("source_given", "据某研究院统计，满意度达98%", "98%"),
    ("risk_notice", "稳健理财，投资有风险，入市需谨慎", "理财"),
    ("trademark", "注册商标“极品”", "极品"),
    ("masked", "联系人138****8000", "138"),
]
FALLS = [
    ("negation", "不但最佳，而且实惠", "最佳"),
    ("negation", "品质最佳，不用犹豫", "最佳"),
    ("negation", "不得不说是最佳", "最佳"),
    ("negation", "非常好，全国最佳", "最佳"),
    ("negation", "不容错过的最佳手机", "最佳"),
    ("quotation", "本店“全国最佳”手机欢迎选购", "最佳"),
    ("title", "我们的《手册》里最好", "最好"),
    ("name", "全国第一品牌", "第一"),
    ("name", "最高品质", "最高"),
    ("time_word", "行业第一", "第一"),
    ("time_word", "最先进的工艺", "最先"),
    ("limit", "最低价格，全网最低", "最低"),
    ("weather", "最高品质", "最高"),
    ("goal", "全国最好的手机", "最好"),
    ("own_comparison", "同行中最轻", "最轻"),
    ("use_tip", "最佳品质", "最佳"),
    ("standard_grade", "极品享受", "极品"),
    ("state_award", "消费者心中的最佳", "最佳"),
    ("limited_fact", "2025年销量第一", "第一"),
    ("limited_fact", "销量第一（数据来源：某研究院报告）", "第一"),
    ("source_given", "满意度达98%", "98%"),
    ("risk_notice", "稳健理财，收益有保障", "理财"),
    ("masked", "联系人13812348000", "138"),
]


@pytest.mark.parametrize(("name", "text", "words"), HOLDS)
def test_the_exemption_holds_and_says_what_it_saw(name: str, text: str, words: str) -> None:
    found = ask(name, *a_spot(text, words))
    assert found.held and found.saw.zh and found.law == EXEMPTIONS[name].law


@pytest.mark.parametrize(("name", "text", "words"), FALLS)
def test_the_exemption_does_not_hold(name: str, text: str, words: str) -> None:
    assert not ask(name, *a_spot(text, words)).held


def test_every_exemption_can_be_tested_on_any_words() -> None:
    assert {name for name in EXEMPTIONS if ask(name, *a_spot("甲乙丙丁", "乙丙")).held} == set()


def test_a_licence_of_the_register_covers_the_mark_in_its_channels_only() -> None:
    always = Span(datetime(2026, 1, 1, tzinfo=UTC), None)
    licence = Licence("L1", "全国运动会", "公司", always, frozenset({"wechat"}), "HT-1", frozenset({"全运会"}))
    spot, _ = a_spot("全运会合作伙伴", "全运会")
    registers = Registers(licences=(licence,))
    told = {
        channel: ask("licence", spot, a_context("全运会合作伙伴", registers=registers, channel=channel)).held
        for channel in ("wechat", "push")
    }
    assert told == {"wechat": True, "push": False}


def test_a_claim_of_the_register_asks_for_its_source_statement() -> None:
    always = Span(datetime(2026, 1, 1, tzinfo=UTC), None)
    claim = Claim("C1", "覆盖全国第一", "报告1号", always, source="来源：某研究院")
    registers = Registers(evidence=(claim,))
    spot, _ = a_spot("网络覆盖全国第一", "全国第一")
    held = [
        ask("evidence", spot, a_context(text, registers=registers)).held
        for text in ("网络覆盖全国第一", "网络覆盖全国第一（来源：某研究院）")
    ]
    assert held == [False, True]
