"""Where the findings store lies: beside the trust file, outside every workspace; never on a network file system."""

from __future__ import annotations

from pathlib import Path

from zhongbao_core.clikit import Settings
from zhongbao_core.errors import StoreError
from zhongbao_core.text import Text

NAME = "findings.db"


def store_path(settings: Settings, chosen: Path | None = None) -> Path:
    """``chosen`` (``--store``), else ``findings.db`` beside the ledger, else beside the trust file.

    Raises TrustError where none is chosen and no trust file is found.
    """
    if chosen is not None:
        return chosen
    from zhongbao_core.trust import load_trust

    trust = load_trust(settings.trust, settings.workspace)
    return (trust.ledger.path or trust.path).parent / NAME


def require_local(path: Path) -> None:
    """Raise StoreError STORE_ON_NETWORK where SQLite's WAL would not be safe at ``path``."""
    from zhongbao_core.ledger.place import file_system_of, is_network

    kind = file_system_of(path.resolve())
    if is_network(kind):
        raise StoreError(
            Text(f"问题库不能放在网络文件系统（{kind}）上", f"the store cannot live on a network file system ({kind})"),
            Text("换到本地磁盘", "choose a local disk"),
            reason_code="STORE_ON_NETWORK",
        )
