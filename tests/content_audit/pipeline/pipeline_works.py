"""Works for the tests of the pipeline: functions every worker can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from content_audit.match.lexicon import Lexicon
from content_audit.pipeline.work import Block, opened


def numbered(block: Block, compiled: bytes) -> bytes:
    """Each line with its number and the compiled word."""
    lines = block.lines.splitlines()
    return b"".join(b"%d %s %s\n" % (number, compiled, line) for number, line in enumerate(lines, block.line))


def scanned(block: Block, compiled: bytes) -> bytes:
    """Where in each line the words of the compiled lexicon stand."""
    lexicon = opened(compiled, Lexicon.from_bytes)
    lines = block.lines.decode().splitlines()
    return b"".join(b"%d %d-%d\n" % (block.line + hit.text, hit.start, hit.end) for hit in lexicon.scan(lines))


def dies_once(block: Block, compiled: bytes) -> bytes:
    """Kills its worker the first time it meets the line ``kill``; ``compiled`` names the file that remembers."""
    memory = Path(compiled.decode())
    if b"kill\n" in block.lines and not memory.exists():
        memory.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return numbered(block, b"-")


def dies_always(block: Block, compiled: bytes) -> bytes:
    """Kills its worker whenever it meets the line ``kill``."""
    if b"kill\n" in block.lines:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbered(block, b"-")


def fails(block: Block, compiled: bytes) -> bytes:
    """Raises at the line ``fail``."""
    if b"fail\n" in block.lines:
        raise ValueError("a line nobody expected")
    return numbered(block, compiled)
