"""An asker who can write the whole workspace, the compiled files and the permit gets no allow, whatever he forges.

The door is the real command; its call, its trust file and its state are the company's. Every forgery has a name and
must be answered by a decision or an error, never by an allow and never by a traceback. The first tests show that the
same door opens for the permit that was not touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import forgery_cases
import pytest
from forged_manifest import MANIFEST
from forged_permit import PERMIT
from forged_policy import COMPILED, FREE
from forged_root import AMENDMENTS, ROOTS
from forged_showing import SHOWING
from scenes import NOW, Origin, Scene, make_origin


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Origin:
    return make_origin(tmp_path_factory.mktemp("company"), tmp_path_factory.mktemp("enemy"))


@pytest.fixture
def scene(origin: Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Scene:
    base = tmp_path / "company"
    shutil.copytree(origin.company.base, base)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def read() -> tuple[str, str]:
        caught = capsys.readouterr()
        return caught.out, caught.err

    places = (base / "demo", base / "demo-outside", base / origin.permit.name, base / origin.other.name)
    return Scene(*places, origin.enemy, read)


def test_the_honest_permit_opens_the_door_offline(scene: Scene) -> None:
    assert scene.gate() == (0, "PERMITTED")


def test_the_honest_permit_opens_the_door_online_once(scene: Scene) -> None:
    assert scene.gate(offline=False) == (0, "PERMITTED")
    assert scene.gate(offline=False)[0] == 1


def test_without_a_permit_the_door_is_shut(scene: Scene) -> None:
    assert scene.gate(permit=False) == (1, "FROZEN")


def _refused(scene: Scene, forgery: forgery_cases.Forgery) -> None:
    forgery.harm(scene)
    code, reason = scene.gate(*forgery.more, permit=forgery.permit, at=forgery.at or NOW, offline=forgery.offline)
    assert code in (1, 3), f"exit {code}, {reason}"
    assert reason in forgery.reasons


@pytest.mark.parametrize("forgery", [*COMPILED, *MANIFEST, *ROOTS, *AMENDMENTS])
def test_a_forged_policy_opens_no_door(scene: Scene, forgery: forgery_cases.Forgery) -> None:
    _refused(scene, forgery)


@pytest.mark.parametrize("forgery", PERMIT)
def test_a_forged_permit_opens_no_door(scene: Scene, forgery: forgery_cases.Forgery) -> None:
    before = scene.permit.read_bytes()
    _refused(scene, forgery)
    assert scene.permit.read_bytes() != before, "nothing was forged"


@pytest.mark.parametrize("forgery", SHOWING)
def test_a_permit_shown_where_it_does_not_hold_opens_no_door(scene: Scene, forgery: forgery_cases.Forgery) -> None:
    _refused(scene, forgery)


ROUNDS = 2000 if os.environ.get("ZHONGBAO_SOAK") else 60


def test_no_bit_turned_in_the_permit_opens_the_door(scene: Scene) -> None:
    chance, honest = Random(20261116), scene.permit.read_bytes()  # noqa: S311 a fixed seed, not a secret
    for _ in range(ROUNDS):
        place, bit = chance.randrange(len(honest)), 1 << chance.randrange(8)
        scene.permit.write_bytes(honest[:place] + bytes([honest[place] ^ bit]) + honest[place + 1 :])
        code, reason = scene.gate()
        assert (code in (1, 3), reason in ("PERMIT_FORGED", "PERMIT_MALFORMED")) == (True, True), (place, bit, reason)
    scene.permit.write_bytes(honest)
    assert scene.gate() == (0, "PERMITTED")


def test_no_bit_turned_in_the_workspace_opens_the_door_without_a_permit(scene: Scene) -> None:
    chance = Random(20261117)  # noqa: S311 a fixed seed, not a secret
    files = sorted(path for path in scene.ws.rglob("*") if path.is_file())
    for _ in range(ROUNDS):
        path = chance.choice(files)
        honest = path.read_bytes()
        place, bit = chance.randrange(len(honest)), 1 << chance.randrange(8)
        path.write_bytes(honest[:place] + bytes([honest[place] ^ bit]) + honest[place + 1 :])
        code, reason = scene.gate(permit=False)
        assert code in (1, 3), (path.name, place, bit, reason)
        path.write_bytes(honest)
    assert scene.gate() == (0, "PERMITTED")


def test_the_program_as_people_start_it_answers_the_same(scene: Scene) -> None:
    start = [sys.executable, "-m", "zhongbao", *scene.words()]
    honest = subprocess.run(start, capture_output=True, text=True, check=False)
    assert (honest.returncode, json.loads(honest.stdout)["reason_code"]) == (0, "PERMITTED")
    scene.permit.write_bytes(scene.permit.read_bytes().replace(b"portal", b"billing"))
    forged = subprocess.run(start, capture_output=True, text=True, check=False)
    assert forged.returncode == 1 and json.loads(forged.stdout)["verdict"] == "hold"
    assert "Traceback" not in forged.stderr


def _named_inside(scene: Scene, name: str = "trust.json") -> Path:
    """The asker's own world in the company's place, his trust file in it."""
    shutil.rmtree(scene.ws)
    shutil.copytree(scene.enemy.workspace, scene.ws)
    shutil.copy(scene.enemy.trust_path, scene.ws / name)
    return scene.ws / name


@pytest.mark.parametrize(
    "how", ["by option", "by option, relative", "by a link outside", "by variable", "through a link inside"]
)
def test_a_trust_file_in_the_workspace_is_not_believed_even_if_the_door_names_it(
    scene: Scene, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = _named_inside(scene)
    named: str | None = str(inside)
    match how:
        case "by option, relative":
            monkeypatch.chdir(scene.ws)
            named = inside.name
        case "by a link outside":
            (scene.out / "link.json").symlink_to(inside)
            named = str(scene.out / "link.json")
        case "through a link inside":
            shutil.copy(scene.enemy.trust_path, scene.out / "theirs.json")
            inside.unlink()
            inside.symlink_to(scene.out / "theirs.json")
        case "by variable":
            monkeypatch.setenv("ZHONGBAO_TRUST", str(inside))
            named = None
    assert scene.gate(permit=False, trust=named) == (3, "TRUST_INVALID")


def test_a_trust_file_in_the_workspace_is_not_found_where_nobody_names_one(scene: Scene) -> None:
    _named_inside(scene)
    assert scene.gate(permit=False, trust=None) == (3, "TRUST_MISSING")


def test_a_compiled_file_named_by_variable_is_measured_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    (scene.ws / "free.jsonl").write_bytes(FREE)
    monkeypatch.setenv("ZHONGBAO_COMPILED", str(scene.ws / "free.jsonl"))
    assert scene.gate(permit=False) == (1, "FROZEN")
    assert scene.gate() == (0, "PERMITTED")


def test_a_door_without_trust_says_so_and_believes_no_permit(scene: Scene) -> None:
    code, reason = scene.gate("--untrusted-demo", trust=None)
    assert (code, reason) in ((3, "POLICY_BROKEN"), (1, "PERMIT_FORGED"))


def test_there_are_at_least_160_forgeries_and_no_two_share_a_name() -> None:
    names = [row.id for row in (*COMPILED, *MANIFEST, *ROOTS, *AMENDMENTS, *PERMIT, *SHOWING)]
    assert len(names) == len(set(names)) >= 160
