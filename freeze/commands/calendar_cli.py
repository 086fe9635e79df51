"""``freeze at``, ``freeze next`` and ``freeze calendar``: they only look, and open no door."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from freeze.model import CLASSES, KINDS, System
from freeze.policy import Policy
from zhongbao_core.approval.subject import Target
from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import now, parse_duration, parse_instant, zone
from zhongbao_core.errors import ExitCode, UsageError
from zhongbao_core.event import Event
from zhongbao_core.text import Text, plain

_DEFAULT_VIEW = timedelta(days=30)
_LONGEST_VIEW = timedelta(days=800)


def _change_options(command: Any) -> Any:
    """The options that say which change is meant."""
    for option in (
        click.option(
            "--class", "change_class", type=click.Choice(list(CLASSES)), default="normal", help="Change class."
        ),
        click.option("--duration", default="0s", help="Whole length, e.g. 2h."),
        click.option("--kind", type=click.Choice(list(KINDS)), default="release", help="Change kind."),
        click.option("--environment", default="", help="Environment; the first one registered if not given."),
    ):
        command = option(command)
    return command


@click.command("at")
@click.argument("instant")
@click.option("--system", default="", help="System id; without it every window counts.")
@_change_options
@click.option("--windows", type=click.Path(path_type=Path), help="Answer for this file of windows alone.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def at(ctx: click.Context, /, instant: str, system: str, form: str, windows: Path | None, **change: str) -> None:
    """What holds at INSTANT (2026-11-20T08:00+08:00; without an offset the company's time; "now").

    Exit code: 0 free, 1 held or only with a permit, 3 cannot tell.
    """
    from freeze.show.answers import at_json, at_text

    settings = ctx.find_object(Settings) or Settings()
    answer = _answer(settings, instant, system, windows, change)
    click.echo((at_json if form == "json" else at_text)(answer, settings.lang))
    ctx.exit(ExitCode.FINDINGS if answer.held else ExitCode.OK)


@click.command("next")
@click.option("--system", required=True, help="System id.")
@_change_options
@click.option("--at", "instant", default="", help="From when on; now if not given.")
@click.option("--free", is_flag=True, help="Only openings that need no permit.")
@click.option("--spread", default="0s", help="In waves: this system's own start within it.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def next_(ctx: click.Context, /, system: str, instant: str, free: bool, spread: str, form: str, **change: str) -> None:
    """The next opening for a system: the first instant a change of that length may start.

    Exit code: 0 there is one, 1 there is none, 3 cannot tell.
    """
    import json

    from freeze.calendar.opening import Opening, next_opening
    from freeze.calendar.waves import wave_of
    from freeze.entry.what_if import what_if_policy
    from freeze.show.answers import opening_json, opening_text

    settings = ctx.find_object(Settings) or Settings()
    policy = what_if_policy(settings).policy

    def opening(start: datetime) -> Opening:
        target = _target(policy, system, change["environment"])
        kind, word, length = change["kind"], change["change_class"], parse_duration(change["duration"])
        return next_opening(policy, (target,), kind, word, {}, length, start, free_only=free)

    found, wave = opening(_instant(instant or "now", policy.zone)), wave_of(system, parse_duration(spread))
    if found.at is not None and wave:
        found = opening(found.at + wave)
    reason = "OPENING_FOUND" if found.at is not None else "OPENING_NONE"
    shown = opening_json(found) | {"schema_version": 1, "system": system, "reason_code": reason}
    as_json = json.dumps(shown, ensure_ascii=False, indent=2, sort_keys=True)
    click.echo(as_json if form == "json" else opening_text(found, policy.zone, settings.lang))
    ctx.exit(ExitCode.OK if found.at is not None else ExitCode.FINDINGS)


@click.command("calendar")
@click.option("--from", "start", default="", help="Start, a date or an instant; the event's start or now.")
@click.option("--to", "end", default="", help="End (not included); the event's end or 30 days on.")
@click.option("--system", default="", help="Only windows that reach this system.")
@click.option("--environment", default="", help="Environment.")
@click.option("--format", "form", type=click.Choice(["text", "json", "ics"]), default="text")
@pass_settings
def calendar(settings: Settings, start: str, end: str, system: str, environment: str, form: str) -> None:
    """The calendar: the event's phases and every window, as a timeline, JSON or iCalendar."""
    from freeze.calendar.view import view
    from freeze.entry.what_if import what_if_policy
    from freeze.show.calendar import RENDERERS

    policy = what_if_policy(settings).policy
    low, high = stretch(start, end, policy.event, policy.zone)
    target = _target(policy, system, environment, known=True) if system else None
    click.echo(RENDERERS[form](view(policy, low, high, target), settings.lang), nl=form != "ics")


def stretch(start: str, end: str, event: Event | None, zone_name: str) -> tuple[datetime, datetime]:
    """The time to show: as asked, else the event, else 30 days from now. Raises UsageError if empty or too long."""
    phases = event.phases if event is not None else ()
    low = (
        _instant(start, zone_name)
        if start
        else phases[0].span.start
        if phases
        else now().replace(second=0, microsecond=0)
    )
    last = max((phase.span.end or phase.span.start + _DEFAULT_VIEW for phase in phases), default=low)
    high = _instant(end, zone_name) if end else last if last > low else low + _DEFAULT_VIEW
    if not low < high <= low + _LONGEST_VIEW:
        raise UsageError(
            Text("--to 须晚于 --from，且不超过 800 天", "--to must be later than --from, by 800 days at most"),
            reason_code="TIME_INVALID",
        )
    return low, high


def _answer(settings: Settings, instant: str, system: str, windows: Path | None, change: dict[str, str]) -> Any:
    from freeze.calendar.hours import in_hours
    from freeze.calendar.opening import next_opening
    from freeze.calendar.standing import standing
    from freeze.show.answers import AtAnswer

    policy, manifest = _policy(settings, windows)
    if not system and windows is None:
        policy = _every_window(policy)
    target = _target(policy, system or "*", change["environment"])
    moment, length = _instant(instant, policy.zone), parse_duration(change["duration"])
    kind, word = change["kind"], change["change_class"]
    found = standing(policy, (target,), kind, word, {}, moment, length)
    fit = all(in_hours(item.treatment.hours, moment, length, policy.zone) for item in found.per_target)
    opening = next_opening(policy, (target,), kind, word, {}, length, moment)
    return AtAnswer(found, opening, fit, policy.zone, manifest)


def _policy(settings: Settings, windows: Path | None) -> tuple[Policy, str]:
    if windows is None:
        from freeze.entry.what_if import what_if_policy

        return what_if_policy(settings)
    from freeze.authoring.window_file import windows_only

    return windows_only(windows), ""


def _every_window(policy: Policy) -> Policy:
    """The same policy where every window reaches the one target there is."""
    from freeze.calendar.windows_only import WindowsOnly

    return WindowsOnly(tuple(policy.windows()), policy.holidays, policy.zone, policy.event, policy.treatments)


def _target(policy: Policy, system: str, environment: str, *, known: bool = False) -> Target:
    found: System | None = policy.system(system)
    if found is None and known:
        raise UsageError(
            Text(f"系统 {plain(system)} 未登记", f"system {plain(system)} is not registered"),
            Text("见 systems.yaml", "see systems.yaml"),
            reason_code="UNKNOWN_SYSTEM",
        )
    first = found.environments[0] if found is not None and found.environments else "prod"
    if system == "*":
        first = "*"
    return Target(system, environment or first)


def _instant(text: str, zone_name: str) -> datetime:
    """``now``, an instant, or a date: the first instant of that day."""
    whole_day = len(text) == 10 and text.count("-") == 2
    return now() if text == "now" else parse_instant(f"{text}T00:00" if whole_day else text, zone(zone_name))
