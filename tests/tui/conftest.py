"""Fixtures of the user interface's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine, make_project


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in a folder with the sample project."""
    return CommandLine(make_project(tmp_path / "sample"), monkeypatch)


@pytest.fixture
def bare_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in an empty folder."""
    (tmp_path / "empty").mkdir()
    return CommandLine(tmp_path / "empty", monkeypatch)
