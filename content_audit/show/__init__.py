"""The audit's answers: text, JSONL, HTML, SARIF, JUnit and the review sheet. A report in, a string or bytes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from content_audit.show.report import ContentReport
    from zhongbao_core.text import Lang

FORMATS = ("text", "jsonl", "html", "sarif", "junit")
"""The words of ``--format``; each names a module of this package and its one function."""


def render(report: ContentReport, name: str, lang: Lang) -> str:
    """``report`` in format ``name``; the renderer is imported when it is asked for."""
    from importlib import import_module

    if name not in FORMATS:
        raise KeyError(name)
    made = getattr(import_module(f"content_audit.show.{name}"), name)(report, lang)
    return str(made)
