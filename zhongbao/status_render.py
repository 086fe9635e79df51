"""The status as one screen, one line, or JSON. Words from outside are neutralised; names, never phones."""

from __future__ import annotations

import json as _json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from freeze.model import KINDS
from zhongbao.status import Books, Open, Owed, Running, Status
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.desk.rules import STATUS
from zhongbao_core.finding import AREAS
from zhongbao_core.text import Lang, Text, escape, pad

if TYPE_CHECKING:
    from content_audit.release.emergency_desk import Notice
    from content_audit.release.takedown import Takedown
    from content_audit.release.waiting import Waits

UNSEEN = Text("未检查", "not looked at")
NONE = Text("无", "none")
_ACTIONS = {
    "allow": Text("自由", "free"),
    "approve": Text("凭放行单", "by permit"),
    "block": Text("不放行", "not at all"),
}


def line(status: Status, lang: Lang) -> str:
    """The status in one line, for a phone call or a prompt."""
    parts = [f"{status.system}: " if status.system else "", _level(status, lang)]
    parts = ["".join(parts) + _until(status, lang)]
    parts += [words.pick(lang) for words in _counts(status)]
    if status.rehearsal:
        parts.append(Text("演练", "rehearsal").pick(lang))
    return escape(" | ".join(parts), "terminal") + "\n"


def _counts(status: Status) -> Iterator[Text]:
    books = status.books
    if books is None:
        yield Text(f"存证日志{UNSEEN.zh}", f"ledger {UNSEEN.en}")
    elif status.system and books.running:
        who = "、".join(f"{item.request}（{item.executor}）" for item in books.running)
        yield Text(f"实施中 {who}", f"running {who.replace('、', ', ').replace('（', ' (').replace('）', ')')}")
        yield from _rest(books)
    else:
        yield Text(f"实施中 {len(books.running)}", f"running {len(books.running)}")
        yield from _rest(books)
    yield from _content_counts(status)
    problem = status.policies.problem
    yield Text("策略未验证", "policy not verified") if problem else Text("策略有效", "policy valid")


def _rest(books: Books) -> Iterator[Text]:
    yield Text(f"待办申请 {len(books.open)}", f"open requests {len(books.open)}")
    for name, items in (
        (Text("待补签", "confirmations owed"), books.confirmations),
        (Text("待复盘", "reviews owed"), books.reviews),
    ):
        late = sum(item.late for item in items)
        more = Text(f"（逾期 {late}）", f" ({late} late)") if late else Text("", "")
        yield Text(f"{name.zh} {len(items)}{more.zh}", f"{name.en} {len(items)}{more.en}")


def _content_counts(status: Status) -> Iterator[Text]:
    """What of the content release waits; a line is short, so nothing where nothing does."""
    if status.content is None:
        return
    found = status.content.waiting
    if found is None:
        yield Text(f"稿件{UNSEEN.zh}", f"posts {UNSEEN.en}")
        return
    rows: tuple[tuple[Text, Sequence[Any], int], ...] = (
        (Text("待审稿件", "posts waiting"), found.posts, 0),
        (Text("待下线", "takedowns"), found.takedowns, sum(item.overdue(status.at) for item in found.takedowns)),
        (
            Text("紧急发布待复核", "emergency reviews"),
            found.reviews,
            sum(item.overdue(status.at) for item in found.reviews),
        ),
    )
    for name, items, late in rows:
        more = Text(f"（逾期 {late}）", f" ({late} late)") if late else Text("", "")
        if items:
            yield Text(f"{name.zh} {len(items)}{more.zh}", f"{name.en} {len(items)}{more.en}")


def text(status: Status, lang: Lang) -> str:
    """The status as one screen."""
    rows = [
        *_head(status),
        *_holding(status),
        *_ledger(status),
        *_content(status),
        *_register(status),
        *_policy(status),
    ]
    shown = [f"{pad(label.pick(lang), 14)}{escape(value.pick(lang), 'terminal')}" for label, value in rows]
    return "\n".join(shown) + "\n"


