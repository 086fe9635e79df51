"""Who must review a post: the account's rung, raised inside the protection period. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from content_audit.audit.registers import Account, Registers
from zhongbao_core.approval.eligible import ASSURANCES
from zhongbao_core.people import Directory
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

PERSONS_ABOVE = 2
"""Above the highest rung there is nobody: so many distinct persons of that rung, where the register names no top_up."""


class Needed(NamedTuple):
    """So many persons of at least this rank; a requirement of the approval ladder."""

    rank: str
    count: int = 1  # type: ignore[assignment]  # shadows tuple.count, which nobody asks of a requirement
    assurance: tuple[str, ...] = ASSURANCES
    role: str = "approver"


class Rung(NamedTuple):
    """What is required of the review, and how it came to be."""

    require: tuple[Needed, ...]
    base: str
    raised: int
    why: Text


def rungs_of(registers: Registers, directory: Directory) -> tuple[str, ...]:
    """The ranks of review, lowest first: those that the media register names, else all ranks."""
    return registers.rungs or directory.ranks


def rung_for(account: Account, raised: int, registers: Registers, directory: Directory) -> Rung | None:
    """The rung of ``account`` raised by ``raised``; None where its rung is no rung, which refuses."""
    rungs = rungs_of(registers, directory)
    if account.rung not in rungs:
        return None
    place = rungs.index(account.rung) + raised
    if place < len(rungs):
        return Rung((Needed(rungs[place]),), account.rung, raised, _why(account.rung, rungs[place], raised, directory))
    require = tuple(Needed(item.rank, item.persons) for item in registers.top_up)
    require = require or (Needed(rungs[-1], PERSONS_ABOVE),)
    return Rung(require, account.rung, raised, _above(require, directory))


def _why(base: str, rung: str, raised: int, directory: Directory) -> Text:
    before, after = rank_name(base, directory), rank_name(rung, directory)
    if not raised:
        return Text(f"审核级别：{after}", f"review by {rung}")
    return Text(f"审核级别由{before}提升 {raised} 级至{after}", f"review raised by {raised} from {base} to {rung}")


def _above(require: Sequence[Needed], directory: Directory) -> Text:
    zh = "、".join(f"{rank_name(item.rank, directory)} {item.count} 人" for item in require)
    en = ", ".join(f"{item.count} of {item.rank}" for item in require)
    return Text(f"已到最高审核级别，须{zh}", f"above the highest rung: {en} are needed")


def rank_name(rank: str, directory: Directory) -> str:
    """How a rank is shown in Chinese."""
    return directory.rank_names.get(rank, rank)
