"""``content scan`` of a long JSONL export: shards worked on in processes or on a cluster, taken up again after Ctrl-C.

A worker gets bytes alone: the lines, and a package of the compiled policy, the registers, the level and the instant. The
answer to a stretch is its own count and its lines of report, so that joining them is copying.
"""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from content_audit.audit.audit import Auditor
from content_audit.audit.compiled import Compiled
from content_audit.audit.copies import Print, prints_of
from content_audit.audit.registers import Registers
from content_audit.entry.auditing import audit_posts
from content_audit.model import Post, Source, Unread, Verdict
from content_audit.pipeline.work import Block, opened
from content_audit.readers.own import posts_in
from content_audit.release.register_codec import registers_from_json, registers_to_json
from content_audit.show.jsonl import line, post_bodies, unread_body
from content_audit.show.report import Tally
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.event import Level

BIG = 8 * 1024 * 1024
"""Bytes from which a JSONL file is worth more than one process."""
READER = "jsonl"


class Opened(NamedTuple):
    """A package, opened by the worker that got it."""

    auditor: Auditor
    path: str
    at: datetime
    skip: bool
    fail_on: Verdict


def package(
    compiled: bytes, registers: Registers, *, level: Level, at: datetime, path: str, skip: bool, fail_on: Verdict
) -> bytes:
    """Everything a worker needs besides the lines."""
    head = {
        "registers": registers_to_json(registers),
        "level": level.id,
        "at": iso(at),
        "path": path,
        "skip": skip,
        "fail_on": fail_on.name,
    }
    return json.dumps(head, ensure_ascii=False, sort_keys=True).encode("utf-8") + b"\n" + compiled


def open_package(data: bytes) -> Opened:
    """The package in ``data``."""
    said, _, compiled = data.partition(b"\n")
    head = json.loads(said)
    at = parse_instant(head["at"])
    auditor = Compiled(compiled).auditor(
        registers=registers_from_json(head["registers"]),
        level=Level[head["level"].upper()],
        at=at,
    )
    return Opened(auditor, head["path"], at, head["skip"], Verdict[head["fail_on"]])


def audit_lines(block: Block, data: bytes) -> bytes:
    """The answer to a block of lines: its count as JSON with the length of what follows, then lines of report.

    With the count stand the posts' prints: which posts are alike is known when all blocks are.
    """
    job = opened(data, open_package)
    tally = Tally(skip_pictures=job.skip, fail_on=job.fail_on)
    items = list(posts_in(io.BytesIO(block.lines), Source(job.path, reader=READER), block.line))
    report = "".join(_said(job, items, tally)).encode("utf-8")
    found = [one for one in prints_of([item for item in items if not isinstance(item, Unread)]) if one is not None]
    prints = {
        "posts": [[one.post, one.account, len(one.numbers)] for one in found],
        "numbers": b64encode(b"".join(one.numbers for one in found)).decode("ascii"),
    }
    head = json.dumps({"bytes": len(report), "prints": prints, **tally.as_json()}).encode("ascii")
    return head + b"\n" + report


def _said(job: Opened, items: list[Post | Unread], tally: Tally) -> Iterator[str]:
    posts = [item for item in items if not isinstance(item, Unread)]
    audited = iter(audit_posts(job.auditor, posts, "skip" if job.skip else "read", job.at))
    for item in items:
        if isinstance(item, Unread):
            tally.add_unread(item)
            yield line(unread_body(item))
            continue
        row = next(audited)
        tally.add(row)
        yield from (line(body) for body in post_bodies(row, masked=True))


def prints_in(head: dict[str, Any]) -> Iterator[Print]:
    """The prints that stand with the count of a block."""
    numbers, here = b64decode(head["prints"]["numbers"]), 0
    for post, account, length in head["prints"]["posts"]:
        yield Print(post, account, numbers[here : here + length])
        here += length


def parts(answer: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The counts and reports in the answer to a shard."""
    here = 0
    while here < len(answer):
        end = answer.index(b"\n", here)
        head = json.loads(answer[here:end])
        here = end + 1 + head["bytes"]
        yield head, answer[end + 1 : here]


def fits(path: str) -> bool:
    """Whether the file at ``path`` is a JSONL export of our own form."""
    from content_audit.readers.registry import HEAD, pick

    file = Path(path)
    if not file.is_file():
        return False
    with file.open("rb") as opened_file:
        reader = pick(opened_file.read(HEAD), file.name)
    return reader is not None and reader.name == READER
