"""``content explain``: every rule that looked at a text, every exemption tested, why it stayed or fell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from content_audit.model import CHANNELS
from zhongbao_core.clikit import Settings, echo_json
from zhongbao_core.errors import ExitCode
from zhongbao_core.event import LEVEL_NAMES
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.audit.audit import Explanation
    from content_audit.audit.judge import Judged
    from content_audit.model import Post

_FELL = {
    "when": Text("语境不符", "not such a post"),
    "except": Text("在除外词内", "inside a covering phrase"),
    "beside": Text("附近没有搭配词", "the other words are not near"),
    "none": Text("同处有应缺的词", "the words that should be missing are there"),
    "check": Text("校验不通过", "the checker says no"),
    "border": Text("不是完整的词", "no word of its own"),
    "exempt": Text("豁免", "exempt"),
    "channel": Text("不查此渠道", "not this channel"),
    "role": Text("不查此类段落", "not this kind of passage"),
    "span": Text("不在有效期内", "not in force"),
    "disabled": Text("已停用", "switched off"),
}


@click.command("explain")
@click.argument("text")
@click.option("--title", default="", help="A title above it.")
@click.option("--channel", type=click.Choice(list(CHANNELS)), default="draft")
@click.option("--account", default="", help="The account that would publish it.")
@click.option(
    "--level", type=click.Choice([level.id for level in LEVEL_NAMES]), default="none", help="Level of the event."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def explain(ctx: click.Context, text: str, title: str, channel: Any, account: str, level: str, form: str) -> None:
    """Say what the audit makes of TEXT and why, rule by rule.

    Exit code: 0 it passes, 1 it does not.
    """
    from content_audit.audit.cases import post_of
    from content_audit.audit.rule import Case
    from content_audit.authoring.opening import open_auditor
    from zhongbao_core.clock import now
    from zhongbao_core.event import level_of

    settings = ctx.find_object(Settings) or Settings()
    post = post_of(Case(text, (), title=title, channel=channel, account=account))
    auditor = open_auditor(settings.workspace, level=level_of(level), at=now())
    told = auditor.explain(post)
    verdict = told.audited.verdict
    if form == "json":
        rows = [_as_json(item) for item in told.judged]
        echo_json({"verdict": verdict.id, "facts": _facts(post, told), "looked": rows, "segmenter": auditor.segmenter})
    else:
        click.echo("\n".join(_as_text(settings, post, told)))
    ctx.exit(ExitCode.FINDINGS if verdict.id in ("review", "block") else ExitCode.OK)


def _facts(post: Post, told: Explanation) -> dict[str, str]:
    from content_audit.audit.context import FACTS

    return {name: told.context.seen(name) for name in FACTS if told.context.seen(name)}


def _as_json(item: Judged) -> dict[str, Any]:
    return {
        "rule": item.rule.id,
        "words": item.spot.reading.words(item.spot.span),
        "stands": item.stands,
        "fell": item.fell,
        "tested": [{"exemption": test.exemption, "held": test.held, "saw": test.saw.as_json()} for test in item.tested],
    }


def _as_text(settings: Settings, post: Post, told: Explanation) -> list[str]:
    from content_audit.audit.context import FACTS

    say = settings.say
    lines = [say(told.audited.verdict.text)]
    facts = "、".join(f"{say(FACTS[name].text)}（{plain(saw)}）" for name, saw in _facts(post, told).items())
    lines.append(say(Text(f"语境：{facts or '无'}", f"context: {facts or 'nothing'}")))
    said = dict.fromkeys(tuple(_lines(settings, item)) for item in told.judged)  # two ways to one answer are one
    lines += [line for block in said for line in block]
    if not told.judged:
        lines.append(say(Text("没有规则找到可看的词", "no rule found anything to look at")))
    return lines


def _lines(settings: Settings, item: Judged) -> list[str]:
    from content_audit.audit.exemptions import EXEMPTIONS

    say = settings.say
    kind, _, detail = item.fell.partition(":")
    if item.stands:
        fate = say(Text(f"成立：{item.rule.verdict.text.zh}", f"stands: {item.rule.verdict.text.en}"))
    else:
        fate = f"{say(Text('不成立', 'falls'))}: {say(_FELL[kind])}{f' {detail}' if detail else ''}"
    words = item.spot.reading.words(item.spot.span)
    lines = [plain(f"{item.rule.id} {say(item.rule.title)} [{words}] {fate}")]
    for test in item.tested:
        name = say(EXEMPTIONS[test.exemption].text)
        held = say(Text("成立", "holds") if test.held else Text("不成立", "does not hold"))
        lines.append(plain(f"    {test.exemption} {name}: {held} {say(test.saw)} {test.law}".rstrip()))
    return lines
