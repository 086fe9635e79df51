"""The words of the change freeze as types: systems, windows, change requests, decisions. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import Span, iso
from zhongbao_core.event import Level
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from zhongbao_core.record import dataclass, field

KINDS: Mapping[str, Text] = {
    "release": Text("应用发布", "release"),
    "config": Text("配置变更", "configuration"),
    "patch": Text("补丁", "patch"),
    "database": Text("数据库", "database"),
    "network": Text("网络割接", "network cut-over"),
    "restart": Text("重启", "restart"),
    "account": Text("账号权限", "account"),
    "policy": Text("策略", "policy"),
    "pipeline": Text("流水线构建", "pipeline build"),
    "rollback": Text("回退", "rollback"),
    "exposure_reduction": Text("收敛处置", "exposure reduction"),
    "restore": Text("恢复运行", "service restoration"),
}
"""Change kinds (变更类型), id to name."""

CLASSES: Mapping[str, Text] = {
    "standard": Text("标准变更", "standard change"),
    "normal": Text("一般变更", "normal change"),
    "major": Text("重大变更", "major change"),
    "emergency": Text("紧急变更", "emergency change"),
}
"""Change classes, id to name."""

Action = Literal["allow", "approve", "block"]
InFlight = Literal["finish", "stop_at_step", "abort"]
Assurance = Literal["signed", "coded", "attested"]
Tier = Literal["company", "unit"]


@dataclass(frozen=True, slots=True)
class System:
    """A system of the company. ``part_of`` is its parent; ``stands_on`` are the systems it needs."""

    id: str
    name: str
    unit: str = ""
    service: str = ""
    grade: str = ""
    environments: tuple[str, ...] = ("prod",)
    labels: Mapping[str, str] = field(default_factory=dict)
    part_of: str | None = None
    stands_on: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which targets a rule speaks of: AND across dimensions, OR inside one, globs in each.

    ``everything`` must be said; a selector without any dimension is refused when the file is loaded.
    """

    systems: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Cron:
    """A recurring start and a length: each fire opens the window for ``duration``. Five fields, local time."""

    schedule: str
    duration: timedelta
    days: Literal["any", "workdays", "holidays"] = "any"
    """Only fires on working days or on days off by the official notice (adjusted workdays counted)."""


