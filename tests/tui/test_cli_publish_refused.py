"""The command publish when it does not publish: wrong words, files git overlooks, what a script is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.git_remotes import DECLINE, PASSWORD, Clone, clone_with_project, serve, tasks_text


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        made = clone_with_project(remote, tmp_path / "work")
        made.tasks.write_text(tasks_text("Rust service", "Database"))
        yield made


@pytest.fixture
def cli(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(clone.project, monkeypatch)


def untouched(clone: Clone) -> tuple[str, str, str]:
    """HEAD, everything git sees, and where the remote's branch stands."""
    status = clone.git("status", "--porcelain", "--untracked-files=all")
    return clone.git("rev-parse", "HEAD"), status, clone.remote.tip(clone.branch)


@pytest.mark.parametrize("check", [(), ("--check",)])
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--path", ""), 2, "--path names nothing: it is empty."),
        (("--path", "  "), 2, "--path names nothing: it is empty."),
        (("--path", "notes.txt", "--path", ""), 2, "--path names nothing: it is empty."),
        (("--path", "/"), 2, "lies outside the repository"),
        (("--path", "../.."), 2, "lies outside the repository"),
        (("--path", "../.git/config"), 2, "lies in git's own folder"),
        (("--path", "nowhere.md"), 1, "There is no file"),
        (("--path", "empty"), 1, "There is nothing to publish in"),
        (("-m", ""), 2, "The commit's message is empty."),
        (("-m", "  \n "), 2, "The commit's message is empty."),
        (("--tag", "nope"), 1, 'There is no tag "nope"'),
    ],
)
def test_words_that_name_nothing_publish_nothing(
    cli: CommandLine, clone: Clone, arguments: tuple[str, ...], code: int, words: str, check: tuple[str, ...]
) -> None:
    clone.write("example/notes.txt", "mine\n")
    (clone.project / "empty").mkdir()
    before = untouched(clone)
    done = cli("publish", *arguments, *check)
    assert (done.code, done.out) == (code, "")
    assert words in done.err.splitlines()[0]
    assert untouched(clone) == before


def test_a_folder_that_is_named_is_published_whole_also_this_one(cli: CommandLine, clone: Clone) -> None:
    clone.write("example/notes.txt", "mine\n")
    clone.write("other.txt", "outside of the project\n")
    assert cli("publish", "--path", ".").code == 0
    assert clone.remote.read(clone.branch, "example/notes.txt") == "mine\n"
    assert clone.remote.read(clone.branch, "other.txt") is None
    assert cli("publish", "--tag", "master", "--check").code == 0


