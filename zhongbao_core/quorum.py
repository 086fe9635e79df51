"""Who of the root quorum signed these bytes: distinct persons are counted, not keys and not files.

A signature file is looked for under the id of each root key, so files under other names cost nothing and mean nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhongbao_core.errors import TrustError
from zhongbao_core.safefile import read_inside
from zhongbao_core.text import Text
from zhongbao_core.trustfile import RootKeys

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

MAX_SIGNATURE = 16 * 1024


class Signers(NamedTuple):
    """Distinct persons whose signatures are good, and why the other signatures that were found are not."""

    persons: tuple[str, ...]
    refused: tuple[tuple[str, Text], ...]

    def words(self, needed: int) -> Text:
        """How far the quorum is from ``needed``, with the causes."""
        causes = [f"{key}: {why.en}" for key, why in self.refused]
        zh_causes = [f"{key}：{why.zh}" for key, why in self.refused]
        zh, en = "；".join(zh_causes), "; ".join(causes)
        return Text(
            f"需 {needed} 人签名，有效 {len(self.persons)} 人" + (f"（{zh}）" if zh else ""),
            f"{needed} persons must sign, {len(self.persons)} did" + (f" ({en})" if en else ""),
        )


def signers(data: bytes, folder: str, sigs: str, root: RootKeys, namespace: str, *, enough: int = 0) -> Signers:
    """Persons of ``root`` with a good signature over ``data`` in ``folder/sigs/<key id>.sig``.

    Stops once ``enough`` persons are found (0: looks at all). Never raises for a bad signature: it does not count.
    """
    persons: list[str] = []
    refused: list[tuple[str, Text]] = []
    for key in root.keys:
        if key.person in persons:
            continue
        why = _why_not(data, folder, f"{sigs}/{key.id}.sig", key.line, namespace)
        if why is None:
            persons.append(key.person)
        elif why != _ABSENT:
            refused.append((key.id, why))
        if enough and len(persons) >= enough:
            break
    return Signers(tuple(persons), tuple(refused))


_ABSENT = Text("未签", "no signature")


def _why_not(data: bytes, folder: str, name: str, line: str, namespace: str) -> Text | None:
    """None where the signature is good; the cause otherwise."""
    from zhongbao_core.approval.keys import KeyRefusedError
    from zhongbao_core.approval.sshsig import SignatureError, verify

    try:
        armor = read_inside(folder, name, limit=MAX_SIGNATURE, reason="SIG_UNREADABLE", missing="SIG_ABSENT")
        verify(armor, data, line, namespace)
    except TrustError as error:
        return _ABSENT if error.reason_code == "SIG_ABSENT" else error.message
    except (SignatureError, KeyRefusedError) as error:
        return error.message
    return None
