"""What is wrong with a scope as a whole: its lines against each other, and its persons against the directory."""

from __future__ import annotations

from pathlib import PurePosixPath

from exposure_scan.authoring import scope_forms as forms
from exposure_scan.scope.scope import Contact, Scope
from zhongbao_core.authored import Place
from zhongbao_core.people import Directory
from zhongbao_core.text import Text


def check_form(top: Place, form: forms.ScopeForm) -> None:
    """Complain about what only shows where lines stand side by side."""
    for check in (_ids, _rates, _contact, _stop_file, _signers):
        check(top, form)


def check_persons(top: Place, scope: Scope, directory: Directory) -> None:
    """Complain about persons that are not there any more."""
    _person(top.at("owner"), scope.owner, directory)
    for index, person in enumerate(scope.signers):
        _person(top.at("authorisation", "signers", index), person, directory)


def _ids(top: Place, form: forms.ScopeForm) -> None:
    seen = {"resolvers"}
    lines = [(top.at("allow", index, "id"), item.id) for index, item in enumerate(form.allow)]
    lines += [(top.at("exclude", index, "id"), item.id) for index, item in enumerate(form.exclude)]
    lines += [(top.at("holders", index, "id"), item.id) for index, item in enumerate(form.holders)]
    for place, name in lines:
        if name in seen:
            place.complain(
                "DUPLICATE_ID",
                Text(f"id {name} 已用过", f"id {name} is taken"),
                Text("每行一个 id；resolvers 是保留字", "one id a line; resolvers is reserved"),
            )
        seen.add(name)


def _rates(top: Place, form: forms.ScopeForm) -> None:
    if not form.rates.host <= form.rates.net <= form.rates.total:
        top.at("rates").complain("RATE_ORDER", *_RATE_ORDER)


def _contact(top: Place, form: forms.ScopeForm) -> None:
    if Contact(form.contact.name, form.contact.phone).personal:
        top.at("contact", "phone").warn("CONTACT_PERSONAL", *_PERSONAL)


def _stop_file(top: Place, form: forms.ScopeForm) -> None:
    if form.stop_file and not PurePosixPath(form.stop_file).is_absolute():
        top.at("stop_file").complain("STOP_FILE", *_STOP_FILE)


def _signers(top: Place, form: forms.ScopeForm) -> None:
    if form.authorisation.signers and set(form.authorisation.signers) <= {form.owner}:
        top.at("authorisation", "signers").complain("SIGNER_IS_OWNER", *_OWN_WORD)


def _person(place: Place, name: str, directory: Directory) -> None:
    person = directory.persons.get(name)
    if person is None or not person.active:
        place.complain(
            "PERSON_UNKNOWN",
            Text(f"people.yaml 中没有在岗的 {name}", f"people.yaml has no active {name}"),
            Text("写人员的 id", "write the id of a person"),
        )


_RATE_ORDER = (
    Text("速率须 host ≤ net ≤ total", "rates must be host <= net <= total"),
    Text("单个地址不快于网段，网段不快于总量", "no host faster than its network, no network faster than all"),
)
_PERSONAL = (
    Text("联系电话是个人手机号", "the telephone is a person's mobile"),
    Text("写值班电话；扫描方会看到它", "write the duty desk's: those who are scanned will see it"),
)
_STOP_FILE = (
    Text("急停文件须为绝对路径", "the stop file is an absolute path"),
    Text("如 /run/zhongbao/stop", "such as /run/zhongbao/stop"),
)
_OWN_WORD = (
    Text("负责人不能只凭自己的签名授权", "the owner does not authorise the scope alone"),
    Text("加一名别的签名人", "name another signer"),
)
