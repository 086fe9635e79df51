"""What a door believes, case by case: the trust file, the manifest, what was seen before, and the clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from realm import Realm

from zhongbao_core.canonical import canonical, digest
from zhongbao_core.clock import iso
from zhongbao_core.errors import CannotTellError, ExitCode, InputError, TrustError, UsageError
from zhongbao_core.manifest_build import policy_files
from zhongbao_core.trust import (
    Seen,
    check_clock,
    check_files,
    clock_floor,
    instant,
    load_trust,
    newest_adopted,
    remember,
    verify_manifest,
)
from zhongbao_core.trustfile import trust_from_bytes

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    return Realm(tmp_path)


def refused(call: Callable[[], object]) -> str:
    """The reason code ``call`` is refused with."""
    with pytest.raises(TrustError) as caught:
        call()
    assert caught.value.exit_code == ExitCode.CANNOT_TELL
    assert caught.value.message.zh and caught.value.message.en
    return caught.value.reason_code


def test_a_manifest_signed_by_two_persons_is_believed(realm: Realm) -> None:
    data = realm.manifest(3)
    found = realm.verify()
    assert (found.version, found.digest, found.signers) == (3, digest(data), ("chen", "wang"))
    assert found.label == f"3:{digest(data)}"
    assert found.amendments == ()
    assert sorted(found.files) == ["freeze/windows.yaml", "zhongbao.yaml"]


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        pytest.param((), "MANIFEST_UNSIGNED", id="nobody"),
        pytest.param(("root-a",), "MANIFEST_UNSIGNED", id="one person"),
        pytest.param(("root-c", "root-c2"), "MANIFEST_UNSIGNED", id="two keys of one person"),
        pytest.param(("root-a", "stranger"), "MANIFEST_UNSIGNED", id="one person and a stranger"),
    ],
)
def test_persons_are_counted_not_keys(realm: Realm, by: tuple[str, ...], reason: str) -> None:
    realm.manifest(by=by)
    assert refused(realm.verify) == reason


def test_a_signature_copied_under_another_key_id_counts_once(realm: Realm) -> None:
    realm.manifest(by=("root-a",))
    sigs = realm.ws / "manifest.sigs"
    (sigs / "root-b.sig").write_bytes((sigs / "root-a.sig").read_bytes())
    with pytest.raises(TrustError, match="another key") as caught:
        realm.verify()
    assert caught.value.reason_code == "MANIFEST_UNSIGNED"


def test_a_signature_made_for_another_purpose_does_not_count(realm: Realm) -> None:
    data = realm.manifest()
    realm.sign("manifest.sigs", data, ("root-a", "root-b"), namespace="approve@zhongbao")
    assert refused(realm.verify) == "MANIFEST_UNSIGNED"


def test_a_bad_signature_beside_a_full_quorum_does_no_harm(realm: Realm) -> None:
    realm.manifest(by=("root-b", "root-c"))
    (realm.ws / "manifest.sigs" / "root-a.sig").write_text("nonsense", encoding="ascii")
    assert realm.verify().signers == ("wang", "li")


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        pytest.param(AT - timedelta(hours=1, seconds=121), "MANIFEST_NOT_YET", id="more than 120 s before issue"),
        pytest.param(AT + timedelta(hours=23), "MANIFEST_EXPIRED", id="at the closing instant"),
        pytest.param(AT + timedelta(days=300), "MANIFEST_EXPIRED", id="long after"),
    ],
)
def test_a_manifest_outside_its_time_is_refused(realm: Realm, moment: datetime, reason: str) -> None:
    realm.manifest()
    assert refused(lambda: realm.verify(moment)) == reason


def test_the_last_microsecond_and_a_lagging_clock_are_inside(realm: Realm) -> None:
    realm.manifest()
    assert realm.verify(AT + timedelta(hours=23) - timedelta(microseconds=1)).version == 1
    assert realm.verify(AT - timedelta(hours=1, seconds=120)).version == 1


def test_an_older_manifest_with_good_signatures_is_a_roll_back(realm: Realm) -> None:
    realm.manifest(4)
    old = realm.verify()
    assert remember(realm.trust(), old) is None
    realm.manifest(5)
    assert remember(realm.trust(), realm.verify()) is None
    realm.manifest(4)
    assert refused(realm.verify) == "MANIFEST_ROLLED_BACK"


def test_two_manifests_of_one_version_are_a_roll_back(realm: Realm) -> None:
    realm.manifest(4)
    remember(realm.trust(), realm.verify())
    realm.manifest(4, compiled=b"another")
    assert refused(realm.verify) == "MANIFEST_ROLLED_BACK"


def test_the_trust_file_sets_the_lowest_version(realm: Realm) -> None:
    realm.manifest(4)
    realm.write_trust(min_manifest=5)
    assert refused(realm.verify) == "MANIFEST_ROLLED_BACK"


def test_the_ledger_knows_a_newer_manifest(realm: Realm) -> None:
    data = realm.manifest(4)
    adopted: list[tuple[str, str, dict[str, Any]]] = [
        ("manifest.adopted", "acme", {"version": 4, "digest": digest(data)}),
        ("manifest.adopted", "other", {"version": 9, "digest": "sha256:other"}),
        ("decision", "gate", {"verdict": "allow"}),
    ]
    known = newest_adopted(adopted, "acme")
    assert known == Seen(4, digest(data), root=1)
    assert verify_manifest(realm.ws, realm.trust(), AT, known=known).version == 4
    newer = newest_adopted([*adopted, ("manifest.adopted", "acme", {"version": 5, "digest": "sha256:x"})], "acme")
    assert refused(lambda: verify_manifest(realm.ws, realm.trust(), AT, known=newer)) == "MANIFEST_ROLLED_BACK"


def test_the_ledger_knows_an_amendment_that_was_dropped(realm: Realm) -> None:
    data = realm.manifest(4)
    base = digest(data)
    entries = [
        ("manifest.adopted", "acme", {"version": 4, "digest": base}),
        ("amendment.adopted", "acme", {"number": 1, "digest": "sha256:one", "base": base}),
        ("amendment.adopted", "acme", {"number": 7, "digest": "sha256:two", "base": "sha256:older"}),
    ]
    known = newest_adopted(entries, "acme")
    assert (known.amendments, known.last) == (1, "sha256:one")
    assert refused(lambda: verify_manifest(realm.ws, realm.trust(), AT, known=known)) == "AMENDMENT_INVALID"


def _edit(realm: Realm, change: Callable[[dict[str, Any]], None]) -> None:
    path = realm.ws / "manifest.json"
    body = json.loads(path.read_bytes())
    change(body)
    path.write_bytes(canonical(body))


@pytest.mark.parametrize("field", ["valid_until", "version", "event", "files", "compiled", "issued_at", "previous"])
def test_every_field_of_the_manifest_is_under_the_signatures(realm: Realm, field: str) -> None:
    realm.manifest()
    other: dict[str, Any] = {
        "valid_until": "2030-01-01T00:00:00Z",
        "version": 2,
        "event": "",
        "files": {"a.yaml": "sha256:" + "0" * 64},
        "compiled": {"format": "zhongbao-policy/1", "engine": 1, "digest": "sha256:" + "0" * 64},
        "issued_at": "2026-11-01T00:00:00Z",
        "previous": "sha256:" + "1" * 64,
    }
    _edit(realm, lambda body: body.update({field: other[field]}))
    assert refused(realm.verify) == "MANIFEST_UNSIGNED"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, "POLICY_UNVERIFIED", id="BOM"),
        pytest.param(lambda data: data + b"\n", "POLICY_UNVERIFIED", id="newline at the end"),
        pytest.param(
            lambda data: data.replace(b'"version":1', b'"version":1,"version":1'), "POLICY_UNVERIFIED", id="twice"
        ),
        pytest.param(lambda data: data.replace(b'"version":1', b'"version":1.0'), "POLICY_UNVERIFIED", id="float"),
        pytest.param(
            lambda data: data.replace(b'"version":1', b'"version":true'), "POLICY_UNVERIFIED", id="true for 1"
        ),
        pytest.param(lambda data: data.replace(b'"version":1', b'"version":0'), "POLICY_UNVERIFIED", id="version 0"),
        pytest.param(lambda data: data.replace(b"{", b'{"extra":1,', 1), "POLICY_UNVERIFIED", id="unknown member"),
        pytest.param(lambda data: data.replace(b"manifest/1", b"manifest/2"), "POLICY_UNVERIFIED", id="other format"),
        pytest.param(lambda data: data.replace(b'"acme"', b'"evil"'), "POLICY_UNVERIFIED", id="other workspace"),
        pytest.param(lambda data: data.decode().encode("utf-16"), "POLICY_UNVERIFIED", id="UTF-16"),
        pytest.param(lambda data: b"[" * 200_000, "POLICY_UNVERIFIED", id="deep nesting"),
        pytest.param(lambda data: b"{}", "POLICY_UNVERIFIED", id="empty object"),
        pytest.param(lambda data: b"", "POLICY_UNVERIFIED", id="empty file"),
        pytest.param(lambda data: b" " * (5 * 1024 * 1024), "POLICY_UNVERIFIED", id="too large"),
    ],
)
def test_a_manifest_that_is_not_one_is_refused(realm: Realm, spoil: Callable[[bytes], bytes], reason: str) -> None:
    path = realm.ws / "manifest.json"
    path.write_bytes(spoil(realm.manifest()))
    assert refused(realm.verify) == reason


def test_no_manifest_at_all_is_unsigned(realm: Realm) -> None:
    assert refused(realm.verify) == "MANIFEST_UNSIGNED"


def test_a_manifest_that_is_a_folder_a_pipe_or_a_link_out_is_refused(realm: Realm) -> None:
    path = realm.ws / "manifest.json"
    path.mkdir()
    assert refused(realm.verify) == "POLICY_UNVERIFIED"
    path.rmdir()
    os.mkfifo(path)
    assert refused(realm.verify) == "POLICY_UNVERIFIED"
    path.unlink()
    data = realm.manifest()
    (realm.out / "elsewhere.json").write_bytes(data)
    path.unlink()
    path.symlink_to(realm.out / "elsewhere.json")
    assert refused(realm.verify) == "POLICY_UNVERIFIED"
    path.unlink()
    path.symlink_to("manifest.json")
    assert refused(realm.verify) == "POLICY_UNVERIFIED"


def test_a_link_that_stays_inside_is_followed(realm: Realm) -> None:
    data = realm.manifest()
    (realm.ws / "m-1.json").write_bytes(data)
    (realm.ws / "manifest.json").unlink()
    (realm.ws / "manifest.json").symlink_to("m-1.json")
    assert realm.verify().digest == digest(data)


# The trust file.


def test_the_trust_file_names_places_beside_itself(realm: Realm) -> None:
    realm.write_trust(ledger={**realm.trust_body()["ledger"], "path": "ledger.db", "key_file": "keys/ledger.key"})
    trust = realm.trust()
    assert trust.ledger.path == realm.out / "ledger.db"
    assert trust.ledger.key_file == realm.out / "keys" / "ledger.key"
    assert trust.state == realm.out / "state"
    assert trust.ledger.lines == (realm.lines["stranger"],)


def test_a_trust_file_inside_the_workspace_is_refused(realm: Realm) -> None:
    realm.manifest()
    inside = realm.ws / "trust.json"
    inside.write_text(json.dumps(realm.trust_body()), encoding="utf-8")
    assert refused(lambda: load_trust(inside, realm.ws)) == "TRUST_INVALID"
    link = realm.out / "link.json"
    link.symlink_to(inside)
    assert refused(lambda: load_trust(link, realm.ws)) == "TRUST_INVALID"


def test_a_link_in_the_workspace_to_a_trust_file_outside_is_refused_too(realm: Realm) -> None:
    (realm.ws / "trust.json").symlink_to(realm.trust_path)
    assert refused(lambda: load_trust(realm.ws / "trust.json", realm.ws)) == "TRUST_INVALID"


def test_a_state_inside_the_workspace_is_refused(realm: Realm) -> None:
    realm.write_trust(state="../ws/state")
    assert refused(realm.trust) == "TRUST_INVALID"


def test_a_trust_file_everybody_may_write_is_refused(realm: Realm) -> None:
    realm.trust_path.chmod(0o666)
    assert refused(realm.trust) == "TRUST_INVALID"


def test_the_variable_is_used_where_no_file_is_named_and_the_file_wins(
    realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHONGBAO_TRUST", str(realm.trust_path))
    assert load_trust(None, realm.ws).workspace == "acme"
    assert refused(lambda: load_trust(realm.out / "absent.json", realm.ws)) == "TRUST_MISSING"


def test_the_installed_trust_file_of_this_workspace_is_found(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHONGBAO_TRUST", raising=False)
    folder = realm.base / "trust.d"
    monkeypatch.setattr("zhongbao_core.trust.TRUST_DIRECTORY", str(folder))
    assert refused(lambda: load_trust(None, realm.ws)) == "TRUST_MISSING"
    folder.mkdir()
    body = realm.trust_body()
    (folder / "a.json").write_text(json.dumps({**body, "workspace": "other"}), encoding="utf-8")
    (folder / "b.json").write_text(json.dumps(body), encoding="utf-8")
    realm.manifest()
    assert load_trust(None, realm.ws).path == folder / "b.json"
    (folder / "c.json").write_text(json.dumps(body), encoding="utf-8")
    assert refused(lambda: load_trust(None, realm.ws)) == "TRUST_MISSING"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"format": "zhongbao-trust/2"}, id="another format"),
        pytest.param({"workspace": "../etc"}, id="workspace that is no id"),
        pytest.param({"min_manifest": 0}, id="lowest version 0"),
        pytest.param({"min_manifest": True}, id="true for 1"),
        pytest.param({"rehearsal": "yes"}, id="rehearsal as text"),
        pytest.param({"state": ""}, id="empty state"),
        pytest.param({"roots": {}}, id="unknown member"),
        pytest.param({"ledger": {"origin": "two words", "keys": []}}, id="ledger without keys"),
        pytest.param({"root": {}}, id="empty root"),
    ],
)
def test_a_trust_file_that_is_not_one_is_refused(realm: Realm, change: dict[str, Any]) -> None:
    realm.write_trust(**change)
    assert refused(realm.trust) == "TRUST_INVALID"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"threshold": 1, "tighten": 1}, id="loosening needs no more than tightening"),
        pytest.param({"threshold": 4}, id="four persons where three exist"),
        pytest.param({"tighten": 0}, id="nobody tightens"),
        pytest.param({"version": 0}, id="version 0"),
        pytest.param({"keys": []}, id="no keys"),
    ],
)
def test_a_root_quorum_that_cannot_be_is_refused(realm: Realm, change: dict[str, Any]) -> None:
    realm.write_trust(root={**realm.trust_body()["root"], **change})
    assert refused(realm.trust) == "TRUST_INVALID"


def test_one_key_under_two_ids_or_two_persons_is_refused(realm: Realm) -> None:
    root = realm.trust_body()["root"]
    twin = {"id": "root-z", "person": "zhao", "line": root["keys"][0]["line"] + " other comment"}
    realm.write_trust(root={**root, "keys": [*root["keys"], twin]})
    assert refused(realm.trust) == "TRUST_INVALID"


@given(st.binary(max_size=300) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str).map(str.encode))
def test_no_bytes_make_the_trust_reader_fall_over(data: bytes) -> None:
    with pytest.raises(TrustError):
        trust_from_bytes(data, Path("/nowhere/trust.json"))


# Time and memory.


def test_an_instant_may_be_chosen_in_a_rehearsal_only(realm: Realm) -> None:
    assert instant("2026-11-20T16:00+08:00", realm.trust()) == AT
    assert instant("2026-11-20T08:00Z", None) == AT
    realm.write_trust(rehearsal=False)
    with pytest.raises(UsageError) as caught:
        instant("2026-11-20T08:00Z", realm.trust())
    assert (caught.value.reason_code, caught.value.exit_code) == ("AT_REFUSED", ExitCode.USAGE)
    assert abs(instant(None, realm.trust()) - datetime.now(UTC)) < timedelta(seconds=30)


def test_the_clock_floor_is_the_latest_instant_known(realm: Realm) -> None:
    realm.manifest()
    manifest, trust = realm.verify(), realm.trust()
    assert clock_floor(trust, manifest) == AT - timedelta(hours=1)
    remember(trust, manifest, checkpoint_size=7, checkpoint_time=AT)
    assert clock_floor(trust, manifest) == AT
    remember(trust, manifest, checkpoint_size=3, checkpoint_time=AT - timedelta(hours=2))
    assert clock_floor(trust, manifest) == AT
    check_clock(AT - timedelta(seconds=120), AT)
    with pytest.raises(CannotTellError) as caught:
        check_clock(AT - timedelta(seconds=121), AT)
    assert caught.value.reason_code == "CLOCK_BACKWARDS"
    assert caught.value.hint is not None and "NTP" in caught.value.hint.zh
    with pytest.raises(CannotTellError) as caught:
        check_clock(AT - timedelta(seconds=121), AT, rehearsal=True)
    assert caught.value.hint is not None
    assert all(word in caught.value.hint.zh for word in (iso(AT), "--at", "init --example"))


def test_a_state_that_cannot_be_written_is_a_note_not_an_error(realm: Realm) -> None:
    realm.manifest()
    (realm.out / "state").write_text("a file where the folder should be", encoding="utf-8")
    note = remember(
        realm.trust()._replace(state_folder=str(realm.out / "state" / "deep")),
        verify_manifest(realm.ws, realm.trust()._replace(state_folder=None), AT),
    )
    assert note is not None and "remember" in note.en


def test_a_damaged_state_is_refused(realm: Realm) -> None:
    realm.manifest()
    (realm.out / "state").mkdir()
    for text in ("{", '{"format":"zhongbao-seen/1"}', "[]", "null"):
        (realm.out / "state" / "seen.json").write_text(text, encoding="utf-8")
        assert refused(realm.verify) == "TRUST_INVALID"


def test_remembering_twice_writes_once(realm: Realm) -> None:
    realm.manifest()
    remember(realm.trust(), realm.verify())
    kept = realm.out / "state" / "seen.json"
    before = kept.stat().st_mtime_ns
    remember(realm.trust(), realm.verify())
    assert kept.stat().st_mtime_ns == before
    assert [path.name for path in (realm.out / "state").iterdir()] == ["seen.json"]


@pytest.mark.parametrize("harm", ["edited", "removed", "added"])
def test_policy_files_are_the_ones_the_manifest_vouches_for(realm: Realm, harm: str) -> None:
    realm.manifest()
    manifest = realm.verify()
    whole = check_files(realm.ws, manifest, policy_files(realm.ws))
    assert whole["zhongbao.yaml"] == b"id: acme\n"
    window = realm.ws / "freeze" / "windows.yaml"
    match harm:
        case "edited":
            window.write_text("windows: [] # none\n", encoding="utf-8")
        case "removed":
            window.unlink()
        case _:
            (realm.ws / "freeze" / "more.yaml").write_text("{}\n", encoding="utf-8")
    with pytest.raises(TrustError) as caught:
        check_files(realm.ws, manifest, policy_files(realm.ws))
    assert str(caught.value.values["file"]).startswith("freeze/")


@pytest.mark.parametrize("name", ["freeze/夜间.yaml", "freeze/two words.yaml", "freeze/a~.yaml"])
def test_a_policy_file_with_an_odd_name_is_refused_where_the_manifest_is_made(realm: Realm, name: str) -> None:
    (realm.ws / name).write_text("{}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        realm.manifest()
    assert (caught.value.reason_code, caught.value.values["file"]) == ("NAME_NOT_ASCII", name)


def test_drafts_and_hidden_folders_are_not_policy(realm: Realm) -> None:
    for name in ("requests/a.yaml", ".git/b.yaml", "root/c.yaml", "people.d/d.yaml"):
        (realm.ws / name).parent.mkdir(exist_ok=True)
        (realm.ws / name).write_text("{}\n", encoding="utf-8")
    assert policy_files(realm.ws) == ["freeze/windows.yaml", "people.d/d.yaml", "zhongbao.yaml"]


def test_registers_and_lists_of_the_content_audit_are_policy_whatever_their_format(realm: Realm) -> None:
    covered = ("content/lists/a.csv", "content/lists/b.txt", "content/registers/c.xlsx", "content/registers/d.yaml")
    beside = ("freeze/e.xlsx", "notes.txt", "content/registers/~$c.xlsx", "content/.cache/f.txt", "content/g.docx")
    for name in (*covered, *beside):
        (realm.ws / name).parent.mkdir(parents=True, exist_ok=True)
        (realm.ws / name).write_text("x\n", encoding="utf-8")
    assert policy_files(realm.ws) == [*covered, "freeze/windows.yaml", "zhongbao.yaml"]


def test_an_edited_register_is_not_what_the_manifest_vouches_for(realm: Realm) -> None:
    register = realm.ws / "content" / "registers" / "licences.xlsx"
    register.parent.mkdir(parents=True)
    register.write_bytes(b"one")
    realm.manifest()
    register.write_bytes(b"two")
    with pytest.raises(TrustError) as caught:
        check_files(realm.ws, realm.verify(), policy_files(realm.ws))
    assert caught.value.values["file"] == "content/registers/licences.xlsx"


def test_believing_a_manifest_loads_no_heavy_library(realm: Realm) -> None:
    realm.manifest()
    program = (
        "import sys; from datetime import datetime, UTC; from zhongbao_core.trust import *;"
        f"t = load_trust({str(realm.trust_path)!r}, {str(realm.ws)!r});"
        f"m = verify_manifest({str(realm.ws)!r}, t, datetime(2026, 11, 20, 8, tzinfo=UTC)); remember(t, m);"
        "heavy = {'cryptography', 'yaml', 'pydantic', 'sqlalchemy', 'rich', 'logging', 'numpy'};"
        "print(m.version, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"
