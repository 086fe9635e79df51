"""The trust file: what a door believes before it reads a workspace. Kept outside the workspace, always.

Format ``zhongbao-trust/1`` (``docs/trust.md``): the workspace's id, the root quorum, the ledger's keys, the lowest
manifest version to accept and a folder where the door remembers what it has seen. Pure but for ``read_trust``.
"""

from __future__ import annotations

import os
from binascii import a2b_base64
from typing import TYPE_CHECKING, Any

from zhongbao_core.canonical import strict_json
from zhongbao_core.errors import InputError, TrustError
from zhongbao_core.safefile import read_bounded, refuse, within
from zhongbao_core.text import Text

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-trust/1"
MAX_BYTES = 256 * 1024
MAX_KEYS = 64
ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
"""Ids of keys, persons and workspaces become file names: 1 to 64 of these, the first a letter or digit."""


class RootKey(NamedTuple):
    """A key of the root quorum and the person who holds it."""

    id: str
    person: str
    line: str


class RootKeys(NamedTuple):
    """The root quorum: ``threshold`` distinct persons sign what loosens, ``tighten`` what only tightens."""

    version: int
    threshold: int
    tighten: int
    keys: tuple[RootKey, ...]

    def key(self, key_id: str) -> RootKey | None:
        """The key named ``key_id``."""
        return next((key for key in self.keys if key.id == key_id), None)


class LedgerKey(NamedTuple):
    """A public key that signs checkpoints."""

    id: str
    line: str


class LedgerTrust(NamedTuple):
    """The ledger a door believes: its origin and keys; where the store runs also its path and private key file.

    Places stand as text, because pathlib costs a gate 5 ms; ``path`` and ``key_file`` give them as paths.
    """

    origin: str
    keys: tuple[LedgerKey, ...]
    place: str | None
    key_place: str | None

    @property
    def path(self) -> Path | None:
        """The ledger's file."""
        return _path(self.place)

    @property
    def key_file(self) -> Path | None:
        """The file of its private key."""
        return _path(self.key_place)

    @property
    def lines(self) -> tuple[str, ...]:
        """The public key lines alone."""
        return tuple(key.line for key in self.keys)


class Trust(NamedTuple):
    """A trust file as read. ``rehearsal`` allows ``--at`` where decisions are made (example workspaces only)."""

    workspace: str
    root: RootKeys
    ledger: LedgerTrust
    min_manifest: int
    state_folder: str | None
    rehearsal: bool
    file: str

    @property
    def state(self) -> Path | None:
        """Folder where the door remembers what it has seen."""
        return _path(self.state_folder)

    @property
    def path(self) -> Path:
        """The trust file itself."""
        from pathlib import Path

        return Path(self.file)


def read_trust(path: Path | str) -> Trust:
    """The trust file at ``path``. Raises TrustError TRUST_MISSING or TRUST_INVALID with the cause."""
    where = os.path.abspath(path)  # noqa: PTH100
    data = read_bounded(where, limit=MAX_BYTES, reason="TRUST_INVALID", missing="TRUST_MISSING")
    if os.name == "posix" and os.stat(where).st_mode & 0o002:  # noqa: PTH116
        raise _bad(
            Text(f"{where} 任何人可写", f"{where} is writable by everybody"),
            Text(f"chmod 644 {where}", f"chmod 644 {where}"),
        )
    return trust_from_bytes(data, where)


def trust_from_bytes(data: bytes, place: Path | str) -> Trust:
    """The trust file in ``data``; relative places are taken from the folder of ``place``. Raises TrustError."""
    path = os.fspath(place)
    try:
        value = strict_json(data, what=path, limit=MAX_BYTES)
        return _trust(value, path)
    except InputError as error:
        raise _bad(error.message) from error
    except (KeyError, TypeError, ValueError) as error:
        cause = f"{type(error).__name__} {error}"
        raise _bad(
            Text(f"信任文件 {path} 缺项或有误：{cause}", f"trust file {path} is not complete: {cause}")
        ) from error


def outside(trust: Trust, workspace: str) -> Trust:
    """``trust``, provided that neither it nor its state lies in ``workspace``: an asker may write there."""
    for place in (trust.file, trust.state_folder):
        if place is not None and (within(place, workspace) or within(os.path.dirname(place) or ".", workspace)):  # noqa: PTH120
            raise _bad(
                Text(f"{place} 在工作区内", f"{place} lies inside the workspace"),
                Text("信任文件和 state 放在工作区之外", "keep the trust file and its state outside the workspace"),
            )
    return trust