Row = tuple[Text, Text]
_MORE = Text("", "")


def _both(value: str) -> Text:
    """Text that reads the same in every language: an id, a time."""
    return Text(value, value)


def _head(status: Status) -> Iterator[Row]:
    mark = Text("（演练）", " (rehearsal)") if status.rehearsal else _MORE
    when = show(status.at, zone(status.zone))
    yield Text("时间", "at"), Text(when + mark.zh, when + mark.en)
    if status.system:
        yield Text("系统", "system"), _both(status.system)
    event = status.event or Text("没有保障期", "no protection period")
    phase = status.phase or Text("不在任何阶段内", "in no phase")
    end = show(status.phase_ends, zone(status.zone)) if status.phase_ends else ""
    until = Text(f"（至 {end}）", f" (until {end})") if end else _MORE
    yield Text("保障期", "event"), Text(f"{event.zh} · {phase.zh}{until.zh}", f"{event.en} - {phase.en}{until.en}")
    yield (
        Text("级别", "level"),
        Text(_level(status, "zh") + _until(status, "zh"), _level(status, "en") + _until(status, "en")),
    )


def _level(status: Status, lang: Lang) -> str:
    name = status.level.text.pick(lang)
    if not status.label:
        return name
    return f"{name}（{status.label}）" if lang == "zh" else f"{name} ({status.label})"


def _until(status: Status, lang: Lang) -> str:
    if not status.level:
        return ""
    if not status.ends_known or status.ends is None:
        return Text("及以上，至解封为止（时间未定）", " or stricter until a signed lift").pick(lang)
    return Text("及以上，至 ", " or stricter until ").pick(lang) + show(status.ends, zone(status.zone))


def _holding(status: Status) -> Iterator[Row]:
    for action, words in _ACTIONS.items():
        kinds = status.actions.get(action, ())  # type: ignore[call-overload]
        if kinds:
            yield words, Text("、".join(KINDS[kind].zh for kind in kinds), ", ".join(KINDS[kind].en for kind in kinds))
    for item in status.held:
        end = show(item.end, zone(status.zone)) if item.end else ""
        until = Text(end or "时间未定", end or "a signed lift")
        via = " ← ".join(item.via) if len(item.via) > 1 else ""
        yield (
            Text("封网窗口", "freeze window"),
            Text(
                f"{item.id} {item.name.zh} · {item.level.text.zh} · 至 {until.zh} · {item.owner} {via}".rstrip(" ·"),
                f"{item.id} {item.name.en} - {item.level.text.en} - until {until.en} - {item.owner} {via}".rstrip(" -"),
            ),
        )
    if not status.held:
        yield Text("封网窗口", "freeze window"), NONE


def _ledger(status: Status) -> Iterator[Row]:
    names = (
        Text("实施中", "running"),
        Text("待办申请", "open"),
        Text("待补签", "to confirm"),
        Text("待复盘", "to review"),
    )
    if status.books is None:
        why = status.books_problem or UNSEEN
        for name in names:
            yield name, Text(f"{UNSEEN.zh}（{why.zh}）", f"{UNSEEN.en} ({why.en})")
        return
    books, place = status.books, status.zone
    lists: tuple[Iterable[Text], ...] = (
        [_running(item, place) for item in books.running],
        [words for item in books.open for words in _open(item, place)],
        [_owed(item, place) for item in books.confirmations],
        [_owed(item, place) for item in books.reviews],
    )
    for name, values in zip(names, lists, strict=True):
        rows = list(values) or [NONE]
        yield from ((name if index == 0 else _MORE, value) for index, value in enumerate(rows))


