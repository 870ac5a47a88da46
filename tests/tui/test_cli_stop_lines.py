"""Read-only projects and stages that are not allowed, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import PROJECT_FILE
from tests.fakes.command_line import CommandLine
from tests.fakes.git_remotes import Clone, clone_with_project, serve, tasks_text

WRITING = """\
set-status 1 review
add-task --title New
add-subtask 1 --title New
edit 1 --title New
remove-task 5 -y
clear-subtasks 2
move 1 7
undo
redo
add-dependency 5 1
tags add other
tags use later
tags rename later sooner
analyze-complexity
expand 4
parse-prd --force prd.md
parse-prd --append prd.md
draft-prd idea --force
update-task 1 --prompt words
init elsewhere
incident -m words
config set motion reduced --in-project
config unset motion --in-project
docs generate
submit 4 --agent claude
"""

READING = """\
list
next
show 1
graph
tags
complexity-report
validate-dependencies
analyze-complexity --dry-run
expand 4 --dry-run
lint-prd prd.md
undo --list
runs
docs status
incident --list
config show
config get publish.read_only
doctor
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_in_a_read_only_project_everything_that_writes_refuses_and_reading_goes_on(cli: CommandLine) -> None:
    (cli.folder / "prd.md").write_text("# Hall\n\n## Features\n\n- The system must store tasks.\n")
    assert cli("config", "set", "publish.read_only", "true", "--in-project").code == 0
    before = contents(cli.folder)
    for line in WRITING.splitlines():
        result = cli(*line.split())
        assert (result.code, line) == (3, line), result.err + result.out
        assert ".taskmaster/taskdeck.toml, line 2 makes this project read-only." in result.err, line
        assert "`taskdeck config unset publish.read_only --in-project` ends that." in result.err, line
        assert contents(cli.folder) == before, line
    for line in READING.splitlines():
        result = cli(*line.split())
        assert (result.code in (0, 1), line) == (True, line), result.err
        assert contents(cli.folder) == before, line
    assert cli("config", "set", "theme", "taskdeck-light").code == 0
    assert cli("config", "unset", "publish.read_only", "--in-project").code == 0
    assert not (cli.folder / PROJECT_FILE).exists()
    assert cli("set-status", "1", "review").code == 0


def test_a_read_only_project_is_neither_published_nor_moved_on(tmp_path: Path, cli: CommandLine) -> None:
    with serve("file", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        here = CommandLine(clone.project, cli.monkeypatch)
        assert here("config", "set", "publish.read_only", "true").code == 0
        head = clone.git("rev-parse", "HEAD")
        clone.tasks.write_text(tasks_text("Mine"))
        for line, code in (("publish", 3), ("publish --check", 1)):
            result = here(*line.split())
            assert (result.code, "makes this project read-only" in result.err) == (code, True), line
        _ahead_there(clone, tmp_path / "other")
        assert here("pull", "--dry-run").code == 0
        result = here("pull")
        assert (result.code, "makes this project read-only" in result.err) == (3, True), result.err
        assert clone.git("rev-parse", "HEAD") == head


def _ahead_there(clone: Clone, folder: Path) -> None:
    clone.git("checkout", "-q", "--", ".")
    clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(folder))
    (folder / "theirs.txt").write_text("theirs\n")
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(folder), "add", ".")
    clone.git("-C", str(folder), *author, "commit", "-qm", "theirs")
    clone.git("-C", str(folder), "push", "-q")


@pytest.mark.parametrize("said", ["pr", "pull-request", "push, nope"])
def test_a_stage_there_is_not_is_refused_with_the_list_of_those_there_are(
    cli: CommandLine, said: str
) -> None:
    result = cli("config", "set", "publish.forbid", said, "--in-project")
    assert result.code == 2
    assert f'publish.forbid cannot hold "{said.removeprefix("push, ")}"' in result.err
    assert "publish, prepare, agent, gate, commit, apply, push, pull_request" in result.err
    assert not (cli.folder / PROJECT_FILE).exists()


@pytest.mark.parametrize("text", ['forbid = ["pr"]', "read_only = tru", 'read_only = "maybe"'])
def test_a_stop_line_that_cannot_be_read_holds_back_what_would_publish_or_run(
    tmp_path: Path, cli: CommandLine, text: str
) -> None:
    with serve("file", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        here = CommandLine(clone.project, cli.monkeypatch)
        (clone.project / PROJECT_FILE).write_text(f"[publish]\n{text}\n")
        for line in ("publish", "publish --check", "docs generate", "submit 1 --agent claude"):
            result = here(*line.split())
            assert (result.code, line) == (3, line), result.err
            assert "taskdeck.toml" in result.err
        doctor = here("doctor")
        assert doctor.code == 1
        assert "Until it is mended nothing is planned, run or published here." in doctor.out
        assert here("list").code == 0


def test_true_and_false_are_what_a_switch_takes(cli: CommandLine) -> None:
    result = cli("config", "set", "publish.read_only", "maybe")
    assert result.code == 2
    assert 'publish.read_only cannot be "maybe"; allowed: true or false.' in result.err


def test_one_setting_is_shown_with_where_it_is_set(cli: CommandLine) -> None:
    assert cli("config", "set", "publish.forbid", "push,pull_request", "--in-project").code == 0
    shown = cli("config", "show", "publish.forbid")
    assert shown.code == 0
    assert "push, pull_request" in shown.out
    assert ".taskmaster/taskdeck.toml, line 2" in shown.out
    assert "publish.read_only" not in shown.out
    found = cli("config", "show", "publish.read_only", "--json").json
    assert (found["key"], found["value"], found["source"]) == ("publish.read_only", False, "default")
    assert cli("config", "show", "publish.nope").code == 2
    assert cli("config", "get", "publish.read_only").out == "false\n"
