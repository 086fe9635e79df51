"""The policy manifest (策略清单): which bytes are the policy, from when, until when, signed by the root quorum.

``manifest.json`` is canonical JSON without a newline at its end; each signature is an SSHSIG over the file's bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhongbao_core.amendments import Amendment, Base, verify_amendments
from zhongbao_core.canonical import canonical, digest, strict_json
from zhongbao_core.clock import iso, parse_instant
from zhongbao_core.errors import TrustError, ZhongbaoError
from zhongbao_core.quorum import signers
from zhongbao_core.rootchain import current_root
from zhongbao_core.safefile import read_inside, refuse
from zhongbao_core.text import NOTHING, Text
from zhongbao_core.trustfile import ID_CHARACTERS, RootKeys, Trust, an_id, exactly

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

FORMAT = "zhongbao-manifest/1"
NAMESPACE = "manifest@zhongbao"
FILE = "manifest.json"
SIGNATURES = "manifest.sigs"
MAX_BYTES = 4 * 1024 * 1024
MAX_FILES = 10_000
SKEW = timedelta(seconds=120)
"""How far a door's clock may lag behind before it refuses; validity is never stretched by it."""
_MEMBERS = frozenset(
    {
        "format",
        "workspace",
        "version",
        "issued_at",
        "valid_until",
        "previous",
        "event",
        "files",
        "compiled",
        "root_version",
    }
)


class VerifiedManifest(NamedTuple):
    """A manifest whose signatures, validity and amendments were checked at one instant against one trust file."""

    version: int
    digest: str
    issued_at: datetime
    valid_until: datetime
    event: str
    body: dict[str, Any]
    amendments: tuple[Amendment, ...]
    signers: tuple[str, ...]
    root: RootKeys

    @property
    def label(self) -> str:
        """``<version>:<digest>``, as decisions and permits name it."""
        return f"{self.version}:{self.digest}"

    @property
    def compiled_digest(self) -> str:
        """Digest of the compiled policy it vouches for."""
        return str(self.body["compiled"]["digest"])

    def part(self, name: str) -> str:
        """Digest of another compiled file that it vouches for (``content``); empty where it names none."""
        return str(self.body.get("parts", {}).get(name, {}).get("digest", ""))

    @property
    def files(self) -> dict[str, str]:
        """Digest of every policy, people and calendar file, by its path in the workspace."""
        return dict(self.body["files"])


def verify_manifest(workspace: str, trust: Trust, at: datetime) -> VerifiedManifest:
    """The manifest in force in ``workspace`` at ``at``, by ``trust`` (see ``trust.verify_manifest``)."""
    data = read_inside(workspace, FILE, limit=MAX_BYTES, reason="POLICY_UNVERIFIED", missing="MANIFEST_UNSIGNED")
    return verify_bytes(workspace, data, SIGNATURES, trust, at)


def verify_bytes(workspace: str, data: bytes, sigs: str, trust: Trust, at: datetime) -> VerifiedManifest:
    """The manifest in ``data`` with its signatures in ``workspace/sigs``: quorum first, then time, then amendments."""
    body = parse_manifest(data)
    if body["workspace"] != trust.workspace:
        raise _bad(
            "POLICY_UNVERIFIED",
            Text(
                f"策略清单属于工作区 {body['workspace']}，信任文件属于 {trust.workspace}",
                f"the manifest is of workspace {body['workspace']}, the trust file of {trust.workspace}",
            ),
        )
    root = current_root(workspace, trust.root, trust.workspace)
    persons = _quorum(workspace, data, sigs, root)
    issued, until = _timely(body, at)
    _not_below(body, root, trust)
    stamp = digest(data)
    base = Base(stamp, body["event"], issued, carried(body), persons)
    amendments = verify_amendments(workspace, base, root, at=at)
    return VerifiedManifest(body["version"], stamp, issued, until, body["event"], body, amendments, persons, root)


def parse_manifest(data: bytes) -> dict[str, Any]:
    """The manifest in ``data``, its shape checked, its signatures not. Raises TrustError POLICY_UNVERIFIED."""
    try:
        body = exactly(strict_json(data, what=FILE, limit=MAX_BYTES), _MEMBERS, frozenset({"amendments", "parts"}))
        _shape(body)
        canonical_form = canonical(body) == data
    except ZhongbaoError as error:
        raise _bad("POLICY_UNVERIFIED", error.message) from error
    except (KeyError, TypeError, ValueError) as error:
        cause = Text(f"策略清单有误：{error}", f"the manifest is malformed: {error}")
        raise _bad("POLICY_UNVERIFIED", cause) from error
    if not canonical_form:
        raise _bad(
            "POLICY_UNVERIFIED",
            Text("策略清单被改动或重新保存过", "the manifest was edited or saved again (it is not canonical)"),
        )
    return body


