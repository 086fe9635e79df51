"""How well the content audit tells dangerous posts from clean ones, measured on what users get: ``content scan``.

    python benchmarks/bench_quality.py [--clean DIR] [--lexicon FILE] [--missed] [--alarms] [-- SCAN OPTIONS]

Clean posts are the 200 bundled ones, or every JSONL of ``--clean``. The gold set (benchmarks/data/gold.jsonl) was
written from the law alone, before and without sight of the rules; rules were mended by its misses since. That of
``--gold benchmarks/data/held.jsonl`` was written likewise, and nobody may read it who writes rules: what it shows is what
texts will show that nobody has seen. A mark is a finding to review or to block. A
violation counts as found where a mark of its category, or of one in its ``also``, stands on it. Beside the audit stand
a plain list of extreme words and, with ``--lexicon``, any list of one word a line: there a mark is a word in the text.
Exits 1 where a target is missed, 3 where the scan left a post out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "benchmarks" / "data" / "gold.jsonl"
CLEAN = ROOT / "tests" / "content_audit" / "data" / "clean.jsonl"
MARKS = ("review", "block")
EXTREME = ["最", "第一", "国家级", "首个", "首次", "首部", "首家", "首例", "唯一", "绝对", "顶级", "100%"]
TARGETS = {"clean blocked": 0.5, "clean marked": 2.0, "traps marked": 8.0, "recall": -92.0, "disguised": -80.0}
"""Per cent: at most, or where negative at least."""

Item = dict[str, Any]
"""A line of a data file."""


class Mark(NamedTuple):
    """A finding that holds a post up."""

    rule: str
    category: str
    verdict: str
    raw: str


class Share(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        return 100.0 * self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        return f"{self.percent:5.1f} %  {self.part}/{self.whole}"


class Measured(NamedTuple):
    """What one way of marking does to the three kinds of text."""

    figures: dict[str, Share]
    categories: dict[str, Share]
    disguises: dict[str, Share]


Finder = Callable[[Item], Sequence[Mark]]
"""The marks of one text, whoever makes them."""


def read_items(path: Path) -> list[Item]:
    """The lines of one JSONL, or of every one in a directory; ids made unique by the file's name."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    return [
        item | {"id": f"{file.stem}/{item['id']}"}
        for file in files
        for item in map(json.loads, filter(str.strip, file.read_text("utf-8").splitlines()))
    ]


def post_line(item: Item) -> str:
    """The post as our own JSONL, without what the gold set knows about it."""
    post = {key: item[key] for key in ("id", "title", "text", "channel", "account") if item.get(key)}
    if item.get("links"):
        post["more"] = {"links": [{"locator": "text", **link} for link in item["links"]]}
    return json.dumps(post, ensure_ascii=False) + "\n"


def parse_report(lines: Iterable[str]) -> dict[str, list[Mark]]:
    """The marks of every post that the report of a scan names; lines and fields it does not know are passed over."""
    found: dict[str, list[Mark]] = {}
    for line in filter(str.strip, lines):
        body = json.loads(line)
        if body.get("type") == "post":
            found.setdefault(body["id"], [])
        elif body.get("type") == "finding" and body.get("verdict") in MARKS:
            mark = Mark(*(str(body.get(key) or "") for key in Mark._fields))
            found.setdefault(body["post"], []).append(mark)
    return found


