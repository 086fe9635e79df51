"""``exposure/scope.yaml``: read whole, and every mistake told with file, line, column and fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from exposure_made import AT, FILE

from exposure_scan.authoring.check import check_exposure
from exposure_scan.authoring.load_scope import LoadedScope, load_scope_bytes
from exposure_scan.model import Holder, Side
from exposure_scan.scope.decide import decide
from zhongbao_core.clock import parse_instant
from zhongbao_core.manifest_build import policy_files
from zhongbao_core.people import Directory, Person

STAFF = Directory({"zhao-lei": Person("zhao-lei", "赵磊", "网管中心", "engineer", frozenset())}, ("engineer",))


def loaded(text: str = FILE) -> LoadedScope:
    return load_scope_bytes(text.encode(), "Asia/Shanghai")


def complaints(text: str) -> list[tuple[str, str]]:
    return [(item.place, item.code) for item in loaded(text).complaints]


def test_a_whole_file_is_read() -> None:
    found = loaded()
    assert found.complaints == () and found.scope is not None
    scope = found.scope
    assert (scope.vantage.side, scope.vantage.probe, scope.rates.net) == (Side.INTERNET, "wuhan-1", 200)
    assert scope.span.start == parse_instant("2026-10-31T16:00Z")
    assert scope.authority is not None and scope.authority.number == "网安授〔2026〕7 号"
    assert [item.area.source for item in scope.allowed] == ["exposure/scope.yaml:11", "exposure/scope.yaml:15"]
    assert [item.holder for item in scope.held] == [Holder.CUSTOMER, Holder.PARTNER]
    assert scope.allowed[1].area.names == ("*.example.cn", "xn--zoup46i.example.cn")
    assert decide(scope, "192.0.2.1:443", AT).source == "exposure/scope.yaml:11"


def test_the_same_content_has_the_same_digest_whatever_the_order_of_keys_and_the_paper() -> None:
    scope, other = loaded().scope, loaded(FILE.replace("1111", "2222").replace("# ", "#  ")).scope
    assert scope is not None and other is not None and scope.digest == other.digest
    changed = loaded(FILE.replace("total: 1000", "total: 1001")).scope
    assert changed is not None and changed.digest != scope.digest


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("owner: zhao-lei", "ownner: zhao-lei", "4:1", "UNKNOWN_KEY"),
        ('tcp: "80,443"', "tcp: 80", "17:10", "TYPE"),
        ('tcp: "80,443"', 'tcp: "80-"', "17:10", "PORTS"),
        ('    tcp: "80,443"\n', "", "15:5", "PORTS"),
        ('"192.0.2.0/24"', '"192.0.2.5/24"', "12:17", "ADDRESS"),
        ('"192.0.2.0/24"', '"192.0.2"', "12:17", "ADDRESS"),
        ('"192.0.2.0/24"', '"0.0.0.0/0"', "12:17", "RANGE_TOO_WIDE"),
        ('"2001:db8::/48"', '"2000::/3"', "12:33", "RANGE_TOO_WIDE"),
        ('"2001:db8::/48"', '"::ffff:192.0.2.0/120"', "12:33", "ADDRESS_WRAPPED"),
        ('"2001:db8::/48"', '"64:ff9b:1::/64"', "12:33", "ADDRESS_WRAPPED"),
        ('"2001:db8::/48"', '"fe80::1%eth0"', "12:33", "ADDRESS"),
        ('"*.example.cn"', '"*.com.cn"', "16:13", "RANGE_TOO_WIDE"),
        ('"*.example.cn"', '"*.cn"', "16:13", "RANGE_TOO_WIDE"),
        ('"*.example.cn"', '"*.gd.cn"', "16:13", "RANGE_TOO_WIDE"),
        ('"*.example.cn"', '"a.*.cn"', "16:13", "NAME"),
        ('"*.example.cn"', '"192.0.2.1"', "16:13", "NAME"),
        ('"198.51.100.53"', '"198.51.100.0/24"', "24:13", "ADDRESS"),
        ("id: pay", "id: dmz", "19:10", "DUPLICATE_ID"),
        ("id: pay", "id: resolvers", "19:10", "DUPLICATE_ID"),
        ("host: 50", "host: 500", "9:8", "RATE_ORDER"),
        ("host: 50", "host: 0", "9:38", "VALUE"),
        ("/run/zhongbao/stop", "stop", "25:12", "STOP_FILE"),
        ("side: 互联网侧", "side: 外面", "8:17", "UNKNOWN_WORD"),
        ("holder: 客户", "holder: 邻居", "22:25", "UNKNOWN_WORD"),
        ('end: "2026-12-07T00:00"', 'end: "2026-10-07T00:00"', "7:6", "END_BEFORE_START"),
        ('end: "2026-12-07T00:00"', "end: open", "7:6", "TIME"),
        ('end: "2026-12-07T00:00"', "end: 2026-12-07", "7:6", "UNQUOTED_TIME"),
        ("sha256:1111", "sha1:1111", "29:13", "VALUE"),
        ("why: 计费", "wy: 计费", "19:66", "UNKNOWN_KEY"),
        ("zhongbao-scope/1", "zhongbao-scope/2", "1:9", "UNKNOWN_WORD"),
        ('["192.0.2.128/25"]', "[]", "22:40", "EMPTY"),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, place: str, code: str) -> None:
    assert FILE.count(old) >= 1
    text = FILE.replace(old, new, 1)
    assert (f"exposure/scope.yaml:{place}", code) in complaints(text)
    assert loaded(text).scope is None


def test_a_line_that_names_nothing_is_refused() -> None:
    text = FILE.replace('    addresses: ["192.0.2.0/24", "2001:db8::/48"]\n', "")
    assert ("exposure/scope.yaml:11:5", "EMPTY_SELECTOR") in complaints(text)


def test_a_paper_and_signers_exclude_each_other_and_the_owner_does_not_sign_alone() -> None:
    both = FILE + "  signers: [chen-jun]\n"
    assert ("exposure/scope.yaml:27:3", "AUTHORISATION") in complaints(both)
    alone = FILE[: FILE.index("authorisation:")] + "authorisation: {signers: [zhao-lei]}\n"
    assert [code for _, code in complaints(alone)] == ["SIGNER_IS_OWNER"]


def test_what_is_only_odd_is_a_warning_and_the_scope_stands() -> None:
    text = FILE[: FILE.index("authorisation:")].replace("027-85550110", "13900001111")
    found = loaded(text)
    assert {(item.code, item.severity) for item in found.complaints} == {
        ("SCOPE_UNAUTHORISED", "warning"),
        ("CONTACT_PERSONAL", "warning"),
    }
    assert found.scope is not None and decide(found.scope, "192.0.2.1", AT).code == "SCOPE_UNAUTHORISED"


def test_a_scope_that_excludes_nothing_is_warned_of() -> None:
    start, end = FILE.index("exclude:"), FILE.index("resolvers:")
    assert [code for _, code in complaints(FILE[:start] + FILE[end:])] == ["SCOPE_NO_EXCLUDES"]


def test_every_mistake_is_told_at_once() -> None:
    text = FILE.replace("192.0.2.0/24", "192.0.2.5/24").replace('"80,443"', '"0"').replace("host: 50", "host: 500")
    assert [code for _, code in complaints(text)] == ["RATE_ORDER", "ADDRESS", "PORTS"]


def test_the_workspace_check_reads_it_and_knows_the_persons(tmp_path: Path) -> None:
    (tmp_path / "exposure").mkdir()
    path = tmp_path / "exposure" / "scope.yaml"
    path.write_text(FILE, "utf-8")
    found = check_exposure(tmp_path, "Asia/Shanghai", STAFF, AT)
    assert (found.complaints, found.read, found.counts) == ((), frozenset({"exposure/scope.yaml"}), {"scope_lines": 6})
    gone = check_exposure(tmp_path, "Asia/Shanghai", Directory({}, ()), AT)
    assert [(item.place, item.code) for item in gone.complaints] == [("exposure/scope.yaml:4:8", "PERSON_UNKNOWN")]
    late = check_exposure(tmp_path, "Asia/Shanghai", STAFF, parse_instant("2026-12-02T00:00Z"))
    assert [(item.code, item.severity) for item in late.complaints] == [("EXPIRED", "warning")]
    assert policy_files(tmp_path) == ["exposure/scope.yaml"], "the signed manifest covers it"
    path.unlink()
    assert check_exposure(tmp_path, "Asia/Shanghai", STAFF, AT).read == frozenset()
