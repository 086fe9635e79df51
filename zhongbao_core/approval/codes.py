"""One-time codes: printed on a card, read over the phone, each spent once; only slow salted hashes are kept.

The hashes of one card share one salt, so that one check costs one scrypt however many codes the card has. A stolen
list of hashes of ten 50-bit codes leaves a guesser some 10^12 core-seconds of work.

Hash format, one line of text: ``scrypt:1:<log2 n>:<r>:<p>:<issued, 20261120T080000Z>:<salt hex>:<hash hex>``.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import scrypt
from typing import NamedTuple
from unicodedata import normalize as unicode_fold

from zhongbao_core.approval.statement import ALPHABET
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

BITS = 50
"""Random bits of a code of a person's card: ten characters."""
SEALED_BITS = 100
"""Random bits of a sealed break-glass code: twenty characters."""
GROUP = 5
MAX_CODES = 100
MAX_TYPED = 200
MAX_SALTS = 16
"""One check tries at most this many cards."""
LOG2_N, R, P = 14, 8, 1
_LIMITS = (range(14, 19), range(8, 9), range(1, 5))
_STAMP = "%Y%m%dT%H%M%SZ"

FREE_FAILURES = 3
WINDOW = timedelta(hours=24)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_FAILURES = 10


class Card(NamedTuple):
    """New codes and their hashes, in the same order. The codes exist here and on paper, nowhere else."""

    codes: tuple[str, ...]
    hashes: tuple[str, ...]


class CodeHashError(InputError):
    """A stored hash that is not one: refused rather than skipped, or a card could be switched off silently."""

    reason_code = "CODE_HASH_INVALID"


class _Parsed(NamedTuple):
    cost: tuple[int, int, int]
    issued: datetime
    salt: bytes
    value: bytes


def issue(count: int, at: datetime, *, bits: int = BITS) -> Card:
    """A card of ``count`` new codes of at least ``bits`` random bits, issued ``at``.

    Raises ValueError for an empty or over-long card and for fewer than 50 bits.
    """
    if not 1 <= count <= MAX_CODES or not BITS <= bits <= 500:
        raise ValueError(f"{count} codes of {bits} bits: 1 to {MAX_CODES} codes of 50 to 500 bits")
    letters = -(-bits // (5 * GROUP)) * GROUP
    salt = secrets.token_bytes(16)
    plain_codes = ["".join(secrets.choice(ALPHABET) for _ in range(letters)) for _ in range(count)]
    hashes = [_written(at, salt, _slow(code, (LOG2_N, R, P), salt)) for code in plain_codes]
    return Card(tuple(map(grouped, plain_codes)), tuple(hashes))


def check(code: str, hashes: Sequence[str]) -> int | None:
    """The index of the hash that ``code`` opens, or None. Looks at every hash whatever it finds.

    Costs one scrypt a card (50-100 ms). Raises CodeHashError for a hash that cannot be read or for more than
    ``MAX_SALTS`` cards. Whether the code is spent or its card revoked is the ledger's to say.
    """
    parsed = [_parse(item) for item in hashes]
    cards = {(item.cost, item.salt) for item in parsed}
    if len(cards) > MAX_SALTS:
        raise _bad(f"{len(cards)} cards, limit {MAX_SALTS}")
    typed = normalise(code)
    if not typed:
        return None
    slow = {card: _slow(typed, *card) for card in cards}
    found = None
    for index, item in enumerate(parsed):
        if hmac.compare_digest(slow[item.cost, item.salt], item.value) and found is None:
            found = index
    return found


def normalise(code: str) -> str:
    """``code`` as hashed: full-width folded, upper case, O as 0, I and L as 1, blanks and dashes gone.

    Empty where a character remains that no code has, or the text is over-long.
    """
    if len(code) > MAX_TYPED:
        return ""
    folded = unicode_fold("NFKC", code).upper().translate(str.maketrans("OIL", "011"))
    letters = "".join(char for char in folded if not (char.isspace() or char in "-‐‑‒–—―−﹣_.·"))
    return letters if all(char in ALPHABET for char in letters) else ""


def grouped(code: str) -> str:
    """``code`` for printing and reading aloud, in groups of five."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def issued_at(code_hash: str) -> datetime:
    """When the card of ``code_hash`` was issued. Raises CodeHashError."""
    return _parse(code_hash).issued


def retry_at(failures: Sequence[datetime], at: datetime) -> datetime | None:
    """The instant from which the next try is allowed, or None where it is allowed ``at`` once.

    Three failures in 24 hours are free; each further one doubles the wait after it from one minute to one hour; with
    ten the person waits until the oldest is a day old. A failure dated after ``at`` counts as made ``at``: turning a
    clock back frees nobody.
    """
    recent = sorted(min(item, at) for item in failures if item > at - WINDOW)
    if len(recent) < FREE_FAILURES:
        return None
    if len(recent) >= MOST_FAILURES:
        return recent[-MOST_FAILURES] + WINDOW
    wait = min(FIRST_WAIT * 2 ** (len(recent) - FREE_FAILURES), LONGEST_WAIT)
    return recent[-1] + wait if at < recent[-1] + wait else None


def allowed(failures: Sequence[datetime], at: datetime) -> bool:
    """Whether a person with these failed tries may try a code ``at``; see ``retry_at``."""
    return retry_at(failures, at) is None


def _slow(code: str, cost: tuple[int, int, int], salt: bytes) -> bytes:
    log2_n, r, p = cost
    memory = 128 * r * ((1 << log2_n) + p + 2)
    return scrypt(code.encode("ascii"), salt=salt, n=1 << log2_n, r=r, p=p, maxmem=memory + 1024 * 1024, dklen=32)


def _written(at: datetime, salt: bytes, value: bytes) -> str:
    stamp = at.astimezone(UTC).strftime(_STAMP)
    return f"scrypt:1:{LOG2_N}:{R}:{P}:{stamp}:{salt.hex()}:{value.hex()}"


def _parse(text: str) -> _Parsed:
    parts = text.split(":")
    if len(text) > 300 or len(parts) != 8 or parts[:2] != ["scrypt", "1"]:
        raise _bad("not scrypt:1:...")
    try:
        cost = (int(parts[2]), int(parts[3]), int(parts[4]))
        issued = datetime.strptime(parts[5], _STAMP).replace(tzinfo=UTC)
        salt, value = bytes.fromhex(parts[6]), bytes.fromhex(parts[7])
    except ValueError as error:
        raise _bad(str(error)) from error
    if len(salt) != 16 or len(value) != 32 or any(part not in limit for part, limit in zip(cost, _LIMITS, strict=True)):
        raise _bad("cost, salt or length out of range")
    return _Parsed(cost, issued, salt, value)


def _bad(cause: str) -> CodeHashError:
    return CodeHashError(
        Text(f"授权码摘要无效：{cause}", f"not a code hash: {cause}"),
        Text("用 zhongbao codes issue 重新发卡", "issue a new card with zhongbao codes issue"),
    )
