"""resolve: a damaged or conflicted file is explained, and settled only as somebody says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine, in_terminal, sample_tasks


def conflicted(cli: CommandLine) -> str:
    """Both sides changed the status of task 4; theirs added task 6 too."""
    lines = cli.text.split("\n")
    start = next(at for at, line in enumerate(lines) if '"title": "Service"' in line)
    at = next(at for at in range(start, len(lines)) if '"status"' in lines[at])
    ours, theirs = lines[at].replace("pending", "done"), lines[at].replace("pending", "review")
    lines[at : at + 1] = ["<<<<<<< HEAD", ours, "=======", theirs, ">>>>>>> feature"]
    text = "\n".join(lines)
    cli.file.write_text(text, "utf-8")
    return text


def test_a_whole_file_needs_nothing(cli: CommandLine) -> None:
    result = cli("resolve")
    assert result.code == 0
    assert "nothing to settle" in result.out


def test_without_a_terminal_and_a_flag_nothing_happens(cli: CommandLine) -> None:
    text = conflicted(cli)
    result = cli("resolve")
    assert result.code == 3
    assert "--merge" in result.err
    assert "unresolved" in result.out
    document = cli("resolve", "--json").json
    assert [choice["kind"] for choice in document["choices"]][:3] == ["merge", "ours", "theirs"]
    assert document["choices"][0]["conflicts"][0]["field"] == "status"
    assert cli("resolve", "--dry-run").code == 0
    assert cli("resolve", "--merge", "--dry-run").code == 0
    assert cli.text == text


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        (["--merge"], "done"),
        (["--take", "ours"], "done"),
        (["--take", "theirs"], "review"),
        (["--merge", "--take", "theirs"], "review"),
    ],
)
def test_a_conflict_is_settled_as_told(cli: CommandLine, flags: list[str], status: str) -> None:
    conflicted(cli)
    result = cli("resolve", *flags)
    assert result.code == 0, result
    assert cli.task("4")["status"] == status
    assert cli("list").code == 0


def test_a_conflict_is_settled_by_an_answer_in_a_terminal(cli: CommandLine) -> None:
    text = conflicted(cli)
    code, _ = in_terminal(cli, "resolve", answer="nothing\n")
    assert code == 130
    assert cli.text == text
    code, shown = in_terminal(cli, "resolve", answer="theirs\n")
    assert code == 0
    assert "ours done, theirs review" in shown
    assert cli.task("4")["status"] == "review"


def test_the_last_backup_is_restored(cli: CommandLine) -> None:
    cli("set-status", "4", "done")
    good = cli.text
    cli.file.write_text(good[:200])
    assert "--restore" in cli("resolve").out
    assert cli("resolve", "--restore", "--dry-run").code == 0
    assert cli.text == good[:200]
    assert cli("resolve", "--restore").code == 0
    assert json.loads(cli.text) in (json.loads(good), sample_tasks())


def test_a_chosen_backup_is_restored_into_a_whole_file_and_undone(cli: CommandLine) -> None:
    first = cli.text
    cli("set-status", "4", "done")
    cli("set-status", "3", "done")
    last = cli.text
    listed = cli("resolve", "--json").json["backups"]
    assert cli("resolve", "--backup", str(len(listed))).code == 0
    assert cli.text == first
    assert cli("undo").code == 0
    assert cli.text == last


def test_a_lost_file_is_restored(cli: CommandLine) -> None:
    cli("set-status", "4", "done")
    cli.file.unlink()
    result = cli("resolve")
    assert result.code == 1
    assert "--restore" in result.err
    assert cli("resolve", "--restore").code == 0
    assert cli("list").code == 0


def test_an_empty_file_begins_anew_when_told(cli: CommandLine) -> None:
    cli.file.write_text("")
    assert cli("resolve").code == 3
    assert cli("resolve", "--new").code == 0
    assert cli("list", "--json").json["tasks"] == []


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--merge", "--new"], 2),
        (["--take", "first", "--merge"], 2),
        (["--take", "second"], 3),
        (["--backup", "77"], 1),
        (["--take", "mine"], 2),
    ],
)
def test_what_does_not_fit_changes_nothing(cli: CommandLine, flags: list[str], code: int) -> None:
    text = conflicted(cli)
    result = cli("resolve", *flags)
    assert result.code == code, result
    assert result.err
    assert cli.text == text


@pytest.mark.parametrize("flags", [["--merge"], ["--take", "theirs"], ["--new"], ["--restore"]])
def test_a_repair_is_undone_to_the_damaged_bytes(cli: CommandLine, flags: list[str]) -> None:
    cli("set-status", "3", "done")
    text = conflicted(cli)
    assert cli("resolve", *flags).code == 0
    result = cli("undo")
    assert result.code == 0, result
    assert cli.text == text
    assert "as damaged as before" in result.out
    assert cli("redo").code == 0
    assert cli("list").code == 0


def test_damaged_contents_that_are_kept_are_listed_with_the_reason(cli: CommandLine) -> None:
    text = conflicted(cli)
    cli("resolve", "--merge")
    result = cli("resolve")
    assert result.code == 0
    assert "git conflict marker" in result.out
    listed = cli("resolve", "--json").json["damagedBackups"]
    assert [Path(entry["path"]).read_text("utf-8") for entry in listed] == [text]
    assert listed[0]["size"] == len(text.encode())
    assert "git conflict marker" in listed[0]["what"]


def test_the_whole_tasks_of_a_file_that_was_cut_are_kept_when_told(cli: CommandLine) -> None:
    cut = cli.text[: cli.text.index('"Service"')]
    cli.file.write_text(cut, "utf-8")
    result = cli("resolve")
    assert result.code == 3
    assert "--salvage" in result.out
    assert "3 tasks" in result.out
    assert "--new" in result.out
    assert "--new" in result.err
    assert cli.file.read_text("utf-8") == cut
    assert cli("resolve", "--salvage").code == 0
    assert cli.data["master"]["tasks"] == sample_tasks()["master"]["tasks"][:3]
    assert cli("undo").code == 0
    assert cli.file.read_text("utf-8") == cut
