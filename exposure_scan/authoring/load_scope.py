"""``exposure/scope.yaml`` to a Scope, with every complaint on the way; and what the present instant makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exposure_scan.authoring import scope_forms as forms
from exposure_scan.authoring.check_scope import check_form, check_persons
from exposure_scan.authoring.places import addresses, names, networks
from exposure_scan.model import Holder, Side, Vantage
from exposure_scan.ports import NO_PORTS, Ports, parse_ports
from exposure_scan.scope.scope import Allowed, Area, Authority, Contact, Excluded, Held, Rates, Scope
from zhongbao_core.authored import Place, form_at
from zhongbao_core.clock import Span
from zhongbao_core.complaint import Complaint, in_order
from zhongbao_core.load_people import END_BEFORE_START, text_of
from zhongbao_core.people import Directory
from zhongbao_core.text import Text
from zhongbao_core.yamlfile import Document, parse_yaml, read_yaml

FILE = "exposure/scope.yaml"
SIDES: Mapping[str, Side] = {"互联网侧": Side.INTERNET, "内网侧": Side.INSIDE}
HOLDERS: Mapping[str, Holder] = {"自有": Holder.OWN, "合作方": Holder.PARTNER, "客户": Holder.CUSTOMER}


@dataclass(frozen=True, slots=True)
class LoadedScope:
    """The scope, None where it cannot be used, and everything that is wrong with it."""

    scope: Scope | None
    document: Document

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """Everything wrong, in order of place."""
        return in_order(self.document.complaints)

    @property
    def errors(self) -> tuple[Complaint, ...]:
        """What makes it unusable."""
        return tuple(item for item in self.complaints if item.severity == "error")

    def against(self, directory: Directory) -> LoadedScope:
        """The same with the complaints that only the list of persons shows."""
        if self.scope is not None:
            check_persons(Place(self.document), self.scope, directory)
        return self


def load_scope_file(path: Path, zone_name: str, *, name: str = "") -> LoadedScope:
    """The scope in the file at ``path``, which complaints call ``name``."""
    return load_scope(read_yaml(path, name=name or str(path)), zone_name)


def load_scope_bytes(data: bytes, zone_name: str, name: str = FILE) -> LoadedScope:
    """The scope in ``data``."""
    return load_scope(parse_yaml(data, name), zone_name)


def load_scope(document: Document, zone_name: str) -> LoadedScope:
    """The scope in ``document``; ``zone_name`` is the company's, for times without an offset."""
    top = Place(document)
    cut = document.value is None or any(item.code == "YAML_SYNTAX" for item in document.complaints)
    form = None if cut else form_at(top, document.value, forms.ScopeForm)
    if form is None:
        return LoadedScope(None, document)
    made = _scope(top, form, zone_name)
    broken = any(item.severity == "error" for item in document.complaints)
    return LoadedScope(None if broken else made, document)


def _scope(top: Place, form: forms.ScopeForm, zone_name: str) -> Scope | None:
    span = _span(top, form.start, form.end, zone_name)
    allowed = tuple(_allowed(top.at("allow", index), item) for index, item in enumerate(form.allow))
    excluded = tuple(_excluded(top.at("exclude", index), item) for index, item in enumerate(form.exclude))
    held = tuple(_held(top.at("holders", index), item) for index, item in enumerate(form.holders))
    resolvers = addresses(top.at("resolvers"), form.resolvers)
    vantage = Vantage(
        SIDES.get(form.vantage.side) or Side(form.vantage.side),
        form.vantage.probe,
        addresses(top.at("vantage", "egress"), form.vantage.egress),
    )
    authority = _authority(top.at("authorisation"), form.authorisation, zone_name)
    check_form(top, form)
    if span is None:
        return None
    if not form.exclude and not form.holders:
        top.at("allow").warn("SCOPE_NO_EXCLUDES", *_NO_EXCLUDES)
    return Scope(
        id=form.id,
        name=text_of(form.name),
        revision=form.revision,
        owner=form.owner,
        contact=Contact(form.contact.name, form.contact.phone, form.contact.mail),
        span=span,
        vantage=vantage,
        rates=Rates(form.rates.total, form.rates.net, form.rates.host),
        allowed=allowed,
        excluded=excluded,
        held=held,
        resolvers=resolvers,
        stop_file=form.stop_file,
        signers=tuple(form.authorisation.signers),
        authority=authority,
        source=top.source,
        resolvers_source=top.at("resolvers").source,
    )


