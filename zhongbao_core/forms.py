"""The shape of zhongbao.yaml, event.yaml, people.yaml and holidays.yaml, as people write them.

Times, ids and lengths are text here and are read by the loaders; a bare word may stand for both languages.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from zhongbao_core.authored import Form

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Line = Annotated[str, Field(min_length=1, max_length=400)]
Words = Annotated[str, Field(max_length=4000)]
Time = Annotated[str, Field(min_length=1, max_length=40, description='"2026-11-20T08:00", also "24:00"; always quoted')]
End = Annotated[str, Field(min_length=1, max_length=40, description='a time, or "open": until a signed lift')]
Length = Annotated[str, Field(min_length=2, max_length=20, description="90s, 15m, 2h, 1h30m, 7d")]
Zone = Annotated[str, Field(min_length=1, max_length=64, description="IANA name, as in Asia/Shanghai")]
LevelWord = Literal["watch", "restricted", "full", "silent", "关注", "限制封网", "全面封网", "静默"]
RoleWord = Literal[
    "applicant", "approver", "executor", "verifier", "registrar", "witness", "duty", "policy", "root", "auditor"
]


class Bilingual(Form):
    """The same words in Chinese and English."""

    zh: Words
    en: Words


def _both(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


TextForm = Annotated[
    Bilingual,
    BeforeValidator(_both),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
                    "required": ["zh", "en"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class SpanForm(Form):
    """From a start to an end, or open."""

    start: Time
    end: End


class ValidForForm(Form):
    """How long a signed manifest is good."""

    event: Length = "24h"
    calm: Length = "7d"


class WorkspaceForm(Form):
    """zhongbao.yaml."""

    format: Literal["zhongbao-workspace/1"]
    id: Id
    company: TextForm
    zone: Zone
    event: Id | None = None
    packs: list[Line] = Field(default=["freeze/baseline"], max_length=32)
    valid_for: ValidForForm = ValidForForm()


class PhaseForm(SpanForm):
    """One phase of the event."""

    id: Id
    name: TextForm
    level: LevelWord
    label: Words = ""
    review_raise: int | None = Field(default=None, ge=0, le=8, description="rungs by which content review is raised")


class EventForm(Form):
    """event.yaml."""

    id: Id
    name: TextForm
    zone: Zone | None = None
    owner: Line
    phases: list[PhaseForm] = Field(min_length=1, max_length=200)


class KeyForm(Form):
    """One public key of a person."""

    id: Id
    line: Line = Field(max_length=4000, description="ssh-ed25519 AAAA... [comment]")
    valid_from: Time | None = None
    valid_until: Time | None = None
    revoked_at: Time | None = None
    compromised: bool = Field(default=False, description="somebody else may have it: nothing it ever signed counts")


class PersonForm(Form):
    """One person."""

    id: Id
    name: Line
    unit: Line
    rank: Id
    roles: list[RoleWord] = Field(min_length=1)
    accounts: list[Line] = Field(default_factory=list)
    phone: Words = ""
    mail: Words = ""
    active: bool = True
    keys: list[KeyForm] | None = None


class RankForm(Form):
    """One rank; the lowest stands first."""

    id: Id
    name: Line


class DelegationForm(SpanForm):
    """A deputy for a stretch of time."""

    principal: Id
    deputy: Id
    reason: Line


class PeopleFile(Form):
    """people.yaml."""

    ranks: list[RankForm] = Field(min_length=1, max_length=64)
    persons: list[PersonForm] = Field(min_length=1, max_length=20_000)
    delegations: list[DelegationForm] = Field(default_factory=list)


class YearForm(Form):
    """What the official notice, or the company, says about a year."""

    rest: list[Time] = Field(default_factory=list)
    work: list[Time] = Field(default_factory=list)


class HolidaysFile(Form):
    """holidays.yaml: years by number, quoted."""

    years: dict[Annotated[str, Field(pattern=r"^20\d\d$")], YearForm] = Field(default_factory=dict)
