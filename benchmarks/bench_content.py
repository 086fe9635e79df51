"""How fast the content engine is, always beside a reference in the same run.

    python benchmarks/bench_content.py [--quick] [--full]

Fold against ``str.translate`` and opencc; match against a dict trie in Python and the bare automaton; JSONL to findings
against the bare match pass; pages to text against Beautiful Soup; two processes against one; memory; word borders around
hits against segmenting everything; offsets. Candidates take turns in every round and each counts by its best one, so a
busy machine hurts all alike. Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks import content_corpus as corpus
from content_audit.match.bulk import Batch
from content_audit.match.fold import OPTIONS, FoldTable, fold
from content_audit.match.lexicon import BATCH, Lexicon, Term
from content_audit.match.scanning import cuts, scan_batches
from content_audit.pipeline.cluster import executor_of
from content_audit.pipeline.executor import Executor, Processes, Serial
from content_audit.pipeline.plan import plan
from content_audit.pipeline.run import Progress, Run
from content_audit.pipeline.work import Work, run_bytes
from zhongbao_core.event import Level

TERMS = 20_000
SILENT = 5.0
"""Seconds a long run says nothing."""
WINDOW = 12
AT = datetime(2026, 11, 25, tzinfo=UTC)


class Row(NamedTuple):
    """One line of the table."""

    what: str
    found: str
    target: str
    met: bool | None
    """None: not measured."""


class Size(NamedTuple):
    """How much is done."""

    posts: int
    articles: int
    rounds: int
    copies: int
    """How often the posts are repeated for the runs over a large file."""
    cluster: int
    """Posts of the run through a cluster."""


QUICK = Size(20_000, 500, 5, 24, 0)
NORMAL = Size(100_000, 2_000, 5, 12, 200_000)
FULL = Size(100_000, 2_000, 5, 32, 1_000_000)


def ratios(rounds: int, **works: Callable[[], object]) -> dict[str, list[float]]:
    """CPU seconds of each of ``works`` in every round, taken in turn."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            begun = time.process_time()
            work()
            took[name].append(time.process_time() - begun)
    return took


def faster(took: dict[str, list[float]], ours: str, reference: str) -> float:
    """How many times as fast ``ours`` is, each in its best round: what else runs on the machine only ever adds."""
    return min(took[reference]) / min(took[ours])


def at_least(what: str, ratio: float, target: float, note: str = "") -> Row:
    return Row(what, f"{ratio:.2f}x {note}".rstrip(), f">= {target}x", ratio >= target)


def speed(texts: list[str], took: list[float]) -> str:
    return f"({sum(len(text.encode()) for text in texts) / min(took) / 1e6:.0f} MB/s)"


def folding(posts: list[str], articles: list[str], rounds: int) -> Iterator[Row]:
    """T1 and T2."""
    from opencc import OpenCC

    table = FoldTable.made(set(OPTIONS) - {"repeat"})
    flat = {
        ord(char): read
        for char in map(chr, (*range(0xD800), *range(0xE000, 0x30000)))
        if (read := table.target(char)) != char
    }
    convert = OpenCC("t2s").convert
    took = ratios(
        rounds,
        ours=partial(folded, posts, table),
        translate=lambda: [post.translate(flat) for post in posts],
    )
    yield at_least(
        "T1 fold with map / str.translate", faster(took, "ours", "translate"), 10, speed(posts, took["ours"])
    )
    took = ratios(
        rounds, ours=partial(folded, articles, table), opencc=lambda: [convert(article) for article in articles]
    )
    yield at_least("T2 fold with map / opencc t2s", faster(took, "ours", "opencc"), 5, speed(articles, took["ours"]))


def folded(texts: list[str], table: FoldTable) -> None:
    for first, last in cuts(texts, BATCH):
        Batch(texts[first:last], table)


