"""How far a long run is, on stderr: one line that is written over on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from zhongbao_core.text import Lang, Text

_EVERY = 0.2
_SELDOM = 10.0


class Meter:
    """Told (bytes done, bytes in all); shows share, speed and what is left."""

    def __init__(self, lang: Lang, stream: TextIO | None = None) -> None:
        self._lang, self._stream = lang, stream or sys.stderr
        self._live = self._stream.isatty()
        self._begun = self._last = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, size: int) -> None:
        """Show it, not more often than an eye can follow."""
        now = time.monotonic()
        if self._first is None:
            self._first = done
        elif done < size and now - self._last < (_EVERY if self._live else _SELDOM):
            return
        self._last = now
        if self._live or done < size:
            line = self._line(done, size, now)
            self._stream.write(f"\r{line}\x1b[K" if self._live else f"{line}\n")
            self._stream.flush()

    def close(self) -> None:
        """Leave the terminal clean for what is said next."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _line(self, done: int, size: int, now: float) -> str:
        speed = (done - (self._first or 0)) / max(now - self._begun, 1e-9)
        left = f"{(size - done) / speed:.0f}" if speed > 0 else "?"
        share, mega = 100 * done // max(size, 1), speed / 1e6
        text = Text(f"{share}%  {mega:.1f} MB/秒  还需 {left} 秒", f"{share}%  {mega:.1f} MB/s  {left} s left")
        return text.pick(self._lang)
