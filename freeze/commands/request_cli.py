"""``zhongbao freeze request``: new, bind, submit, show, list, withdraw."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from freeze.desk.open import Open, open_desk, read_policy
from zhongbao_core.clikit import AT, FILE, FORMAT, Settings, echo_json, note, pass_settings
from zhongbao_core.desk.state import RequestState
from zhongbao_core.errors import InputError
from zhongbao_core.text import Text, plain


@click.group()
def request() -> None:
    """Change requests (变更申请)."""


@request.command()
@click.option("--from", "source", type=FILE, help="Check and take over a file instead of asking.")
@click.option("--out", type=FILE, help="Where to write the draft; default requests/<time>.yaml in the workspace.")
@AT
@pass_settings
def new(settings: Settings, source: Path | None, out: Path | None, at_text: str | None) -> None:
    """Write a draft: by questions, or from a file that is checked."""
    from freeze.authoring.request_draft import as_yaml, asked
    from freeze.authoring.request_load import load_draft

    reading = read_policy(settings, at_text)
    policy = reading.opened.policy
    draft = load_draft(source, policy.zone)[0] if source else asked(settings, policy, reading.at)
    path = out or settings.workspace / "requests" / f"draft-{reading.at:%Y%m%d-%H%M%S}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(as_yaml(draft, policy.zone))
    except FileExistsError as error:
        raise InputError(Text(f"{path} 已存在，不覆盖", f"{path} exists and is not overwritten")) from error
    click.echo(plain(str(path)))
    note(
        settings, Text(f"下一步：zhongbao freeze request submit {path}", f"next: zhongbao freeze request submit {path}")
    )


@request.command()
@click.option(
    "--file", "files", multiple=True, metavar="PATH", help="File that must stay as it is; repeat for several."
)
@click.option("--artifact", "artifacts", multiple=True, metavar="NAME=PATH", help="Artifact known to the door by NAME.")
@click.option("--commit", "commits", multiple=True, metavar="SHA", help="Commit that must be checked out.")
@click.argument("command", nargs=-1)
def bind(
    files: tuple[str, ...], artifacts: tuple[str, ...], commits: tuple[str, ...], command: tuple[str, ...]
) -> None:
    """Print the binds of a draft: digests of the COMMAND, files, artifacts and commits that approvers sign for.

    zhongbao freeze request bind --file deploy.sh -- sh deploy.sh v3.1.1
    """
    from freeze.doors.binding import as_lines, binds_of

    named = dict(item.partition("=")[::2] for item in artifacts)
    if not all(named) or not all(named.values()):
        raise click.UsageError("--artifact takes NAME=PATH")
    found = binds_of(command, files, named, commits)
    if not found:
        raise click.UsageError("name a command, a file, an artifact or a commit")
    click.echo(plain(as_lines(found), newlines=True))


@request.command()
@click.argument("file", type=FILE)
@click.option("--revise", default="", metavar="ID", help="Submit as the next revision of ID; its approvals are void.")
@FORMAT
@AT
@pass_settings
def submit(settings: Settings, file: Path, revise: str, fmt: str, at_text: str | None) -> None:
    """Submit a draft: it gets its number, and statement.json for all approvers."""
    from freeze.authoring.request_load import load_draft, require_good
    from freeze.desk.requests import submit as record

    with open_desk(settings, at_text) as here:
        draft, document = load_draft(file, here.desk.policy.zone)
        require_good(draft, document, here.desk.policy, here.at)
        made = record(here.desk, draft, here.at, revise=revise)
        path = write_statement(settings, made.request.id, made.statement)
        show_request(settings, here, here.desk.state(made.request.id), fmt, statement_path=path)


@request.command()
@click.argument("name", metavar="ID")
@FORMAT
@AT
@pass_settings
def show(settings: Settings, name: str, fmt: str, at_text: str | None) -> None:
    """Show a request: approvals and how each was given, what is needed, what may happen next."""
    with open_desk(settings, at_text, write=False) as here:
        state = here.desk.state(name)
        path = statement_path(settings, name)
        show_request(settings, here, state, fmt, statement_path=path if path.exists() else None)


@request.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are done, withdrawn, rejected, expired.")
@FORMAT
@AT
@pass_settings
def list_(settings: Settings, everything: bool, fmt: str, at_text: str | None) -> None:
    """List requests with their state."""
    from zhongbao_core.desk.rules import STATUS, status

    with open_desk(settings, at_text, write=False) as here:
        rows = [(state, status(state, here.at)) for state in here.desk.states().values()]
        rows = [row for row in rows if everything or row[1] in ("open", "permitted", "running")]
        if fmt == "json":
            body = {"requests": [_row(state, word) for state, word in rows]}
            echo_json(body)
            return
        for state, word in rows:
            targets = ", ".join(str(target) for target in state.current.subject.targets)
            count = len(state.approvals)
            shown = settings.say(STATUS[word])
            click.echo(plain(f"{state.id}  r{state.current.number}  [{shown}]  {targets}  {count} ✓"))
        if not rows:
            click.echo(settings.say(Text("没有这样的申请", "no such request")))


@request.command()
@click.argument("name", metavar="ID")
@click.option("--by", required=True, metavar="PERSON", help="Applicant or executor.")
@click.option("--reason", required=True)
@FORMAT
@AT
@pass_settings
def withdraw(settings: Settings, name: str, by: str, reason: str, fmt: str, at_text: str | None) -> None:
    """Withdraw a request for good; a live permit is revoked with it."""
    from freeze.desk.requests import withdraw as record

    with open_desk(settings, at_text) as here:
        record(here.desk, name, by, reason, here.at)
        show_request(settings, here, here.desk.state(name), fmt)


def statement_path(settings: Settings, name: str) -> Path:
    """Where the statement of a request is written: ``requests/<ID>/statement.json`` in the workspace."""
    return settings.workspace / "requests" / name / "statement.json"


def write_statement(settings: Settings, name: str, data: bytes) -> Path:
    """Write the statement byte for byte, and drop signatures over an earlier one."""
    path = statement_path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name("statement.json.sig").unlink(missing_ok=True)
    path.write_bytes(data)
    return path


def show_request(
    settings: Settings, here: Open, state: RequestState, fmt: str, *, statement_path: Path | None = None
) -> None:
    """Show one request after whatever was done to it, with the next step."""
    from freeze.desk.ladder import needs
    from freeze.desk.requests import request_of
    from freeze.show import request as request_show

    desk, at = here.desk, here.at
    change, statement = request_of(desk, state), desk.statement(state)
    found = needs(desk, state, change, at)
    if fmt == "json":
        body = request_show.as_json(desk, state, change, statement, found, at)
        body |= {"rehearsal": desk.rehearsal, "statement_file": str(statement_path) if statement_path else None}
        echo_json(body)
        return
    click.echo(request_show.text(desk, state, change, statement, found, at, settings.lang), nl=False)
    if not state.final:
        next_step(settings, state, found.satisfied, at, statement_path)


def next_step(settings: Settings, state: RequestState, satisfied: bool, at: datetime, path: Path | None) -> None:
    """The exact thing to do now."""
    from zhongbao_core.approval.sshsig import sign_command
    from zhongbao_core.approval.subject import NAMESPACES

    if state.live_permit(at) is not None or state.used:
        return
    if satisfied:
        command = f"zhongbao permit issue {state.id} --out {state.id}.permit.json"
        click.echo(plain(settings.say(Text(f"下一步：{command}", f"next: {command}"))))
        return
    where = str(path) if path else state.id
    command = f"zhongbao approve {where} --key KEY"
    click.echo(plain(settings.say(Text(f"下一步：请审批人 {command}", f"next: let approvers run {command}"))))
    if path is not None:
        plain_line = sign_command(path, NAMESPACES["approve"])
        again = f"zhongbao approve {where} --signature {path}.sig"
        click.echo(plain(settings.say(Text(f"  或：{plain_line}", f"  or: {plain_line}"))))
        click.echo(plain(settings.say(Text(f"  再：{again}", f"  then: {again}"))))


def _row(state: RequestState, word: str) -> dict[str, Any]:
    return {
        "id": state.id,
        "revision": state.current.number,
        "status": word,
        "targets": [str(target) for target in state.current.subject.targets],
        "applicant": state.current.applicant,
        "approvals": len(state.approvals),
    }
