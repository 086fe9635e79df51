"""How a Decision is shown: to people, to machines, to CI. Everything from outside is neutralised for its sink here.

``RENDERERS`` maps the words of ``--format`` to functions ``(decision, lang) -> str``. Same decision, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from freeze.model import KINDS, Decision, Question, RuleTrace, Verdict
from zhongbao_core.clock import iso, show, show_duration, zone
from zhongbao_core.errors import ExitCode
from zhongbao_core.event import Level
from zhongbao_core.text import NOTHING, Lang, Text, escape, plain

SCHEMA_VERSION = 1

Renderer = Callable[[Decision, Lang], str]

EXIT = {Verdict.ALLOW: ExitCode.OK, Verdict.HOLD: ExitCode.FINDINGS, Verdict.UNKNOWN: ExitCode.CANNOT_TELL}
"""The exit code of a door by verdict."""

_UNTRUSTED = Text(
    "未经验证的演示：没有信任文件，任何人都能改动策略",
    "UNTRUSTED DEMO: no trust file, anybody may have edited the policy",
)
_REHEARSAL = Text("演练：不对真实变更作数", "REHEARSAL: not for real changes")
_NOBODY = Text("无", "none")
_UNKNOWN = Text("级别未知", "level unknown")


def exit_code(decision: Decision) -> int:
    """0 allowed, 1 held, 3 cannot tell."""
    return int(EXIT[decision.verdict])


def text(decision: Decision, lang: Lang) -> str:
    """For people: verdict and why, the rules with owner and end, what is missing, when it opens, what to do."""
    return "\n".join(plain(line) for line in _lines(decision, lang)) + "\n"


def as_json(decision: Decision) -> dict[str, Any]:
    """The decision as data; ``docs/schema/decision.json`` describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": decision.verdict.value,
        "reason_code": decision.reason_code,
        "exit_code": exit_code(decision),
        "at": iso(decision.at),
        "question": question_json(decision.question),
        "level": _level_json(decision),
        "message": decision.message.as_json(),
        "next_step": decision.next_step.as_json(),
        "rules": [item.as_json() for item in decision.rules],
        "missing": [item.as_json() for item in decision.missing],
        "ends": _iso(decision.ends),
        "ends_known": decision.ends_known,
        "next_opening": _iso(decision.next_opening),
        "opening_note": decision.opening_note.as_json(),
        "permit": decision.permit,
        "use": decision.use,
        "observed": decision.observed,
        "event": decision.event,
        "manifest": decision.manifest,
        "zone_data": decision.zone_data,
        "zone": decision.zone,
        "untrusted": decision.untrusted,
        "rehearsal": decision.rehearsal,
    }


def _level_json(decision: Decision) -> dict[str, Any]:
    if not decision.level_known:
        return {"id": "unknown", "label": "", "name": _UNKNOWN.as_json()}
    return {"id": decision.level.id, "label": decision.label, "name": decision.level.text.as_json()}


def question_json(question: Question) -> dict[str, Any]:
    """The question as data: what receipts, ledger and JSON answers carry."""
    return {
        "targets": [{"environment": item.environment, "system": item.system} for item in question.targets],
        "kind": question.kind,
        "change_class": question.change_class,
        "labels": dict(question.labels),
        "duration_seconds": int(question.duration.total_seconds()),
        "binds": dict(question.binds),
        "door": question.door,
        "actor": question.actor,
        "step": question.step,
        "started": _iso(question.started),
        "restores": question.restores,
    }


def json_text(decision: Decision, lang: Lang) -> str:
    """For machines. Hidden and direction characters stand as ``\\uXXXX``, which JSON reads back as they were."""
    from json import dumps

    return plain(dumps(as_json(decision), ensure_ascii=False, sort_keys=True, indent=2), newlines=True) + "\n"


