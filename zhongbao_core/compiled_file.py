"""Compiled policy files: where one may lie, whether it is the one the manifest names, and the YAML to make it again.

A file is named by its kind and its digest and believed for its digest alone. Stands on a gate's path, so the slow way
is imported only when taken.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

from zhongbao_core.canonical import digest
from zhongbao_core.errors import TrustError
from zhongbao_core.manifest import VerifiedManifest
from zhongbao_core.safefile import read_bounded

VARIABLE = "ZHONGBAO_COMPILED"
MAX_COMPILED = 256 * 1024 * 1024


def found(folder: str, wanted: str, kind: str = "policy") -> bytes | None:
    """The compiled file of ``kind`` with the digest ``wanted``; None where it lies nowhere."""
    for path in candidates(folder, wanted, kind) if wanted else ():
        try:
            data = read_bounded(path, limit=MAX_COMPILED, reason="POLICY_UNVERIFIED")
        except TrustError:
            continue
        if digest(data) == wanted:
            return data
    return None


def candidates(folder: str, compiled_digest: str, kind: str = "policy") -> Iterator[str]:
    """Where a compiled file may lie, in order: $ZHONGBAO_COMPILED, the user's cache, the workspace."""
    name = file_name(compiled_digest, kind)
    chosen = os.environ.get(VARIABLE, "")
    if chosen:
        yield chosen
        yield os.path.join(chosen, name)  # noqa: PTH118 pathlib costs a gate 5 ms
    yield os.path.join(cache_folder(), name)  # noqa: PTH118
    yield os.path.join(folder, "compiled", name)  # noqa: PTH118


def file_name(compiled_digest: str, kind: str = "policy") -> str:
    """``policy-<first 16 hexadecimal digits>.jsonl``; the compiled files of other kinds end in ``.bin``."""
    suffix = "jsonl" if kind == "policy" else "bin"
    return f"{kind}-{compiled_digest.removeprefix('sha256:')[:16]}.{suffix}"


def cache_folder() -> str:
    """The running user's own cache folder; nobody else's files are read from it."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    return os.path.join(base, "zhongbao")  # noqa: PTH118


def made_again(folder: str, manifest: VerifiedManifest, make: Callable[[str], bytes]) -> bytes:
    """What ``make`` compiles from the files that the manifest vouches for: copied out first, nothing else is read."""
    from tempfile import TemporaryDirectory

    from zhongbao_core.trust import check_files

    files = check_files(folder, manifest, list(manifest.files))
    with TemporaryDirectory(prefix="zhongbao-") as place:
        for name, data in files.items():
            _write(place, name, data)
        made = make(place)
    print(
        "提示 / note: 没有可用的编译文件，已在内存中重新编译 / compiled policy missing or stale, compiled in memory "
        "(zhongbao compile)",
        file=sys.stderr,
    )
    return made


def _write(place: str, name: str, data: bytes) -> None:
    path = os.path.join(place, *name.split("/"))  # noqa: PTH118
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    with open(path, "xb") as file:  # noqa: PTH123
        file.write(data)
