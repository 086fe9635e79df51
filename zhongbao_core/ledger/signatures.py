"""Recorded signatures verified again: each one whose statement and signature are still kept as documents.

The ledger says that a signature was good when it came; here anybody may see it for himself, years later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.approval.sshsig import key_of, verify
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.ledger.entry import Entry
from zhongbao_core.ledger.reading import Reading
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

KINDS = ("approval.recorded", "approval.confirmed", "approval.rejected")
_PURPOSE = {"approval.recorded": "approve", "approval.confirmed": "confirm", "approval.rejected": "reject"}


class Claim(NamedTuple):
    """One signature an entry speaks of: who is said to have signed which document for which purpose."""

    entry: Entry
    person: str
    document: str
    signature: str
    namespace: str


class BadSignature(NamedTuple):
    """A signature that does not hold, and why."""

    seq: int
    person: str
    cause: Text


class Signatures(NamedTuple):
    """What was found. ``missing``: documents erased or not kept. ``strangers``: good, but by a key nobody vouches for."""

    good: int
    missing: int
    strangers: tuple[tuple[int, str], ...]
    bad: tuple[BadSignature, ...]


def check_signatures(ledger: Reading, directory: Directory | None) -> Signatures:
    """Verify every recorded signature against the keys of ``directory`` (None: nobody vouches for any key)."""
    good, missing = 0, 0
    strangers: list[tuple[int, str]] = []
    bad: list[BadSignature] = []
    for claim in claims(ledger):
        message, armor = ledger.document(claim.document), ledger.document(claim.signature)
        if message is None or armor is None:
            missing += 1
            continue
        try:
            verify(armor, message, key_of(armor).line, claim.namespace)
        except ZhongbaoError as error:
            bad.append(BadSignature(claim.entry.seq, claim.person, error.message))
            continue
        if _vouched(directory, claim.person, armor):
            good += 1
        else:
            strangers.append((claim.entry.seq, claim.person))
    return Signatures(good, missing, tuple(strangers), tuple(bad))


def claims(ledger: Reading) -> Iterator[Claim]:
    """Every signature that entries speak of, in ledger order."""
    for entry in ledger.entries(kinds=KINDS):
        yield from _claims_of(entry)


def _claims_of(entry: Entry) -> Iterator[Claim]:
    body = {name: value for name, value in entry.body.items() if isinstance(value, str)}
    if body.get("signature"):
        namespace = NAMESPACES[_PURPOSE[entry.kind]]
        yield Claim(entry, body.get("person", ""), body.get("statement", ""), body["signature"], namespace)
    for role in ("registrar", "cosigner"):
        if body.get(f"{role}_signature"):
            document, signature = body.get("attestation", ""), body[f"{role}_signature"]
            yield Claim(entry, body.get(role, ""), document, signature, NAMESPACES["attest"])


def _vouched(directory: Directory | None, person: str, armor: bytes) -> bool:
    """Whether the key that signed is one of the person's, valid now or not: the time was judged at receipt."""
    found = directory.persons.get(person) if directory else None
    blob = key_of(armor).blob
    return found is not None and any(PublicKeyLine.parse(key.line).blob == blob for key in found.keys)
