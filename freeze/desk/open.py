"""How the desk's commands come to a Desk: trust file, verified policy, the ledger the trust file names, one instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from freeze.desk.base import Desk
from freeze.entry.open import OpenPolicy, open_policy
from zhongbao_core.clikit import Settings, note
from zhongbao_core.desk.base import SSH
from zhongbao_core.text import Text
from zhongbao_core.trust import Trust, check_clock, instant, load_trust

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Journal

REHEARSAL = Text("【演练】以下只作演练，不对真实变更作数", "REHEARSAL: not for real changes")


class Open(NamedTuple):
    """An open desk and what it rests on."""

    desk: Desk
    journal: Journal
    opened: OpenPolicy
    trust: Trust
    at: datetime


class Reading(NamedTuple):
    """The policy in force and the instant, for commands that need no ledger."""

    opened: OpenPolicy
    trust: Trust
    at: datetime


def read_policy(settings: Settings, at_text: str | None) -> Reading:
    """The verified policy at the clock's instant, or at ``--at`` in a rehearsal."""
    trust = load_trust(settings.trust, settings.workspace)
    at = instant(at_text, trust)
    opened = open_policy(settings, at, trust=trust)
    if opened.floor is not None:
        check_clock(at, opened.floor, rehearsal=opened.rehearsal)
    if opened.rehearsal:
        note(settings, REHEARSAL)
    return Reading(opened, trust, at)


@contextmanager
def open_desk(settings: Settings, at_text: str | None, *, write: bool = True) -> Iterator[Open]:
    """An open desk; the ledger is closed afterwards. Raises TrustError, StoreError, UsageError AT_REFUSED."""
    reading = read_policy(settings, at_text)
    journal = open_journal(reading.trust, write=write)
    try:
        desk = Desk(journal, reading.opened.policy, SSH(), reading.opened.rehearsal)
        yield Open(desk, journal, reading.opened, reading.trust, reading.at)
    finally:
        journal.close()


def open_journal(trust: Trust, *, write: bool) -> Journal:
    """The ledger that the trust file names, refused where it is behind what was seen of it outside.

    Raises StoreError LEDGER_NOT_HERE where it names none, or what ``outside.open_ledger`` refuses.
    """
    from zhongbao_core.ledger.outside import open_ledger

    return open_ledger(trust, writer="desk", read_only=not write)