def _span(place: Place, start_text: str, end_text: str, zone_name: str) -> Span | None:
    """The span; a scope and a paper both have an end, so ``open`` is no time here."""
    start = place.at("start").instant(start_text, zone_name)
    end = place.at("end").instant(end_text, zone_name)
    if start is None or end is None:
        return None
    if end <= start:
        place.at("end").complain("END_BEFORE_START", *END_BEFORE_START)
        return None
    return Span(start, end)


def _area(place: Place, form: forms.AllowForm | forms.ExcludeForm, *, lets: bool) -> Area:
    if not form.addresses and not form.names:
        place.complain("EMPTY_SELECTOR", *_NOTHING_NAMED)
    return Area(
        form.id,
        networks(place.at("addresses"), form.addresses, lets=lets),
        names(place.at("names"), form.names, lets=lets),
        place.source,
        text_of(form.why),
    )


def _allowed(place: Place, form: forms.AllowForm) -> Allowed:
    if form.tcp is None and form.udp is None:
        place.complain("PORTS", *_NO_PORTS_SAID)
    tcp, udp = _ports(place.at("tcp"), form.tcp), _ports(place.at("udp"), form.udp)
    return Allowed(_area(place, form, lets=True), tcp or NO_PORTS, udp or NO_PORTS)


def _excluded(place: Place, form: forms.ExcludeForm) -> Excluded:
    return Excluded(_area(place, form, lets=False), _ports(place.at("ports"), form.ports))


def _held(place: Place, form: forms.HolderForm) -> Held:
    found = networks(place.at("addresses"), form.addresses, lets=False)
    area = Area(form.id, found, (), place.source, text_of(form.why))
    return Held(area, HOLDERS.get(form.holder) or Holder(form.holder))


def _ports(place: Place, text: str | None) -> Ports | None:
    return place.read("PORTS", lambda: parse_ports(text)) if text is not None else None


def _authority(place: Place, form: forms.AuthorisationForm, zone_name: str) -> Authority | None:
    """The word of a registered paper; a word by signature is found later, beside the file."""
    if form.paper is not None and form.signers:
        place.complain("AUTHORISATION", *_BOTH)
    if form.paper is None:
        if not form.signers:
            place.warn("SCOPE_UNAUTHORISED", *_NO_WORD)
        return None
    paper = form.paper
    span = _span(place.at("paper"), paper.start, paper.end, zone_name)
    if span is None:
        return None
    return Authority("attested", span, paper.number, paper.digest, paper.issuer, source=place.at("paper").source)


_NO_EXCLUDES = (
    Text("没有排除项，也没有标出客户地址", "nothing is excluded and no customers' addresses are marked"),
    Text("确认网段内没有宽带、IDC、专线客户", "make sure that no broadband, IDC or leased-line customer lies inside"),
)
_NOTHING_NAMED = (
    Text("没有地址也没有名称", "it names no address and no name"),
    Text("写 addresses 或 names", "write addresses or names"),
)
_NO_PORTS_SAID = (
    Text("没有写端口", "it names no ports"),
    Text('写 tcp: "1-65535" 或 udp: "53,161"', 'write tcp: "1-65535" or udp: "53,161"'),
)
_BOTH = (
    Text("授权书和签名只能写一种", "either a paper or signers, not both"),
    Text("留下一种", "keep one"),
)
_NO_WORD = (
    Text("没有授权：不写授权书，也没有签名人", "nobody authorises it: no paper and no signers"),
    Text("登记授权书 paper，或写 signers", "register the paper, or name signers"),
)
