"""What a person signs who authorises a scope: the same bytes on every machine, made from the scope alone."""

from __future__ import annotations

from exposure_scan.scope.scope import Area, Scope
from zhongbao_core.approval.statement import build
from zhongbao_core.clock import show, zone

PURPOSE = "approve"


def statement(scope: Scope, zone_name: str) -> bytes:
    """The statement over ``scope``: every line that lets and forbids, in the words of the file."""
    return build(
        scope.subject(),
        purpose=PURPOSE,
        title=scope.name.zh,
        lines=_lines(scope, zone_name),
        manifest="",
        level="",
        label="",
    )


def _lines(scope: Scope, zone_name: str) -> dict[str, str]:
    here = zone(zone_name)
    rates = scope.rates
    egress = " ".join(str(item) for item in scope.vantage.egress)
    lines = {
        "allow": "\n".join(f"{_area(item.area)} tcp[{item.tcp}] udp[{item.udp}]" for item in scope.allowed),
        "exclude": "\n".join(
            f"{_area(item.area)} [{'*' if item.ports is None else item.ports}] {item.area.why.zh}"
            for item in scope.excluded
        ),
        "holders": "\n".join(f"{_area(item.area)} {item.holder.text.zh}" for item in scope.held),
        "resolvers": " ".join(str(item) for item in scope.resolvers),
        "start": show(scope.span.start, here),
        "end": show(scope.end, here),
        "vantage": f"{scope.vantage.side.text.zh} {scope.vantage.probe} {egress}".strip(),
        "rates": f"{rates.total}/s, /24 {rates.net}/s, {rates.host}/s",
        "contact": f"{scope.contact.name} {scope.contact.phone}",
        "owner": scope.owner,
    }
    return {name: value for name, value in lines.items() if value}


def _area(area: Area) -> str:
    return f"{area.id}: {' '.join([*(str(item) for item in area.networks), *area.names])}"
