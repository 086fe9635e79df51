"""The permit (放行单): written by the desk that keeps the ledger, believed by a door after its evidence was verified.

The parts: ``permit_file`` (format, building, strict reading) and ``evidence`` (proofs and signatures).
"""

from __future__ import annotations

from zhongbao_core.approval.evidence import Evidence, ProvenEntry, verify_evidence
from zhongbao_core.approval.permit_file import (
    FORMAT,
    Permit,
    PermitApproval,
    PermitError,
    Proof,
    build_permit,
    bundle,
    parse,
    parse_text,
)

__all__ = [
    "FORMAT",
    "Evidence",
    "Permit",
    "PermitApproval",
    "PermitError",
    "Proof",
    "ProvenEntry",
    "build_permit",
    "bundle",
    "parse",
    "parse_text",
    "verify_evidence",
]
