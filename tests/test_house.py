"""The house stays in order: what must import where, and what a person's machine need not have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
POSIX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "curses", "readline")
PORTABLE = ("freeze", "zhongbao_core/approval")


def modules(folder: str) -> list[str]:
    names = (path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / folder).rglob("*.py")))
    return [".".join(name.parts).removesuffix(".__init__") for name in names]


@pytest.mark.parametrize("folder", PORTABLE)
def test_it_imports_on_a_system_without_the_posix_modules(folder: str) -> None:
    wanted = [
        *modules(folder),
        "zhongbao_core.ledger.verifier",
        "zhongbao.__main__",
        "zhongbao.cli",
        "zhongbao.boundary",
    ]
    code = (
        "import sys, importlib\n"
        f"for name in {POSIX_ONLY!r}: sys.modules[name] = None\n"
        f"for name in {wanted!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_decision_record_is_numbered_once_and_in_order() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_format_of_the_content_audit_names_one_thing() -> None:
    import re

    sources = [path.read_text("utf-8") for path in (ROOT / "content_audit").rglob("*.py")]
    names = [
        name for text in sources for name in re.findall(r'^[A-Z_]+ = "(zhongbao-[a-z-]+/\d+)"', text, re.MULTILINE)
    ]
    assert len(names) > 5 and sorted(names) == sorted(set(names))


def test_every_page_the_docs_point_to_exists() -> None:
    import re

    missing = []
    for page in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        text = page.read_text("utf-8")
        links = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
        named = [ROOT / name for name in re.findall(r"`(docs/[\w./-]+\.(?:md|json))`", text)]
        missing += [
            f"{page.name}: {path}" for path in [*(page.parent / link for link in links), *named] if not path.exists()
        ]
    assert missing == []


def test_the_permissive_runtime_holds_no_gpl() -> None:
    from importlib.metadata import distribution

    lock = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")
    names = [line.split("==")[0] for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    bad = []
    for name in names:
        meta = distribution(name).metadata.json
        stated = [meta.get("license_expression", ""), str(meta.get("license", ""))[:200], *meta.get("classifier", [])]
        words = " ".join(str(item) for item in stated)
        if "GPL" in words or "General Public License" in words:
            bad.append(name)
    assert names and bad == []