def scan(items: Sequence[Item], options: Sequence[str]) -> dict[str, list[Mark]]:
    """The marks that ``content scan`` makes, run as users run it, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "posts.jsonl"
        file.write_text("".join(map(post_line, items)), "utf-8")
        command = [sys.executable, "-m", "zhongbao", "content", "scan", str(file), "--format", "jsonl"]
        done = subprocess.run([*command, "--pictures", "skip", *options], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"content scan ended with {done.returncode}: {done.stderr[-2000:]}")
    found = parse_report(done.stdout.splitlines())
    left_out = [item["id"] for item in items if item["id"] not in found]
    if left_out:
        print(f"{len(left_out)} posts are missing in the report, first {left_out[0]}: {done.stderr[-500:]}")
        raise SystemExit(3)
    return found


def word_finder(words: Iterable[str]) -> Finder:
    """A mark for every word of the list that stands in title or text."""
    known = {word for word in words if word}
    lengths = sorted({len(word) for word in known})

    def find(item: Item) -> list[Mark]:
        text = f"{item.get('title', '')}\n{item['text']}"
        cuts = {text[at : at + size] for size in lengths for at in range(len(text) - size + 1)}
        return [Mark(word, "", "review", word) for word in sorted(cuts & known)]

    return find


def found_in(item: Item, marks: Sequence[Mark]) -> bool:
    """Whether a mark of the right category stands on the violation; a mark of a bare word has none and counts."""
    return any(not mark.category or mark.category in (item["category"], *item.get("also", ())) for mark in marks)


def share(items: Sequence[Item], test: Callable[[Item], bool]) -> Share:
    """How many of the texts pass the test."""
    return Share(sum(map(test, items)), len(items))


def by(key: str, items: Sequence[Item], test: Callable[[Item], bool]) -> dict[str, Share]:
    """The same for each value of ``key``."""
    return {
        name: share([item for item in items if item[key] == name], test) for name in sorted({i[key] for i in items})
    }


def measure(clean: Sequence[Item], gold: Sequence[Item], find: Finder) -> Measured:
    """Every figure of the table."""
    plain = [item for item in gold if item["label"] == "violation" and not item["obfuscated"]]
    disguised = [item for item in gold if item["label"] == "violation" and item["obfuscated"]]
    traps = [item for item in gold if item["label"] == "clean"]

    def hit(item: Item) -> bool:
        return found_in(item, find(item))

    def marked(item: Item) -> bool:
        return bool(find(item))

    figures = {
        "clean blocked": share(clean, lambda item: any(mark.verdict == "block" for mark in find(item))),
        "clean marked": share(clean, marked),
        "traps marked": share(traps, marked),
        "recall": share(plain, hit),
        "recall, any category": share(plain, marked),
        "recall, absolute": share([item for item in plain if item["category"] == "absolute"], hit),
        "disguised": share(disguised, hit),
    }
    return Measured(figures, by("category", plain, hit), by("obfuscated", disguised, hit))


def missed_targets(figures: dict[str, Share]) -> list[str]:
    """The figures that fall short, with what they should be."""
    said = []
    for name, limit in TARGETS.items():
        percent = figures[name].percent
        if percent < -limit if limit < 0 else percent > limit:
            said.append(f"{name}: {percent:.1f} %, should be {'at least' if limit < 0 else 'at most'} {abs(limit)} %")
    return said


def worst_rules(items: Iterable[Item], find: Finder) -> list[tuple[str, int]]:
    """Rules by the number of clean texts they mark, most first."""
    counted = Counter(rule for item in items for rule in {mark.rule for mark in find(item)})
    return sorted(counted.items(), key=lambda row: (-row[1], row[0]))


def show(rows: dict[str, Measured], bad: list[tuple[str, int]]) -> None:
    names = list(rows)
    print(" " * 24 + "".join(f"{name:24}" for name in names))
    for figure in rows[names[0]].figures:
        print(f"{figure:24}" + "".join(f"{rows[name].figures[figure]!s:24}" for name in names))
    ours = rows[names[0]]
    for head, part in (("recall by category", ours.categories), ("recall by disguise", ours.disguises)):
        print(f"\n{head}")
        for key, found in part.items():
            print(f"  {key:22}{found}")
    print("\nrules that mark clean texts: " + (", ".join(f"{rule} {count}" for rule, count in bad[:15]) or "none"))


def show_texts(head: str, items: Iterable[Item], find: Finder) -> None:
    print(f"\n{head}")
    for item in items:
        marks = ", ".join(f"{mark.rule} {mark.category}/{mark.verdict} {mark.raw!r}" for mark in find(item))
        print(f"  {item['id']} [{marks or '-'}] {item.get('title', '')} {item['text']}")


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=Path, default=CLEAN, help="a JSONL file of clean posts, or a folder of them")
    parser.add_argument("--gold", type=Path, default=GOLD)
    parser.add_argument("--lexicon", type=Path, help="a word list to stand beside: one word a line")
    parser.add_argument("--missed", action="store_true", help="print the violations that were not found")
    parser.add_argument("--alarms", action="store_true", help="print the clean texts that were marked")
    parser.add_argument("options", nargs="*", help="options for the scan, after --")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    clean, gold = read_items(asked.clean), read_items(asked.gold)
    found = scan([*clean, *gold], asked.options)

    def audit(item: Item) -> Sequence[Mark]:
        return found[item["id"]]

    finders: dict[str, Finder] = {"content audit": audit, "extreme words": word_finder(EXTREME)}
    if asked.lexicon:
        finders[asked.lexicon.name] = word_finder(map(str.strip, asked.lexicon.read_text("utf-8").splitlines()))
    rows = {name: measure(clean, gold, find) for name, find in finders.items()}
    harmless = [*clean, *(item for item in gold if item["label"] == "clean")]
    show(rows, worst_rules(harmless, audit))
    violations = [item for item in gold if item["label"] == "violation"]
    if asked.missed:
        show_texts("violations not found", (i for i in violations if not found_in(i, audit(i))), audit)
    if asked.alarms:
        show_texts("clean texts marked", (item for item in harmless if audit(item)), audit)
    short = missed_targets(rows["content audit"].figures)
    print("\n" + ("\n".join(f"MISSED {line}" for line in short) or "all targets met"))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
