"""Renew the hash-pinned locks: what runs (``requirements/runtime.txt``) and what builds and tests it (``dev.txt``)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-header",
    "--no-annotate",
]


def lock(name: str, *extra: str) -> None:
    """Write ``requirements/<name>.txt`` from setup.cfg."""
    target = ROOT / "requirements" / f"{name}.txt"
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *extra, "--output-file", str(target), "setup.cfg"]
    subprocess.run(command, cwd=ROOT, check=True)
    text = target.read_text("utf-8")
    note = "# Written by `make lock`; installed with --require-hashes.\n"
    target.write_text(note + "\n".join(line for line in text.splitlines() if not line.startswith("#")) + "\n", "utf-8")


if __name__ == "__main__":
    lock("runtime")
    lock("dev", "--extra", "dev")
