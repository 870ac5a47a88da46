"""The command line in a project of a test's choosing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.fakes.command_line import NOWHERE, CommandLine, command


class Lines:
    """Calls make a command line in a folder; `process` starts a command that goes on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, folder: Path) -> CommandLine:
        return CommandLine(folder, self._monkeypatch)

    def process(self, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command(), *arguments], cwd=folder, env=os.environ | NOWHERE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


@pytest.fixture
def cli_in(monkeypatch: pytest.MonkeyPatch) -> Lines:
    return Lines(monkeypatch)