def root_from_json(value: dict[str, Any]) -> RootKeys:
    """The root quorum in ``value``. Raises ValueError, KeyError or TypeError where it cannot be one.

    A quorum nobody can reach, a key under two ids, and a threshold not above ``tighten`` are refused: loosening
    needs more persons than tightening.
    """
    keys = tuple(_root_key(item) for item in _some(value["keys"], "root keys"))
    root = RootKeys(_whole(value["version"]), _whole(value["threshold"]), _whole(value["tighten"]), keys)
    _unique([key.id for key in keys], "root key id")
    _unique([blob(key.line) for key in keys], "root key")
    persons = len({key.person for key in keys})
    if not 1 <= root.tighten < root.threshold <= persons:
        raise ValueError(
            f"need 1 <= tighten < threshold <= persons, got {root.tighten}, {root.threshold}, {persons} distinct persons"
        )
    return root


def root_to_json(root: RootKeys) -> dict[str, Any]:
    """``root`` as it stands in trust files and rotations."""
    return {
        "keys": [{"id": key.id, "line": key.line, "person": key.person} for key in root.keys],
        "threshold": root.threshold,
        "tighten": root.tighten,
        "version": root.version,
    }


def blob(line: str) -> bytes:
    """The key itself out of a public key line: what tells two keys apart, whatever their comments."""
    kind, encoded, *_ = [*line.split(), "", ""]
    data = a2b_base64(encoded, strict_mode=True)
    if not kind or data[4 : 4 + len(kind)] != kind.encode() or data[:4] != len(kind).to_bytes(4, "big"):
        raise ValueError(f"not a public key line: {line[:60]!r}")
    return data


def an_id(value: object) -> str:
    """``value`` where it is an id (ID_CHARACTERS); ValueError otherwise."""
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or value[0] in "._-" or not set(value) <= ID_CHARACTERS:
        raise ValueError(f"not an id: {str(value)[:80]!r}")
    return value


def exactly(value: object, required: frozenset[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """``value`` where it is an object with the ``required`` members and no unknown ones; ValueError otherwise."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    odd = sorted((required - value.keys()) | (value.keys() - required - optional))
    if odd:
        raise ValueError(f"missing or unknown: {', '.join(odd)}"[:200])
    return value


def _trust(value: object, path: str) -> Trust:
    body = exactly(value, frozenset({"format", "workspace", "root"}), _OPTIONAL)
    if body["format"] != FORMAT:
        raise ValueError(f"format {str(body['format'])[:60]!r}, this program reads {FORMAT}")
    base = os.path.dirname(path)  # noqa: PTH120
    rehearsal = body.get("rehearsal", False)
    if not isinstance(rehearsal, bool):
        raise ValueError("rehearsal is true or false")
    return Trust(
        workspace=an_id(body["workspace"]),
        root=root_from_json(exactly(body["root"], frozenset({"version", "threshold", "tighten", "keys"}))),
        ledger=_ledger(body.get("ledger"), base),
        min_manifest=_whole(body.get("min_manifest", 1)),
        state_folder=_place(body.get("state"), base),
        rehearsal=rehearsal,
        file=path,
    )


_OPTIONAL = frozenset({"ledger", "min_manifest", "state", "rehearsal", "note"})


def _ledger(value: object, base: str) -> LedgerTrust:
    if value is None:
        return LedgerTrust("", (), None, None)
    body = exactly(value, frozenset({"origin", "keys"}), frozenset({"path", "key_file"}))
    origin = body["origin"]
    plain = isinstance(origin, str) and 1 <= len(origin) <= 200 and origin.isascii() and origin.isprintable()
    if not plain or " " in origin or "+" in origin:
        raise ValueError("ledger origin is one word without blanks or '+'")
    keys = tuple(LedgerKey(an_id(item["id"]), _line(item["line"])) for item in _some(body["keys"], "ledger keys"))
    _unique([key.id for key in keys], "ledger key id")
    return LedgerTrust(origin, keys, _place(body.get("path"), base), _place(body.get("key_file"), base))


def _root_key(item: object) -> RootKey:
    body = exactly(item, frozenset({"id", "person", "line"}))
    return RootKey(an_id(body["id"]), an_id(body["person"]), _line(body["line"]))


def _line(value: object) -> str:
    if not isinstance(value, str) or len(value) > 4096 or "\n" in value:
        raise ValueError("a public key is one line of text")
    blob(value)
    return value


def _place(value: object, base: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("a place is a path")
    return os.path.normpath(os.path.join(base, value))  # noqa: PTH118


def _path(place: str | None) -> Path | None:
    from pathlib import Path

    return None if place is None else Path(place)


def _some(value: object, what: str) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_KEYS:
        raise ValueError(f"{what}: a list of 1 to {MAX_KEYS}")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"a whole number from 1 up, not {str(value)[:40]!r}")
    return value


def _unique(values: list[Any], what: str) -> None:
    if len(set(values)) != len(values):
        raise ValueError(f"{what} stands twice")


def _bad(message: Text, hint: Text | None = None) -> TrustError:
    return refuse("TRUST_INVALID", message, hint or Text("见 docs/trust.md", "see docs/trust.md"))
