"""Every command over every real task file: no traceback anywhere, and reading changes no byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import CORPUS
from tests.fakes.command_line import CommandLine

PLACES = (".taskmaster/tasks/tasks.json", "tasks/tasks.json", "docs/.taskmaster/tasks/tasks.json")
PROJECTS = sorted(path.name for path in (CORPUS / "tasks").iterdir()) if CORPUS.is_dir() else []

READING = """
list
list --json
list all --all-tags
list --compact --ready
list --blocking --json
next
next --json
show 1
show 1,2,1.1 --json
complexity-report
complexity-report --json
graph
graph --json
graph --all --format dot
graph --format mermaid
validate-dependencies
validate-dependencies --json
fix-dependencies --dry-run
tags
tags --json --ready
doctor
undo --list
resolve --dry-run
config show
expand --all --dry-run
analyze-complexity --dry-run
"""

EDITING = """
set-status 1 review
set-status 1.1 done --cascade
edit 1 --title New
add-task -t Another --dependencies 1
add-subtask 1 -t More
add-dependency 1.1 1.2
remove-dependency 2 1
move 1 999
move 2 --last
clear-subtasks 1
remove-task 2
tags add extra
tags copy master twin
fix-dependencies
"""


@pytest.fixture(
    params=PROJECTS or [pytest.param("", marks=pytest.mark.skip(reason="no corpus beside this checkout"))]
)
def real(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in a copy of one project from the field."""
    source = CORPUS / "tasks" / request.param
    shutil.copytree(source, tmp_path / "project")
    place = next(place for place in PLACES if (source / place).is_file())
    folder = tmp_path / "project"
    return CommandLine(folder / "docs" if place.startswith("docs/") else folder, monkeypatch)


def contents(cli: CommandLine) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in cli.folder.rglob("*") if path.is_file()}


def test_reading_real_files(real: CommandLine) -> None:
    before = contents(real)
    for arguments in map(str.split, READING.strip().splitlines()):
        result = real(*arguments)
        assert result.code in (0, 1, 3), (arguments, result.err)
        assert "fault of Taskdeck" not in result.err, arguments
        assert len(result.err.splitlines()) <= 3
        assert not {"\x1b", "\x9b", "\x7f"} & set(result.out), arguments
        if "--json" in arguments and result.out:
            json.loads(result.out)
        assert result.out or result.code
    assert contents(real) == before


@pytest.mark.parametrize("line", EDITING.strip().splitlines())
def test_editing_real_files_and_undoing_it(real: CommandLine, line: str) -> None:
    before = contents(real)
    result = real(*line.split())
    assert result.code in (0, 1, 3), result.err
    assert "fault of Taskdeck" not in result.err
    if result.code:
        assert contents(real) == before
        return
    assert real("list", "--json", "--all-tags").code == 0
    while real("undo").code == 0:
        pass
    assert contents(real) == before
