"""``content match``: the engine on a list of words alone. No rules, no context: what stands in the texts, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from content_audit.commands.match_texts import Line, pieces
from content_audit.match.table import OPTIONS
from zhongbao_core.clikit import Settings, note, pass_settings
from zhongbao_core.errors import ExitCode, InputError, UsageError
from zhongbao_core.text import Text, escape

if TYPE_CHECKING:
    from content_audit.match.lexicon import Lexicon, RawHit
    from content_audit.match.wordlist import Word

_VARIANTS = ("pinyin", "homophone", "split", "lookalike")
_SHOWN_COMPLAINTS = 20


class Shown(NamedTuple):
    """A hit and the line it stands in."""

    path: str
    line: int
    text: str
    hit: RawHit
    term: str


@click.command("match")
@click.argument("paths", nargs=-1, metavar="[PATH|-]...")
@click.option(
    "--lexicon",
    "lexicons",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="List of terms: one a line, or the first column of a CSV file.",
)
@click.option(
    "--fold", "folds", default=",".join(OPTIONS), help="What is folded, joined by commas; 'none' for nothing."
)
@click.option(
    "--whitelist",  # glossary: quoted
    "covers",
    multiple=True,
    type=click.Path(path_type=Path),
    help="List of phrases: a hit inside one of them falls.",
)
@click.option("--variants", default="", help="Ways to write every term: pinyin,homophone,split,lookalike.")
@click.option(
    "--policy",
    type=click.Choice(["longest", "all"]),
    default="longest",
    help="Of overlapping hits the leftmost longest, or all.",
)
@click.option("--allow-short", is_flag=True, help="Take single characters and figures as terms.")
@click.option("--inside", is_flag=True, help="Terms count inside longer Latin words and numbers too.")
@click.option(
    "--input",
    "form",
    type=click.Choice(["auto", "lines", "jsonl"]),
    default="auto",
    help="Each line is a text, or its JSON field 'text'; by file name if not given.",
)
@click.option("--format", "output", type=click.Choice(["text", "jsonl"]), default="text", help="Output format.")
@pass_settings
@click.pass_context
def match(
    ctx: click.Context,
    settings: Settings,
    paths: tuple[str, ...],
    lexicons: tuple[Path, ...],
    folds: str,
    covers: tuple[Path, ...],
    variants: str,
    policy: str,
    allow_short: bool,
    inside: bool,
    form: str,
    output: str,
) -> None:
    """The engine on a list of words alone: which terms stand in the texts of PATH, and where.

    Offsets count code points of the line as received. Exit code: 0 no hits, 1 hits, 2 a list is wrong, 3 a text
    could not be read or there was none.
    """
    from content_audit.match.lexicon import Lexicon, Term

    marks = _names(variants, _VARIANTS, "--variants") | ({"inside"} if inside else set())
    options = _names("" if folds == "none" else folds, OPTIONS, "--fold")
    terms = _words(settings, lexicons, allow_short=allow_short)
    phrases = _words(settings, covers, allow_short=True) if covers else ()
    listed = [Term(word.text, number, frozenset(marks)) for number, word in enumerate(terms)]
    listed += [Term(word.text, -1 - number) for number, word in enumerate(phrases)]
    run = _Run(Lexicon.compile(listed, options), terms, policy)
    for path in paths or ("-",):
        for piece in pieces(path, form):
            for shown in run.hits(path, piece):
                click.echo(RENDERERS[output](shown))
    if output == "jsonl":
        click.echo(json.dumps(run.summary(), ensure_ascii=False, sort_keys=True))
    for text in run.notes():
        note(settings, text)
    ctx.exit(run.exit_code())


class _Run:
    """What was seen so far."""

    def __init__(self, lexicon: Lexicon, terms: Iterable[Word], policy: str) -> None:
        self.lexicon, self.terms, self.policy = lexicon, list(terms), policy
        self.texts = self.found = 0
        self.unread: list[str] = []

    def hits(self, path: str, lines: list[Line]) -> Iterator[Shown]:
        """The hits in some lines of ``path``, by the policy."""
        from content_audit.match.policy import POLICIES, uncovered

        self.unread += [f"{path}:{line.number}" for line in lines if line.text is None]
        known = [(line.number, line.text) for line in lines if line.text is not None]
        self.texts += len(known)
        raw = self.lexicon.scan([text for _, text in known])
        for hit in POLICIES[self.policy](uncovered(raw, lambda term: term < 0)):
            self.found += 1
            yield Shown(path, known[hit.text][0], known[hit.text][1], hit, self.terms[hit.term].text)

    def summary(self) -> dict[str, object]:
        """The last line of JSONL."""
        return {
            "type": "summary",
            "schema_version": 1,
            "texts": self.texts,
            "hits": self.found,
            "unread": len(self.unread),
            "terms": len(self.terms),
            "reason_code": self.reason(),
        }

    def notes(self) -> Iterator[Text]:
        """What is to be said besides the hits."""
        for place in self.unread[:_SHOWN_COMPLAINTS]:
            yield Text(f"{place}: 未检查：无法读取", f"{place}: not looked at: it cannot be read")
        if len(self.unread) > _SHOWN_COMPLAINTS:
            yield Text(f"未检查共 {len(self.unread)} 行", f"{len(self.unread)} lines not looked at in all")
        if not self.texts:
            yield Text("没有可检查的文本", "there was no text to look at")

    def reason(self) -> str:
        """The reason code of the run."""
        if self.unread or not self.texts:
            return "NOT_LOOKED" if not self.texts else "PARTLY_LOOKED"
        return "TERMS_FOUND" if self.found else "TERMS_NONE"

    def exit_code(self) -> int:
        """3 where something was not looked at, else 1 with hits."""
        if self.unread or not self.texts:
            return ExitCode.CANNOT_TELL
        return ExitCode.FINDINGS if self.found else ExitCode.OK


def _names(given: str, known: tuple[str, ...], option: str) -> set[str]:
    names = {name.strip() for name in given.split(",") if name.strip()}
    if not names <= set(known):
        odd = ", ".join(sorted(names - set(known)))
        raise UsageError(
            Text(f"{option} 不认识 {odd}", f"{option} does not know {odd}"),
            Text(f"可用：{','.join(known)}", f"known: {','.join(known)}"),
        )
    return names


def _words(settings: Settings, paths: tuple[Path, ...], *, allow_short: bool) -> tuple[Word, ...]:
    """The words of all lists. Raises InputError LEXICON_WRONG where one is wrong; each complaint is noted first."""
    from content_audit.match.wordlist import read_words

    lists = [read_words(_bytes(path), str(path), allow_short=allow_short) for path in paths]
    complaints = [item for one in lists for item in one.complaints]
    words = tuple(dict.fromkeys(word for one in lists for word in one.words))
    for item in complaints[:_SHOWN_COMPLAINTS]:
        note(settings, Text(item.shown("zh"), item.shown("en")))
    if complaints or not words:
        names = "、".join(map(str, paths))
        wrong = Text(f"词表 {names} 有 {len(complaints)} 处问题", f"{len(complaints)} complaints about {names}")
        empty = Text(f"词表 {names} 没有词条", f"no terms in {names}")
        hint = Text("按上面的行号改正", "mend the lines named above") if complaints else None
        raise InputError(wrong if complaints else empty, hint, reason_code="WORDS_WRONG")
    return words


def _bytes(path: Path) -> bytes:
    from content_audit.match.wordlist import LIMIT
    from zhongbao_core.errors import TrustError
    from zhongbao_core.safefile import read_bounded

    try:
        return read_bounded(str(path), limit=LIMIT, reason="INPUT_MISSING")
    except TrustError as error:
        raise InputError(error.message, error.hint, reason_code=error.reason_code, path=str(path)) from error


def _as_text(shown: Shown) -> str:
    """``path:line:column: words → what they read as (steps)``, safe for a terminal."""
    hit = shown.hit
    raw = escape(shown.text[hit.start : hit.end], "terminal")
    read = f" → {escape(hit.folded, 'terminal')}" if hit.steps else ""
    term = f" = {escape(shown.term, 'terminal')}" if shown.term != hit.folded else ""
    steps = f" ({', '.join(hit.steps)})" if hit.steps else ""
    return f"{escape(shown.path, 'terminal')}:{shown.line}:{hit.start + 1}: {raw}{read}{term}{steps}"


def _as_json(shown: Shown) -> str:
    hit = shown.hit
    body = {
        "type": "hit",
        "path": shown.path,
        "line": shown.line,
        "start": hit.start,
        "end": hit.end,
        "raw": shown.text[hit.start : hit.end],
        "folded": hit.folded,
        "steps": list(hit.steps),
        "term": shown.term,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


RENDERERS = {"text": _as_text, "jsonl": _as_json}
