"""One file for machines without a network: built here, then installed and run with the network cut."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.xdist_group("bundle")  # one bundle for all of them
CUT = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


def network_can_be_cut() -> bool:
    return shutil.which("unshare") is not None and subprocess.run([*CUT, "true"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, str(ROOT / "tools" / "bundle.py"), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return Path(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def installed(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not network_can_be_cut():
        pytest.skip("this machine lets nobody make a network namespace, so the network cannot be cut")
    target = tmp_path_factory.mktemp("installed")
    command = [*CUT, "sh", str(bundle), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr[-3000:]
    return target


def test_the_bundle_installs_and_runs_the_demo_with_the_network_cut(installed: Path, tmp_path: Path) -> None:
    env = {"PATH": f"{installed}/venv/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    command = [*CUT, "sh", str(installed / "bundle" / "demo")]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "放行" in done.stdout and "拦截" in done.stdout


def test_the_installed_packs_are_inside(installed: Path) -> None:
    code = "from importlib.resources import files; print(files('policies').joinpath('freeze/baseline/pack.yaml').is_file())"
    done = subprocess.run([f"{installed}/venv/bin/python", "-I", "-c", code], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_every_file_of_the_bundle_has_its_checksum_and_the_sbom_names_every_wheel(installed: Path) -> None:
    folder = installed / "bundle"
    sums = (row.split("  ", 1) for row in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
    rows = {name: digest for digest, name in sums}
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert rows == {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in files.items() if n != "SHA256SUMS"}
    parts = {
        part["name"].lower().replace("_", "-") for part in json.loads(files["sbom.cdx.json"].read_bytes())["components"]
    }
    wheels = {path.name.split("-")[0].lower().replace("_", "-") for path in (folder / "wheels").iterdir()}
    assert wheels - {"zhongbao"} == parts


def test_a_changed_byte_is_noticed_before_anything_is_installed(bundle: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sh"
    data = bytearray(bundle.read_bytes())
    data[-100] ^= 1
    broken.write_bytes(data)
    done = subprocess.run(["sh", str(broken), str(tmp_path / "out")], capture_output=True, text=True)
    assert (done.returncode, (tmp_path / "out").exists()) == (1, False)


def test_the_archive_holds_no_name_that_leads_outside(bundle: Path, tmp_path: Path) -> None:
    payload = tmp_path / "payload.tgz"
    payload.write_bytes(bundle.read_bytes().split(b"__ARCHIVE_BELOW__\n")[-1])
    with tarfile.open(payload) as tar:
        bad = [
            item.name for item in tar if item.name.startswith("/") or ".." in item.name.split("/") or not item.isfile()
        ]
    assert bad == []
