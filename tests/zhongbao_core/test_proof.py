"""Signed checkpoints as doors read them: C2SP signed notes, strictly."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core import proof
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.proof import Checkpoint, CheckpointError, checkpoint_text, signed_note, verify_checkpoint

ORIGIN = "zhongbao.example/games"
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CHECKPOINT = Checkpoint(ORIGIN, 1234, bytes(range(32)), AT)


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def line(number: int) -> str:
    return key(number).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def public(number: int) -> bytes:
    return key(number).public_key().public_bytes_raw()


def note(number: int = 1, *, text: str = checkpoint_text(CHECKPOINT), name: str = ORIGIN) -> str:
    return signed_note(text, name, public(number), key(number).sign(text.encode()))


def test_a_checkpoint_is_a_signed_note_of_a_fixed_form() -> None:
    text, _, signature = note().partition("\n\n")
    assert text == (
        "zhongbao.example/games\n1234\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ntime 2026-11-20T08:00:00Z"
    )
    mark, name, blob = signature.rstrip("\n").split(" ")
    assert (mark, name, len(b64decode(blob))) == ("\u2014", ORIGIN, 68)
    assert verify_checkpoint(note(), [line(1)], ORIGIN) == CHECKPOINT
    assert verify_checkpoint(note().encode(), [line(1)], ORIGIN) == CHECKPOINT


def test_the_published_key_of_the_go_checksum_database_has_its_known_hash() -> None:
    name, short, encoded = ["sum.golang.org", "033de0ae", "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
    blob = b64decode(encoded)
    assert proof.key_hash(name, blob[1:]).hex() == short
    assert proof.vkey(name, blob[1:]) == f"{name}+{short}+{encoded}"


def test_a_checkpoint_of_other_makers_without_a_time_is_read() -> None:
    checkpoint = proof.parse_checkpoint("go.sum database tree\n7\n" + b64encode(bytes(32)).decode() + "\nmore\n")
    assert checkpoint == Checkpoint("go.sum database tree", 7, bytes(32), None)


def test_signatures_of_others_beside_ours_are_passed_over() -> None:
    witness = signed_note("", "witness.example", public(2), bytes(64)).lstrip("\n")
    assert verify_checkpoint(note() + witness, [line(1)], ORIGIN) == CHECKPOINT
    mine = note().partition("\n\n")[2]
    text = note().partition("\n\n")[0]
    assert verify_checkpoint(f"{text}\n\n{witness}{mine}", [line(1)], ORIGIN) == CHECKPOINT


def test_either_of_two_pinned_keys_is_enough_while_keys_rotate() -> None:
    assert verify_checkpoint(note(2), [line(1), line(2)], ORIGIN) == CHECKPOINT
    both = note(1) + note(2).partition("\n\n")[2]
    assert verify_checkpoint(both, [line(1), line(2)], ORIGIN) == CHECKPOINT


WRONG = signed_note("", ORIGIN, public(2), bytes(64)).lstrip("\n")


def resigned(change: Callable[[str], str]) -> str:
    return note(text=change(checkpoint_text(CHECKPOINT)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(note().replace("1234", "1235"), "CHECKPOINT_FORGED", id="another size"),
        pytest.param(note().replace("08:00", "09:00"), "CHECKPOINT_FORGED", id="another time"),
        pytest.param(note(2), "CHECKPOINT_UNSIGNED", id="another key"),
        pytest.param(note(name="other"), "CHECKPOINT_UNSIGNED", id="another key name"),
        pytest.param(note(1) + WRONG, "CHECKPOINT_FORGED", id="one of two wrong"),
        pytest.param(resigned(lambda t: t.replace("games", "gamez")), "CHECKPOINT_ORIGIN", id="another ledger"),
        pytest.param(resigned(lambda t: t.replace("1234", "01234")), "CHECKPOINT_MALFORMED", id="size with a zero"),
        pytest.param(resigned(lambda t: t.replace("1234", "+1234")), "CHECKPOINT_MALFORMED", id="size with a sign"),
        pytest.param(resigned(lambda t: t.replace("1234", "١٢٣٤")), "CHECKPOINT_MALFORMED", id="other digits"),
        pytest.param(resigned(lambda t: t.replace("1234", "9" * 17)), "CHECKPOINT_MALFORMED", id="size out of range"),
        pytest.param(resigned(lambda t: t.replace("AAEC", "AAE")), "CHECKPOINT_MALFORMED", id="root too short"),
        pytest.param(
            resigned(lambda t: t.replace("Hh8=", "Hh9=")), "CHECKPOINT_MALFORMED", id="base64 with spare bits"
        ),
        pytest.param(
            resigned(lambda t: t.replace("time 2026", "time x")), "CHECKPOINT_MALFORMED", id="time unreadable"
        ),
        pytest.param(resigned(lambda t: t.replace("\ntime", "\n\ntime")), "CHECKPOINT_MALFORMED", id="an empty line"),
        pytest.param(note().replace("\n", "\r\n"), "CHECKPOINT_MALFORMED", id="line ends of another system"),
        pytest.param(note().rstrip("\n"), "CHECKPOINT_MALFORMED", id="no newline at the end"),
        pytest.param(note().replace("\u2014", "-"), "CHECKPOINT_MALFORMED", id="another dash"),
        pytest.param(checkpoint_text(CHECKPOINT), "CHECKPOINT_MALFORMED", id="no signature at all"),
        pytest.param("", "CHECKPOINT_MALFORMED", id="nothing"),
        pytest.param(note() + "\u2014 a AAAAAAAA\n" * 20, "CHECKPOINT_MALFORMED", id="too many signatures"),
        pytest.param(note() + "x" * 70000, "CHECKPOINT_MALFORMED", id="too long"),
        pytest.param(note() + "\ud800", "CHECKPOINT_MALFORMED", id="a lone surrogate"),
        pytest.param(note().encode() + b"\xff", "CHECKPOINT_MALFORMED", id="not UTF-8"),
    ],
)
def test_what_is_not_a_good_checkpoint_is_refused_with_its_reason(text: str | bytes, code: str) -> None:
    with pytest.raises(CheckpointError) as error:
        verify_checkpoint(text, [line(1), line(2)] if WRONG in str(text) else [line(1)], ORIGIN)
    assert error.value.reason_code == code


@pytest.mark.parametrize("bad", ["", "ssh-rsa AAAA", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 !!!!"])
def test_a_pinned_key_that_is_no_ed25519_line_is_refused(bad: str) -> None:
    with pytest.raises(CheckpointError):
        verify_checkpoint(note(), [bad], ORIGIN)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nothing_but_a_signed_note_passes_and_nothing_crashes(data: bytes | str) -> None:
    with pytest.raises(CheckpointError):
        verify_checkpoint(data, [line(1)], ORIGIN)


@given(st.integers(0, len(note().encode()) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_note_is_refused(at: int, bit: int) -> None:
    broken = bytearray(note().encode())
    broken[at] ^= 1 << bit
    with pytest.raises(ZhongbaoError):
        verify_checkpoint(bytes(broken), [line(1)], ORIGIN)


@given(
    st.integers(0, proof.MAX_SIZE),
    st.binary(min_size=32, max_size=32),
    st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)) | st.none(),
)
def test_text_and_checkpoint_are_one(size: int, root: bytes, time: datetime | None) -> None:
    made = Checkpoint(ORIGIN, size, root, time)
    assert proof.parse_checkpoint(checkpoint_text(made)) == made


def test_the_gate_can_import_it_lightly() -> None:
    heavy = ("cryptography", "sqlite3", "yaml", "logging", "pathlib", "zhongbao_core.ledger")
    program = "import sys, zhongbao_core.proof; print([name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['pathlib']")


def test_a_root_is_written_in_base64_and_nothing_else() -> None:
    assert b64encode(CHECKPOINT.root).decode() in note()
