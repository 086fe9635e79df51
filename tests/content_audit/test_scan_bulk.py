"""A long export is audited in shards: the same lines as in one go, wherever the shards are worked on, cut off or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from content_audit.commands import bulk
from content_audit.pipeline import plan as planning
from content_audit.pipeline.executor import Done, Job, Serial
from zhongbao.cli import cli

AT = ("--at", "2026-11-12T10:00+08:00")


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(planning.plan, "__kwdefaults__", {"lines": 40, "block": 1})
    path = tmp_path / "export.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(200):
            text = "本店是全国最佳手机店，欢迎选购，立减100元" if number % 7 == 0 else f"第{number}号通知：今日天气晴。"
            more = {"images": ["a.jpg"]} if number % 50 == 0 else {}
            said = {"id": f"p{number}", "text": text, "channel": "weibo", "account": "江城手机城", **more}
            file.write("broken\n" if number == 99 else json.dumps(said, ensure_ascii=False) + "\n")
    return path


def run(path: Path, *args: str) -> Result:
    given = ["content", "scan", str(path), "--format", "jsonl", *AT, *args, "--workspace", str(path.parent)]
    return CliRunner().invoke(cli, given, catch_exceptions=False)


@pytest.mark.parametrize("executor", ["serial", "local:2"])
def test_shards_give_the_lines_of_one_go(export: Path, executor: str) -> None:
    whole, cut = run(export), run(export, "--executor", executor)
    assert whole.exit_code == cut.exit_code == 3
    assert cut.stdout == whole.stdout
    assert len(whole.stdout.splitlines()) > 230


def test_copies_in_different_shards_are_found(export: Path) -> None:
    words = (
        "本公司今日起在全市范围内开展网络优化，包括城区和乡镇的主要街道，"
        "重点提升地铁沿线以及大型场馆周边的网络质量，欢迎广大用户监督并提出宝贵意见和建议。"
    )
    rows = export.read_text("utf-8").splitlines(keepends=True)
    for at, account in ((0, "甲"), (100, "乙"), (199, "甲")):
        said = {"id": f"c{at}", "text": words, "channel": "weibo", "account": account}
        rows[at] = json.dumps(said, ensure_ascii=False) + "\n"
    export.write_text("".join(rows), "utf-8")
    whole, cut = run(export), run(export, "--executor", "local:2")
    assert cut.stdout == whole.stdout
    found = json.loads(cut.stdout.splitlines()[-2])
    assert (found["rule"], [item["post"] for item in found["copies"]]) == ("COPY-901", ["c0", "c100", "c199"])


def test_what_was_done_before_a_run_was_cut_off_is_not_done_again(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[int] = []

    class Stubborn(Serial):
        """Gives up after two shards, the first time."""

        def run(self, job: Job, shards: Any) -> Iterator[Done]:
            for done in super().run(job, shards):
                worked.append(done.shard.number)
                yield done
                if worked == [0, 1]:
                    raise KeyboardInterrupt

    monkeypatch.setattr("content_audit.pipeline.cluster.executor_of", lambda name: Stubborn())
    with pytest.raises(click.Abort):
        cli.main(
            ["content", "scan", str(export), "--format", "jsonl", *AT, "--executor", "serial"], standalone_mode=False
        )
    done = run(export, "--executor", "serial")
    assert worked == [0, 1, 2, 3, 4]
    assert done.stdout == run(export).stdout
    assert not list((export.parent / "state" / "zhongbao" / "content-runs").iterdir())


def test_a_shard_that_nobody_could_do_is_said_to_be_unread(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Serial):
        def run(self, job: Job, shards: Any) -> Iterator[Done]:
            for done in super().run(job, shards):
                yield Done(done.shard, None, "worker died") if done.shard.number == 1 else done

    monkeypatch.setattr("content_audit.pipeline.cluster.executor_of", lambda name: Failing())
    said = [json.loads(line) for line in run(export, "--executor", "serial").stdout.splitlines()]
    lost = [item for item in said if item["type"] == "unread" and item["reason"] == "crashed"]
    assert [item["source"]["record"] for item in lost] == ["line 41"]
    assert said[-1]["exit_code"] == 3 and said[-1]["looked"]["posts"] < 160


def test_an_answer_is_cut_where_it_was_joined() -> None:
    one = b'{"bytes": 3}\nab\n' + b'{"bytes": 0}\n' + b'{"bytes": 2}\nc\n'
    assert list(bulk.parts(one)) == [({"bytes": 3}, b"ab\n"), ({"bytes": 0}, b""), ({"bytes": 2}, b"c\n")]
