"""The shape of the files of the change freeze, as people write them: systems, windows, rules, doors, drafts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from zhongbao_core.authored import Form
from zhongbao_core.forms import Id, Length, LevelWord, Line, RoleWord, SpanForm, TextForm, Time, Words, Zone

Glob = Annotated[str, Field(min_length=1, max_length=200, description="exact, or a glob with * ? [ ]")]
Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
TargetWord = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}$", description="system/environment")
]
KindWord = Literal[
    "release", "config", "patch", "database", "network", "restart", "account", "policy", "pipeline",
    "rollback", "exposure_reduction", "restore",
]  # fmt: skip
ClassWord = Literal["standard", "normal", "major", "emergency"]
LabelKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


Globs = Annotated[
    list[Glob],
    BeforeValidator(_one_or_more),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}]}
    ),
]


class SystemForm(Form):
    """One system."""

    id: Id
    name: Line
    unit: Words = ""
    service: Words = ""
    grade: Words = ""
    environments: list[Id] = Field(default=["prod"], min_length=1)
    labels: dict[LabelKey, Words] = Field(default_factory=dict)
    part_of: Id | None = None
    stands_on: list[Id] = Field(default_factory=list)
    owner: Words = ""


class SystemsFile(Form):
    """systems.yaml."""

    systems: list[SystemForm] = Field(max_length=100_000)


class SelectForm(Form):
    """Which targets: AND across dimensions, OR inside one."""

    systems: Globs | None = None
    services: Globs | None = None
    environments: Globs | None = None
    units: Globs | None = None
    kinds: Globs | None = None
    labels: dict[LabelKey, Globs] | None = None
    everything: Literal[True] | None = None


class CronForm(Form):
    """A recurring start and how long each one lasts."""

    schedule: Line
    duration: Length
    days: Literal["any", "workdays", "holidays"] = "any"


class WindowForm(Form):
    """A freeze window (deny) or a construction window (allow)."""

    id: Id
    name: TextForm
    effect: Literal["deny", "allow"]
    zone: Zone | None = None
    level: LevelWord | None = None
    tier: Literal["company", "unit"] = "company"
    owner: Line
    why: TextForm
    once: SpanForm | None = None
    cron: CronForm | None = None
    select: SelectForm
    valid: SpanForm | None = None


class WindowsFile(Form):
    """freeze/windows/*.yaml."""

    windows: list[WindowForm]


class TreatmentForm(Form):
    """What a level does to changes."""

    level: LevelWord
    kinds: Globs = Field(default=["*"], min_length=1)
    classes: Globs = Field(default=["*"], min_length=1)
    action: Literal["allow", "approve", "block"]
    hours: list[Hours] = Field(default_factory=list)
    in_flight: Literal["finish", "stop_at_step", "abort"] = "stop_at_step"
    rule: Line


class TreatmentsFile(Form):
    """freeze/treatments.yaml."""

    treatments: list[TreatmentForm]


class RequirementForm(Form):
    """So many persons of at least this rank."""

    rank: Id
    count: int = Field(default=1, ge=1, le=20)
    assurance: list[Literal["signed", "coded", "attested"]] = Field(default=["signed"], min_length=1)
    role: RoleWord = "approver"


class RungForm(Form):
    """One rung of the ladder."""

    id: Id
    levels: list[LevelWord] = Field(min_length=1)
    kinds: Globs = Field(default=["*"], min_length=1)
    classes: Globs = Field(default=["*"], min_length=1)
    hours: list[Hours] = Field(default_factory=list)
    require: list[RequirementForm] = Field(min_length=1, max_length=20)
    approval_life: Length = "24h"
    permit_life: Length = "2h"


class LadderFile(Form):
    """freeze/ladder.yaml."""

    rungs: list[RungForm]


class StandardForm(Form):
    """One standard change."""

    id: Id
    name: TextForm
    kind: KindWord
    select: SelectForm
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], Line] = Field(default_factory=dict)
    command: list[Line] = Field(min_length=1, max_length=100)
    roles: list[RoleWord] = Field(min_length=1)
    per_day: int = Field(ge=1, le=10_000)
    levels: list[LevelWord] = Field(min_length=1)
    hours: list[Hours] = Field(default_factory=list)
    valid_until: Time | None = None
    owner: Line


class CatalogueFile(Form):
    """freeze/catalogue/*.yaml."""

    standard: list[StandardForm]


class ExemptionForm(Form):
    """One exemption."""

    id: Id
    select: SelectForm
    owner: Line
    reason: Line
    expires: Time
    levels: list[LevelWord] = Field(default=["watch", "restricted"], min_length=1)


class ExemptionsFile(Form):
    """freeze/exemptions.yaml."""

    exemptions: list[ExemptionForm]


DoorKind = Literal["gitlab", "github", "jenkins", "generic", "run", "git"]
"""What asks at a door: CI kinds and ``generic`` through ``freeze gate``, ``run`` and ``git`` through theirs."""


class DoorForm(Form):
    """One door."""

    id: Id
    kind: DoorKind
    projects: dict[Line, list[TargetWord]] = Field(default_factory=dict)
    observe_until: Time | None = None
    require_online: list[LevelWord] = Field(default_factory=list)


class DoorsFile(Form):
    """freeze/doors.yaml."""

    doors: list[DoorForm]


class BreakGlassForm(Form):
    """freeze/breakglass.yaml."""

    life: Length = "60m"
    signers: int = Field(default=2, ge=2, le=10)
    review_within: Length = "24h"
    sealed_codes: list[Line] = Field(default_factory=list)
    roles: list[RoleWord] = Field(default=["approver", "duty"], min_length=1)


class PackForm(Form):
    """pack.yaml of a rule pack."""

    format: Literal["zhongbao-pack/1"]
    id: Line
    title: TextForm
    why: TextForm


class DraftForm(Form):
    """A change request as its applicant writes it (requests/*.yaml)."""

    title: Line
    kind: KindWord
    change_class: Literal["normal", "major", "emergency"] = "normal"
    targets: list[TargetWord] = Field(min_length=1, max_length=200)
    applicant: Id
    executor: Id
    verifier: Words = ""
    duty: Id
    necessity: Words
    impact: Words
    steps: list[Words] = Field(min_length=1, max_length=200)
    verification: Words
    rollback: Words
    start: Time
    duration: Length
    rollback_duration: Length | None = None
    observation: Length | None = None
    binds: dict[Line, Line] = Field(default_factory=dict)
    incident: Words = ""
    labels: dict[LabelKey, Words] = Field(default_factory=dict)
