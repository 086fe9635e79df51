"""Rulings and scopes as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from exposure_scan.model import Holder, Vantage
from exposure_scan.scope.decide import Ruling, until
from exposure_scan.scope.names import shown as shown_name
from exposure_scan.scope.scope import ASSURANCES, Area, Authority, Contact, Scope
from zhongbao_core.clock import iso, show, zone
from zhongbao_core.settings import Settings
from zhongbao_core.text import Text, mask, plain

YES, NO = Text("在范围内", "in scope"), Text("拒绝", "refused")


class Checked(NamedTuple):
    """What ``exposure scope check`` found."""

    scope: Scope
    zone: str
    at: datetime
    manifest: str
    lapsed: Text | None
    """Why nothing at all may be asked now; None where the scope is in force."""
    rulings: tuple[Ruling, ...]


def rulings_text(settings: Settings, checked: Checked) -> str:
    """One line a target, what decided below it, and the count."""
    lines = [line for ruling in checked.rulings for line in _ruling(settings, ruling)]
    allowed = sum(ruling.allowed for ruling in checked.rulings)
    refused = len(checked.rulings) - allowed
    head = _head(settings, checked.scope, checked.zone)
    if checked.lapsed is not None:
        lines.insert(
            0,
            settings.say(Text(f"此刻不得探测：{checked.lapsed.zh}", f"nothing may be asked now: {checked.lapsed.en}")),
        )
    lines.append(
        settings.say(
            Text(f"在范围内 {allowed}，拒绝 {refused}；{head}", f"{allowed} in scope, {refused} refused; {head}")
        )
    )
    return "\n".join(plain(line) for line in lines)


def rulings_json(checked: Checked) -> dict[str, Any]:
    """The same for machines."""
    return {
        "scope": _scope_head(checked.scope),
        "manifest": checked.manifest,
        "at": iso(checked.at),
        "in_force": checked.lapsed is None,
        "rulings": [ruling_json(item) for item in checked.rulings],
    }


def ruling_json(ruling: Ruling) -> dict[str, Any]:
    """One ruling."""
    return {
        "target": plain(ruling.target),
        "allowed": ruling.allowed,
        "code": ruling.code,
        "reason": ruling.reason.as_json(),
        "reads_as": ruling.plain,
        "port": ruling.port,
        "ports": str(ruling.ports),
        "line": ruling.line,
        "source": ruling.source,
        "holder": ruling.holder.value if ruling.holder else "",
        "forms": [item.as_json() for item in ruling.forms],
    }


def scope_text(settings: Settings, scope: Scope, zone_name: str, lapsed: Text | None) -> str:
    """The whole scope, line by line."""
    return "\n".join(plain(line) for line in _scope_lines(settings, scope, zone_name, lapsed))


def scope_json(scope: Scope, manifest: str, lapsed: Text | None) -> dict[str, Any]:
    """The same for machines: the exact content, its digest, and on whose word."""
    content = scope.as_json()
    content["contact"]["phone"] = _phone(scope.contact)
    return {"scope": {**_scope_head(scope), "content": content}, "manifest": manifest, "in_force": lapsed is None}


def _ruling(settings: Settings, ruling: Ruling) -> Iterator[str]:
    say = settings.say
    said = say(YES if ruling.allowed else NO)
    held = (
        f" ({say(ruling.holder.text)})" if ruling.holder and ruling.holder in (Holder.PARTNER, Holder.CUSTOMER) else ""
    )
    yield f"{said} {ruling.target[:200]}{_read_as(settings, ruling)}: {say(ruling.reason)}{held} [{ruling.code}]"
    if ruling.line:
        yield f"    {say(Text('依据', 'line'))} {ruling.line} {ruling.source}".rstrip()


def _read_as(settings: Settings, ruling: Ruling) -> str:
    """What the target is, where it was not written plainly."""
    if not ruling.forms and (not ruling.plain or ruling.plain in ruling.target):
        return ""
    forms = {"zh": "、", "en": ", "}[settings.lang].join(settings.say(item) for item in ruling.forms)
    return f" -> {_shown(ruling.plain)}" + (f" ({forms})" if forms else "")


def _shown(name: str) -> str:
    wide = shown_name(name)
    return name if wide == name else f"{name} ({wide})"


def _head(settings: Settings, scope: Scope, zone_name: str) -> str:
    here = zone(zone_name)
    word = settings.say(_word(scope.authority))
    return f"{scope.id} r{scope.revision} {scope.digest[:19]}, {word}, {settings.say(Text('至', 'until'))} {show(until(scope), here)}"


def _word(authority: Authority | None) -> Text:
    if authority is None:
        return Text("未授权", "not authorised")
    kind = ASSURANCES[authority.assurance]
    by = authority.number or "、".join(authority.persons)
    return Text(f"{kind.zh} {by}", f"{kind.en} {by}")


def _scope_head(scope: Scope) -> dict[str, Any]:
    found = scope.authority
    return {
        "id": scope.id,
        "revision": scope.revision,
        "digest": scope.digest,
        "until": iso(until(scope)),
        "authority": None
        if found is None
        else {
            "assurance": found.assurance,
            "number": found.number,
            "digest": found.digest,
            "issuer": found.issuer,
            "persons": list(found.persons),
            "start": iso(found.span.start),
            "end": iso(found.span.end) if found.span.end else "",
        },
    }


def _scope_lines(settings: Settings, scope: Scope, zone_name: str, lapsed: Text | None) -> Iterator[str]:
    say, here = settings.say, zone(zone_name)
    rates, contact = scope.rates, scope.contact
    yield f"{say(scope.name)} ({scope.id} r{scope.revision})"
    yield f"  {say(Text('状态', 'state'))}  {say(lapsed) if lapsed else say(Text('有效', 'in force'))}"
    yield f"  {say(Text('摘要', 'digest'))}  {scope.digest}"
    yield f"  {say(Text('时段', 'span'))}  {show(scope.span.start, here)} - {show(scope.end, here)}"
    yield f"  {say(Text('授权', 'word'))}  {say(_word(scope.authority))}"
    yield f"  {say(Text('视角', 'vantage'))}  {_vantage(settings, scope.vantage)}"
    yield f"  {say(Text('速率', 'rates'))}  " + say(
        Text(
            f"总 {rates.total}/s，每 /24 {rates.net}/s，每地址 {rates.host}/s",
            f"{rates.total}/s in all, {rates.net}/s to a /24, {rates.host}/s to one address",
        )
    )
    yield f"  {say(Text('负责人', 'owner'))}  {scope.owner}"
    yield f"  {say(Text('联系', 'contact'))}  {contact.name} {_phone(contact)} {contact.mail}".rstrip()
    if scope.stop_file:
        yield f"  {say(Text('急停文件', 'stop file'))}  {scope.stop_file}"
    for item in scope.allowed:
        yield from _line(settings, Text("允许", "lets"), item.area, f"tcp[{item.tcp}] udp[{item.udp}]")
    for out in scope.excluded:
        ports = say(Text("全部端口", "every port")) if out.ports is None else f"[{out.ports}]"
        yield from _line(settings, Text("排除", "excludes"), out.area, ports)
    for held in scope.held:
        yield from _line(settings, Text("使用者", "held by"), held.area, say(held.holder.text))
    if scope.resolvers:
        shown = " ".join(str(item) for item in scope.resolvers)
        yield f"  {say(Text('解析', 'resolvers'))}  {shown} [53]  {scope.resolvers_source}"


def _line(settings: Settings, word: Text, area: Area, more: str) -> Sequence[str]:
    networks = (str(item.network_address if item.num_addresses == 1 else item) for item in area.networks)
    places = " ".join([*networks, *(_shown(name) for name in area.names)])
    why = settings.say(area.why)
    return [f"  {settings.say(word)}  {area.id}: {places} {more}  {why}".rstrip() + f"  {area.source}"]


def _vantage(settings: Settings, vantage: Vantage) -> str:
    egress = " ".join(str(item) for item in vantage.egress)
    return f"{settings.say(vantage.side.text)} {vantage.probe} {egress}".rstrip()


def _phone(contact: Contact) -> str:
    """A person's mobile number is masked; a desk's is there to be called."""
    return mask(contact.phone) if contact.personal else contact.phone
