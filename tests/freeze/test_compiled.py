"""The compiled policy says what the YAML says, in the same bytes each time, and is read a line at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import REQUESTS, WINDOWS, WORKSPACES, systems, without_contacts
from sound import FILES, write

from freeze.authoring.compiler import compile_loaded, compile_workspace
from freeze.authoring.load import load_workspace
from freeze.authoring.workspace import Workspace
from freeze.in_force.codec import request_from_json, request_to_json
from freeze.in_force.codec_scope import window_to_json
from freeze.in_force.compiled import CompiledPolicy
from freeze.model import ChangeRequest, Selector, System, Window
from zhongbao_core.approval.subject import Target
from zhongbao_core.canonical import canonical, strict_json
from zhongbao_core.clock import iso
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.event import Level

PARTS = ("event", "zone", "treatments", "ladder", "catalogue", "exemptions", "doors", "breakglass", "holidays")


@given(WORKSPACES)
def test_a_compiled_policy_is_the_policy_that_was_loaded(workspace: Workspace) -> None:
    data = compile_loaded(workspace)
    policy = CompiledPolicy.from_bytes(data)
    assert {name: getattr(policy, name) for name in PARTS} == {name: getattr(workspace, name) for name in PARTS}
    assert policy.directory == without_contacts(workspace.directory)
    assert (list(policy.systems()), list(policy.windows())) == (list(workspace.systems()), list(workspace.windows()))
    assert (policy.workspace, policy.company, policy.manifest) == (workspace.id, workspace.company, "")
    assert compile_loaded(workspace) == data, "the same workspace gives the same bytes"


@given(WORKSPACES)
def test_no_phone_and_no_mail_address_is_compiled(workspace: Workspace) -> None:
    people = json.loads(next(line for line in compile_loaded(workspace).splitlines() if line.startswith(b'["people"')))
    assert all({"phone", "mail"}.isdisjoint(person) for person in people[1]["persons"])


@given(REQUESTS)
def test_a_request_survives_its_canonical_text(request: ChangeRequest) -> None:
    whole = [request.start.replace(microsecond=0), request.start]
    text = canonical(request_to_json(request))
    assert request_from_json(strict_json(text)) == request and request.start in whole


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda body: body | {"extra": 1}, id="an unknown field"),
        pytest.param(lambda body: {key: value for key, value in body.items() if key != "steps"}, id="a field missing"),
        pytest.param(lambda body: body | {"title": 5}, id="a number for a text"),
        pytest.param(lambda body: body | {"revision": True}, id="true for a number"),
        pytest.param(lambda body: body | {"duration": -1}, id="a negative length"),
        pytest.param(lambda body: body | {"duration": 10**14}, id="a length beyond all bounds"),
        pytest.param(lambda body: body | {"start": "2026-11-20T08:00:00"}, id="a time without zone"),
        pytest.param(lambda body: body | {"start": "soon"}, id="no time"),
        pytest.param(lambda body: body | {"targets": [{"system": "a"}]}, id="half a target"),
        pytest.param(lambda body: body | {"targets": "a/prod"}, id="targets as text"),
        pytest.param(lambda body: body | {"binds": [["a", "1"], ["a", "2"]]}, id="a bind twice"),
        pytest.param(lambda body: body | {"binds": [["a"]]}, id="half a bind"),
        pytest.param(lambda body: body | {"steps": [["a"]]}, id="a list for a step"),
        pytest.param(lambda body: [body], id="a list for a request"),
    ],
)
def test_a_request_that_is_none_is_refused(harm: Any) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    empty: dict[str, Any] = dict.fromkeys(("applicant", "executor", "verifier", "duty", "necessity", "impact"), "x")
    empty |= dict.fromkeys(("verification", "rollback"), "x")
    hour = timedelta(hours=1)
    request = ChangeRequest(
        "CR", 1, "e", "t", "release", "normal", (Target("a", "prod"),), steps=("s",), start=at, duration=hour,
        rollback_duration=hour, observation=hour, **empty,
    )  # fmt: skip
    assert request_from_json(request_to_json(request)) == request
    with pytest.raises(InputError) as caught:
        request_from_json(harm(request_to_json(request)))
    assert caught.value.reason_code == "REQUEST_INVALID"


# ── inheritance, against a scan that shares no code with it ──────────────────


def scan(known: dict[str, System], windows: tuple[Window, ...], target: Target) -> list[str]:
    """Ids of the windows that reach ``target``, by walking every system up from every other one."""
    if target.system not in known:
        return []
    down = {name: spread(known, name, shared=True) for name in known}
    only_parts = {name: spread(known, name, shared=False) for name in known}
    found = []
    for window in windows:
        reaches = down if window.effect == "deny" else only_parts
        sources = [system for system in known.values() if picks(window.select, system)]
        here = any(target.system in reaches[source.id] for source in sources)
        if here and environment(window.select, known[target.system], target.environment):
            found.append(window.id)
    return sorted(found)


def spread(known: dict[str, System], start: str, *, shared: bool) -> set[str]:
    """Everything below ``start``: its parts and, where ``shared``, what it and they stand on."""
    reached = {start}
    for _ in known:
        reached |= {system.id for system in known.values() if system.part_of in reached}
        if shared:
            reached |= {needed for name in set(reached) for needed in known[name].stands_on if needed in known}
    return reached


def picks(select: Selector, system: System) -> bool:
    """Whether a selector names a system, environments and kinds aside."""
    labels: dict[str, list[str]] = {}
    for key, glob in select.labels:
        labels.setdefault(key, []).append(glob)
    said = [
        any(fnmatchcase(value, glob) for glob in globs)
        for value, globs in (
            (system.id, select.systems),
            (system.service, select.services),
            (system.unit, select.units),
        )
        if globs
    ]
    said += [
        key in system.labels and any(fnmatchcase(system.labels[key], glob) for glob in globs)
        for key, globs in labels.items()
    ]
    return all(said)


def environment(select: Selector, system: System, name: str) -> bool:
    """Whether the environment fits; one that the system does not list counts as fitting."""
    listed = name in system.environments
    return not select.environments or not listed or any(fnmatchcase(name, glob) for glob in select.environments)


@given(systems(), WINDOWS, st.data())
def test_windows_reach_exactly_what_a_plain_scan_finds(
    known: dict[str, System], windows: tuple[Window, ...], data: st.DataObject
) -> None:
    workspace = Workspace(Path("random"), all_systems=known, all_windows=windows)
    policy = CompiledPolicy.from_bytes(compile_loaded(workspace))
    target = Target(data.draw(st.sampled_from([*known, "nobody"])), data.draw(st.sampled_from(["prod", "test", "odd"])))
    hits = policy.windows_for(target)
    assert sorted(hit.window.id for hit in hits) == scan(known, windows, target)
    assert hits == workspace.windows_for(target)
    assert all(hit.via[-1] == target.system and set(hit.via) <= known.keys() for hit in hits)


# ── reading one line ─────────────────────────────────────────────────────────


def test_a_door_reads_the_line_it_needs_and_no_other(tmp_path: Path) -> None:
    data = compile_workspace(write(tmp_path))
    spoilt = [
        line.replace(b'"name"', b"?ruined") if line.startswith((b'["system","cart"', b'["system","db"')) else line
        for line in data.split(b"\n")
    ]
    policy = CompiledPolicy.from_bytes(b"\n".join(spoilt))
    shop = policy.system("shop")
    assert shop is not None and shop.stands_on == ("db",)
    assert [hit.window.id for hit in policy.windows_for(Target("shop", "prod"))] == ["sale", "nights"]
    with pytest.raises(TrustError) as caught:
        policy.system("cart")
    assert caught.value.reason_code == "POLICY_UNVERIFIED"


@pytest.mark.parametrize("name", ['shop",{"id":"x"}]\n["system","db', "", "sho", "shop ", "\ud800", "系统"])
def test_an_odd_name_is_an_unknown_system(tmp_path: Path, name: str) -> None:
    policy = CompiledPolicy.from_bytes(compile_workspace(write(tmp_path)))
    assert policy.system(name) is None and policy.windows_for(Target(name, "prod")) == ()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]\n", id="no header"),
        pytest.param(b'["header",{"format":"zhongbao-policy/2","engine":1}]\n', id="another format"),
        pytest.param(b'["header",{"format":"zhongbao-policy/1","engine":2}]\n', id="another engine"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_bytes_of_another_kind_are_refused(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        CompiledPolicy.from_bytes(data)
    assert caught.value.reason_code == "POLICY_UNVERIFIED"


def test_a_section_that_was_cut_off_is_no_empty_section(tmp_path: Path) -> None:
    data = compile_workspace(write(tmp_path))
    policy = CompiledPolicy.from_bytes(b"\n".join(line for line in data.split(b"\n") if b'["treatments"' not in line))
    with pytest.raises(TrustError):
        _ = policy.treatments


def test_comments_and_order_of_files_do_not_change_the_bytes(tmp_path: Path) -> None:
    first = compile_workspace(write(tmp_path / "a"))
    noted = {"event.yaml": FILES["event.yaml"] + "\n# a remark\n"}
    assert compile_workspace(write(tmp_path / "b", noted)) == first
    other = {"event.yaml": FILES["event.yaml"].replace("一级", "特级")}
    assert compile_workspace(write(tmp_path / "c", other)) != first


# ── amendments ───────────────────────────────────────────────────────────────


class Amended(NamedTuple):
    number: int
    kind: str
    body: dict[str, Any]
    signers: tuple[str, ...] = ()
    digest: str = ""

    @property
    def ends(self) -> datetime | None:
        text = self.body.get("ends")
        return datetime.fromisoformat(text) if text else None


def amended(tmp_path: Path, *items: Amended) -> CompiledPolicy:
    return CompiledPolicy.from_bytes(compile_workspace(write(tmp_path)), amendments=items)


def levels(policy: CompiledPolicy) -> Iterator[tuple[str, str, str | None, str]]:
    assert policy.event is not None
    for phase in policy.event.phases:
        yield phase.id, iso(phase.span.start), iso(phase.span.end) if phase.span.end else None, phase.level.id


def test_a_phase_that_is_lifted_ends_and_leaves_nothing_behind(tmp_path: Path) -> None:
    policy = amended(tmp_path, Amended(1, "lift", {"phase": "two", "ends": "2026-11-20T00:00:00Z"}))
    assert list(levels(policy)) == [
        ("one", "2026-10-31T16:00:00Z", "2026-11-10T16:00:00Z", "watch"),
        ("two", "2026-11-10T16:00:00Z", "2026-11-20T00:00:00Z", "full"),
    ]


def test_a_phase_that_is_extended_never_weakens_a_stricter_one(tmp_path: Path) -> None:
    policy = amended(
        tmp_path,
        Amended(1, "lift", {"phase": "two", "ends": "2026-11-12T16:00:00Z"}),
        Amended(2, "extend", {"phase": "one", "ends": "2026-11-14T16:00:00Z"}),
    )
    assert list(levels(policy)) == [
        ("one", "2026-10-31T16:00:00Z", "2026-11-10T16:00:00Z", "watch"),
        ("two", "2026-11-10T16:00:00Z", "2026-11-12T16:00:00Z", "full"),
        ("one", "2026-11-12T16:00:00Z", "2026-11-14T16:00:00Z", "watch"),
    ]


def test_a_window_ends_as_amended(tmp_path: Path) -> None:
    policy = amended(tmp_path, Amended(1, "extend", {"window": "sale", "ends": "2026-11-07T16:00:00Z"}))
    sale = next(window for window in policy.windows() if window.id == "sale")
    assert getattr(sale.when, "end", None) == datetime(2026, 11, 8)
    assert next(iter(policy.windows_for(Target("shop", "prod")))).window == sale


@pytest.mark.parametrize("select", [{"everything": True}, {"systems": ["cart"]}])
def test_a_freeze_that_is_added_holds_what_it_names(tmp_path: Path, select: dict[str, Any]) -> None:
    plain = amended(tmp_path / "a")
    sale = next(window for window in plain.windows() if window.id == "sale")
    fresh = window_to_json(sale) | {"id": "fresh", "level": "silent", "select": select}
    policy = amended(tmp_path / "b", Amended(1, "extend", {"deny": fresh}))
    reached = {
        name: "fresh" in [hit.window.id for hit in policy.windows_for(Target(name, "prod"))]
        for name in ("shop", "cart", "db")
    }
    assert reached == dict.fromkeys(reached, "everything" in select) | {"cart": True}
    assert [window.id for window in policy.windows()] == ["nights", "sale", "fresh"]
    assert list(policy.windows())[-1].level is Level.SILENT


def _added(**more: Any) -> dict[str, Any]:
    body = {
        "id": "x", "name": {"zh": "", "en": ""}, "effect": "deny", "zone": "Asia/Shanghai", "level": "full",
        "when": {"once": ["2026-11-20T00:00:00", None]}, "select": {"everything": True}, "tier": "company",
        "owner": "", "why": {"zh": "", "en": ""}, "valid": None, "source": "",
    }  # fmt: skip
    return {"deny": body | more}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(
            "extend", {"phase": "two", "ends": "2026-11-20T00:00:00Z"}, id="an extend that ends an open phase"
        ),
        pytest.param("extend", {"phase": "one", "ends": "2026-11-02T00:00:00Z"}, id="an extend that ends earlier"),
        pytest.param("lift", {"phase": "one", "ends": "2026-12-02T00:00:00Z"}, id="a lift that ends later"),
        pytest.param("lift", {"phase": "three", "ends": "2026-11-02T00:00:00Z"}, id="an unknown phase"),
        pytest.param("lift", {"window": "three", "ends": "2026-11-02T00:00:00Z"}, id="an unknown window"),
        pytest.param("extend", {"window": "nights", "ends": None}, id="a construction window made longer"),
        pytest.param("extend", _added(effect="allow"), id="a construction window added"),
        pytest.param("extend", _added(id="sale"), id="an id that stands already"),
        pytest.param("extend", _added(select={}), id="an empty selector"),
        pytest.param("extend", {"deny": {"id": "x"}}, id="half a window"),
    ],
)
def test_an_amendment_that_does_not_fit_refuses_the_policy(tmp_path: Path, kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as caught:
        amended(tmp_path, Amended(1, kind, body))
    assert caught.value.reason_code == "AMENDMENT_INVALID"


def test_the_baseline_pack_gives_the_answers_it_promises(tmp_path: Path) -> None:
    from freeze.calendar import treatment_for

    text = FILES["zhongbao.yaml"].replace("packs: []", "packs: [freeze/baseline]")
    people = FILES["people.yaml"].replace(
        "ranks:\n",
        "ranks:\n  - {id: lead, name: 主管}\n  - {id: director, name: 总经理}\n  - {id: vp, name: 副总裁}\n",
    )
    files = {"zhongbao.yaml": text, "people.yaml": people, "freeze/treatments.yaml": "", "freeze/ladder.yaml": ""}
    workspace = load_workspace(write(tmp_path, files))
    said = {
        (level.id, kind, name): treatment_for(workspace, level, kind, name).action
        for level, kind, name in (
            (Level.WATCH, "release", "normal"),
            (Level.RESTRICTED, "release", "normal"),
            (Level.RESTRICTED, "release", "major"),
            (Level.RESTRICTED, "rollback", "normal"),
            (Level.FULL, "release", "normal"),
            (Level.FULL, "release", "emergency"),
            (Level.FULL, "rollback", "normal"),
            (Level.FULL, "exposure_reduction", "normal"),
            (Level.SILENT, "restore", "emergency"),
        )
    }
    assert list(said.values()) == [
        "approve", "approve", "block", "approve", "block", "approve", "approve", "approve", "block",
    ]  # fmt: skip
    night = treatment_for(workspace, Level.RESTRICTED, "release", "normal")
    assert night.hours == (("00:00", "05:00"),)
    assert {item.action for item in workspace.treatments} == {"approve", "block"}, "no kind is free: the asker names it"
