"""The registers as types: what counts at an instant, and who answers to a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from content_audit.audit.registers import Account, Host, Licence, Registers
from zhongbao_core.clock import Span


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def test_a_row_counts_from_its_first_instant_and_no_longer_at_its_last() -> None:
    span = Span(day(2), day(4))
    registers = Registers(licences=(Licence("L1", "吉祥物阿海", "本公司", span),))
    assert [len(registers.at(day(number)).licences) for number in (1, 2, 3, 4)] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("example.com", True), ("WWW.example.com.", True), ("badexample.com", False), ("example.com.evil.cn", False)],
)
def test_a_host_covers_itself_and_what_lies_below_it(host: str, allowed: bool) -> None:
    assert Host("example.com", Span(day(1), None), subdomains=True).covers(host) is allowed


def test_a_host_without_subdomains_covers_itself_alone() -> None:
    assert not Host("example.com", Span(day(1), None)).covers("www.example.com")


def test_an_account_answers_to_its_id_its_name_and_its_other_names_in_its_channel() -> None:
    wechat = Account("wx-main", "wechat", "通信先锋", Span(day(1), None), frozenset({"gh_1"}))
    weibo = Account("wb-main", "weibo", "通信先锋", Span(day(1), None))
    registers = Registers(media=(wechat, weibo))
    assert registers.account("gh_1") == wechat
    assert registers.account("通信先锋", "weibo") == weibo
    assert registers.account("别人") is None
