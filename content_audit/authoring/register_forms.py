"""The shape of ``content/registers/*.yaml`` as people write it; a workbook's rows take the same shape."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zhongbao_core.authored import Form
from zhongbao_core.forms import End, Id, Line, TextForm, Time, Words

ChannelWord = Literal["wechat", "weibo", "push", "app", "web", "video", "draft"]
ToneWord = Literal["promotion", "joke", "countdown", "celebration", "speculation", "rank", "question"]
Names = Annotated[list[Line], Field(max_length=2000)]
Channels = Annotated[list[ChannelWord], Field(max_length=7)]
FromTime = Annotated[Time, Field(description="from when the row counts")]
Hash = Annotated[str, Field(pattern=r"^([0-9a-f]{16}|sha256:[0-9a-f]{64})$")]
HostName = Annotated[str, Field(pattern=r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]


class Dated(Form):
    """A row with a beginning and an end: what is allowed for a time must say for which."""

    id: Id
    start: FromTime
    end: End
    owner: Words = ""


class Lasting(Form):
    """A row that counts until somebody takes it out, unless it says otherwise."""

    id: Id
    start: Time | None = None
    end: End | None = None
    owner: Words = ""


class LicenceForm(Dated):
    """One mark the company may use."""

    mark: Line
    licensee: Line
    contract: Line
    channels: Channels = Field(default_factory=list)
    names: Names = Field(default_factory=list)


class PartnerForm(Dated):
    """One company that posts are made with."""

    name: Line
    names: Names = Field(default_factory=list)
    accounts: Names = Field(default_factory=list)
    contract: Words = ""


class AccountForm(Lasting):
    """One account of our own."""

    channel: ChannelWord
    name: Line
    rung: Id
    owner: Id
    names: Names = Field(default_factory=list)
    duty_rung: Id | None = None
    unit: Words = ""
    columns: Names = Field(default_factory=list)


class ClaimForm(Dated):
    """One claim with its proof."""

    claim: Line
    proof: Line
    source: Words = ""
    channels: Channels = Field(default_factory=list)
    names: Names = Field(default_factory=list)


class CombinationForm(Form):
    """Words that must not stand beside a sensitive event."""

    words: Annotated[list[Line], Field(min_length=1, max_length=500)]
    why: TextForm | None = None


class QuietForm(Form):
    """A quiet window."""

    start: Time
    end: Time
    channels: Channels = Field(default_factory=list)


class SensitiveForm(Dated):
    """One recent event beside which tone matters."""

    name: Line
    kind: Words = ""
    names: Names = Field(default_factory=list)
    places: Names = Field(default_factory=list)
    tones: list[ToneWord] = Field(default_factory=list)
    quiet: QuietForm | None = None
    combinations: list[CombinationForm] = Field(default_factory=list, max_length=200)


class WrongFormForm(Form):
    """One known wrong way to write a name."""

    text: Line
    why: TextForm | None = None


class NameForm(Lasting):
    """One name that must be written exactly."""

    kind: Literal["event", "slogan", "organisation", "leader", "product", "place", "other"]
    exact: Line
    short: Names = Field(default_factory=list)
    wrong: list[WrongFormForm] = Field(default_factory=list, max_length=500)
    near: int = Field(default=1, ge=0, le=3)
    title: Words = ""
    order: int = Field(default=0, ge=0, le=10_000)
    unit: Words = ""
    except_: Names = Field(default_factory=list, alias="except")


class ImageForm(Lasting):
    """One picture that is licensed, or forbidden."""

    hash: Hash
    status: Literal["licensed", "forbidden"]
    name: Line
    contract: Words = ""
    channels: Channels = Field(default_factory=list)


class HostForm(Form):
    """One host that posts may link to; ``*.`` before it takes in what lies below."""

    host: HostName
    purpose: Words = ""
    start: Time | None = None
    end: End | None = None


class ContactForm(Form):
    """Whom to call."""

    name: Line
    role: Line
    phone: Line


class EscalationForm(Form):
    """Who is told of what, within how many minutes."""

    trigger: Line
    to: Line
    minutes: int = Field(ge=1, le=10_080)


class AnswerForm(Form):
    """A prepared answer."""

    question: Line
    answer: Line


class PlanForm(Dated):
    """One response plan. An empty part would make it a plan by name only, so each part needs an entry."""

    title: Line
    owner: Id
    contacts: Annotated[list[ContactForm], Field(min_length=1, max_length=100)]
    hours: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")]
    triggers: Annotated[list[Line], Field(min_length=1, max_length=100)]
    answers: Annotated[list[AnswerForm], Field(min_length=1, max_length=200)]
    escalation: Annotated[list[EscalationForm], Field(min_length=1, max_length=100)]
    accounts: list[Id] = Field(default_factory=list)
    columns: Names = Field(default_factory=list)
    campaigns: Names = Field(default_factory=list)
    channels: Channels = Field(default_factory=list)


class SlotForm(Form):
    """A gap in a template."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    kind: Literal["text", "time", "date", "number", "place", "phone", "choice"]
    choices: Names = Field(default_factory=list)
    longest: int = Field(default=40, ge=1, le=400)


class TemplateForm(Dated):
    """One emergency notice, approved beforehand."""

    title: TextForm
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    kind: Literal["outage", "rumour", "safety"]
    slots: list[SlotForm] = Field(default_factory=list, max_length=40)
    accounts: list[Id] = Field(default_factory=list)
    channels: Channels = Field(default_factory=list)


class CobrandForm(Dated):
    """One exemption that lets a co-branded post out inside the period."""

    partner: Id
    reason: Line
    accounts: list[Id] = Field(default_factory=list)
    campaigns: Names = Field(default_factory=list)


class TopUpForm(Form):
    """Who signs where review is raised above the highest rung."""

    rank: Id
    persons: int = Field(default=1, ge=1, le=8)
