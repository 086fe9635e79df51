"""Attested approvals: what may be registered, and who signed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from zhongbao_core.approval import sshsig
from zhongbao_core.approval.attest import (
    Attestation,
    AttestationError,
    attestation_text,
    parse,
    problems,
    require,
    verify_witnesses,
)
from zhongbao_core.clock import Span
from zhongbao_core.people import Delegation, Directory, Person, PublicKey

AT = datetime(2026, 11, 21, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("vera", "reg", "wit", "eve")}


def line(name: str) -> str:
    return KEYS[name].public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def person(name: str, rank: str, **more: Any) -> Person:
    return Person(name, name, "net", rank, frozenset({"approver"}), (PublicKey(f"{name}-1", line(name), **more),))


DIRECTORY = Directory(
    {
        item.id: item
        for item in (person("vera", "vp"), person("reg", "staff"), person("wit", "staff"), person("eve", "staff"))
    },
    ("staff", "vp"),
    (Delegation("vera", "eve", Span(AT - HOUR, AT)),),
)
GOOD = Attestation(
    statement="sha256:" + "ab" * 32,
    person="vera",
    voice="vera",
    rank="vp",
    registrar="reg",
    cosigner="wit",
    channel="phone",
    said_at=AT - HOUR / 4,
    call_back="*******1234",
)


def test_a_telephone_word_with_call_back_registrar_and_witness_may_be_registered() -> None:
    assert problems(GOOD, DIRECTORY, AT) == ()
    require(GOOD, DIRECTORY, AT)
    assert GOOD.confirm_by(AT) == AT + 24 * HOUR


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"registrar": "wit"}, "three persons", id="one person registers and witnesses"),
        pytest.param({"registrar": "vera"}, "three persons", id="the approver registers"),
        pytest.param(
            {"person": "eve", "voice": "vera", "registrar": "vera"}, "three persons", id="principal registers deputy"
        ),
        pytest.param({"cosigner": "ghost"}, "'ghost' is not in the directory", id="unknown witness"),
        pytest.param({"rank": "staff"}, "no such rank", id="another rank"),
        pytest.param(
            {"person": "eve", "voice": "vera", "said_at": AT - 2 * HOUR}, "no such rank", id="before the delegation"
        ),
        pytest.param({"channel": "wechat"}, "the channel is", id="unknown channel"),
        pytest.param({"call_back": ""}, "call-back number", id="no call-back number"),
        pytest.param({"call_back": "13812341234"}, "masked", id="a whole telephone number"),
        pytest.param({"channel": "oa"}, "workflow sheet", id="OA without a number"),
        pytest.param({"channel": "paper"}, "digest of the scan", id="paper without a scan"),
        pytest.param({"evidence": "screenshot.png"}, "sha256:", id="evidence that is no digest"),
        pytest.param({"statement": ""}, "digest of the statement", id="no statement"),
        pytest.param({"oa_number": "9" * 81}, "too long", id="a novel as number"),
        pytest.param({"said_at": AT + timedelta(seconds=121)}, "after this instant", id="said in the future"),
        pytest.param({"said_at": AT - 24 * HOUR - timedelta(seconds=1)}, "ask again", id="said yesterday"),
    ],
)
def test_what_may_not_be_registered_is_refused_and_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(AttestationError, match=said):
        require(replace(GOOD, **changes), DIRECTORY, AT)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"channel": "oa", "call_back": "", "oa_number": "OA-2026-0456"}, id="OA sheet"),
        pytest.param({"channel": "paper", "call_back": "", "evidence": "sha256:" + "0" * 64}, id="paper with scan"),
        pytest.param({"person": "eve", "voice": "vera"}, id="the deputy's word"),
        pytest.param({"said_at": AT - 24 * HOUR}, id="said just a day ago", marks=()),
    ],
)
def test_the_other_lawful_ways(changes: dict[str, Any]) -> None:
    assert problems(replace(GOOD, **changes), DIRECTORY, AT) == ()


def test_the_text_reads_back_and_nothing_else_does() -> None:
    text = attestation_text(GOOD)
    assert parse(text) == GOOD
    for bad in (
        text + b"\n",
        text.replace(b'"vp"', b"5"),
        text.replace(b'"rank"', b'"runk"'),
        b"{}",
        b"[]",
        b"",
        text[:-1],
    ):
        with pytest.raises(AttestationError):
            parse(bad)


@pytest.fixture
def sign(tmp_path: Any) -> Any:
    def made(name: str, data: bytes, namespace: str = "attest@zhongbao") -> bytes:
        raw = KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        (tmp_path / name).write_bytes(raw)
        return sshsig.sign(tmp_path / name, data, namespace).encode()

    return made


def test_both_signatures_are_verified_against_the_persons_keys(sign: Any) -> None:
    text = attestation_text(GOOD)
    keys = verify_witnesses(GOOD, sign("reg", text), sign("wit", text), DIRECTORY, AT)
    assert [key.id for key in keys] == ["reg-1", "wit-1"]


def test_a_swapped_foreign_or_misdirected_signature_is_refused(sign: Any) -> None:
    text = attestation_text(GOOD)
    for first, second in (("wit", "reg"), ("reg", "reg"), ("reg", "eve"), ("eve", "wit")):
        with pytest.raises(AttestationError) as caught:
            verify_witnesses(GOOD, sign(first, text), sign(second, text), DIRECTORY, AT)
        assert caught.value.reason_code == "ATTESTATION_SIGNER"
    with pytest.raises(sshsig.SignatureError) as wrong:
        verify_witnesses(GOOD, sign("reg", text, "approve@zhongbao"), sign("wit", text), DIRECTORY, AT)
    assert wrong.value.reason_code == "SIG_NAMESPACE"
    other = attestation_text(replace(GOOD, rank="staff"))
    with pytest.raises(sshsig.SignatureError) as changed:
        verify_witnesses(GOOD, sign("reg", text), sign("wit", other), DIRECTORY, AT)
    assert changed.value.reason_code == "SIG_BAD"


def test_a_revoked_key_witnesses_nothing(sign: Any) -> None:
    people = {**DIRECTORY.persons, "wit": person("wit", "staff", revoked_at=AT)}
    text = attestation_text(GOOD)
    with pytest.raises(AttestationError):
        verify_witnesses(GOOD, sign("reg", text), sign("wit", text), replace(DIRECTORY, persons=people), AT)
