"""What is owed or odd (``freeze audit``), pure: from states and entries to findings for the register of findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from freeze.desk.requests import number_prefix
from freeze.life.glass import PREFIX, Glass, codes_twice, per_person
from freeze.model import Exemption
from zhongbao_core.clock import iso
from zhongbao_core.desk.state import EntryLike, RequestState
from zhongbao_core.finding import Evidence, Finding, Severity, SystemPlace
from zhongbao_core.text import Text

RUN_SLACK = timedelta(hours=1)
"""How long after the approved span a run may still be open before it is asked about."""
SOON = timedelta(hours=72)
HABIT = 3
"""Emergency releases by one person from which they are asked about."""

RULES: Mapping[str, Text] = {
    "CONFIRMATION_OVERDUE": Text("补签逾期", "a confirmation is overdue"),
    "CONFIRMATION_OPEN": Text("待补签", "a confirmation is owed"),
    "REVIEW_OVERDUE": Text("应急放行复盘逾期", "the review of an emergency release is overdue"),
    "REVIEW_OPEN": Text("应急放行待复盘", "the review of an emergency release is owed"),
    "NUMBER_GAP": Text("变更编号缺号", "a gap in the request numbers"),
    "RUN_ENDLESS": Text("实施未报结束", "a run without an end"),
    "PERMIT_UNUSED": Text("放行单未用即过期", "a permit that was never used"),
    "RECORD_ODD": Text("存证中有不合规的记录", "an entry no desk would have written"),
    "EXEMPTION_EXPIRED": Text("豁免已到期", "an exemption has expired"),
    "EXEMPTION_EXPIRING": Text("豁免即将到期", "an exemption is about to expire"),
    "SEALED_CODE_TWICE": Text("同一密封码用了不止一次", "a sealed code was used more than once"),
    "BREAKGLASS_UNRECORDED": Text("未登记开启的应急放行被用过", "an emergency release was used that nobody recorded"),
    "BREAKGLASS_HABIT": Text("同一人多次应急放行", "one person used break-glass often"),
    "DOOR_HELD": Text("门的拦截次数", "what a door held"),
}
"""Rules of the audit, id to title."""
OWED = frozenset(
    {
        *("CONFIRMATION_OVERDUE", "CONFIRMATION_OPEN", "REVIEW_OVERDUE", "REVIEW_OPEN", "NUMBER_GAP", "RUN_ENDLESS"),
        *("RECORD_ODD", "EXEMPTION_EXPIRED", "BREAKGLASS_HABIT", "SEALED_CODE_TWICE"),
        "BREAKGLASS_UNRECORDED",
    }
)
"""Rules by which somebody owes something: they end the audit with exit 1."""


class Books(NamedTuple):
    """Everything an audit looks at."""

    states: Mapping[str, RequestState]
    uses: tuple[Glass, ...]
    decisions: tuple[EntryLike, ...]
    exemptions: tuple[Exemption, ...]
    runs: tuple[EntryLike, ...] = ()
    """Starts of runs, as recorded."""


def findings(books: Books, at: datetime) -> tuple[Finding, ...]:
    """Everything owed or odd at ``at``, in order of rule and place."""
    found = [
        *_requests(books.states.values(), at),
        *_gaps(books.states),
        *_glass(books.uses, at),
        *_codes(books),
        *_unrecorded(books),
        *_exemptions(books.exemptions, at),
        *_doors(books.decisions),
    ]
    return tuple(sorted(found, key=lambda item: (item.rule, item.place.identity)))


def owed(found: Iterable[Finding]) -> bool:
    """Whether anybody owes anything."""
    return any(item.rule in OWED for item in found)


def _requests(states: Iterable[RequestState], at: datetime) -> Iterator[Finding]:
    for state in states:
        yield from _confirmations(state, at)
        for run in state.runs:
            if run.ended_at is None and at > state.current.subject.end + RUN_SLACK:
                yield _finding("RUN_ENDLESS", state.id, Severity.HIGH, ("permit", run.permit))
        started = {run.permit for run in state.runs}
        for permit in state.permits:
            if permit.id not in started and not permit.revoked and at >= permit.expires_at:
                yield _finding("PERMIT_UNUSED", permit.id, Severity.INFO, ("expired", iso(permit.expires_at)))
        for seq, why in state.oddities:
            yield _finding("RECORD_ODD", f"{state.id}#{seq}", Severity.HIGH, ("cause", f"{why.zh} / {why.en}"))


def _confirmations(state: RequestState, at: datetime) -> Iterator[Finding]:
    for word in state.owed():
        if word.confirm_by is None:
            continue
        late = at >= word.confirm_by
        rule, severity = ("CONFIRMATION_OVERDUE", Severity.HIGH) if late else ("CONFIRMATION_OPEN", Severity.LOW)
        place = f"{state.id}#{word.entry}"
        yield _finding(rule, place, severity, ("person", word.person), ("due", iso(word.confirm_by)))


def _gaps(states: Mapping[str, RequestState]) -> Iterator[Finding]:
    """Numbers that were skipped, by event: what is missing between 1 and the highest given."""
    given: dict[str, set[int]] = {}
    for name, state in states.items():
        event = state.current.subject.event if state.revisions else ""
        tail = name.removeprefix(number_prefix(event))
        if tail != name and tail.isascii() and tail.isdigit():
            given.setdefault(event, set()).add(int(tail))
    for event, numbers in sorted(given.items()):
        for missing in sorted(set(range(1, max(numbers) + 1)) - numbers):
            yield _finding("NUMBER_GAP", f"{number_prefix(event)}{missing:04d}", Severity.HIGH)


def _glass(uses: tuple[Glass, ...], at: datetime) -> Iterator[Finding]:
    for item in uses:
        if item.review_open():
            late = item.overdue(at)
            rule, severity = ("REVIEW_OVERDUE", Severity.HIGH) if late else ("REVIEW_OPEN", Severity.MEDIUM)
            yield _finding(rule, item.id, severity, ("by", item.by), ("due", iso(item.review_by)))
    for person, count in sorted(per_person(uses).items()):
        if count >= HABIT:
            yield _finding("BREAKGLASS_HABIT", person, Severity.MEDIUM, ("count", str(count)))


def _codes(books: Books) -> Iterator[Finding]:
    """Sealed codes behind more than one release, be the second recorded as opened or only held at a door."""
    shown = ((_word(entry, "code"), _word(entry, "permit")) for entry in books.decisions)
    every = (*((item.code, item.id) for item in books.uses), *shown)
    for code, names in sorted(codes_twice(every).items()):
        yield _finding("SEALED_CODE_TWICE", code, Severity.HIGH, ("releases", ", ".join(names)))


def _unrecorded(books: Books) -> Iterator[Finding]:
    """Releases under which something went through a door and of which the ledger has no opening."""
    known = {item.id for item in books.uses if item.entry is not None}
    passed = {_word(entry, "permit"): entry for entry in books.decisions if _word(entry, "verdict") == "allow"}
    passed |= {_word(entry, "id"): entry for entry in books.runs}
    for name, entry in sorted(passed.items()):
        if name.startswith(PREFIX) and name not in known:
            yield _finding("BREAKGLASS_UNRECORDED", name, Severity.HIGH, ("entry", str(entry.seq)))


def _word(entry: EntryLike, name: str) -> str:
    value = entry.body.get(name)
    return value if isinstance(value, str) else ""


def _exemptions(entries: tuple[Exemption, ...], at: datetime) -> Iterator[Finding]:
    for item in entries:
        if at >= item.expires - SOON:
            gone = at >= item.expires
            rule = "EXEMPTION_EXPIRED" if gone else "EXEMPTION_EXPIRING"
            severity = Severity.LOW if gone else Severity.INFO
            yield _finding(rule, item.id, severity, ("owner", item.owner), ("expires", iso(item.expires)))


def _doors(decisions: Iterable[EntryLike]) -> Iterator[Finding]:
    counts: dict[str, dict[str, int]] = {}
    for entry in decisions:
        verdict = str(entry.body.get("verdict", ""))
        door = counts.setdefault(entry.ref, {})
        door[verdict] = door.get(verdict, 0) + 1
    for name, door in sorted(counts.items()):
        if door.get("hold"):
            total = str(sum(door.values()))
            yield _finding("DOOR_HELD", name or "-", Severity.INFO, ("held", str(door["hold"])), ("asked", total))


def _finding(rule: str, reference: str, severity: Severity, *evidence: tuple[str, str]) -> Finding:
    return Finding(
        area="freeze",
        rule=rule,
        title=RULES[rule],
        severity=severity,
        place=SystemPlace(reference=reference),
        evidence=tuple(Evidence(name, value) for name, value in evidence),
        remedy=REMEDIES.get(rule, Text("", "")),
    )


REMEDIES: Mapping[str, Text] = {
    "CONFIRMATION_OVERDUE": Text("请审批人执行 zhongbao confirm", "let the approver run zhongbao confirm"),
    "CONFIRMATION_OPEN": Text("请审批人执行 zhongbao confirm", "let the approver run zhongbao confirm"),
    "REVIEW_OVERDUE": Text("freeze breakglass review", "freeze breakglass review"),
    "REVIEW_OPEN": Text("freeze breakglass review", "freeze breakglass review"),
    "NUMBER_GAP": Text("用 ledger verify 与外部检查点核对", "check with ledger verify against outside checkpoints"),
    "RUN_ENDLESS": Text("查明结果并登记结束", "find out how it ended and record it"),
    "SEALED_CODE_TWICE": Text(
        "查明谁用了第二次，更换信封与密封码", "find out who used it again; replace envelope and code"
    ),
    "BREAKGLASS_UNRECORDED": Text(
        "在开启它的机器上执行 freeze breakglass merge", "run freeze breakglass merge where it was opened"
    ),
    "RECORD_ODD": Text("查明谁写入了该条目", "find out who wrote the entry"),
    "EXEMPTION_EXPIRED": Text("从豁免清单删除或重新审批", "remove it from the list, or have it approved again"),
}
"""What to do about each rule."""
