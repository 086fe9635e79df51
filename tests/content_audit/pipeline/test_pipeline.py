"""The bulk path: nothing is lost or doubled, whoever dies and however often it is begun again."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import pipeline_works as works

from content_audit.match.fold import OPTIONS
from content_audit.match.lexicon import Lexicon, Term
from content_audit.pipeline.cluster import TLS, Cluster, executor_of
from content_audit.pipeline.executor import Done, Executor, Job, Processes, Serial
from content_audit.pipeline.plan import Shard, plan
from content_audit.pipeline.progress import Meter
from content_audit.pipeline.run import Run
from content_audit.pipeline.work import Work, run_bytes
from zhongbao_core.errors import CannotTellError, UsageError


def written(tmp_path: Path, lines: Iterable[str]) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def answer(run: Run) -> bytes:
    return b"".join(run.answers())


def expected(lines: Iterable[str], word: str = "-") -> bytes:
    return "".join(f"{number} {word} {line}\n" for number, line in enumerate(lines, 1)).encode()


def made(tmp_path: Path, lines: list[str], work: Work, compiled: bytes = b"-", shard: int = 10) -> Run:
    return Run(plan(written(tmp_path, lines), lines=shard, block=40), work, compiled, tmp_path / "state")


MANY = [f"line {number}" for number in range(100)]
KILLER = [*MANY[:50], "kill", *MANY[50:]]


@given(st.binary(max_size=300), st.integers(1, 5), st.integers(1, 50))
def test_shards_are_whole_lines_and_cover_the_file(data: bytes, lines: int, block: int) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        found = plan(Path(file.name), lines=lines, block=block)
    parts = [data[shard.start : shard.end] for shard in found.shards]
    assert b"".join(parts) == data
    assert all(part.endswith(b"\n") for part in parts[:-1])
    assert [shard.line for shard in found.shards] == [data[: shard.start].count(b"\n") + 1 for shard in found.shards]


@pytest.mark.parametrize("executor", [Serial(), Processes(2)], ids=["serial", "processes"])
def test_the_answer_is_that_of_the_whole_file(tmp_path: Path, executor: Serial | Processes) -> None:
    run = made(tmp_path, MANY, works.numbered, b"-")
    assert len(run.left()) > 3
    run.go(executor)
    assert (answer(run), run.left(), run.failed) == (expected(MANY), (), ())


def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    run = made(tmp_path, KILLER, works.dies_once, str(memory).encode())
    run.go(Processes(2))
    assert memory.exists()
    assert (answer(run), run.failed) == (expected(KILLER), ())


def test_a_shard_that_kills_every_worker_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    run = made(tmp_path, KILLER, works.dies_always)
    run.go(Processes(2))
    (failed,) = run.failed
    bad = range(failed.shard.line, failed.shard.line + (KILLER.index("kill") - failed.shard.line) + 12)
    assert KILLER.index("kill") + 1 in bad
    assert run.left() == (failed.shard,)
    lines = expected(KILLER).splitlines()
    assert set(answer(run).splitlines()) < set(lines)
    assert len(lines) - len(answer(run).splitlines()) <= 14


@pytest.mark.parametrize("executor", [Serial(), Processes(2)], ids=["serial", "processes"])
def test_work_that_raises_is_said_for_its_shard_alone(tmp_path: Path, executor: Serial | Processes) -> None:
    run = made(tmp_path, [*MANY, "fail"], works.fails)
    run.go(executor)
    (failed,) = run.failed
    assert failed.why == "ValueError: a line nobody expected"
    assert len(run.left()) == 1


class Stops:
    """An executor that is interrupted after some shards."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.asked: list[int] = []

    def run(self, job: Job, shards: Iterable[Shard]) -> Iterator[Done]:
        for done in Serial().run(job, shards):
            if len(self.asked) == self.after:
                raise KeyboardInterrupt
            self.asked.append(done.shard.number)
            yield done


def test_a_run_that_was_interrupted_goes_on_where_it_stood(tmp_path: Path) -> None:
    first = made(tmp_path, MANY, works.numbered)
    with pytest.raises(KeyboardInterrupt):
        first.go(Stops(3))
    again, counting = made(tmp_path, MANY, works.numbered), Stops(99)
    told: list[tuple[int, int]] = []
    again.go(counting, lambda done, size: told.append((done, size)))
    assert set(counting.asked) == {shard.number for shard in again.plan.shards} - {0, 1, 2}
    assert answer(again) == expected(MANY)
    assert told[0][0] > 0
    assert told[-1] == (again.plan.size, again.plan.size)


def test_another_policy_or_another_file_never_meets_old_answers(tmp_path: Path) -> None:
    folders = {
        made(tmp_path, MANY, works.numbered, b"a").folder,
        made(tmp_path, MANY, works.numbered, b"b").folder,
        made(tmp_path, MANY[1:], works.numbered, b"a").folder,
        made(tmp_path, MANY, works.fails, b"a").folder,
    }
    assert len(folders) == 4


