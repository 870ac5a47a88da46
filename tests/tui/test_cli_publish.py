"""The commands publish and pull on real remotes: what they print, their exit codes, their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.git_remotes import DECLINE, PASSWORD, Clone, clone_with_project, serve, tasks_text


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("http", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("Rust service", "Database"))
        yield made


@pytest.fixture
def cli(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(clone.project, monkeypatch)


def test_publish_says_each_step_and_check_proves_it(cli: CommandLine, clone: Clone) -> None:
    unproven = cli("publish", "--check")
    assert unproven.code == 1
    assert "not committed" in unproven.out
    done = cli("publish")
    assert done.code == 0
    digest = clone.git("hash-object", clone.task_path)
    assert f"origin/{clone.branch} holds git blob {digest[:7]}" in done.out
    proven = cli("publish", "--check")
    assert proven.code == 0
    assert proven.out.splitlines()[-1].startswith("proven")
    assert clone.task_path in proven.out
    assert "file here" not in proven.out, "what is the same everywhere takes one line"
    assert PASSWORD not in proven.out + done.out + proven.err + done.err


def test_json_of_check(cli: CommandLine, clone: Clone) -> None:
    result = cli("publish", "--check", "--json")
    assert result.code == 1
    found = result.json
    assert found["state"] == "changed"
    assert found["branch"] == clone.branch
    assert found["commit"] == clone.git("rev-parse", "HEAD")
    assert found["remote"] == f"origin/{clone.branch}"
    assert found["localHash"] == clone.git("hash-object", clone.task_path)
    assert found["remoteHash"] == clone.remote.hash(clone.branch, clone.task_path)
    assert [entry["path"] for entry in found["paths"]] == [clone.task_path]
    assert found["paths"][0]["places"]["remote"]["firstTitle"] == "Set up Express"
    assert found["paths"][0]["places"]["remote"]["word"] == "stale"
    assert "Not proven" in result.err
    assert PASSWORD not in result.out


def test_json_of_publish_has_the_steps(cli: CommandLine, clone: Clone) -> None:
    found = cli("publish", "--json", "-m", "the plan").json
    assert found["state"] == "proven"
    assert [step["name"] for step in found["steps"]] == ["look", "commit", "push", "prove"]
    assert clone.git("log", "-1", "--format=%s", found["made"]) == "the plan"


def test_refusal_shows_what_the_hook_said_and_a_way_out(cli: CommandLine, clone: Clone) -> None:
    clone.remote.hook("pre-receive", DECLINE)
    result = cli("publish")
    assert result.code == 3
    assert "ask for a review" in result.err
    assert "pull request" in result.err
    assert "✓ Commit" in result.out
    assert cli("publish", "--check").code == 1


def test_the_plain_sentence_comes_before_the_servers_words(cli: CommandLine, clone: Clone) -> None:
    clone.remote.hook("pre-receive", "#!/bin/sh\necho first word >&2\necho second word >&2\nexit 1\n")
    lines = cli("publish").err.splitlines()
    assert lines[0].startswith("taskdeck: The remote refused the push to origin/")
    assert lines[1:3] == ["    first word", "    second word"]
    assert lines[-1].startswith("  The commit stays here")
    assert not any("error: failed to push" in line for line in lines)


def test_check_of_many_files_tells_details_of_those_that_differ(cli: CommandLine, clone: Clone) -> None:
    for number in range(24):
        clone.write(f"example/docs/{number}.md", f"{number}\n")
    assert cli("publish", "--path", "docs").code == 0
    clone.write("example/docs/7.md", "changed\n")
    result = cli("publish", "--check", "--path", "docs")
    lines = result.out.splitlines()
    assert sum("example/docs/" in line for line in lines) == 24
    assert len(lines) < 24 + 10
    assert lines[-1].startswith("changed")
    assert len(cli("publish", "--check", "--path", "docs", "--json").json["paths"]) == 24


def test_check_tells_a_missing_branch_from_a_missing_remote(cli: CommandLine, clone: Clone) -> None:
    clone.git("branch", "--unset-upstream")
    assert "→ no branch on a remote yet" in cli("publish", "--check").out
    clone.git("remote", "remove", "origin")
    assert "→ no remote:" in cli("publish", "--check").out


def test_a_file_removed_from_the_index_is_not_called_deleted(cli: CommandLine, clone: Clone) -> None:
    clone.git("rm", "-q", "--cached", "README.md")
    clone.write("README.md", "my edit\n")
    result = cli("publish")
    assert result.code == 0
    assert "Deleted here" not in result.err
    assert "`git -C .. restore --staged -- README.md`" in result.err
    assert (clone.top / "README.md").read_text() == "my edit\n"


def test_pull_without_an_upstream_names_the_branch_on_the_server(cli: CommandLine, clone: Clone) -> None:
    clone.git("branch", "--unset-upstream")
    result = cli("pull")
    assert result.code == 3
    assert "taskdeck pull --remote origin" in result.err
    assert cli("config", "set", "publish.protected", "main").code == 0
    clone.git("switch", "-q", "-c", "main")
    assert "taskdeck publish" not in cli("pull").err


def test_doctor_breaks_no_line_in_a_pipe(cli: CommandLine, clone: Clone) -> None:
    found = {check["name"]: check for check in cli("doctor", "--json").json["checks"]}
    shown = cli("doctor").out
    for check in found.values():
        assert str(clone.project) in shown or str(clone.project) not in check["evidence"]
    assert found["task file"]["evidence"] in shown


def test_protected_branch_of_the_settings(cli: CommandLine, clone: Clone) -> None:
    assert cli("config", "set", "publish.protected", clone.branch).code == 0
    result = cli("publish")
    assert result.code == 3
    assert "is protected" in result.err


def test_read_only_project(cli: CommandLine) -> None:
    assert cli("config", "set", "publish.read_only", "true").code == 0
    assert cli("publish").code == 3


def test_named_path_counts_from_the_current_folder(cli: CommandLine, clone: Clone) -> None:
    clone.write("example/docs/a.md", "text\n")
    assert cli("publish", "--path", "docs/a.md").code == 0
    assert clone.remote.read(clone.branch, "example/docs/a.md") == "text\n"
    assert cli("publish", "--path", "docs/none.md").code == 1


def test_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain/.taskmaster/tasks").mkdir(parents=True)
    (tmp_path / "plain/.taskmaster/tasks/tasks.json").write_text(tasks_text("One"))
    cli = CommandLine(tmp_path / "plain", monkeypatch)
    for command in ("publish", "pull"):
        result = cli(command)
        assert result.code == 1
        assert "no git repository" in result.err


def _theirs(clone: Clone, folder: Path, text: str) -> None:
    clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(folder))
    (folder / clone.task_path).write_text(text)
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(folder), *author, "commit", "-qam", "theirs")
    clone.git("-C", str(folder), "push", "-q")


def test_pull_moves_the_branch_on(cli: CommandLine, clone: Clone, tmp_path: Path) -> None:
    clone.git("checkout", "-q", "--", clone.task_path)
    _theirs(clone, tmp_path / "other", tasks_text("Theirs"))
    assert "would move on" in cli("pull", "--dry-run").out
    assert "Theirs" not in clone.tasks.read_text()
    result = cli("pull")
    assert result.code == 0
    assert "is at" in result.out
    assert "Theirs" in clone.tasks.read_text()
    assert cli("pull", "--json").json["relation"] == "same"


def test_pull_asks_who_wins_where_both_changed_a_field(
    cli: CommandLine, clone: Clone, tmp_path: Path
) -> None:
    _theirs(clone, tmp_path / "other", tasks_text("Theirs", "New of theirs"))
    clone.tasks.write_text(tasks_text("Mine"))
    before = clone.tasks.read_text()
    result = cli("pull")
    assert result.code == 3
    assert "--take ours" in result.err
    shown = cli("pull", "--dry-run", "--json").json
    assert shown["proposal"]["conflicts"][0]["field"] == "title"
    assert shown["proposal"]["added"] == ["2"]
    assert clone.tasks.read_text() == before
    done = cli("pull", "--take", "theirs")
    assert done.code == 0
    titles = [task["title"] for task in json.loads(clone.tasks.read_text())["master"]["tasks"]]
    assert titles == ["Theirs", "New of theirs"]
    assert cli("publish").code == 0
    assert cli("undo").code == 0
    assert clone.tasks.read_text() == before
