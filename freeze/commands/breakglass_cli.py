"""``zhongbao freeze breakglass``: emergency release (应急放行): prepare, open, list, merge, review.

``open`` needs neither the ledger nor a network: a missing or broken one is said and passed by. Notices never
block it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from freeze.commands.permit_cli import prover_of, write_permit
from freeze.commands.standard_cli import target
from freeze.desk.base import Desk
from freeze.desk.glass import Opened, known_uses, merge_glass, open_glass, record_glass, review_glass
from freeze.desk.glass_paper import Emergency, Prepared, prepare
from freeze.desk.glass_spool import damaged, keep, lines, local_uses, spool_path
from freeze.desk.open import Open, Reading, open_desk, open_journal, read_policy
from freeze.life.glass import Glass, codes_twice, per_person
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, note, pass_settings, read_file
from zhongbao_core.clock import iso, parse_duration, show, zone
from zhongbao_core.desk.base import SSH
from zhongbao_core.errors import ExitCode, StoreError, UsageError, ZhongbaoError
from zhongbao_core.notify import Delivery, send
from zhongbao_core.text import Text, plain

SPOOL = click.option("--spool", type=FILE, help="The local file of emergency releases.")
NOTIFY = click.option(
    "--notify", multiple=True, metavar="DIR|URL", help="Tell it here too; also $ZHONGBAO_NOTIFY (blank-separated)."
)


@click.group()
def breakglass() -> None:
    """Emergency release: two persons or a sealed code, short, counted, loud, reviewed."""


@breakglass.command("prepare")
@click.option("--system", "systems", multiple=True, required=True, metavar="SYSTEM[/ENVIRONMENT]")
@click.option("--by", required=True, metavar="PERSON")
@click.option("--reason", required=True)
@click.option("--kind", default="restore", show_default=True)
@click.option("--restores", is_flag=True, help="It restores a running outage.")
@click.option("--bind", "binds", multiple=True, metavar="NAME=sha256:..", help="Bind it to content.")
@click.option("--code", default="", help="A sealed code, from its envelope.")
@click.option("--life", default="", help="Shorter than the policy's, for example 30m.")
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to.")
@AT
@pass_settings
def prepare_(settings: Settings, /, folder: Path, at_text: str | None, **asked: Any) -> None:
    """Write the papers of an emergency release: what is asked, and statement.json for its signers."""
    from zhongbao_core.approval.sshsig import sign_command
    from zhongbao_core.approval.statement import read_back_code

    reading = read_policy(settings, at_text)
    made = _prepared(reading, asked)
    place = folder / made.id
    place.mkdir(parents=True, mode=0o700)
    (place / "request.json").write_bytes(made.request)
    (place / "statement.json").write_bytes(made.statement)
    click.echo(str(place))
    code = read_back_code(made.statement)
    line = sign_command(place / "statement.json", "approve@zhongbao")
    note(settings, Text(f"回读码 {code}；签字人执行：{line}", f"read-back code {code}; signers run: {line}"))
    command = f"zhongbao freeze breakglass open --dir {place} --signature A.sig --signature B.sig"
    note(settings, Text(f"再执行：{command}", f"then: {command}"))


@breakglass.command("open")
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), help="What prepare wrote.")
@click.option("--system", "systems", multiple=True, metavar="SYSTEM[/ENVIRONMENT]")
@click.option("--by", default="", metavar="PERSON")
@click.option("--reason", default="")
@click.option("--kind", default="restore", show_default=True)
@click.option("--restores", is_flag=True, help="It restores a running outage.")
@click.option("--bind", "binds", multiple=True, metavar="NAME=sha256:..")
@click.option("--code", default="", help="A sealed code, from its envelope.")
@click.option("--life", default="")
@click.option("--key", "keys", multiple=True, type=FILE, help="Sign here and now; repeat for the second person.")
@click.option("--signature", "signatures", multiple=True, type=FILE)
@click.option("--out", type=FILE, help="Where to write the permit.")
@click.option("--offline", is_flag=True, help="Do not look for the ledger at all.")
@SPOOL
@NOTIFY
@FORMAT
@AT
@pass_settings
def open_(
    settings: Settings, /, fmt: str, at_text: str | None, spool: Path | None, notify: Sequence[str], **asked: Any
) -> None:
    """Open an emergency release: by two signatures, or by a sealed code. Works with the store down."""
    reading = read_policy(settings, at_text)
    request, statement = _papers(reading, asked)
    armors = _armors(statement, asked)
    path = spool_path(reading.trust, spool)
    opened = _opened(settings, reading, path, (request, statement), armors, offline=asked["offline"])
    out = asked["out"] or Path(f"{opened.glass.id}.permit.json")
    write_permit(out, opened.permit)
    _say_opened(settings, reading, opened, out, fmt)
    for item in tell(opened.glass, [*notify, *os.environ.get("ZHONGBAO_NOTIFY", "").split()]):
        note(settings, item.text)


@breakglass.command("list")
@SPOOL
@FORMAT
@AT
@pass_settings
def list_(settings: Settings, spool: Path | None, fmt: str, at_text: str | None) -> None:
    """List emergency releases, their reviews, and how often each person used it."""
    with open_desk(settings, at_text, write=False) as here:
        uses = known_uses(here.desk)
        local = [item for item in local_uses(spool_path(here.trust, spool)) if item.id not in uses]
        every = (*uses.values(), *local)
        if fmt == "json":
            rows = [as_json(item) | {"overdue": item.overdue(here.at)} for item in every]
            body = {"releases": rows, "per_person": per_person(every)}
            echo_json(body)
            return
        for item in every:
            click.echo(plain(settings.say(_line(item, here))))
        for person, count in sorted(per_person(every).items()):
            click.echo(
                plain(
                    settings.say(Text(f"  {here.desk.name(person)} {count} 次", f"  {here.desk.name(person)}: {count}"))
                )
            )


@breakglass.command()
@SPOOL
@AT
@click.pass_context
def merge(ctx: click.Context, spool: Path | None, at_text: str | None) -> None:
    """Carry releases opened without the ledger over into it, as reported; safe to repeat.

    Exit 1 where a sealed code of theirs was used by another release too, 3 where lines could not be read.
    """
    settings: Settings = ctx.ensure_object(Settings)
    with open_desk(settings, at_text) as here:
        path = spool_path(here.trust, spool)
        held = list(lines(path))
        done = [line.id for line in held if merge_glass(here.desk, line.body, line.documents, line.id, here.at)]
        for name in done:
            click.echo(plain(name))
        torn, twice = damaged(path), _twice(here.desk, {line.id for line in held})
        for text in twice:
            note(settings, text)
        note(settings, Text(f"已并入 {len(done)} 条", f"{len(done)} merged"))
        if torn:
            note(settings, Text(f"{path} 有 {torn} 行不可读", f"{torn} lines of {path} cannot be read"))
            ctx.exit(ExitCode.CANNOT_TELL)
        ctx.exit(ExitCode.FINDINGS if twice else ExitCode.OK)


def _twice(desk: Desk, merged: set[str]) -> list[Text]:
    """Sealed codes that more than one release used, among them one of ``merged``."""
    uses = ((item.code, item.id) for item in known_uses(desk).values())
    found = {code: names for code, names in codes_twice(uses).items() if merged.intersection(names)}
    return [
        Text(
            f"密封码 {code} 用了不止一次：{'、'.join(names)}",
            f"code {code} was used more than once: {', '.join(names)}",
        )
        for code, names in found.items()
    ]


@breakglass.command()
@click.argument("name", metavar="ID")
@click.option("--by", required=True, metavar="PERSON", help="Who reviews: not who opened or signed it.")
@click.option("--report", required=True, type=FILE, help="The review: what happened, what changes.")
@AT
@pass_settings
def review(settings: Settings, name: str, by: str, report: Path, at_text: str | None) -> None:
    """Close an emergency release with its review (复盘)."""
    with open_desk(settings, at_text) as here:
        text = read_file(report).decode("utf-8", "backslashreplace")
        review_glass(here.desk, name, by, text, here.at)
    click.echo(plain(settings.say(Text(f"{name} 复盘已登记", f"the review of {name} is recorded"))))


def tell(glass: Glass, channels: Sequence[str]) -> tuple[Delivery, ...]:
    """Tell every channel that ``glass`` was opened; never raises, never takes longer than a few seconds."""
    targets = ", ".join(str(item) for item in glass.targets)
    notice = {
        "kind": "breakglass.opened",
        **as_json(glass),
        "text": Text(
            f"应急放行 {glass.id}：{targets}，{glass.by} 开启，{iso(glass.review_by)} 前复盘",
            f"EMERGENCY RELEASE {glass.id}: {targets}, opened by {glass.by}, review due {iso(glass.review_by)}",
        ).as_json(),
    }
    return send(notice, channels)


def as_json(glass: Glass) -> dict[str, Any]:
    """An emergency release as data."""
    return {
        "id": glass.id,
        "opened_at": iso(glass.opened_at),
        "expires_at": iso(glass.expires_at),
        "review_by": iso(glass.review_by),
        "by": glass.by,
        "signers": list(glass.signers),
        "code": glass.code,
        "restores": glass.restores,
        "targets": [str(item) for item in glass.targets],
        "recorded": glass.entry is not None,
        "reviewed_at": iso(glass.reviewed_at) if glass.reviewed_at else None,
        "reviewer": glass.reviewer,
    }


def _prepared(reading: Reading, asked: dict[str, Any]) -> Prepared:
    from freeze.commands.standard_cli import pairs

    if not asked["systems"] or not asked["by"] or not asked["reason"]:
        raise UsageError(Text("需要 --system --by --reason", "give --system --by --reason"))
    emergency = Emergency(
        by=asked["by"],
        reason=asked["reason"],
        targets=tuple(target(item) for item in asked["systems"]),
        kind=asked["kind"],
        restores=asked["restores"],
        binds=tuple(sorted(pairs(asked["binds"]).items())),
        code=asked["code"],
    )
    life = parse_duration(asked["life"]) if asked["life"] else None
    return prepare(reading.opened.policy, emergency, reading.at, life=life)


def _papers(reading: Reading, asked: dict[str, Any]) -> tuple[bytes, bytes]:
    if asked["folder"] is not None:
        return read_file(asked["folder"] / "request.json"), read_file(asked["folder"] / "statement.json")
    made = _prepared(reading, asked)
    return made.request, made.statement


def _armors(statement: bytes, asked: dict[str, Any]) -> list[bytes]:
    from zhongbao_core.approval.sshsig import sign

    made = [sign(str(key), statement, "approve@zhongbao").encode("ascii") for key in asked["keys"]]
    return [*(read_file(path) for path in asked["signatures"]), *made]


def _opened(
    settings: Settings,
    reading: Reading,
    spool: Path,
    papers: tuple[bytes, bytes],
    armors: Sequence[bytes],
    *,
    offline: bool,
) -> Opened:
    """Recorded in the ledger where it can be; else by the policy alone, kept in the local file."""
    local = local_uses(spool)
    if not offline:
        try:
            return _recorded(reading, papers, armors, local)
        except StoreError as error:
            words = Text("存证日志不可用，转为本地记录", "the ledger cannot be used, recording locally")
            note(settings, Text(f"{words.zh}：{error.message.zh}", f"{words.en}: {error.message.en}"))
    policy = reading.opened.policy
    opened = open_glass(policy, SSH(), *papers, armors, reading.at, uses=local, rehearsal=reading.opened.rehearsal)
    try:
        keep(spool, opened)
    except ZhongbaoError as error:
        if not opened.glass.restores:
            raise
        note(
            settings,
            Text(
                f"本地记录失败，请保留放行单：{error.message.zh}", f"NOT RECORDED, keep the permit: {error.message.en}"
            ),
        )
    return opened


def _recorded(reading: Reading, papers: tuple[bytes, bytes], armors: Sequence[bytes], local: Sequence[Glass]) -> Opened:
    journal = open_journal(reading.trust, write=True)
    try:
        desk = Desk(journal, reading.opened.policy, SSH(), reading.opened.rehearsal)
        prover = prover_of(Open(desk, journal, reading.opened, reading.trust, reading.at))
        return record_glass(desk, prover, *papers, armors, reading.at, local=local)
    finally:
        journal.close()


def _say_opened(settings: Settings, reading: Reading, opened: Opened, out: Path, fmt: str) -> None:
    if fmt == "json":
        body = {**as_json(opened.glass), "permit": str(out), "recorded": opened.recorded}
        echo_json(body)
        return
    here, glass = zone(reading.opened.policy.zone), opened.glass
    until, due = show(glass.expires_at, here), show(glass.review_by, here)
    click.echo(
        plain(
            settings.say(
                Text(f"应急放行 {glass.id} 已开启，至 {until}", f"EMERGENCY RELEASE {glass.id} open until {until}")
            )
        )
    )
    click.echo(plain(settings.say(Text(f"  {due} 前须复盘", f"  its review is due by {due}"))))
    if not opened.recorded:
        said = Text(
            "未入存证日志，恢复后执行 freeze breakglass merge",
            "not in the ledger yet: run freeze breakglass merge later",
        )
        click.echo(plain(settings.say(Text(f"  {said.zh}", f"  {said.en}"))))
    click.echo(plain(f"  {out}"))


def _line(item: Glass, here: Open) -> Text:
    when = show(item.opened_at, zone(here.desk.policy.zone))
    targets = ", ".join(str(target) for target in item.targets)
    if not item.review_open():
        state = Text("已复盘", "reviewed")
    elif item.overdue(here.at):
        state = Text("复盘逾期", "REVIEW OVERDUE")
    else:
        state = Text("待复盘", "review open")
    return Text(f"{item.id}  {when}  {targets}  [{state.zh}]", f"{item.id}  {when}  {targets}  [{state.en}]")
