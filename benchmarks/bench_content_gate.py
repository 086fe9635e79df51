"""How long a reviewer waits at the gate for posts: a cold ``content gate`` against the bare start of the same Python.

    python benchmarks/bench_content_gate.py [--rounds 15] [--python PYTHON] [--check]

Plays on the bundled example: a text draft that was submitted and approved (let out), one whose words need their borders
confirmed by segmentation, and one that is held. CPU time, every case once a round, ratios to ``python -c pass`` of the
same rounds. ``--check`` exits 1 where a target is missed: 10x without segmentation, 18x with.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"let out": 10.0, "with segmentation": 18.0}
DAY = "2026-11-22T"
SEGMENTED = """\
---
title: 关于路口交通设施维护的公告
account: jc-wechat
channel: wechat
---

我公司将配合市政部门在三处路口交通信号灯旁迁改光缆，届时请绕行。国家卫生健康委提示：注意保暖。
"""


def run(python: str, home: Path, *words: str, fine: tuple[int, ...] = (0,)) -> float:
    """CPU seconds of one command in the example; another exit code than ``fine`` stops the bench."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPYCACHEPREFIX": str(home / "pyc"), "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(home / "cache")}
    env |= {"ZHONGBAO_WORKSPACE": "demo", "ZHONGBAO_TRUST": "demo-outside/trust.json"}
    process = subprocess.Popen([python, *words], env=env, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in fine:
        said = process.stderr.read().decode() if process.stderr else ""
        raise SystemExit(f"{words} ended with {process.returncode}: {said}")
    return usage.ru_utime + usage.ru_stime


def prepare(python: str, home: Path) -> None:
    """The example with two approved posts."""
    call = ("-m", "zhongbao")
    run(python, home, *call, "init", "demo", "--example")
    (home / "demo" / "drafts" / "works.md").write_text(SEGMENTED, "utf-8")
    for number, name in enumerate(("outage", "works"), 1):
        submit = ("content", "submit", f"demo/drafts/{name}.md", "--applicant", "li-na", "--plan", "P-SERVICE")
        run(python, home, *call, *submit, "--at", f"{DAY}11:0{number}+08:00")
        approve = ("approve", f"POST-games-2026-000{number}.statement.json", "--key", "demo-outside/keys/liu-yang")
        run(python, home, *call, *approve, "--at", f"{DAY}11:0{number}+08:00")


def cold(python: str, home: Path, rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each case, round by round."""
    gate = ("-m", "zhongbao", "content", "gate")
    cases: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
        "pass": (("-c", "pass"), (0,)),
        "import click": (("-c", "import click"), (0,)),
        "let out": ((*gate, "demo/drafts/outage.md"), (0,)),
        "with segmentation": ((*gate, "demo/drafts/works.md"), (0, 1)),
        "held": ((*gate, "demo/drafts/broadband.md"), (1,)),
    }
    found: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(-1, rounds):
        for name, (words, fine) in cases.items():
            at = ("--at", f"{DAY}12:{number + 1:02}+08:00") if name not in ("pass", "import click") else ()
            spent = run(python, home, *words, *at, fine=fine)
            if number >= 0:  # the first round fills the byte-code cache
                found[name].append(spent)
    return found


def main() -> int:
    """Run and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        prepare(given.python, Path(place))
        figures = cold(given.python, Path(place), min(given.rounds, 55))
    base, missed = figures["pass"], []
    print(f"{given.rounds} rounds, CPU time, the bundled example")
    for name, spent in figures.items():
        ratio, least = statistics.median(spent) / statistics.median(base), min(spent) / min(base)
        target = TARGETS.get(name)
        print(
            f"{name:18} median {statistics.median(spent) * 1e3:7.1f} ms = {ratio:5.2f}x   min {min(spent) * 1e3:7.1f} ms = {least:5.2f}x"
            + (f"   target {target:.0f}x" if target else "")
        )
        missed += [name] if target and min(ratio, least) > target else []
    if missed:
        print("missed: " + ", ".join(missed))
    return 1 if missed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
