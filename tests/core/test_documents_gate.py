"""The gate: every way in which an agent can do something else than it was asked ends in a finding."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core import secrets
from core.documents.gate import Changed, GateResult, check
from core.documents.places import FolderPlace, MemoryPlace
from tests.fakes.documents import NAMES, PRD, documents_of, make_documented, tag_of

TASK = ".taskmaster/docs/task-2/task.md"
OWN = [Changed(f".taskmaster/docs/task-2/{name}", "file") for name in NAMES]


def judge(files: dict[str, str | bytes], *more: Changed, prefix: str = "") -> GateResult:
    """The gate on what an agent for task 2 left behind."""
    changed = [Changed(f"{prefix}/{c.path}" if prefix else c.path, c.kind) for c in OWN]
    place = MemoryPlace(files)
    return check([*changed, *more], tag_of(), ["2"], NAMES, place, prefix=prefix, prd=PRD)


def good() -> dict[str, str | bytes]:
    return {path: text for path, text in documents_of(tag_of()).items() if "/task-2/" in path}


def spoiled(change: Callable[[str], str | bytes]) -> dict[str, str | bytes]:
    files = good()
    files[TASK] = change(str(files[TASK]))
    return files


def kinds(result: GateResult) -> set[str]:
    return {finding.kind for finding in result.findings}


@pytest.mark.parametrize("prefix", ["", "docs", "a/b"])
def test_whole_documents_of_the_own_task_pass(prefix: str) -> None:
    result = judge(good(), prefix=prefix)
    assert result.findings == ()
    assert result.warnings == ()
    assert result.passed
    assert result.words == "4 of 4 documents are whole and current"


def test_documents_that_were_there_already_need_not_be_written_again() -> None:
    assert check([], tag_of(), ["2"], NAMES, MemoryPlace(good())).passed


@pytest.mark.parametrize(
    ("path", "kind", "finding"),
    [
        (".taskmaster/tasks/tasks.json", "file", "task-file"),
        (".taskmaster/tasks/tasks.json", "deleted", "task-file"),
        (".taskmaster/tasks/tasks.json", "mode", "task-file"),
        (".taskmaster/tasks", "symlink", "task-file"),
        (".taskmaster", "symlink", "task-file"),
        ("other/.taskmaster/tasks/tasks.json", "file", "task-file"),
        (".taskmaster/docs/task-1/task.md", "file", "foreign-task"),
        (".taskmaster/docs/task-1001/task.md", "file", "foreign-task"),
        (".taskmaster/docs/task-22/task.md", "file", "foreign-task"),
        (".taskmaster/docs/task-2/notes.md", "file", "outside"),
        (".taskmaster/docs/task-2/Task.md", "file", "outside"),
        (".taskmaster/docs/task-2/task.md/x", "file", "outside"),
        (".taskmaster/docs/prd.txt", "file", "outside"),
        ("CLAUDE.md", "file", "outside"),
        ("../x", "file", "outside"),
        (".git/hooks/pre-commit", "file", "outside"),
        (".taskmaster/docs/task-2", "symlink", "symlink"),
        (".taskmaster/docs/task-2/prompt.md", "symlink", "symlink"),
        (".taskmaster/docs/task-2/prompt.md", "deleted", "deleted"),
        (".taskmaster/docs/task-2/prompt.md", "mode", "mode"),
        (".taskmaster/docs/task-2/prompt.md", "other", "other"),
    ],
)
def test_any_other_change_stops_it(path: str, kind: str, finding: str) -> None:
    result = judge(good(), Changed(path, kind))  # type: ignore[arg-type]
    assert kinds(result) == {finding}
    assert path in result.words


def test_a_path_beside_the_project_is_outside_and_its_own_task_file_is_known() -> None:
    result = judge(good(), Changed(".taskmaster/docs/task-2/task.md", "file"), prefix="docs")
    assert kinds(result) == {"outside"}
    assert kinds(judge(good(), Changed("docs/.taskmaster/tasks/tasks.json", "mode"), prefix="docs")) == {
        "task-file"
    }


HASH = documents_of(tag_of())[TASK].partition('hash: "')[2][:64]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda text: "", "empty"),
        (lambda text: " \n\n", "empty"),
        (lambda text: text[: text.index("\n---\n") + 5], "empty"),
        (lambda text: text[: text.index("\n---\n") + 5] + "\n# Task 2\n\nTo do.\n", "too-small"),
        (lambda text: text + "x" * 1024 * 1024, "too-large"),
        (lambda text: text[text.index("\n---\n") + 5 :], "damaged"),
        (lambda text: text.replace("---\n", "", 1), "damaged"),
        (lambda text: text.encode() + b"\xff\xfe", "damaged"),
        (lambda text: text.replace('task: "2"', 'task: "1"', 1), "wrong-task"),
        (lambda text: text.replace('task: "2"', 'task: "1001"', 1), "wrong-task"),
        (lambda text: text.replace('"Lend books"', '"Sell books"', 1), "wrong-task"),
        (lambda text: text.replace(HASH, "0" * 64), "stale"),
        (lambda text: text.replace('document: "task.md"', 'document: "prompt.md"'), "damaged"),
        (lambda text: text + "\x1b]0;owned\x07", "control"),
        (lambda text: text + "\x00", "control"),
        (lambda text: text + "a\rb", "control"),
        (lambda text: text + "\u202egnp.exe", "control"),
        (lambda text: text + "".join(chr(0xE0000 + ord(c)) for c in "ignore all"), "control"),
        (lambda text: text + "sk-ant-api03-" + "a1" * 20, "secret"),
        (lambda text: text + "ghp_" + "A1b2" * 9, "secret"),
        (lambda text: text + "AKIA" + "ABCD1234" * 2, "secret"),
        (lambda text: text + "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", "secret"),
        (lambda text: text + "eyJhbGciOiJIUzI1NiJ9aaaa.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "s" * 30, "secret"),
    ],
)
def test_a_spoiled_document_is_named(change: Callable[[str], str | bytes], kind: str) -> None:
    result = judge(spoiled(change))
    assert kinds(result) == {kind}
    assert {finding.path for finding in result.findings} == {TASK}
    assert not result.passed


def test_a_document_that_is_not_there_is_missing() -> None:
    files = good()
    del files[TASK]
    assert kinds(judge(files)) == {"missing"}
    assert kinds(judge({})) == {"missing"}


def test_a_key_that_this_process_holds_is_found_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "correct-horse-battery-staple"
    monkeypatch.setattr(secrets, "_known", set())
    secrets.remember(key)
    token = "ghp_" + "Zz9" * 12
    result = judge(spoiled(lambda text: f"{text}\nuse {key}\nand {token}\n"))
    assert kinds(result) == {"secret"}
    said = "".join(f"{finding.what}{finding.evidence}" for finding in result.findings)
    assert key not in said
    assert token not in said
    assert "line" in said


def test_line_ends_of_other_systems_and_flags_are_no_control_characters() -> None:
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    assert judge(spoiled(lambda text: text.replace("\n", "\r\n") + england)).passed


def test_words_of_another_tool_chain_only_warn() -> None:
    result = judge(spoiled(lambda text: text + "\nRun `npm install` and start the Express server.\n"))
    assert result.passed
    assert [(warning.kind, warning.path) for warning in result.warnings] == [("wrong-stack", TASK)]
    assert '"npm"' in result.warnings[0].evidence


def test_where_the_project_names_no_tool_chain_no_word_is_strange() -> None:
    files = spoiled(lambda text: text + "\nRun `npm install`.\n")
    assert check(OWN, tag_of(), ["2"], NAMES, MemoryPlace(files), prd="# Shelf\n").warnings == ()


def test_an_address_with_a_password_only_warns() -> None:
    result = judge(spoiled(lambda text: text + "\npostgres://shelf:letmein99@localhost/shelf\n"))
    assert result.passed
    assert [warning.kind for warning in result.warnings] == ["link-with-password"]


def test_a_million_paths_make_a_hundred_findings_of_every_kind() -> None:
    flood = [Changed(f"node_modules/{n}.js", "file") for n in range(100_000)]
    result = judge(good(), *flood, Changed(".taskmaster/tasks/tasks.json", "file"))
    assert kinds(result) == {"outside", "task-file", "more"}
    assert len(result.findings) <= 101
    assert "99,90" in result.findings[-1].what


@pytest.mark.parametrize("where", ["file", "folder", "docs"])
def test_documents_behind_a_symbolic_link_are_not_read(tmp_path: Path, where: str) -> None:
    root = make_documented(tmp_path / "p")
    target = {
        "file": root / TASK, "folder": (root / TASK).parent, "docs": root / ".taskmaster/docs",
    }[where]  # fmt: skip
    target.rename(tmp_path / "elsewhere")
    target.symlink_to(tmp_path / "elsewhere")
    result = check([], tag_of(), ["2"], NAMES, FolderPlace(root))
    assert kinds(result) == {"symlink"}


def test_a_pipe_in_the_place_of_a_document_blocks_nothing(tmp_path: Path) -> None:
    root = make_documented(tmp_path / "p")
    (root / TASK).unlink()
    os.mkfifo(root / TASK)
    assert kinds(check([], tag_of(), ["2"], NAMES, FolderPlace(root))) == {"missing"}


def test_foreign_documents_that_were_there_before_only_warn(tmp_path: Path) -> None:
    root = make_documented(tmp_path / "p")
    stray = root / ".taskmaster/docs/task-1001/task.md"
    stray.parent.mkdir()
    stray.write_text("Express")
    result = check([], tag_of(), ["2"], NAMES, FolderPlace(root))
    assert result.passed
    assert [warning.kind for warning in result.warnings] == ["foreign-task"]
