"""Renderers shared by the pillars: a result in, a string out.."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhongbao_core.report.model import Report
    from zhongbao_core.text import Lang

FORMATS = ("text", "json", "junit", "html")
"""The words of ``--format``; each names a module of this package and its one function."""


def render(report: Report, name: str, lang: Lang) -> str:
    """``report`` in format ``name``; the renderer is imported when it is asked for."""
    from importlib import import_module

    if name not in FORMATS:
        raise KeyError(name)
    made = getattr(import_module(f"zhongbao_core.report.{name}"), name)(report, lang)
    return str(made)
