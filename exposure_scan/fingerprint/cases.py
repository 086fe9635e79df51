"""A fingerprint held against its own cases, among all the others."""

from __future__ import annotations

from exposure_scan.fingerprint.book import Book
from exposure_scan.fingerprint.model import Case, Fingerprint
from zhongbao_core.text import Text


def wrong(fingerprint: Fingerprint, case: Case, book: Book) -> Text | None:
    """Why ``case`` fails in ``book``; None where it holds. A true case must be what is named first."""
    named = book.name(case.kind, case.banner)
    if not case.named:
        if any(item.fingerprint == fingerprint.id for item in named):
            return Text("不应识别却识别了", "named where it should not be")
        return None
    if not named:
        return Text("没有识别", "nothing was named")
    first = named[0]
    if (first.vendor, first.product) != (fingerprint.cpe.vendor, fingerprint.cpe.product):
        return Text(f"识别成 {first.fingerprint}", f"named as {first.fingerprint}")
    if first.version != case.version:
        return Text(
            f"版本识别成 {first.version or '（无）'}，应为 {case.version or '（无）'}",
            f"version read as {first.version or '(none)'}, should be {case.version or '(none)'}",
        )
    return None
