"""Checkers tell what really is a number, card, plate or address from what looks like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from content_audit.audit.checks import CHECKS, host_of, link_fails, masked, public_number
from content_audit.audit.registers import Host
from zhongbao_core.clock import Span


@pytest.mark.parametrize(
    ("check", "words", "expected"),
    [
        pytest.param("id_card", "11010519491231002X".lower(), True, id="a right check digit"),
        pytest.param("id_card", "110105194912310021", False, id="a wrong check digit"),
        pytest.param("id_card", "11010519490231002x", False, id="a day that does not exist"),
        pytest.param("id_card", "990105194912310021", False, id="no such province"),
        pytest.param("id_card", "110105 19491231 002x", True, id="in groups"),
        pytest.param("luhn", "6222021234567890129", False, id="a wrong card"),
        pytest.param("luhn", "4111111111111111", False, id="the card of every manual has too few figures of its own"),
        pytest.param("luhn", "6225880137706868", True, id="a right card"),
        pytest.param("luhn", "12345678", False, id="too short for a card"),
        pytest.param("mobile", "13912345098", True, id="a mobile number"),
        pytest.param("mobile", "+86 139-1234-5098", True, id="with the country's code"),
        pytest.param("mobile", "13800000000", False, id="a number of one figure is an example"),
        pytest.param("mobile", "12345678901", False, id="no such prefix"),
        pytest.param("plate", "京a·12345", True, id="a plate"),
        pytest.param("plate", "粤bd12345", True, id="a plate of a new energy car"),
        pytest.param("plate", "京abcdef", False, id="without figures"),
        pytest.param("email", "zhang.san@corp.cn", True, id="a person's address"),
        pytest.param("email", "service@corp.cn", False, id="a service's address"),
        pytest.param("email", "x@mail.gov.cn", False, id="an office's address"),
        pytest.param("address", "海淀区中关村大街5号院3号楼2单元501室", True, id="down to the room"),
        pytest.param("address", "海淀区中关村大街5号", False, id="down to the house only"),
        pytest.param("map_number", "审图号：gs（2024）0650号", True, id="a map number"),
        pytest.param("map_number", "审图号：gs京(2023)1234号", True, id="a map number of a province"),
        pytest.param("map_number", "审图号：待定", False, id="none"),
        pytest.param("icp", "京icp备12345678号-1", True, id="a site's number"),
        pytest.param("icp", "京icp备号", False, id="no figures"),
    ],
)
def test_the_checker(check: str, words: str, expected: bool) -> None:
    assert CHECKS[check](words) is expected


def test_covered_figures_are_masked() -> None:
    assert masked("138****8000") and not masked("13812348000")


@pytest.mark.parametrize(
    ("words", "before", "seen"),
    [
        pytest.param("4001234567", "", "4001234567", id="400"),
        pytest.param("13912345098", "客服热线：", "客服", id="called a hot line"),
        pytest.param("13912345098", "我的手机", "", id="somebody's own"),
    ],
)
def test_public_numbers(words: str, before: str, seen: str) -> None:
    assert bool(public_number(words, before)) is bool(seen)


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://www.a.cn/x?y=1", "www.a.cn"),
        ("a.cn/x", "a.cn"),
        ("//cdn.a.cn/x.png", "cdn.a.cn"),
        ("mailto:x@a.cn", ""),
        ("https://user:pass@evil.cn/a.cn", "evil.cn"),
        ("http://[::1", "?"),
    ],
)
def test_the_host_a_link_leads_to(link: str, host: str) -> None:
    assert host_of(link) == host


def test_a_link_to_a_foreign_host_fails_and_one_below_an_allowed_host_does_not() -> None:
    hosts = (Host("corp.cn", Span(datetime(2026, 1, 1, tzinfo=UTC), None), subdomains=True),)
    links = ["https://m.corp.cn/a", "https://corp.cn.evil.top/a", "tel:10086"]
    assert [link_fails("host_allowed", link, hosts) for link in links] == [False, True, False]


def test_without_hosts_in_the_register_no_link_is_called_foreign() -> None:
    assert not link_fails("host_allowed", "https://evil.top/", ())
