"""From rules to the compiled content policy. The same rules, engine and libraries give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from content_audit.audit.codec import rule_to_json
from content_audit.audit.compiled import packed
from content_audit.audit.index import Sought, index_of
from content_audit.audit.keys import keys_of
from content_audit.audit.rule import RuleBook
from content_audit.match.lexicon import Lexicon, Term
from content_audit.match.table import OPTIONS, FoldTable

READ = frozenset({"width", "case", "traditional", "hidden"})
"""How passages are read by patterns, exemptions and facts: figures and signs stay as they are written."""


def compile_book(book: RuleBook) -> bytes:
    """The compiled form of ``book``."""
    index = index_of(book.rules, keys_of, book.disguised, book.sounded)
    points, targets, several = FoldTable.made(READ).to_parts()
    sections = {
        **index.to_sections(),
        "rules": b"\n".join(_json(rule_to_json(rule)) for rule in book.rules),
        "fold.points": points,
        "fold.targets": targets,
        "fold.several": several,
        "lexicon": lexicon_of(index.words).to_bytes(),
    }
    about = {
        "rules": len(book.rules),
        "digest": book.digest,
        "packs": sorted({rule.pack for rule in book.rules if rule.pack}),
        "disabled": sorted(item.id for item in book.disabled),
    }
    return packed(about, sections)


def lexicon_of(words: Sequence[Sought]) -> Lexicon:
    """The lexicon of an index's words, each numbered by its place."""
    terms = [Term(word.text, number, word.variants) for number, word in enumerate(words)]
    return Lexicon.compile(terms, OPTIONS)


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
