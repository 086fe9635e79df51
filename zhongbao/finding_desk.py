"""What the finding commands share: the store, the persons who may be named, and the ledger entry of each move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from zhongbao_core.clikit import Settings, note
from zhongbao_core.clock import iso, now, parse_instant, zone
from zhongbao_core.errors import InputError, StoreError, TrustError, ZhongbaoError
from zhongbao_core.finding_life import Move, Tracked
from zhongbao_core.people import Directory
from zhongbao_core.store.engine import open_store
from zhongbao_core.store.findings import FindingStore
from zhongbao_core.store.place import store_path
from zhongbao_core.text import Text
from zhongbao_core.trust import Trust, instant, load_trust

if TYPE_CHECKING:
    from zhongbao_core.ledger.journal import Transaction

FALLBACK_ZONE = "UTC"
"""For display where no policy can be read."""


class Surroundings(NamedTuple):
    """What is known around the store: the trust file, the company's zone and its people, each where there is one."""

    trust: Trust | None
    zone: str
    people: Directory | None
    at: datetime

    @property
    def rehearsal(self) -> bool:
        """Whether the trust file is one of a rehearsal."""
        return self.trust is not None and self.trust.rehearsal


def surroundings(settings: Settings, at_text: str | None, *, recording: bool) -> Surroundings:
    """The trust file and policy, where there are any; ``--at`` is for readers, and for recording only in a rehearsal."""
    trust = _trust(settings)
    about = parse_instant(at_text, zone(FALLBACK_ZONE)) if at_text else now()
    zone_name, people = _policy(settings, trust, about)
    given = instant if recording or not at_text else _what_if
    return Surroundings(trust, zone_name, people, given(at_text, trust, zone(zone_name)))


def _what_if(at_text: str | None, trust: Trust | None, where: ZoneInfo) -> datetime:
    return parse_instant(at_text or "", where)


def _trust(settings: Settings) -> Trust | None:
    try:
        return load_trust(settings.trust, settings.workspace)
    except TrustError as error:
        if error.reason_code not in ("TRUST_MISSING", "MANIFEST_UNSIGNED") or settings.trust is not None:
            raise
        return None


def _policy(settings: Settings, trust: Trust | None, about: datetime) -> tuple[str, Directory | None]:
    """The company's zone and people; the register of findings stays usable where the policy is not."""
    from freeze.entry.open import open_policy

    if trust is None:
        return FALLBACK_ZONE, None
    try:
        policy = open_policy(settings, about, trust=trust).policy
    except ZhongbaoError as error:
        note(settings, Text(f"策略不可用，人员未核对：{error.message.zh}", f"persons not checked: {error.message.en}"))
        return FALLBACK_ZONE, None
    return policy.zone, policy.directory


@contextmanager
def opened(settings: Settings, store: Path | None) -> Iterator[FindingStore]:
    """The store of findings, which must be there already."""
    with open_store(store_path(settings, store)) as engine:
        yield FindingStore(engine)


def require_known(around: Surroundings, *persons: str) -> None:
    """Raise InputError PERSON_UNKNOWN for a person the directory does not have: nobody would owe the work."""
    for person in filter(None, persons):
        known = around.people.persons.get(person) if around.people is not None else None
        if around.people is not None and (known is None or not known.active):
            raise InputError(
                Text(f"人员登记中没有 {person}", f"{person} is not in the register of people"),
                Text("写 people.yaml 中的编号", "write an id of people.yaml"),
                reason_code="PERSON_UNKNOWN",
            )


@contextmanager
def recording(settings: Settings, around: Surroundings, *, required: bool) -> Iterator[Transaction | None]:
    """A ledger transaction where the trust file names a ledger on this machine; else None, and it is said.

    ``required``: without a ledger it is refused (StoreError NOT_ON_RECORD).
    """
    path = around.trust.ledger.path if around.trust is not None else None
    if path is None or around.trust is None:
        if required:
            raise StoreError(
                Text("此操作必须留痕，但没有可用的存证日志", "this must go on record, and there is no ledger here"),
                Text("在存证日志所在的机器上执行", "run it where the ledger is kept"),
                reason_code="NOT_ON_RECORD",
            )
        note(settings, Text("没有存证日志：只登记在问题库", "no ledger here: kept in the findings store alone"))
        yield None
        return
    from zhongbao_core.ledger.outside import open_ledger

    with open_ledger(around.trust, writer="finding") as journal, journal.transaction(around.at) as tx:
        yield tx


def put_on_record(tx: Transaction | None, before: Tracked, after: Tracked, move: Move) -> None:
    """One ledger entry for a move: ids and digests only; the words go into documents."""
    if tx is None:
        return

    def words(text: str) -> str:
        return tx.put_document(text.encode("utf-8", "backslashreplace")) if text else ""

    body: dict[str, Any] = {
        "finding": after.finding.fingerprint,
        "by": move.actor,
        "before": before.life.state.value,
        "after": after.life.state.value,
        "assignee": after.life.assignee,
        "approver": move.approver,
        "expires": iso(move.expires) if move.expires else "",
        "due": iso(move.due) if move.due else "",
        "evidence": words(move.evidence),
        "reason": words(move.reason),
    }
    tx.append(f"finding.{move.name}", after.finding.id, body)


def reveal_on_record(settings: Settings, around: Surroundings, by: str, ids: list[str]) -> None:
    """Put on record who looks at unmasked personal data, before it is shown. Refused where that cannot be done."""
    if not by:
        raise InputError(Text("--reveal 须同时写明 --by", "--reveal takes --by as well"), reason_code="USAGE")
    require_known(around, by)
    with recording(settings, around, required=True) as tx:
        if tx is not None:
            listed = tx.put_document("\n".join(ids).encode())
            tx.append("finding.revealed", by, {"by": by, "count": len(ids), "findings": listed})
