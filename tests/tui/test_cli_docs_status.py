"""docs status and docs verify on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.documents import TASKS, make_documented, tasks
from tests.fakes.git_remotes import git

TASK = ".taskmaster/docs/task-2/task.md"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(make_documented(tmp_path / "p"), monkeypatch)


def edit_task(cli: CommandLine, **fields: str) -> None:
    values = tasks()
    values[1] |= fields
    (cli.folder / TASKS).write_text(json.dumps({"master": {"tasks": values}}))


def test_whole_documents_are_said_to_be_whole(cli: CommandLine) -> None:
    result = cli("docs", "status")
    assert result.code == 0
    assert "8 of 8 documents current" in result.out
    assert "docs generate" not in result.out
    assert cli("docs", "verify").code == 0
    assert cli("docs", "verify", "1,2").code == 0


def test_the_matrix_names_what_is_stale_missing_and_foreign(cli: CommandLine) -> None:
    edit_task(cli, details="Something else")
    (cli.folder / ".taskmaster/docs/task-1/prompt.md").unlink()
    stray = cli.folder / ".taskmaster/docs/task-1001/task.md"
    stray.parent.mkdir()
    stray.write_text("x")
    out = cli("docs", "status").out
    assert "3 of 8 documents current, 4 stale, 1 missing, 1 foreign" in out
    assert out.count("stale") == 5
    assert ".taskmaster/docs/task-1001/task.md" in out
    assert "2 tasks lack current documents; `taskdeck docs generate` writes them." in out
    document = cli("docs", "status", "--json").json
    assert document["totals"]["stale"] == 4
    assert document["complete"] is False
    assert [task["id"] for task in document["tasks"]] == ["1", "2"]
    assert document["tasks"][0]["documents"][1] | {"why": ""} == {
        "file": "prompt.md",
        "path": ".taskmaster/docs/task-1/prompt.md",
        "state": "missing",
        "why": "",
    }
    assert document["foreign"][0]["state"] == "foreign"


def test_a_changed_status_makes_nothing_stale(cli: CommandLine) -> None:
    assert cli("set-status", "2", "done").code == 0
    assert "8 of 8" in cli("docs", "status").out


def test_one_task_can_be_asked_for(cli: CommandLine) -> None:
    edit_task(cli, details="Something else")
    assert "4 of 4 documents current" in cli("docs", "status", "1", "--here").out
    assert cli("docs", "verify", "1").code == 0
    assert cli("docs", "verify", "2").code == 1


def test_verify_says_what_is_wrong_and_never_shows_a_secret(cli: CommandLine) -> None:
    token = "ghp_" + "Ab1" * 12
    file = cli.folder / TASK
    file.write_text(file.read_text() + f"\n{token}\n\x1b[31mred\nRun `npm test`.\n")
    (cli.folder / ".taskmaster/docs/task-1/prompt.md").unlink()
    result = cli("docs", "verify")
    assert result.code == 1
    assert "holds a secret" in result.out
    assert "U+001B" in result.out
    assert ".taskmaster/docs/task-1/prompt.md is missing." in result.out
    assert "▲" in result.out
    assert "7 of 8 documents are there, 1 is missing; 2 findings in those that are there." in result.out
    assert token not in result.out + result.err
    assert "\x1b" not in result.out
    document = cli("docs", "verify", "--json")
    assert document.code == 1
    assert document.json["valid"] is False
    assert {finding["kind"] for finding in document.json["findings"]} == {"secret", "control", "missing"}
    assert [warning["kind"] for warning in document.json["warnings"]] == ["wrong-stack"]
    assert token not in document.out


def test_a_task_without_any_document_is_one_line(cli: CommandLine) -> None:
    for path in (cli.folder / ".taskmaster/docs/task-2").iterdir():
        path.unlink()
    out = cli("docs", "verify").out
    assert "Task 2 has no documents." in out
    assert "In the work tree: 4 of 8 documents are there, 4 are missing.\n" in out
    assert "task-2/" not in out


def test_wrong_ids_are_told(cli: CommandLine) -> None:
    assert cli("docs", "status", "9").code == 1
    result = cli("docs", "verify", "2.1")
    assert result.code == 2
    assert "Name 2 instead." in result.err
    assert cli("docs", "nonsense").code == 2


def test_the_setting_of_files_counts_and_a_hostile_one_is_refused(cli: CommandLine) -> None:
    settings = cli.folder / ".taskmaster/taskdeck.toml"
    settings.write_text('[documents]\nfiles = ["task.md", "notes.md"]\n')
    assert "2 of 4 documents current, 2 missing" in cli("docs", "status").out
    settings.write_text('[documents]\nfiles = ["../../secret"]\n')
    result = cli("docs", "status")
    assert result.code == 2
    assert "is no file name" in result.err


def test_verify_says_that_it_looks_at_the_work_tree(cli: CommandLine) -> None:
    assert "in the work tree" in cli("docs", "verify").out
    (cli.folder / TASK).unlink()
    assert "In the work tree: 7 of 8 documents are there, 1 is missing." in cli("docs", "verify").out


def test_nothing_is_written(cli: CommandLine) -> None:
    before = {path: path.read_bytes() for path in cli.folder.rglob("*") if path.is_file()}
    cli("docs", "status")
    cli("docs", "verify")
    assert {path: path.read_bytes() for path in cli.folder.rglob("*") if path.is_file()} == before


def test_where_a_document_is_fits_a_narrow_terminal(cli: CommandLine) -> None:
    git("init", "-q", "-b", "feature/x", cwd=cli.folder)
    git("add", TASKS, cwd=cli.folder)
    git("-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-qm", "a plan", cwd=cli.folder)
    edit_task(cli, details="Something else")
    git("-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-qam", "more", cwd=cli.folder)
    assert cli("docs", "generate", "2").code == 0
    cli.monkeypatch.setenv("COLUMNS", "80")
    lines = cli("docs", "status").out.splitlines()
    branch = next(line for line in lines if "in branch taskdeck/docs-" in line)
    assert sum("taskdeck/docs-" in line for line in lines) == 1
    row = next(line for line in lines if line.startswith("2 "))
    assert row.endswith(f" {branch.rpartition('-')[2]}")
    assert all(len(line) <= 80 for line in lines)
