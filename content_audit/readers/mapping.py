"""A mapping file: how any other JSON, JSONL, CSV or xlsx is read as posts."""

from __future__ import annotations

from content_audit.readers.registry import Reader


class Mapped(Reader):
    """A reader that a mapping file describes."""
