"""Ledgers on disk for the tests: real files, a real key, instants that are written down."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zhongbao_core.keyfile import generate_key
from zhongbao_core.ledger.checkpoint import Signer, load_signer
from zhongbao_core.ledger.journal import Journal

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ORIGIN = "zhongbao.example/games"


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def origin() -> str:
    return ORIGIN


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    path = tmp_path_factory.mktemp("key") / "ledger.key"
    generate_key(path, ORIGIN)
    return load_signer(path, ORIGIN)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where the machine has one: for tests that make thousands of files and lose none."""
    shared = Path("/dev/shm")  # noqa: S108 a private folder is made inside
    if not os.access(shared, os.W_OK):
        yield tmp_path_factory.mktemp("files")
        return
    with tempfile.TemporaryDirectory(prefix="zhongbao-test-", dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def journal(path: Path) -> Journal:
    return Journal.create(path, origin=ORIGIN, writer="test", at=AT)


@pytest.fixture
def filled(path: Path) -> Callable[[int], Journal]:
    """A ledger with that many entries, of every shape the product writes."""

    def fill(size: int) -> Journal:
        journal = Journal.create(path, origin=ORIGIN, writer="test", at=AT)
        with journal.transaction(AT + timedelta(minutes=1)) as tx:
            for number in range(1, size):
                tx.append("decision", f"door-{number % 3}", {"n": number, "why": "封网"})
        return journal

    return fill
