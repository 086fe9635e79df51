"""A complaint about a file somebody wrote: where, what is wrong, and how to put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from zhongbao_core.text import Lang, Text, plain

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong. ``line`` and ``column`` count from 1, in code points; 0 where the whole file is meant."""

    file: str
    line: int
    column: int
    code: str
    text: Text
    fix: Text
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """``file:line:column``, as editors jump to; the file alone where no line is meant."""
        shown = plain(self.file)
        return f"{shown}:{self.line}:{self.column}" if self.line else shown

    def shown(self, lang: Lang) -> str:
        """``file:line:column: what; fix``, safe to print."""
        stop = {"zh": "；", "en": "; "}[lang]
        return f"{self.place}: {plain(self.text.pick(lang))}{stop}{plain(self.fix.pick(lang))}"

    def as_json(self) -> dict[str, Any]:
        """The complaint as JSON answers carry it."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "text": self.text.as_json(),
            "fix": self.fix.as_json(),
        }


def in_order(complaints: Iterable[Complaint]) -> tuple[Complaint, ...]:
    """``complaints`` without repetitions, by file, place and code."""
    return tuple(sorted(set(complaints), key=lambda item: (item.file, item.line, item.column, item.code, item.text)))


def errors_in(complaints: Iterable[Complaint]) -> tuple[Complaint, ...]:
    """Those that make the policy unusable."""
    return tuple(item for item in complaints if item.severity == "error")
