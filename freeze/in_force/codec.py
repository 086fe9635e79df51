"""Between the types of the change freeze and JSON: lengths, hours, targets and change requests.

As in ``zhongbao_core.codec``, which has instants, spans, event and persons. The other types have their pairs in
``codec_scope`` (systems, windows), ``codec_rules`` (what levels do) and ``codec_holidays``. Stands on a gate's path: no
YAML, no pydantic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from freeze.model import ChangeRequest
from zhongbao_core.approval.subject import Target
from zhongbao_core.clock import iso
from zhongbao_core.codec import Json, instant_from
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.event import Level
from zhongbao_core.text import Text

_LEVELS = {level.id: level for level in Level}


def seconds(length: timedelta) -> int:
    """``length`` in whole seconds. Raises ValueError where it is not whole."""
    whole = length // timedelta(seconds=1)
    if timedelta(seconds=whole) != length:
        raise ValueError(f"length {length} is not whole seconds")
    return whole


def levels_from(values: Sequence[str]) -> tuple[Level, ...]:
    """Levels by id."""
    return tuple(_LEVELS[value] for value in values)


def levels_to(levels: Sequence[Level]) -> list[str]:
    """Ids of levels."""
    return [level.id for level in levels]


def hours_to(hours: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Hours as lists."""
    return [list(pair) for pair in hours]


def hours_from(value: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """The other way round."""
    return tuple((start, end) for start, end in value)


def target_to_json(target: Target) -> Json:
    """One system in one environment."""
    return {"system": target.system, "environment": target.environment}


def target_from_json(value: Json) -> Target:
    """The target of ``target_to_json``."""
    return Target(value["system"], value["environment"])


def request_to_json(request: ChangeRequest) -> Json:
    """A change request; its canonical bytes are what approvers approve."""
    return {
        "id": request.id,
        "revision": request.revision,
        "event": request.event,
        "title": request.title,
        "kind": request.kind,
        "change_class": request.change_class,
        "targets": [target_to_json(target) for target in request.targets],
        "applicant": request.applicant,
        "executor": request.executor,
        "verifier": request.verifier,
        "duty": request.duty,
        "necessity": request.necessity,
        "impact": request.impact,
        "steps": list(request.steps),
        "verification": request.verification,
        "rollback": request.rollback,
        "start": iso(request.start),
        "duration": seconds(request.duration),
        "rollback_duration": seconds(request.rollback_duration),
        "observation": seconds(request.observation),
        "binds": _pairs(request.binds),
        "incident": request.incident,
        "labels": _pairs(request.labels),
        "nonce": request.nonce,
    }


def request_from_json(value: object) -> ChangeRequest:
    """The request of ``request_to_json``, read strictly: permits carry it past strangers.

    Raises InputError for a missing, unknown or wrong field.
    """
    if not isinstance(value, dict) or value.keys() != _REQUEST.keys():
        raise _bad_request("fields missing or unknown")
    try:
        return ChangeRequest(**{name: read(value[name]) for name, read in _REQUEST.items()})
    except (KeyError, TypeError, ValueError, OverflowError, ZhongbaoError) as error:
        raise _bad_request(str(error)) from error


def _pairs(items: Mapping[str, str]) -> list[list[str]]:
    """Names may be outside ASCII, so they are values here, never keys."""
    return [[name, items[name]] for name in sorted(items)]


def _pairs_from(value: object) -> dict[str, str]:
    pairs = [(_words(name), _words(content)) for name, content in _list(value)]
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("a whole number from 0 expected")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list expected, not {type(value).__name__}")
    return value


def _length(value: object) -> timedelta:
    return timedelta(seconds=_number(value))


def _target(value: object) -> Target:
    if not isinstance(value, dict) or value.keys() != {"system", "environment"}:
        raise TypeError("a target is a system and an environment")
    return Target(_words(value["system"]), _words(value["environment"]))


def _bad_request(why: str) -> InputError:
    return InputError(
        Text(f"变更申请不可读：{why}", f"the change request cannot be read: {why}"), reason_code="REQUEST_INVALID"
    )


_REQUEST: Mapping[str, Callable[[object], Any]] = {
    **dict.fromkeys(("id", "event", "title", "kind", "change_class", "applicant", "executor", "verifier"), _words),
    **dict.fromkeys(("duty", "necessity", "impact", "verification", "rollback", "incident", "nonce"), _words),
    **dict.fromkeys(("duration", "rollback_duration", "observation"), _length),
    **dict.fromkeys(("binds", "labels"), _pairs_from),
    "revision": _number,
    "targets": lambda value: tuple(_target(item) for item in _list(value)),
    "steps": lambda value: tuple(_words(item) for item in _list(value)),
    "start": lambda value: instant_from(_words(value)),
}
