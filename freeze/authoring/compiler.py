"""From a workspace's YAML to the compiled policy that doors read (``zhongbao-policy/1``, see ``freeze.in_force.compiled``).

The same workspace, packs and engine give the same bytes: no clock, no paths of this machine, nothing in an order of
chance. Phones and mail addresses stay behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from freeze.authoring.load import load_workspace, require_sound
from freeze.authoring.workspace import Workspace
from freeze.in_force.codec_holidays import holidays_to_json
from freeze.in_force.codec_rules import (
    breakglass_to_json,
    door_to_json,
    exemption_to_json,
    rung_to_json,
    standard_to_json,
    treatment_to_json,
)
from freeze.in_force.codec_scope import system_to_json, window_to_json
from freeze.in_force.compiled import ENGINE, FORMAT
from zhongbao_core.canonical import canonical
from zhongbao_core.codec import directory_to_json, event_to_json


def compile_workspace(root: Path) -> bytes:
    """The compiled policy of the workspace in ``root``. Raises InputError POLICY_BROKEN where it has errors."""
    return compile_loaded(require_sound(load_workspace(root)))


def compile_loaded(workspace: Workspace) -> bytes:
    """The compiled policy of a sound ``workspace``."""
    return b"".join(canonical(line) + b"\n" for line in _lines(workspace))


def _lines(workspace: Workspace) -> Iterator[list[Any]]:
    yield ["header", _header(workspace)]
    yield ["event", event_to_json(workspace.event) if workspace.event else None]
    yield ["people", directory_to_json(workspace.directory)]
    yield ["treatments", [treatment_to_json(item) for item in workspace.treatments]]
    yield ["ladder", [rung_to_json(item) for item in workspace.ladder]]
    yield ["catalogue", [standard_to_json(item) for item in workspace.catalogue.values()]]
    yield ["exemptions", [exemption_to_json(item) for item in workspace.exemptions]]
    yield ["doors", [door_to_json(item) for item in workspace.doors.values()]]
    yield ["breakglass", breakglass_to_json(workspace.breakglass)]
    yield ["holidays", holidays_to_json(workspace.holidays)]
    yield ["everywhere", [window.id for window in workspace.reach.everywhere]]
    yield from (["window", window.id, window_to_json(window)] for window in workspace.windows())
    for system in workspace.systems():
        hits = [[hit.window.id, list(hit.via)] for hit in workspace.reach.hits(system.id)]
        yield ["system", system.id, {**system_to_json(system), **({"windows": hits} if hits else {})}]


def _header(workspace: Workspace) -> dict[str, Any]:
    event, calm = workspace.valid_for
    return {
        "format": FORMAT,
        "engine": ENGINE,
        "workspace": workspace.id,
        "company": workspace.company.as_json(),
        "zone": workspace.zone,
        "packs": [[name, stamp] for name, stamp in workspace.packs.items()],
        "valid_for": {"event": int(event.total_seconds()), "calm": int(calm.total_seconds())},
    }
