"""Incidents from the command line: one command writes the report, another lists what is answered."""

from __future__ import annotations

import json

from tests.fakes.command_line import CommandLine


def test_a_report_is_written_listed_and_answered(cli: CommandLine) -> None:
    done = cli("incident", "--message", "the wrong branch", "--json")
    assert done.code == 0
    path = cli.folder / "issues" / json.loads(done.out)["path"].rpartition("/")[2]
    assert path.read_text().startswith("# the wrong branch\n")
    assert "open" in cli("incident", "--list").out
    path.with_name(path.stem + ".resolution.md").write_text("Base is data now.\n")
    listed = cli("incident", "--list").out
    assert "answered" in listed
    assert "Base is data now." in listed


def test_a_run_that_is_not_there_is_said(cli: CommandLine) -> None:
    done = cli("incident", "nope")
    assert done.code == 1
    assert "No agent has run here yet." in done.err
    assert not (cli.folder / "issues").exists()


def test_a_project_without_reports_says_how_to_write_one(cli: CommandLine) -> None:
    assert "taskdeck incident RUN" in cli("incident", "--list").out
