"""One-time approval codes at the desk: cards issued, listed, revoked; a code spent on exactly one statement.

Only slow salted hashes stand in the ledger. A wrong code is recorded and slows the next try; a right one is spent
in the same transaction as the approval it gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from zhongbao_core.approval import codes
from zhongbao_core.approval.statement import read_back_code
from zhongbao_core.clock import iso
from zhongbao_core.desk.approvals import Recorded, put_word, speaker_of
from zhongbao_core.desk.base import Desk, Writing, current_statement, person_of
from zhongbao_core.desk.rules import admit, no
from zhongbao_core.desk.state import EntryLike
from zhongbao_core.errors import RefusedError
from zhongbao_core.text import Text

KINDS = ("code.issued", "code.spent", "code.revoked")


class CardState(NamedTuple):
    """A card of codes as the ledger knows it."""

    person: str
    card: str
    issued_at: datetime
    hashes: tuple[str, ...]
    spent: frozenset[int]
    revoked: bool

    @property
    def left(self) -> int:
        """Codes that can still be used."""
        return 0 if self.revoked else len(self.hashes) - len(self.spent)


class NewCard(NamedTuple):
    """A new card: the codes exist here and on paper, nowhere else."""

    person: str
    card: str
    codes: tuple[str, ...]
    entry: EntryLike


def issue_card(desk: Desk, person: str, count: int, at: datetime) -> NewCard:
    """Issue a card of ``count`` codes to ``person``; earlier cards stay valid until they are revoked."""
    who = person_of(desk.policy, person).id
    made = codes.issue(count, at)
    with desk.journal.transaction(at) as tx:
        number = len(list(tx.entries(kinds=("code.issued",), ref=who))) + 1
        card = f"{who}-{number}"
        entry = tx.append("code.issued", who, {"card": card, "hashes": list(made.hashes)}, f"card:{card}")
    return NewCard(who, card, made.codes, entry)


def cards(desk: Desk, person: str = "") -> tuple[CardState, ...]:
    """Every card (of ``person``), in order of issue."""
    return _cards(desk.journal.entries(kinds=KINDS, ref=person or None))


def revoke_card(desk: Desk, card: str, at: datetime) -> EntryLike:
    """Revoke a card (lost, or its owner has left). Raises RefusedError CARD_UNKNOWN."""
    found = next((item for item in cards(desk) if item.card == card and not item.revoked), None)
    if found is None:
        raise no("CARD_UNKNOWN", f"没有有效的授权码卡 {card}", f"there is no valid card {card}")
    with desk.journal.transaction(at) as tx:
        return tx.append("code.revoked", found.person, {"card": card}, f"card-revoked:{card}")


def record_coded(
    desk: Desk, data: bytes, person: str, code: str, read_back: str, at: datetime, *, voice: str = ""
) -> Recorded:
    """Record an approval by a one-time code that ``person`` read over the phone after reading back the statement.

    Raises RefusedError READ_BACK_WRONG CODE_WRONG CODE_THROTTLED, or what a signed approval would raise.
    """
    statement, state = current_statement(desk, data, at)
    who = person_of(desk.policy, person).id
    speaker = speaker_of(desk, who, voice, at, "coded")
    admit(state, speaker.person, speaker.voice)
    require_read_back(data, read_back)
    card, index = spendable(desk, who, code, at)
    with desk.journal.transaction(at) as tx:
        spend(tx, who, card, index, statement.digest)
        return put_word(tx, statement, speaker, at, code=f"{card}#{index}")


def require_read_back(data: bytes, read_back: str) -> None:
    """Raise RefusedError READ_BACK_WRONG unless the eight characters are those of the statement."""
    if codes.normalise(read_back) != codes.normalise(read_back_code(data)):
        raise RefusedError(
            Text("回读码与审批文本不符", "the code read back is not that of this statement"),
            Text(
                "请审批人核对标题、系统与时间后重新回读",
                "let the approver check title, targets and times, and read it back again",
            ),
            reason_code="READ_BACK_WRONG",
        )


def spendable(desk: Desk, person: str, code: str, at: datetime) -> tuple[str, int]:
    """The (card, index) that ``code`` opens. A wrong one is recorded; too many of them slow the next try."""
    failures = [entry.time for entry in desk.journal.entries(kinds=("code.failed",), ref=person)]
    wait = codes.retry_at(failures, at)
    if wait is not None:
        raise no(
            "CODE_THROTTLED", f"授权码错误次数过多，{iso(wait)} 后再试", f"too many wrong codes; try after {iso(wait)}"
        )
    live = [item for item in cards(desk, person) if item.left][-codes.MAX_SALTS :]
    places = [(item.card, index) for item in live for index in range(len(item.hashes)) if index not in item.spent]
    hashes = [item.hashes[index] for item in live for index in range(len(item.hashes)) if index not in item.spent]
    found = codes.check(code, hashes) if hashes else None
    if found is None:
        with desk.journal.transaction(at) as tx:
            tx.append("code.failed", person, {"person": person})
        raise no("CODE_WRONG", "授权码不对、已用过或已作废", "the code is wrong, spent or revoked")
    return places[found]


def spend(tx: Writing, person: str, card: str, index: int, statement: str) -> None:
    """Spend a code on one digest, once: a second use of the same code is refused by its key."""
    if any(item.body["card"] == card for item in tx.entries(kinds=("code.revoked",), ref=person)):
        raise no("CODE_WRONG", "授权码卡已作废", "the card was revoked")
    body = {"card": card, "index": index, "statement": statement}
    if any(
        (item.body["card"], item.body["index"]) == (card, index)
        for item in tx.entries(kinds=("code.spent",), ref=person)
    ):
        raise no("CODE_WRONG", "授权码已用过", "the code is spent")
    tx.append("code.spent", person, body, f"code:{card}#{index}")


def card_text(desk: Desk, made: NewCard) -> str:
    """What is printed, once: the codes, numbered, with the rules of their use in both languages."""
    lines = [
        f"授权码卡 / one-time approval codes   {made.card}   {desk.name(made.person)}",
        *(f"  {number:>3}  {code}" for number, code in enumerate(made.codes)),
        "每个码只用一次，只对一份审批文本有效；先核对回读码，再读授权码。遗失立即作废：zhongbao codes revoke",
        "Each code works once, for one statement: compare the read-back code first. Lost? zhongbao codes revoke "
        + made.card,
    ]
    return "\n".join(lines) + "\n"


def _cards(entries: Iterable[EntryLike]) -> tuple[CardState, ...]:
    found: dict[str, CardState] = {}
    for entry in entries:
        card = entry.body["card"]
        if entry.kind == "code.issued":
            hashes = tuple(entry.body["hashes"])
            found[card] = CardState(entry.ref, card, entry.time, hashes, frozenset(), False)
        elif entry.kind == "code.spent" and card in found:
            found[card] = found[card]._replace(spent=found[card].spent | {entry.body["index"]})
        elif card in found:
            found[card] = found[card]._replace(revoked=True)
    return tuple(found.values())