def test_no_hook_is_blamed_where_none_ran(
    cli: CommandLine, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git ends with the same code when a hook refuses and when it has an objection of its own."""
    hook = clone.top / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    signature = "Signed-off-by: Ada <ada@example.org>"
    done = cli("publish", "-m", signature)
    assert done.code == 3
    assert "Git made no commit: Aborting commit due to empty commit message." in done.err
    assert "hook" not in done.err
    hook.write_text("#!/bin/sh\ngit status >/dev/null\nexit 1\n")
    assert "A commit hook of the repository refused: it said nothing." in cli("publish").err
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "mine"))
    assert "A commit hook" in cli("publish").err, "also where somebody traces git for himself"
    hook.chmod(0o644)
    assert cli("publish").code == 0, "one that may not be run is none"


@pytest.mark.parametrize("folder", ["elsewhere", ".husky"])
def test_a_hook_is_found_where_git_was_told_to_look(cli: CommandLine, clone: Clone, folder: str) -> None:
    hook = clone.write(f"{folder}/commit-msg", "#!/bin/sh\necho no ticket >&2\nexit 4\n")
    hook.chmod(0o755)
    clone.git("config", "core.hooksPath", folder)
    before = untouched(clone)
    done = cli("publish")
    assert done.code == 3
    assert "A commit hook of the repository refused: no ticket." in done.err
    assert untouched(clone) == before


def test_a_file_that_git_skips_is_refused_with_the_way_out(cli: CommandLine, clone: Clone) -> None:
    clone.git("update-index", "--skip-worktree", clone.task_path)
    before = untouched(clone)
    way = "`git update-index --no-skip-worktree .taskmaster/tasks/tasks.json`"
    for arguments, code in ((("--check",), 1), ((), 3), (("--check", "--json"), 1)):
        done = cli("publish", *arguments)
        assert done.code == code
        assert "git was told to overlook it (skip-worktree)" in done.err
        assert way in done.err
        assert "hook" not in done.err
        assert "does the rest" not in done.err
    assert untouched(clone) == before
    clone.git("-C", "example", "update-index", "--no-skip-worktree", ".taskmaster/tasks/tasks.json")
    assert cli("publish").code == 0
    clone.git("update-index", "--skip-worktree", clone.task_path)
    assert cli("publish", "--check").code == 0, "what is published already needs nothing"


def test_a_file_that_is_assumed_unchanged_is_published_all_the_same(cli: CommandLine, clone: Clone) -> None:
    clone.git("update-index", "--assume-unchanged", clone.task_path)
    assert cli("publish").code == 0
    assert clone.remote.hash(clone.branch, clone.task_path) == clone.git("hash-object", clone.task_path)


def test_json_of_a_refused_push_says_what_was_done(cli: CommandLine, clone: Clone) -> None:
    clone.remote.hook("pre-receive", DECLINE)
    before = clone.git("rev-parse", "HEAD")
    remote = clone.remote.hash(clone.branch, clone.task_path)
    done = cli("publish", "--json")
    assert done.code == 3
    found = done.json
    head = clone.git("rev-parse", "HEAD")
    assert (found["state"], found["commit"], found["made"]) == ("committed", head, head)
    assert head != before
    assert found["branch"] == clone.branch
    assert found["remote"] == f"origin/{clone.branch}"
    assert (found["localHash"], found["remoteHash"]) == (clone.git("hash-object", clone.task_path), remote)
    assert [entry["path"] for entry in found["paths"]] == [clone.task_path]
    assert [(s["name"], s["state"]) for s in found["steps"]][1:] == [("commit", "done"), ("push", "failed")]
    assert found["refused"]["reason"] == "rejected"
    assert found["refused"]["message"] in done.err
    assert found["refused"]["hint"] in done.err
    assert PASSWORD not in done.out


def test_json_of_a_publication_that_was_not_begun(cli: CommandLine, clone: Clone) -> None:
    assert cli("config", "set", "publish.protected", clone.branch).code == 0
    before = clone.git("rev-parse", "HEAD")
    done = cli("publish", "--json")
    assert done.code == 3
    found = done.json
    assert (found["state"], found["commit"], found["made"]) == ("changed", before, None)
    assert found["refused"]["reason"] == "protected"
    assert [step["state"] for step in found["steps"]] == ["failed"]


def test_json_when_the_remote_does_not_answer(cli: CommandLine, clone: Clone) -> None:
    clone.git("config", "remote.origin.url", str(clone.top / "gone"))
    done = cli("publish", "--json")
    assert done.code == 3
    assert done.json["refused"]["reason"] == "unreachable"
    assert done.json["remoteHash"] is None
    assert done.json["paths"][0]["places"]["remote"]["word"] == "unknown"


def test_ignored_files_of_a_folder_are_named_in_one_note(cli: CommandLine, clone: Clone) -> None:
    clone.write(".gitignore", "b.md\ntarget/\n*.tmp\n")
    clone.write("example/docs/a.md", "a\n")
    clone.write("example/docs/b.md", "b\n")
    for number in range(30):
        clone.write(f"example/docs/target/{number}.o", "object\n")
    done = cli("publish", "--path", "docs")
    assert done.code == 0
    [note] = [line for line in done.err.splitlines() if "left out" in line]
    assert note == (
        "2 files or folders are left out, as git ignores them: example/docs/b.md, example/docs/target/."
    )
    for number in range(5):
        clone.write(f"example/docs/{number}.tmp", "t\n")
    found = cli("publish", "--path", "docs", "--check", "--json").json
    [note] = found["notes"]
    assert note.startswith("7 files or folders are left out")
    assert note.endswith(" and 4 more.")
    clone.write("example/only/b.md", "b\n")
    clone.write("example/only/c.md", "c\n")
    assert "example/only/b.md is left out: it is ignored by git." in cli("publish", "--path", "only").err


@pytest.mark.parametrize(
    ("files", "paths", "subject"),
    [
        (("docs/a.md",), ("docs",), "docs: publish docs/a.md of example"),
        (("docs/a.md", "docs/b.md"), ("docs",), "docs: publish 2 files of example"),
        (("docs/a.md", "docs/b.png", "c.md"), ("docs", "c.md"), "chore: publish 3 files of example"),
        (("docs/a.md",), (".taskmaster/tasks/tasks.json", "docs"), "chore: publish tasks of example"),
        (("docs/" + "long" * 20 + ".md",), ("docs",), "docs: publish 1 file of example"),
        (("docs/two\nlines.md",), ("docs",), "docs: publish 1 file of example"),
    ],
)
def test_the_usual_message_says_what_the_commit_holds(
    cli: CommandLine, clone: Clone, files: tuple[str, ...], paths: tuple[str, ...], subject: str
) -> None:
    for file in files:
        clone.write(f"example/{file}", "text\n")
    named = [argument for path in paths for argument in ("--path", path)]
    assert cli("publish", *named).code == 0
    assert clone.git("log", "-1", "--format=%s") == subject
