"""The rules, registers and level that an audit goes by.

A folder without ``zhongbao.yaml`` is no workspace: our packs alone are used, at the calm level. An audit advises; the
gate, which decides, believes nothing that is not signed and has its own way in.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from content_audit.audit.audit import Auditor
from content_audit.audit.registers import Registers
from content_audit.show.report import Basis
from zhongbao_core.complaint import errors_in
from zhongbao_core.errors import InputError
from zhongbao_core.event import Event, Level
from zhongbao_core.text import NOTHING, Text

HOME = "Asia/Shanghai"


class Surroundings(NamedTuple):
    """What is known of the company where an audit runs."""

    workspace: Path | None
    zone: str = HOME
    event: Event | None = None

    def level_at(self, at: datetime) -> Level:
        """The level of the period at ``at``."""
        return self.event.level_at(at) if self.event else Level.NONE


class Opened(NamedTuple):
    """An auditor, what its verdicts rest on, and what it was made of."""

    auditor: Auditor
    basis: Basis
    compiled: bytes
    """The compiled policy, as it is sent to workers."""


def surroundings(folder: Path) -> Surroundings:
    """The workspace in ``folder``: its zone and its event. Raises InputError where its head files are broken."""
    if not (folder / "zhongbao.yaml").is_file():
        return Surroundings(None)
    from zhongbao_core.authored import Place, form_at
    from zhongbao_core.forms import WorkspaceForm
    from zhongbao_core.load_people import load_event
    from zhongbao_core.yamlfile import read_yaml

    head = read_yaml(folder / "zhongbao.yaml", name="zhongbao.yaml")
    form = form_at(Place(head), head.value, WorkspaceForm)
    if form is None:
        raise _broken(head.complaints[0].shown("zh"), head.complaints[0].shown("en"))
    if form.event is None:
        return Surroundings(folder, form.zone)
    said = read_yaml(folder / "event.yaml", name="event.yaml")
    event = load_event(said, form.zone)
    if event is None:
        raise _broken(said.complaints[0].shown("zh"), said.complaints[0].shown("en"))
    return Surroundings(folder, form.zone, event)


def opened(around: Surroundings, at: datetime, level: Level | None = None) -> Opened:
    """The auditor for the workspace at ``at``; ``level`` where the caller asks what another level would say.

    Raises InputError RULES_BROKEN where rules or registers cannot be used.
    """
    from content_audit.authoring.opening import opened_bytes

    judged = around.level_at(at) if level is None else level
    compiled, data = opened_bytes(around.workspace)
    auditor = compiled.auditor(registers=_registers(around), level=judged, at=at)
    phase = around.event.phase_at(at) if around.event else None
    basis = Basis(
        rules=compiled.about.rules,
        policy=compiled.about.digest,
        level=_labelled(judged, phase.label if phase and level is None else ""),
        packs=compiled.about.packs,
        segmenter=auditor.segmenter,
        event=around.event.name if around.event and phase else NOTHING,
    )
    return Opened(auditor, basis, data)


def _registers(around: Surroundings) -> Registers:
    """The workspace's registers; empty ones where there is no workspace."""
    if around.workspace is None:
        return Registers()
    from content_audit.authoring.registers import load_registers

    loaded = load_registers(around.workspace, around.zone)
    broken = errors_in(loaded.complaints)
    if broken:
        raise _broken(broken[0].shown("zh"), broken[0].shown("en"))
    return loaded.registers


def _labelled(level: Level, label: str) -> Text:
    return Text(f"{level.text.zh}（{label}）", f"{level.text.en} ({label})") if label else level.text


def _broken(zh: str, en: str) -> InputError:
    return InputError(
        Text(f"工作区无法读取：{zh}", f"the workspace cannot be read: {en}"),
        Text("zhongbao check 列出全部", "zhongbao check lists everything"),
        reason_code="POLICY_BROKEN",
    )
