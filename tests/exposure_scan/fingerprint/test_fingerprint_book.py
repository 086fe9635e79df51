"""How fingerprints judge: AND, OR and NOT with weight, versions, CPE names, kinds, and texts that mean harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposure_scan.authoring.fingerprints import load_fingerprints
from exposure_scan.fingerprint.book import Book
from exposure_scan.fingerprint.cpe import formatted
from exposure_scan.fingerprint.kinds import BODY_LIMIT, KINDS, LIMIT, kind_of, text_of, uncovered
from exposure_scan.fingerprint.model import Condition, Cpe, Fingerprint, Named
from exposure_scan.fingerprint.pattern import SHOWN, PatternError, compiled, needed, written_out
from exposure_scan.fingerprint.response import guessed, texts_of

SSH = ("ssh",)
OURS = load_fingerprints().book()


def one(**parts: object) -> Book:
    base = Fingerprint("x", "X", Cpe("a", "v", "x"), ())
    return Book([base._replace(**parts)])  # type: ignore[arg-type]


def keys(named: tuple[Named, ...]) -> list[str]:
    return [f"{item.vendor}:{item.product}" for item in named]


# --- what is judged -----------------------------------------------------------------------------------------------


def test_any_is_enough_by_weight() -> None:
    book = one(any=(Condition(SSH, "alpha", 30), Condition(SSH, "beta", 30), Condition(SSH, "gamma", 90)))
    assert book.name("ssh", "alpha") == ()
    assert [item.confidence for item in book.name("ssh", "alpha beta")] == [60]
    assert [item.confidence for item in book.name("ssh", "gamma")] == [90]
    assert [item.confidence for item in book.name("ssh", "alpha beta gamma")] == [95]


def test_all_must_hold_and_none_must_not() -> None:
    book = one(all=(Condition(SSH, "alpha"), Condition(SSH, "beta")), none=(Condition(SSH, "gamma"),), any=())
    assert book.name("ssh", "alpha") == ()
    assert keys(book.name("ssh", "beta alpha")) == ["v:x"]
    assert book.name("ssh", "alpha beta gamma") == ()


def test_all_may_look_at_different_texts_of_one_answer() -> None:
    book = one(all=(Condition(("http-server",), "nginx"), Condition(("title",), "控制台")), any=())
    answer = "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n<title>控制台</title>"
    assert keys(book.name("http-response", answer)) == ["v:x"]
    assert book.name("title", "控制台") == ()


def test_the_surest_product_comes_first_then_the_one_named_earlier() -> None:
    parts = {"a": ("alpha", 60), "b": ("beta", 95), "c": ("gamma", 95)}
    book = Book(
        Fingerprint(name, name, Cpe("a", "v", name), (Condition(SSH, word),), confidence=sure)
        for name, (word, sure) in parts.items()
    )
    assert keys(book.name("ssh", "alpha gamma beta")) == ["v:c", "v:b", "v:a"]


def test_an_unknown_kind_is_asked_of_everything_with_less_confidence() -> None:
    named = OURS.name("no-such-kind", "SSH-2.0-OpenSSH_9.2p1") or OURS.name("no-such-kind", "OpenSSH_9.2p1")
    assert [(item.product, item.version, item.confidence) for item in named] == [("openssh", "9.2p1", 57)]


def test_a_kind_that_is_near_is_asked_with_somewhat_less_confidence() -> None:
    named = OURS.name("rtsp", "nginx/1.18.0")
    assert [(item.product, item.version, item.confidence) for item in named] == [("nginx", "1.18.0", 76)]


# --- what is taken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "banner", "product", "version"),
    [
        pytest.param("ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "openssh", "9.2p1", id="a suffix of Debian"),
        pytest.param("ftp", "220 (vsFTPd 3.0.3)\r\n", "vsftpd", "3.0.3", id="a code and brackets"),
        pytest.param("mysql", "5.5.5-10.6.12-MariaDB", "mariadb", "10.6.12", id="the version MariaDB hides behind"),
        pytest.param("mysql", b"J\0\0\0\n8.0.36\0\x10\0\0\0abc", "mysql", "8.0.36", id="the bytes of a handshake"),
        pytest.param("mysql", "8.0.32-0ubuntu0.22.04.2", "mysql", "8.0.32", id="a package of Ubuntu"),
        pytest.param("http-server", "Server: Apache/2.4.6 (CentOS) PHP/5.4.16", "http_server", "2.4.6", id="a header"),
        pytest.param("http_server", "nginx/1.18.0 (Ubuntu)", "nginx", "1.18.0", id="a kind written otherwise"),
        pytest.param("dns", "9.18.28-1~deb12u2-Debian", "bind", "9.18.28", id="a version of a name server"),
        pytest.param(
            "title", "<title>用友NC</title>".replace("用友NC", "YONYOU NC"), "nc", "", id="a title with its tag"
        ),
        pytest.param(
            "http-body", "<TITLE>泛微协同商务系统</TITLE>".encode("gb18030"), "e-cology", "", id="an old encoding"
        ),
    ],
)
def test_what_a_banner_names(kind: str, banner: str | bytes, product: str, version: str) -> None:
    first = OURS.name(kind, banner)[0]
    assert (first.product, first.version) == (product, version)


def test_a_response_names_all_that_it_is_made_of() -> None:
    answer = (
        "HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nX-Powered-By: PHP/7.4.3\r\nSet-Cookie: rememberMe=deleteMe; Path=/\r\n"
        '\r\n<html><head><title>Nacos</title><meta name="generator" content="WordPress 6.4.3"></head></html>'
    )
    found = {item.product: item.version for item in OURS.name("http-response", answer)}
    assert found == {"nginx": "1.18.0", "nacos": "", "php": "7.4.3", "shiro": "", "wordpress": "6.4.3"}


@pytest.mark.parametrize(
    ("cpe", "version", "update", "name"),
    [
        (Cpe("a", "openbsd", "openssh"), "9.2", "p1", "cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*"),
        (Cpe("o", "cisco", "ios"), "12.2(55)SE7", "", "cpe:2.3:o:cisco:ios:12.2\\(55\\)se7:*:*:*:*:*:*:*"),
        (Cpe("a", "erlang", "erlang/otp"), "", "", "cpe:2.3:a:erlang:erlang\\/otp:*:*:*:*:*:*:*:*"),
        (Cpe("a", "joomla", "joomla!"), "-", "", "cpe:2.3:a:joomla:joomla\\!:\\-:*:*:*:*:*:*:*"),
    ],
)
def test_cpe_names_are_bound_as_the_standard_says(cpe: Cpe, version: str, update: str, name: str) -> None:
    assert formatted(cpe, version, update) == name


def test_a_template_makes_the_cpe_where_there_is_one() -> None:
    book = one(any=(Condition(SSH, "alpha {p}"),), template="cpe:2.3:a:v:x:{version}:{update}:*:*:lts:*:*:*")
    assert book.name("ssh", "alpha 1.2p3")[0].cpe == "cpe:2.3:a:v:x:1.2:p3:*:*:lts:*:*:*"


@pytest.mark.parametrize(
    ("pattern", "text", "version"),
    [
        ("x[/ ]{v}", "x 1.3.5rc3 y", "1.3.5rc3"),
        ("x[/ ]{v}", "x/1.1.1k-fips", "1.1.1k"),
        ("x[/ ]{v}", "x/8.0.32-0ubuntu0.22.04.2", "8.0.32"),
        ("x[/ ]{v}", "x/2.4.6-beta2 z", "2.4.6-beta2"),
        ("x[/ ]{w}", "x/12.2(55)SE7, z", "12.2(55)SE7"),
        ("x[/ ]\\({w}\\)", "x (1.0FP2)", "1.0FP2"),
        ("a{v}|b{v}", "b7.1", "7.1"),
    ],
)
def test_the_short_names_of_versions(pattern: str, text: str, version: str) -> None:
    found = compiled(pattern).search(text.encode())
    assert found is not None and found.whole == version


# --- patterns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("^OpenSSH_{p}", {"openssh_"}),
        ("Serv-U FTP[- ]Server", {"serv-u ftp-server", "serv-u ftp server"}),
        ("(?:alpha|beta)-x", {"alpha-x", "beta-x"}),
        ("a?b?", set()),
        ("(?:alpha)?", set()),
        ("致远", {"致远"}),
    ],
)
def test_the_words_a_pattern_needs(pattern: str, words: set[str]) -> None:
    assert needed(written_out(pattern)) == {word.encode() for word in words}


@pytest.mark.parametrize(
    "pattern", ["(", "a{1001}", "(?=x)", "x" * 1001, "(?:[a-z]{500}){2}x"], ids=lambda pattern: str(pattern)[:12]
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)


# --- kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [("HTTP_Server", "http-server"), ("html_title", "title"), ("ssh", "ssh"), ("snmp.sysdescr", "snmp"), ("odd", "odd"),
     ("Set-Cookie", "http-cookie"), ("ftp_banners", "ftp"), ("http-response", "http-response"), ("imap4", "imap")],
)  # fmt: skip
def test_kinds_go_by_other_names_too(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"SSH-2.0-x", "ssh"), (b"HTTP/1.1 200 OK\r\n", "http-response"), (b"220 mx ESMTP Postfix", "smtp"),
     (b"220 (vsFTPd 3.0.3)", "ftp"), (b"+OK ready", "pop3"), (b"* OK x", "imap"), (b"J\0\0\0\n8.0\0", "mysql"),
     (b"<!DOCTYPE html>", "http-body"), (b"date: x\nserver: y", "http-header"), (b"\xff\xfe", "unknown")],
)  # fmt: skip
def test_the_kind_of_a_file_is_taken_from_its_look(data: bytes, kind: str) -> None:
    assert guessed(data) == kind


def test_what_a_banner_was_sent_with_is_taken_off() -> None:
    assert uncovered("ssh", b"hello\r\nSSH-2.0-x") == b"x"
    assert uncovered("imap", b"* OK [CAPABILITY] Dovecot ready.") == b"[CAPABILITY] Dovecot ready."


# --- texts that mean harm -----------------------------------------------------------------------------------------

HOSTILE = [
    pytest.param(b"\x1b]0;owned\x07SSH-2.0-OpenSSH_9.2\x1b[2J", id="terminal codes"),
    pytest.param(b"\0" * 100_000, id="zeros"),
    pytest.param(bytes(range(256)) * 4000, id="every byte a thousand times"),
    pytest.param(b"220 " + b"ProFTPD " * 200_000, id="a megabyte of a name"),
    pytest.param(b"<title>" * 50_000, id="titles never closed"),
    pytest.param(b"<meta " * 50_000 + b"<title><script>alert(1)</script></title>", id="tags never closed"),
    pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000, id="endless headers"),
    pytest.param("\u202eexe.\u2066".encode() + b"SSH-2.0-", id="directions turned"),
    pytest.param(b"1." * 30_000, id="a version without end"),
    pytest.param(b"\xed\xa0\x80\xff\xfe\xc0\xaf", id="no encoding at all"),
]


@pytest.mark.parametrize("data", HOSTILE)
@pytest.mark.parametrize("kind", ["ssh", "ftp", "http-response", "http-body", "mysql", "dns", "odd"])
def test_a_hostile_text_is_bounded_and_its_evidence_inert(kind: str, data: bytes) -> None:
    for named in OURS.name(kind, data):
        for shown in (named.evidence, named.cpe):
            assert shown.isprintable() and len(shown) <= 6 * SHOWN + 100
        assert len(named.version) <= LIMIT


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=400) | st.text(max_size=400))
def test_no_text_of_any_kind_makes_it_fail(kind: str, banner: str | bytes) -> None:
    for named in OURS.name(kind, banner):
        assert named.evidence.isprintable() and named.cpe.startswith("cpe:2.3:") and 0 < named.confidence <= 100


@given(st.text(max_size=50), st.text(max_size=400))
def test_no_name_of_a_kind_makes_it_fail(kind: str, banner: str) -> None:
    OURS.name(kind, banner)


@given(st.binary(max_size=300))
def test_every_text_becomes_valid(data: bytes) -> None:
    text_of(data).decode("utf-8")


def test_a_text_is_looked_at_up_to_its_limit() -> None:
    assert len(texts_of("ssh", b"x" * (LIMIT + 1))["ssh"]) == LIMIT
    assert len(texts_of("http-body", b"x" * (BODY_LIMIT * 2))["http-body"]) == BODY_LIMIT
