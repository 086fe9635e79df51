"""What is said of a link by its target and by the words it stands under, and of figures inside longer figures."""

import pytest

from content_audit.audit.cases import link_of
from content_audit.audit.checks import link_fails
from content_audit.model import Link


@pytest.mark.parametrize(
    ("shown", "href"),
    [
        pytest.param("www.example.cn", "https://evil.example.net/a", id="another host"),
        pytest.param("example.cn", "https://example.cn.evil.net/", id="the shown host as the head of another"),
        pytest.param("请登录 https://bank.example.com/login", "http://1.2.3.4/", id="a bare address"),
    ],
)
def test_a_link_that_leads_elsewhere_than_its_words_say_fails(shown: str, href: str) -> None:
    assert link_fails("shown_differs", href, (), shown)


@pytest.mark.parametrize(
    ("shown", "href"),
    [
        pytest.param("www.example.cn", "https://example.cn/a", id="www does not count"),
        pytest.param("example.cn/help", "https://m.example.cn/help", id="a host below"),
        pytest.param("点击查看", "https://example.net/", id="words that name no host"),
        pytest.param("example.cn", "tel:10086", id="no host behind it"),
    ],
)
def test_a_link_that_its_words_do_not_contradict_passes(shown: str, href: str) -> None:
    assert not link_fails("shown_differs", href, (), shown)


def test_a_case_writes_a_link_with_or_without_its_words() -> None:
    assert link_of("点击 => https://a.cn/") == Link("https://a.cn/", "点击")
    assert link_of("https://a.cn/") == Link("https://a.cn/")
