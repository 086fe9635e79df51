"""What one compiled policy changes against another, and which way: shown to those who are asked to sign it.

An aid for people, not a gate: every manifest needs the whole quorum. Whatever cannot be shown to tighten is called
``loosens`` or ``unclear``, never ``tightens``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from zhongbao_core.clock import Span, parse_instant
from zhongbao_core.event import Level, level_of
from zhongbao_core.text import Text

Way = Literal["tightens", "loosens", "unclear"]


class Difference(NamedTuple):
    """One thing that changed, and which way it goes."""

    way: Way
    said: Text


NAMES = {
    "person": Text("人员", "person"),
    "people": Text("职级与代理", "ranks and deputies"),
    "event": Text("保障期", "event"),
    "header": Text("工作区设置", "workspace settings"),
    "treatments": Text("处置规则", "treatments"),
    "ladder": Text("审批阶梯", "approval ladder"),
    "doors": Text("闸口", "doors"),
    "breakglass": Text("应急放行", "break-glass"),
    "holidays": Text("放假安排", "holidays"),
    "window": Text("窗口", "window"),
    "system": Text("系统", "system"),
    "phase": Text("阶段", "phase"),
    "exemption": Text("豁免", "exemption"),
    "standard": Text("标准变更", "standard change"),
}
_LISTS = {"exemptions": "exemption", "catalogue": "standard"}
_PARTS = {"event": ("phases", "phase"), "people": ("persons", "person")}
_DERIVED = frozenset({"everywhere"})
"""Sections that only repeat what windows and systems say."""
_MORE_IS_LOOSER = ("exemption", "standard")


def differences(before: bytes, after: bytes) -> tuple[Difference, ...]:
    """What ``after`` changes against ``before``, both compiled policies; in a fixed order."""
    old, new = _things(before), _things(after)
    return tuple(
        _one(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)
    )


def _things(data: bytes) -> dict[tuple[str, str], Any]:
    """Every part of a compiled policy by kind and id; a section that is no list of things is one part."""
    found: dict[tuple[str, str], Any] = {}
    for line in data.splitlines():
        kind, *rest = json.loads(line)
        if len(rest) == 2:
            found[kind, rest[0]] = {**rest[1], "source": ""}
        elif kind in _PARTS:
            section, name = _PARTS[kind]
            whole = rest[0] or {}
            found.update(((name, item["id"]), item) for item in whole.get(section, ()))
            found[kind, ""] = {**whole, section: None}
        elif kind in _LISTS:
            found.update(((_LISTS[kind], name), item) for name, item in _named(rest[0]))
        elif kind not in _DERIVED:
            found[kind, ""] = rest[0]
    return found


def _named(items: Any) -> Iterator[tuple[str, Any]]:
    pairs = items.items() if isinstance(items, Mapping) else ((item["id"], item) for item in items)
    return ((str(name), item) for name, item in pairs)


def _one(key: tuple[str, str], old: Any, new: Any) -> Difference:
    kind, name = key
    what = NAMES.get(kind, Text(kind, kind))
    done = Text("新增", "added") if old is None else Text("删除", "removed") if new is None else Text("改动", "changed")
    said = Text(f"{what.zh} {name} {done.zh}".replace("  ", " "), f"{what.en} {name} {done.en}".replace("  ", " "))
    return Difference(_way(kind, old, new), said)


def _way(kind: str, old: Any, new: Any) -> Way:
    if kind == "window":
        return _window(old, new)
    if kind == "phase":
        return _phase(old, new)
    if kind in _MORE_IS_LOOSER:
        return "loosens" if old is None else "tightens" if new is None else "unclear"
    return "unclear"


def _window(old: Any, new: Any) -> Way:
    if old is None or new is None:
        if (old or new)["effect"] != "deny":
            return "unclear"
        return "tightens" if old is None else "loosens"
    return _harder(old, new) if old["effect"] == new["effect"] == "deny" else "unclear"


def _phase(old: Any, new: Any) -> Way:
    if old is None or new is None:
        return "tightens" if old is None else "loosens"
    longer = _covers(new["span"], old["span"])
    return _harder({**old, "span": 0}, {**new, "span": 0}, at_least="tightens") if longer else "loosens"


def _covers(outer: Sequence[str | None], inner: Sequence[str | None]) -> bool:
    """Whether the span ``outer``, ``[start, end]``, contains ``inner``; an end of None is open."""
    wide, narrow = (
        Span(parse_instant(str(start)), parse_instant(end) if end else None) for start, end in (outer, inner)
    )
    if wide.end is None or narrow.end is None:
        return wide.start <= narrow.start and wide.end is None
    return wide.start <= narrow.start and wide.end >= narrow.end


def _harder(old: Mapping[str, Any], new: Mapping[str, Any], *, at_least: Way = "unclear") -> Way:
    """By level alone: where anything else differs too, nobody can tell. The same level gives ``at_least``."""
    before, after = _level(old), _level(new)
    if before is None or after is None:
        return "unclear"
    if after < before:
        return "loosens"
    if {**old, "level": None} != {**new, "level": None}:
        return "unclear"
    return "tightens" if after > before else at_least


def _level(item: Mapping[str, Any]) -> Level | None:
    word = item.get("level")
    return level_of(word) if isinstance(word, str) else None
