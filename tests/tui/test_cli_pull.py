"""The command pull where something stays out: what it names, the way on, its exit codes, its JSON."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.command_line import CommandLine, Result
from tests.fakes.git_remotes import Clone, clone_with_project, serve, tasks_text

PLAN = ("Rust service", "Database", "Container image")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.write("src/main.rs", "fn main() {}\n")
        made.write("example/.taskmaster/docs/prd.txt", "A service.\n")
        made.tasks.write_text(tasks_text(*PLAN))
        made.git("add", "-A")
        made.git("commit", "-qm", "the plan")
        made.git("push", "-q")
        yield made


@pytest.fixture
def cli(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(clone.project, monkeypatch)


def theirs(clone: Clone, tmp_path: Path, **files: str) -> None:
    """A colleague pushes these files: `path__py` stands for `path.py`, `plan` for the task file."""
    folder = tmp_path / "colleague"
    if not folder.exists():
        clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(folder))
    for name, text in files.items():
        path = clone.task_path if name == "plan" else name.replace("__", ".").replace("_in_", "/")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(folder), "add", "-A")
    clone.git("-C", str(folder), *author, "commit", "-qm", "theirs")
    clone.git("-C", str(folder), "push", "-q")


def plan(*titles: str, **status: str) -> str:
    """The task file with these titles; `t2="done"` sets the status of task 2."""
    data: dict[str, Any] = json.loads(tasks_text(*titles))
    for name, value in status.items():
        data["master"]["tasks"][int(name[1:]) - 1]["status"] = value
    return json.dumps(data, indent=2) + "\n"


def do(clone: Clone, said: str) -> None:
    """The git commands that a hint names, in the project's folder."""
    for command in said.split("`")[1::2]:
        if command.startswith("git "):
            words = shlex.split(command)
            done = subprocess.run(words, cwd=clone.project, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (command, done.stderr)


def head(clone: Clone) -> str:
    return clone.git("rev-parse", "HEAD")


def at_theirs(clone: Clone) -> bool:
    return head(clone) == clone.remote.tip(clone.branch)


# Something of one's own in the way


def test_an_untracked_file_in_the_way_is_named_with_the_way_on(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, other__txt="theirs\n")
    mine = clone.write("other.txt", "mine\n")
    before = head(clone)
    for options in ((), ("--take", "ours"), ("--dry-run",)):
        result = cli("pull", *options)
        assert result.code == 3
        assert "1 commit of origin/feature/example-app is not taken" in result.err
        assert "other.txt (not in git)" in result.err
        assert "Move other.txt elsewhere, then `taskdeck pull`." in result.err
    refused = cli("pull", "--json")
    assert refused.code == 3
    assert refused.json["did"] == "nothing"
    assert refused.json["inTheWay"] == ["other.txt"]
    assert "other.txt" in refused.json["problems"][0]["message"]
    assert (head(clone), mine.read_text()) == (before, "mine\n")
    mine.rename(tmp_path / "elsewhere.txt")
    assert cli("pull").code == 0
    assert at_theirs(clone)


def test_a_folder_of_ones_own_where_a_file_is_to_be_is_named(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, notes="theirs\n")
    mine = clone.write("notes/mine.md", "mine\n")
    result = cli("pull")
    assert result.code == 3
    assert "notes (not in git)" in result.err
    assert mine.read_text() == "mine\n"


def test_a_changed_file_in_the_way_can_be_put_aside(cli: CommandLine, clone: Clone, tmp_path: Path) -> None:
    theirs(clone, tmp_path, src_in_main__rs="fn main() { theirs(); }\n")
    clone.write("src/main.rs", "fn main() { mine(); }\n")
    result = cli("pull")
    assert result.code == 3
    assert "src/main.rs (changed)" in result.err
    assert "`git -C .. stash push -- src/main.rs`, then `taskdeck pull`" in result.err
    do(clone, result.err.partition("then `taskdeck pull`")[0])
    assert cli("pull").code == 0
    assert at_theirs(clone)
    assert clone.git("stash", "list")


def test_a_staged_deletion_in_the_way_can_be_brought_back(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, lib_in_gone__py="theirs\n")
    clone.git("rm", "-q", "lib/gone.py")
    result = cli("pull")
    assert result.code == 3
    assert "lib/gone.py (deleted)" in result.err
    do(clone, result.err)
    assert cli("pull").code == 0
    assert at_theirs(clone)


def test_tasks_are_taken_and_what_is_in_the_way_is_still_said(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, plan=plan(*PLAN, "Release"), other__txt="theirs\n")
    mine = clone.write("other.txt", "mine\n")
    result = cli("pull", "-y")
    assert result.code == 3
    assert "are merged" in result.out
    assert "other.txt (not in git)" in result.err
    assert clone.task_path not in result.err, "the task file is in nobody's way"
    mine.unlink()
    assert cli("pull").code == 0, "the task file with theirs in it does not hold the branch back"
    assert at_theirs(clone)
    assert "Release" in clone.tasks.read_text()


# Commits on both sides


def agree(*results: Result) -> None:
    for result in results:
        assert "git merge origin/feature/example-app" in result.err
        assert "git rebase origin/feature/example-app" in result.err
        assert "taskdeck pull" not in result.err


def test_when_only_commits_differ_all_commands_name_merge_and_rebase(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, plan=plan(*PLAN, t1="done"))
    clone.write("README.md", "mine\n")
    clone.git("commit", "-qam", "mine")
    assert "`taskdeck pull` shows and takes" in cli("publish").err, "their tasks are not here yet"
    first = cli("pull", "--take", "theirs")
    assert first.code == 1
    assert "1 commit here is not on origin/feature/example-app; 1 there is not here." in first.out
    assert "are merged" in first.out
    again = cli("pull")
    assert again.code == 1
    publish, check = cli("publish"), cli("publish", "--check")
    assert (publish.code, check.code) == (3, 1)
    agree(first, again, publish, check)
    assert f"Commit {clone.task_path}, then" in again.err, "git merges over no file that is not committed"
    clone.git("commit", "-qam", "the merged tasks")
    clean = cli("pull")
    assert "Commit" not in clean.err
    clone.git("merge", "-q", "--no-edit", "origin/feature/example-app")
    assert cli("pull").code == 0
    assert cli("publish", "--include-unpushed").code == 0


def test_publish_knows_that_the_fetch_is_missing(cli: CommandLine, clone: Clone, tmp_path: Path) -> None:
    theirs(clone, tmp_path, other__txt="theirs\n")
    clone.git("commit", "-q", "--allow-empty", "-m", "mine")
    result = cli("publish", "--check")
    assert "`git fetch origin`, then `git merge origin/feature/example-app`" in result.err
    do(clone, result.err.rpartition(" or ")[0])
    assert cli("pull").code == 0


# What would come


def test_every_task_that_changes_is_shown_with_its_fields(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, plan=plan(*PLAN, "Release", t2="done"))
    clone.tasks.write_text(plan(*PLAN, t3="in-progress"))
    shown = cli("pull", "--dry-run")
    assert shown.code == 0
    assert "  + 4  Release" in shown.out
    assert "  ~ 2  Database: status pending → done" in shown.out
    assert "Container image" not in shown.out, "what only we changed does not come"
    document = cli("pull", "--dry-run", "--json").json
    assert document["proposal"]["tasks"] == [
        {"tag": "master", "taskId": "4", "title": "Release", "change": "added", "fields": {}},
        {"tag": "master", "taskId": "2", "title": "Database", "change": "changed",
         "fields": {"status": {"from": "pending", "to": "done"}}},
    ]  # fmt: skip
    done = cli("pull")
    assert "  ~ 2  Database: status pending → done" in done.out
    assert at_theirs(clone)


def test_what_comes_is_shown_where_the_branch_just_moves_on(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, plan=plan("Rust service", "Database", t2="done"), other__txt="theirs\n")
    for options in (("--dry-run",), ()):
        result = cli("pull", *options)
        assert result.code == 0
        assert "  - 3  Container image" in result.out
        assert "  ~ 2  Database: status pending → done" in result.out
        assert "  ~ other.txt" in result.out


def test_a_conflict_is_shown_with_its_task_and_both_sides(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    theirs(clone, tmp_path, plan=plan(*PLAN, t2="done"))
    clone.tasks.write_text(plan(*PLAN, t2="deferred"))
    assert "  ! 2  Database: status here deferred, there done" in cli("pull", "--dry-run").out
    assert cli("pull").code == 3


# No task file here


def test_a_task_file_that_head_holds_is_brought_back_by_git(cli: CommandLine, clone: Clone) -> None:
    clone.tasks.unlink()
    said = [cli("publish"), cli("publish", "--check"), cli("pull"), cli("pull", "--dry-run")]
    for result in said:
        assert result.code == 1
        assert "but HEAD holds it" in result.err
        assert "`git -C .. restore --worktree -- example/.taskmaster/tasks/tasks.json`" in result.err
        assert "parse-prd" not in result.err
    do(clone, said[0].err)
    assert clone.tasks.read_text() == tasks_text(*PLAN)


def test_a_task_file_that_only_the_remote_holds_comes_by_pull(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    clone.git("rm", "-q", clone.task_path)
    clone.git("commit", "-qm", "no plan any more")
    clone.git("push", "-q")
    theirs(clone, tmp_path / "again-folder", plan=tasks_text("New plan"))
    for result in (cli("publish"), cli("publish", "--check")):
        assert result.code == 1
        assert "but origin/feature/example-app holds it" in result.err
        assert "`taskdeck pull` brings it" in result.err
    assert cli("pull").code == 0
    assert "New plan" in clone.tasks.read_text()


def test_a_task_file_deleted_by_a_commit_of_ones_own(cli: CommandLine, clone: Clone) -> None:
    clone.git("rm", "-q", clone.task_path)
    clone.git("commit", "-qm", "no plan any more")
    for result in (cli("publish"), cli("pull")):
        assert result.code == 1
        assert "but origin/feature/example-app holds it" in result.err
        do(clone, result.err)
        assert clone.tasks.read_text() == tasks_text(*PLAN)
        clone.tasks.unlink()


def test_a_named_task_file_that_is_nowhere_is_an_error(cli: CommandLine, clone: Clone) -> None:
    for options in ((), ("--dry-run",)):
        result = cli("pull", "-f", "nope.json", *options)
        assert result.code == 1
        assert "There is no task file" in result.err
        assert "nope.json" in result.err
