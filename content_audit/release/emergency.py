"""Emergency notices (紧急发布): words approved beforehand, gaps filled by kind, out with the duty rung, reviewed next day.

The filling is pure. A gap takes only what its kind allows, so that nobody writes a new text through it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from content_audit.audit.registers import Account, Slot, Template
from zhongbao_core.canonical import canonical
from zhongbao_core.clock import iso, parse_instant, parse_wall, resolve, show, zone
from zhongbao_core.errors import InputError, ZhongbaoError
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-emergency/1"
ISSUED, REVIEWED = "emergency.issued", "emergency.reviewed"
_PLACE = re.compile(r"[\u4e00-\u9fffA-Za-z0-9、（）()·-]+")
_PHONE = re.compile(r"\+?[0-9][0-9-]{2,19}")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?[%％]?")
_TEXT = re.compile(r"[^\x00-\x1f<>{}]*")
_LINK = re.compile(r"https?:|www\.|://", re.IGNORECASE)


class Filled(NamedTuple):
    """A notice ready to go out."""

    template: str
    title: str
    words: str
    slots: tuple[tuple[str, str], ...]


def fill(template: Template, values: Mapping[str, str], zone_name: str) -> Filled:
    """``template`` with its gaps filled. Raises InputError SLOT_UNFILLED, SLOT_UNKNOWN, SLOT_INVALID."""
    known = {slot.name for slot in template.slots}
    for name in sorted(set(values) - known):
        raise _bad("SLOT_UNKNOWN", name, Text("模板没有这一空", "the template has no such gap"))
    made: dict[str, str] = {}
    for slot in template.slots:
        if not values.get(slot.name, "").strip():
            raise _bad("SLOT_UNFILLED", slot.name, Text("未填写", "is not filled"))
        made[slot.name] = _value(slot, values[slot.name].strip(), zone_name)
    words = re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda match: made[match[1]], template.words)
    return Filled(template.id, template.title.zh, words, tuple(sorted(made.items())))


def _value(slot: Slot, value: str, zone_name: str) -> str:
    if len(value) > slot.longest:
        raise _bad("SLOT_INVALID", slot.name, Text(f"超过 {slot.longest} 字", f"is longer than {slot.longest}"))
    if slot.kind == "choice":
        if value not in slot.choices:
            shown = "、".join(slot.choices)
            raise _bad("SLOT_INVALID", slot.name, Text(f"只能选 {shown}", f"takes one of {shown}"))
        return value
    if slot.kind in ("time", "date"):
        return _when(slot, value, zone_name)
    pattern = {"place": _PLACE, "phone": _PHONE, "number": _NUMBER, "text": _TEXT}[slot.kind]
    if not pattern.fullmatch(value) or _LINK.search(value):
        raise _bad("SLOT_INVALID", slot.name, Text(f"不是 {slot.kind}", f"is no {slot.kind}"))
    return value


def _when(slot: Slot, value: str, zone_name: str) -> str:
    """A time as people write it in a notice, ``11月22日20时15分``."""
    try:
        naive, offset = parse_wall(value if slot.kind == "time" else f"{value}T00:00")
    except ZhongbaoError as error:
        raise _bad("SLOT_INVALID", slot.name, error.message) from error
    at = naive if offset is None else parse_instant(value).astimezone(zone(zone_name)).replace(tzinfo=None)
    day = f"{at.month}月{at.day}日"
    return day if slot.kind == "date" else f"{day}{at.hour}时{f'{at.minute:02d}分' if at.minute else ''}"


def document(filled: Filled, account: Account, snapshot: Mapping[str, Any], at: datetime, nonce: str) -> bytes:
    """What the duty rung signs: the notice, its template and gaps, the account, the instant."""
    return canonical(
        {
            "format": FORMAT,
            "template": filled.template,
            "title": filled.title,
            "words": filled.words,
            "slots": dict(filled.slots),
            "account": account.id,
            "channel": account.channel,
            "snapshot": dict(snapshot),
            "at": iso(at),
            "nonce": nonce,
        }
    )


def review_due(at: datetime, zone_name: str) -> datetime:
    """The end of the next day in the company's zone."""
    here = zone(zone_name)
    day = at.astimezone(here).date() + timedelta(days=2)
    return resolve(datetime(day.year, day.month, day.day), here, "later")


def due_words(due: datetime, zone_name: str) -> Text:
    """Until when the review is owed."""
    when = show(due, zone(zone_name))
    return Text(f"须于 {when} 前复核", f"to be reviewed before {when}")


def _bad(code: str, name: str, why: Text) -> InputError:
    shown = plain(name)
    return InputError(
        Text(f"填空 {shown}：{why.zh}", f"gap {shown} {why.en}"),
        Text("用 --slot 名称=内容 填写", "fill it with --slot name=value"),
        reason_code=code,
    )
