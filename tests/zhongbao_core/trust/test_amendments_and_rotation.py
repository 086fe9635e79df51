"""Amendments and root rotations: who may make them, what they may say, and that none can be dropped, moved or forged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from realm import Realm

from zhongbao_core.amend_build import sign_amendment, stage_amendment, staged, waiting_amendment
from zhongbao_core.amendments import amended_end, build_amendment
from zhongbao_core.approval.sshsig import SignatureError, sign
from zhongbao_core.canonical import canonical
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.manifest_build import build_manifest
from zhongbao_core.rootchain import root_document
from zhongbao_core.signing_desk import NEXT, add, choose, stage
from zhongbao_core.trust import RootKey, RootKeys, remember

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=6)
DENY = {"id": "EXTRA", "effect": "deny", "level": "silent"}


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    return Realm(tmp_path)


def refused(call: Callable[[], object]) -> str:
    """The reason code ``call`` is refused with."""
    with pytest.raises(TrustError) as caught:
        call()
    return caught.value.reason_code


def test_one_person_extends_and_two_lift(realm: Realm) -> None:
    realm.manifest()
    realm.amend("extend", "root-a", phase="guard", ends=LATER)
    assert [(item.number, item.kind, item.signers) for item in realm.verify().amendments] == [(1, "extend", ("chen",))]
    realm.amend("lift", "root-a", phase="guard", ends=AT)
    assert len(realm.verify().amendments) == 1, "one signature does not lift"
    waiting = waiting_amendment(realm.ws)
    assert waiting is not None
    data = waiting.read_bytes()
    state = sign_amendment(realm.ws, realm.trust().root, sign(realm.out / "root-b", data, "amendment@zhongbao"))
    assert (state.number, state.complete, state.persons) == (2, True, ("chen", "wang"))
    assert [item.kind for item in realm.verify().amendments] == ["extend", "lift"]
    assert waiting_amendment(realm.ws) is None


def test_two_keys_of_one_person_do_not_lift(realm: Realm) -> None:
    realm.manifest()
    realm.amend("lift", "root-c", "root-c2", phase="guard", ends=AT)
    assert realm.verify().amendments == ()
    state = staged(realm.ws, realm.trust().root)
    assert (state.persons, state.needed, state.complete) == (("li",), 2, False)


def test_a_stranger_or_another_purpose_signs_no_amendment(realm: Realm) -> None:
    realm.manifest()
    data = realm.amend("lift", phase="guard", ends=AT)
    root = realm.trust().root
    with pytest.raises(InputError) as caught:
        sign_amendment(realm.ws, root, sign(realm.out / "stranger", data, "amendment@zhongbao"))
    assert caught.value.reason_code == "SIGNER_UNKNOWN"
    with pytest.raises(SignatureError):
        sign_amendment(realm.ws, root, sign(realm.out / "root-a", data, "manifest@zhongbao"))


def test_only_one_amendment_waits_at_a_time(realm: Realm) -> None:
    realm.manifest()
    first = realm.amend("lift", phase="guard", ends=AT)
    assert stage_amendment(realm.ws, first).name == "0001.next.json"
    with pytest.raises(InputError) as caught:
        realm.amend("lift", phase="guard", ends=AT + timedelta(hours=1))
    assert caught.value.reason_code == "AMENDMENT_WAITING"


@pytest.mark.parametrize(
    ("kind", "aim"),
    [
        pytest.param("lift", {"phase": "guard"}, id="a lift without an instant"),
        pytest.param("lift", {"deny": DENY}, id="a lift that adds a window"),
        pytest.param("extend", {}, id="about nothing"),
        pytest.param("extend", {"phase": "a", "deny": DENY}, id="about two things"),
        pytest.param("extend", {"deny": {**DENY, "effect": "allow"}}, id="an allow window in a deny"),
    ],
)
def test_an_amendment_that_says_too_much_or_too_little_is_not_built(
    realm: Realm, kind: Any, aim: dict[str, Any]
) -> None:
    realm.manifest()
    manifest = realm.verify()
    assert refused(lambda: build_amendment(manifest, kind=kind, reason="r", at=AT, **aim)) == "AMENDMENT_INVALID"
    assert (
        refused(lambda: build_amendment(manifest, kind="extend", reason=" ", at=AT, phase="a")) == "AMENDMENT_INVALID"
    )


@pytest.mark.parametrize(
    ("kind", "current", "ends", "result"),
    [
        pytest.param("extend", AT, LATER, LATER, id="extend later"),
        pytest.param("extend", AT, None, None, id="extend to an open end"),
        pytest.param("extend", LATER, AT, "refused", id="extend that ends earlier"),
        pytest.param("extend", None, AT, "refused", id="extend that closes an open end"),
        pytest.param("lift", LATER, AT, AT, id="lift earlier"),
        pytest.param("lift", None, AT, AT, id="lift of an open end"),
        pytest.param("lift", AT, LATER, "refused", id="lift that ends later"),
    ],
)
def test_an_end_moves_only_the_way_its_kind_allows(
    realm: Realm, kind: Any, current: Any, ends: Any, result: Any
) -> None:
    realm.manifest()
    realm.amend(kind, "root-a", "root-b", phase="guard", ends=ends) if kind == "lift" else realm.amend(
        kind, "root-a", phase="guard", ends=ends
    )
    item = realm.verify().amendments[0]
    if result == "refused":
        assert refused(lambda: amended_end(current, item)) == "AMENDMENT_INVALID"
    else:
        assert amended_end(current, item) == result


def _three(realm: Realm) -> None:
    realm.manifest()
    for hours in (1, 2, 3):
        realm.amend("extend", "root-a", phase="guard", ends=AT + timedelta(hours=hours))


def _delete(realm: Realm, number: int) -> None:
    (realm.ws / "amendments" / f"{number:04d}.json").unlink()


def _swap(realm: Realm) -> None:
    folder = realm.ws / "amendments"
    for suffix in ("json", "sigs"):
        (folder / f"0001.{suffix}").rename(folder / "tmp")
        (folder / f"0002.{suffix}").rename(folder / f"0001.{suffix}")
        (folder / "tmp").rename(folder / f"0002.{suffix}")


def _twice(realm: Realm) -> None:
    folder = realm.ws / "amendments"
    shutil.copy(folder / "0003.json", folder / "0004.json")
    shutil.copytree(folder / "0003.sigs", folder / "0004.sigs")


def _edit(realm: Realm, **changed: Any) -> None:
    path = realm.ws / "amendments" / "0003.json"
    path.write_bytes(canonical({**json.loads(path.read_bytes()), **changed}))


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda realm: _delete(realm, 1), id="the first deleted"),
        pytest.param(lambda realm: _delete(realm, 2), id="one in the middle deleted"),
        pytest.param(lambda realm: _delete(realm, 3), id="the last deleted, on a door that has seen it"),
        pytest.param(
            lambda realm: shutil.rmtree(realm.ws / "amendments"), id="all deleted, on a door that has seen them"
        ),
        pytest.param(_swap, id="two swapped"),
        pytest.param(_twice, id="the last one repeated"),
        pytest.param(lambda realm: _edit(realm, ends="2026-11-20T08:00:01Z"), id="its end edited"),
        pytest.param(lambda realm: _edit(realm, kind="lift"), id="its kind edited"),
        pytest.param(lambda realm: (realm.ws / "amendments/0003.json").write_bytes(b"{"), id="cut short"),
        pytest.param(lambda realm: (realm.ws / "amendments/0003.json").write_bytes(b"x" * 300_000), id="huge"),
        pytest.param(lambda realm: shutil.rmtree(realm.ws / "amendments/0002.sigs"), id="signatures removed"),
    ],
)
def test_amendments_cannot_be_dropped_moved_or_edited(realm: Realm, harm: Callable[[Realm], object]) -> None:
    _three(realm)
    manifest = realm.verify()
    assert [item.number for item in manifest.amendments] == [1, 2, 3]
    remember(realm.trust(), manifest)
    harm(realm)
    assert refused(realm.verify) == "AMENDMENT_INVALID"


def test_an_amendment_does_not_carry_over_to_the_next_manifest(realm: Realm) -> None:
    realm.manifest()
    realm.amend("lift", "root-a", "root-b", phase="guard", ends=AT)
    realm.manifest(2)
    assert refused(realm.verify) == "AMENDMENT_INVALID"


def test_an_amendment_from_the_future_is_refused(realm: Realm) -> None:
    realm.manifest()
    realm.amend("extend", "root-a", phase="guard", ends=LATER, at=AT + timedelta(hours=2))
    assert refused(realm.verify) == "AMENDMENT_INVALID"
    assert len(realm.verify(AT + timedelta(hours=2)).amendments) == 1


def test_a_waiting_amendment_changes_nothing_at_a_door(realm: Realm) -> None:
    realm.manifest()
    realm.amend("lift", "root-a", phase="guard", ends=AT)
    assert realm.verify().amendments == ()


# Root rotation.


def _root(realm: Realm, version: int, *names: str, threshold: int = 2) -> RootKeys:
    people = {"root-a": "chen", "root-b": "wang", "root-c": "li", "stranger": "zhao"}
    keys = tuple(RootKey(name, people[name], realm.lines[name]) for name in names)
    return RootKeys(version, threshold, 1, keys)


def _rotate(realm: Realm, new: RootKeys, old: RootKeys, by: tuple[str, ...], *, number: int | None = None) -> bytes:
    data = root_document(new, old, workspace="acme", at=AT)
    place = number or new.version
    (realm.ws / "root").mkdir(exist_ok=True)
    (realm.ws / "root" / f"{place}.json").write_bytes(data)
    realm.sign(f"root/{place}.sigs", data, by, namespace="root@zhongbao")
    return data


def test_a_rotation_signed_by_both_quorums_brings_in_the_new_key(realm: Realm) -> None:
    second = _root(realm, 2, "root-b", "root-c", "stranger")
    _rotate(realm, second, realm.trust().root, ("root-b", "root-c"))
    realm.manifest(2, by=("root-c", "stranger"), root_version=2)
    assert realm.verify().signers == ("li", "zhao")
    realm.manifest(2, by=("root-a", "root-b"), root_version=2)
    assert refused(realm.verify) == "MANIFEST_UNSIGNED", "the key rotated out no longer counts"


def test_two_rotations_follow_each_other(realm: Realm) -> None:
    second = _root(realm, 2, "root-b", "root-c", "stranger")
    _rotate(realm, second, realm.trust().root, ("root-b", "root-c"))
    third = _root(realm, 3, "root-c", "stranger")
    _rotate(realm, third, second, ("root-c", "stranger"))
    realm.manifest(by=("root-c", "stranger"), root_version=3)
    assert realm.verify().root.version == 3


@pytest.mark.parametrize(
    ("names", "by"),
    [
        pytest.param(("root-b", "root-c", "stranger"), ("root-b", "stranger"), id="old quorum short"),
        pytest.param(("root-b", "stranger"), ("root-a", "root-b"), id="new quorum short"),
        pytest.param(("root-b", "stranger"), ("stranger",), id="only the new key"),
        pytest.param(("root-b", "stranger"), (), id="nobody"),
    ],
)
def test_a_rotation_needs_both_quorums(realm: Realm, names: tuple[str, ...], by: tuple[str, ...]) -> None:
    realm.manifest()
    _rotate(realm, _root(realm, 2, *names), realm.trust().root, by)
    assert refused(realm.verify) == "ROOT_INVALID"


def test_a_rotation_that_skips_a_number_is_refused(realm: Realm) -> None:
    realm.manifest()
    second = _root(realm, 2, "root-b", "root-c", "stranger")
    third = _root(realm, 3, "root-b", "root-c", "stranger")
    _rotate(realm, third, second, ("root-a", "root-b", "root-c"))
    assert refused(realm.verify) == "ROOT_INVALID"
    _rotate(realm, second, realm.trust().root, ("root-b", "root-c"), number=3)
    assert refused(realm.verify) == "ROOT_INVALID"


def test_a_key_id_never_comes_to_mean_another_key(realm: Realm) -> None:
    keys = (RootKey("root-a", "chen", realm.lines["stranger"]), RootKey("root-b", "wang", realm.lines["root-b"]))
    with pytest.raises(ValueError, match="another key"):
        root_document(RootKeys(2, 2, 1, keys), realm.trust().root, workspace="acme", at=AT)


def test_a_rotation_cannot_be_taken_back_on_a_door_that_has_seen_it(realm: Realm) -> None:
    second = _root(realm, 2, "root-b", "root-c", "stranger")
    _rotate(realm, second, realm.trust().root, ("root-b", "root-c"))
    realm.manifest(by=("root-b", "root-c"))
    remember(realm.trust(), realm.verify())
    shutil.rmtree(realm.ws / "root")
    assert refused(realm.verify) == "ROOT_INVALID"


def test_a_manifest_made_under_a_rotation_is_refused_without_it(realm: Realm) -> None:
    realm.manifest(by=("root-b", "root-c"), root_version=2)
    assert refused(realm.verify) == "ROOT_INVALID"


def test_the_rotation_of_another_workspace_is_refused(realm: Realm) -> None:
    realm.manifest()
    second = _root(realm, 2, "root-b", "root-c")
    data = root_document(second, realm.trust().root, workspace="other", at=AT)
    (realm.ws / "root").mkdir()
    (realm.ws / "root" / "2.json").write_bytes(data)
    realm.sign("root/2.sigs", data, ("root-b", "root-c"), namespace="root@zhongbao")
    assert refused(realm.verify) == "ROOT_INVALID"


def test_a_manifest_signature_rotates_no_root(realm: Realm) -> None:
    realm.manifest()
    data = _rotate(realm, _root(realm, 2, "root-b", "root-c"), realm.trust().root, ())
    realm.sign("root/2.sigs", data, ("root-b", "root-c"), namespace="manifest@zhongbao")
    assert refused(realm.verify) == "ROOT_INVALID"


# Carrying amendments over to the next manifest.


def _next(realm: Realm, **spoken: Any) -> None:
    """Stage version 2, signed by two; in force if the desk lets it."""
    data = build_manifest(
        realm.ws,
        workspace="acme",
        version=2,
        issued_at=AT + timedelta(hours=1),
        valid_until=AT + timedelta(hours=25),
        compiled=b"compiled",
        event="games",
        **spoken,
    )
    stage(realm.ws, NEXT, data)
    for name in ("root-a", "root-b"):
        add(realm.ws, realm.trust(), choose(realm.ws, "manifest"), sign(realm.out / name, data, "manifest@zhongbao"))


def _stamps(realm: Realm) -> list[str]:
    return [item.digest for item in realm.verify().amendments]


def test_a_new_manifest_carries_amendments_on_and_takes_more(realm: Realm) -> None:
    _three(realm)
    _next(realm, carried=_stamps(realm))
    later = AT + timedelta(hours=2)
    assert [(item.number, item.kind) for item in realm.verify(later).amendments] == [
        (1, "extend"),
        (2, "extend"),
        (3, "extend"),
    ]
    realm.amend("lift", "root-a", "root-b", phase="guard", ends=later, at=later)
    assert [item.kind for item in realm.verify(later).amendments][3:] == ["lift"]
    (realm.ws / "amendments" / "0004.json").unlink()
    assert len(realm.verify(later).amendments) == 3
    (realm.ws / "amendments" / "0003.json").unlink()
    assert refused(lambda: realm.verify(later)) == "AMENDMENT_INVALID", "a carried one cannot be dropped, even the last"


def test_carried_amendments_are_the_very_ones(realm: Realm) -> None:
    _three(realm)
    _next(realm, carried=_stamps(realm))
    _edit(realm, ends="2026-11-20T08:00:01Z")
    assert refused(lambda: realm.verify(AT + timedelta(hours=2))) == "AMENDMENT_INVALID"


def test_folded_amendments_are_gone_and_kept_in_the_archive(realm: Realm) -> None:
    _three(realm)
    _next(realm, folded=_stamps(realm))
    assert realm.verify(AT + timedelta(hours=2)).amendments == ()
    kept = realm.ws / "manifests" / "1" / "amendments"
    assert sorted(path.name for path in kept.glob("*.json")) == ["0001.json", "0002.json", "0003.json"]


def test_a_manifest_that_forgets_an_amendment_does_not_come_into_force(realm: Realm) -> None:
    _three(realm)
    with pytest.raises(InputError) as caught:
        _next(realm, carried=_stamps(realm)[:2])
    assert caught.value.reason_code == "PREPARE_AGAIN"
    assert realm.verify().version == 1


def test_an_amendment_that_waits_is_dropped_with_the_manifest_it_was_for(realm: Realm) -> None:
    realm.manifest()
    realm.amend("lift", "root-a", phase="guard", ends=AT)
    _next(realm)
    assert waiting_amendment(realm.ws) is None
