"""An audit for a terminal: worst posts first, each hit with its words marked, its law and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from content_audit.audit.copies import Group
from content_audit.model import CHANNELS, Audited, Hit, Tested, Unread, Verdict, Why
from content_audit.show.report import ContentReport, around, for_reader, title_of
from zhongbao_core.clikit import colour_wanted
from zhongbao_core.clock import show, zone
from zhongbao_core.text import NOTHING, Lang, Text, escape, pad

_PAINT = {Verdict.BLOCK: "1;31", Verdict.REVIEW: "1;33", Verdict.NOTE: "36", Verdict.PASS: "32"}
_LAW, _WHY = Text("依据", "law"), Text("原因", "why")
_REMEDY, _EVIDENCE = Text("建议", "do"), Text("可凭", "settles")
_TESTED, _READ_AS = Text("已检验", "tested"), Text("还原为", "reads as")
_HOLDS, _FAILS = Text("成立：", "holds: "), Text("均不成立：", "none holds: ")
COPIES_SHOWN = 6
"""Posts of a group of copies that are named."""
NAMED = 5
"""Exemptions that did not hold and are named at a terminal."""
UNREAD_SHOWN = 10
"""Things not audited that are named one by one, for each reason; the JSON lines name all of them."""


def text(report: ContentReport, lang: Lang, *, colour: bool | None = None) -> str:
    """``report`` as lines; everything from outside neutralised for a terminal."""
    report = for_reader(report)
    paint = colour_wanted() if colour is None else colour
    lines = [f"{escape(report.title.pick(lang), 'terminal')}  {show(report.at, zone(report.zone))}", ""]
    for row in report.marked:
        lines += [*_post(report, row, lang, paint), ""]
    lines += [*_copies(report, lang), *_unread(report, lang)]
    lines += [_count(report, lang), _looked(report, lang), _rests_on(report, lang)]
    return "\n".join(lines) + "\n"


def _post(report: ContentReport, row: Audited, lang: Lang, paint: bool) -> Iterator[str]:
    post = row.post
    verdict = _painted(f"[{row.verdict.text.pick(lang)}]", row.verdict, paint)
    named = [CHANNELS[post.channel].pick(lang), post.account, post.id]
    head = escape(" · ".join(part for part in named if part), "terminal")
    yield f"{verdict} {escape(title_of(post, masked=report.masked), 'terminal')}"
    yield f"  {head}  ({escape(str(post.source), 'terminal')})"
    for hit in row.hits:
        yield from _hit(report, row, hit, lang, paint)


def _hit(report: ContentReport, row: Audited, hit: Hit, lang: Lang, paint: bool) -> Iterator[str]:
    degree = f"{hit.verdict.text.pick(lang)}·{hit.severity.text.pick(lang)}·{hit.confidence.text.pick(lang)}"
    yield f"  {_painted(hit.rule, hit.verdict, paint)} {escape(hit.title.pick(lang), 'terminal')}  [{degree}]"
    if hit.passage >= 0:
        passage = row.post.passages[hit.passage]
        before, words, after = (escape(part, "terminal") for part in around(passage, hit, masked=report.masked))
        marked = _painted(words, hit.verdict, True) if paint else f"[[{words}]]"
        where = " ".join(part for part in (passage.role.text.pick(lang), escape(passage.locator, "terminal")) if part)
        yield f"    {before}{marked}{after}  ({where} {hit.start}-{hit.end})"
    for label, value in _about(hit, lang):
        yield f"    {pad(label.pick(lang), 8)} {escape(value, 'terminal')}"


def _about(hit: Hit, lang: Lang) -> Iterator[tuple[Text, str]]:
    if hit.steps:
        steps = _comma(lang).join(step_text(step).pick(lang) for step in hit.steps)
        yield _READ_AS, f"{hit.folded} ({steps})"
    if hit.law:
        yield _LAW, hit.law
    for label, value in ((_WHY, hit.why), (_REMEDY, hit.remedy), (_EVIDENCE, hit.evidence)):
        if value != NOTHING:
            yield label, value.pick(lang)
    if hit.tested:
        yield from ((_TESTED, line) for line in tested_lines(hit.tested, lang, most=NAMED))


def tested_lines(tested: Sequence[Tested], lang: Lang, most: int = 100) -> list[str]:
    """The exemptions that were tested: those that hold with what was seen, of the others up to ``most`` by name."""
    held = [item for item in tested if item.held]
    fell = [exemption_text(item.exemption).pick(lang) for item in tested if not item.held]
    lines = [
        f"{_HOLDS.pick(lang)}{exemption_text(item.exemption).pick(lang)} {item.saw.pick(lang)}".strip() for item in held
    ]
    named = _comma(lang).join(fell[:most])
    count = Text(f" 等 {len(fell)} 项", f" and others, {len(fell)} in all").pick(lang) if len(fell) > most else ""
    return lines + ([_FAILS.pick(lang) + named + count] if fell else [])


def step_text(step: str) -> Text:
    """What a step of folding is called."""
    from content_audit.match.fold import STEPS

    return STEPS.get(step, Text(step, step))


def exemption_text(name: str) -> Text:
    """What an exemption is called; its id where it has no other name."""
    from content_audit.audit.exemptions import EXEMPTIONS

    known = EXEMPTIONS.get(name)
    return known.text if known else Text(name, name)


def _comma(lang: Lang) -> str:
    return "、" if lang == "zh" else ", "


def unread_line(item: Unread, lang: Lang) -> str:
    """Something that was not audited, in one line."""
    where = " ".join(part for part in (str(item.source), item.post, item.locator) if part)
    detail = f" ({item.detail})" if item.detail else ""
    return f"{where}: {item.why.text.pick(lang)}{detail}"


def copies_line(group: Group, lang: Lang) -> str:
    """Posts that are alike, in one line."""
    posts = _comma(lang).join(f"{item.account} {item.post}".strip() for item in group.posts[:COPIES_SHOWN])
    more = len(group.posts) - COPIES_SHOWN
    rest = Text(f" 等 {len(group.posts)} 篇", f" and others, {len(group.posts)} in all") if more > 0 else NOTHING
    return posts + rest.pick(lang)


def _copies(report: ContentReport, lang: Lang) -> Iterator[str]:
    if report.copies:
        yield Text("多个账号内容雷同：", "the same content on several accounts:").pick(lang)
        yield from (f"  {escape(copies_line(group, lang), 'terminal')}" for group in report.copies)
        yield ""


def _unread(report: ContentReport, lang: Lang) -> Iterator[str]:
    found = report.all_unread
    if found:
        yield Text(f"未审核 {len(found)} 项：", f"not audited, {len(found)} items:").pick(lang)
        for why, items in _by_reason(found).items():
            yield from (f"  {escape(unread_line(item, lang), 'terminal')}" for item in items[:UNREAD_SHOWN])
            more, reason = len(items) - UNREAD_SHOWN, why.text
            if more > 0:
                words = Text(f"……另有 {more} 项：{reason.zh}", f"... and {more} more: {reason.en}")
                yield f"  {words.pick(lang)}"
        yield ""


def _by_reason(found: Iterable[Unread]) -> dict[Why, list[Unread]]:
    listed: dict[Why, list[Unread]] = {}
    for item in found:
        listed.setdefault(item.why, []).append(item)
    return listed


def _count(report: ContentReport, lang: Lang) -> str:
    if not report.looked:
        return Text("稿件：未检查（没有读到任何稿件）", "posts: not looked at (none was read)").pick(lang)
    found = [f"{verdict.text.pick(lang)} {count}" for verdict, count in report.by_verdict().items()]
    hits = report.tally.findings
    words = Text(f"稿件 {len(report.audited)} 篇，问题 {hits} 处：", f"{len(report.audited)} posts, {hits} findings: ")
    return words.pick(lang) + " · ".join(found)


def _looked(report: ContentReport, lang: Lang) -> str:
    counts = report.counts
    pictures = ""
    if counts.pictures:
        skipped = Text("，按要求跳过", ", skipped as asked") if report.skip_pictures else NOTHING
        pictures = Text(
            f"，图片 {counts.pictures} 张（未读 {counts.pictures_unread} 张{skipped.zh}）",
            f", {counts.pictures} pictures ({counts.pictures_unread} unread{skipped.en})",
        ).pick(lang)
    removed = (
        Text(f"，已下线 {counts.removed} 篇", f", {counts.removed} taken down").pick(lang) if counts.removed else ""
    )
    looked = Text(
        f"审核范围：{counts.passages} 段 {counts.characters} 字",
        f"looked at: {counts.passages} passages, {counts.characters} characters",
    )
    return looked.pick(lang) + pictures + removed


def _rests_on(report: ContentReport, lang: Lang) -> str:
    basis = report.basis
    signed = Text("已签名策略", "signed policy") if basis.signed else Text("策略未签名", "policy not signed")
    parts = [
        Text(f"规则 {basis.rules} 条", f"{basis.rules} rules").pick(lang),
        Text(f"级别 {basis.level.zh}", f"level {basis.level.en}").pick(lang),
        f"{signed.pick(lang)} {basis.policy[:19]}",
        Text(f"分词 {basis.segmenter}", f"word borders {basis.segmenter}").pick(lang) if basis.segmenter else "",
    ]
    return Text("依据：", "basis: ").pick(lang) + escape(" · ".join(part for part in parts if part), "terminal")


def _painted(words: str, verdict: Verdict, paint: bool) -> str:
    return f"\x1b[{_PAINT[verdict]}m{words}\x1b[0m" if paint else words