def junit(decision: Decision, lang: Lang) -> str:
    """JUnit XML: a test case for each target; held is a failure, cannot tell an error."""
    cases = decision.question.targets or (None,)
    failed = decision.verdict is Verdict.HOLD
    broken = decision.verdict is Verdict.UNKNOWN
    head = (
        f'<testsuite name="zhongbao freeze gate" tests="{len(cases)}" failures="{len(cases) if failed else 0}" '
        f'errors="{len(cases) if broken else 0}" skipped="0" timestamp="{iso(decision.at)}">'
    )
    body = "".join(_case(decision, str(item) if item else "-", lang) for item in cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{head}\n{body}</testsuite>\n</testsuites>\n'


def github(decision: Decision, lang: Lang) -> str:
    """For GitHub Actions: one workflow command, then the text; nothing from outside can become a command."""
    word = {Verdict.ALLOW: "warning" if decision.observed else "notice"}.get(decision.verdict, "error")
    title = escape(f"zhongbao {decision.verdict.text.pick(lang)} {decision.reason_code}", "github")
    message = _no_commands(plain(decision.message.pick(lang)).replace("%", "%25"))
    return f"::{word} title={title}::{message}\n" + _no_commands(text(decision, lang))


def _no_commands(shown: str) -> str:
    """Both spellings of a workflow command taken apart."""
    return shown.replace("##[", "## [").replace("::", ": :")


def github_summary(decision: Decision, lang: Lang) -> str:
    """Markdown for the job summary page."""
    rows = "".join(
        f"| {escape(label, 'markdown')} | {escape(value, 'markdown')} |\n" for label, value in _rows(decision, lang)
    )
    title = escape(f"{decision.verdict.text.pick(lang)} {_level(decision, lang)}", "markdown")
    head = {"zh": "| 项 | 内容 |", "en": "| item | what |"}[lang]
    return f"### zhongbao: {title}\n\n{head}\n| --- | --- |\n{rows}\n"


def gitlab(decision: Decision, lang: Lang) -> str:
    """Lines for a GitLab dotenv report: codes, ids and instants only, so nothing can break out of its line."""
    values = {
        "VERDICT": decision.verdict.value,
        "REASON_CODE": decision.reason_code,
        "EXIT_CODE": str(exit_code(decision)),
        "LEVEL": decision.level.id if decision.level_known else "unknown",
        "ENDS": _iso(decision.ends) or ("" if decision.ends_known else "open"),
        "NEXT_OPENING": _iso(decision.next_opening) or "",
        "PERMIT": decision.permit,
        "USE": decision.use,
        "OBSERVED": str(decision.observed).lower(),
        "REHEARSAL": str(decision.rehearsal).lower(),
        "UNTRUSTED": str(decision.untrusted).lower(),
        "MANIFEST": decision.manifest,
    }
    return "".join(f"ZHONGBAO_{name}={_word(value)}\n" for name, value in values.items())


RENDERERS: Mapping[str, Renderer] = {
    "text": text,
    "json": json_text,
    "junit": junit,
    "github": github,
    "gitlab": gitlab,
}
"""Renderer by the word of ``--format``."""


def _lines(decision: Decision, lang: Lang) -> Iterator[str]:
    yield f"{decision.verdict.text.pick(lang)} [{decision.reason_code}] {_level(decision, lang)}"
    for label, value in _rows(decision, lang):
        yield f"  {label}{value}" if lang == "zh" else f"  {label:<9}{value}"


def _rows(decision: Decision, lang: Lang) -> Iterator[tuple[str, str]]:
    """Label and value of each line under the verdict; a Chinese label ends in its colon."""
    for warning, wanted in ((_UNTRUSTED, decision.untrusted), (_REHEARSAL, decision.rehearsal)):
        if wanted:
            yield _label(lang, "注意", "note"), warning.pick(lang)
    yield _label(lang, "问题", "asked"), _asked(decision.question, lang)
    yield _label(lang, "原因", "why"), decision.message.pick(lang)
    for rule in decision.rules:
        yield _label(lang, "规则", "rule"), _rule(decision, rule, lang)
    for item in decision.missing:
        yield _label(lang, "缺少", "missing"), item.pick(lang)
    if decision.permit:
        yield _label(lang, "单号", "permit"), decision.permit + _use(decision, lang)
    yield from _times(decision, lang)
    if decision.next_step != NOTHING:
        yield _label(lang, "处理", "do"), decision.next_step.pick(lang)
    yield _label(lang, "依据", "basis"), _basis(decision, lang)


def _label(lang: Lang, zh: str, en: str) -> str:
    return f"{zh}：" if lang == "zh" else en


def _level(decision: Decision, lang: Lang) -> str:
    if not decision.level_known:
        return _UNKNOWN.pick(lang)
    name = decision.level.text.pick(lang)
    if not decision.label:
        return name
    return f"{name}（{decision.label}）" if lang == "zh" else f"{name} ({decision.label})"


def _asked(question: Question, lang: Lang) -> str:
    kind = KINDS[question.kind].pick(lang) if question.kind in KINDS else question.kind
    where = ", ".join(str(item) for item in question.targets[:5]) or _NOBODY.pick(lang)
    more = f" (+{len(question.targets) - 5})" if len(question.targets) > 5 else ""
    length = f" {show_duration(question.duration)}" if question.duration else ""
    return f"{kind} {where}{more}{length}"


def _rule(decision: Decision, rule: RuleTrace, lang: Lang) -> str:
    parts = [f"{rule.id} {rule.said.pick(lang)}".strip()]
    if rule.level is not Level.NONE:
        parts.append(rule.level.text.pick(lang))
    if rule.owner:
        parts.append(("责任 " if lang == "zh" else "owner ") + rule.owner)
    if rule.until is not None:
        parts.append(("至 " if lang == "zh" else "until ") + _show(decision, rule.until))
    elif rule.kind in ("phase", "window"):
        parts.append(Text("结束时间未定", "end unknown").pick(lang))
    if rule.source:
        parts.append(rule.source)
    return " · ".join(parts)


def _use(decision: Decision, lang: Lang) -> str:
    words = {
        "checked": Text("（一次性已核对）", " (one use: checked)"),
        "unchecked": Text("（一次性未核对）", " (one use: unchecked)"),
    }
    return words[decision.use].pick(lang) if decision.use else ""


def _times(decision: Decision, lang: Lang) -> Iterator[tuple[str, str]]:
    held = decision.verdict is Verdict.HOLD or decision.observed
    if held and decision.level is not Level.NONE:
        unknown = Text("未知，直到签署解除", "unknown, until a signed lift").pick(lang)
        yield _label(lang, "结束", "ends"), _show(decision, decision.ends) if decision.ends else unknown
    if decision.next_opening is not None:
        note = f" {decision.opening_note.pick(lang)}".rstrip()
        yield _label(lang, "开放", "opens"), _show(decision, decision.next_opening) + note
    elif decision.opening_note != NOTHING:
        yield _label(lang, "开放", "opens"), decision.opening_note.pick(lang)


def _basis(decision: Decision, lang: Lang) -> str:
    none = Text("无策略清单", "no manifest").pick(lang)
    manifest = decision.manifest[:24] + "…" if len(decision.manifest) > 24 else decision.manifest or none
    words = Text("策略清单 {} · 时区数据 {} · 判定于 {}", "manifest {} · zone data {} · judged at {}")
    return words.pick(lang).format(manifest, decision.zone_data, _show(decision, decision.at))


def _show(decision: Decision, at: datetime) -> str:
    return show(at, zone(decision.zone)) if decision.zone else iso(at)


def _case(decision: Decision, name: str, lang: Lang) -> str:
    head = f'<testcase classname="zhongbao.freeze.gate" name="{escape(name, "xml")}" time="0">'
    body = "\n".join(escape(line, "xml") for line in _lines(decision, lang))
    if decision.verdict is Verdict.ALLOW:
        return f"{head}\n<system-out>{body}</system-out>\n</testcase>\n"
    tag = "failure" if decision.verdict is Verdict.HOLD else "error"
    message = escape(decision.message.pick(lang), "xml")
    return (
        f'{head}\n<{tag} type="{escape(decision.reason_code, "xml")}" message="{message}">{body}</{tag}>\n</testcase>\n'
    )


def _word(value: str) -> str:
    """Only letters, digits and ``-_.:+`` stay; anything else becomes ``_``."""
    return "".join(char if (char.isascii() and char.isalnum()) or char in "-_.:+" else "_" for char in value)


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None
