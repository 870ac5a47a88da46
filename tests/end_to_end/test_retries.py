"""Retries and the runs they finish: what each says of the other, by the command line and in reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.runs.cancel import cancel
from tests.fakes.command_line import CommandLine
from tests.fakes.forge_server import Fault
from tests.fakes.that_day import BRANCH, Day, that_day

REFUSE = Fault("POST", "/pulls", 403, {"message": "Resource not accessible"})


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("daemon", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


@pytest.fixture
def cli(day: Day, cli_in: Any) -> CommandLine:
    return cli_in(day.clone.project)


def fail_on_the_way_out(day: Day, cli: CommandLine, *keys: str) -> str:
    """A run whose agents passed and whose pull request the forge refused; its id."""
    day.forge.faults.append(REFUSE)
    failed = cli("docs", "generate", *keys, "--pr")
    assert (failed.code, len(day.runs)) == (1, 1), failed.err
    return day.runs[0].id


def test_a_retry_that_only_delivers_has_the_tasks_files_and_agents_of_its_run(
    day: Day, cli: CommandLine
) -> None:
    first = fail_on_the_way_out(day, cli, "1", "2")
    again = cli("runs", "retry", "--json")
    assert again.code == 0, again.err
    assert again.json["run"]["tasks"] == ["1", "2"]
    shown = cli("runs", "show")
    assert "documents of 1, 2 by builtin" in shown.out
    assert f"docs-1 (of run {first})" in shown.out
    assert "It has not begun" not in shown.out
    told = cli("runs", "show", "--json").json["run"]
    assert [(row["task"], row["ofRun"], row["gate"]["passed"]) for row in told["agents"]] == [
        ("1", first, True),
        ("2", first, True),
    ]
    assert (told["filesWritten"], told["filesExpected"]) == (8, 8)
    logs = cli("logs")
    assert (logs.code, logs.out) == (1, "")
    assert f"taskdeck logs {first}" in logs.err
    [listed, _] = cli("runs", "--json").json["runs"]
    assert (listed["tasks"], listed["filesWritten"], listed["filesExpected"]) == (["1", "2"], 8, 8)


def test_agents_of_several_runs_are_told_apart(
    day: Day, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One task passed in the first run, the other in its retry, and the third only delivers both."""
    from tests.fakes.claude_command import StandIn

    agent = StandIn(day.clone.top.parent / "agent", *day.writing("1"))
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(agent.path))
    assert cli("docs", "generate", "1", "2", "--pr", "--agent", "claude", "--jobs", "1").code == 1
    agent.script(*day.writing("2"))
    day.forge.faults.append(REFUSE)
    assert cli("runs", "retry").code == 1
    first, second = day.runs[1].id, day.runs[0].id
    assert cli("runs", "retry").code == 0
    rows = cli("runs", "show", "--json").json["run"]["agents"]
    assert {row["task"]: row["ofRun"] for row in rows} == {"1": first, "2": second}


def test_a_failed_run_names_the_retry_that_finished_it_and_is_not_retried_again(
    day: Day, cli: CommandLine
) -> None:
    first = fail_on_the_way_out(day, cli, "1")
    day.forge.faults.append(REFUSE)
    assert cli("runs", "retry").code == 1
    second = day.runs[0].id
    assert "inished by" not in cli("runs", "show", first).out, "nothing finished it yet"
    assert cli("runs", "retry", first).code == 0
    third = day.runs[0].id
    assert f"Finished by run {third}." in cli("runs", "show", first).out
    # A sibling: it was not retried itself, but what it was for is done all the same.
    assert cli("runs", "show", second, "--json").json["run"]["finishedBy"] == third
    assert cli("runs", "show", first, "--json").json["run"]["finishedBy"] == third
    assert f"Finished by run {third}." in cli("runs", "list").out
    made = len(day.forge.calls)
    refused = cli("runs", "retry", first)
    assert refused.code == 2
    assert f"The run {first} was finished by run {third}" in refused.err
    assert len(day.forge.calls) == made
    assert len(day.runs) == 3


def test_a_retry_of_a_retry_finishes_both(day: Day, cli: CommandLine) -> None:
    first = fail_on_the_way_out(day, cli, "1")
    day.forge.faults.append(REFUSE)
    assert cli("runs", "retry").code == 1
    second = day.runs[0].id
    assert cli("runs", "retry").code == 0
    third = day.runs[0].id
    assert [cli("runs", "show", one, "--json").json["run"]["finishedBy"] for one in (first, second)] == [
        third,
        third,
    ]


def test_an_incident_of_a_delivery_names_its_tasks(day: Day, cli: CommandLine) -> None:
    fail_on_the_way_out(day, cli, "1", "2")
    day.forge.faults.append(REFUSE)
    assert cli("runs", "retry").code == 1
    report = Path(cli("incident", "last", "--json").json["path"])
    assert report.read_text("utf-8").startswith("# documents for tasks 1, 2: failed\n")
    assert "documents-for-tasks-1-2-failed" in report.name


def test_what_a_retry_takes_over_is_credited_to_its_run(day: Day, cli: CommandLine) -> None:
    first = fail_on_the_way_out(day, cli, "1")
    assert cli("runs", "retry").code == 0
    rows = {row.name: (row.value, row.source) for row in day.runs[0].request.parameters}
    before = f"from run {first}"
    assert rows["tasks"] == ("1", before)
    assert rows["base"] == (BRANCH, before)
    assert rows["works from"] == (day.runs[0].request.continues[:12], before)
    assert rows["pull request"] == (f"{day.runs[1].request.branch} to {BRANCH}", before)
    assert rows["push"][1] == rows["pr"][1] == before
    assert not any(source.startswith("--") for _, source in rows.values()), rows


def test_what_is_chosen_at_the_retry_is_credited_to_its_option(day: Day, cli: CommandLine) -> None:
    first = fail_on_the_way_out(day, cli, "1")
    told = cli("runs", "retry", "--include-unpushed", "--waive", "forge", "--dry-run", "--json")
    assert told.code == 0, told.err
    rows = {row["name"]: row["source"] for row in told.json["parameters"]}
    assert rows["other unpushed commits"] == "--include-unpushed"
    assert rows["waived checks"] == "--waive"
    assert rows["base"] == f"from run {first}"
