"""The shape of fingerprint packs as people write them. Everything unknown is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from zhongbao_core.authored import Form
from zhongbao_core.forms import Line

FingerprintId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
CpeWord = Annotated[
    str,
    Field(
        pattern=r"^(?:[aoh]:)?[a-z0-9._~+!/-]{1,80}:[a-z0-9._~+!/-]{1,80}$", description="vendor:product, o:… or h:…"
    ),
]
PatternWord = Annotated[str, Field(min_length=1, max_length=1000, description="RE2; {v} {p} {w} take the version")]
Banner = Annotated[str, Field(min_length=1, max_length=8000)]
Weight = Annotated[int, Field(ge=1, le=100)]


class ConditionForm(Form):
    """A pattern, the kinds of text it looks at, and its weight beside others."""

    pattern: PatternWord
    kinds: list[Line] = Field(default_factory=list, max_length=20)
    weight: Weight = 100


def _condition(value: object) -> object:
    return {"pattern": value} if isinstance(value, str) else value


Written = Annotated[ConditionForm, BeforeValidator(_condition)]


class CaseForm(Form):
    """``is``: a text that is named, with its version; ``not``: one that is not."""

    is_: Banner | None = Field(default=None, alias="is")
    not_: Banner | None = Field(default=None, alias="not")
    kind: Line | None = None
    version: Annotated[str, Field(max_length=80)] = ""


class FingerprintForm(Form):
    """One product."""

    id: FingerprintId
    name: Line
    cpe: CpeWord
    kinds: list[Line] = Field(default_factory=list, max_length=20)
    any: list[Written] = Field(default_factory=list, max_length=60)
    all: list[Written] = Field(default_factory=list, max_length=20)
    none: list[Written] = Field(default_factory=list, max_length=20)
    confidence: Weight = 95
    template: Annotated[str, Field(pattern=r"^cpe:2\.3:[aoh]:", max_length=300)] | None = None
    cases: list[CaseForm] = Field(default_factory=list, max_length=200)


class FingerprintFile(Form):
    """A file of fingerprints; ``kinds`` are those of fingerprints that name none."""

    format: Literal["zhongbao-fingerprints/1"]
    id: FingerprintId
    kinds: list[Line] = Field(min_length=1, max_length=20)
    fingerprints: list[FingerprintForm] = Field(min_length=1, max_length=2000)
