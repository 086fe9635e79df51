"""Permits: what a door believes, and every forgery it does not."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhongbao_core.approval import permit
from zhongbao_core.approval.evidence import _alike
from zhongbao_core.approval.ladder import Approval
from zhongbao_core.approval.permit import PermitError
from zhongbao_core.canonical import canonical, digest
from zhongbao_core.people import PublicKey

MINUTE = timedelta(minutes=1)
Settled = tuple[Any, bytes]
quiet = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refused(world: Any, data: bytes, **changes: Any) -> PermitError:
    with pytest.raises(PermitError) as caught:
        world.verify(data, **changes)
    return caught.value


def test_a_good_permit_proves_its_three_approvals(settled: Settled) -> None:
    world, data = settled
    found = world.verify(data)
    over = digest(world.statement)
    when = [item.received_at for item in world.approvals]
    assert found.approvals == (
        Approval("mei", "mei", "manager", "signed", "mei-1", when[0], over, 1),
        Approval("vera", "vera", "vp", "coded", "", when[1], over, 2),
        Approval("min", "min", "manager", "attested", "", when[2], over, 3, False, "reg", "wit"),
    )
    assert (found.size, found.time, found.issued.kind) == (7, world.at - 8 * MINUTE, "permit.issued")
    assert [note.en.split()[3] for note in found.notes] == ["vera", "min"]


def test_the_permit_reads_back_as_it_was_built(settled: Settled) -> None:
    world, data = settled
    found = permit.parse(data)
    assert (found.id, found.kind, found.level, found.uses, found.rehearsal) == ("P-0001", "change", "full", 1, False)
    assert (found.subject, found.request["title"]) == (world.subject, "核心库扩容")
    assert found.approvals == tuple(world.approvals)
    assert permit.bundle(found.text, found.proofs, found.checkpoint) == data
    assert found.digest == digest(found.text)


def test_a_confirmation_is_carried_and_marks_the_attested_approval(world: Any) -> None:
    confirmed = world.append("approval.confirmed", {"entry": 3}, 8)
    text = world.text()
    found = world.verify(world.bundled(text, world.issue(text), confirmed))
    assert [item.confirmed for item in found.approvals] == [None, None, True]


def test_a_break_glass_permit_may_carry_the_entry_that_opened_it(world: Any) -> None:
    opened = world.append("breakglass.opened", {"review_by": "x"}, 8, ref="BG-1")
    text = world.text(kind="breakglass", approvals=[])
    found = world.verify(world.bundled(text, world.issue(text), opened))
    assert (found.approvals, [item.kind for item in found.extra]) == ((), ["breakglass.opened"])
    plain_text = world.text(id="P-0002")
    assert refused(world, world.bundled(plain_text, world.issue(plain_text), opened)).reason_code == "PERMIT_FORGED"


# -- forgeries that change what the permit says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"expires_at": timedelta(hours=20)}, id="a longer life"),
        pytest.param({"not_before": timedelta(hours=-5)}, id="an earlier start"),
        pytest.param({"level": "watch"}, id="a weaker level"),
        pytest.param({"rung": "light"}, id="a lighter rung"),
        pytest.param({"uses": 9}, id="more uses"),
        pytest.param({"manifest": "3:sha256:" + "0" * 64}, id="an older manifest"),
        pytest.param({"rehearsal": True}, id="a rehearsal's mark"),
        pytest.param({"id": "P-0002"}, id="another number"),
        pytest.param({"kind": "standard"}, id="another kind"),
        pytest.param({"approvals": []}, id="no approvals"),
    ],
)
def test_a_rewritten_permit_is_not_the_one_that_was_issued(settled: Settled, changes: dict[str, Any]) -> None:
    world, data = settled
    good = permit.parse(data)
    moved = {
        key: getattr(good, key) + value if isinstance(value, timedelta) else value for key, value in changes.items()
    }
    forged = permit.bundle(world.text(**moved), good.proofs, good.checkpoint)
    assert refused(world, forged).reason_code == "PERMIT_FORGED"


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        pytest.param(
            b"x",
            "文件：第 1 行第 1 列不是 JSON",
            "permit file: not JSON at line 1 column 1: Expecting value",
            id="no JSON",
        ),
        pytest.param(b'{"a":1,"a":1}', "文件：键 'a' 重复", "permit file: duplicate key 'a'", id="a key twice"),
        pytest.param(b"[" * 99, "文件：嵌套超过 64 层", "permit file: nested deeper than 64", id="too deep"),
        pytest.param(
            b" " * (2 * 1024 * 1024 + 1),
            "文件：2097153 字节，上限 2097152",
            "permit file: 2097153 bytes, limit 2097152",
            id="too large",
        ),
        pytest.param(b"{ }", "文件不是规范形式", "permit file is not in canonical form", id="a space"),
    ],
)
def test_what_is_no_permit_is_refused_once_and_in_the_readers_language(data: bytes, zh: str, en: str) -> None:
    with pytest.raises(PermitError) as caught:
        permit.parse(data)
    assert caught.value.message == (f"放行单无法读取：{zh}", f"the permit cannot be read: {en}")


def test_another_request_under_the_same_statement_is_refused(settled: Settled) -> None:
    world, data = settled
    with pytest.raises(PermitError, match="the request is not the one"):
        world.text(request=canonical({"title": "DROP TABLE"}))
    text = permit.parse(data).text.replace("核心库扩容".encode(), "删库删库删".encode())
    good = permit.parse(data)
    assert refused(world, permit.bundle(text, good.proofs, good.checkpoint)).reason_code == "PERMIT_MALFORMED"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"person": "vera", "voice": "vera"}, id="another person"),
        pytest.param({"voice": "vera"}, id="another voice"),
        pytest.param({"rank": "vp"}, id="a higher rank"),
        pytest.param({"assurance": "attested"}, id="another assurance"),
        pytest.param({"key_id": "vera-1"}, id="another key"),
        pytest.param({"entry": 2}, id="another person's entry"),
        pytest.param({"entry": 4}, id="an entry that is no approval"),
        pytest.param({"entry": 9999}, id="an entry that does not exist"),
        pytest.param({"registrar": "reg"}, id="a registrar nobody recorded"),
        pytest.param({"channel": "oa"}, id="a channel nobody recorded"),
        pytest.param({"signature": "x"}, id="another signature"),
        pytest.param({"signature": ""}, id="no signature"),
        pytest.param({"received_at": MINUTE}, id="another time"),
    ],
)
def test_an_approval_that_differs_from_its_entry_is_refused_even_in_an_issued_permit(
    world: Any, change: dict[str, Any]
) -> None:
    first = world.approvals[0]
    moved = {key: first.received_at + value if isinstance(value, timedelta) else value for key, value in change.items()}
    text = world.text(approvals=[first._replace(**moved), *world.approvals[1:]])
    issued = world.issue(text)
    world.append("heartbeat", {}, 11, ref="games")
    data = permit.bundle(text, world.prove(1, 2, 3, issued), world.checkpoint())
    assert refused(world, data).reason_code == "PERMIT_FORGED"


@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param({"statement": "sha256:" + "0" * 64}, id="over another statement"),
        pytest.param({"revision": 1}, id="of an earlier revision"),
        pytest.param({"revision": "2"}, id="of a revision that is text"),
        pytest.param({"signature": "sha256:" + "0" * 64}, id="with another signature"),
        pytest.param({"kind": "approval.attested_pending"}, id="not witnessed yet"),
        pytest.param({"kind": "approval.rejected"}, id="a rejection"),
        pytest.param({"ref": "CR-games-0008"}, id="of another request"),
    ],
)
@pytest.mark.parametrize("number", [0, 1], ids=["signed", "coded"])
def test_an_entry_that_recorded_something_else_carries_no_approval(
    world: Any, number: int, recorded: dict[str, Any]
) -> None:
    approvals = [world.record(world.approvals[number], 5), world.record(world.approvals[number], 5, **recorded)]
    good, bad = (world.text(approvals=[item]) for item in approvals)
    assert len(world.verify(world.bundled(good, world.issue(good))).approvals) == 1
    assert refused(world, world.bundled(bad, world.issue(bad))).reason_code == "PERMIT_FORGED"


def test_an_entry_that_names_another_place_is_refused_even_in_a_signed_tree(world: Any) -> None:
    text = world.text()
    issued = world.issue(text)
    world.entries[issued] = world.entries[issued].replace(b'"seq":5', b'"seq":6')
    assert refused(world, world.bundled(text, issued)).reason_code == "PERMIT_MALFORMED"


def test_an_entry_that_is_not_canonical_or_of_another_version_is_refused(world: Any) -> None:
    text = world.text()
    issued = world.issue(text)
    good = world.entries[issued]
    for old, new in ((b'"v":1', b'"v":2'), (b'"kind":', b'"kind": '), (b'"ref":"CR', b'"ref":"\\u0043R')):
        world.entries[issued] = good.replace(old, new)
        assert world.entries[issued] != good
        assert refused(world, world.bundled(text, issued)).reason_code == "PERMIT_MALFORMED"


def test_the_same_approval_listed_twice_is_refused(world: Any) -> None:
    data = world.file(approvals=[world.approvals[0], world.approvals[0]])
    assert refused(world, data).reason_code in ("PERMIT_FORGED", "PERMIT_MALFORMED")


@pytest.mark.parametrize(
    ("signer", "namespace", "over", "cause"),
    [
        pytest.param("vera", "approve@zhongbao", "statement", "SIG_KEY_MISMATCH", id="by another person's key"),
        pytest.param("mei", "confirm@zhongbao", "statement", "SIG_NAMESPACE", id="for another purpose"),
        pytest.param("mei", "approve@zhongbao", "other", "SIG_BAD", id="over another text"),
        pytest.param("mei", "approve@zhongbao", "crlf", "SIG_REENCODED", id="over a copy with CRLF"),
    ],
)
def test_a_recorded_signature_that_does_not_hold_is_refused_whoever_recorded_it(
    world: Any, signer: str, namespace: str, over: str, cause: str
) -> None:
    data = {"statement": world.statement, "other": b"{}", "crlf": world.statement + b"\r\n"}[over]
    bad = world.signed("mei", "manager", 5, world.sign(signer, data, namespace))
    error = refused(world, world.file(approvals=[bad]))
    assert (error.reason_code, error.values["cause"]) == ("PERMIT_FORGED", cause)


def test_an_approval_whose_key_left_the_directory_is_left_out_with_a_note(settled: Settled) -> None:
    world, data = settled
    people = {**world.directory.persons, "mei": replace(world.directory.persons["mei"], keys=())}
    found = world.verify(data, directory=replace(world.directory, persons=people))
    assert [item.person for item in found.approvals] == ["vera", "min"]
    assert "key of mei is no longer" in found.notes[0].en


def test_an_approval_is_checked_against_the_directory_in_force_not_the_one_of_then(
    settled: Settled, raw_line: Any
) -> None:
    world, data = settled
    swapped = replace(world.directory.persons["mei"], keys=(PublicKey("mei-1", raw_line("eve")),))
    people = {**world.directory.persons, "mei": swapped}
    error = refused(world, data, directory=replace(world.directory, persons=people))
    assert error.values["cause"] == "SIG_KEY_MISMATCH"


# -- forgeries of proofs and checkpoint ---------------------------------------------------------------------------------


def test_a_checkpoint_by_another_key_or_of_another_ledger_is_refused(world: Any, raw_line: Any) -> None:
    data = world.file()
    good = permit.parse(data)
    for checkpoint, cause in (
        (world.checkpoint(signer="eve"), "CHECKPOINT_UNSIGNED"),
        (world.checkpoint(origin="zhongbao.example/other"), "CHECKPOINT_ORIGIN"),
        (good.checkpoint.replace("\n7\n", "\n8\n"), "CHECKPOINT_FORGED"),
        ("", "CHECKPOINT_MALFORMED"),
    ):
        error = refused(world, permit.bundle(good.text, good.proofs, checkpoint))
        assert (error.reason_code, error.values.get("cause")) == ("PERMIT_FORGED", cause)
    assert refused(world, data, ledger_keys=[]).values["cause"] == "CHECKPOINT_UNSIGNED"
    assert refused(world, data, ledger_keys=[raw_line("eve")]).values["cause"] == "CHECKPOINT_UNSIGNED"


def test_a_checkpoint_later_than_now_says_the_clock_is_wrong(settled: Settled) -> None:
    world, data = settled
    assert refused(world, data, at=world.at - 12 * MINUTE).reason_code == "PERMIT_NOT_YET"
    assert world.verify(data, at=world.at - 10 * MINUTE).size == 7


def test_an_entry_from_another_tree_of_the_forger_is_refused(world: Any) -> None:
    data = world.file()
    good = permit.parse(data)
    for index, item in enumerate(good.proofs):
        for forged in (
            item._replace(entry=item.entry.replace(b"desk", b"disk")),
            item._replace(index=item.index + 1),
            item._replace(index=2**50),
            item._replace(path=item.path[:-1]),
            item._replace(path=(*item.path, item.path[0])),
            item._replace(path=tuple(reversed(item.path))),
            item._replace(path=()),
        ):
            proofs = [*good.proofs[:index], forged, *good.proofs[index + 1 :]]
            assert refused(world, permit.bundle(good.text, proofs, good.checkpoint)).reason_code == "PERMIT_FORGED"


def test_a_missing_doubled_or_foreign_proof_is_refused(world: Any) -> None:
    data = world.file()
    good = permit.parse(data)
    for number in range(4):
        proofs = [item for place, item in enumerate(good.proofs) if place != number]
        assert refused(world, permit.bundle(good.text, proofs, good.checkpoint)).reason_code == "PERMIT_FORGED"
    doubled = permit.bundle(good.text, [*good.proofs, good.proofs[0]], good.checkpoint)
    assert refused(world, doubled).reason_code == "PERMIT_MALFORMED"
    foreign = permit.bundle(good.text, [*good.proofs, *world.prove(0)], good.checkpoint)
    assert refused(world, foreign).reason_code == "PERMIT_FORGED"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"permit": "sha256:" + "0" * 64}, id="of another permit"),
        pytest.param({"id": "P-9"}, id="of another number"),
        pytest.param({"level": "none"}, id="of another level"),
        pytest.param({"expires_at": ""}, id="without expiry"),
        pytest.param({"not_before": "2026-11-21T18:00:00Z"}, id="of another start"),
        pytest.param({"manifest": ""}, id="of another manifest"),
    ],
)
def test_the_issuing_entry_must_be_of_this_permit(world: Any, change: dict[str, Any]) -> None:
    text = world.text()
    assert refused(world, world.bundled(text, world.issue(text, **change))).reason_code == "PERMIT_FORGED"


def test_a_permit_issued_twice_is_refused(world: Any) -> None:
    text = world.text()
    first, second = world.issue(text), world.issue(text)
    assert refused(world, world.bundled(text, first, second)).reason_code == "PERMIT_FORGED"


def test_true_in_the_ledger_is_not_the_number_one() -> None:
    assert [_alike(*pair) for pair in ((1, 1), (True, 1), ("1", 1), (None, ""))] == [True, False, False, False]


def test_the_issuing_entry_must_be_of_this_request(world: Any) -> None:
    text = world.text()
    issued = world.issue(text, ref="CR-games-0008")
    assert refused(world, world.bundled(text, issued)).reason_code == "PERMIT_FORGED"


def test_an_issuing_entry_an_hour_away_or_before_its_approvals_is_refused(world: Any) -> None:
    late = world.text()
    issued = world.issue(late, minute=70)
    assert "time of issue" in str(refused(world, world.bundled(late, issued)))
    early = world.text(approvals=[*world.approvals, world.signed("vera", "vp", 10)])
    before = permit.parse_text(early)
    swapped = before.approvals[-1]._replace(entry=len(world.entries) + 1)
    text = world.text(approvals=[*world.approvals, swapped])
    issued = world.issue(text)
    again = world.signed("vera", "vp", 10)
    assert again.entry == swapped.entry
    assert "time of the approval" in str(refused(world, world.bundled(text, issued)))


def test_an_approval_of_another_revision_does_not_serve_this_one(world: Any) -> None:
    old = world.statement
    world.subject = replace(world.subject, revision=3)
    text_of_two = world.approvals
    from zhongbao_core.approval import statement

    world.statement = statement.build(
        world.subject, purpose="approve", title="扩容", lines={"why": "满"}, manifest="4:x", level="full", label="一级"
    )
    assert old != world.statement
    assert refused(world, world.file(approvals=text_of_two)).reason_code == "PERMIT_FORGED"


# -- hostile files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff\xfe{\0}\0", id="UTF-16"),
        pytest.param(b"[" * 1_000_000, id="a million brackets"),
        pytest.param(b'{"a":' * 200_000, id="deep objects"),
        pytest.param(b'{"permit":NaN,"proofs":[],"checkpoint":""}', id="NaN"),
        pytest.param(b'{"checkpoint":"","permit":"{}","permit":"{}","proofs":[]}', id="duplicated key"),
        pytest.param(b'{"checkpoint":"","permit":"{}","proofs":[]}', id="an empty permit"),
        pytest.param(
            b'{"checkpoint":"","permit":"' + b"x" * 3_000_000 + b'","proofs":[]}', id="three megabytes of text"
        ),
        pytest.param(b'{"checkpoint":"","permit":"\\ud800","proofs":[]}', id="lone surrogate"),
        pytest.param(b'{"checkpoint":0,"permit":{},"proofs":{}}', id="wrong types"),
        pytest.param(b"1" * 100_000, id="a number of 100,000 digits"),
    ],
)
def test_a_hostile_file_is_malformed_and_nothing_else(data: bytes) -> None:
    with pytest.raises(PermitError) as caught:
        permit.parse(data)
    assert caught.value.reason_code == "PERMIT_MALFORMED"


def test_fifty_megabytes_are_refused_at_once() -> None:
    data = b'{"a":"' + b"x" * 50_000_000
    start = perf_counter()
    with pytest.raises(PermitError):
        permit.parse(data)
    assert perf_counter() - start < 10


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@quiet
@given(json_values)
def test_random_json_is_never_a_permit(value: Any) -> None:
    with pytest.raises(PermitError):
        permit.parse(json.dumps(value).encode())


def rewritten(data: bytes, path: list[str | int], change: Any) -> bytes:
    """``data`` with the field at ``path`` changed; ``permit`` and ``statement`` are opened on the way."""
    value = json.loads(data)
    head, rest = path[0], path[1:]
    if rest and isinstance(value[head], str):
        value[head] = rewritten(value[head].encode(), rest, change).decode()
    elif rest:
        value[head] = json.loads(rewritten(json.dumps(value[head]).encode(), rest, change))
    elif change is DROP:
        del value[head]
    else:
        value[head] = change
    return canonical_or_plain(value)


def canonical_or_plain(value: Any) -> bytes:
    try:
        return canonical(value)
    except ValueError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )


DROP = object()
OTHER_TYPES: list[Any] = [None, True, 0, -1, 2**53 - 1, "", "\x00", [], {}, [[]], {"a": 1}]


def paths(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a permit file, statement and request text included."""
    if isinstance(value, str) and here and here[-1] in ("permit", "statement", "request"):
        return [here, *paths(json.loads(value), here)]
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in [(*here, key), *paths(item, (*here, key))]]
    if isinstance(value, list):
        return [found for n, item in enumerate(value) for found in [(*here, n), *paths(item, (*here, n))]]
    return []


