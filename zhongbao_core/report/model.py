"""What a report of findings is made of: the findings, what was looked at, and what a reader may see. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from zhongbao_core.clock import show, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.finding import AREAS, Area, Evidence, Finding, PassagePlace, Severity, SystemPlace
from zhongbao_core.finding_life import Life, State, Tracked, born
from zhongbao_core.text import Lang, Text, mask

UNSEEN = Text("未检查", "not looked at")
"""What stands in the place of a zero where nobody looked."""

Outcome = Literal["FINDINGS_OPEN", "CLEAN", "PARTLY_LOOKED", "NOT_LOOKED"]


@dataclass(frozen=True, slots=True)
class Report:
    """Findings as shown to a reader at ``at``. ``basis``: when each area was last looked at, None for 未检查."""

    title: Text
    at: datetime
    zone: str
    rows: tuple[Tracked, ...]
    basis: Mapping[Area, datetime | None] = field(default_factory=dict)
    masked: bool = True
    rehearsal: bool = False

    @property
    def open(self) -> tuple[Tracked, ...]:
        """The findings somebody still owes something for."""
        return tuple(row for row in self.rows if row.life.state.open)

    @property
    def looked(self) -> bool:
        """Whether anything was looked at: without that there is no zero."""
        return any(self.basis.values())

    @property
    def outcome(self) -> Outcome:
        """The reason code of the report. CLEAN only where every area of the report was looked at."""
        if not self.looked:
            return "NOT_LOOKED"
        if self.open:
            return "FINDINGS_OPEN"
        return "CLEAN" if all(self.basis.values()) else "PARTLY_LOOKED"

    @property
    def exit_code(self) -> ExitCode:
        """1 with open findings; 3 where nothing at all was looked at; else 0 (unchecked areas are named)."""
        if not self.looked:
            return ExitCode.CANNOT_TELL
        return ExitCode.FINDINGS if self.open else ExitCode.OK

    def by_severity(self) -> dict[Severity, int]:
        """How many open findings of each severity, worst first."""
        return {level: sum(row.finding.severity is level for row in self.open) for level in reversed(Severity)}

    def by_state(self) -> dict[State, int]:
        """How many findings in each state."""
        return {state: sum(row.life.state is state for row in self.rows) for state in State}


Renderer = Callable[[Report, Lang], str]


def report_of(
    findings: Iterable[Finding], at: datetime, *, title: Text, zone: str, looked: Iterable[Area], masked: bool = True
) -> Report:
    """A report of what one run found, nobody having taken care of any of it yet."""
    rows = [Tracked(finding, born(at), at, at) for finding in findings]
    rows.sort(key=lambda row: (-row.finding.severity, row.finding.area, row.finding.rule, row.finding.id))
    return Report(title, at, zone, tuple(rows), dict.fromkeys(looked, at), masked)


def for_reader(report: Report) -> Report:
    """``report`` with personal data masked, unless it was made to reveal it. Every renderer starts here."""
    return replace(report, rows=tuple(_masked(row) for row in report.rows)) if report.masked else report


_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"  # mobile number
    r"|[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]"  # resident id
    r"|0\d{2,3}-\d{7,8}"  # fixed line with its dash
    r"|[1-9]\d{15,18}"  # bank card
    r")(?![0-9A-Za-z])",
    re.ASCII,
)
_POSSIBLE = re.compile(r"[0-9@]")
"""Without one of these nothing of it can stand there."""
_MAIL = re.compile(r"([A-Za-z0-9._%+-]{1,64})@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})", re.ASCII)


def without_personal(value: str) -> str:
    """``value`` with what looks like a phone, resident id, bank card or mail address masked but for its tail."""
    if not _POSSIBLE.search(value):
        return value
    shown = _PERSONAL.sub(lambda match: mask(match[0]), value)
    return _MAIL.sub(lambda match: f"{mask(match[1], keep=1)}@{match[2]}", shown)


def _masked(row: Tracked) -> Tracked:
    finding, life = row.finding, row.life
    return replace(row, finding=_masked_finding(finding), life=_masked_life(life))


def _masked_finding(finding: Finding) -> Finding:
    evidence = tuple(
        Evidence(item.name, mask(item.value) if item.personal else without_personal(item.value), item.personal)
        for item in finding.evidence
    )
    return replace(finding, evidence=evidence)


def _masked_life(life: Life) -> Life:
    return replace(life, evidence=without_personal(life.evidence), reason=without_personal(life.reason))


def shown_place(row: Tracked, *, masked: bool) -> str:
    """The place as one line of text; the words of a passage stand beside it."""
    place = row.finding.place
    words = f" “{place.text}”" if isinstance(place, PassagePlace) and place.text else ""
    line = f"{place}{words}"
    return without_personal(line) if masked and not isinstance(place, SystemPlace) else line


def basis_lines(report: Report) -> list[tuple[Text, Text]]:
    """Each area and when it was last looked at, or 未检查: what every zero of the report rests on."""
    return [(AREAS[area], _when(report, at)) for area, at in report.basis.items()]


def _when(report: Report, at: datetime | None) -> Text:
    if at is None:
        return UNSEEN
    shown = show(at, zone(report.zone))
    return Text(f"查于 {shown}", f"looked at {shown}")
