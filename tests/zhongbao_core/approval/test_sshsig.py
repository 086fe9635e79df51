"""SSH signatures: those of the real ssh-keygen, those of hardware keys built by hand, and forgeries."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhongbao_core.approval import sshsig
from zhongbao_core.approval.keys import KeyRefusedError
from zhongbao_core.approval.sshsig import SignatureError
from zhongbao_core.approval.wire import mpint, string
from zhongbao_core.errors import InputError, UsageError

NAMESPACE = "approve@zhongbao"
MESSAGE = '{"format":"zhongbao-statement/1","title":"核心库扩容"}'.encode()
KINDS = {
    "ed25519": ["-t", "ed25519"],
    "ecdsa-256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa-384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa-521": ["-t", "ecdsa", "-b", "521"],
    "rsa-3072": ["-t", "rsa", "-b", "3072"],
    "rsa-2048": ["-t", "rsa", "-b", "2048"],
}
COUNTED = [kind for kind in KINDS if kind != "rsa-2048"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, options in KINDS.items():
        command = ["ssh-keygen", "-q", *options, "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True)
    return folder


@pytest.fixture
def keygen_sign(keys: Path, tmp_path: Path) -> Callable[..., str]:
    def sign(kind: str, data: bytes, *options: str, namespace: str = NAMESPACE) -> str:
        target = tmp_path / "statement.json"
        target.write_bytes(data)
        (tmp_path / "statement.json.sig").unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(keys / kind), "-n", namespace, *options, str(target)]
        subprocess.run(command, check=True, capture_output=True)
        return (tmp_path / "statement.json.sig").read_text()

    return sign


def public(keys: Path, kind: str) -> str:
    return (keys / f"{kind}.pub").read_text()


def keygen_verifies(folder: Path, key_line: str, armor: str, message: bytes) -> bool:
    (folder / "allowed").write_text(f"who@zhongbao {key_line.strip()}\n")
    (folder / "sig").write_text(armor)
    command = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed"), "-I", "who@zhongbao"]
    command += ["-n", NAMESPACE, "-s", str(folder / "sig")]
    return subprocess.run(command, input=message, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("hash_name", ["sha512", "sha256"])
@pytest.mark.parametrize("kind", COUNTED)
def test_a_signature_of_ssh_keygen_is_verified(
    keys: Path, keygen_sign: Callable[..., str], kind: str, hash_name: str
) -> None:
    armor = keygen_sign(kind, MESSAGE, "-O", f"hashalg={hash_name}")
    found = sshsig.verify(armor, MESSAGE, public(keys, kind), NAMESPACE)
    assert (found.hash_name, found.namespace) == (hash_name, NAMESPACE)
    assert public(keys, kind).startswith(sshsig.key_of(armor.encode()).line)
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE[:-1] + b" ", public(keys, kind), NAMESPACE)
    assert caught.value.reason_code == "SIG_BAD"


def test_rsa_of_2048_bits_is_refused_though_the_signature_is_good(keys: Path, keygen_sign: Callable[..., str]) -> None:
    armor = keygen_sign("rsa-2048", MESSAGE)
    with pytest.raises(KeyRefusedError, match="2048"):
        sshsig.verify(armor, MESSAGE, public(keys, "rsa-2048"), NAMESPACE)
    with pytest.raises(KeyRefusedError):
        sshsig.key_of(armor)


@pytest.mark.parametrize("kind", COUNTED)
def test_what_we_sign_ssh_keygen_verifies(keys: Path, tmp_path: Path, kind: str) -> None:
    armor = sshsig.sign(keys / kind, MESSAGE, NAMESPACE)
    assert keygen_verifies(tmp_path, public(keys, kind), armor, MESSAGE)
    assert not keygen_verifies(tmp_path, public(keys, kind), armor, MESSAGE + b"\n")


def test_the_armor_we_write_is_the_armor_of_ssh_keygen(keys: Path, keygen_sign: Callable[..., str]) -> None:
    assert sshsig.sign(keys / "ed25519", MESSAGE, NAMESPACE) == keygen_sign("ed25519", MESSAGE)


def test_a_signature_for_another_purpose_is_refused(keys: Path, keygen_sign: Callable[..., str]) -> None:
    armor = keygen_sign("ed25519", MESSAGE, namespace="file")
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE, public(keys, "ed25519"), NAMESPACE)
    assert caught.value.reason_code == "SIG_NAMESPACE"


def test_a_signature_by_another_key_is_refused(keys: Path, keygen_sign: Callable[..., str]) -> None:
    armor = keygen_sign("ed25519", MESSAGE)
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE, public(keys, "ecdsa-256"), NAMESPACE)
    assert caught.value.reason_code == "SIG_KEY_MISMATCH"


TWO_LINES = MESSAGE + b"\n" + MESSAGE
ALTERED = [
    pytest.param(MESSAGE + b"\n", "lf-appended", id="LF appended (echo, most editors)"),
    pytest.param(MESSAGE + b"\r\n", "crlf-appended", id="CRLF appended (cmd.exe echo)"),
    pytest.param(MESSAGE + b"\x1a", "sub-appended", id="0x1A appended (copy con)"),
    pytest.param(MESSAGE + b"\r\n\x1a", "crlf-sub-appended", id="CRLF and 0x1A appended"),
    pytest.param(b"\xef\xbb\xbf" + MESSAGE, "bom", id="UTF-8 BOM (Notepad)"),
    pytest.param(b"\xef\xbb\xbf" + MESSAGE + b"\r\n", "bom+crlf-appended", id="BOM and CRLF (Out-File utf8)"),
    pytest.param(b"\xff\xfe" + MESSAGE.decode().encode("utf-16-le"), "utf-16-le-bom", id="UTF-16 LE with BOM"),
    pytest.param(
        b"\xff\xfe" + (MESSAGE.decode() + "\r\n").encode("utf-16-le"),
        "utf-16-le-bom+crlf-appended",
        id="UTF-16 LE with BOM and CRLF (PowerShell >)",
    ),
    pytest.param(MESSAGE.decode().encode("utf-16-le"), "utf-16-le", id="UTF-16 LE"),
    pytest.param(MESSAGE.decode().encode("utf-16-be"), "utf-16-be", id="UTF-16 BE"),
    pytest.param(b"\xfe\xff" + MESSAGE.decode().encode("utf-16-be"), "utf-16-be-bom", id="UTF-16 BE with BOM"),
]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-256"])
@pytest.mark.parametrize(("signed", "change"), ALTERED)
def test_a_signature_over_a_re_encoded_copy_is_refused_and_the_change_is_named(
    keys: Path, keygen_sign: Callable[..., str], kind: str, signed: bytes, change: str
) -> None:
    armor = keygen_sign(kind, signed)
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE, public(keys, kind), NAMESPACE)
    assert (caught.value.reason_code, caught.value.values["change"]) == ("SIG_REENCODED", change)


def test_crlf_inside_and_a_lost_last_newline_are_named_too(keys: Path, keygen_sign: Callable[..., str]) -> None:
    cases = {"crlf": TWO_LINES.replace(b"\n", b"\r\n"), "bom+crlf": b"\xef\xbb\xbf" + TWO_LINES.replace(b"\n", b"\r\n")}
    for change, signed in cases.items():
        with pytest.raises(SignatureError) as caught:
            sshsig.verify(keygen_sign("ed25519", signed), TWO_LINES, public(keys, "ed25519"), NAMESPACE)
        assert caught.value.values["change"] == change
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(keygen_sign("ed25519", MESSAGE), MESSAGE + b"\n", public(keys, "ed25519"), NAMESPACE)
    assert caught.value.values["change"] == "lf-removed"


# -- hardware keys, built by hand ------------------------------------------------------------------------------------


def sk_ed25519(flags: int = 1, counter: int = 7, *, told_flags: int | None = None) -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    blob = string(b"sk-ssh-ed25519@openssh.com") + string(key.public_key().public_bytes_raw()) + string(b"ssh:")
    value = key.sign(sk_signed(b"ssh:", flags, counter))
    told = flags if told_flags is None else told_flags
    return key_line("sk-ssh-ed25519@openssh.com", blob), sk_armor(
        blob, b"sk-ssh-ed25519@openssh.com", value, told, counter
    )


def sk_ecdsa(flags: int = 1, counter: int = 7, *, told_flags: int | None = None) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
    blob = string(kind) + string(b"nistp256") + string(point) + string(b"ssh:")
    r, s = utils.decode_dss_signature(key.sign(sk_signed(b"ssh:", flags, counter), ec.ECDSA(hashes.SHA256())))
    told = flags if told_flags is None else told_flags
    value = string(mpint(r)) + string(mpint(s))
    return key_line(kind.decode(), blob), sk_armor(blob, kind, value, told, counter)


def signed_data(message: bytes = MESSAGE) -> bytes:
    hashed = sha256(message).digest()
    return b"SSHSIG" + string(NAMESPACE.encode()) + string(b"") + string(b"sha256") + string(hashed)


def sk_signed(application: bytes, flags: int, counter: int) -> bytes:
    happened = bytes([flags]) + counter.to_bytes(4, "big")
    return sha256(application).digest() + happened + sha256(signed_data()).digest()


def sk_armor(blob: bytes, kind: bytes, value: bytes, flags: int, counter: int) -> str:
    inner = string(kind) + string(value) + bytes([flags]) + counter.to_bytes(4, "big")
    return armor_of(blob, inner)


def armor_of(
    blob: bytes,
    inner: bytes,
    *,
    version: int = 1,
    reserved: bytes = b"",
    hash_name: bytes = b"sha256",
    after: bytes = b"",
) -> str:
    parts = string(blob) + string(NAMESPACE.encode()) + string(reserved) + string(hash_name) + string(inner)
    return sshsig.wrap(b"SSHSIG" + version.to_bytes(4, "big") + parts + after)


def key_line(kind: str, blob: bytes) -> str:
    return f"{kind} {base64.b64encode(blob).decode()}"


HARDWARE = [pytest.param(sk_ed25519, id="sk-ssh-ed25519"), pytest.param(sk_ecdsa, id="sk-ecdsa")]


@pytest.mark.parametrize("make", HARDWARE)
def test_a_hardware_key_signature_is_verified_and_ssh_keygen_agrees(
    make: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    line, armor = make(flags=5, counter=4_000_000_000)
    found = sshsig.verify(armor, MESSAGE, line, NAMESPACE)
    assert (found.flags, found.counter) == (5, 4_000_000_000)
    assert keygen_verifies(tmp_path, line, armor, MESSAGE)


@pytest.mark.parametrize("make", HARDWARE)
def test_a_hardware_key_that_was_not_touched_does_not_count(make: Callable[..., tuple[str, str]]) -> None:
    line, armor = make(flags=0)
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE, line, NAMESPACE)
    assert caught.value.reason_code == "SIG_PRESENCE"


@pytest.mark.parametrize("make", HARDWARE)
def test_claiming_a_touch_that_was_not_signed_is_a_bad_signature(make: Callable[..., tuple[str, str]]) -> None:
    line, armor = make(flags=0, told_flags=1)
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE, line, NAMESPACE)
    assert caught.value.reason_code == "SIG_BAD"


# -- the envelope ----------------------------------------------------------------------------------------------------


def ed25519_parts() -> tuple[Ed25519PrivateKey, bytes, str]:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    blob = string(b"ssh-ed25519") + string(key.public_key().public_bytes_raw())
    return key, blob, key_line("ssh-ed25519", blob)


KEY, BLOB, LINE = ed25519_parts()
INNER = string(b"ssh-ed25519") + string(KEY.sign(signed_data()))
GOOD = armor_of(BLOB, INNER)


def test_the_envelope_the_following_forgeries_start_from_is_good() -> None:
    assert sshsig.verify(GOOD, MESSAGE, LINE, NAMESPACE).key_line == LINE
    assert sshsig.verify(GOOD.replace("\n", "\r\n"), MESSAGE, LINE, NAMESPACE).key_line == LINE


@pytest.mark.parametrize(
    ("armor", "reason"),
    [
        pytest.param("", "SIG_MALFORMED", id="nothing"),
        pytest.param(GOOD.replace("SSH SIG", "PGP SIG"), "SIG_MALFORMED", id="another armor"),
        pytest.param(GOOD + "trailing words\n", "SIG_MALFORMED", id="words after the armor"),
        pytest.param("words\n" + GOOD, "SIG_MALFORMED", id="words before the armor"),
        pytest.param(GOOD.replace("U1NI", "U1N\u0130"), "SIG_MALFORMED", id="outside ASCII"),
        pytest.param(GOOD.replace("U1NI", "U1 NI"), "SIG_MALFORMED", id="blank inside the base64"),
        pytest.param(GOOD.replace("\n-----END", "=\n-----END"), "SIG_MALFORMED", id="extra padding"),
        pytest.param(GOOD + GOOD, "SIG_MALFORMED", id="two signatures"),
        pytest.param(GOOD + "\n" * 20000, "SIG_MALFORMED", id="over the size limit"),
        pytest.param(armor_of(BLOB, INNER, version=2), "SIG_MALFORMED", id="version 2"),
        pytest.param(armor_of(BLOB, INNER, reserved=b"x"), "SIG_MALFORMED", id="reserved field filled"),
        pytest.param(armor_of(BLOB, INNER, after=b"\0"), "SIG_MALFORMED", id="bytes after the end"),
        pytest.param(armor_of(BLOB, INNER + b"\0"), "SIG_MALFORMED", id="bytes after the inner signature"),
        pytest.param(armor_of(BLOB, INNER, hash_name=b"sha1"), "SIG_HASH", id="sha1"),
        pytest.param(armor_of(BLOB, INNER, hash_name=b"md5"), "SIG_HASH", id="md5"),
        pytest.param(armor_of(BLOB, INNER, hash_name=b"sha512"), "SIG_BAD", id="hash name exchanged"),
        pytest.param(
            armor_of(BLOB, string(b"ssh-rsa") + string(b"x")), "SIG_MALFORMED", id="algorithm of another kind"
        ),
        pytest.param(
            armor_of(string(b"ssh-rsa") + string(mpint(65537)), string(b"ssh-rsa") + string(b"x")),
            "SIG_HASH",
            id="RSA with SHA-1",
        ),
        pytest.param(armor_of(BLOB, string(b"ssh-ed25519") + string(bytes(64))), "SIG_BAD", id="zeros as signature"),
        pytest.param(armor_of(BLOB, string(b"ssh-ed25519") + string(b"")), "SIG_BAD", id="empty signature"),
        pytest.param(sshsig.wrap(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"), "SIG_MALFORMED", id="a length of 4 GiB"),
    ],
)
def test_a_broken_or_foreign_envelope_is_refused(armor: str, reason: str) -> None:
    with pytest.raises(SignatureError) as caught:
        sshsig.verify(armor, MESSAGE, LINE, NAMESPACE)
    assert caught.value.reason_code == reason


RAW = base64.b64decode("".join(GOOD.split("\n")[1:-2]))


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(RAW) - 1), flip=st.integers(1, 255))
def test_any_changed_byte_inside_the_envelope_is_refused(place: int, flip: int) -> None:
    changed = RAW[:place] + bytes([RAW[place] ^ flip]) + RAW[place + 1 :]
    with pytest.raises(SignatureError):
        sshsig.verify(sshsig.wrap(changed), MESSAGE, LINE, NAMESPACE)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: RAW[:40] + tail))
@example(b"SSHSIG")
def test_any_bytes_in_armor_give_a_signature_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(SignatureError):
        sshsig.verify(sshsig.wrap(data), MESSAGE, LINE, NAMESPACE)
    with pytest.raises(SignatureError):
        sshsig.verify(data, MESSAGE, LINE, NAMESPACE)


# -- signing ---------------------------------------------------------------------------------------------------------


def test_the_command_shown_signs_a_file_and_survives_odd_names() -> None:
    shown = sshsig.sign_command("审批 单/statement.json", NAMESPACE, "~/.ssh/my key")
    assert shown == "ssh-keygen -Y sign -f ~/'.ssh/my key' -n approve@zhongbao '审批 单/statement.json'"


def test_the_command_shown_works(keys: Path, tmp_path: Path) -> None:
    target = tmp_path / "statement.json"
    target.write_bytes(MESSAGE)
    command = sshsig.sign_command(target, NAMESPACE, str(keys / "ed25519"))
    subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True)
    armor = (tmp_path / "statement.json.sig").read_bytes()
    assert sshsig.verify(armor, MESSAGE, public(keys, "ed25519"), NAMESPACE).namespace == NAMESPACE


def test_a_key_with_a_passphrase_signs_through_ssh_keygen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, answer = tmp_path / "locked", tmp_path / "askpass"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", str(key)], check=True)
    answer.write_text("#!/bin/sh\necho open sesame\n")
    answer.chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(answer))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    armor = sshsig.sign(key, MESSAGE, NAMESPACE)
    assert sshsig.verify(armor, MESSAGE, (tmp_path / "locked.pub").read_text(), NAMESPACE).flags == 0
    answer.write_text("#!/bin/sh\necho wrong\n")
    with pytest.raises(InputError) as caught:
        sshsig.sign(key, MESSAGE, NAMESPACE)
    assert caught.value.reason_code == "SIGNING_FAILED"


def test_a_key_that_does_not_count_cannot_sign(keys: Path) -> None:
    with pytest.raises(KeyRefusedError, match="2048"):
        sshsig.sign(keys / "rsa-2048", MESSAGE, NAMESPACE)


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_a_file_that_is_no_private_key_is_wrong_use(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "k").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        sshsig.sign(tmp_path / "k", MESSAGE, NAMESPACE)
    assert caught.value.reason_code == "KEY_UNREADABLE"