def _running(item: Running, place: str) -> Text:
    where, begun, until = _targets(item), show(item.started, zone(place)), show(item.until, zone(place))
    late = Text("，已超时", ", LATE") if item.late else _MORE
    return Text(
        f"{item.request} {item.title} · {where} · {item.executor} · {begun} 起，应于 {until} 前结束{late.zh}",
        f"{item.request} {item.title} - {where} - {item.executor} - since {begun}, to end by {until}{late.en}",
    )


def _open(item: Open, place: str) -> Iterator[Text]:
    word, start = STATUS[item.status], show(item.start, zone(place))
    yield Text(
        f"{item.request} {item.title} · {_targets(item)} · {start} · {word.zh}",
        f"{item.request} {item.title} - {_targets(item)} - {start} - {word.en}",
    )
    for lack in item.lacks:
        yield Text(f"  {lack.zh}", f"  {lack.en}")


def _targets(item: Running | Open) -> str:
    shown = ", ".join(str(target) for target in item.targets[:3])
    return f"{shown} (+{len(item.targets) - 3})" if len(item.targets) > 3 else shown


def _owed(item: Owed, place: str) -> Text:
    due = show(item.due, zone(place))
    late = Text("，已逾期", ", OVERDUE") if item.late else _MORE
    return Text(
        f"{item.reference} · {item.person} · 限 {due}{late.zh}",
        f"{item.reference} - {item.person} - due {due}{late.en}",
    )


def _content(status: Status) -> Iterator[Row]:
    if status.content is None:
        return
    names = (Text("待审稿件", "posts"), Text("待下线", "to take down"), Text("紧急发布复核", "emergencies"))
    found = status.content.waiting
    if found is None:
        why = status.content.problem or UNSEEN
        for name in names:
            yield name, Text(f"{UNSEEN.zh}（{why.zh}）", f"{UNSEEN.en} ({why.en})")
        return
    lists: tuple[Iterable[Text], ...] = (
        [words for item in found.posts for words in _post(item, status.zone)],
        [_down(item, status) for item in found.takedowns],
        [_notice(item, status) for item in found.reviews],
    )
    for name, values in zip(names, lists, strict=True):
        rows = list(values) or [NONE]
        yield from ((name if index == 0 else _MORE, value) for index, value in enumerate(rows))


def _post(item: Waits, place: str) -> Iterator[Text]:
    start = show(item.start, zone(place))
    word = Text(f"发布门未放行 {item.held}", f"held {item.held}") if item.held else STATUS["open"]
    yield Text(
        f"{item.post} {item.title} · {item.account} · {start} · {word.zh}",
        f"{item.post} {item.title} - {item.account} - {start} - {word.en}",
    )
    for lack in item.lacks:
        yield Text(f"  {lack.zh}", f"  {lack.en}")


def _down(item: Takedown, status: Status) -> Text:
    due, owner = show(item.due, zone(status.zone)), item.owner or "-"
    late, up = _MORE, _MORE
    if item.overdue(status.at):
        words = item.late_text(status.at)
        late = Text(f"，{words.zh}", f", {words.en.upper()}")
    if item.escalated_to:
        up = Text(f"，已升级至 {item.escalated_to}", f", escalated to {item.escalated_to}")
    return Text(
        f"{item.id} · {item.channel} {item.account} · {owner} · 限 {due}{late.zh}{up.zh}",
        f"{item.id} - {item.channel} {item.account} - {owner} - due {due}{late.en}{up.en}",
    )


def _notice(item: Notice, status: Status) -> Text:
    due, late = show(item.due, zone(status.zone)), _MORE
    if item.overdue(status.at):
        words = item.late_text(status.at)
        late = Text(f"，{words.zh}", f", {words.en.upper()}")
    return Text(
        f"{item.id} · {item.account} · {item.person} 签发 · 限 {due} 前复核{late.zh}",
        f"{item.id} - {item.account} - let out by {item.person} - review due {due}{late.en}",
    )


