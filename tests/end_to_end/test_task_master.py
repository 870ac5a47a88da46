"""Interoperation with the real task-master command: each reads what the other wrote, and they agree.

Runs where `task-master` is on the PATH or TASKDECK_TEST_TASK_MASTER names it (npm package task-master-ai,
version 0.43 was used); skipped without it, because that package is larger than everything else together.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.command_line import CommandLine, make_project

PROGRAM = os.environ.get("TASKDECK_TEST_TASK_MASTER") or shutil.which("task-master")

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="task-master is not installed; set TASKDECK_TEST_TASK_MASTER to test beside it"
)


class TaskMaster:
    """The real command in a project folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert PROGRAM is not None
        return subprocess.run(
            [PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL, env=os.environ | {"TASKMASTER_SKIP_AUTO_UPDATE": "1", "NO_COLOR": "1"},
        )  # fmt: skip

    def json(self, *arguments: str) -> dict[str, Any]:
        done = self(*arguments)
        assert done.returncode == 0, done
        # It prints notices around its JSON.
        value: dict[str, Any] = json.JSONDecoder().raw_decode(done.stdout, done.stdout.index("{"))[0]
        return value


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(make_project(tmp_path / "project"), monkeypatch)


@pytest.fixture
def other(cli: CommandLine) -> TaskMaster:
    return TaskMaster(cli.folder)


def summary(document: dict[str, Any]) -> list[tuple[str, str, str, list[str]]]:
    """What both must agree on, in file order."""
    return [
        (str(t["id"]), t["title"], t["status"], [str(item) for item in t["dependencies"]])
        for t in document["tasks"]
    ]


def agree(cli: CommandLine, other: TaskMaster) -> None:
    """Both list the same tasks, name the same next one, and find the dependencies valid."""
    assert summary(other.json("list", "--json")) == summary(cli("list", "--json").json)
    theirs, ours = other.json("next", "-f", "json")["task"], cli("next", "--json").json["task"]
    assert (theirs and (str(theirs["id"]), theirs["title"])) == (ours and (str(ours["id"]), ours["title"]))
    checked = other("validate-dependencies")
    assert checked.returncode == 0
    assert ("All Dependencies Are Valid" in checked.stdout) == (cli("validate-dependencies").code == 0)


def test_task_master_reads_what_we_wrote(cli: CommandLine, other: TaskMaster) -> None:
    for arguments in (
        ["set-status", "2.2,3", "done"],
        ["add-task", "-t", "Überblick [red] 日本語", "-d", "Line one\nline two", "--dependencies", "1,3"],
        ["add-subtask", "4", "-t", "First part"],
        ["edit", "4", "--title", 'With "quotes" and \\', "--priority", "low"],
        ["remove-task", "5"],
        ["add-dependency", "4.1", "2.1"],
    ):
        assert cli(*arguments).code == 0
    before = cli.file.read_bytes()
    agree(cli, other)
    shown = other.json("show", "6", "--json")["task"]
    assert shown["title"] == "Überblick [red] 日本語"
    assert shown["description"] == "Line one\nline two"
    assert other.json("show", "4.1", "--json")["task"]["title"] == "First part"
    assert cli.file.read_bytes() == before


def test_task_master_reads_a_project_planned_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").mkdir()
    cli = CommandLine(tmp_path / "new", monkeypatch)
    assert cli("init").code == 0
    text = "# Lending library\n\n## Features\n\n### Accounts\n- A member must be able to register.\n"
    text += "\n### Loans\n- A member must be able to borrow a book.\n- A member must be able to return it.\n"
    (cli.folder / ".taskmaster/docs/prd.txt").write_text(text)
    for arguments in (["parse-prd"], ["analyze-complexity"], ["expand", "--all"]):
        assert cli(*arguments).code == 0
    other = TaskMaster(cli.folder)
    agree(cli, other)
    report = other("complexity-report")
    assert "Complexity" in report.stdout
    assert cli("list", "--json").json["tasks"][0]["title"] in report.stdout


def test_we_read_what_task_master_wrote(cli: CommandLine, other: TaskMaster) -> None:
    assert other("set-status", "--id=2.2,3", "--status=done").returncode == 0
    added = other("add-task", "--title", "From there", "--description", "Its words", "--dependencies", "1")
    assert added.returncode == 0
    assert other("tags", "add", "feature", "--copy-from", "master").returncode == 0
    agree(cli, other)
    assert cli("show", "6", "--json").json["task"]["title"] == "From there"
    assert [tag["name"] for tag in cli("tags", "--json").json["tags"]] == ["master", "later", "feature"]
    assert cli("list", "--tag", "feature", "--json").json["metadata"]["total"] == 6


def test_an_edit_of_what_task_master_wrote_changes_one_line_and_undoes(
    cli: CommandLine, other: TaskMaster
) -> None:
    assert other("set-status", "3", "in-progress").returncode == 0
    before = cli.text
    assert cli("set-status", "4", "review").code == 0
    lines = [
        (old, new) for old, new in zip(before.split("\n"), cli.text.split("\n"), strict=True) if old != new
    ]
    assert len(lines) == 1
    assert cli("undo").code == 0
    assert cli.text == before


def test_both_choose_tags_in_the_same_place(cli: CommandLine, other: TaskMaster) -> None:
    assert cli("tags", "use", "later").code == 0
    assert summary(other.json("list", "--json")) == summary(cli("list", "--json").json)
    assert other("tags", "use", "master").returncode == 0
    assert cli("list", "--json").json["metadata"]["tag"] == "master"
