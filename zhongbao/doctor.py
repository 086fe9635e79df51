"""``zhongbao doctor``: is this machine fit to hold a freeze? Every check says what it looked at and what to do.

Exit 0 where nothing failed (warnings included), 1 where something failed, 3 where something could not be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from zhongbao.doctor_checks import MACHINE, Case, Check, State
from zhongbao.doctor_policy import POLICY
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import iso, now, parse_instant
from zhongbao_core.errors import ExitCode, ZhongbaoError
from zhongbao_core.text import Text, pad, plain

WORDS: dict[State, Text] = {
    "ok": Text("正常", "ok"),
    "warn": Text("注意", "warn"),
    "fail": Text("不合格", "fail"),
    "unknown": Text("未检查", "unknown"),
}


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--at", "at_text", help="Judge validity as of this instant (a what-if; the clock check uses the clock).")
@pass_settings
@click.pass_context
def doctor(ctx: click.Context, settings: Settings, form: str, at_text: str | None) -> None:
    """Check clock, zone data, Python, trust file, manifest, keys, holidays and ledger on this machine."""
    clock = now()
    case = Case(settings, at=parse_instant(at_text) if at_text else clock, clock=clock, what_if=bool(at_text))
    checks = examine(case, (*MACHINE, *POLICY))
    click.echo(plain(RENDERERS[form](settings, case, checks), newlines=True))
    ctx.exit(code_of(checks))


def examine(case: Case, tests: Sequence[Callable[[Case], Check]]) -> list[Check]:
    """Every check, in order; one that cannot be made says so and does not stop the others."""
    return [_tried(case, test) for test in tests]


def code_of(checks: Sequence[Check]) -> ExitCode:
    """3 where something could not be looked at, else 1 where something failed, else 0."""
    states = {check.state for check in checks}
    if "unknown" in states:
        return ExitCode.CANNOT_TELL
    return ExitCode.FINDINGS if "fail" in states else ExitCode.OK


def _tried(case: Case, test: Callable[[Case], Check]) -> Check:
    try:
        return test(case)
    except ZhongbaoError as error:
        name = test.__name__.replace("_", "-")
        hint = error.hint or Text("见 docs/trust.md", "see docs/trust.md")
        return Check(name, "unknown", error.message, hint)


def _text(settings: Settings, case: Case, checks: Sequence[Check]) -> str:
    lines = []
    for check in checks:
        mark = pad(settings.say(WORDS[check.state]), 8)
        lines.append(f"{mark}{pad(check.id, 14)}{settings.say(check.said)}")
        if check.state != "ok" and any(check.fix):
            lines.append(f"{' ' * 22}→ {settings.say(check.fix)}")
    if case.what_if:
        lines.append(settings.say(Text(f"（按 {iso(case.at)} 推算）", f"(as of {iso(case.at)})")))
    return "\n".join(lines)


def _json(settings: Settings, case: Case, checks: Sequence[Check]) -> str:
    body: dict[str, Any] = {
        "schema_version": 1,
        "reason_code": {0: "FIT", 1: "UNFIT", 3: "CANNOT_TELL"}[int(code_of(checks))],
        "at": iso(case.at),
        "checks": [
            {"id": check.id, "state": check.state, "said": check.said.as_json(), "fix": check.fix.as_json()}
            for check in checks
        ],
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, indent=2)


RENDERERS: dict[str, Callable[[Settings, Case, Sequence[Check]], str]] = {"text": _text, "json": _json}
