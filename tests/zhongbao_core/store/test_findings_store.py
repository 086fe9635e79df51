"""The store of findings on real files: what a run brings, what is moved, what survives."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from zhongbao_core.errors import RefusedError, StoreError, UsageError
from zhongbao_core.finding import EndpointPlace, Evidence, Finding, PassagePlace, Severity, SystemPlace
from zhongbao_core.finding_life import Move, State
from zhongbao_core.store.engine import PRAGMAS, open_store
from zhongbao_core.store.findings import FindingStore, Recorded
from zhongbao_core.text import Text

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATE = Finding(
    "freeze",
    "FRZ001",
    Text("补签逾期", "confirmation overdue"),
    Severity.HIGH,
    SystemPlace(reference="CR-1"),
    evidence=(Evidence("电话", "13800138000", personal=True),),
)
PORT = Finding(
    "exposure", "EXP001", Text("端口开放", "open port"), Severity.CRITICAL, EndpointPlace("203.0.113.9", 8848)
)
WORD = Finding(
    "content", "BR012", Text("绝对化用语", "absolute"), Severity.LOW, PassagePlace("p1", "b", 0, 2, "第一\ud800")
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FindingStore]:
    with open_store(tmp_path / "findings.db", create=True) as engine:
        yield FindingStore(engine)


def test_a_run_brings_new_findings_and_the_next_run_sees_them_again(store: FindingStore) -> None:
    first = store.record([LATE, PORT, WORD, LATE], AT, looked=["freeze", "exposure", "content"])
    second = store.record([LATE], AT + HOUR, looked=["freeze"])
    assert (first, second) == (Recorded(3, 0, 0), Recorded(0, 1, 0))
    kept = store.get(LATE.id, AT + HOUR)
    assert (kept.finding, kept.first_seen, kept.last_seen) == (LATE, AT, AT + HOUR)


def test_findings_come_worst_first_with_everything_they_were_recorded_with(store: FindingStore) -> None:
    store.record([WORD, LATE, PORT], AT, looked=["freeze"])
    assert [item.finding for item in store.tracked(AT)] == [PORT, LATE, WORD]


def close(store: FindingStore, at: datetime) -> None:
    for move in (
        Move("assign", "zhao-min", assignee="li-na"),
        Move("start", "li-na"),
        Move("fixed", "li-na", evidence="sha256:ab"),
        Move("close", "zhao-min", evidence="复测端口已关闭"),
    ):
        store.move(LATE.id, move, at)


def test_a_closed_finding_that_is_seen_again_has_recurred_and_its_whole_life_is_kept(store: FindingStore) -> None:
    store.record([LATE], AT, looked=["freeze"])
    close(store, AT + HOUR)
    assert store.tracked(AT + HOUR, everything=False) == []
    assert store.record([LATE], AT + 2 * HOUR, looked=["freeze"], actor="audit") == Recorded(0, 0, 1)
    states = [(step.move, step.after) for step in store.history(LATE.id)]
    assert states == [
        ("found", "unclaimed"),
        ("assign", "assigned"),
        ("start", "fixing"),
        ("fixed", "verifying"),
        ("close", "closed"),
        ("seen", "recurred"),
    ]
    assert store.get(LATE.id, AT + 2 * HOUR).life.times == 1


def test_a_waived_finding_stays_in_the_list_and_opens_again_when_the_waiver_ends(store: FindingStore) -> None:
    store.record([LATE], AT, looked=["freeze"])
    store.move(LATE.id, Move("waive", "a", reason="闭幕后整改", approver="b", expires=AT + 2 * HOUR), AT)
    assert [item.life.state for item in store.tracked(AT + HOUR)] == [State.WAIVED]
    assert [item.life.state for item in store.tracked(AT + 2 * HOUR, everything=False)] == [State.UNCLAIMED]


def test_a_refused_move_changes_nothing(store: FindingStore) -> None:
    store.record([LATE], AT, looked=["freeze"])
    before = store.get(LATE.id, AT)
    with pytest.raises(RefusedError):
        store.move(LATE.id, Move("close", "zhao-min", evidence="x"), AT)
    assert (store.get(LATE.id, AT), len(store.history(LATE.id))) == (before, 1)


def test_a_move_before_the_last_step_is_refused(store: FindingStore) -> None:
    store.record([LATE], AT, looked=["freeze"])
    with pytest.raises(RefusedError) as caught:
        store.move(LATE.id, Move("assign", "a", assignee="b"), AT - HOUR)
    assert caught.value.reason_code == "FINDING_TIME"


def test_every_zero_has_its_basis_an_area_nobody_looked_at_says_so(store: FindingStore) -> None:
    store.record([], AT, looked=["freeze"])
    assert store.basis() == {"freeze": AT, "exposure": None, "content": None, "patrol": None}


@pytest.mark.parametrize("asked", ["F-000000000000", "F-", "%", "'; DROP TABLE finding; --", ""])
def test_an_id_that_fits_no_finding_is_wrong_use(store: FindingStore, asked: str) -> None:
    store.record([LATE], AT, looked=["freeze"])
    with pytest.raises(UsageError) as caught:
        store.get(asked, AT)
    assert caught.value.reason_code == "FINDING_UNKNOWN"


def test_a_finding_is_found_by_the_start_of_its_id_in_any_case_and_by_its_fingerprint(store: FindingStore) -> None:
    store.record([LATE, PORT], AT, looked=["freeze"])
    for asked in (LATE.id.lower(), LATE.id[:9], LATE.fingerprint):
        assert store.get(asked, AT).finding == LATE


def test_a_store_that_nobody_made_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught, open_store(tmp_path / "findings.db"):
        pass
    assert caught.value.reason_code == "STORE_MISSING"
    assert not (tmp_path / "findings.db").exists()


def test_a_store_is_readable_by_its_owner_alone_even_when_made_under_an_open_umask(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    before = os.umask(0)
    try:
        with open_store(path, create=True) as engine:
            FindingStore(engine).record([LATE], AT, looked=["freeze"])
            modes = {item.name: oct(item.stat().st_mode & 0o777) for item in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {"0o600"}, modes


def test_every_pragma_is_as_promised(tmp_path: Path) -> None:
    with open_store(tmp_path / "findings.db", create=True) as engine, engine.connect() as connection:
        got = {name: str(connection.execute(text(f"PRAGMA {name}")).scalar()) for name in PRAGMAS}
    assert got == PRAGMAS


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    path.write_bytes(b"not a database at all, but long enough to look like one" * 40)
    before = path.read_bytes()
    with pytest.raises(StoreError), open_store(path):
        pass
    assert path.read_bytes() == before


def test_a_store_of_a_later_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    with open_store(path, create=True):
        pass
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'core_9999'")
    with pytest.raises(StoreError) as caught, open_store(path):
        pass
    assert caught.value.reason_code == "STORE_NEWER"


def test_a_pillar_brings_its_own_branch_of_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pillar_of_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "p_0001.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = 'p_0001', None, ('pillar',), None\n"
        "def upgrade():\n    op.create_table('seen_host', sa.Column('address', sa.Text, primary_key=True))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "findings.db"
    with open_store(path, create=True):
        pass
    with open_store(path, branches=["pillar_of_test:"]) as engine, engine.connect() as connection:
        names = {row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))}
        heads = {row[0] for row in connection.execute(text("SELECT version_num FROM alembic_version"))}
    assert {"finding", "finding_step", "look", "seen_host"} <= names
    assert heads == {"core_0001", "p_0001"}


def test_processes_that_make_the_same_store_at_once_all_succeed_and_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from zhongbao_core.store.engine import open_store; from zhongbao_core.store.findings import FindingStore\n"
        "from zhongbao_core.finding import *; from zhongbao_core.text import Text\n"
        "f = Finding('freeze', 'R', Text('甲', 'a'), Severity.LOW, SystemPlace(reference=sys.argv[2]))\n"
        "with open_store(Path(sys.argv[1]), create=True) as e:\n"
        "    FindingStore(e).record([f], datetime(2026, 11, 20, tzinfo=UTC), looked=['freeze'])\n"
    )
    path = str(tmp_path / "findings.db")
    running = [subprocess.Popen([sys.executable, "-c", code, path, f"CR-{n}"]) for n in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    with open_store(Path(path)) as engine:
        assert len(FindingStore(engine).tracked(AT)) == 4


def test_two_who_close_at_once_do_not_both_succeed(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    with open_store(path, create=True) as engine:
        FindingStore(engine).record([LATE], AT, looked=["freeze"])
    results: list[str] = []

    def dismiss(actor: str) -> None:
        with open_store(path) as engine:
            try:
                FindingStore(engine).move(LATE.id, Move("dismiss", actor, reason="重复"), AT)
                results.append("done")
            except RefusedError as error:
                results.append(error.reason_code)

    threads = [threading.Thread(target=dismiss, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["FINDING_MOVE", "done"]
