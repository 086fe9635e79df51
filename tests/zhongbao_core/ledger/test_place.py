"""Where a ledger may live."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from zhongbao_core.errors import StoreError
from zhongbao_core.ledger import place
from zhongbao_core.ledger.journal import Journal

MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
tmpfs /run/ram tmpfs rw 0 0
filer:/vol1 /mnt/nfs nfs4 rw 0 0
//win/share /mnt/with\\040blank cifs rw 0 0
sshfs#host: /home/u/remote fuse.sshfs rw 0 0
overlay /mnt/nfs/local overlay rw 0 0
/dev/sdb /media/ntfs fuseblk rw 0 0
none /mnt/c 9p rw 0 0
first /twice nfs rw 0 0
second /twice ext4 rw 0 0
short
"""


@pytest.mark.parametrize(
    ("path", "kind", "refused"),
    [
        pytest.param("/var/lib/zhongbao/ledger.db", "ext4", False, id="local disk"),
        pytest.param("/run/ram/ledger.db", "tmpfs", False, id="memory"),
        pytest.param("/mnt/nfs/ledger.db", "nfs4", True, id="nfs"),
        pytest.param("/mnt/nfsx/ledger.db", "ext4", False, id="a name that only begins like the mount point"),
        pytest.param("/mnt/nfs/local/ledger.db", "overlay", False, id="the longest mount point counts"),
        pytest.param("/mnt/with blank/ledger.db", "cifs", True, id="a blank in the mount point"),
        pytest.param("/home/u/remote/a/ledger.db", "fuse.sshfs", True, id="sshfs"),
        pytest.param("/media/ntfs/ledger.db", "fuseblk", False, id="a local disk through fuse"),
        pytest.param("/mnt/c/ledger.db", "9p", True, id="9p"),
        pytest.param("/twice/ledger.db", "ext4", False, id="the later of two mounts hides the earlier"),
    ],
)
def test_the_mount_table_tells_which_file_system_it_is(path: str, kind: str, refused: bool) -> None:
    assert place.kind_in(MOUNTS, path) == kind
    assert place.is_network(kind) is refused


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.s3fs", "ceph", "virtiofs"])
def test_a_ledger_on_a_network_file_system_is_refused(
    kind: str, tmp_path: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "file_system_of", lambda path: kind)
    with pytest.raises(StoreError) as error:
        Journal.create(tmp_path / "l.db", origin="zhongbao.example/x", writer="x", at=at)
    assert error.value.reason_code == "LEDGER_ON_NETWORK"
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_moved_to_a_network_file_system_is_refused(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.close()
    monkeypatch.setattr(place, "file_system_of", lambda path: "nfs")
    with pytest.raises(StoreError) as error:
        Journal.open(journal.path, writer="x")
    assert error.value.reason_code == "LEDGER_ON_NETWORK"


def test_this_machine_tells_the_file_system_of_a_real_path(tmp_path: Path) -> None:
    assert place.file_system_of(tmp_path) not in ("", "unknown")


@pytest.mark.parametrize("bare", [False, True], ids=["work tree", "bare repository"])
def test_a_ledger_inside_git_is_refused(tmp_path: Path, at: datetime, bare: bool) -> None:
    tree = tmp_path / "tree"
    subprocess.run(["git", "init", "-q", *(["--bare"] if bare else []), str(tree)], check=True)
    deep = tree / "a" / "b"
    deep.mkdir(parents=True)
    with pytest.raises(StoreError) as error:
        Journal.create(deep / "l.db", origin="zhongbao.example/x", writer="x", at=at)
    assert error.value.reason_code == "LEDGER_IN_GIT"
    assert str(tree) in error.value.message.en
    assert list(deep.iterdir()) == []


def test_a_link_into_git_is_seen_through(tmp_path: Path, at: datetime) -> None:
    (tmp_path / "tree" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "tree")
    with pytest.raises(StoreError) as error:
        Journal.create(tmp_path / "link" / "l.db", origin="zhongbao.example/x", writer="x", at=at)
    assert error.value.reason_code == "LEDGER_IN_GIT"


def test_a_git_worktree_with_a_git_file_counts_too(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    assert place.git_tree_of(tmp_path / "a" / "l.db") == tmp_path
