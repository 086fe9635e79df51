"""What the files of a sweep show: posts, takedowns, what was not audited, and all of it in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from content_audit.model import Unread, Verdict
from content_audit.release.kept import Kept, Told
from content_audit.release.sweep import Swept
from content_audit.release.takedown import Takedown
from zhongbao_core.clock import show, zone
from zhongbao_core.finding import Severity
from zhongbao_core.people import Directory


@dataclass(slots=True)
class Sum:
    """The posts of one account in numbers."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    down: int = 0


@dataclass(slots=True)
class Sums:
    """A sweep in numbers."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    first: dict[str, Told] = field(default_factory=dict)
    """A finding of each rule."""
    accounts: dict[str, Sum] = field(default_factory=dict)
    affected: Counter[str] = field(default_factory=Counter)
    """Posts with open findings by account."""

    def add(self, item: Swept, findings: Sequence[Told], down: bool) -> None:
        """One more post."""
        account = self.accounts.setdefault(item.shown, Sum())
        self.verdicts[item.verdict] += 1
        account.verdicts[item.verdict] += 1
        account.down += down
        if findings:
            self.affected[item.shown] += 1
        for told in findings:
            self.categories[told.category] += 1
            self.severities[told.severity] += 1
            self.rules[told.rule] += 1
            self.first.setdefault(told.rule, told)

    def by_rule(self) -> list[tuple[Told, int]]:
        """A finding of each rule, and how many it has; most first."""
        found = sorted(self.rules.items(), key=lambda item: (-item[1], item[0]))
        return [(self.first[rule], count) for rule, count in found]

    def by_severity(self) -> list[tuple[Severity, int]]:
        """Findings of each severity, the gravest first."""
        return sorted(self.severities.items(), reverse=True)

    def by_account(self) -> list[tuple[str, Sum]]:
        """Accounts by name."""
        return sorted(self.accounts.items())


@dataclass(frozen=True)
class SweepReport:
    """A sweep as its files show it. Words of posts are read when they are shown, a post at a time."""

    title: str
    at: datetime
    zone: str
    posts: Sequence[Swept]
    down: Mapping[str, Takedown]
    """Posts on the takedown list by their number."""
    unread: Sequence[Unread]
    read: Callable[[int], Kept]
    directory: Directory
    manifest: str = ""
    rehearsal: bool = False

    @cached_property
    def sums(self) -> Sums:
        """All of it in numbers."""
        made = Sums()
        for item in self.posts:
            found = self.read(item.place).findings if item.verdict >= Verdict.REVIEW else ()
            made.add(item, found, item.id in self.down)
        return made

    def name(self, person: str) -> str:
        """How a person is shown: name and id."""
        found = self.directory.persons.get(person)
        return f"{found.name} ({person})" if found and found.name != person else person

    @property
    def overdue(self) -> int:
        """How many takedowns are late."""
        return sum(item.overdue(self.at) for item in self.down.values())

    def listed(self) -> Iterator[tuple[Swept, Kept, Takedown]]:
        """Posts that must come down, in the order they were read."""
        for item in self.posts:
            if item.id in self.down:
                yield item, self.read(item.place), self.down[item.id]

    def open(self) -> Iterator[tuple[Swept, Kept]]:
        """Posts with open findings, in the order they were read."""
        for item in self.posts:
            if item.verdict >= Verdict.REVIEW:
                yield item, self.read(item.place)

    def when(self, at: datetime | None) -> str:
        """An instant for people; nothing where there is none."""
        return show(at, zone(self.zone)) if at else ""
