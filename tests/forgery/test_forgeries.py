"""An asker who can write the whole workspace, the compiled files and the permit gets no allow, whatever he forges.

The door is the real command; its call, its trust file and its state are the company's. Every forgery has a name and
must be answered by a decision or an error, never by an allow and never by a traceback. The first tests show that the
same door opens for the permit that was not touched.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from forged_permit import PERMIT
from forged_policy import COMPILED, MANIFEST
from forged_root import AMENDMENTS, ROOTS
from forged_showing import SHOWING
from forgery_cases import Forgery
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


def _refused(scene: Scene, forgery: Forgery) -> None:
    forgery.harm(scene)
    code, reason = scene.gate(*forgery.more, permit=forgery.permit, at=forgery.at or NOW, offline=forgery.offline)
    assert code in (1, 3), f"exit {code}, {reason}"
    assert reason in forgery.reasons


@pytest.mark.parametrize("forgery", [*COMPILED, *MANIFEST, *ROOTS, *AMENDMENTS])
def test_a_forged_policy_opens_no_door(scene: Scene, forgery: Forgery) -> None:
    _refused(scene, forgery)


@pytest.mark.parametrize("forgery", PERMIT)
def test_a_forged_permit_opens_no_door(scene: Scene, forgery: Forgery) -> None:
    before = scene.permit.read_bytes()
    _refused(scene, forgery)
    assert scene.permit.read_bytes() != before, "nothing was forged"


@pytest.mark.parametrize("forgery", SHOWING)
def test_a_permit_shown_where_it_does_not_hold_opens_no_door(scene: Scene, forgery: Forgery) -> None:
    _refused(scene, forgery)


def test_there_are_at_least_forty_forgeries_and_no_two_share_a_name() -> None:
    names = [row.id for row in (*COMPILED, *MANIFEST, *ROOTS, *AMENDMENTS, *PERMIT, *SHOWING)]
    assert len(names) == len(set(names)) >= 40
