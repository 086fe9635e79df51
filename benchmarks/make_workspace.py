"""A large workspace as a company would write it, and what loading and compiling it costs.

    python benchmarks/make_workspace.py DIR [--systems 10000] [--windows 1000]

Three levels of ``part_of``, shared infrastructure under ``stands_on``, one-off and recurring windows of both effects.
Deterministic: the same numbers give the same files. Reference: PyYAML's C loader and json.loads of the same data.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TypeVar

from zhongbao.templating import copy_template

T = TypeVar("T")


def make(folder: Path, systems: int = 10_000, windows: int = 1_000, *, seed: int = 7) -> Path:
    """Write the workspace into ``folder``, which must not exist; every file but systems and windows is the template's."""
    copy_template("minimal", folder, {"@ID@": "large"})
    (folder / "zhongbao.yaml").write_text(
        (folder / "zhongbao.yaml").read_text("utf-8").replace("event: null", "event: my-event"), "utf-8"
    )
    (folder / "freeze/doors.yaml").write_text("doors: []\n", "utf-8")
    (folder / "freeze/catalogue/operations.yaml").unlink()
    (folder / "freeze/ladder.yaml").write_text(LADDER, "utf-8")
    (folder / "zhongbao.yaml").write_text(
        (folder / "zhongbao.yaml").read_text("utf-8").replace("packs: [freeze/baseline]", "packs: []"), "utf-8"
    )
    (folder / "freeze/treatments.yaml").write_text(TREATMENTS, "utf-8")
    (folder / "systems.yaml").write_text("systems:\n" + "".join(_systems(systems)), "utf-8")
    (folder / "freeze/windows/company.yaml").write_text(
        "windows:\n" + "".join(_windows(windows, systems, Random(seed))),  # noqa: S311 no secret
        "utf-8",
    )
    return folder


LADDER = """rungs:
  - {id: any, levels: [watch, restricted, full], require: [{rank: manager, count: 1, assurance: [attested]}]}
"""
TREATMENTS = """treatments:
  - {level: watch, action: approve, rule: watch}
  - {level: restricted, action: approve, rule: restricted}
  - {level: full, classes: [emergency], action: approve, rule: full}
"""
SHARED = 20
"""Systems that others stand on."""


def _systems(count: int) -> Iterator[str]:
    """The first SHARED are infrastructure; each family is one parent, three children, six grandchildren."""
    for number in range(count):
        family, place = divmod(number, 10)
        line = f"  - {{id: s{number:05d}, name: 系统{number}, unit: unit-{family % 40}, service: svc-{family}"
        line += ", environments: [prod, staging], labels: {tier: t" + str(family % 5) + "}, owner: engineer-a"
        if number >= SHARED and place:
            line += f", part_of: s{family * 10 + (0 if place < 4 else 1 + (place - 4) // 2):05d}"
        if number >= SHARED and place == 0:
            line += f", stands_on: [s{family % SHARED:05d}]"
        yield line + "}\n"


def _windows(count: int, systems: int, dice: Random) -> Iterator[str]:
    for number in range(count):
        family = dice.randrange(max(1, systems // 10))
        select = dice.choice(
            (
                f"systems: [s{dice.randrange(systems):05d}]",
                f"services: [svc-{family}]",
                f'systems: ["s{dice.randrange(systems) // 100:03d}*"]',
                f"services: [svc-{family}], environments: [prod]",
            )
        )
        when = dice.choice(
            (
                f'once: {{start: "2027-03-{dice.randrange(1, 28):02d}T{dice.randrange(24):02d}:00", end: "2027-03-31T24:00"}}',
                f'cron: {{schedule: "{dice.randrange(60)} {dice.randrange(24)} * * {dice.randrange(7)}", duration: 4h}}',
            )
        )
        effect, level = dice.choice((("deny", "level: full"), ("deny", "level: restricted"), ("allow", "")))
        yield (
            f"  - id: w{number:04d}\n    name: 窗口{number}\n    effect: {effect}\n"
            + (f"    {level}\n" if level else "")
            + f"    {when}\n    select: {{{select}}}\n    owner: change-manager\n    why: 演示\n"
        )


def timed(what: str, act: Callable[[], T]) -> T:
    """The result of ``act``; its time is printed."""
    begin = time.perf_counter()
    result = act()
    print(f"{what:<44}{time.perf_counter() - begin:8.3f} s")
    return result


def main() -> None:
    """Make it, load it, compile it, and read one system from the compiled file."""
    from yaml import CSafeLoader, load

    from freeze.authoring.compiler import compile_loaded
    from freeze.authoring.load import load_workspace, require_sound
    from freeze.in_force.compiled import CompiledPolicy
    from zhongbao_core.approval.subject import Target
    from zhongbao_core.yamlfile import read_yaml

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--systems", type=int, default=10_000)
    parser.add_argument("--windows", type=int, default=1_000)
    args = parser.parse_args()
    folder = timed("write the workspace", lambda: make(args.folder, args.systems, args.windows))
    path = folder / "systems.yaml"
    timed("systems.yaml, PyYAML C loader (reference)", lambda: load(path.read_bytes(), Loader=CSafeLoader))
    timed("systems.yaml, strict reader", lambda: read_yaml(path))
    workspace = timed("load and check the workspace", lambda: require_sound(load_workspace(folder)))
    data = timed("compile", lambda: compile_loaded(workspace))
    print(f"{'compiled':<44}{len(data):8d} bytes")
    target = Target("s00000", "prod")  # shared: hundreds stand on it
    lines = data.splitlines()
    timed("json.loads of every line (reference)", lambda: [json.loads(line) for line in lines])
    hits = timed("open it and find one target's windows", lambda: CompiledPolicy.from_bytes(data).windows_for(target))
    print(f"{'windows that reach ' + str(target):<44}{len(hits):8d}")


if __name__ == "__main__":
    main()
