from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from draft_files import docx, p, packed, run

from content_audit.model import Facts, Link, Passage, Picture, Post, Role, Source, Unread, Why
from content_audit.readers import workers as module
from content_audit.readers.wire import item_line, item_of
from content_audit.readers.workers import GoneError, Limits, Worker, Workers

LIMITS = Limits(seconds=20)


class Scripted(Worker):
    """A worker whose process is another program: what a parser that went wrong does."""

    def __init__(self, code: str, limits: Limits) -> None:
        super().__init__(limits)
        self.code = code
        self.started = 0

    def _command(self) -> list[str]:
        self.started += 1
        return [sys.executable, "-c", self.code]


ANSWER = (
    'import sys\nfor line in sys.stdin.buffer: sys.stdout.write(\'{"a": 1}\\n{"end": true}\\n\'); sys.stdout.flush()\n'
)


def asked(worker: Worker) -> list[dict[str, Any]]:
    return list(worker.ask({"do": "path"}))


def test_a_post_is_the_same_after_the_wire() -> None:
    post = Post(
        "1",
        Source("a\udcff", "r", "x"),
        "weibo",
        (Passage(Role.BODY, "p[1]", "半个\ud83d字"),),
        account="号",
        published_at=datetime(2026, 11, 22, tzinfo=UTC),
        url="u",
        pictures=(Picture("a", "n", "h", b"\0\xff", True), Picture("b", use="cover")),
        links=(Link("h", "s", "l"),),
        facts=Facts(kind="document", partners=("甲",), topics=("乙", "丙"), ad_marked=False),
    )
    unread = Unread(Source("a"), Why.CRASHED, "d", "p", "l")
    for item in (post, unread):
        assert item_of(json.loads(json.dumps(item_line(item)))) == item


def test_one_process_serves_many_files(tmp_path: Path) -> None:
    for at in range(3):
        (tmp_path / f"{at}.docx").write_bytes(docx(p(run(f"正文{at}"))))
    with Workers(LIMITS) as workers:
        texts = []
        ids = set()
        for at in range(3):
            (post,) = workers.read(tmp_path / f"{at}.docx")
            assert isinstance(post, Post)
            texts.append(post.passages[0].text)
            process = workers._reading._process
            ids.add(process.pid if process else 0)
    assert (texts, len(ids)) == (["正文0", "正文1", "正文2"], 1)


def test_text_drafts_and_lines_are_read_without_a_worker(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# 好", "utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "1", "channel": "push", "text": "好"}\n', "utf-8")
    with Workers(LIMITS) as workers:
        found = [item for name in ("a.md", "b.jsonl") for item in workers.read(tmp_path / name)]
        assert workers._reading._process is None
    assert [item.source.reader for item in found] == ["markdown", "jsonl"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        pytest.param("import os; os.abort()", Why.CRASHED, id="abort"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Why.CRASHED, id="killed"),
        pytest.param("import os; os._exit(77)", Why.TOO_BIG, id="out of memory"),
        pytest.param("import time; time.sleep(60)", Why.TOO_SLOW, id="hangs"),
        pytest.param("while True: sys.stdout.write('x' * 1000)", Why.TOO_BIG, id="one endless answer"),
        pytest.param("while True: print('{}')", Why.TOO_BIG, id="endless rows"),
        pytest.param("print('x' * 9000, end='')", Why.CRASHED, id="half a line"),
        pytest.param("print('not json')", Why.CRASHED, id="no json"),
    ],
)
def test_a_worker_that_dies_hangs_or_floods_is_a_typed_reason(code: str, why: Why) -> None:
    worker = Scripted("import sys; sys.stdin.buffer.readline()\n" + code, Limits(seconds=3, output=100_000))
    with pytest.raises(GoneError) as caught:
        asked(worker)
    assert caught.value.why is why
    assert worker._process is None


def test_a_worker_that_died_is_replaced() -> None:
    worker = Scripted("import os; os._exit(1)", LIMITS)
    with pytest.raises(GoneError):
        asked(worker)
    worker.code = ANSWER
    assert (asked(worker), worker.started) == ([{"a": 1}], 2)
    assert (asked(worker), worker.started) == ([{"a": 1}], 2)
    worker.close()


def test_an_answer_that_is_not_heard_to_its_end_does_not_reach_the_next_file() -> None:
    worker = Scripted(ANSWER, LIMITS)
    rows = worker.ask({"do": "path"})
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert (asked(worker), worker.started) == ([{"a": 1}], 2)
    worker.close()


def test_the_others_go_on_after_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed({"a.docx": docx(p(run("甲"))), "b.docx": docx(p(run("乙"))), "c.docx": docx(p(run("丙")))})
    (tmp_path / "a.zip").write_bytes(data)
    real = Worker._send

    def send(self: Worker, process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes) -> None:
        if request["source"][0].endswith("b.docx"):
            process.kill()
            process.wait()
        real(self, process, request, data)

    monkeypatch.setattr(Worker, "_send", send)
    with Workers(LIMITS) as workers:
        found = list(workers.read(tmp_path / "a.zip"))
    shown = [item.why if isinstance(item, Unread) else item.passages[0].text for item in found]
    assert shown == ["甲", Why.CRASHED, "丙"]
    assert [item.source.path.rpartition("/")[2] for item in found] == ["a.docx", "b.docx", "c.docx"]


def serve(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from content_audit.readers.worker import bound, _refuse\nimport sys\n" + code],
        capture_output=True,
        text=True,
        cwd=Path(module.__file__).parents[2],
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_memory_beyond_the_bound_is_refused() -> None:
    assert serve("bound(400 << 20)\ntry: b'x' * (1 << 30)\nexcept MemoryError: print('refused')") == "refused"


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_worker_writes_no_file(tmp_path: Path) -> None:
    code = (
        f"bound(0)\ntry:\n f = open({str(tmp_path / 'f')!r}, 'wb', 0); f.write(b'x')\nexcept OSError: print('refused')"
    )
    assert serve(code) == "refused"


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_a_worker_neither_connects_nor_starts_anything(code: str) -> None:
    assert "PermissionError" in serve("sys.addaudithook(_refuse)\n" + code)


def test_a_module_beside_the_files_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)", "utf-8")
    (tmp_path / "a.docx").write_bytes(docx(p(run("正文"))))
    monkeypatch.chdir(tmp_path)
    with Workers(LIMITS) as workers:
        (post,) = workers.read("a.docx")
    assert isinstance(post, Post)


def test_a_picture_is_looked_at_in_a_worker_and_a_bomb_costs_itself_alone() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "media"))
    from drawn import bomb, code, data_of, poster

    image = poster()
    image.paste(code("https://example.com/x"), (300, 150))
    with Workers(LIMITS, Limits(seconds=30)) as workers:
        bad = workers.look(Picture("a", data=bomb(50_000, 50_000)), ocr=False)
        good = workers.look(Picture("b", data=data_of(image)), ocr=False)
    assert [item.why for item in bad.unread] == [Why.TOO_BIG]
    assert good.codes == ("https://example.com/x",)
