"""people.yaml is edited in one place and nowhere else; where that cannot be promised nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zhongbao.people_edit import add_key, set_key
from zhongbao_core.errors import InputError

BLOCK = """\
# People of the company. Keep in order of unit.
ranks: [staff, lead]
persons:
  chen-jun:            # head of networks
    name: 陈军
    keys:
      # his token
      - id: chen-1
        line: "ssh-ed25519 AAAA chen"   # the old laptop
      - id: chen-2
        line: "ssh-ed25519 BBBB chen"

  wang-li:
    name: 王丽
    # no keys yet
  li-na:
    name: 李娜
    keys: []
  zhao: {name: 赵, keys: [{id: zhao-1, line: "ssh-ed25519 CCCC"}]}
  qian: {name: 钱}
  sun:
    name: 孙
    keys:
delegations: []
"""
AS_LIST = """\
persons:
- id: chen-jun
  name: 陈军
  keys:
  - {id: chen-1, line: "ssh-ed25519 AAAA chen"}   # first
- id: wang-li
  name: 王丽
"""
ITEM = {"id": "new-1", "line": "ssh-ed25519 NEWK 备注", "valid_from": "2026-11-20T00:00:00Z"}


def _keys(text: str, person: str) -> list[dict[str, Any]]:
    persons = yaml.safe_load(text)["persons"]
    found = persons[person] if isinstance(persons, dict) else next(item for item in persons if item["id"] == person)
    return list(found["keys"])


@pytest.mark.parametrize("person", ["chen-jun", "wang-li", "li-na", "zhao", "qian", "sun"])
def test_a_key_is_added_in_every_style_and_no_other_line_changes(person: str) -> None:
    text = add_key(BLOCK, person, ITEM)
    assert _keys(text, person)[-1] == ITEM
    kept = set(text.splitlines())
    lost = [line for line in BLOCK.splitlines() if line not in kept]
    assert len(lost) <= 1, "at most the one line that held the person's keys"


@pytest.mark.parametrize("person", ["chen-jun", "wang-li"])
def test_persons_written_as_a_list_are_found_too(person: str) -> None:
    assert _keys(add_key(AS_LIST, person, ITEM), person)[-1] == ITEM


def test_comments_and_line_ends_stay() -> None:
    text = add_key(BLOCK.replace("\n", "\r\n"), "chen-jun", ITEM)
    assert "# the old laptop\r\n" in text and "\n" not in text.replace("\r\n", "")
    assert text.count("#") == BLOCK.count("#")


def test_a_key_is_revoked_in_place() -> None:
    text = set_key(BLOCK, "chen-jun", "chen-1", {"revoked_at": "2026-11-20T00:00:00Z", "compromised": True})
    assert _keys(text, "chen-jun")[0] == {
        "id": "chen-1",
        "line": "ssh-ed25519 AAAA chen",
        "revoked_at": "2026-11-20T00:00:00Z",
        "compromised": True,
    }
    assert _keys(text, "chen-jun")[1] == {"id": "chen-2", "line": "ssh-ed25519 BBBB chen"}
    again = set_key(text, "chen-jun", "chen-1", {"revoked_at": "2026-11-21T00:00:00Z"})
    assert _keys(again, "chen-jun")[0]["revoked_at"] == "2026-11-21T00:00:00Z"
    assert len(again.splitlines()) == len(text.splitlines())


def test_a_key_in_flow_style_is_revoked_in_place() -> None:
    text = set_key(BLOCK, "zhao", "zhao-1", {"revoked_at": "2026-11-20T00:00:00Z"})
    assert _keys(text, "zhao")[0]["revoked_at"] == "2026-11-20T00:00:00Z"
    assert _keys(set_key(AS_LIST, "chen-jun", "chen-1", {"valid_until": "x"}), "chen-jun")[0]["valid_until"] == "x"


def test_a_file_without_a_newline_at_its_end_is_edited_too() -> None:
    text = add_key(AS_LIST.rstrip("\n"), "wang-li", ITEM)
    assert _keys(text, "wang-li") == [ITEM]


@pytest.mark.parametrize(
    ("text", "person", "key", "reason"),
    [
        pytest.param(BLOCK, "nobody", None, "PERSON_UNKNOWN", id="unknown person"),
        pytest.param(BLOCK, "chen-jun", "chen-9", "KEY_UNKNOWN", id="unknown key"),
        pytest.param("a: [", "chen-jun", None, "YAML_INVALID", id="broken YAML"),
        pytest.param("", "chen-jun", None, "YAML_INVALID", id="empty file"),
        pytest.param("- 1\n", "chen-jun", None, "YAML_INVALID", id="a list"),
        pytest.param(
            "persons:\n  a: &x {name: A}\n  b: *x\n",
            "b",
            None,
            "EDIT_UNSAFE",
            id="an alias that would change two persons",
        ),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(text: str, person: str, key: str | None, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        add_key(text, person, ITEM) if key is None else set_key(text, person, key, {"revoked_at": "x"})
    assert caught.value.reason_code == reason


@given(st.dictionaries(st.sampled_from(["comment", "note", "zone"]), st.text(min_size=1, max_size=20), min_size=1))
def test_whatever_is_added_is_read_back_or_refused(fields: dict[str, str]) -> None:
    item = {"id": "x-1", "line": "ssh-ed25519 NEWK", **fields}
    try:
        text = add_key(BLOCK, "li-na", item)
    except InputError as error:
        assert error.reason_code == "EDIT_UNSAFE"
    else:
        assert _keys(text, "li-na") == [item]