def matching(posts: list[str], lexicon: Lexicon, words: list[str], rounds: int) -> Iterator[Row]:
    """T3 and T4."""
    batches = [Batch(posts[first:last], lexicon.table).text for first, last in cuts(posts, BATCH)]
    few = batches[: max(1, len(batches) // 12)]
    trie = trie_of(words)

    def bare() -> None:
        find_all(lexicon, batches)

    def fold_and_match() -> None:
        for first, last in cuts(posts, BATCH):
            lexicon.words.find(Batch(posts[first:last], lexicon.table).text)

    def python_trie() -> None:
        for text in few:
            in_trie(trie, text)

    def bare_few() -> None:
        find_all(lexicon, few)

    took = ratios(rounds, bare=bare, both=fold_and_match, few=bare_few, trie=python_trie)
    yield at_least("T3 fold + match / bare match", faster(took, "both", "bare"), 0.6, speed(posts, took["both"]))
    yield at_least("T4 bare match / dict trie in Python", faster(took, "few", "trie"), 12, speed(batches, took["bare"]))


def find_all(lexicon: Lexicon, texts: list[str]) -> None:
    """The bare match pass. Each text is made anew: one that was matched before keeps its UTF-8 and is matched faster."""
    for text in texts:
        lexicon.words.find(text[:-1])


Trie = dict[str, "Trie"]


def trie_of(words: list[str]) -> Trie:
    root: Trie = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return root


def in_trie(root: Trie, text: str) -> list[tuple[int, int]]:
    """What most Chinese filters do: from every place as far as the trie goes."""
    found, size = [], len(text)
    for start in range(size):
        node, place = root, start
        while place < size and (after := node.get(text[place])) is not None:
            node = after
            place += 1
            if "" in node:
                found.append((start, place))
    return found


def end_to_end(posts: list[str], lexicon: Lexicon, rounds: int) -> Iterator[Row]:
    """T6: JSONL to findings, against the bare match pass over the same words; and the stages."""
    data, compiled = corpus.jsonl(posts), lexicon.to_bytes()
    batches = [Batch(posts[first:last], lexicon.table).text for first, last in cuts(posts, BATCH)]
    took = ratios(
        rounds,
        bare=partial(find_all, lexicon, batches),
        ours=lambda: run_bytes(corpus.findings, data, 1, compiled),
    )
    found = run_bytes(corpus.findings, data, 1, compiled).count(b"\n")
    per = found / sum(map(len, posts)) * 1000
    note = f"({len(data) / min(took['ours']) / 1e6:.0f} MB JSONL/s, {per:.2f} findings per 1000 characters)"
    yield at_least("T6 JSONL to findings / bare match", faster(took, "ours", "bare"), 0.25, note)
    for name, seconds in stages(posts, data, lexicon).items():
        yield Row(f"   of which {name}", f"{seconds * 1000:.0f} ms", "", True)


def stages(posts: list[str], data: bytes, lexicon: Lexicon) -> dict[str, float]:
    """CPU seconds of each stage, one after the other."""
    import orjson

    took: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        begun = time.process_time()
        work()
        took[name] = time.process_time() - begun

    timed("read", lambda: [orjson.loads(line)["text"] for line in data.splitlines()])
    timed("fold", partial(folded, posts, lexicon.table))
    batches = [Batch(posts[first:last], lexicon.table) for first, last in cuts(posts, BATCH)]
    timed("match", lambda: [lexicon.words.find(batch.text) for batch in batches])
    timed("fold, match, confirm and map", lambda: lexicon.scan(posts))
    return took


def processes(path: Path, folder: Path, compiled: bytes) -> Iterator[Row]:
    """T10: wall time of two processes against one, and the same findings."""
    took: dict[str, list[float]] = {"one": [], "two": []}
    answers: dict[str, bytes] = {}
    for turn in range(3):
        for name, executor in (("one", Processes(1)), ("two", Processes(2))):
            begun = time.perf_counter()
            answers[name] = through(
                path, folder / f"{name}{turn}", compiled, executor, told(f"T10 {name}, turn {turn + 1}")
            )
            took[name].append(time.perf_counter() - begun)
    ratio = faster(took, "two", "one")
    note = f"({path.stat().st_size / min(took['two']) / 1e6:.0f} MB/s of {path.stat().st_size / 1e6:.0f} MB)"
    if (os.cpu_count() or 1) < 2:
        yield Row("T10 two processes / one", "one core only: not measured", ">= 1.6x", None)
    else:
        yield at_least("T10 two processes / one, wall", ratio, 1.6, note)
    same = answers["one"] == answers["two"] != b""
    yield Row("    the same findings", "yes" if same else "NO", "identical", same)


def told(what: str) -> Progress:
    """How far ``what`` is, on standard error, once in five seconds."""
    last = time.monotonic()

    def progress(done: int, size: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SILENT:
            last = time.monotonic()
            print(f"    {what}: {done / max(1, size):4.0%} of {size / 1e6:.0f} MB", file=sys.stderr, flush=True)

    return progress


def through(
    path: Path, folder: Path, compiled: bytes, executor: Executor, progress: Progress, work: Work = corpus.findings
) -> bytes:
    run = Run(plan(path, lines=25_000), work, compiled, folder)
    run.go(executor, progress)
    if run.failed:
        raise SystemExit(f"shards failed: {run.failed[0].why}")
    answer = b"".join(run.answers())
    run.forget()
    return answer


def memory(small: Path, large: Path, lexicon: Path) -> Iterator[Row]:
    """T11: peak memory of a process, whatever the size of the export."""
    low, high = peak(small, lexicon), peak(large, lexicon)
    grown = f"{low:.0f} / {high:.0f} MiB for {small.stat().st_size >> 20} / {large.stat().st_size >> 20} MiB"
    yield Row("T11 peak memory, small / large export", grown, "<= 120 MiB, <= 1.5x", high <= 120 and high <= 1.5 * low)


def peak(path: Path, lexicon: Path) -> float:
    command = [sys.executable, __file__, "--peak", str(path), str(lexicon)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def show_peak(path: Path, lexicon: Path) -> None:
    """Works through a file as a worker does, shard by shard, and says how much memory that took."""
    compiled = lexicon.read_bytes()
    with tempfile.TemporaryDirectory() as name:
        run = Run(plan(path), corpus.findings, compiled, Path(name))
        run.go(Serial(), told(f"T11 {path.name}"))
    print(high_water() / 1024)


def high_water() -> int:
    """KiB this process had at most. Not ``ru_maxrss``, which begins with what the parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def borders(articles: list[str], lexicon: Lexicon, rounds: int) -> Iterator[Row]:
    """T14: words segmented around hits against segmenting everything."""
    import rjieba

    some = articles[: max(50, len(articles) // 10)]
    hits = lexicon.scan(some)

    def windows() -> None:
        for hit in hits:
            rjieba.cut(some[hit.text][max(0, hit.start - WINDOW) : hit.end + WINDOW])

    def everything() -> None:
        for article in some:
            rjieba.cut(article)

    took = ratios(rounds, windows=windows, everything=everything)
    cost = 1 / faster(took, "windows", "everything")
    note = f"{cost:.2f}x at {len(hits) / sum(map(len, some)) * 1000:.1f} hits per 1000 characters"
    yield Row("T14 borders around hits / segmenting all", note, "<= 0.25x", cost <= 0.25)


def everything(posts: list[str], rounds: int) -> Row:
    """T6 with every rule of ours: JSONL to the lines of the report, against the bare match pass of the same lexicon."""
    from content_audit.audit.compiled import Compiled
    from content_audit.audit.registers import Registers
    from content_audit.authoring.compile import compile_book
    from content_audit.authoring.packs import load_rules
    from content_audit.commands import bulk
    from content_audit.model import Verdict

    compiled = compile_book(load_rules(None).book())
    lexicon = Compiled(compiled).lexicon
    data = corpus.jsonl(posts)
    package = bulk.package(
        compiled, Registers(), level=Level.NONE, at=AT, path="posts.jsonl", skip=True, fail_on=Verdict.REVIEW
    )
    batches = [Batch(posts[first:last], lexicon.table).text for first, last in cuts(posts, BATCH)]
    took = ratios(
        min(rounds, 3),
        bare=partial(find_all, lexicon, batches),
        ours=lambda: run_bytes(bulk.audit_lines, data, 1, package),
    )
    note = f"({len(posts) / min(took['ours']):.0f} posts/s)"
    return at_least("T6 every rule / bare match", faster(took, "ours", "bare"), 0.12, note)


class Words(HTMLParser):
    """The words of a page by the standard library, scripts and styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.deaf = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.deaf += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.deaf -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.deaf:
            self.found.append(data)


def pages(articles: list[str], rounds: int) -> Iterator[Row]:
    """T13, and a saved page of 4 MB."""
    from content_audit.model import Post, Source
    from content_audit.readers import read_bytes
    from content_audit.readers.html_text import html_text

    some = [corpus.wechat_page(article, 150_000, 10) for article in articles[:20]]

    def by_library() -> None:
        for page in some:
            reader = Words()
            reader.feed(page)
            "".join(reader.found)

    took = ratios(rounds, ours=lambda: [html_text(page) for page in some], library=by_library)
    yield at_least("T13 HTML to text / html.parser", faster(took, "ours", "library"), 3.2)
    yield soup(some, rounds)
    page = corpus.wechat_page(articles[0], 4_000_000).encode()
    posts = list(read_bytes(page, Source("page.html")))
    if not any(isinstance(post, Post) and len(post.passages) > 1 for post in posts):
        raise SystemExit("the page was not read as an article")
    took = ratios(rounds, ours=lambda: list(read_bytes(page, Source("page.html"))))
    best = min(took["ours"]) * 1000
    yield Row("a WeChat page of 4 MB, read", f"{best:.0f} ms", "<= 40 ms", best <= 40)


def soup(some: list[str], rounds: int) -> Row:
    """T13 against Beautiful Soup on html.parser, asked for its words alone: no links, pictures or hidden words."""
    from content_audit.readers.html_text import html_text

    what, target = "T13 HTML to text / Beautiful Soup", 12
    if find_spec("bs4") is None:
        return Row(what, "Beautiful Soup is not installed: not measured", f">= {target}x", None)
    tree_of: Any = import_module("bs4").BeautifulSoup
    took = ratios(
        rounds,
        ours=lambda: [html_text(page) for page in some],
        soup=lambda: [tree_of(page, "html.parser").get_text() for page in some],
    )
    return at_least(
        what, faster(took, "ours", "soup"), target, f"({min(took['ours']) / len(some) * 1000:.1f} ms a page)"
    )


def offsets(posts: list[str], lexicon: Lexicon, words: list[str]) -> Iterator[Row]:
    """T15: every hit folds back to its term; any size of batch finds the same."""
    table = lexicon.table
    reads = {word: fold(word, table).text for word in words}
    hits = lexicon.scan(posts)
    bad = sum(fold(posts[hit.text][hit.start : hit.end], table).text != reads[words[hit.term]] for hit in hits)
    noisy = sum(bool(hit.steps) for hit in hits)
    yield Row(
        "T15 hits that do not fold back", f"{bad} of {len(hits)}, {noisy} with steps", "0", bad == 0 and noisy > 0
    )
    other = [size for size in (1_000, 64 << 10, 256 << 10, 4 << 20) if scan_batches(lexicon, posts, size) != hits]
    some = posts[:5_000]
    alone = [hit._replace(text=number) for number, post in enumerate(some) for hit in lexicon.scan([post])]
    same = not other and alone == lexicon.scan(some)
    yield Row("    the same for any batch, and one by one", "yes" if same else "NO", "identical", same)


def cold(lexicon: Path) -> Iterator[Row]:
    """A cold process that opens the lexicon and scans a draft of 3,000 characters, against ``python -c pass``."""
    draft = "".join(corpus.texts(1, 1700))[:3000]
    scan = (
        "import sys;from content_audit.match.lexicon import Lexicon;"
        "Lexicon.from_bytes(open(sys.argv[1],'rb').read()).scan([sys.argv[2]])"
    )
    took: dict[str, list[float]] = {"pass": [], "scan": []}
    for _ in range(11):
        for name, args in (("pass", ["-c", "pass"]), ("scan", ["-c", scan, str(lexicon), draft])):
            begun = time.perf_counter()
            subprocess.run([sys.executable, *args], check=True)
            took[name].append(time.perf_counter() - begun)
    ratio = min(took["scan"]) / min(took["pass"])
    note = f"{ratio:.1f}x ({min(took['scan']) * 1000:.0f} ms, lexicon {lexicon.stat().st_size >> 10} KiB)"
    yield Row("cold scan of a draft / python -c pass", note, "<= 5x", ratio <= 5)


def clustered(posts: list[str], count: int, folder: Path, compiled: bytes) -> Iterator[Row]:
    """A run through real workers, one of which is killed: nothing lost, nothing doubled."""
    if not count or find_spec("distributed") is None:
        return
    cluster_of: Any = import_module("distributed").LocalCluster
    path = repeated(folder / "cluster.jsonl", corpus.jsonl(posts), max(1, count // len(posts)))
    os.environ["ZHONGBAO_BENCH_KILL"] = str(folder / "killed")
    expected = through(path, folder / "local", compiled, Processes(2), told("cluster, the reference"))
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with cluster_of(protocol="tcp://", **options) as cluster:
        begun = time.perf_counter()
        found = through(
            path, folder / "far", compiled, executor_of(cluster.scheduler_address), told("cluster"), corpus.kills_once
        )
        took = time.perf_counter() - begun
    same = found == expected and (folder / "killed").exists()
    total = path.read_bytes().count(b"\n")
    yield Row(
        "cluster, one worker killed: the same findings",
        f"{'yes' if same else 'NO'}, {total} posts, {took:.1f} s",
        "identical",
        same,
    )


def repeated(path: Path, data: bytes, copies: int) -> Path:
    with path.open("wb") as file:
        for _ in range(copies):
            file.write(data)
    return path


def rows(size: Size, folder: Path) -> Iterator[Row]:
    posts, articles = corpus.texts(size.posts, 45), corpus.texts(size.articles, 1700, corpus.SEED + 1)
    words = corpus.terms(TERMS)
    lexicon = Lexicon.compile([Term(word, number) for number, word in enumerate(words)], OPTIONS)
    compiled = folder / "lexicon.bin"
    compiled.write_bytes(lexicon.to_bytes())
    small = repeated(folder / "small.jsonl", corpus.jsonl(posts), 1)
    large = repeated(folder / "large.jsonl", small.read_bytes(), size.copies)
    yield from folding(posts, articles, size.rounds)
    yield from matching(posts, lexicon, words, size.rounds)
    yield from end_to_end(posts, lexicon, size.rounds)
    yield everything(posts[:20_000], size.rounds)
    yield everything(articles[:400], size.rounds)._replace(
        what="   the same, articles of all topics at once", target="", met=True
    )
    yield from pages(articles, size.rounds)
    yield from processes(large, folder, lexicon.to_bytes())
    yield from memory(small, large, compiled)
    yield from borders(articles, lexicon, size.rounds)
    yield from offsets(posts[:50_000], lexicon, words)
    yield from cold(compiled)
    yield from clustered(posts, size.cluster, folder, lexicon.to_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of everything, no cluster")
    parser.add_argument("--full", action="store_true", help="1 GB exports and a million posts through a cluster")
    parser.add_argument("--peak", nargs=2, type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peak:
        show_peak(*args.peak)
        return 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    met = True
    with tempfile.TemporaryDirectory(prefix="zhongbao-bench-") as name:
        for row in rows(QUICK if args.quick else FULL if args.full else NORMAL, Path(name)):
            mark = {True: "ok", False: "NO", None: "--"}[row.met]
            print(f"{mark:3} {row.what:44} {row.found:60} {row.target}", flush=True)
            met = met and row.met is not False
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
