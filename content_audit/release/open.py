"""How the release gate and its desk come to what they may believe: trust file, signed manifest, compiled policy, ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from content_audit.release.policy import KIND, ContentPolicy
from zhongbao_core.canonical import digest
from zhongbao_core.compiled_file import found, made_again
from zhongbao_core.errors import TrustError
from zhongbao_core.text import Text
from zhongbao_core.trust import Trust, VerifiedManifest, check_clock, clock_floor, instant, load_trust, verify_manifest

if TYPE_CHECKING:
    from typing import NamedTuple

    from zhongbao_core.desk.base import Desk
    from zhongbao_core.ledger.journal import Journal
    from zhongbao_core.settings import Settings
else:
    from zhongbao_core.record import NamedTuple


class OpenContent(NamedTuple):
    """The policy in force and what vouches for it; ``trust`` and ``manifest`` are None in an untrusted demo."""

    policy: ContentPolicy
    trust: Trust | None
    manifest: VerifiedManifest | None
    at: datetime
    folder: str = "."

    @property
    def rehearsal(self) -> bool:
        """Whether the trust file is one of a rehearsal (演练)."""
        return self.trust is not None and self.trust.rehearsal


def open_content(settings: Settings, at_text: str | None, *, untrusted_demo: bool = False) -> OpenContent:
    """The verified policy at the clock's instant, or at ``--at`` in a rehearsal.

    Raises TrustError with the reason codes of ``zhongbao_core.trust``, CannotTellError CLOCK_BACKWARDS.
    """
    folder = settings.folder
    if untrusted_demo:
        return OpenContent(ContentPolicy.from_bytes(_compile(folder)), None, None, instant(at_text, None), folder)
    trust = load_trust(settings.trust_file, folder)
    at = instant(at_text, trust)
    manifest = verify_manifest(folder, trust, at)
    check_clock(at, clock_floor(trust, manifest), rehearsal=trust.rehearsal)
    data = compiled_bytes(folder, manifest)
    policy = ContentPolicy.from_bytes(data, manifest=manifest.label, amendments=manifest.amendments)
    return OpenContent(policy, trust, manifest, at, folder)


def compiled_bytes(folder: str, manifest: VerifiedManifest) -> bytes:
    """The compiled policy that ``manifest`` vouches for: found by its digest, or made again from the files it names."""
    wanted = manifest.part(KIND)
    data = found(folder, wanted, KIND)
    if data is not None:
        return data
    made = made_again(folder, manifest, _compile)
    if wanted and digest(made) != wanted:
        raise TrustError(
            Text("重新编译的结果与策略清单不符", "what the registers compile to is not what the manifest vouches for"),
            Text("重新签发策略清单", "prepare and sign a new manifest"),
            reason_code="POLICY_UNVERIFIED",
        )
    return made


@contextmanager
def open_book(opened: OpenContent, *, writer: str = "content", write: bool = True) -> Iterator[Journal]:
    """The ledger that the trust file names, refused where it is behind what was seen, or knows a newer policy."""
    from zhongbao_core.errors import StoreError
    from zhongbao_core.ledger.outside import open_ledger
    from zhongbao_core.trust import THE_LEDGER, newest_adopted, refuse_older

    if opened.trust is None or opened.manifest is None:
        raise StoreError(
            Text("没有信任文件就没有存证日志", "without a trust file there is no ledger"), reason_code="LEDGER_NOT_HERE"
        )
    journal = open_ledger(opened.trust, writer=writer, read_only=not write)
    try:
        adopted = journal.entries(kinds=("manifest.adopted", "amendment.adopted"), ref=opened.trust.workspace)
        seen = newest_adopted(((item.kind, item.ref, item.body) for item in adopted), opened.trust.workspace)
        refuse_older(opened.manifest, seen, where=THE_LEDGER)
        yield journal
    finally:
        journal.close()


@contextmanager
def open_desk(opened: OpenContent, *, write: bool = True) -> Iterator[Desk]:
    """The desk over that ledger, under the policy in force. Raises as ``open_book`` does."""
    from zhongbao_core.desk.base import SSH, Desk

    with open_book(opened, writer="desk" if write else "content", write=write) as journal:
        yield Desk(journal, opened.policy, SSH(), opened.rehearsal)


def _compile(folder: str) -> bytes:
    from pathlib import Path

    from content_audit.release.compiler import compile_content

    return compile_content(Path(folder))
