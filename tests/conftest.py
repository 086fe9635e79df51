"""What every test shares: deterministic surroundings, and a limit on how many tests may skip in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("ZHONGBAO_SOAK"))
settings.register_profile(
    "house",
    deadline=None,  # a busy machine is no fault of the code
    derandomize=not SOAK,  # the suite asks the same questions every time; the soak asks new ones
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

MAX_SKIPS = Path(__file__).with_name("max-skips.txt")


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No variable of the person who runs the tests reaches a test; caches go to a place of their own."""
    for name in list(os.environ):
        if name.startswith("ZHONGBAO_") and name != "ZHONGBAO_SOAK":
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files; read the difference in review")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI more skips than the committed number is a failure: a test that stopped running must be noticed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):
        return
    skipped = len(reporter.stats.get("skipped", []))
    allowed = int(MAX_SKIPS.read_text("utf-8").split()[0])
    if skipped > allowed and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{skipped} tests skipped, {allowed} allowed by {MAX_SKIPS.name}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