def test_dropping_any_field_anywhere_is_refused(settled: Settled) -> None:
    world, data = settled
    places = set(paths(json.loads(data)))
    assert len(places) > 80
    for place in sorted(places, key=repr):
        refused(world, rewritten(data, list(place), DROP))


def test_any_field_replaced_by_another_type_is_refused(settled: Settled) -> None:
    world, data = settled
    for place in sorted(set(paths(json.loads(data))), key=repr):
        for value in OTHER_TYPES:
            forged = rewritten(data, list(place), value)
            if forged != data:
                refused(world, forged)


@quiet
@given(data=st.data())
def test_a_field_replaced_by_any_json_is_refused(settled: Settled, data: st.DataObject) -> None:
    world, good = settled
    place = data.draw(st.sampled_from(sorted(set(paths(json.loads(good))), key=repr)))
    forged = rewritten(good, list(place), data.draw(json_values))
    assert forged == good or refused(world, forged)


def test_any_flipped_byte_is_refused(settled: Settled) -> None:
    world, data = settled
    dice = random.Random(7)  # noqa: S311 which bits to flip is no secret
    step = 1 if len(data) < 2000 else 5
    for place in range(dice.randrange(step), len(data), step):
        forged = data[:place] + bytes([data[place] ^ (1 << dice.randrange(8))]) + data[place + 1 :]
        refused(world, forged)


