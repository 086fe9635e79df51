"""Readers: every export and draft of an owned medium as Posts, without a login and without trust in the file.

``read_path`` reads a file or directory, ``read_bytes`` what was taken out of an archive or came by stdin. Neither
raises for what a file holds: what was not read is an ``Unread`` with its reason.
"""

from __future__ import annotations

from content_audit.readers.reading import read_bytes, read_path
from content_audit.readers.registry import TABLE, Entry, FileReader, Reader, pick

__all__ = ["TABLE", "Entry", "FileReader", "Reader", "pick", "read_bytes", "read_path"]
