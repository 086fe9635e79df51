"""What is wrong in ``exposure/`` of a workspace, for ``zhongbao check``: every complaint, and which files were read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from exposure_scan.authoring.load_scope import FILE, LoadedScope, load_scope_file
from exposure_scan.scope.decide import until
from zhongbao_core.authored import Place
from zhongbao_core.clock import iso
from zhongbao_core.complaint import Complaint
from zhongbao_core.people import Directory
from zhongbao_core.text import Text


class ExposureCheck(NamedTuple):
    """What was looked at in ``exposure/``, and what is wrong with it."""

    complaints: tuple[Complaint, ...]
    read: frozenset[str]
    """Files that something reads."""
    counts: dict[str, int]


def check_exposure(root: Path, zone_name: str, directory: Directory, at: datetime) -> ExposureCheck:
    """Everything that is wrong with the scope under ``root``, its expiry as of ``at`` included."""
    if not (root / FILE).is_file():
        return ExposureCheck((), frozenset(), {})
    loaded = load_scope_file(root / FILE, zone_name, name=FILE).against(directory)
    if loaded.scope is None:
        return ExposureCheck(loaded.complaints, frozenset({FILE}), {"scope_lines": 0})
    _expired(loaded, at)
    scope = loaded.scope
    lines = len(scope.allowed) + len(scope.excluded) + len(scope.held)
    return ExposureCheck(loaded.complaints, frozenset({FILE}), {"scope_lines": lines})


def _expired(loaded: LoadedScope, at: datetime) -> None:
    if loaded.scope is not None and at >= until(loaded.scope):
        end = iso(until(loaded.scope))
        Place(loaded.document).at("end").warn(
            "EXPIRED",
            Text(f"授权范围已于 {end} 到期", f"the scope expired at {end}"),
            Text("重新取得授权", "have it authorised again"),
        )
