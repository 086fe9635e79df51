"""The registers to JSON and back, for the compiled policy. Stands on a gate's path: no YAML, no pydantic.

Each row is an object of its fields that are not at their default, so that ``from_json(to_json(x)) == x``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from content_audit.audit.registers import (
    Account,
    Answer,
    Claim,
    CobrandExemption,
    Combination,
    Contact,
    Escalation,
    Form,
    Host,
    ImageMark,
    Licence,
    Partner,
    Plan,
    Registers,
    SensitiveEvent,
    Slot,
    Template,
    TopUp,
    WrongForm,
)
from zhongbao_core.clock import Span
from zhongbao_core.codec import Json, span_from_json, span_to_json, text_from_json
from zhongbao_core.text import Text

ROWS: Mapping[str, Any] = {
    "licences": Licence,
    "partners": Partner,
    "media": Account,
    "evidence": Claim,
    "sensitive": SensitiveEvent,
    "forms": Form,
    "images": ImageMark,
    "hosts": Host,
    "plans": Plan,
    "templates": Template,
    "cobrand": CobrandExemption,
    "top_up": TopUp,
}


def registers_to_json(registers: Registers) -> Json:
    """All rows of all registers, in the order written."""
    found: Json = {name: [_plain(row) for row in getattr(registers, name)] for name in ROWS}
    return {**found, "rungs": list(registers.rungs)}


def registers_from_json(value: Json) -> Registers:
    """The registers of ``registers_to_json``. Raises KeyError, TypeError or ValueError for anything else."""
    rows = {name: tuple(_row(kind, item) for item in value[name]) for name, kind in ROWS.items()}
    return Registers(**rows, rungs=tuple(value["rungs"]))


def _plain(row: Any) -> Json:
    defaults = row._field_defaults
    items = zip(row._fields, row, strict=True)
    return {name: _value(item) for name, item in items if name not in defaults or item != defaults[name]}


def _value(item: Any) -> Any:
    if isinstance(item, Span):
        return span_to_json(item)
    if isinstance(item, Text):
        return item.as_json()
    if isinstance(item, frozenset):
        return sorted(item)
    if hasattr(item, "_fields"):
        return _plain(item)
    return [_value(part) for part in item] if isinstance(item, tuple) else item


def _row(kind: Any, value: Json) -> Any:
    return kind(**{name: _read(kind, name, item) for name, item in value.items()})


def _read(kind: Any, name: str, item: Any) -> Any:
    read = READ.get((kind, name)) or READ.get((None, name))
    return item if read is None else read(item)


def _rows(kind: Any) -> Callable[[Any], Any]:
    return lambda value: tuple(_row(kind, item) for item in value)


READ: Mapping[tuple[Any, str], Callable[[Any], Any]] = {
    (None, "span"): span_from_json,
    (None, "quiet"): span_from_json,
    (None, "why"): text_from_json,
    (Template, "title"): text_from_json,
    **{
        (None, name): frozenset
        for name in (
            "accounts",
            "campaigns",
            "channels",
            "columns",
            "except_",
            "names",
            "places",
            "quiet_channels",
            "short",
            "tones",
        )
    },
    (Combination, "words"): frozenset,
    (SensitiveEvent, "combinations"): _rows(Combination),
    (Form, "wrong"): _rows(WrongForm),
    (Plan, "contacts"): _rows(Contact),
    (Plan, "answers"): _rows(Answer),
    (Plan, "escalation"): _rows(Escalation),
    (Plan, "triggers"): tuple,
    (Template, "slots"): _rows(Slot),
    (Slot, "choices"): tuple,
}
"""How fields that are no plain values are read; None: of any row."""
