"""How the release gate's decision is shown: to people and as data. ``RENDERERS`` maps the words of ``--format``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from content_audit.release.decide import Answer, Decision
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.text import NOTHING, Lang, Text, plain

EXIT = {Answer.ALLOW: ExitCode.OK, Answer.HOLD: ExitCode.FINDINGS, Answer.UNKNOWN: ExitCode.CANNOT_TELL}
SCHEMA_VERSION = 1
_UNTRUSTED = Text(
    "未经验证的演示：没有信任文件，任何人都能改动策略",
    "UNTRUSTED DEMO: no trust file, anybody may have edited the policy",
)
_REHEARSAL = Text("演练：不对真实发布作数", "REHEARSAL: not for real posts")


def exit_code(decision: Decision) -> ExitCode:
    """0 may go out, 1 held, 3 cannot tell."""
    return EXIT[decision.answer]


def text(decision: Decision, lang: Lang, zone_name: str) -> str:
    """For people: the answer, every rule that spoke, what is missing, what to do."""
    return "\n".join(plain(line) for line in _lines(decision, lang, zone_name)) + "\n"


def _lines(decision: Decision, lang: Lang, zone_name: str) -> Iterator[str]:
    if decision.untrusted:
        yield _UNTRUSTED.pick(lang)
    if decision.rehearsal:
        yield _REHEARSAL.pick(lang)
    level = _level(decision).pick(lang) + (f"（{decision.label}）" if decision.label else "")
    when = show(decision.publish_at, zone(zone_name))
    yield f"{decision.answer.text.pick(lang)} [{decision.reason_code}]  {decision.submission}  {level}  {when}"
    for item in decision.said:
        mark = "✗" if item.holds else "✓"
        yield f"  {mark} {item.text.pick(lang)} [{item.code}]"
    if decision.next_step != NOTHING:
        yield Text("下一步：", "next: ").pick(lang) + decision.next_step.pick(lang)


def _level(decision: Decision) -> Text:
    return decision.level.text if decision.level_known else Text("级别未知", "level unknown")


def as_json(decision: Decision) -> dict[str, Any]:
    """The decision as data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": decision.answer.value,
        "reason_code": decision.reason_code,
        "exit_code": int(exit_code(decision)),
        "publish_at": iso(decision.publish_at),
        "level": {
            "id": decision.level.id if decision.level_known else "unknown",
            "label": decision.label,
            "name": _level(decision).as_json(),
        },
        "post": decision.submission,
        "revision": decision.revision,
        "content": decision.content,
        "said": [
            {"code": item.code, "holds": item.holds, "text": item.text.as_json(), "step": item.step.as_json()}
            for item in decision.said
        ],
        "missing": [
            {"rank": gap.rank, "count": gap.count, "assurance": list(gap.assurance), "role": gap.role}
            for gap in decision.missing
        ],
        "next_step": decision.next_step.as_json(),
        "manifest": decision.manifest,
        "untrusted": decision.untrusted,
        "rehearsal": decision.rehearsal,
    }


def _json(decision: Decision, lang: Lang, zone_name: str) -> str:
    return json.dumps(as_json(decision), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


RENDERERS: Mapping[str, Callable[[Decision, Lang, str], str]] = {"text": text, "json": _json}
