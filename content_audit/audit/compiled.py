"""The compiled content policy (``zhongbao-content-rules/1``): all that an auditor needs, as one file of bytes.

A line that names the format, a JSON line with the lengths of the sections and the SHA-256 over them, then the sections:
the index, one rule a line, the table passages are read with, the lexicon. Nothing in it is code. Opening one makes no
rule: each is made when something it looks for is found. ``authoring.compile`` writes it; the same rules and engine give
the same bytes. Stands on a gate's path: no YAML, no pydantic, no numpy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from content_audit.audit.audit import Auditor
from content_audit.audit.codec import rule_from_json
from content_audit.audit.context_words import stamp
from content_audit.audit.index import Index
from content_audit.match.fold import Folded, fold, fold_all
from content_audit.match.lexicon import Lexicon
from content_audit.match.table import FoldTable
from zhongbao_core.errors import CannotTellError
from zhongbao_core.event import Level
from zhongbao_core.sha import sha256
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from content_audit.audit.registers import Registers
    from content_audit.audit.rule import Rule
    from content_audit.audit.segment import Segmenter

FORMAT = "zhongbao-content-rules/1"
ENGINE = 4
"""Raised whenever the same rules would compile to other bytes, or the same bytes be judged otherwise."""
_HEAD_LIMIT = 1 << 20


class ContentPolicyError(CannotTellError):
    """A compiled content policy that cannot be used: another format or engine, cut off, or changed."""

    reason_code = "CONTENT_POLICY_INVALID"


class About(NamedTuple):
    """What a compiled policy was made of."""

    rules: int
    digest: str
    packs: tuple[str, ...]
    disabled: tuple[str, ...]


class Compiled:
    """A compiled content policy, opened. It never changes and may serve many auditors."""

    def __init__(self, data: bytes) -> None:
        """The policy in ``data``. Raises ContentPolicyError or LexiconError where it is none of this engine."""
        head, sections = _cut(data)
        try:
            self.about = About(head["rules"], head["digest"], tuple(head["packs"]), tuple(head["disabled"]))
            self.index = Index.from_sections(sections)
            self.rules = Rules(sections["rules"].split(b"\n"))
            parts = (sections["fold.points"], sections["fold.targets"], sections["fold.several"])
            self._table = FoldTable.from_parts((), parts)
        except (KeyError, ValueError, TypeError) as error:
            raise _refused("内容策略编译文件内容不一致", "the parts of the compiled policy do not fit") from error
        self.lexicon = Lexicon.from_bytes(sections["lexicon"], checked=True)

    def fold(self, text: str) -> Folded:
        """``text`` as patterns, exemptions and facts read it."""
        return fold(text, self._table)

    def fold_all(self, texts: Sequence[str]) -> Sequence[Folded]:
        """The same of many texts."""
        return fold_all(texts, self._table)

    def auditor(
        self,
        *,
        registers: Registers | None = None,
        level: Level = Level.NONE,
        at: datetime | None = None,
        segmenter: Segmenter | None = None,
    ) -> Auditor:
        """An auditor by this policy."""
        return Auditor(
            self.rules,
            self.index,
            self.lexicon,
            self.fold,
            fold_all=self.fold_all,
            many=self.lexicon,
            disabled=self.about.disabled,
            registers=registers,
            level=level,
            at=at,
            segmenter=segmenter,
        )


class Rules(Sequence["Rule"]):
    """Rules by number, each made of its line when it is first asked for."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines if lines != [b""] else []
        self._made: dict[int, Rule] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, number: int) -> Rule: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Rule]: ...
    def __getitem__(self, number: int | slice) -> Rule | Sequence[Rule]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        if number not in self._made:
            self._made[number] = rule_from_json(json.loads(self._lines[number]))
        return self._made[number]

    def __iter__(self) -> Iterator[Rule]:
        return (self[number] for number in range(len(self)))


def packed(about: Mapping[str, Any], sections: Mapping[str, bytes]) -> bytes:
    """The file of ``sections``; ``about`` stands in its JSON line."""
    body = b"".join(sections.values())
    head = {
        **about,
        "engine": ENGINE,
        "lists": stamp(),
        "sha256": sha256(body).hexdigest(),
        "sections": {name: len(part) for name, part in sections.items()},
    }
    line = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return FORMAT.encode() + b"\n" + line + b"\n" + body


def _cut(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    name, _, rest = data[:_HEAD_LIMIT].partition(b"\n")
    line, _, _ = rest.partition(b"\n")
    if name != FORMAT.encode():
        raise _refused("不是本版本的内容策略编译文件", f"not a {FORMAT} file")
    try:
        head: dict[str, Any] = json.loads(line)
        lengths = {str(key): int(value) for key, value in head["sections"].items()}
        engine, lists, digest = head["engine"], head["lists"], head["sha256"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _refused("内容策略编译文件头已损坏", "the head of the compiled policy is damaged") from error
    body = memoryview(data)[len(name) + len(line) + 2 :]
    if engine != ENGINE or lists != stamp():
        raise _refused("内容策略由其他版本编译", "the policy was compiled by another version")
    if sum(lengths.values()) != len(body) or sha256(body).hexdigest() != digest:
        raise _refused("内容策略编译文件不完整或被改动", "the compiled policy is cut off or was changed")
    parts, start = {}, 0
    for key, length in lengths.items():
        parts[key] = bytes(body[start : start + length])
        start += length
    return head, parts


def _refused(zh: str, en: str) -> ContentPolicyError:
    return ContentPolicyError(Text(zh, en), Text("zhongbao compile 重新编译", "compile it again: zhongbao compile"))
