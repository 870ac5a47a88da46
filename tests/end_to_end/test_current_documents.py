"""Documents that are current and are to be pushed: delivered from their branch, or it is said why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.runs.cancel import cancel
from tests.fakes.claude_command import StandIn
from tests.fakes.command_line import CommandLine
from tests.fakes.forge_server import Fault
from tests.fakes.that_day import BRANCH, Day, that_day


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("daemon", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


@pytest.fixture
def cli(day: Day, cli_in: Any) -> CommandLine:
    return cli_in(day.clone.project)


def merge(day: Day, branch: str) -> None:
    """Somebody takes the branch of a run over into the base, on the remote."""
    day.clone.git("push", "-q", "origin", f"refs/heads/{branch}:refs/heads/{BRANCH}")


def test_a_branch_that_is_pushed_gets_its_pull_request_later(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "7", "--push").code == 0
    [first] = day.runs
    done = cli("docs", "generate", "7", "--pr")
    assert done.code == 0, done.err
    [call] = day.forge.made()
    assert (call.body["base"], call.body["head"]) == (BRANCH, first.request.branch)
    assert "No agent works" in done.out
    assert "/pull/1" in done.out
    assert f"docs-7 (of run {first.id})" in cli("runs", "show").out
    rows = {row.name: row.source for row in day.runs[0].request.parameters}
    assert (rows["push"], rows["pr"], rows["tasks"]) == ("--pr", "--pr", f"from run {first.id}")

    again = cli("docs", "generate", "7", "--pr", "--json")
    assert again.code == 0, again.err
    assert again.json["run"]["verdict"]["evidence"]["url"].endswith("/pull/1")
    assert len(day.forge.pulls) == 1, "found again, and not made twice"


def test_another_base_gets_a_pull_request_of_its_own(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "3", "--pr").code == 0
    done = cli("docs", "generate", "3", "--pr", "--base", "main")
    assert done.code == 0, done.err
    assert [pull["base"]["ref"] for pull in day.forge.pulls] == [BRANCH, "main"]
    assert len({pull["head"]["ref"] for pull in day.forge.pulls}) == 1


def test_a_base_that_is_not_there_is_refused_although_the_documents_are_current(
    day: Day, cli: CommandLine
) -> None:
    assert cli("docs", "generate", "4", "--push").code == 0
    refused = cli("docs", "generate", "4", "--pr", "--base", "nope")
    assert refused.code == 3
    assert "origin has no branch nope" in refused.err
    assert len(day.runs) == 1


def test_a_branch_that_stayed_here_is_pushed_by_push(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "7", "--commit").code == 0
    assert cli("publish").code == 0
    done = cli("docs", "generate", "7", "--push")
    assert done.code == 0, done.err
    assert day.remote_branches() == [day.runs[1].request.branch]
    assert day.forge.made() == []


def test_what_the_remote_holds_already_is_said_with_its_place(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "7", "--push").code == 0
    [run] = day.runs
    done = cli("docs", "generate", "7", "--push", "--json")
    assert done.code == 0, done.err
    assert done.json["run"] is None
    assert f"origin/{run.request.branch} holds them" in done.json["reason"]
    merge(day, run.request.branch)
    asked = cli("docs", "generate", "7", "--pr")
    assert asked.code == 0, asked.err
    assert f"origin/{BRANCH} holds them, so that a pull request would bring nothing" in asked.out
    assert day.forge.made() == []
    assert len(day.runs) == 1


def test_a_branch_that_somebody_took_off_the_remote_is_pushed_again(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "7", "--push").code == 0
    branch = day.runs[0].request.branch
    day.clone.git("push", "-q", "origin", "--delete", branch)
    assert cli("docs", "generate", "7", "--push").code == 0
    assert day.remote_branches() == [branch]


def test_a_task_file_that_is_not_published_is_not_passed_over(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "9", "--push").code == 0
    assert cli("set-status", "9", "in-progress").code == 0
    refused = cli("docs", "generate", "9", "--push")
    assert refused.code == 1
    assert f"holds another {day.clone.task_path}" in refused.err
    assert "`taskdeck publish`" in refused.err
    assert cli("publish").code == 0
    assert cli("docs", "generate", "9", "--push").code == 0


def test_documents_on_two_branches_are_named_with_the_commands_that_deliver_them(
    day: Day, cli: CommandLine
) -> None:
    assert cli("docs", "generate", "1", "--push").code == 0
    assert cli("docs", "generate", "2", "--push").code == 0
    second, first = (run.request.branch for run in day.runs)
    refused = cli("docs", "generate", "1", "2", "--pr")
    assert refused.code == 1
    assert "No pull request was opened" in refused.err
    assert f"those of task 1 on the branch {first}" in refused.err
    assert f"those of task 2 on the branch {second}" in refused.err
    assert "`taskdeck docs generate 1 --pr` and `taskdeck docs generate 2 --pr` deliver" in refused.err
    assert day.forge.made() == []
    for key in "12":
        assert cli("docs", "generate", key, "--pr").code == 0
    assert {pull["head"]["ref"] for pull in day.forge.pulls} == {first, second}


def test_tasks_that_are_left_out_of_a_run_are_named(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "1", "--push").code == 0
    done = cli("docs", "generate", "1", "2", "--pr")
    assert done.code == 0, done.err
    assert "The documents of task 1 are current already and no part of this run" in done.out
    assert "`taskdeck docs generate 1 --pr` delivers them." in done.out
    assert day.changed_on(day.forge.pulls[0]["head"]["ref"]) == day.changed_paths_of("2")


def test_documents_in_the_work_tree_alone_are_no_pull_request(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "3", "--commit").code == 0
    assert cli("docs", "apply").code == 0
    assert cli("publish").code == 0
    branch = day.runs[0].request.branch
    day.clone.git("branch", "-D", branch)
    refused = cli("docs", "generate", "3", "--pr")
    assert refused.code == 1
    assert "those of task 3 only on this machine" in refused.err
    assert "`taskdeck docs generate 3 --pr --force` writes them anew" in refused.err


def test_a_branch_somebody_added_to_is_not_delivered_as_a_run_s(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "3", "--push").code == 0
    branch = day.runs[0].request.branch
    other = day.clone.git("commit-tree", "-p", branch, "-m", "by hand", f"{branch}^{{tree}}")
    day.clone.git("update-ref", f"refs/heads/{branch}", other)
    refused = cli("docs", "generate", "3", "--pr")
    assert refused.code == 1
    assert "those of task 3 only on this machine, on no branch to deliver as it is" in refused.err


def test_a_delivery_finishes_the_run_that_failed_at_it(day: Day, cli: CommandLine) -> None:
    day.forge.faults.append(Fault("POST", "/pulls", 403, {"message": "Resource not accessible"}))
    assert cli("docs", "generate", "1", "--pr").code == 1
    [failed] = day.runs
    assert cli("docs", "generate", "1", "--pr").code == 0
    assert f"Finished by run {day.runs[0].id}." in cli("runs", "show", failed.id).out


def test_a_delivery_of_some_tasks_does_not_finish_a_run_of_more(
    day: Day, cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = StandIn(tmp_path / "agent", *day.writing("1"))
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(agent.path))
    asked = ("docs", "generate", "1", "2", "--agent", "claude", "--jobs", "1", "--push")
    assert cli(*asked).code == 1
    [failed] = day.runs
    assert cli("docs", "generate", "1", "--push").code == 0
    assert cli("runs", "show", failed.id, "--json").json["run"]["finishedBy"] == ""
    agent.script(*day.writing("2"))
    done = cli("runs", "retry", failed.id)
    assert done.code == 0, done.err
    assert day.changed_on(failed.request.branch) == day.changed_paths_of("1", "2")
