"""A file of windows alone, outside any workspace: what ``freeze at --windows`` answers for."""

from __future__ import annotations

from pathlib import Path

from freeze.authoring.load import YEARS, ZONE
from freeze.authoring.load_scope import load_windows
from freeze.calendar.windows_only import WindowsOnly
from zhongbao_core.authored import Place
from zhongbao_core.complaint import errors_in
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, read_yaml


def windows_only(path: Path) -> WindowsOnly:
    """The windows in the YAML or JSON file at ``path``; those without a zone are read in Asia/Shanghai.

    Raises InputError WINDOWS_BROKEN, with ``complaints``, where anything in it is wrong or it holds no window.
    """
    from freeze.calendar.holidays import build_holidays

    document = read_yaml(path)
    found = load_windows(document, ZONE)
    _refuse_twins(document, found_ids=[(place, window.id) for place, window in found])
    broken = errors_in(document.complaints)
    if broken or not found:
        first = Text(broken[0].shown("zh"), broken[0].shown("en")) if broken else Text("没有窗口", "no window in it")
        raise InputError(
            Text(f"窗口文件有误：{first.zh}", f"the file of windows is wrong: {first.en}"),
            Text("顶层写 windows: 列表", "the top level is a list under windows:"),
            reason_code="WINDOWS_BROKEN",
            complaints=broken,
        )
    return WindowsOnly(tuple(window for _, window in found), build_holidays({}, YEARS), ZONE)


def _refuse_twins(document: Document, found_ids: list[tuple[Place, str]]) -> None:
    seen: set[str] = set()
    for place, name in found_ids:
        if name in seen:
            place.complain(
                "TWICE",
                Text(f"窗口 {name} 写了两次", f"window {name} stands twice"),
                Text("改一个编号", "give one another id"),
            )
        seen.add(name)
