"""Drafts made when a test runs: Word files part by part, books, archives with what is wrong in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def packed(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return target.getvalue()


def relations(rows: dict[str, tuple[str, str, bool]]) -> str:
    made = "".join(
        f'<Relationship Id="{mark}" Type="{R}/{kind}" Target="{target}"{" TargetMode=" + chr(34) + "External" + chr(34) if out else ""}/>'
        for mark, (kind, target, out) in rows.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{made}</Relationships>'


def document(body: str) -> str:
    return f"<w:document {SPACES}><w:body>{body}</w:body></w:document>"


def docx(body: str, more: Mapping[str, str | bytes] = MappingProxyType({})) -> bytes:
    """A Word file with ``body``; other parts by name, ``__`` for ``/``."""
    parts: dict[str, str | bytes] = {"[Content_Types].xml": TYPES, "word/document.xml": document(body)}
    parts |= {name.replace("__", "/"): data for name, data in more.items()}
    return packed(parts)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*runs: str, style: str = "") -> str:
    styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{styled}{''.join(runs)}</w:p>"


def book(rows: list[list[Any]], name: str = "Sheet1") -> bytes:
    from openpyxl import Workbook

    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = name
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def overlapping() -> bytes:
    """A zip whose second name in the directory points into the first member."""
    whole = bytearray(packed({"a.txt": "甲" * 5000, "b.txt": "乙" * 5000}, zipfile.ZIP_STORED))
    second = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 4)
    whole[second + 42 : second + 46] = (0).to_bytes(4, "little")
    return bytes(whole)
