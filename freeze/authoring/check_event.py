"""Checks of the event: phases that overlap, open ends in the middle, labels that sound stricter than they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from freeze.authoring.workspace import Workspace
from zhongbao_core.authored import Place
from zhongbao_core.event import Event, Phase
from zhongbao_core.text import Text

STRICTNESS = ("四级", "三级", "二级", "一级", "特级")
"""How strict a label sounds, mildest first: in China 一级 is above 二级, and 特级 above all."""


def check_event(workspace: Workspace) -> None:
    """Complain about the phases of the event."""
    event, place = workspace.event, workspace.where.event
    if event is None or place is None:
        return
    _twice(place)
    _order(event, place)
    for first, second in combinations(event.phases, 2):
        _labels(first, second, place)


def phase_place(place: Place, phase: Phase) -> Place:
    """Where ``phase`` is written."""
    return next((where for where, name in _written(place) if name == phase.id), place.at("phases"))


def _written(place: Place) -> Iterator[tuple[Place, str]]:
    """Each phase as written: where, and its id."""
    value = place.document.value
    listed = value.get("phases") if isinstance(value, dict) else None
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield place.at("phases", index), str(item.get("id"))


def _twice(place: Place) -> None:
    seen: set[str] = set()
    for where, name in _written(place):
        if name in seen:
            where.at("id").complain(
                "DUPLICATE_ID",
                Text(f"阶段编号 {name} 重复", f"phase id {name} stands twice"),
                Text("每个阶段用不同的编号", "give each phase its own id"),
            )
        seen.add(name)


def _order(event: Event, place: Place) -> None:
    for first, second in pairwise(event.phases):
        if first.span.end is None:
            phase_place(place, first).at("end").complain(
                "OPEN_NOT_LAST",
                Text("只有最后一个阶段可以写 open", "only the last phase may be open"),
                Text(f"写上结束时间，不晚于 {second.id} 的开始", f"write an end, not after the start of {second.id}"),
            )
        elif first.span.overlaps(second.span):
            phase_place(place, second).at("start").complain(
                "PHASES_OVERLAP",
                Text(f"与阶段 {first.id} 重叠", f"it overlaps phase {first.id}"),
                Text("前一阶段结束后再开始", "begin when the one before has ended"),
            )


def _labels(first: Phase, second: Phase, place: Place) -> None:
    """Whichever of the two is milder must not sound stricter."""
    mild, strict = sorted((first, second), key=lambda phase: phase.level)
    if mild.level == strict.level:
        return
    if sounds(mild.label) > sounds(strict.label) >= 0:
        phase_place(place, mild).at("label").complain(
            "LABEL_ORDER",
            Text(
                f"{mild.label}（{mild.level.text.zh}）听起来比 {strict.label}（{strict.level.text.zh}）更严",
                f"{mild.label} ({mild.level.text.en}) sounds stricter than {strict.label} ({strict.level.text.en})",
            ),
            Text("由严到宽：特级、一级、二级、三级", "from strict to mild: 特级, 一级, 二级, 三级"),
        )
    elif mild.label and mild.label == strict.label:
        phase_place(place, mild).at("label").warn(
            "LABEL_SHARED",
            Text(f"两个级别同用 {mild.label}", f"two levels share the label {mild.label}"),
            Text("每个级别用不同的叫法", "give each level its own label"),
        )


def sounds(label: str) -> int:
    """How strict ``label`` sounds, greater is stricter; -1 where it names no grade."""
    found = [place for place, word in enumerate(STRICTNESS) if word in label]
    return max(found, default=-1)