@dataclass(frozen=True, slots=True)
class Once:
    """A one-off stretch in local wall time of the window's zone; ``end`` None is open until a signed lift."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """A freeze window (``deny``) or a construction window (``allow``, 施工窗口)."""

    id: str
    name: Text
    effect: Literal["deny", "allow"]
    zone: str
    when: Once | Cron
    select: Selector
    level: Level = Level.FULL
    """deny: the level it puts its targets at. allow: not used (NONE)."""
    tier: Tier = "company"
    owner: str = ""
    why: Text = NOTHING
    valid: Span | None = None
    """For a recurring window: fires outside this span do not count."""
    source: str = ""
    """``file:line`` it was written at."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a level does to a change: free, by approval, or not at all; in which hours; and to running work."""

    level: Level
    kinds: tuple[str, ...]
    classes: tuple[str, ...]
    action: Action
    hours: tuple[tuple[str, str], ...] = ()
    """Local ``HH:MM`` spans, start included, end not, over midnight allowed; empty is any hour."""
    in_flight: InFlight = "stop_at_step"
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """So many persons of at least this rank, each with one of these assurances."""

    rank: str
    count: int
    assurance: tuple[Assurance, ...] = ("signed",)
    role: str = "approver"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the approval ladder (审批阶梯). The first rung that fits speaks; none that fits refuses."""

    id: str
    levels: tuple[Level, ...]
    kinds: tuple[str, ...]
    classes: tuple[str, ...]
    hours: tuple[tuple[str, str], ...]
    require: tuple[Requirement, ...]
    approval_life: timedelta = timedelta(hours=24)
    """Approval expiry: an approval older than this no longer counts."""
    permit_life: timedelta = timedelta(hours=2)
    """Execution expiry: how long an issued permit opens doors."""


@dataclass(frozen=True, slots=True)
class StandardChange:
    """A pre-approved template of the standard change catalogue (标准变更目录)."""

    id: str
    name: Text
    kind: str
    select: Selector
    parameters: Mapping[str, str]
    """Parameter name to the RE2-safe full-match pattern its value must have."""
    command: tuple[str, ...]
    """The argument list it runs, with ``{name}`` places; never a shell line."""
    roles: tuple[str, ...]
    per_day: int
    levels: tuple[Level, ...]
    hours: tuple[tuple[str, str], ...] = ()
    valid_until: datetime | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """An entry of the exemption list (豁免清单): who answers for it, why, until when. Never holds at SILENT."""

    id: str
    select: Selector
    owner: str
    reason: str
    expires: datetime
    levels: tuple[Level, ...] = (Level.WATCH, Level.RESTRICTED)


@dataclass(frozen=True, slots=True)
class Door:
    """A door that asks: its mapping of projects, and whether it only observes (观察模式) for now."""

    id: str
    kind: str
    projects: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    """Project or repository name (globs allowed) to targets."""
    observe_until: datetime | None = None
    require_online: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """The rules of emergency release (应急放行)."""

    life: timedelta = timedelta(minutes=60)
    signers: int = 2
    review_within: timedelta = timedelta(hours=24)
    sealed_codes: tuple[str, ...] = ()
    """Slow salted hashes of sealed one-time codes (``approval.codes`` format)."""
    roles: tuple[str, ...] = ("approver", "duty")


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """One revision of a change request (变更申请), as submitted; its canonical JSON is what approvers sign."""

    id: str
    """Number without gaps in its event, ``CR-<event>-0007``; given at submission."""
    revision: int
    event: str
    title: str
    kind: str
    change_class: str
    targets: tuple[Target, ...]
    applicant: str
    executor: str
    verifier: str
    duty: str
    necessity: str
    impact: str
    steps: tuple[str, ...]
    verification: str
    rollback: str
    start: datetime
    duration: timedelta
    rollback_duration: timedelta
    observation: timedelta
    binds: Mapping[str, str] = field(default_factory=dict)
    """What is bound, name to digest: ``command``, ``commit:<sha>``, ``tree``, ``artifact:<name>``, ``file:<path>``."""
    incident: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    nonce: str = ""

    @property
    def end(self) -> datetime:
        """End of the whole span: execution, rollback and observation."""
        return self.start + self.duration + self.rollback_duration + self.observation


class Verdict(Enum):
    """The answer of a door: 放行, 拦截, or it cannot tell (which refuses)."""

    ALLOW = "allow"
    HOLD = "hold"
    UNKNOWN = "unknown"

    @property
    def text(self) -> Text:
        """The word shown to people."""
        return {
            Verdict.ALLOW: Text("放行", "allow"),
            Verdict.HOLD: Text("拦截", "hold"),
            Verdict.UNKNOWN: Text("无法判定（按拦截处理）", "cannot tell (refused)"),
        }[self]


@dataclass(frozen=True, slots=True)
class Question:
    """What a door asks: may this be done to these targets now?"""

    targets: tuple[Target, ...]
    kind: str
    change_class: str = "normal"
    labels: Mapping[str, str] = field(default_factory=dict)
    duration: timedelta = timedelta(0)
    """Expected length including rollback and observation; the whole span is judged."""
    binds: Mapping[str, str] = field(default_factory=dict)
    """Digests of what is about to happen, as in ``ChangeRequest.binds``."""
    door: str = "cli"
    asks: Literal["gate", "run", "hook"] = "gate"
    """What asks: a door id counts only where what asks is of its kind."""
    actor: str = ""
    step: Literal["start", "step"] = "start"
    """``step``: a step of work that was allowed when it started (``started``)."""
    started: datetime | None = None
    restores: bool = False
    """The work restores a running outage."""


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule that spoke: what it is, where it stands, who owns it, and what it said."""

    id: str
    kind: Literal["phase", "window", "treatment", "rung", "exemption", "standard", "breakglass", "permit", "door"]
    said: Text
    level: Level = Level.NONE
    owner: str = ""
    source: str = ""
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The trace as it stands in a JSON decision."""
        return {
            "id": self.id,
            "kind": self.kind,
            "level": self.level.id,
            "owner": self.owner,
            "said": self.said.as_json(),
            "source": self.source,
            "until": iso(self.until) if self.until else None,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a Question (判定), with everything it rests on."""

    verdict: Verdict
    reason_code: str
    at: datetime
    question: Question
    level: Level
    label: str
    """The company's own label of the level; empty where it has none."""
    message: Text
    next_step: Text
    """The exact thing the applicant should do now."""
    rules: tuple[RuleTrace, ...] = ()
    missing: tuple[Text, ...] = ()
    """Approvals still missing, one line each."""
    ends: datetime | None = None
    """End of what holds it; None with ``ends_known`` False is an open end."""
    ends_known: bool = True
    next_opening: datetime | None = None
    opening_note: Text = NOTHING
    """Why there is no next opening (open end, unknown holiday data, beyond two years)."""
    permit: str = ""
    use: Literal["", "checked", "unchecked"] = ""
    observed: bool = False
    """Observation mode: it would have been held."""
    event: str = ""
    manifest: str = ""
    """``<version>:<digest>`` of the manifest it rests on; empty in an untrusted demo."""
    zone_data: str = ""
    untrusted: bool = False
    rehearsal: bool = False
    """The trust file is one of a rehearsal (演练): nothing real was decided."""
    zone: str = ""
    """The company's zone, for showing times to people."""
    level_known: bool = True
    """False where the gate came to no calendar: ``level`` then says nothing."""
