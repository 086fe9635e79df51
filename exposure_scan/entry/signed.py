"""The word by signature: ``exposure/scope.sigs/<person>.sig`` over the statement of the scope, by every signer named."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from exposure_scan.scope.scope import Authority, Scope
from exposure_scan.scope.statement import PURPOSE, statement
from zhongbao_core.approval.keys import PublicKeyLine
from zhongbao_core.approval.sshsig import key_of, verify
from zhongbao_core.approval.subject import NAMESPACES
from zhongbao_core.canonical import digest
from zhongbao_core.errors import ZhongbaoError
from zhongbao_core.people import Directory
from zhongbao_core.safefile import read_bounded
from zhongbao_core.text import Text, plain

FOLDER = "scope.sigs"
MAX_BYTES = 64 * 1024


def by_signature(
    scope: Scope, folder: Path, directory: Directory, zone_name: str, at: datetime
) -> tuple[Authority | None, tuple[Text, ...]]:
    """The word of the signers of ``scope``, None where one is missing; and why each one that is missing does not count.

    ``folder`` is where the signatures lie. A signature over an earlier content counts for nothing.
    """
    data = statement(scope, zone_name)
    found = [(person, _problem(data, person, folder, directory, at)) for person in scope.signers]
    problems = tuple(text for _, text in found if text is not None)
    if problems or not found:
        return None, problems
    return Authority("signed", scope.span, digest=digest(data), persons=scope.signers, source=scope.source), ()


def _problem(data: bytes, person: str, folder: Path, directory: Directory, at: datetime) -> Text | None:
    """Why ``person`` has not signed ``data``; None where the signature holds."""
    shown = plain(person)
    known = directory.persons.get(person)
    if known is None or not known.active:
        return Text(f"{shown}：不在人员名单", f"{shown}: not in the directory")
    path = folder / f"{person}.sig"
    if not path.is_file():
        return Text(f"{shown}：尚未签名", f"{shown}: has not signed yet")
    try:
        armor = read_bounded(str(path), limit=MAX_BYTES, reason="SIG_MALFORMED")
        made_by = key_of(armor).blob
        for key in known.keys:
            if key.good_at(at) and PublicKeyLine.parse(key.line).blob == made_by:
                verify(armor, data, key.line, NAMESPACES[PURPOSE])
                return None
    except ZhongbaoError as error:
        return Text(f"{shown}：{error.message.zh}", f"{shown}: {error.message.en}")
    return Text(f"{shown}：不是其有效密钥所签", f"{shown}: not signed with a good key")
