"""``zhongbao freeze lift`` and ``extend``: signed changes to the freeze in force (解封、延长封网).

Loosening takes the whole root quorum, tightening fewer; the trust file says how many. The amendment waits in the
workspace until enough persons have signed the file; doors see nothing of it before.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from freeze.desk.open import Reading, read_policy
from freeze.policy import Policy
from zhongbao_core.amendments import Amendment, Kind
from zhongbao_core.clikit import Settings, echo_json, pass_settings
from zhongbao_core.clock import iso, parse_instant, show, zone
from zhongbao_core.errors import UsageError
from zhongbao_core.text import Text, plain


@click.command()
@click.option("--phase", default="", help="Phase of the event to end earlier.")
@click.option("--window", default="", help="Freeze window to end earlier.")
@click.option("--until", "until", required=True, help='The new end, "2026-11-21 00:00" (company zone) or with offset.')
@click.option("--reason", required=True, help="Why; it stands in the signed text.")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path), help="Sign at once; may be repeated.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text")
@click.option("--at", "at_text", help="Instant, in a rehearsal only.")
@pass_settings
def lift(
    settings: Settings,
    phase: str,
    window: str,
    until: str,
    reason: str,
    keys: tuple[Path, ...],
    fmt: str,
    at_text: str | None,
) -> None:
    """Lift a freeze earlier: a loosening that the root quorum signs."""
    reading = read_policy(settings, at_text)
    ends = parse_instant(until, zone(reading.opened.policy.zone))
    _amend(settings, reading, "lift", phase, window, ends, reason, keys, fmt)


@click.command()
@click.option("--phase", default="", help="Phase of the event to extend.")
@click.option("--window", default="", help="Freeze window to extend.")
@click.option("--until", "until", help='The new end, "2026-11-21 24:00" (company zone) or with offset.')
@click.option("--open-end", is_flag=True, help="Until a signed lift.")
@click.option("--reason", required=True, help="Why; it stands in the signed text.")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path), help="Sign at once; may be repeated.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text")
@click.option("--at", "at_text", help="Instant, in a rehearsal only.")
@pass_settings
def extend(
    settings: Settings,
    phase: str,
    window: str,
    until: str | None,
    open_end: bool,
    reason: str,
    keys: tuple[Path, ...],
    fmt: str,
    at_text: str | None,
) -> None:
    """Extend a freeze: a tightening that fewer persons sign."""
    if open_end == bool(until):
        raise UsageError(Text("写 --until 或 --open-end 之一", "say either --until or --open-end"))
    reading = read_policy(settings, at_text)
    ends = parse_instant(until, zone(reading.opened.policy.zone)) if until else None
    _amend(settings, reading, "extend", phase, window, ends, reason, keys, fmt)


def _amend(
    settings: Settings,
    reading: Reading,
    kind: Kind,
    phase: str,
    window: str,
    ends: datetime | None,
    reason: str,
    keys: tuple[Path, ...],
    fmt: str,
) -> None:
    from zhongbao_core.amend_build import stage_amendment
    from zhongbao_core.amendments import build_amendment

    if bool(phase) == bool(window):
        raise UsageError(Text("写 --phase 或 --window 之一", "say either --phase or --window"))
    manifest = reading.opened.manifest
    if manifest is None:
        raise UsageError(Text("没有策略清单", "there is no manifest to amend"))
    current = current_end(reading.opened.policy, phase, window)
    data = build_amendment(manifest, kind=kind, reason=reason, at=reading.at, phase=phase, window=window, ends=ends)
    _refuse_disguise(data, current)
    path = stage_amendment(settings.workspace, data)
    signed = sign_all(settings, reading, keys)
    _show(settings, reading, path, kind, (current, ends), signed, fmt)


def current_end(policy: Policy, phase: str, window: str) -> datetime | None:
    """The end in force of a phase or a one-off window, None for an open one. Raises UsageError for an unknown id."""
    from freeze.model import Once
    from zhongbao_core.clock import resolve

    for item in policy.event.phases if phase and policy.event else ():
        if item.id == phase:
            return item.span.end
    for found in policy.windows() if window else ():
        if found.id == window and found.effect == "deny":
            when = found.when
            return resolve(when.end, zone(found.zone), "later") if isinstance(when, Once) and when.end else None
    wanted = plain(phase or window)
    raise UsageError(
        Text(f"没有封网阶段或窗口 {wanted}", f"there is no phase or freeze window {wanted}"),
        Text("见 event show 与 freeze calendar", "see event show and freeze calendar"),
    )


def _refuse_disguise(data: bytes, current: datetime | None) -> None:
    """A lift that makes it later, or an extend that makes it earlier, is refused before anybody signs it."""
    from zhongbao_core.amendments import amended_end, parse_amendment
    from zhongbao_core.canonical import digest

    body = parse_amendment(data, "amendment")
    amended_end(current, Amendment(body["number"], body["kind"], body, (), digest(data)))


def sign_all(settings: Settings, reading: Reading, keys: tuple[Path, ...]) -> tuple[tuple[str, ...], bool]:
    """Sign the waiting amendment with each key; the persons who signed so far, and whether it is in force."""
    from zhongbao_core.approval.sshsig import sign
    from zhongbao_core.signing_desk import add, choose

    persons: tuple[str, ...] = ()
    complete = False
    for key in keys:
        item = choose(settings.workspace, "amendment")
        done = add(settings.workspace, reading.trust, item, sign(key, item.data, item.namespace))
        persons, complete = done.persons, done.complete
        if complete:
            break
    return persons, complete


def _show(
    settings: Settings,
    reading: Reading,
    path: Path,
    kind: Kind,
    ends: tuple[datetime | None, datetime | None],
    signed: tuple[tuple[str, ...], bool],
    fmt: str,
) -> None:
    from zhongbao_core.amendments import NAMESPACE, needed
    from zhongbao_core.approval.sshsig import sign_command

    root = reading.opened.manifest.root if reading.opened.manifest else reading.trust.root
    need, (persons, complete) = needed(kind, root), signed
    if fmt == "json":
        body = {
            "kind": kind,
            "file": path.name,
            "before": iso(ends[0]) if ends[0] else None,
            "after": iso(ends[1]) if ends[1] else None,
            "signed_by": list(persons),
            "needed": need,
            "in_force": complete,
        }
        echo_json(body)
        return
    here = zone(reading.opened.policy.zone)
    before, after = (show(end, here) if end else settings.say(Text("未定", "open")) for end in ends)
    head = Text("解封", "lift") if kind == "lift" else Text("延长封网", "extend")
    click.echo(plain(f"{settings.say(head)}: {before} -> {after}"))
    count = Text(f"已签 {len(persons)}/{need} 人：", f"signed {len(persons)} of {need}: ")
    click.echo(plain(settings.say(count) + ", ".join(persons)))
    if complete:
        click.echo(settings.say(Text("已生效", "in force")))
        return
    click.echo(settings.say(Text("尚未生效，还须签名：", "not in force yet; sign it:")))
    click.echo("  " + plain(sign_command(path, NAMESPACE)))
    click.echo("  zhongbao trust sign amendment --key KEY")
