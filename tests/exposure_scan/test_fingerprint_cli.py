"""``exposure fingerprint``: banners, saved responses and rows in; names out; exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exposure_scan.commands.fingerprint_cli import fingerprint
from zhongbao_core.errors import InputError
from zhongbao_core.settings import Settings

GOLDEN = Path(__file__).parent / "fingerprint" / "golden"
ROWS: list[dict[str, Any]] = [
    {"kind": "ssh", "banner": "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "id": 7},
    {"kind": "http-server", "banner": "Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/5.4.16"},
    {"kind": "title", "banner": "泛微协同商务系统"},
    {"kind": "neverheard", "banner": "220 (vsFTPd 3.0.3)"},
    {"kind": "telnet", "banner": "\u001b[2J\u202egnp.exe"},
    {"kind": "title", "banner": "\u001b]0;x\u0007<b>Grafana"},
    {"kind": "http-body", "banner": "<script>alert(1)</script><center>nginx/1.14.0</center>"},
]
RESPONSE = b"HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nSet-Cookie: rememberMe=deleteMe; Path=/\r\n\r\n<html><title>Nacos</title>"


def run(*args: str, stdin: str | bytes = "", lang: Any = "zh") -> Result:
    return CliRunner().invoke(fingerprint, args, input=stdin, obj=Settings(lang=lang), standalone_mode=False)


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("output", ["text", "jsonl"])
def test_goldens(output: str, lang: str, request: pytest.FixtureRequest) -> None:
    made = run("-", "--format", output, stdin=jsonl(ROWS), lang=lang).stdout
    path = GOLDEN / f"rows.{lang}.{output}"
    if request.config.getoption("--update-golden"):
        path.write_text(made, "utf-8", newline="\n")
    assert made == path.read_text("utf-8")
    assert "\x1b" not in made and ("\u202e" not in made or output == "jsonl")


def test_a_row_comes_out_for_each_that_went_in_with_its_id() -> None:
    result = run("-", "--format", "jsonl", stdin=jsonl(ROWS))
    out = [json.loads(line) for line in result.stdout.splitlines()]
    assert [item["line"] for item in out] == list(range(1, len(ROWS) + 1))
    assert out[0]["id"] == 7 and "id" not in out[1]
    assert {key: out[0][key] for key in ("vendor", "product", "version", "cpe", "confidence", "evidence")} == {
        "vendor": "openbsd", "product": "openssh", "version": "9.2p1", "confidence": 95, "evidence": "OpenSSH_9.2p1",
        "cpe": "cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*",
    }  # fmt: skip
    assert out[4]["vendor"] is None and out[4]["confidence"] == 0
    assert result.return_value == 0


def test_a_saved_response_names_all_it_is_made_of(tmp_path: Path) -> None:
    file = tmp_path / "saved.http"
    file.write_bytes(RESPONSE)
    result = run(str(file))
    assert [line.split("  ")[0] for line in result.stdout.splitlines()] == ["1: nginx 1.18.0", "1: Nacos", "1: Shiro"]
    assert result.return_value == 0


def test_the_bytes_of_a_handshake_are_read() -> None:
    assert run("-", stdin=b"J\0\0\0\n5.5.5-10.11.6-MariaDB\0\x1f\0\0\0\xff\xfe").stdout.startswith(
        "1: MariaDB 10.11.6 "
    )


def test_the_kind_that_is_given_counts() -> None:
    assert run("-", "--kind", "dns", stdin="9.18.28-1~deb12u2-Debian").stdout.startswith("1: BIND 9.18.28 ")


@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        pytest.param("SSH-2.0-OpenSSH_9.2p1", 0, id="named"),
        pytest.param("hello there, whoever you are", 3, id="not named"),
        pytest.param("", 3, id="nothing"),
        pytest.param(" \n\n", 3, id="blanks"),
        pytest.param('{"kind": "ssh", "banner": "OpenSSH_9.2"}\nnonsense\n', 3, id="a line that is no row"),
        pytest.param(
            '{"kind": "ssh", "banner": "OpenSSH_9.2"}\n{"kind": 1, "banner": "x"}\n', 3, id="a kind that is none"
        ),
        pytest.param(
            '{"kind": "ssh", "banner": "OpenSSH_9.2"}\n{"kind": "ssh", "banner": "?"}\n', 0, id="one not named"
        ),
        pytest.param('{"kind": "ssh", "banner": "\\ud800"}\n', 3, id="half a character"),
    ],
)
def test_exit_codes(stdin: str, code: int) -> None:
    assert run("-", stdin=stdin).return_value == code


def test_a_line_too_long_is_no_row_and_the_next_one_is_read() -> None:
    long = '{"kind": "ssh", "banner": "' + "x" * (3 << 20) + '"}\n'
    result = run("-", "--input", "jsonl", "--format", "jsonl", stdin=jsonl(ROWS[:1]) + long + jsonl(ROWS[:1]))
    out = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(item["line"], item["product"], item.get("error")) for item in out] == [
        (1, "openssh", None), (2, None, "not a row"), (3, "openssh", None),
    ]  # fmt: skip
    assert result.return_value == 3


def test_packs_of_ones_own_are_laid_over_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "own.yaml"
    text = "format: zhongbao-fingerprints/1\nid: own\nkinds: [ssh]\nfingerprints:\n  - {id: a, name: 自研, cpe: 'acme:sshd', any: ['%s']}\n"
    pack.write_text(text % "^AcmeSSH_{v}", "utf-8")
    assert run("-", "--kind", "ssh", "--fingerprints", str(tmp_path), stdin="AcmeSSH_1.2").stdout.startswith(
        "1: 自研 1.2 "
    )
    pack.write_text(text % "(", "utf-8")
    result = run("-", "--fingerprints", str(tmp_path), stdin="x")
    assert isinstance(result.exception, InputError) and result.exception.reason_code == "FINGERPRINTS_BROKEN"


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    result = run(str(tmp_path / "none"))
    assert isinstance(result.exception, InputError) and result.exception.reason_code == "INPUT_MISSING"
