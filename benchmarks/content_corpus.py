"""A synthetic corpus for the content benchmarks: words drawn by jieba's frequencies, the same for the same seed.

No grammar, so more chance hits than real posts have; speeds are compared on it, never false alarms.
"""

from __future__ import annotations

import io
import os
import random
import signal
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

import orjson

from content_audit.match.lexicon import Lexicon
from content_audit.match.policy import longest
from content_audit.pipeline.work import Block, opened

SEED = 20261125
NEGATED = frozenset("不非无莫勿")
NOISE = ("\u200b", "*", " ", "·", "😀", "－")


@cache
def dictionary() -> tuple[list[str], list[int]]:
    """(words, frequencies) of jieba's dictionary."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise SystemExit("the corpus is made from jieba's dictionary: install the dev extra")
    rows = [line.split() for line in (Path(spec.origin).parent / "dict.txt").read_text("utf-8").splitlines()]
    return [row[0] for row in rows], [int(row[1]) for row in rows]


def texts(count: int, words: int, seed: int = SEED) -> list[str]:
    """``count`` texts of about ``words`` words; one in twenty holds signs, full width or repeats."""
    drawer = random.Random(seed)  # noqa: S311 a corpus, no secret
    names, often = dictionary()
    weights, found = list(accumulate(often)), []
    for _ in range(count):
        drawn = drawer.choices(names, cum_weights=weights, k=drawer.randint(words // 2, words + words // 2))
        for place in range(7, len(drawn), 9):
            drawn[place] += "，" if place % 2 else "。"
        text = "".join(drawn)
        found.append(_noisy(text, drawer) if drawer.random() < 0.05 else text)
    return found


def _noisy(text: str, drawer: random.Random) -> str:
    chars = list(text)
    for _ in range(max(1, len(chars) // 20)):
        place = drawer.randrange(len(chars))
        chars[place] += drawer.choice((*NOISE, chars[place][0]))
    return "".join(chars)


def terms(count: int, seed: int = SEED) -> list[str]:
    """``count`` rare words of two characters and more."""
    drawer = random.Random(seed)  # noqa: S311 a corpus, no secret
    rare = [word for word, often in zip(*dictionary(), strict=True) if len(word) > 1 and often <= 5]
    return drawer.sample(rare, count)


def jsonl(posts: list[str]) -> bytes:
    """The posts as our own JSONL."""
    rows = (
        {"id": f"p{number}", "title": "", "text": text, "channel": "weibo", "account": "示例", "images": []}
        for number, text in enumerate(posts)
    )
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def findings(block: Block, compiled: bytes) -> bytes:
    """The work that is timed: the texts of JSON lines against literals; every third term falls where it is negated."""
    lexicon = opened(compiled, Lexicon.from_bytes)
    loads = orjson.loads
    texts: list[str] = [loads(line)["text"] for line in io.BytesIO(block.lines)]
    found = []
    for hit in longest(lexicon.scan(texts)):
        text = texts[hit.text]
        if hit.term % 3 == 0 and NEGATED & set(text[max(0, hit.start - 4) : hit.start]):
            continue
        found.append(
            orjson.dumps(
                {
                    "post": block.line + hit.text,
                    "term": hit.term,
                    "raw": text[hit.start : hit.end],
                    "start": hit.start,
                    "end": hit.end,
                    "folded": hit.folded,
                    "steps": hit.steps,
                }
            )
        )
    return b"\n".join([*found, b""])


def kills_once(block: Block, compiled: bytes) -> bytes:
    """``findings``, by a worker that is killed once: the file named in ZHONGBAO_BENCH_KILL remembers."""
    memory = Path(os.environ["ZHONGBAO_BENCH_KILL"])
    if block.line > 1 and not memory.exists():
        memory.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return findings(block, compiled)


def wechat_page(article: str, size: int, run: int = 60) -> str:
    """A saved article page of about ``size`` characters, ``run`` of words a node: script, and styles on every node."""
    style = "margin: 0px; padding: 0px; box-sizing: border-box; line-height: 1.75em; letter-spacing: 0.5px; color: rgb(63, 63, 63);"
    nodes = "".join(
        f'<section style="{style}"><span style="{style} font-size: 15px;">{article[start : start + run]}</span></section>'
        for start in range(0, len(article), run)
    )
    filler = (
        "window.__moon_map={"
        + ",".join(f'"m{number}":"//res.wx.qq.com/mmbizappmsg/a{number}.js"' for number in range(200))
        + "};"
    )
    scripts = f"<script>{filler}</script>" * max(1, (size - len(nodes)) // (len(filler) + 17))
    return (
        '<!DOCTYPE html><html><head><meta property="og:title" content="标题"/><meta property="og:type" content="article"/>'
        f'<style>body{{margin:0}}</style>{scripts}</head><body id="activity-detail"><div id="js_article" class="rich_media">'
        '<h1 class="rich_media_title" id="activity-name">标题</h1><a id="js_name">示例号</a>'
        f'<div class="rich_media_content" id="js_content" style="visibility:hidden;">{nodes}</div></div>'
        "<script>var msg_title='标题';var ct='1764000000';var item_show_type='0';</script></body></html>"
    )