def carried(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Digests of the amendments to the manifest before that stay in force under this one, in order."""
    return tuple(body.get("amendments", {}).get("carried", ()))


def answered(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Digests of every amendment to the manifest before that this one speaks of: carried on, or folded into the policy."""
    spoken = body.get("amendments", {})
    return (*spoken.get("carried", ()), *spoken.get("folded", ()))


def _quorum(workspace: str, data: bytes, sigs: str, root: RootKeys) -> tuple[str, ...]:
    found = signers(data, workspace, sigs, root, NAMESPACE, enough=root.threshold)
    if len(found.persons) < root.threshold:
        words = found.words(root.threshold)
        raise _bad(
            "MANIFEST_UNSIGNED",
            Text(f"策略清单签名不足：{words.zh}", f"the manifest is not signed by the root quorum: {words.en}"),
            Text("根密钥持有人执行 zhongbao trust sign", "root key holders run: zhongbao trust sign"),
        )
    return found.persons


def _timely(body: dict[str, Any], at: datetime) -> tuple[datetime, datetime]:
    issued, until = parse_instant(body["issued_at"]), parse_instant(body["valid_until"])
    if at < issued - SKEW:
        raise _bad(
            "MANIFEST_NOT_YET",
            Text(f"策略清单 {iso(issued)} 才签发", f"the manifest is issued only at {iso(issued)}"),
            Text("核对本机时钟", "check this machine's clock"),
        )
    if at >= until:
        raise _bad(
            "MANIFEST_EXPIRED",
            Text(f"策略清单已于 {iso(until)} 失效", f"the manifest expired at {iso(until)}"),
            Text(
                "执行 zhongbao trust renew 并由根密钥持有人签名",
                "run: zhongbao trust renew, then have the root quorum sign",
            ),
        )
    return issued, until


def _not_below(body: dict[str, Any], root: RootKeys, trust: Trust) -> None:
    if body["version"] < trust.min_manifest:
        raise _bad(
            "MANIFEST_ROLLED_BACK",
            Text(
                f"策略清单版本 {body['version']} 低于信任文件要求的 {trust.min_manifest}",
                f"manifest version {body['version']} is below {trust.min_manifest}, the lowest the trust file accepts",
            ),
            Text("更新工作区到最新版本", "update the workspace to the newest manifest"),
        )
    if body["root_version"] > root.version:
        raise _bad(
            "ROOT_INVALID",
            Text(
                f"策略清单要求根密钥第 {body['root_version']} 版，只找到第 {root.version} 版",
                f"the manifest names root {body['root_version']}, but the chain ends at {root.version}",
            ),
        )


def _shape(body: dict[str, Any]) -> None:
    if body["format"] != FORMAT:
        raise ValueError(f"format {str(body['format'])[:60]!r}, this program reads {FORMAT}")
    an_id(body["workspace"])
    for name in ("version", "root_version"):
        if isinstance(body[name], bool) or not isinstance(body[name], int) or body[name] < 1:
            raise ValueError(f"{name} is a whole number from 1 up")
    for name in ("issued_at", "valid_until", "previous", "event"):
        if not isinstance(body[name], str):
            raise ValueError(f"{name} is text")
    if parse_instant(body["issued_at"]) >= parse_instant(body["valid_until"]):
        raise ValueError("it ends before it begins")
    _digests(body)


def a_path(name: str) -> bool:
    """Whether ``name`` may stand for a policy file: ASCII letters, digits, ``._-`` and ``/``, never leading out."""
    parts = name.split("/")
    plain = all(part.strip(".") and set(part) <= ID_CHARACTERS for part in parts)
    return plain and len(name) <= 1000 and len(parts) <= 16


def _digests(body: dict[str, Any]) -> None:
    compiled = exactly(body["compiled"], frozenset({"format", "engine", "digest"}))
    spoken = exactly(body.get("amendments", {}), frozenset(), frozenset({"carried", "folded"}))
    parts = [exactly(part, frozenset({"format", "engine", "digest"})) for part in body.get("parts", {}).values()]
    files = body["files"]
    if not isinstance(files, dict) or not 1 <= len(files) <= MAX_FILES:
        raise ValueError(f"files: 1 to {MAX_FILES} entries")
    for name in files:
        if not a_path(name):
            raise ValueError(f"not a path inside the workspace: {name[:80]!r}")
    named = [part["digest"] for part in (compiled, *parts)]
    for value in (*named, *files.values(), *(item for some in spoken.values() for item in some)):
        if not isinstance(value, str) or len(value) != 71 or not value.startswith("sha256:"):
            raise ValueError("a digest is sha256: and 64 hexadecimal digits")


def _bad(reason: str, message: Text, hint: Text = NOTHING) -> TrustError:
    return refuse(reason, message, hint if hint != NOTHING else Text("见 docs/trust.md", "see docs/trust.md"))
