"""Options of commands that begin a run: each of them holds, or the command says that it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.runs.cancel import cancel
from tests.fakes.claude_command import StandIn
from tests.fakes.command_line import CommandLine
from tests.fakes.forge_server import Fault
from tests.fakes.that_day import Day, that_day


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with that_day("daemon", tmp_path) as made:
        yield made
        for run in made.runs:
            cancel(run)


@pytest.fixture
def cli(day: Day, cli_in: Any) -> CommandLine:
    return cli_in(day.clone.project)


@pytest.mark.parametrize("begin", [("docs", "generate"), ("submit",)], ids=" ".join)
def test_no_push_with_a_pull_request_is_a_contradiction(
    day: Day, cli: CommandLine, begin: tuple[str, ...]
) -> None:
    refused = cli(*begin, "3", "--agent", "builtin", "--no-push", "--pr")
    assert refused.code == 2
    assert "--no-push and --pr contradict each other" in refused.err
    assert (day.runs, day.remote_branches(), day.forge.made()) == ([], [], [])


def test_no_push_and_no_pr_stay_on_this_machine(day: Day, cli: CommandLine) -> None:
    done = cli("docs", "generate", "3", "--no-push", "--no-pr", "--commit")
    assert done.code == 0, done.err
    assert (len(day.runs), day.remote_branches()) == (1, [])


@pytest.mark.parametrize("also", [(), ("--push",)], ids=["local", "pushed"])
def test_a_base_without_a_pull_request_is_refused(day: Day, cli: CommandLine, also: tuple[str, ...]) -> None:
    refused = cli("docs", "generate", "3", "--base", "main", *also)
    assert refused.code == 2
    assert "--base names the branch a pull request goes to" in refused.err
    assert "--pr" in refused.err
    assert day.runs == []


def test_a_dry_run_with_a_failing_check_ends_as_the_run_would(day: Day, cli: CommandLine) -> None:
    asked = ("docs", "generate", "11", "--pr", "--base", "nope")
    real, dry = cli(*asked), cli(*asked, "--dry-run")
    assert (real.code, dry.code) == (3, 3)
    assert real.err == dry.err
    assert "Check base: origin has no branch nope" in dry.err
    assert "✗ base" in dry.out
    told = cli(*asked, "--dry-run", "--json")
    assert (told.code, [check["name"] for check in told.json["checks"] if check["state"] == "fail"]) == (
        3,
        ["base"],
    )
    assert cli(*asked, "--dry-run", "--waive", "base").code == 0
    assert day.runs == []


def test_the_agent_is_credited_to_its_real_source(day: Day, cli: CommandLine) -> None:
    assert "agent: builtin (default):" in cli("docs", "generate", "3", "--push", "--dry-run").out
    named = cli("docs", "generate", "3", "--push", "--agent", "builtin", "--dry-run")
    assert "agent: builtin (--agent):" in named.out


def test_the_help_of_submit_says_what_leaves_the_machine(cli: CommandLine) -> None:
    said = " ".join(cli("submit", "--help").out.split())
    assert "only --push and --pr let anything leave this machine" in said
    assert "Nothing is pushed" not in said


def test_commit_commits_a_task_file_of_which_only_the_status_changed(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "4", "--commit").code == 0
    assert cli("set-status", "4", "done").code == 0
    done = cli("docs", "generate", "4", "--force", "--commit")
    assert done.code == 0, done.err
    assert f"{day.clone.task_path} was committed, alone." in done.out
    assert day.clone.git("show", "--format=", "--name-only", "HEAD") == day.clone.task_path
    assert day.clone.git("status", "--porcelain", "--", day.clone.task_path) == ""
    head = day.clone.git("rev-parse", "HEAD")
    same = cli("docs", "generate", "4", "--force", "--commit")
    assert "was committed" not in same.out
    assert day.clone.git("rev-parse", "HEAD") == head, "nothing differed"


def test_commit_holds_also_where_no_document_has_to_be_written(day: Day, cli: CommandLine) -> None:
    assert cli("docs", "generate", "4", "--commit").code == 0
    assert cli("set-status", "4", "done").code == 0
    done = cli("docs", "generate", "4", "--commit")
    assert done.code == 0, done.err
    assert "all of them are current" in done.out
    assert f"{day.clone.task_path} was committed, alone." in done.out
    assert day.clone.git("status", "--porcelain", "--", day.clone.task_path) == ""


def test_the_work_of_a_task_is_compared_with_a_ref_that_exists(
    day: Day, cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base is a branch of the remote only, and no local branch has its name."""
    agent = StandIn(tmp_path / "agent", {"write": {"path": "src/new.rs", "content": "fn new() {}"}})
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(agent.path))
    day.forge.faults.append(Fault("POST", "/pulls", 403, {"message": "Resource not accessible"}))
    done = cli("submit", "1", "--agent", "claude", "--pr", "--base", "main")
    assert done.code == 1
    [command] = re.findall(r"`git (log -p [^`]+)`", done.out)
    assert "new.rs" in day.clone.git(*command.split())
