"""How a door comes to its policy: trust file, signed manifest, compiled file; nothing else is believed.

``open_policy`` is the one way in for gate, run and hooks. It reads the compiled policy whose SHA-256 stands in the
verified manifest; where that file is missing or stale it compiles the YAML again in memory, from the very bytes the
manifest vouches for: slow, never wrong. Stands on a gate's path, so the slow way is imported only when taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from freeze.in_force.compiled import CompiledPolicy
from zhongbao_core.canonical import digest
from zhongbao_core.compiled_file import found, made_again
from zhongbao_core.errors import TrustError
from zhongbao_core.text import Text
from zhongbao_core.trust import Trust, VerifiedManifest, clock_floor, load_trust, verify_manifest

if TYPE_CHECKING:
    from typing import NamedTuple

    from zhongbao_core.clikit import Settings
else:
    from zhongbao_core.record import NamedTuple


class OpenPolicy(NamedTuple):
    """The policy in force at a door and what vouches for it; ``trust`` and ``manifest`` are None in an untrusted demo."""

    policy: CompiledPolicy
    trust: Trust | None
    manifest: VerifiedManifest | None
    floor: datetime | None
    """No honest clock stands before this instant: manifest, amendments, newest checkpoint seen."""

    @property
    def rehearsal(self) -> bool:
        """Whether the trust file is one of a rehearsal (演练)."""
        return self.trust is not None and self.trust.rehearsal


def open_policy(
    settings: Settings, at: datetime, *, untrusted_demo: bool = False, trust: Trust | None = None
) -> OpenPolicy:
    """The verified policy of ``settings.workspace`` at ``at``; ``trust`` where the caller has loaded it already.

    Raises TrustError with the reason codes of ``zhongbao_core.trust``. ``untrusted_demo`` verifies nothing and says
    so in what it returns.
    """
    folder = settings.folder
    if untrusted_demo:
        return OpenPolicy(CompiledPolicy.from_bytes(_compile(folder)), None, None, None)
    trust = trust or load_trust(settings.trust_file, folder)
    manifest = verify_manifest(folder, trust, at)
    return from_manifest(folder, trust, manifest)


def from_manifest(folder: str, trust: Trust, manifest: VerifiedManifest) -> OpenPolicy:
    """The policy that ``manifest`` vouches for, its amendments applied."""
    data = compiled_bytes(folder, manifest)
    policy = CompiledPolicy.from_bytes(data, manifest=manifest.label, amendments=manifest.amendments)
    return OpenPolicy(policy, trust, manifest, clock_floor(trust, manifest))


def compiled_bytes(folder: str, manifest: VerifiedManifest) -> bytes:
    """The compiled policy with the digest that ``manifest`` names: found on disk, or made again."""
    data = found(folder, manifest.compiled_digest)
    if data is not None:
        return data
    made = made_again(folder, manifest, _compile)
    _same_engine(made, manifest)
    return made


def _same_engine(made: bytes, manifest: VerifiedManifest) -> None:
    """The same engine on the same bytes gives the same file; another result means other rule packs than signed."""
    from json import loads

    header = loads(made.partition(b"\n")[0])[1]
    if header["engine"] == manifest.body["compiled"]["engine"] and digest(made) != manifest.compiled_digest:
        raise TrustError(
            Text("重新编译的结果与策略清单不符", "what the policy compiles to is not what the manifest vouches for"),
            Text(
                "本机安装的规则包与签名时不同：安装同一版本，或重新签发策略清单",
                "the rule packs here differ from those signed: install that version, or sign a new manifest",
            ),
            reason_code="POLICY_UNVERIFIED",
        )


def _compile(folder: str) -> bytes:
    from pathlib import Path

    from freeze.authoring.compiler import compile_workspace

    return compile_workspace(Path(folder))
