"""``exposure scope``: what a person sees, and the exit codes that scripts go by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from exposure_made import FILE

from zhongbao.__main__ import run
from zhongbao_core.approval.sshsig import sign
from zhongbao_core.keyfile import generate_key

AT = ("--at", "2026-11-20T12:00+08:00")
SIGNED = FILE[: FILE.index("authorisation:")] + "authorisation: {signers: [chen-jun, huang-min]}\n"
COMPANY = """\
format: zhongbao-workspace/1
id: games
company: 江城通信
zone: Asia/Shanghai
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "w"
    (folder / "exposure").mkdir(parents=True)
    (folder / "exposure" / "scope.yaml").write_text(FILE, "utf-8")
    (folder / "zhongbao.yaml").write_text(COMPANY, "utf-8")
    (folder / "people.yaml").write_text("ranks: [{id: lead, name: 主管}]\npersons: []\n", "utf-8")
    monkeypatch.chdir(folder)
    return folder


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["exposure", "scope", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_what_is_in_scope_ends_in_0_and_what_is_refused_in_1(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, "check", "192.0.2.1:443", "https://www.example.cn/", *AT)
    assert (code, out.splitlines()[:2]) == (
        0,
        ["在范围内 192.0.2.1:443: 在授权范围内 [IN_SCOPE]", "    依据 dmz exposure/scope.yaml:11"],
    )
    assert "未核对策略清单" in err
    code, out, _ = call(capsys, "check", "192.0.2.1", "0xC0000209", "192.0.2.200", "203.0.113.1", *AT)
    assert code == 1
    assert "拒绝 0xC0000209 -> 192.0.2.9 (省略写法、十六进制): 明令排除：计费 [EXCLUDED]" in out
    assert "拒绝 192.0.2.200: 客户使用的地址，从不探测 (客户) [HELD_BY_CUSTOMER]" in out
    assert "拒绝 203.0.113.1: 没有一行授权提到它 [NOT_IN_SCOPE]" in out
    assert "在范围内 1，拒绝 3；games r1 sha256:" in out


def test_english_is_asked_for_by_option(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", "1.2.3.4", "192.0.2.70", "--lang", "en", *AT)
    assert code == 1 and "refused 1.2.3.4: no line of the scope names it [NOT_IN_SCOPE]" in out
    assert "in scope on ports 1-65535 (partner)" in out


def test_json_carries_every_ruling(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", "192.0.2.1:161", "192.0.2.1:162", "--udp", "--format", "json", *AT)
    body = json.loads(out)
    assert (code, body["reason_code"], body["in_force"], body["scope"]["id"]) == (1, "TARGET_REFUSED", True, "games")
    assert [(item["code"], item["line"], item["port"]) for item in body["rulings"]] == [
        ("IN_SCOPE", "dmz", 161),
        ("PORT_NOT_IN_SCOPE", "dmz", 162),
    ]


def test_an_expired_scope_and_one_without_a_word_end_in_3(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", "192.0.2.1", "--at", "2026-12-08T00:00")
    assert code == 3 and "[SCOPE_EXPIRED]" in out
    code, out, _ = call(capsys, "check", "192.0.2.1", "--at", "2026-12-02T00:00", "--format", "json")
    assert (code, json.loads(out)["reason_code"]) == (3, "AUTHORISATION_LAPSED")
    Path("exposure/scope.yaml").write_text(FILE[: FILE.index("authorisation:")], "utf-8")
    code, out, _ = call(capsys, "check", "192.0.2.1", *AT)
    assert code == 3 and "[SCOPE_UNAUTHORISED]" in out
    assert call(capsys, "show", *AT)[0] == 3


def test_an_instant_without_a_zone_is_of_the_companys(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "zhongbao.yaml").write_text(COMPANY.replace("Asia/Shanghai", "Asia/Urumqi"), "utf-8")
    assert call(capsys, "check", "192.0.2.1", "--at", "2026-11-30T23:59")[0] == 0
    assert call(capsys, "check", "192.0.2.1", "--at", "2026-12-01T00:00")[0] == 3


def test_a_broken_scope_ends_in_2_with_every_place(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("exposure/scope.yaml").write_text(FILE.replace("192.0.2.0/24", "192.0.2.5/24"), "utf-8")
    code, out, err = call(capsys, "check", "192.0.2.1", *AT)
    assert (code, out) == (2, "") and "exposure/scope.yaml:12:17: 192.0.2.5/24 不是网段的起始地址" in err
    Path("exposure/scope.yaml").unlink()
    code, _, err = call(capsys, "check", "192.0.2.1", *AT)
    assert code == 2 and "[SCOPE_MISSING]" in err


def test_a_scope_file_alone_needs_no_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text(FILE, "utf-8")
    assert call(capsys, "check", "192.0.2.1", "--scope", "other.yaml", *AT)[0] == 0
    assert call(capsys, "check", "192.0.2.1", "--scope", "none.yaml", *AT)[0] == 2


def test_show_prints_every_line_and_its_place(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "show", *AT)
    assert code == 0
    for words in (
        "有效", "网安授〔2026〕7 号", "互联网侧 wuhan-1 192.0.2.10", "总 1000/s，每 /24 200/s，每地址 50/s",
        "允许  portal: *.example.cn xn--zoup46i.example.cn (门户.example.cn) tcp[80,443] udp[]",
        "排除  old: 192.0.2.32/28 [9100]  老设备  exposure/scope.yaml:20", "使用者  homes: 192.0.2.128/25 客户",
        "解析  198.51.100.53 [53]", "急停文件  /run/zhongbao/stop",
    ):  # fmt: skip
        assert words in out
    code, out, _ = call(capsys, "show", "--format", "json", *AT)
    assert json.loads(out)["scope"]["content"]["resolvers"] == ["198.51.100.53"]


def test_a_persons_mobile_is_masked(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("exposure/scope.yaml").write_text(FILE.replace("027-85550110", "13900001111"), "utf-8")
    for form in ("text", "json"):
        out = call(capsys, "show", "--format", form, *AT)[1]
        assert "13900001111" not in out and "*******1111" in out


def test_terminal_codes_in_a_target_are_made_harmless(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", "\x1b[31m192.0.2.1", *AT)
    assert code == 1 and "\x1b" not in out


def test_the_scope_is_authorised_by_the_signatures_of_all_its_signers(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = {name: generate_key(tmp_path / name, name) for name in ("chen-jun", "huang-min", "li-na")}
    people = "ranks: [{id: lead, name: 主管}]\npersons:\n" + "".join(
        f"  - {{id: {name}, name: 人, unit: 室, rank: lead, roles: [approver], keys: [{{id: {name}-1, line: {line!r}}}]}}\n"
        for name, line in lines.items()
    )
    (workspace / "people.yaml").write_text(people, "utf-8")
    (workspace / "exposure" / "scope.yaml").write_text(SIGNED, "utf-8")
    folder = workspace / "exposure" / "scope.sigs"
    folder.mkdir()
    paper = tmp_path / "statement.json"
    code, out, _ = call(capsys, "statement", "--to", str(paper))
    assert code == 0 and "approve@zhongbao" in out

    def signed(person: str, key: str) -> tuple[int, str]:
        (folder / f"{person}.sig").write_text(sign(tmp_path / key, paper.read_bytes(), "approve@zhongbao"), "ascii")
        code, _, err = call(capsys, "check", "192.0.2.1", *AT)
        return code, err

    code, err = signed("chen-jun", "chen-jun")
    assert code == 3 and "huang-min：尚未签名" in err
    code, err = signed("huang-min", "li-na")
    assert code == 3 and "huang-min：不是其有效密钥所签" in err
    code, _ = signed("huang-min", "huang-min")
    assert code == 0
    (workspace / "exposure" / "scope.yaml").write_text(SIGNED.replace("192.0.2.0/24", "192.0.0.0/16"), "utf-8")
    code, _, err = call(capsys, "check", "192.0.2.1", *AT)
    assert code == 3 and "chen-jun" in err, "a signature over an earlier content counts for nothing"
