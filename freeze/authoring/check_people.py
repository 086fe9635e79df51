"""Checks of persons: one key, one account, one phone is one person; ranks exist; deputies are somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from freeze.authoring.workspace import Workspace
from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.authored import Place
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.people import Delegation, Directory
from zhongbao_core.text import NOTHING, Text, plain

OTHER = Text(
    "各写各的；一人多个账号写在同一人名下", "each their own; several accounts of one person stand under that person"
)


def check_people(workspace: Workspace) -> None:
    """Complain about ranks, persons, keys and deputies."""
    place = workspace.where.people
    if place is None:
        return
    known = set(workspace.directory.ranks)
    _ids(place, "ranks")
    _ids(place, "persons")
    for where, person in _listed(place, "persons"):
        if isinstance(person.get("rank"), str) and person["rank"] not in known:
            where.at("rank").complain(
                "RANK_UNKNOWN",
                Text(f"没有职级 {person['rank']}", f"there is no rank {person['rank']}"),
                Text(f"可用：{'、'.join(workspace.directory.ranks)}", f"use {', '.join(workspace.directory.ranks)}"),
            )
    _shared(place)
    _keys(place)
    for number, item in enumerate(workspace.directory.delegations):
        _delegation(place, number, item, workspace.directory)


def _listed(place: Place, key: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    value = place.document.value
    listed = value.get(key) if isinstance(value, dict) else None
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield place.at(key, index), item


def _ids(place: Place, key: str) -> None:
    seen: set[str] = set()
    for where, item in _listed(place, key):
        name = item.get("id")
        if isinstance(name, str) and name in seen:
            where.at("id").complain(
                "DUPLICATE_ID",
                Text(f"编号 {name} 重复", f"id {name} stands twice"),
                Text("改用别的编号", "use another id"),
            )
        seen.add(str(name))


def _shared(place: Place) -> None:
    """Accounts, phones and mails that two persons share: the same person under two names would count twice."""
    owner: dict[tuple[str, str], str] = {
        ("accounts", str(item.get("id"))): str(item.get("id")) for _, item in _listed(place, "persons")
    }
    for where, item in _listed(place, "persons"):
        person = str(item.get("id"))
        accounts = item.get("accounts")
        for number, account in enumerate(accounts if isinstance(accounts, list) else ()):
            _claim(owner, "accounts", str(account), person, where.at("accounts", number))
        for kind in ("phone", "mail"):
            if isinstance(item.get(kind), str) and item[kind]:
                _claim(owner, kind, item[kind].strip().lower(), person, where.at(kind))


_WORDS = {"accounts": Text("账号", "account"), "phone": Text("电话", "phone"), "mail": Text("邮箱", "mail")}


def _claim(owner: dict[tuple[str, str], str], kind: str, value: str, person: str, where: Place) -> None:
    first = owner.setdefault((kind, value), person)
    if first == person:
        return
    word = _WORDS[kind]
    where.complain(
        "ACCOUNT_SHARED" if kind == "accounts" else "CONTACT_SHARED",
        Text(f"{word.zh}与 {first} 相同", f"{word.en} is also that of {first}"),
        OTHER,
    )


def _keys(place: Place) -> None:
    owner: dict[bytes, str] = {}
    names: set[str] = set()
    for where, person in _listed(place, "persons"):
        keys = person.get("keys")
        for number, key in enumerate(keys if isinstance(keys, list) else ()):
            if isinstance(key, dict) and isinstance(key.get("line"), str):
                _key(where.at("keys", number), key, str(person.get("id")), owner, names)


def _key(where: Place, key: dict[str, Any], person: str, owner: dict[bytes, str], names: set[str]) -> None:
    name = str(key.get("id"))
    if name in names:
        where.at("id").complain(
            "DUPLICATE_ID",
            Text(f"密钥编号 {name} 重复", f"key id {name} stands twice"),
            Text("改用别的编号", "use another id"),
        )
    names.add(name)
    try:
        parsed = PublicKeyLine.parse(key["line"])
    except ZhongbaoError as error:
        where.at("line").complain("KEY_REFUSED", error.message, error.hint or NOTHING)
        return
    first = owner.setdefault(parsed.blob, person)
    if first != person:
        where.at("line").complain(
            "KEY_SHARED",
            Text(f"与 {first} 用同一把密钥", f"the same key as {first}"),
            Text("每人自己的密钥", "one key, one person"),
        )


def _delegation(place: Place, number: int, item: Delegation, directory: Directory) -> None:
    where = place.at("delegations", number)
    for part, name in (("principal", item.principal), ("deputy", item.deputy)):
        if name not in directory.persons:
            where.at(part).complain(
                "PERSON_UNKNOWN", Text(f"没有人员 {plain(name)}", f"there is no person {plain(name)}"), _CORRECT
            )
    if item.principal == item.deputy:
        where.at("deputy").complain(
            "DELEGATION_SELF",
            Text("代理人是委托人自己", "the deputy is the principal"),
            Text("写另一人", "name somebody else"),
        )
    for other in directory.delegations[:number]:
        if other.principal == item.principal and other.span.overlaps(item.span):
            where.complain(
                "DELEGATION_OVERLAP",
                Text(
                    f"{item.principal} 同时委托了 {other.deputy}", f"{item.principal} has {other.deputy} as deputy then"
                ),
                Text("同一时间只留一名代理人", "one deputy at a time"),
            )


_CORRECT = Text("改正编号，或先在 persons 中登记", "correct the id, or list the person first")