def test_half_an_answer_is_never_taken_for_one(tmp_path: Path) -> None:
    run = made(tmp_path, MANY, works.numbered)
    (run.folder / "000000.1.part").write_bytes(b"half")
    run.go(Serial())
    assert answer(run) == expected(MANY)
    run.forget()
    assert not run.folder.exists()


def test_a_place_that_cannot_hold_the_state_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", "utf-8")
    with pytest.raises(CannotTellError) as refused:
        made(tmp_path, MANY, works.numbered)
    assert refused.value.reason_code == "STATE_UNWRITABLE"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ray", "EXECUTOR_UNKNOWN"),
        ("local:x", "EXECUTOR_UNKNOWN"),
        ("tcp://10.1.2.3:8786", "CLUSTER_OPEN"),
        ("tcp://scheduler.example:8786", "CLUSTER_OPEN"),
    ],
)
def test_executors_that_are_refused(name: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        executor_of(name)
    assert refused.value.reason_code == code


def test_tls_without_certificates_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in TLS.values():
        monkeypatch.delenv(name, raising=False)
    run = made(tmp_path, MANY, works.numbered)
    with pytest.raises(UsageError) as refused:
        run.go(executor_of("tls://127.0.0.1:1"))
    assert refused.value.reason_code == "CLUSTER_CERTIFICATES"


POSTS = ["全国最佳的手机", "", "普通", "最 佳，最佳"] * 50


def test_hits_are_the_same_for_any_block_and_executor(tmp_path: Path) -> None:
    compiled = Lexicon.compile([Term("最佳", 3)], OPTIONS).to_bytes()
    path = written(tmp_path, POSTS)
    whole = run_bytes(works.scanned, path.read_bytes(), 1, compiled)
    ways: list[tuple[int, Executor]] = [(7, Serial()), (50, Processes(2))]
    for number, (lines, executor) in enumerate(ways):
        run = Run(plan(path, lines=lines, block=64), works.scanned, compiled, tmp_path / str(number))
        run.go(executor)
        assert sorted(answer(run).splitlines()) == sorted(whole.splitlines())
    assert whole.splitlines()[:3] == [b"1 2-4", b"4 0-3", b"4 4-6"]
    assert len(whole.splitlines()) == 150


def test_progress_is_one_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter("en", sys.stderr)
    meter(0, 100)
    meter(50, 100)
    meter(100, 100)
    meter.close()
    assert capsys.readouterr().err.startswith("0%")


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@pytest.mark.xdist_group("cluster")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("importable")
def test_a_worker_of_a_cluster_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    memory = tmp_path / "memory"
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp://", host="127.0.0.1"
    ) as cluster:
        run = made(tmp_path, KILLER, works.dies_once, str(memory).encode())
        run.go(Cluster(cluster.scheduler_address))
        plain = made(tmp_path, MANY, works.numbered)
        plain.go(executor_of(cluster.scheduler_address))
    assert memory.exists()
    assert (answer(run), run.failed) == (expected(KILLER), ())
    assert answer(plain) == expected(MANY)


@pytest.mark.xdist_group("cluster")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("importable")
def test_a_cluster_with_tls_takes_only_who_shows_a_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    trustme = pytest.importorskip("trustme")
    files = certificates(tmp_path, trustme.CA())
    security = distributed.Security(
        require_encryption=True,
        tls_ca_file=files["tls_ca_file"],
        **{
            f"tls_{side}_{part}": files[f"tls_client_{part}"]
            for side in ("scheduler", "worker", "client")
            for part in ("cert", "key")
        },
    )
    run = made(tmp_path, MANY, works.numbered)
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        dashboard_address=None,
        protocol="tls://",
        host="127.0.0.1",
        security=security,
    ) as cluster:
        for key, name in TLS.items():
            monkeypatch.setenv(name, files[key])
        run.go(executor_of(cluster.scheduler_address))
        stranger = certificates(tmp_path / "stranger", trustme.CA())
        for key, name in TLS.items():
            monkeypatch.setenv(name, stranger[key])
        monkeypatch.setattr("content_audit.pipeline.cluster._PATIENCE", 3)
        with pytest.raises(CannotTellError) as refused:
            made(tmp_path, MANY[1:], works.numbered).go(executor_of(cluster.scheduler_address))
    assert answer(run) == expected(MANY)
    assert refused.value.reason_code == "CLUSTER_AWAY"
    assert ssl.OPENSSL_VERSION


def certificates(folder: Path, authority: object) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    files = {key: str(folder / f"{key}.pem") for key in TLS}
    authority.cert_pem.write_to_path(files["tls_ca_file"])  # type: ignore[attr-defined]  # trustme's CA
    leaf = authority.issue_cert("127.0.0.1")  # type: ignore[attr-defined]  # trustme's CA
    leaf.private_key_pem.write_to_path(files["tls_client_key"])
    leaf.cert_chain_pems[0].write_to_path(files["tls_client_cert"])
    return files