@quiet
@given(data=st.data())
def test_any_cut_insertion_or_doubling_is_refused(settled: Settled, data: st.DataObject) -> None:
    world, good = settled
    start = data.draw(st.integers(0, len(good) - 1))
    end = data.draw(st.integers(start, min(len(good), start + 400)))
    piece = data.draw(st.sampled_from([b"", good[start:end] * 2, b" ", b"\n", b"\x00", b"}"]))
    forged = good[:start] + piece + good[end:]
    assert forged == good or refused(world, forged)


def test_a_duplicated_field_at_any_depth_is_refused(settled: Settled) -> None:
    world, data = settled
    for key in (b'"checkpoint":', b'"proofs":', b'"index":', b'"path":'):
        at = data.index(key)
        refused(world, data[:at] + key + b"0," + data[at:])
    text = permit.parse(data).text
    for key in (b'"uses":', b'"level":', b'"rung":', b'"entry":'):
        at = text.index(key)
        forged = text[:at] + key + b"0," + text[at:]
        with pytest.raises(PermitError):
            permit.parse_text(forged)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"kind": "gift"}, id="unknown kind"),
        pytest.param({"uses": 0}, id="no use"),
        pytest.param({"uses": 1001}, id="a thousand and one uses"),
        pytest.param({"id": ""}, id="no number"),
        pytest.param({"statement": b"{}"}, id="no statement"),
        pytest.param({"request": b"{ }"}, id="a request not in canonical form"),
        pytest.param({"request": b""}, id="no request"),
    ],
)
def test_the_desk_cannot_build_what_a_door_would_not_read(world: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(PermitError) as caught:
        world.text(**changes)
    assert caught.value.reason_code == "PERMIT_MALFORMED"


def test_a_statement_for_another_purpose_carries_no_permit(world: Any) -> None:
    other = world.statement.replace(b'"purpose":"approve"', b'"purpose":"confirm"')
    with pytest.raises(PermitError, match="not one to be approved"):
        world.text(statement=other)


def test_an_empty_life_is_not_built(world: Any) -> None:
    with pytest.raises(PermitError, match="life is empty"):
        world.text(expires_at=world.approvals[0].received_at)


def test_a_door_with_ed25519_loads_no_library_and_verifies_in_milliseconds(settled: Settled) -> None:
    code = (
        "import sys, zhongbao_core.approval.permit, zhongbao_core.approval.ladder, zhongbao_core.approval.sshsig;"
        "heavy = ('cryptography', 'pydantic', 'yaml', 'logging', 'subprocess', 'sqlite3', 'tempfile', 'secrets', 'hmac');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    world, data = settled
    world.verify(data)
    best = min(timed(world, data) for _ in range(5))
    assert best < 0.06


def timed(world: Any, data: bytes) -> float:
    start = perf_counter()
    world.verify(data)
    return perf_counter() - start
