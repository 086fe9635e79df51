"""The matching engine beside other word filters, on the same terms and texts, one thread each, in the same run.

    python benchmarks/bench_peers.py [--houbb DIR] [--posts N] [--rounds N]

20,000 terms, with conversions off and on (case, width, numerals, letter styles, traditional characters, inserted
signs, repeats). Ours folds, matches and gives leftmost longest hits with their places in the post. Beside it stand a
dict trie in Python, with ``str.translate`` for what conversions it can have, and houbb/sensitive-word where ``--houbb``
names a folder with its compiled classes and dictionaries, or its jars, and a JDK is at hand: a driver of ours is
compiled, and the JVM is warm before it counts. Candidates take turns in every round; CPU time, best round.
Exits 1 where a target is missed; what could not be measured is said and is no failure.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks import content_corpus as corpus
from benchmarks.bench_content import in_trie, trie_of
from content_audit.match.bulk import Batch
from content_audit.match.fold import OPTIONS, FoldTable
from content_audit.match.lexicon import BATCH, Lexicon, Term
from content_audit.match.policy import longest
from content_audit.match.scanning import cuts

DRIVER = Path(__file__).resolve().parent / "data" / "HoubbRounds.java"
TERMS = 20_000
WARM_UP = 4
TARGET = 6
CONVERSIONS = {"off": (), "on": OPTIONS}


class Round(NamedTuple):
    """What one round over the posts took, and how much it found."""

    seconds: float
    found: int


class NotMeasuredError(Exception):
    """A peer that cannot be run here, and why."""


Candidate = Callable[[], Round]


def timed(work: Callable[[], int]) -> Round:
    gc.collect()
    begun = time.process_time()
    found = work()
    return Round(time.process_time() - begun, found)


def hits_of(posts: list[str], lexicon: Lexicon) -> int:
    """All the way: fold, match, confirm, places in the posts, leftmost longest."""
    return len(longest(lexicon.scan(posts)))


def matched(posts: list[str], lexicon: Lexicon) -> int:
    """Fold and match alone."""
    return sum(
        len(lexicon.words.find(Batch(posts[first:last], lexicon.table).text)) for first, last in cuts(posts, BATCH)
    )


def by_trie(posts: list[str], words: list[str], options: tuple[str, ...]) -> Candidate:
    """A dict trie over what ``str.translate`` reads; signs and repeats stay."""
    table = FoldTable.made(set(options) - {"repeat", "skip"})
    reads = {
        ord(char): read
        for char in map(chr, (*range(0xD800), *range(0xE000, 0x30000)))
        if (read := table.target(char)) != char
    }
    trie = trie_of([word.translate(reads) for word in words])
    return lambda: timed(lambda: sum(len(in_trie(trie, post.translate(reads) if reads else post)) for post in posts))


@contextmanager
def houbb(classes: Path | None, folder: Path, conversions: str) -> Iterator[Candidate]:
    """Rounds of houbb/sensitive-word in a JVM of its own. Raises NotMeasuredError where there is none."""
    if classes is None:
        raise NotMeasuredError("no --houbb")
    if not classes.is_dir():
        raise NotMeasuredError(f"{classes} is no folder")
    if shutil.which("javac") is None or shutil.which("java") is None:
        raise NotMeasuredError("no JDK")
    path = os.pathsep.join(map(str, (folder, classes, *sorted(classes.rglob("*.jar")))))
    compiled = subprocess.run(
        ["javac", "-encoding", "UTF-8", "-cp", path, "-d", str(folder), str(DRIVER)], capture_output=True, text=True
    )
    if compiled.returncode:
        raise NotMeasuredError(f"the driver does not compile: {compiled.stderr.strip().splitlines()[0]}")
    command = ["java", "-Dfile.encoding=UTF-8", "-cp", path, DRIVER.stem, conversions, "terms.txt", "posts.txt"]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as jvm:
        round_of = partial(_asked, jvm)
        for _ in range(WARM_UP):
            round_of()
        yield round_of
        if jvm.stdin is not None:
            jvm.stdin.close()


def _asked(jvm: subprocess.Popen[str]) -> Round:
    """One round of the driver."""
    if jvm.stdin is None or jvm.stdout is None:
        raise NotMeasuredError("no pipes")
    try:
        print("go", file=jvm.stdin, flush=True)
    except BrokenPipeError:
        raise NotMeasuredError("the driver stopped") from None
    answer = jvm.stdout.readline().split()
    if len(answer) != 2:
        raise NotMeasuredError("the driver stopped: are the dictionaries of opencc4j there?")
    return Round(int(answer[0]) / 1e9, int(answer[1]))


def in_turn(candidates: dict[str, Candidate], rounds: int) -> dict[str, Round]:
    """The best round of each."""
    took: dict[str, list[Round]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            took[name].append(candidate())
    return {name: min(found) for name, found in took.items()}


def compared(conversions: str, posts: list[str], words: list[str], args: argparse.Namespace, folder: Path) -> bool:
    """One table; whether the target was met or not measured."""
    options = CONVERSIONS[conversions]
    lexicon = Lexicon.compile([Term(word, number) for number, word in enumerate(words)], options)
    few = posts[: max(1, len(posts) // 10)]
    candidates: dict[str, Candidate] = {
        "ours, hits with their places": lambda: timed(partial(hits_of, posts, lexicon)),
        "ours, fold and match": lambda: timed(partial(matched, posts, lexicon)),
        "dict trie in Python, a tenth": by_trie(few, words, options),
    }
    why, peer = "", "houbb/sensitive-word"
    with ExitStack() as stack:
        try:
            candidates[peer] = stack.enter_context(houbb(args.houbb, folder, conversions))
        except NotMeasuredError as error:
            why = str(error)
        best = in_turn(candidates, args.rounds)
    print(f"conversions {conversions}")
    rates = {name: one.seconds / len(few if "trie" in name else posts) for name, one in best.items()}
    ours = rates["ours, hits with their places"]
    size = sum(len(post.encode()) for post in posts) / len(posts)
    for name, rate in rates.items():
        note = f"{1 / rate:12,.0f} posts/s {size / rate / 1e6:8.1f} MB/s {best[name].found:8} found"
        print(f"    {name:32} {note}   ours with places is {rate / ours:.1f}x", flush=True)
    if why:
        print(f"--  {peer}: not measured ({why}); target >= {TARGET}x", flush=True)
        return True
    times = rates[peer] / rates["ours, fold and match"]
    met = times >= TARGET
    print(f"{'ok ' if met else 'NO '} fold and match / {peer}: {times:.1f}x, target >= {TARGET}x", flush=True)
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--houbb", type=Path, metavar="DIR", help="compiled houbb/sensitive-word, heaven and opencc4j")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    posts, words = corpus.texts(args.posts, 45), corpus.terms(TERMS)
    with tempfile.TemporaryDirectory(prefix="zhongbao-peers-") as name:
        folder = Path(name)
        (folder / "terms.txt").write_text("\n".join(words) + "\n", "utf-8")
        (folder / "posts.txt").write_text("\n".join(posts) + "\n", "utf-8")
        met = [compared(conversions, posts, words, args, folder) for conversions in CONVERSIONS]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
