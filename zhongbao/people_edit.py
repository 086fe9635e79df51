"""Editing keys in ``people.yaml`` without touching anything else: comments, order and style of every other line stay.

The place is found by YAML's own node marks, text is inserted there, and the result is read again: where it does not
say exactly what was meant, nothing is written and the reader is told what to write by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from zhongbao_core.errors import InputError
from zhongbao_core.text import Text

PERSONS = ("persons", "people")


def add_key(text: str, person: str, item: Mapping[str, str]) -> str:
    """``text`` with the key ``item`` added to ``person``. Raises InputError where that cannot be done safely."""
    wanted = _load(text)
    _person(wanted, person).setdefault("keys", [])
    here = _person(wanted, person)
    here["keys"] = [*(here["keys"] or []), dict(item)]
    node = _person_node(text, person)
    keys = _value(node, "keys")
    return _sure(_add(text, node, keys, item), wanted, item)


def set_key(text: str, person: str, key_id: str, fields: Mapping[str, str | bool]) -> str:
    """``text`` with ``fields`` set on the key ``key_id`` of ``person``. Raises InputError KEY_UNKNOWN and as above."""
    wanted = _load(text)
    found = [key for key in _person(wanted, person).get("keys") or [] if key.get("id") == key_id]
    if len(found) != 1:
        raise InputError(
            Text(f"{person} 没有密钥 {key_id}", f"{person} has no key {key_id}"),
            Text("zhongbao key list", "zhongbao key list"),
            reason_code="KEY_UNKNOWN",
        )
    found[0].update(fields)
    for name, value in fields.items():
        text = _set(text, _key_node(text, person, key_id), name, value)
    return _sure(text, wanted, fields)


def _add(text: str, person: MappingNode, keys: Node | None, item: Mapping[str, str]) -> str:
    if keys is None:
        return _new_member(text, person, item)
    if isinstance(keys, SequenceNode) and keys.flow_style:
        comma = ", " if keys.value else ""
        return _insert(text, keys.end_mark.index - 1, comma + _flow(item))
    if isinstance(keys, SequenceNode):
        return _insert_lines(text, _end(keys), _block(item, keys.start_mark.column))
    return _insert_lines(text, _end(keys), _block(item, _column(person) + 2))


def _new_member(text: str, person: MappingNode, item: Mapping[str, str]) -> str:
    if person.flow_style:
        return _insert(text, person.end_mark.index - 1, f", keys: [{_flow(item)}]")
    column = _column(person)
    return _insert_lines(text, _end(person), [" " * column + "keys:", *_block(item, column + 2)])


def _set(text: str, key: MappingNode, name: str, value: str | bool) -> str:
    old = _value(key, name)
    if old is not None:
        return text[: old.start_mark.index] + _scalar(value) + text[old.end_mark.index :]
    if key.flow_style:
        return _insert(text, key.end_mark.index - 1, f", {name}: {_scalar(value)}")
    return _insert_lines(text, _end(key), [" " * _column(key) + f"{name}: {_scalar(value)}"])


def _block(item: Mapping[str, str], column: int) -> list[str]:
    lines = [f"{name}: {_scalar(value)}" for name, value in item.items()]
    return [
        " " * column + ("- " if first else "  ") + line
        for first, line in zip([True] + [False] * 99, lines, strict=False)
    ]


def _flow(item: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {_scalar(value)}" for name, value in item.items()) + "}"


def _scalar(value: str | bool) -> str:
    return json.dumps(value, ensure_ascii=False)


def _insert(text: str, at: int, words: str) -> str:
    return text[:at].rstrip(" ") + words + text[at:] if words.startswith(",") else text[:at] + words + text[at:]


def _insert_lines(text: str, after: int, lines: list[str]) -> str:
    """``lines`` after the line that holds the character before ``after``."""
    newline = "\r\n" if "\r\n" in text else "\n"
    stop = text.find("\n", max(0, after - 1))
    if stop < 0:
        return text + newline + newline.join(lines) + newline
    return text[: stop + 1] + newline.join(lines) + newline + text[stop + 1 :]


def _end(node: Node) -> int:
    """Where the last thing in ``node`` ends; a block collection's own mark lies after the blank lines below it."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return int(node.end_mark.index)


def _column(node: MappingNode) -> int:
    return int(node.value[0][0].start_mark.column) if node.value else int(node.start_mark.column)


def _value(node: MappingNode, name: str) -> Node | None:
    return next((value for key, value in node.value if isinstance(key, ScalarNode) and key.value == name), None)


def _person_node(text: str, person: str) -> MappingNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, MappingNode):
        raise _unknown(person)
    for found in (_value(root, name) for name in PERSONS):
        item = _value(found, person) if isinstance(found, MappingNode) else _with_id(found, person)
        if isinstance(item, MappingNode):
            return item
    raise _unknown(person)


def _with_id(items: Node | None, name: str) -> MappingNode | None:
    """The mapping in the list ``items`` whose ``id`` is ``name``."""
    for item in items.value if isinstance(items, SequenceNode) else ():
        if isinstance(item, MappingNode) and isinstance(who := _value(item, "id"), ScalarNode) and who.value == name:
            return item
    return None


def _key_node(text: str, person: str, key_id: str) -> MappingNode:
    found = _with_id(_value(_person_node(text, person), "keys"), key_id)
    if found is None:
        raise _unknown(f"{person}/{key_id}")
    return found


def _person(data: Any, person: str) -> dict[str, Any]:
    for name in PERSONS:
        found = data.get(name)
        if isinstance(found, dict) and isinstance(found.get(person), dict):
            return found[person]  # type: ignore[no-any-return]
        for item in found if isinstance(found, list) else ():
            if isinstance(item, dict) and item.get("id") == person:
                return item
    raise _unknown(person)


def _load(text: str) -> Any:
    try:
        data = yaml.safe_load(text)
        shared = any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text))
    except yaml.YAMLError as error:
        message = Text(f"people.yaml 无法读取：{error}", f"people.yaml cannot be read: {error}")
        raise InputError(message, Text("zhongbao check", "zhongbao check"), reason_code="YAML_INVALID") from error
    if not isinstance(data, dict):
        raise InputError(Text("people.yaml 是空的", "people.yaml is empty"), reason_code="YAML_INVALID")
    if shared:  # one place that stands for two persons
        raise _unsafe({})
    return data


def _sure(text: str, wanted: Any, said: Mapping[str, str | bool]) -> str:
    try:
        good = yaml.safe_load(text) == wanted
    except yaml.YAMLError:
        good = False
    if not good:
        raise _unsafe(said)
    return text


def _unsafe(said: Mapping[str, str | bool]) -> InputError:
    by_hand = ", ".join(f"{name}: {_scalar(value)}" for name, value in said.items())
    return InputError(
        Text("people.yaml 的写法无法自动编辑", "people.yaml is written in a way that cannot be edited safely"),
        Text(f"请手工写入 {by_hand}", f"write it by hand {by_hand}"),
        reason_code="EDIT_UNSAFE",
    )


def _unknown(person: str) -> InputError:
    return InputError(
        Text(f"people.yaml 中没有 {person}", f"people.yaml has no {person}"),
        Text("zhongbao key list", "zhongbao key list"),
        reason_code="PERSON_UNKNOWN",
    )
