"""Fixtures every test shares: a home of its own, no colours or keys from outside, the corpus."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.loopback import only_loopback

OUTSIDE = (
    *("TASKDECK_", "TEXTUAL_", "ANTHROPIC_", "GIT_"),
    *("GH_", "GITHUB_", "GITLAB_", "GITEA_", "FORGEJO_"),
)
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the settings, state or keys of who runs it, nor fits into their terminal."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(OUTSIDE) or name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home


@pytest.fixture(autouse=True)
def collectable() -> Iterator[None]:
    """What an app kept for good (`core.lasting`) is garbage like any other when its test is over."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def loopback_only(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No test reaches another machine; the addresses that were asked for are in the list."""
    return only_loopback(monkeypatch)


@pytest.fixture
def corpus() -> Path:
    """The folder of real task files from the field; a test that needs it is skipped without it."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real task files is not beside this checkout")
    return CORPUS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which agent the tests of runs really ran."""
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed")
    reports += terminalreporter.getreports("failed")
    told = [pair for report in reports for pair in _told(report)]
    for said in sorted({str(value) for name, value in told if name == "agent"}):
        terminalreporter.write_line(f"agent of the end-to-end run: {said}")


def _told(report: pytest.TestReport) -> list[tuple[str, object]]:
    return report.user_properties if report.when == "call" else []
