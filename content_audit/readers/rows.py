"""Tables read row by row: CSV in any of our encodings, and sheets of an xlsx whose unpacked size was checked first.

A row is a dict from its column's name to the text in the cell. Nothing holds more than one row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO

from content_audit.model import Source, Unread, Why
from content_audit.readers.encoding import encoding_of, head_text
from content_audit.readers.files import opened
from content_audit.readers.limits import MAX_CELLS, MAX_RECORD, MAX_RECORDS, MAX_UNPACKED, NotReadError
from content_audit.readers.registry import HEAD

_MOST_COLUMNS = 500
_MOST_MEMBERS = 5000
_RATIO = 200


class Row(NamedTuple):
    """A row with its number as a spreadsheet shows it, the heading being row 1."""

    number: int
    cells: dict[str, str]

    def source(self, source: Source) -> Source:
        """Where this row stands."""
        return source._replace(record=f"row {self.number}")


def heading(head: bytes) -> tuple[str, ...]:
    """The column names on the first line of a CSV file that begins so; empty where it is no table."""
    line = head_text(head).lstrip("\ufeff").partition("\n")[0]
    if not line or len(line) > 8192 or "\0" in line:
        return ()
    try:
        found = next(csv.reader([line]), [])
    except csv.Error:
        return ()
    return tuple(name.strip() for name in found)


def csv_file(path: Path, source: Source) -> Iterator[Row | Unread]:
    """The rows of a CSV file, streamed. A row that cannot be read is an ``Unread`` of it."""
    with opened(path) as file:
        yield from csv_rows(file, source)


def csv_rows(file: BinaryIO, source: Source) -> Iterator[Row | Unread]:
    """The rows of CSV bytes, as ``csv_file``."""
    encoding = encoding_of(file.read(HEAD))
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    before = csv.field_size_limit(MAX_RECORD)
    try:
        yield from _rows(csv.reader(_bounded_lines(text)), encoding, source)
    finally:
        csv.field_size_limit(before)
        text.detach()


def sheet_rows(data: bytes, source: Source) -> Iterator[tuple[str, Row]]:
    """The rows of every sheet of an xlsx with the sheet's name; the first row that is not empty is its heading."""
    book = workbook(data)
    cells = 0
    try:
        for sheet in book.worksheets:
            names: tuple[str, ...] = ()
            for number, values in _numbered(sheet):
                cells += len(values)
                if cells > MAX_CELLS or len(values) > 16_384:
                    raise NotReadError(Why.TOO_MANY, f"> {MAX_CELLS} cells")
                if not names:
                    names = tuple(cell_text(value).strip() for value in values)
                    names = names if any(names) else ()
                elif any(value is not None for value in values):
                    yield sheet.title, Row(number, _named(names, map(cell_text, values)))
    finally:
        book.close()


def workbook(data: bytes) -> Any:
    """An xlsx opened for reading values only. Raises NotReadError for bombs, encrypted and broken files."""
    import warnings

    from openpyxl import load_workbook

    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotReadError(Why.ENCRYPTED)
    check_unpacked(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells of styles, which nobody reads here
            return load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise NotReadError(Why.BROKEN, type(error).__name__) from error


def _numbered(sheet: Any) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The rows of a sheet from 1 on; what openpyxl stumbles over is broken."""
    import warnings

    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above
            raise NotReadError(Why.BROKEN, f"{sheet.title}: {type(error).__name__}") from error
        yield row


def check_unpacked(data: bytes) -> None:
    """Refuse a zip that unpacks to too much, holds too many files or is encrypted, by its directory alone."""
    import zipfile

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise NotReadError(Why.BROKEN, str(error)) from error
    if any(member.flag_bits & 1 for member in members):
        raise NotReadError(Why.ENCRYPTED)
    total = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS:
        raise NotReadError(Why.TOO_MANY, f"{len(members)} members")
    if total > MAX_UNPACKED or total > max(_RATIO * len(data), 1 << 20):
        raise NotReadError(Why.TOO_BIG, f"{total} unpacked")


def cell_text(value: object) -> str:
    """A cell as text: times in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _rows(reader: Any, encoding: str, source: Source) -> Iterator[Row | Unread]:
    names: tuple[str, ...] = ()
    number = 0
    while number < MAX_RECORDS:
        number += 1
        place = source._replace(record=f"row {number}")
        try:
            values = [_mended(value, encoding) for value in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield Unread(place, Why.TOO_BIG if "limit" in str(error) else Why.BROKEN, str(error))
        except NotReadError as error:
            yield error.unread(place)
        else:
            if names and any(values):
                yield Row(number, _named(names, values))
            elif not names:
                names = tuple(value.strip().lstrip("\ufeff") for value in values[:_MOST_COLUMNS])
    yield Unread(source, Why.TOO_MANY, f"> {MAX_RECORDS} rows")


def _named(names: tuple[str, ...], values: Any) -> dict[str, str]:
    return dict(zip(names, values, strict=False))


def _bounded_lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(MAX_RECORD + 1):
        if len(line) > MAX_RECORD:
            raise NotReadError(Why.TOO_BIG, f"line > {MAX_RECORD}")
        yield line


def _mended(value: str, encoding: str) -> str:
    """A cell whose bytes did not fit the file's encoding, read as GB18030: exports are glued together by hand."""
    if value.isascii() or not any("\udc80" <= char <= "\udcff" for char in value):
        return value
    try:
        return value.encode(encoding, "surrogateescape").decode("gb18030")
    except (UnicodeError, LookupError):
        raise NotReadError(Why.ENCODING) from None
