"""A finding (问题): one type for all pillars. What was found, where, how bad, how sure, on what evidence.

Its life from 待认领 to 已销号 is in ``zhongbao_core.finding_life``; the table that keeps it in ``zhongbao_core.store``.
No I/O, no clock.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Literal

from zhongbao_core.canonical import canonical, digest
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple, dataclass

Area = Literal["freeze", "exposure", "content", "patrol"]
"""The pillar a finding belongs to."""

AREAS: dict[Area, Text] = {
    "freeze": Text("封网", "change freeze"),
    "exposure": Text("暴露面", "exposure"),
    "content": Text("内容", "content"),
    "patrol": Text("巡检", "patrol"),
}


class Severity(IntEnum):
    """How bad it is if true. Greater is worse; the number is never shown."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def id(self) -> str:
        """The word files and JSON use."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _SEVERITIES[self]


class Confidence(IntEnum):
    """How sure we are. Apart from severity: a grave guess and a sure trifle are two things."""

    TENTATIVE = 0
    FIRM = 1
    CERTAIN = 2

    @property
    def id(self) -> str:
        """The word files and JSON use."""
        return self.name.lower()

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return _CONFIDENCES[self]


_SEVERITIES = {
    Severity.INFO: Text("提示", "info"),
    Severity.LOW: Text("低", "low"),
    Severity.MEDIUM: Text("中", "medium"),
    Severity.HIGH: Text("高", "high"),
    Severity.CRITICAL: Text("严重", "critical"),
}
_CONFIDENCES = {
    Confidence.TENTATIVE: Text("待核实", "tentative"),
    Confidence.FIRM: Text("较确定", "firm"),
    Confidence.CERTAIN: Text("确定", "certain"),
}


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place in a file. ``anchor`` names the thing there (a key, a rule id): it outlives a moved line."""

    path: str
    line: int = 0
    column: int = 0
    anchor: str = ""

    kind: ClassVar[str] = "file"

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same place next time: path and anchor; the line only where there is no anchor."""
        return (self.path, self.anchor or str(self.line))

    def __str__(self) -> str:
        return ":".join([self.path, *(str(part) for part in (self.line, self.column) if part)])


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A passage of a post. ``start`` and ``end`` count code points of the text as received, [start, end)."""

    post: str
    locator: str = ""
    start: int = 0
    end: int = 0
    text: str = ""
    """The original words."""

    kind: ClassVar[str] = "passage"

    @property
    def identity(self) -> tuple[str, ...]:
        """Post, locator and the words themselves: an edit elsewhere in the post moves offsets, not the finding."""
        return (self.post, self.locator, self.text or f"{self.start}-{self.end}")

    def __str__(self) -> str:
        where = f"{self.post}#{self.locator}" if self.locator else self.post
        return f"{where} [{self.start},{self.end})"


@dataclass(frozen=True, slots=True)
class EndpointPlace:
    """An address and port (0: the host itself) as seen from a vantage (视角)."""

    address: str
    port: int = 0
    protocol: str = "tcp"
    name: str = ""
    vantage: str = ""

    kind: ClassVar[str] = "endpoint"

    @property
    def identity(self) -> tuple[str, ...]:
        """Address, port, protocol and name; not the vantage: one opening seen from two sides is one finding."""
        return (self.address, str(self.port), self.protocol, self.name)

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        shown = f"{host}:{self.port}/{self.protocol}" if self.port else host
        return f"{shown} ({self.name})" if self.name else shown


@dataclass(frozen=True, slots=True)
class SystemPlace:
    """A system in an environment, or a record about one (``reference``: a change request, a permit, a person)."""

    system: str = ""
    environment: str = ""
    reference: str = ""

    kind: ClassVar[str] = "system"

    @property
    def identity(self) -> tuple[str, ...]:
        """All three parts."""
        return (self.system, self.environment, self.reference)

    def __str__(self) -> str:
        target = "/".join(part for part in (self.system, self.environment) if part)
        return " ".join(part for part in (target, self.reference) if part)


Place = FilePlace | PassagePlace | EndpointPlace | SystemPlace
"""Where a finding is: a closed union, so that every renderer and store handles each kind."""

PLACES: dict[str, type[FilePlace | PassagePlace | EndpointPlace | SystemPlace]] = {
    place.kind: place for place in (FilePlace, PassagePlace, EndpointPlace, SystemPlace)
}
"""The kinds of Place by the word that names them in JSON."""


class Evidence(NamedTuple):
    """One piece of evidence. ``personal`` marks data about a person: masked everywhere unless revealed."""

    name: str
    value: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what to do about it.

    ``evidence`` may change from run to run; the ``fingerprint`` may not: it is made of area, rule and the identity
    of the place. Raises ValueError where rule or title is empty or the place names nothing.
    """

    area: Area
    rule: str
    title: Text
    severity: Severity
    place: Place
    confidence: Confidence = Confidence.CERTAIN
    evidence: tuple[Evidence, ...] = ()
    remedy: Text = NOTHING
    law: str = ""
    """The article it rests on, for example ``《网络安全法》第二十三条``; empty where there is none."""

    def __post_init__(self) -> None:
        if not self.rule or not self.title.zh or not self.title.en:
            raise ValueError("a finding needs a rule and a title in both languages")
        if not any(self.place.identity):
            raise ValueError(f"finding {self.rule}: its place names nothing")

    @property
    def fingerprint(self) -> str:
        """``sha256:...`` of what the finding is about; the same in every run that sees it again."""
        named = [self.rule, *self.place.identity]
        rule, *identity = (part.encode("utf-8", "backslashreplace").decode() for part in named)
        return digest(canonical([self.area, rule, self.place.kind, identity]))

    @property
    def id(self) -> str:
        """The short id people type: ``F-`` and twelve hexadecimal digits of the fingerprint."""
        return "F-" + self.fingerprint[7:19].upper()
