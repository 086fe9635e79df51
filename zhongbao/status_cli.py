"""``zhongbao status``: one screen, or one line, of where the company stands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from zhongbao_core.clikit import Settings, pass_settings
from zhongbao_core.clock import now, parse_instant, zone
from zhongbao_core.errors import ExitCode, TrustError, ZhongbaoError
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from freeze.policy import Policy
    from zhongbao.status import Books, Content, Policies, Register, Status
    from zhongbao_core.trust import Trust


@click.command()
@click.option("--system", "-s", default="", metavar="ID", help="One system: what holds it and what runs on it.")
@click.option("--at", metavar="TIME", help="Instant to look at; only looks, in any workspace.")
@click.option("--line", is_flag=True, help="One line.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--store", type=click.Path(path_type=Path), help="Findings store; default: beside the ledger.")
@pass_settings
@click.pass_context
def status(
    ctx: click.Context, settings: Settings, /, system: str, at: str | None, line: bool, fmt: str, store: Path | None
) -> None:
    """Show the level, what is held, what runs, what is open and what is owed.

    Exit code: 0 nothing overdue, 1 something is overdue, 3 policy or ledger could not be looked at.
    """
    from zhongbao import status_render

    found = look(settings, system, at, store)
    render: Callable[[Any, Any], str] = status_render.line if line else getattr(status_render, fmt)
    click.echo(render(found, settings.lang), nl=False)
    ctx.exit(ExitCode.CANNOT_TELL if not found.whole else ExitCode.FINDINGS if found.late else ExitCode.OK)


class _Policy(NamedTuple):
    policy: Policy
    vouched: Policies
    trust: Trust | None


def look(settings: Settings, system: str, at_text: str | None, store: Path | None) -> Status:
    """The status of the workspace, each part looked at as far as it can be."""
    from zhongbao.status import status_of, targets_of

    opened = _policy(settings, parse_instant(at_text, zone("UTC")) if at_text else now())
    at = parse_instant(at_text, zone(opened.policy.zone)) if at_text else now()
    targets = targets_of(opened.policy, system)
    books, problem = _books(opened, at, targets)
    content = None if system else _content(settings, opened, at_text, at)
    return status_of(
        opened.policy,
        at,
        system=system,
        policies=opened.vouched,
        books=books,
        books_problem=problem,
        register=_register(settings, store, at),
        rehearsal=opened.trust is not None and opened.trust.rehearsal,
        content=content,
    )


def _policy(settings: Settings, about: datetime) -> _Policy:
    """The verified policy, else the unverified one with the reason; in a rehearsal verified at the instant asked about."""
    from freeze.entry.open import open_policy
    from zhongbao.status import Policies
    from zhongbao_core.trust import load_trust

    trust = None
    try:
        trust = load_trust(settings.trust, settings.workspace)
        opened = open_policy(settings, about if trust.rehearsal else now(), trust=trust)
    except TrustError as error:
        demo = open_policy(settings, about, untrusted_demo=True)
        return _Policy(demo.policy, Policies(problem=error.message), trust)
    manifest = opened.manifest
    vouched = Policies(manifest.label, manifest.valid_until) if manifest else Policies()
    return _Policy(opened.policy, vouched, trust)


def _books(opened: _Policy, at: datetime, targets: tuple[Any, ...]) -> tuple[Books | None, Text | None]:
    from zhongbao.status import books_of

    if opened.trust is None or opened.trust.ledger.path is None:
        return None, Text("本机没有存证日志", "no ledger on this machine")
    from freeze.desk.base import Desk
    from zhongbao_core.desk.base import SSH
    from zhongbao_core.ledger.outside import open_ledger

    try:
        with open_ledger(opened.trust, read_only=True) as journal:
            return books_of(Desk(journal, opened.policy, SSH(), opened.trust.rehearsal), at, targets), None
    except ZhongbaoError as error:
        return None, error.message


def _content(settings: Settings, opened: _Policy, at_text: str | None, at: datetime) -> Content | None:
    """What of the content release waits, where the workspace has content."""
    from zhongbao.status import Content

    if not (settings.workspace / "content").is_dir():
        return None
    if opened.trust is None or opened.trust.ledger.path is None:
        return Content(None, Text("本机没有存证日志", "no ledger on this machine"))
    from content_audit.release.open import open_content
    from content_audit.release.waiting import waiting
    from zhongbao_core.desk.base import SSH, Desk
    from zhongbao_core.ledger.outside import open_ledger

    policy = None
    with suppress(ZhongbaoError):
        policy = open_content(settings, at_text if opened.trust.rehearsal else None).policy
    try:
        with open_ledger(opened.trust, read_only=True) as journal:
            desk = Desk(journal, policy or opened.policy, SSH(), opened.trust.rehearsal)
            return Content(waiting(desk, policy, at))
    except ZhongbaoError as error:
        return Content(None, error.message)


def _register(settings: Settings, store: Path | None, at: datetime) -> Register | None:
    """Open findings by area, where there is a store."""
    from zhongbao.status import Register
    from zhongbao_core.store.place import store_path

    with suppress(ZhongbaoError):
        path = store_path(settings, store)
        if path.is_file():
            from zhongbao_core.store.engine import open_store
            from zhongbao_core.store.findings import FindingStore

            with open_store(path) as engine:
                found = FindingStore(engine)
                rows, basis = found.tracked(at, everything=False), found.basis()
            return Register(
                {area: sum(row.finding.area == area for row in rows) if seen else None for area, seen in basis.items()}
            )
    return None
