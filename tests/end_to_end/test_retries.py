"""Retries and the runs they finish: what each says of the other, by the command line and in reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.runs.cancel import cancel
from core.runs.retry import retry_wish
from core.runs.start import start_now
from core.services import open_project
from tests.fakes.claude_command import StandIn
from tests.fakes.command_line import CommandLine
from tests.fakes.forge_server import Fault
from tests.fakes.run_project import finished
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


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code as the agent's command."""
    made = StandIn(tmp_path / "agent")
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    return made


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


def test_what_a_delivery_passed_is_done_anew_by_the_command_that_is_named(day: Day, cli: CommandLine) -> None:
    fail_on_the_way_out(day, cli, "1", "2")
    assert cli("runs", "retry").code == 0
    refused = cli("runs", "retry")
    assert refused.code == 2
    assert "`taskdeck docs generate --force 1,2` does it anew." in refused.err


def test_an_older_run_names_the_newer_one_that_got_further_before_anything_begins(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    agent.script(*day.writing("1"))
    asked = ("docs", "generate", "1", "2", "3", "--push", "--agent", "claude", "--jobs", "1")
    assert cli(*asked).code == 1
    first = day.runs[0].id
    agent.script(*day.writing("2"))
    assert cli("runs", "retry").code == 1
    second = day.runs[0].id
    agent.script(*day.writing("3"))
    refused = cli("runs", "retry", first)
    assert refused.code == 2
    assert f"The run {second} retried the run {first} and got further." in refused.err
    assert f"`taskdeck runs retry {second}` does what is left." in refused.err
    assert len(day.runs) == 2, "nothing was begun"
    assert cli("runs", "retry", second).code == 0


def test_what_a_retry_was_told_not_to_deliver_is_delivered_by_retrying_the_first(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    """On the sheet before a retry the pull request can be turned off; the first run still wants it."""
    agent.script(*day.writing("1"))
    assert cli("docs", "generate", "1", "2", "--pr", "--agent", "claude", "--jobs", "1").code == 1
    [first] = day.runs
    agent.script(*day.writing("2"))
    less = retry_wish(first).choose(pr=False, push=False, commit=True)
    assert finished(start_now(open_project(day.clone.project), less)).state == "done"
    assert "inished by" not in cli("runs", "show", first.id).out
    done = cli("runs", "retry", first.id)
    assert done.code == 0, done.err
    [call] = day.forge.made()
    assert day.changed_on(call.body["head"]) == day.changed_paths_of("1", "2")
    assert f"Finished by run {day.runs[0].id}." in cli("runs", "show", first.id).out


def test_a_branch_that_moved_is_said_before_a_retry_begins(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    agent.script(*day.writing("1"))
    assert cli("docs", "generate", "1", "2", "--push", "--agent", "claude", "--jobs", "1").code == 1
    branch = day.runs[0].request.branch
    other = day.clone.git("commit-tree", "-p", branch, "-m", "by hand", f"{branch}^{{tree}}")
    day.clone.git("update-ref", f"refs/heads/{branch}", other)
    refused = cli("runs", "retry")
    assert refused.code == 3
    assert f"The branch {branch} is at {other[:12]}" in refused.err
    assert len(day.runs) == 1
