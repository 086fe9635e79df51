"""Write one file that installs zhongbao where there is no network: locked wheels, docs, SBOM, checksums, installer.

    python tools/bundle.py --out dist      ->  dist/zhongbao-<version>-<platform>.bundle.sh

The file is a shell script with a tar archive behind it: ``sh FILE [DIR]`` checks every checksum, makes a virtual
environment in DIR (default /opt/zhongbao) from the wheels inside, and never asks a network.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLER = ROOT / "tools" / "bundle-install.sh"
MARK = b"__ARCHIVE_BELOW__\n"


def run(*command: str) -> None:
    """Run a build step; its failure ends the build."""
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def collect(stage: Path) -> str:
    """Fill ``stage`` with wheels, docs and SBOM; return the version."""
    wheels = stage / "wheels"
    lock = ROOT / "requirements" / "runtime.txt"
    pip = (sys.executable, "-m", "pip")
    run(*pip, "download", "--quiet", "--only-binary", ":all:", "--require-hashes", "-r", str(lock), "-d", str(wheels))
    with tempfile.TemporaryDirectory() as clean:
        source = Path(clean) / "source"
        shutil.copytree(
            ROOT, source, ignore=shutil.ignore_patterns(".git", ".venv", "build", "dist", "*.egg-info", "demo*")
        )
        run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(source))
    shutil.copytree(ROOT / "docs", stage / "docs")
    for name in ("README.md", "README.zh-CN.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, stage / name)
    shutil.copy(lock, stage / "requirements.txt")
    shutil.copy(ROOT / "zhongbao_core" / "ledger" / "verifier.py", stage / "verifier.py")
    shutil.copy(ROOT / "tools" / "demo", stage / "demo")
    sbom = ("requirements", str(lock), "--output-reproducible", "--of", "JSON", "-o", str(stage / "sbom.cdx.json"))
    run(sys.executable, "-m", "cyclonedx_py", *sbom)
    return next(wheels.glob("zhongbao-*.whl")).name.split("-")[1]


def checksums(stage: Path) -> None:
    """Write SHA256SUMS over every file of the stage."""
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    rows = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(stage).as_posix()}" for path in files]
    (stage / "SHA256SUMS").write_text("\n".join(rows) + "\n", "utf-8")


def archive(stage: Path) -> bytes:
    """The stage as a gzip tar without times, owners or order of the machine it was made on."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(path for path in stage.rglob("*") if path.is_file()):
            info = tarfile.TarInfo(path.relative_to(stage).as_posix())
            info.size, info.mode = path.stat().st_size, 0o755 if path.name == "demo" else 0o644
            with path.open("rb") as file:
                tar.addfile(info, file)
    return buffer.getvalue()


def build(out: Path) -> Path:
    """Build the bundle into ``out`` and return its path."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        version = collect(stage)
        checksums(stage)
        payload = archive(stage)
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}-{sysconfig.get_platform()}"
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"zhongbao-{version}-{tag}.bundle.sh"
    header = INSTALLER.read_bytes().replace(b"@DIGEST@", hashlib.sha256(payload).hexdigest().encode())
    header = header.replace(b"@PYTHON@", f"{sys.version_info.major}.{sys.version_info.minor}".encode())
    target.write_bytes(header + MARK + payload)
    target.chmod(0o755)
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("dist"))
    print(build(parser.parse_args().out))
