"""Reading a change request that somebody wrote: strict YAML, every complaint with file, line, column and fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from freeze.life.request_check import Complaint as FieldComplaint
from freeze.life.request_check import complaints as field_complaints
from freeze.model import ChangeRequest
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import parse_duration, parse_instant, zone
from zhongbao_core.complaint import Complaint, in_order
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.text import Text, plain
from zhongbao_core.yamlfile import Document, read_yaml

GIVEN = ("id", "revision", "event", "nonce")
"""Fields the desk fills in; a draft that carries them is refused."""
NAMES = tuple(item.name for item in fields(ChangeRequest) if item.name not in GIVEN)
OPTIONAL = {
    "binds": {},
    "incident": "",
    "labels": {},
    "change_class": "normal",
    "verifier": "",
    "observation": "0s",
}
"""Fields that may be left out, with what stands for them."""
WRITE = Text("见 docs/freeze.md「The request file」一节", "see docs/freeze.md, The request file")


def load_draft(path: Path, zone_name: str) -> tuple[ChangeRequest, Document]:
    """The draft in the YAML file ``path``; times without offset are in ``zone_name``.

    Raises InputError REQUEST_INVALID whose ``values['complaints']`` name every wrong place.
    """
    document = read_yaml(path)
    draft = read_draft(document, zone_name) if not document.complaints else None
    if draft is None or document.complaints:
        raise refused(document.complaints)
    return draft, document


def read_draft(document: Document, zone_name: str) -> ChangeRequest | None:
    """The draft that ``document`` says; None where its complaints say why there is none."""
    value = document.value
    if not isinstance(value, dict):
        document.complain(document.mark(()), "NOT_A_MAPPING", Text("应为键值", "expected keys and values"), WRITE)
        return None
    _unknown(document, value)
    found: dict[str, Any] = {}
    for name in NAMES:
        if name not in value and name not in OPTIONAL:
            _complain(document, (), Text(f"缺少 {name}", f"{name} is missing"))
            continue
        raw = value.get(name, OPTIONAL.get(name))
        try:
            found[name] = READERS.get(name, _text)(raw, zone_name)
        except ZhongbaoError as error:
            _complain(document, (name,), error.message)
        except (TypeError, ValueError) as error:
            _complain(document, (name,), Text(f"{name} 写法不对：{error}", f"{name}: {error}"))
    if document.complaints:
        return None
    return ChangeRequest(id="", revision=0, event="", **found)


def require_good(draft: ChangeRequest, document: Document, policy: Policy, at: datetime) -> None:
    """Raise InputError REQUEST_INVALID, placed in the file, where the draft is not complete for submission."""
    found = field_complaints(draft, policy, at)
    if found:
        raise refused([placed(item, document) for item in found])


def placed(item: FieldComplaint, document: Document) -> Complaint:
    """A complaint about a field, at the field's place in the file."""
    mark = document.mark((item.field,))
    return Complaint(document.file, mark.line, mark.column, "REQUEST_FIELD", item.text, WRITE)


def refused(found: list[Complaint]) -> InputError:
    """The error that carries ``found``, first place first."""
    ordered = in_order(found)
    return InputError(
        Text("\n".join(item.shown("zh") for item in ordered), "\n".join(item.shown("en") for item in ordered)),
        Text("改正后重新提交", "put it right and submit again"),
        reason_code="REQUEST_INVALID",
        complaints=ordered,
        place=ordered[0].place if ordered else "",
    )


def _unknown(document: Document, value: dict[str, Any]) -> None:
    for key in value:
        if key in GIVEN:
            text = Text(f"{key} 由系统编制，不要填写", f"{key} is given by the desk: leave it out")
            _complain(document, (key,), text, key=True)
        elif key not in NAMES and key != "format":
            shown = plain(str(key))
            _complain(document, (key,), Text(f"未知字段 {shown}", f"unknown field {shown}"), key=True)


def _complain(document: Document, path: tuple[str | int, ...], text: Text, *, key: bool = False) -> None:
    document.complain(document.mark(path, key=key), "REQUEST_FIELD", text, WRITE)


def _text(value: object, zone_name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value


def _instant(value: object, zone_name: str) -> datetime:
    return parse_instant(_text(value, zone_name), zone(zone_name))


def _length(value: object, zone_name: str) -> timedelta:
    return parse_duration(_text(value, zone_name))


def _texts(value: object, zone_name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("a list expected")
    return tuple(_text(item, zone_name) for item in value)


def _table(value: object, zone_name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError("keys and values expected")
    return {str(key): _text(item, zone_name) for key, item in value.items()}


def _targets(value: object, zone_name: str) -> tuple[Target, ...]:
    if not isinstance(value, list):
        raise TypeError("a list of system/environment expected")
    return tuple(_target(item) for item in value)


def _target(value: object) -> Target:
    if isinstance(value, dict) and set(value) <= {"system", "environment"} and "system" in value:
        return Target(_text(value["system"], ""), _text(value.get("environment", "prod"), ""))
    system, slash, environment = _text(value, "").partition("/")
    if not system or (slash and not environment) or "/" in environment:
        raise ValueError("write system/environment, for example core-db/prod")
    return Target(system, environment or "prod")


READERS: dict[str, Callable[[object, str], Any]] = {
    "targets": _targets,
    "steps": _texts,
    "start": _instant,
    "duration": _length,
    "rollback_duration": _length,
    "observation": _length,
    "binds": _table,
    "labels": _table,
}
"""How each field that is not plain text is read."""
