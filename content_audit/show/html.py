"""An audit as one HTML page that opens by double-click: filters, counts, words marked in place, no network.

Everything is escaped by the template engine; the page may run its own script and style and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from content_audit.audit.rule import CATEGORIES
from content_audit.model import CHANNELS, Audited, Hit, Passage, Verdict
from content_audit.show.report import ContentReport, Piece, for_reader, pieces, title_of
from content_audit.show.text import copies_line, step_text, tested_lines, unread_line
from zhongbao_core.clock import show, zone
from zhongbao_core.report.html import content_policy
from zhongbao_core.report.model import UNSEEN
from zhongbao_core.text import Lang, Text, plain

if TYPE_CHECKING:
    from jinja2 import Template

GAP = 240
"""Characters shown on each side of a hit in a long passage; what lies between is left out and counted."""
_EMPTY_LINES = re.compile(r"\n\s*\n\s*")
CLEAN_SHOWN = 2000
"""Clean posts named one by one; the rest is counted."""


class Shown(NamedTuple):
    """A passage with hits as the page shows it; ``numbers`` count the hits within the post."""

    passage: Passage
    pieces: tuple[Piece, ...]
    numbers: dict[Hit, int]


def html(report: ContentReport, lang: Lang) -> str:
    """``report`` as a page. Both languages stand in it; ``lang`` sets the page's language."""
    report = for_reader(report)
    page = page_of("audit")
    clean = [row for row in report.audited if not row.hits]
    return page.template.render(
        report=report,
        lang={"zh": "zh-CN", "en": "en"}[lang],
        style=page.style,
        script=page.script,
        csp=page.csp,
        channels=CHANNELS,
        verdicts=(Verdict.BLOCK, Verdict.REVIEW, Verdict.NOTE),
        categories={hit.category: category_text(hit.category) for hit, _ in report.by_rule()},
        clean=clean[:CLEAN_SHOWN],
        clean_more=len(clean) - CLEAN_SHOWN,
        unseen=UNSEEN,
        shown=lambda row: list(_passages(row, report.masked)),
        whole=lambda row: [hit for hit in row.hits if hit.passage < 0],
        worst=lambda row: max(hit.verdict for hit in row.hits),
        title_of=lambda row: title_of(row.post, masked=report.masked),
        unread_line=unread_line,
        copies_line=copies_line,
        tested_lines=tested_lines,
        step_names=lambda hit: [step_text(step).zh for step in hit.steps],
        show=lambda at: show(at, zone(report.zone)),
    )


def category_text(category: str) -> Text:
    """The category's name; a company's own category shows by its id."""
    return CATEGORIES.get(category, Text(category, category))


def _passages(row: Audited, masked: bool) -> Iterator[Shown]:
    numbers = {hit: number for number, hit in enumerate(row.hits, 1)}
    for index, passage in enumerate(row.post.passages):
        hits = tuple(hit for hit in row.hits if hit.passage == index)
        if hits:
            found = tuple(pieces(passage, hits, masked=masked))
            ends = len(found) - 1
            cut = [
                _cut(_tidy(one, place == 0, place == ends), place == 0, place == ends)
                for place, one in enumerate(found)
            ]
            yield Shown(passage, tuple(cut), {hit: numbers[hit] for hit in hits})


def _tidy(piece: Piece, first: bool, last: bool) -> Piece:
    """A stretch without hits with at most one empty line at a time, none at the ends of the passage."""
    if piece.hit is not None:
        return piece
    text = _EMPTY_LINES.sub("\n\n", piece.text)
    text = text.lstrip() if first else text
    return Piece(text.rstrip() if last else text, None)


def _cut(piece: Piece, first: bool, last: bool) -> Piece:
    """A long stretch without hits, cut to what stands next to them."""
    text = piece.text
    before, after = (0 if first else GAP), (0 if last else GAP)
    left_out = len(text) - before - after
    if piece.hit is not None or left_out <= GAP:
        return piece
    mark = Text(f" …（略 {left_out} 字）… ", f" … ({left_out} left out) … ").zh
    return Piece(text[:before] + mark + (text[-after:] if after else ""), None)


class Page(NamedTuple):
    """A page's template, its style and script, and a content policy that allows those two and nothing else."""

    template: Template
    style: Any
    script: Any
    csp: str


@lru_cache(maxsize=2)
def page_of(name: str) -> Page:
    """The page whose template is ``NAME.html.j2``: everything put into it is escaped; style and script are one for all."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("content_audit.show")
    style, script = (folder.joinpath(file).read_text("utf-8") for file in ("audit.css.j2", "audit.js.j2"))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plain"] = lambda value: plain(value, newlines=True)
    template = environment.from_string(folder.joinpath(f"{name}.html.j2").read_text("utf-8"))
    return Page(template, Markup(style), Markup(script), content_policy(style, script))  # noqa: S704 our own files
