"""``content rules``: what the rules are, whether they keep their cases, whether they are fit to be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhongbao_core.clikit import LazyGroup, Settings, echo_json, note, pass_settings
from zhongbao_core.errors import ExitCode, UsageError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.audit.rule import Rule
    from content_audit.authoring.packs import Loaded

FORMATS = click.Choice(["text", "json"])


@click.group("rules", cls=LazyGroup)
def rules() -> None:
    """The rules of the content audit: ours and the company's own."""


@rules.command("list")
@click.option("--category", default="", help="Only this category.")
@click.option("--pack", default="", help="Only this pack.")
@click.option("--format", "form", type=FORMATS, default="text")
@pass_settings
def list_(settings: Settings, category: str, pack: str, form: str) -> None:
    """List the rules in force: id, verdict, category, title."""
    loaded = _loaded(settings)
    found = [
        rule for rule in loaded.book().rules if category in ("", rule.category) and (not pack or pack in rule.pack)
    ]
    if form == "json":
        echo_json(
            {"rules": [_summary(rule) for rule in found], "disabled": [item._asdict() for item in loaded.disabled]}
        )
        return
    for rule in found:
        click.echo(
            f"{rule.id:<10} {plain(settings.say(rule.verdict.text))}  {rule.category:<10} {_title(settings, rule)}"
        )
    for item in loaded.disabled:
        off = Text(
            f"{item.id} 已停用：{item.reason}（{item.owner}）", f"{item.id} is off: {item.reason} ({item.owner})"
        )
        note(settings, off)


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.option("--format", "form", type=FORMATS, default="text")
@pass_settings
def show(settings: Settings, rule_id: str, form: str) -> None:
    """Show one rule: law, reason, remedy, what it looks for, its exemptions and cases."""
    from content_audit.audit.codec import rule_to_json

    rule = _loaded(settings).rules.get(rule_id)
    if rule is None:
        raise _unknown(rule_id)
    if form == "json":
        echo_json({"rule": rule_to_json(rule), "cases": [case.text for case in rule.cases], "file": rule.file})
        return
    click.echo("\n".join(_shown(settings, rule)))


@rules.command("test")
@click.argument("what", metavar="[PACK|PATH]", required=False, default="")
@click.option("--format", "form", type=FORMATS, default="text")
@click.pass_context
def test(ctx: click.Context, what: str, form: str) -> None:
    """Run the cases of all rules, of one pack, or of the rules in a file or folder.

    Exit code: 0 every rule keeps its cases, 1 some do not, 2 a rule cannot be read.
    """
    from content_audit.audit.cases import failures
    from content_audit.authoring.assemble import auditor_for

    settings = ctx.find_object(Settings) or Settings()
    loaded = _loaded(settings, what)
    book = loaded.book()
    failed = list(failures(book.rules, auditor_for(book)))
    cases = sum(len(rule.cases) for rule in book.rules)
    if form == "json":
        rows = [{"rule": item.rule.id, "place": item.place, "why": item.why.as_json()} for item in failed]
        echo_json({"rules": len(book.rules), "cases": cases, "failed": rows}, "CASES_FAIL" if failed else "CASES_HOLD")
    else:
        for item in failed:
            click.echo(plain(f"{item.place}: {item.rule.id}: {settings.say(item.why)}"))
        rules_, wrong = len(book.rules), len(failed)
        said = Text(f"{rules_} 条规则，{cases} 个用例，{wrong} 个不符", f"{rules_} rules, {cases} cases, {wrong} fail")
        click.echo(settings.say(said))
    ctx.exit(ExitCode.FINDINGS if failed else ExitCode.OK)


@rules.command("lint")
@click.argument("what", metavar="[PACK|PATH]", required=False, default="")
@click.option("--format", "form", type=FORMATS, default="text")
@click.pass_context
def lint(ctx: click.Context, what: str, form: str) -> None:
    """Say everything that is wrong with the rules: form, law, languages, cases, words.

    Exit code: 0 nothing, 2 something.
    """
    from content_audit.audit.cases import failures
    from content_audit.authoring.assemble import auditor_for
    from content_audit.authoring.lint import lint as lint_rules
    from content_audit.authoring.lint import note_failures
    from zhongbao_core.complaint import errors_in

    settings = ctx.find_object(Settings) or Settings()
    loaded = _loaded(settings, what)
    if not errors_in(loaded.complaints):
        book = loaded.book()
        note_failures(loaded, list(failures(book.rules, auditor_for(book))))
    lint_rules(loaded)
    found = loaded.complaints
    if form == "json":
        echo_json({"complaints": [item.as_json() for item in found]}, "RULES_BROKEN" if found else "RULES_SOUND")
    for item in found if form == "text" else ():
        click.echo(item.shown(settings.lang))
    ctx.exit(ExitCode.USAGE if found else ExitCode.OK)


def _loaded(settings: Settings, what: str = "") -> Loaded:
    """Rules of the workspace over ours; or those of one pack, folder or file alone."""
    from content_audit.authoring.packs import load_path, load_rules, pack_names

    if not what:
        return load_rules(settings.workspace)
    name = what.removeprefix("content/")
    if name in pack_names():
        return load_rules(packs=[name])
    if not Path(what).exists():
        known = ", ".join(pack_names())
        raise UsageError(
            Text(f"没有规则包或路径 {what}", f"there is no pack or path {what}"),
            Text(f"规则包：{known}", f"packs: {known}"),
            reason_code="PACK_UNKNOWN",
        )
    return load_path(Path(what))


def _unknown(rule_id: str) -> UsageError:
    return UsageError(
        Text(f"没有规则 {rule_id}", f"there is no rule {rule_id}"),
        Text("zhongbao content rules list 列出全部", "zhongbao content rules list lists them all"),
        reason_code="RULE_UNKNOWN",
    )


def _title(settings: Settings, rule: Rule) -> str:
    return plain(settings.say(rule.title))


def _summary(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title.as_json(),
        "category": rule.category,
        "verdict": rule.verdict.id,
        "severity": rule.severity.id,
        "law": rule.law,
        "pack": rule.pack,
        "exempt": list(rule.exempt),
    }


_LABELS = {
    "law": Text("依据", "law"),
    "why": Text("理由", "why"),
    "remedy": Text("整改建议", "remedy"),
    "evidence": Text("可定论的材料", "what settles it"),
    "exempt": Text("豁免", "exemptions"),
    "case": Text("用例", "case"),
}


def _shown(settings: Settings, rule: Rule) -> list[str]:
    from content_audit.audit.exemptions import EXEMPTIONS

    say = settings.say
    lines = [f"{rule.id}  {say(rule.verdict.text)}  {say(rule.severity.text)}  {_title(settings, rule)}"]
    rows = {"law": rule.law, "why": say(rule.why), "remedy": say(rule.remedy), "evidence": say(rule.evidence)}
    lines += [f"  {say(_LABELS[key])}: {value}" for key, value in rows.items() if value]
    for name in rule.exempt:
        known = EXEMPTIONS[name]
        lines.append(f"  {say(_LABELS['exempt'])} {name}: {say(known.text)} {known.law}".rstrip())
    for case in rule.cases:
        lines.append(f"  {say(_LABELS['case'])}: {case.text} → {'、'.join(case.hits) or case.exempt or '—'}")
    return [plain(line) for line in lines]
