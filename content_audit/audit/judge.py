"""One possible hit judged: the questions a rule asks of it, in the order of the law, and the answer to each.

First whether the rule speaks of this kind of post, channel and passage at all; then whether the words are really what
was looked for (covering phrases, checker, borders, other words near or missing); last the exemptions, each with what it
saw. The first that lets the hit fall decides, all that was asked is kept.
"""

from __future__ import annotations

from typing import NamedTuple

from content_audit.audit import exemptions
from content_audit.audit.checks import CHECKS
from content_audit.audit.context import Context
from content_audit.audit.exemptions import Spot
from content_audit.audit.finder import Finder, anywhere, nearest
from content_audit.audit.reading import Span
from content_audit.audit.rule import Match, Rule, Words
from content_audit.audit.scanner import Fold
from content_audit.audit.segment import Segmenter, stands_alone
from content_audit.model import Role, Tested

SOUNDS = frozenset({"homophone", "lookalike"})
"""Ways of writing that plain words fall into by chance: 国家级品质 holds 级品, which sounds like 极品. Such words must not
run across the borders of others.
"""


class Judged(NamedTuple):
    """What became of a possible hit. ``fell`` says by what, empty where it stands: ``when:!news``, ``except:最佳实践``,
    ``beside``, ``none:…``, ``check``, ``border``, ``exempt:goal``, ``channel``, ``role``, ``span``.
    """

    rule: Rule
    spot: Spot
    fell: str
    tested: tuple[Tested, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it is a hit."""
        return not self.fell


class Tools:
    """What judging needs besides rule and post; what it makes of rules is kept."""

    def __init__(self, fold: Fold, segmenter: Segmenter) -> None:
        self.fold = fold
        self.segmenter = segmenter
        self._finders: dict[Words, Finder] = {}
        self._covers: dict[str, tuple[str, ...]] = {}

    def finder(self, words: Words) -> Finder:
        """The finder of ``words``."""
        if words not in self._finders:
            self._finders[words] = Finder(words, self.fold)
        return self._finders[words]

    def covers(self, rule: Rule) -> tuple[str, ...]:
        """The covering phrases of ``rule``, folded."""
        if rule.id not in self._covers:
            self._covers[rule.id] = tuple(self.fold(phrase).text for phrase in rule.except_)
        return self._covers[rule.id]


def judge(rule: Rule, match: Match, spot: Spot, context: Context, tools: Tools) -> Judged:
    """What ``rule`` makes of the words at ``spot``."""
    fell = applies(rule, spot.reading.role, context) or _covered(rule, spot, tools) or _really(match, spot, tools)
    if fell:
        return Judged(rule, spot, fell)
    if match.beside:
        wider = _beside(match, spot, context, tools)
        if wider is None:
            return Judged(rule, spot, "beside")
        spot = wider
    absent = _present(match, spot, context, tools)
    if absent:
        return Judged(rule, spot, f"none:{absent}")
    return settle(rule, spot, context)


def dismissed(rule: Rule, match: Match, spot: Spot, context: Context, tools: Tools) -> bool:
    """Whether the words around ``spot`` alone let it fall, so that the facts of the post need not be asked."""
    if bars(rule, spot.reading.role, context) or _covered(rule, spot, tools) or _unlike(match, spot):
        return True
    if match.beside and _beside(match, spot, context, tools) is None:
        return True
    return bool(_present(match, spot, context, tools))


def settle(rule: Rule, spot: Spot, context: Context) -> Judged:
    """Test every exemption of ``rule``; the first that holds lets the hit fall."""
    tested = []
    for name in rule.exempt:
        tested.append(exemptions.ask(name, spot, context))
        if tested[-1].held:
            return Judged(rule, spot, f"exempt:{name}", tuple(tested))
    return Judged(rule, spot, "", tuple(tested))


def applies(rule: Rule, role: Role, context: Context) -> str:
    """Why ``rule`` does not speak of such a post or passage; empty where it does."""
    fell = bars(rule, role, context)
    if fell:
        return fell
    missing = context.miss(rule.when)
    return f"when:{missing}" if missing else ""


def bars(rule: Rule, role: Role, context: Context) -> str:
    """The same without the facts of the post, which cost more."""
    if rule.span is not None and context.at is not None and not rule.span.contains(context.at):
        return "span"
    if rule.channels and context.post.channel not in rule.channels:
        return "channel"
    return "role" if rule.roles and role not in rule.roles else ""


def _covered(rule: Rule, spot: Spot, tools: Tools) -> str:
    text, at = spot.reading.text, spot.anchor
    for word in tools.covers(rule):
        if text.find(word, max(0, at.end - len(word)), at.start + len(word)) >= 0 and len(word) >= at.end - at.start:
            return f"except:{word}"
    return ""


def _really(match: Match, spot: Spot, tools: Tools) -> str:
    if _unlike(match, spot):
        return "check"
    alone = match.border or not SOUNDS.isdisjoint(spot.steps)
    if alone and not stands_alone(spot.reading.text, spot.anchor, tools.segmenter):
        return "border"
    return ""


def _unlike(match: Match, spot: Spot) -> bool:
    """Whether the checker says that the words are not what they look like."""
    return bool(match.check) and (_in_figures(spot) or not CHECKS[match.check](spot.words))


def _in_figures(spot: Spot) -> bool:
    """Whether the words are a piece out of a longer row of figures."""
    text, at = spot.reading.text, spot.anchor
    edges = (text[max(0, at.start - 1) : at.start + 1], text[at.end - 1 : at.end + 1])
    return any(len(edge) == 2 and edge.isascii() and edge.isdigit() for edge in edges)


def _beside(match: Match, spot: Spot, context: Context, tools: Tools) -> Spot | None:
    """The spot where the other words are there too; widened over both where they must be within some characters."""
    finder, text = tools.finder(match.beside), spot.reading.text
    if match.same == "post" and not match.within:
        return spot if finder.first(context.text) or finder.first(text) else None
    stretch = spot.reading.sentence(spot.anchor) if match.same == "sentence" else Span(0, len(text))
    if not match.within:
        return spot if anywhere(finder, text, spot.anchor, stretch, ordered=match.ordered) else None
    found = nearest(finder, text, spot.anchor, stretch, match.within, ordered=match.ordered)
    if found is None:
        return None
    both = Span(min(found.start, spot.anchor.start), max(found.end, spot.anchor.end))
    return Spot(spot.reading, spot.anchor, both, spot.steps)


def _present(match: Match, spot: Spot, context: Context, tools: Tools) -> str:
    """The words that should be absent and are there; empty where none is."""
    if not match.none:
        return ""
    finder = tools.finder(match.none)
    if match.same == "post":
        return finder.first(context.text) or finder.first(spot.reading.text)
    if match.same == "passage" and not match.within:
        return finder.first(spot.reading.text)
    return finder.first(spot.sentence)
