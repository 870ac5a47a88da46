"""How commands take the name of a run: none there, one, an unknown one, one that may be several."""

from __future__ import annotations

import pytest

from core.paths import state_folder
from core.runs.folder import RunFolder
from core.runs.request import RunRequest
from tests.fakes.command_line import CommandLine

ABOUT_A_RUN = (
    ("logs",),
    ("incident",),
    ("pr",),
    ("runs", "show"),
    ("runs", "cancel"),
    ("runs", "retry"),
    ("runs", "watch"),
)
NONE = "taskdeck: No agent has run here yet.\n  `taskdeck docs generate` begins with documents.\n"


def a_run(cli: CommandLine, name: str) -> str:
    """A run whose worker never came; as good as any to be named."""
    folder = RunFolder(state_folder(cli.folder) / "runs" / name)
    folder.path.mkdir(parents=True)
    request = RunRequest(
        id=name, kind="docs", root=str(cli.folder), tasks_file=str(cli.file), tasks_path="tasks.json",
        tasks_sha256="0" * 64, tag="master", keys=("1",), names=("task.md",), created=5.0,
    )  # fmt: skip
    folder.request_file.write_text(request.to_json(), "utf-8")
    return name


@pytest.mark.parametrize("command", ABOUT_A_RUN, ids=" ".join)
def test_a_name_is_told_in_one_sentence_what_it_is_not(cli: CommandLine, command: tuple[str, ...]) -> None:
    for name in ("last", "nope"):
        done = cli(*command, name)
        assert (done.code, done.out, done.err) == (1, "", NONE)
    first, second = a_run(cli, "261123-1200-abc"), a_run(cli, "261123-1300-xyz")
    done = cli(*command, "nope")
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("taskdeck: There is no run nope.\n  `taskdeck runs list` shows them.\n")
    done = cli(*command, "2611")
    assert (done.code, done.out) == (2, "")
    assert f"2611 may be several runs: {second}, {first}." in done.err
    assert "Name one whole, or `last`." in done.err
    assert not (cli.folder / "issues").exists()


def test_the_name_of_a_run_alone_shows_it(cli: CommandLine) -> None:
    name = a_run(cli, "261123-1200-abc")
    assert f"Run {name}" in cli("runs", "abc").out
    assert f"Run {name}" in cli("runs", "show").out
    assert "There is no run lst." in cli("runs", "lst").err


def test_a_report_about_nothing_is_not_written(cli: CommandLine) -> None:
    for arguments in ((), ("--message", "  "), ("",)):
        done = cli("incident", *arguments)
        assert done.code == 2
        assert "A report is about a run, or about something you say." in done.err
        assert "`taskdeck incident last`" in done.err
    assert not (cli.folder / "issues").exists()


@pytest.mark.parametrize("command", [("runs",), ("logs",), ("incident",)], ids=" ".join)
def test_the_help_says_how_a_run_is_named(cli: CommandLine, command: tuple[str, ...]) -> None:
    words = " ".join(cli(*command, "--help").out.split())
    assert "RUN is the id of a run, a beginning or end of it that no other has, or `last`" in words
    assert "..." not in words.replace("[ARGS]...", "").replace("COMMAND...", "")
