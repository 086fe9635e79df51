"""Proposed covering phrases as a diff of rule files: the company's copy in ``content/rules``, with a longer ``except``."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence

_FLOW = re.compile(r"^except: *\[(.*)\] *$", re.MULTILINE)
_BLOCK = re.compile(r"^except:[^\S\n]*\n((?:[ ]*- .*\n)*)", re.MULTILINE)
_NEXT = re.compile(r"^(?:exempt|cases):", re.MULTILINE)


def with_except(text: str, phrases: Sequence[str]) -> str:
    """A rule file's ``text`` with ``phrases`` added to its ``except``."""
    flow, block = _FLOW.search(text), _BLOCK.search(text)
    quoted = [json.dumps(phrase, ensure_ascii=False) for phrase in phrases]
    if flow:
        inside = ", ".join([item for item in (flow[1].strip(),) if item] + quoted)
        return f"{text[: flow.start()]}except: [{inside}]{text[flow.end() :]}"
    if block:
        lines = "".join(f"  - {phrase}\n" for phrase in quoted)
        return f"{text[: block.end()]}{lines}{text[block.end() :]}"
    at = found.start() if (found := _NEXT.search(text)) else len(text)
    return f"{text[:at]}except: [{', '.join(quoted)}]\n{text[at:]}"


def diff_of(rule_id: str, file: str, text: str, phrases: Sequence[str]) -> Iterator[str]:
    """Lines of a unified diff from ``file`` to the company's own ``content/rules/<ID>.yaml``."""
    changed = with_except(text, phrases)
    return difflib.unified_diff(
        text.splitlines(), changed.splitlines(), file, f"content/rules/{rule_id}.yaml", lineterm="", n=1
    )
