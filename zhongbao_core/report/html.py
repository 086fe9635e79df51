"""A report of findings as one HTML page: no script, no outside resource, Chinese first with English beside."""

from __future__ import annotations

import base64
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from zhongbao_core.clock import show, zone
from zhongbao_core.finding import AREAS
from zhongbao_core.report.model import UNSEEN, Report, for_reader, shown_place
from zhongbao_core.report.text import life_line
from zhongbao_core.text import Lang, plain

if TYPE_CHECKING:
    from jinja2 import Template


def html(report: Report, lang: Lang) -> str:
    """``report`` as a page that opens from a file. Both languages stand in it; ``lang`` sets the page's language.

    Everything is escaped by the template engine; control and direction characters are made visible before.
    """
    report = for_reader(report)
    template, style, csp = _template()
    return template.render(
        report=report,
        lang={"zh": "zh-CN", "en": "en"}[lang],
        style=style,
        csp=csp,
        areas=AREAS,
        unseen=UNSEEN,
        place=lambda row: shown_place(row, masked=report.masked),
        life=lambda row, which: life_line(row, which, report.zone),
        show=lambda at: _show(at, report.zone),
    )


@lru_cache(maxsize=1)
def _template() -> tuple[Template, Any, str]:
    """The template, its style sheet, and a content policy that allows that very sheet and nothing else."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("zhongbao_core.report")
    style = folder.joinpath("findings.css.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plain"] = plain
    template = environment.from_string(folder.joinpath("findings.html.j2").read_text("utf-8"))
    return template, Markup(style), content_policy(style)  # noqa: S704 our own file, not outside text


def content_policy(style: str, script: str = "") -> str:
    """A Content-Security-Policy (CSP Level 3) that allows that very style and script and nothing else."""
    inline = {"style-src": style, "script-src": script}
    allowed = [f"{name} 'sha256-{_fingerprint(text)}'" for name, text in inline.items() if text]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _fingerprint(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _show(at: datetime, zone_name: str) -> str:
    return show(at, zone(zone_name))