def _register(status: Status) -> Iterator[Row]:
    counts = status.register.open if status.register else dict.fromkeys(AREAS)
    zh = " · ".join(f"{AREAS[area].zh} {UNSEEN.zh if count is None else count}" for area, count in counts.items())
    en = " - ".join(f"{AREAS[area].en} {UNSEEN.en if count is None else count}" for area, count in counts.items())
    yield Text("未销号问题", "open findings"), Text(zh, en)


def _policy(status: Status) -> Iterator[Row]:
    found = status.policies
    label = Text("策略清单", "manifest")
    if found.problem is not None:
        yield label, Text(f"未验证：{found.problem.zh}", f"NOT VERIFIED: {found.problem.en}")
        return
    version = found.manifest.partition(":")[0]
    until = show(found.valid_until, zone(status.zone)) if found.valid_until else ""
    yield label, Text(f"第 {version} 版，有效至 {until}", f"version {version}, valid until {until}")


def json(status: Status, lang: Lang) -> str:
    """The status for machines, instants in UTC; ``null`` is what was not looked at."""
    return _json.dumps(body(status), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def body(status: Status) -> dict[str, Any]:
    """The status as values for JSON."""
    return {
        "schema_version": 1,
        "reason_code": "OVERDUE" if status.late else "OK" if status.whole else "NOT_LOOKED",
        "at": iso(status.at),
        "rehearsal": status.rehearsal,
        "system": status.system or None,
        "event": status.event.as_json() if status.event else None,
        "phase": status.phase.as_json() if status.phase else None,
        "level": status.level.id,
        "level_name": status.level.text.as_json(),
        "label": status.label,
        "phase_ends": _iso(status.phase_ends),
        "ends": _iso(status.ends),
        "ends_known": status.ends_known,
        "kinds": {action: list(kinds) for action, kinds in status.actions.items()},
        "held": [_held_json(item) for item in status.held],
        "ledger": _books_json(status.books) if status.books else None,
        "ledger_problem": status.books_problem.as_json() if status.books_problem else None,
        "content": _content_json(status),
        "open_findings": status.register.open if status.register else dict.fromkeys(AREAS),
        "manifest": {
            "label": status.policies.manifest,
            "valid_until": _iso(status.policies.valid_until),
            "problem": status.policies.problem.as_json() if status.policies.problem else None,
        },
    }


def _held_json(item: Any) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name.as_json(),
        "level": item.level.id,
        "owner": item.owner,
        "end": _iso(item.end),
        "via": list(item.via),
    }


def _books_json(books: Books) -> dict[str, Any]:
    return {
        "running": [_plain(item) for item in books.running],
        "open": [_plain(item) for item in books.open],
        "confirmations": [_plain(item) for item in books.confirmations],
        "reviews": [_plain(item) for item in books.reviews],
    }


def _content_json(status: Status) -> dict[str, Any] | None:
    if status.content is None:
        return None
    found, problem = status.content.waiting, status.content.problem
    if found is None:
        return {"posts": None, "takedowns": None, "reviews": None, "problem": problem.as_json() if problem else None}
    return {
        "posts": [{**_plain(item), "held": item.held or None} for item in found.posts],
        "takedowns": [_late_json(item, status, _TAKEDOWN) for item in found.takedowns],
        "reviews": [_late_json(item, status, _NOTICE) for item in found.reviews],
        "problem": None,
    }


_TAKEDOWN = ("id", "channel", "account", "severity", "owner", "due", "escalated_to")
_NOTICE = ("id", "account", "template", "person", "due")


def _late_json(item: Takedown | Notice, status: Status, names: Iterable[str]) -> dict[str, Any]:
    hours = item.late_hours(status.at)
    body = {name: _value(getattr(item, name)) for name in names}
    return {**body, "overdue": item.overdue(status.at), "late_hours": hours, "late_days": hours // 24}


def _plain(item: Running | Open | Owed | Waits) -> dict[str, Any]:
    return {name: _value(value) for name, value in item._asdict().items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return [part.as_json() if isinstance(part, Text) else str(part) for part in value]
    return value


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None
