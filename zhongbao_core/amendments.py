"""Amendments (``amendments/<nnnn>.json``): signed changes to the manifest in force, for when a freeze must be
extended or lifted before a new manifest can be made.

``extend`` only makes a freeze longer or stricter and needs ``tighten`` persons of the root quorum; ``lift`` loosens
and needs ``threshold``. They are numbered from 1 for each manifest, name its digest and the amendment before, so that
none can be dropped from the middle, moved, or carried to another manifest. That the last one was dropped is seen by a
door that remembers (``state``) or asks the ledger; others are bounded by the manifest's valid-until.

A new manifest either folds the amendments into the policy or carries them on by digest: carried ones keep their
numbers and files, and the new manifest's own signatures vouch for them.

Public API::

    build_amendment(manifest, *, kind, reason, at, phase="", window="", ends=None, deny=None) -> bytes
    verify_amendments(workspace, base, root, *, at) -> tuple[Amendment, ...]
    amended_end(current, amendment) -> datetime | None       (what an amendment makes of an end; refuses a disguise)
    parse_amendment(data, name) -> dict

``zhongbao_core.amend_build`` stages and signs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import TrustError, ZhongbaoError
from zhongbao_core.quorum import Signers, signers
from zhongbao_core.safefile import names_in, read_inside, refuse
from zhongbao_core.text import Text
from zhongbao_core.trustfile import RootKeys, exactly

if TYPE_CHECKING:
    from typing import NamedTuple

    from zhongbao_core.manifest import VerifiedManifest
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-amendment/1"
NAMESPACE = "amendment@zhongbao"
FOLDER = "amendments"
MAX_BYTES = 256 * 1024
MAX_AMENDMENTS = 200
SKEW = timedelta(seconds=120)
_REQUIRED = frozenset({"format", "number", "base", "previous", "kind", "reason", "issued_at", "event"})
_OPTIONAL = frozenset({"phase", "window", "ends", "deny"})

Kind = Literal["extend", "lift"]


class Base(NamedTuple):
    """The manifest that amendments stand on, as far as they need to know it."""

    digest: str
    event: str
    issued_at: datetime
    carried: tuple[str, ...]
    """Digests of amendments to the manifest before that it carries on."""
    signers: tuple[str, ...]


class Amendment(NamedTuple):
    """One signed amendment. ``signers`` are the distinct persons of the root quorum found to have signed it."""

    number: int
    kind: Kind
    body: dict[str, Any]
    signers: tuple[str, ...]
    digest: str

    @property
    def ends(self) -> datetime | None:
        """The end it sets; None is an open end (or, for a new window, that it sets none)."""
        text = self.body.get("ends")
        return parse_instant(text) if text else None

    @property
    def issued_at(self) -> datetime:
        """When it was made."""
        return parse_instant(self.body["issued_at"])


def build_amendment(
    manifest: VerifiedManifest,
    *,
    kind: Kind,
    reason: str,
    at: datetime,
    phase: str = "",
    window: str = "",
    ends: datetime | None = None,
    deny: Mapping[str, Any] | None = None,
) -> bytes:
    """The bytes of the next amendment to ``manifest``, to be signed. Raises TrustError AMENDMENT_INVALID.

    Exactly one of ``phase``, ``window`` (with ``ends``; None opens the end) and ``deny`` (a whole deny window in its
    compiled form, extend only).
    """
    last = manifest.amendments[-1] if manifest.amendments else None
    body: dict[str, Any] = {
        "format": FORMAT,
        "number": last.number + 1 if last else 1,
        "base": manifest.digest,
        "previous": last.digest if last else "",
        "kind": kind,
        "reason": reason,
        "issued_at": iso(at),
        "event": manifest.event,
    }
    if deny is not None:
        body["deny"] = dict(deny)
    if phase or window:
        body |= {"ends": iso(ends) if ends else None, **({"phase": phase} if phase else {"window": window})}
    data = canonical(body)
    parse_amendment(data, name_of(body["number"]))
    return data


def name_of(number: int) -> str:
    """File name of amendment ``number``: ``amendments/0001.json``."""
    return f"{FOLDER}/{number:04d}.json"


def parse_amendment(data: bytes, name: str) -> dict[str, Any]:
    """The body in ``data``, its shape checked (signatures and chain are not). Raises TrustError AMENDMENT_INVALID."""
    try:
        body = exactly(strict_json(data, what=name, limit=MAX_BYTES), _REQUIRED, _OPTIONAL)
        _shape(body)
        if canonical(body) != data:
            raise ValueError("not in canonical form")
    except ZhongbaoError as error:
        raise _bad(name, error.message) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(name, Text(str(error), str(error))) from error
    return body


def verify_amendments(workspace: str, base: Base, root: RootKeys, *, at: datetime) -> tuple[Amendment, ...]:
    """All amendments in ``workspace`` to the manifest ``base``, in order, chained and signed; carried ones first.

    Every ``nnnn.json`` in the folder must be good: one that is not refuses them all, since nobody can tell what it
    would have said. Raises TrustError AMENDMENT_INVALID.
    """
    names = names_in(f"{workspace}/{FOLDER}", limit=4 * MAX_AMENDMENTS, reason="AMENDMENT_INVALID")
    wanted = [name for name in names if len(name) == 9 and name.endswith(".json") and name[:4].isdecimal()]
    found: list[Amendment] = []
    for number, name in enumerate(wanted, start=1):
        item = _one(workspace, name, root, base, number)
        _chained(item, number, name, found[-1].digest if found else "", base)
        if number > len(base.carried):
            _timely(item, name, found[-1].issued_at if len(found) > len(base.carried) else base.issued_at, at)
        found.append(item)
    if len(found) < len(base.carried):
        raise _bad(
            name_of(len(found) + 1), Text("策略清单沿用的修订缺失", "the manifest carries it on, but it is gone")
        )
    return tuple(found)


def amended_end(current: datetime | None, amendment: Amendment) -> datetime | None:
    """The end that ``amendment`` gives to a phase or window ending at ``current`` (None: open).

    An extend that would end it earlier is a lift in disguise: TrustError AMENDMENT_INVALID. A lift never makes it later.
    """
    new = amendment.ends
    name = name_of(amendment.number)
    if amendment.kind == "extend":
        if new is not None and (current is None or new < current):
            raise _bad(name, Text("延长却提前了结束时间，应为解封", "an extend that ends earlier is a lift"))
        return new
    if new is None or (current is not None and new > current):
        raise _bad(name, Text("解封却推迟了结束时间，应为延长", "a lift that ends later is an extend"))
    return new


def needed(kind: str, root: RootKeys) -> int:
    """How many distinct persons must sign an amendment of ``kind``."""
    return root.tighten if kind == "extend" else root.threshold


def signed_by(workspace: str, data: bytes, sigs: str, root: RootKeys, *, enough: int = 0) -> Signers:
    """Persons of ``root`` that signed ``data``; see ``quorum.signers``."""
    return signers(data, workspace, sigs, root, NAMESPACE, enough=enough)


def _one(workspace: str, name: str, root: RootKeys, base: Base, number: int) -> Amendment:
    data = read_inside(workspace, f"{FOLDER}/{name}", limit=MAX_BYTES, reason="AMENDMENT_INVALID")
    body, stamp = parse_amendment(data, f"{FOLDER}/{name}"), digest(data)
    if number <= len(base.carried):
        if stamp != base.carried[number - 1]:
            raise _bad(f"{FOLDER}/{name}", Text("不是策略清单沿用的那一份", "not the one that the manifest carries on"))
        return Amendment(body["number"], body["kind"], body, base.signers, stamp)
    need = needed(body["kind"], root)
    signed = signed_by(workspace, data, f"{FOLDER}/{name[:4]}.sigs", root, enough=need)
    if len(signed.persons) < need:
        raise _bad(f"{FOLDER}/{name}", signed.words(need))
    return Amendment(body["number"], body["kind"], body, signed.persons, stamp)


def _chained(item: Amendment, number: int, name: str, previous: str, base: Base) -> None:
    if item.number != number or name != f"{number:04d}.json":
        raise _bad(
            f"{FOLDER}/{name}", Text(f"应为第 {number} 号，修订不能缺号", f"number {number} is missing before it")
        )
    if item.body["previous"] != previous:
        raise _bad(f"{FOLDER}/{name}", Text("与前一号不衔接", "it does not follow the amendment before it"))
    if number > len(base.carried) and item.body["base"] != base.digest:
        raise _bad(f"{FOLDER}/{name}", Text("属于另一份策略清单", "it belongs to another manifest"))
    if item.body["event"] != base.event:
        raise _bad(f"{FOLDER}/{name}", Text("属于另一个保障期", "it belongs to another event"))


def _timely(item: Amendment, name: str, earliest: datetime, at: datetime) -> None:
    if not earliest <= item.issued_at <= at + SKEW:
        raise _bad(
            f"{FOLDER}/{name}", Text("签发时间早于上一份或晚于现在", "issued before what it follows, or after now")
        )


def _shape(body: dict[str, Any]) -> None:
    if body["format"] != FORMAT or body["kind"] not in ("extend", "lift"):
        raise ValueError(f"format {FORMAT}, kind extend or lift")
    if (
        isinstance(body["number"], bool)
        or not isinstance(body["number"], int)
        or not 1 <= body["number"] <= MAX_AMENDMENTS
    ):
        raise ValueError(f"number: 1 to {MAX_AMENDMENTS}")
    if not all(isinstance(body[name], str) for name in ("base", "previous", "reason", "issued_at", "event")):
        raise ValueError("base, previous, reason, issued_at and event are text")
    if not body["reason"].strip():
        raise ValueError("it needs a reason")
    parse_instant(body["issued_at"])
    _aim(body)


def _aim(body: dict[str, Any]) -> None:
    aims = [name for name in ("phase", "window", "deny") if name in body]
    if len(aims) != 1:
        raise ValueError("exactly one of phase, window, deny")
    if aims == ["deny"]:
        _new_window(body)
        return
    ends = body.get("ends", 0)
    if not isinstance(body[aims[0]], str) or not body[aims[0]] or not (ends is None or isinstance(ends, str)):
        raise ValueError(f"{aims[0]} is an id, ends an instant or null")
    if ends is not None:
        parse_instant(ends)
    elif body["kind"] == "lift":
        raise ValueError("a lift names the instant it ends at")


def _new_window(body: dict[str, Any]) -> None:
    window = body["deny"]
    if body["kind"] != "extend" or "ends" in body:
        raise ValueError("a new deny window is an extend and carries its own end")
    if not isinstance(window, dict) or window.get("effect") != "deny" or not isinstance(window.get("id"), str):
        raise ValueError("deny is a whole window with effect deny")


def _bad(name: str, cause: Text) -> TrustError:
    return refuse(
        "AMENDMENT_INVALID",
        Text(f"修订 {name} 不可信：{cause.zh}", f"amendment {name}: {cause.en}"),
        Text("见 docs/trust.md「修订」", "see docs/trust.md, amendments"),
        amendment=name,
    )
