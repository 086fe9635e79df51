"""``docs/approvals.md`` says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from zhongbao_core.approval import keys, permit, sshsig
from zhongbao_core.approval.ladder import REASONS
from zhongbao_core.approval.permit_file import _APPROVAL_FIELDS, _FIELDS, _OPTIONAL
from zhongbao_core.approval.statement import FORMAT as STATEMENT_FORMAT

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "approvals.md").read_text("utf-8")


def test_every_reason_of_the_ladder_and_every_refusal_of_a_signature_stands_on_the_page() -> None:
    named = set(re.findall(r"`([A-Z_]{3,})`", PAGE))
    in_code = set(
        re.findall(r"\b(SIG_[A-Z_]+|PERMIT_[A-Z_]+)\b", "".join(map(source, ("sshsig", "evidence", "permit_file"))))
    )
    assert {*REASONS, *in_code, "KEY_REFUSED"} <= named


def test_every_field_of_a_permit_stands_on_the_page() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {*_FIELDS, *_APPROVAL_FIELDS, *_OPTIONAL} <= named
    assert (permit.FORMAT in PAGE, STATEMENT_FORMAT in PAGE) == (True, True)


def test_every_key_kind_that_counts_stands_on_the_page() -> None:
    short = {
        kind.replace("nistp256", "nistp256/384/521") if kind == "ecdsa-sha2-nistp256" else kind for kind in keys.KINDS
    }
    missing = {kind for kind in short if f"`{kind}`" not in PAGE}
    assert missing == {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"}
    assert all(name in PAGE for name in sshsig.RSA_ALGORITHMS[:1])


def source(name: str) -> str:
    return (ROOT / "zhongbao_core" / "approval" / f"{name}.py").read_text("utf-8")
