"""The shape of ``exposure/scope.yaml`` as people write it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zhongbao_core.authored import Form
from zhongbao_core.forms import Bilingual, Id, Line, TextForm, Time

Written = Annotated[str, Field(min_length=1, max_length=4000, description='"22,80,443,8000-8100"')]
Rate = Annotated[int, Field(ge=1, le=200_000)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
NOTHING = Bilingual(zh="", en="")


class VantageForm(Form):
    """From where."""

    side: Literal["internet", "inside", "互联网侧", "内网侧"]
    probe: Id
    egress: list[Line] = Field(default_factory=list, max_length=64)


class RatesForm(Form):
    """Packets a second."""

    total: Rate
    net: Rate
    host: Rate


class ContactForm(Form):
    """Who is called."""

    name: Line
    phone: Annotated[str, Field(min_length=3, max_length=40)]
    mail: Annotated[str, Field(max_length=200)] = ""


class AllowForm(Form):
    """A line that lets."""

    id: Id
    addresses: list[Line] = Field(default_factory=list, max_length=10_000)
    names: list[Line] = Field(default_factory=list, max_length=10_000)
    tcp: Written | None = None
    udp: Written | None = None
    why: TextForm = NOTHING


class ExcludeForm(Form):
    """A line that forbids."""

    id: Id
    addresses: list[Line] = Field(default_factory=list, max_length=10_000)
    names: list[Line] = Field(default_factory=list, max_length=10_000)
    ports: Written | None = None
    why: TextForm


class HolderForm(Form):
    """Who uses addresses inside our ranges."""

    id: Id
    holder: Literal["own", "partner", "customer", "自有", "合作方", "客户"]
    addresses: list[Line] = Field(min_length=1, max_length=10_000)
    why: TextForm = NOTHING


class PaperForm(Form):
    """The stamped paper (授权书)."""

    number: Line
    digest: Digest
    issuer: Line
    start: Time
    end: Time


class AuthorisationForm(Form):
    """On whose word: a paper that was registered, or persons who sign."""

    paper: PaperForm | None = None
    signers: list[Id] = Field(default_factory=list, max_length=16)


class ScopeForm(Form):
    """exposure/scope.yaml."""

    format: Literal["zhongbao-scope/1"]
    id: Id
    name: TextForm
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    owner: Id
    contact: ContactForm
    start: Time
    end: Time
    vantage: VantageForm
    rates: RatesForm
    allow: list[AllowForm] = Field(min_length=1, max_length=10_000)
    exclude: list[ExcludeForm] = Field(default_factory=list, max_length=10_000)
    holders: list[HolderForm] = Field(default_factory=list, max_length=10_000)
    resolvers: list[Line] = Field(default_factory=list, max_length=64)
    stop_file: Annotated[str, Field(max_length=1000)] = ""
    authorisation: AuthorisationForm = AuthorisationForm()
