"""Which public keys count."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.approval.keys import KeyRefusedError, PublicKeyLine
from zhongbao_core.approval.wire import Reader, mpint, string

ED25519_POINT = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def line(kind: str, *fields: bytes) -> str:
    blob = b"".join(string(field) for field in (kind.encode(), *fields))
    return f"{kind} {base64.b64encode(blob).decode()}"


GOOD = line("ssh-ed25519", ED25519_POINT)
P256_POINT = b"\x04" + bytes(64)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param("ed25519", [], id="ed25519"),
        pytest.param("ecdsa", ["-b", "256"], id="ecdsa 256"),
        pytest.param("ecdsa", ["-b", "384"], id="ecdsa 384"),
        pytest.param("ecdsa", ["-b", "521"], id="ecdsa 521"),
        pytest.param("rsa", ["-b", "3072"], id="rsa 3072"),
    ],
)
def test_keys_of_ssh_keygen_are_read_and_named_as_it_names_them(tmp_path: Path, kind: str, options: list[str]) -> None:
    command = ["ssh-keygen", "-q", "-t", kind, *options, "-N", "", "-C", "王 芳 laptop", "-f", str(tmp_path / "k")]
    subprocess.run(command, check=True)
    text = (tmp_path / "k.pub").read_text("utf-8")
    shown = subprocess.run(["ssh-keygen", "-lf", str(tmp_path / "k.pub")], capture_output=True, text=True, check=True)
    key = PublicKeyLine.parse(text)
    assert key.fingerprint == shown.stdout.split()[1]
    assert (key.comment, f"{key.line} 王 芳 laptop\n") == ("王 芳 laptop", text)
    assert PublicKeyLine.parse(key.line).blob == key.blob


def test_rsa_of_2048_bits_from_ssh_keygen_is_refused(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(tmp_path / "k")], check=True)
    with pytest.raises(KeyRefusedError, match="2048 bits"):
        PublicKeyLine.parse((tmp_path / "k.pub").read_text())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("ssh-ed25519", id="kind only"),
        pytest.param("ssh-ed25519 !!!", id="not base64"),
        pytest.param(GOOD[:-4], id="cut short"),
        pytest.param(GOOD.replace(" ", " \u200b"), id="invisible character in the base64"),
        pytest.param('command="x" ' + GOOD, id="options before the key"),
        pytest.param(GOOD.replace("ssh-ed25519 ", "ssh-rsa "), id="kind outside differs from kind inside"),
        pytest.param(line("ssh-dss", b"\x01"), id="dsa"),
        pytest.param(line("ssh-ed25519-cert-v01@openssh.com", ED25519_POINT), id="certificate"),
        pytest.param(line("ssh-ed25519", bytes(32)), id="small order point"),
        pytest.param(line("ssh-ed25519", b"\xff" * 32), id="non-canonical point"),
        pytest.param(line("ssh-ed25519", ED25519_POINT[:31]), id="31 bytes"),
        pytest.param(line("ssh-ed25519", ED25519_POINT, b"more"), id="bytes after the key"),
        pytest.param(line("sk-ssh-ed25519@openssh.com", ED25519_POINT, b""), id="sk without application"),
        pytest.param(line("sk-ssh-ed25519@openssh.com", ED25519_POINT), id="sk without the field"),
        pytest.param(line("ecdsa-sha2-nistp256", b"nistp384", P256_POINT), id="curve of another kind"),
        pytest.param(line("ecdsa-sha2-nistp256", b"nistp256", b"\x02" + bytes(32)), id="compressed point"),
        pytest.param(line("ssh-rsa", mpint(3), mpint(2**3071 + 1)), id="rsa exponent 3"),
        pytest.param(line("ssh-rsa", mpint(65537), mpint(2**3070 + 1)), id="rsa 3071 bits"),
        pytest.param(line("ssh-rsa", mpint(65537), b"\0\0" + mpint(2**3071 + 1)), id="rsa padded number"),
        pytest.param(line("ssh-rsa", mpint(65537), b"\xff" * 400), id="rsa negative number"),
        pytest.param("ssh-ed25519 " + "A" * 9000, id="too long"),
    ],
)
def test_what_does_not_count_is_refused(text: str) -> None:
    with pytest.raises(KeyRefusedError) as caught:
        PublicKeyLine.parse(text)
    assert caught.value.reason_code == "KEY_REFUSED"


@given(st.text(max_size=200) | st.binary(max_size=120).map(lambda raw: "ssh-ed25519 " + base64.b64encode(raw).decode()))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key = PublicKeyLine.parse(text)
    except KeyRefusedError:
        return
    assert key.raw


@given(st.integers(0, 2**600))
def test_numbers_read_back_as_written(value: int) -> None:
    reader = Reader(string(mpint(value)))
    assert reader.integer() == value
    reader.end()
