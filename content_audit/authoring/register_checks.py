"""What is wrong between the rows of registers: one id twice, templates with gaps nobody fills, exemptions of nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from zhongbao_core.authored import Place
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from content_audit.authoring.registers import Row
    from zhongbao_core.people import Directory

SLOT = re.compile(r"\{([^{}]*)\}")


def check_rows(rows: Mapping[str, Sequence[Row]]) -> None:
    """Complain, at the rows themselves, about what no single row shows."""
    for found in rows.values():
        _twice(found)
    _shared_names(rows["media"])
    for row in rows["templates"]:
        _slots(row)
    _known(rows["plans"], "accounts", [row.value.id for row in rows["media"]])
    _known(rows["templates"], "accounts", [row.value.id for row in rows["media"]])
    _known(rows["cobrand"], "accounts", [row.value.id for row in rows["media"]])
    _partners(rows["cobrand"], {row.value.id for row in rows["partners"]})


def check_people(rows: Mapping[str, Sequence[Row]], rungs: Sequence[Row], directory: Directory) -> None:
    """Complain about rungs that are no ranks and about owners that are nobody; ``rungs`` are those media.yaml lists."""
    for row in rungs:
        _rank(row.place, row.value, directory)
    for row in rows["media"]:
        _rank(row.place.at("rung"), row.value.rung, directory)
        if row.value.duty_rung != row.value.rung:
            _rank(row.place.at("duty_rung"), row.value.duty_rung, directory)
    for row in (*rows["media"], *rows["plans"]):
        if row.value.owner not in directory.persons:
            row.place.at("owner").complain(
                "PERSON_UNKNOWN",
                Text(f"people.yaml 中没有 {row.value.owner}", f"{row.value.owner} is not in people.yaml"),
                Text("写 people.yaml 中的编号", "write an id of people.yaml"),
            )


def _rank(place: Place, rank: str, directory: Directory) -> None:
    if rank not in directory.ranks:
        place.complain(
            "RANK_UNKNOWN",
            Text(f"people.yaml 中没有职级 {rank}", f"rank {rank} is not in people.yaml"),
            Text(f"可用：{'、'.join(directory.ranks)}", f"known: {', '.join(directory.ranks)}"),
        )


def _twice(rows: Sequence[Row]) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        name = getattr(row.value, "id", "")
        if name and name in seen:
            row.place.at("id").complain(
                "ID_TWICE",
                Text(f"编号 {name} 已在 {seen[name]}", f"id {name} stands at {seen[name]} already"),
                Text("每行一个编号", "give each row an id of its own"),
            )
        seen.setdefault(name, row.place.source)


def _shared_names(rows: Sequence[Row]) -> None:
    """Two accounts of one channel with a name in common: nobody could say which one a post is of."""
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        account = row.value
        for name in sorted({account.id, account.name, *account.names}):
            other = seen.setdefault((account.channel, name), account.id)
            if other != account.id:
                row.place.at("name").complain(
                    "ACCOUNT_NAME_TWICE",
                    Text(f"名称 {name} 也属于账号 {other}", f"the name {name} is also one of account {other}"),
                    Text("同一渠道内名称不重复", "names are unique within a channel"),
                )


def _slots(row: Row) -> None:
    written = SLOT.findall(row.value.words)
    listed = [slot.name for slot in row.value.slots]
    for name in sorted(set(written) - set(listed)):
        row.place.at("words").complain(
            "SLOT_UNKNOWN",
            Text(f"模板中的 {{{name}}} 没有在 slots 中定义", f"{{{name}}} in the words is no slot of the template"),
            Text("在 slots 中写明名称与类型", "name it in slots, with its kind"),
        )
    for name in sorted(set(listed) - set(written)):
        row.place.at("slots").complain(
            "SLOT_UNUSED",
            Text(f"slots 中的 {name} 未在正文使用", f"slot {name} does not stand in the words"),
            Text("在正文写 {" + name + "}，或删除", "write {" + name + "} in the words, or remove it"),
        )
    for index, slot in enumerate(row.value.slots):
        if (slot.kind == "choice") != bool(slot.choices):
            row.place.at("slots", index).complain(
                "SLOT_CHOICES",
                Text("choices 只用于 choice 类，且必写", "choices belong to kind choice, which needs them"),
                Text("写 kind: choice 与 choices: [..]", "write kind: choice with choices: [..]"),
            )


def _known(rows: Sequence[Row], key: str, known: Iterable[str]) -> None:
    names = frozenset(known)
    for row in rows:
        for name in sorted(getattr(row.value, key) - names):
            row.place.at(key).complain(
                "ACCOUNT_UNKNOWN",
                Text(f"账号 {name} 不在 media 台账", f"account {name} is not in the media register"),
                Text("写 media 台账中的编号", "write an id of the media register"),
            )


def _partners(rows: Sequence[Row], known: set[str]) -> None:
    for row in rows:
        if row.value.partner not in known:
            row.place.at("partner").complain(
                "PARTNER_UNKNOWN",
                Text(f"合作方 {row.value.partner} 不在 partners 台账", f"partner {row.value.partner} is unknown"),
                Text("写 partners 台账中的编号", "write an id of the partners register"),
            )
