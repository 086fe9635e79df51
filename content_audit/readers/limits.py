"""How much of a stranger's file is read, and the one exception by which a reader gives something up.

A reader raises ``NotReadError`` where it stops; the loop over records turns it into an ``Unread`` of that record,
the registry into one of the whole file.
"""

from __future__ import annotations

from content_audit.model import Source, Unread, Why

MAX_FILE = 128 * 1024 * 1024
"""Bytes of a file that is read whole."""
MAX_STREAM = 64 * 1024 * 1024 * 1024
"""Bytes of a file that is read record by record."""
MAX_RECORD = 16 * 1024 * 1024
"""Bytes of one record: a line, a row, an article."""
MAX_RECORDS = 5_000_000
"""Records of a file that is read record by record."""
MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that a spreadsheet or an archive may unpack to."""
MAX_CELLS = 20_000_000
MAX_DEPTH = 128
"""Levels of nested JSON or XML."""
MAX_HTML_DEPTH = 512
"""Levels of nested HTML; what browsers keep, too."""
MAX_PICTURE = 32 * 1024 * 1024
"""Bytes of one picture beside a page."""
MAX_PICTURES = 2000
"""Pictures and links of one post, each."""


class NotReadError(Exception):
    """This much is not audited, and why. Expected in the world of exports: never shown as a trace."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why.value)
        self.why = why
        self.detail = detail

    def unread(self, source: Source, post: str = "", locator: str = "") -> Unread:
        """The same as a value, about ``source``."""
        return Unread(source, self.why, self.detail, post, locator)
