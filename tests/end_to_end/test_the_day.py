"""The day replayed: one command from a stale remote to a pull request of exactly the right documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.build import own_build
from core.documents.content import content_hash
from core.documents.front_matter import parse as parse_front_matter
from core.runs import start
from core.tasks.document import parse
from tests.fakes.claude_command import StandIn, Step
from tests.fakes.command_line import CommandLine
from tests.fakes.forge_server import TOKEN, Fault
from tests.fakes.git_remotes import DECLINE, PASSWORD, Kind, git
from tests.fakes.that_day import BRANCH, EXPRESS, RUST, Day, commits, rust_plan, that_day

NAMES = ("task.md", "prompt.md", "design-spec.md", "acceptance-criteria.md")
RIGHT = [f"example/.taskmaster/docs/task-{number}/{name}" for number in range(1, 13) for name in NAMES]


@pytest.fixture(params=["daemon", "http"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def day(kind: Kind, tmp_path: Path) -> Iterator[Day]:
    with that_day(kind, tmp_path) as made:
        yield made


@pytest.fixture
def cli(day: Day, cli_in: Any) -> CommandLine:
    return cli_in(day.clone.project)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code as the agent's command."""
    made = StandIn(tmp_path / "agent")
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    return made


DECLINE_RUNS = """#!/bin/sh
case "$1" in refs/heads/taskdeck/*) echo "ask for a review" >&2; exit 1;; esac
"""
on_daemon = pytest.mark.parametrize("kind", ["daemon"], indirect=True)
on_http = pytest.mark.parametrize("kind", ["http"], indirect=True)


def test_one_command_from_a_stale_remote_to_the_pull_request(day: Day, cli: CommandLine) -> None:
    before, count, main = day.others(), commits(day.clone), day.clone.remote.tip("main")
    assert day.clone.git("diff", "--cached", "--name-status").split() == ["D", "lib/gone.py"]
    # Wide enough for whole titles, however long the ages beside them have become.
    check = cli.process("publish", "--check", env={"COLUMNS": "160"})
    assert check.code == 1
    assert "stale" in check.out
    assert RUST[0][0] in check.out
    assert EXPRESS[0] in check.out
    assert "Update the chart" not in check.out, "the file of the project at the top is another one"

    done = cli.process("docs", "generate", "--pr")

    assert done.code == 0, done.err + done.out
    assert day.remote_hash == day.wanted
    assert commits(day.clone) == count + 1
    assert day.clone.git("show", "--format=", "--name-only", "HEAD") == day.clone.task_path
    assert day.clone.remote.tip(BRANCH) == day.clone.git("rev-parse", "HEAD")
    assert day.clone.remote.tip("main") == main
    assert day.others() == before
    [branch] = day.remote_branches()
    assert sorted(day.changed_on(branch)) == sorted(RIGHT)
    assert git("merge-base", BRANCH, branch, cwd=day.clone.remote.folder) == day.clone.remote.tip(BRANCH)
    check_documents(day, branch)
    [call] = day.forge.made()
    assert (call.body["base"], call.body["head"]) == (BRANCH, branch)
    assert "12 Container image and release" in call.body["body"]
    assert not any(title in call.body["body"] for title in EXPRESS)
    assert "/pull/1" in done.out
    prepared = next(stage for stage in day.runs[0].ledger().stages if stage.name == "prepare")
    assert prepared.proof["taskdeck"] == own_build(), "which code did it stays known"
    assert TOKEN not in done.out + done.err
    assert PASSWORD not in done.out + done.err

    proven = cli.process("publish", "--check", "--json")
    assert proven.code == 0
    state = proven.json
    assert (state["state"], state["localHash"], state["remoteHash"]) == ("proven", day.wanted, day.wanted)
    assert state["branch"] == BRANCH


def check_documents(day: Day, branch: str) -> None:
    """Every document on the branch belongs to the right task, with the hash of its content now."""
    tag = parse(day.clone.tasks.read_bytes(), day.clone.tasks).tag("master")
    assert len(tag.tasks) == 12
    assert sum(len(task.subtasks) for task in tag.tasks) == 68
    for path in RIGHT:
        text = day.clone.remote.read(branch, path)
        assert text is not None
        front, _ = parse_front_matter(text)
        task = tag.find(path.split("task-")[1].split("/")[0])
        assert (front.task, front.title, front.hash) == (task.key, task.title, content_hash(task))
        assert not any(title in text for title in EXPRESS)


@on_daemon
@pytest.mark.parametrize("how", ["committed", "hidden from git status"])
def test_a_clean_work_tree_is_not_taken_for_published(day: Day, cli: CommandLine, how: str) -> None:
    """The day's own trap: `git status` says nothing of the task file, and the remote holds another."""
    if how == "committed":
        day.clone.git("commit", "-q", "--only", "-m", "the right plan", "--", day.clone.task_path)
    else:
        day.clone.git("update-index", "--assume-unchanged", day.clone.task_path)
    assert day.clone.task_path not in day.clone.git("status", "--porcelain")
    before = day.others()
    check = cli("publish", "--check", "--json")
    assert check.code == 1
    assert check.json["localHash"] == day.wanted
    assert check.json["remoteHash"] == day.remote_hash != day.wanted
    done = cli("docs", "generate", "12", "--pr")
    assert done.code == 0, done.err
    assert day.remote_hash == day.wanted
    assert day.changed_on(day.remote_branches()[0]) == day.changed_paths_of("12")
    assert day.forge.made()[0].body["base"] == BRANCH
    assert day.others() == before


@on_http
def test_the_deletion_of_the_other_projects_file_is_shown_and_never_published(
    day: Day, cli: CommandLine
) -> None:
    day.clone.git("rm", "-q", ".taskmaster/tasks/tasks.json")
    before = day.others()
    done = cli("docs", "generate", "2", "--pr")
    assert done.code == 0, done.err
    assert "Deleted here, not committed: .taskmaster/tasks/tasks.json, lib/gone.py" in done.out
    assert day.clone.remote.read(BRANCH, ".taskmaster/tasks/tasks.json") is not None
    assert day.clone.remote.read(BRANCH, "lib/gone.py") is not None
    assert day.others() == before
    check = cli("publish", "--check")
    assert check.code == 0
    assert "Deleted here, not committed: .taskmaster/tasks/tasks.json, lib/gone.py" in check.err


def invents(day: Day) -> list[Step]:
    """It finds no task file, so it makes one up, and documents for the tasks in it."""
    invented = '{"master": {"tasks": [{"id": 1001, "title": "Sample task"}]}}'
    return [
        {"tool": {"name": "Read", "input": {"file_path": ".taskmaster/tasks/task.json"},
                  "content": "File does not exist.", "is_error": True}},
        {"write": {"path": ".taskmaster/tasks/tasks.json", "content": invented}},
        *({"write": {"path": f".taskmaster/docs/task-{n}/task.md", "content": "# Sample task\n"}}
          for n in range(1001, 1006)),
        {"say": "Mission accomplished! All documents were generated."},
    ]  # fmt: skip


def changes_tasks(day: Day) -> list[Step]:
    """It writes good documents and tidies up the task file on the way."""
    return [*day.writing("1"), {"write": {"path": ".taskmaster/tasks/tasks.json", "content": "{}\n"}}]


def writes_node(day: Day) -> list[Step]:
    """It writes of the Express project, under the number of a right task."""
    return day.writing("1", lambda text: text.replace(RUST[0][0], EXPRESS[0]))


def adds_files(day: Day) -> list[Step]:
    """It leaves files of its platform in the work tree."""
    return [*day.writing("1"), {"write": {"path": "CLAUDE.md", "content": "be good\n"}}]


@on_daemon
@pytest.mark.parametrize(
    ("does", "finding"),
    [
        (invents, "task file"),
        (changes_tasks, "task file"),
        (writes_node, "title"),
        (adds_files, "CLAUDE.md"),
    ],
)
def test_a_result_that_fails_the_gate_is_not_pushed_and_its_story_is_told(
    day: Day, cli: CommandLine, agent: StandIn, does: Callable[[Day], list[Step]], finding: str
) -> None:
    before = day.others()
    agent.script(*does(day))
    done = cli("docs", "generate", "1", "--pr", "--agent", "claude")
    assert done.code == 1
    assert finding in done.err
    assert day.remote_branches() == []
    assert day.forge.made() == []
    assert day.remote_hash == day.wanted, "the input was published and stays so"
    assert day.others() == before
    [folder] = day.runs
    shown = cli("runs", "show", "--parameters")
    for words in (finding, day.wanted[:10], "failed", "claude", BRANCH):
        assert words in shown.out, (words, shown.out)
    report = Path(cli("incident", "last", "--json").json["path"]).read_text("utf-8")
    for words in (folder.id, finding, day.wanted, BRANCH, "publish", "gate"):
        assert words in report, (words, report)
    assert TOKEN not in report
    assert PASSWORD not in report


@on_http
def test_a_server_that_declines_the_runs_branch_is_retried_without_agents(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    day.clone.remote.hook(
        "update",
        '#!/bin/sh\ncase "$1" in refs/heads/taskdeck/*) echo "ask for a review" >&2; exit 1;; esac\n',
    )
    agent.script(*day.writing("1"))
    failed = cli("docs", "generate", "1", "--pr", "--agent", "claude")
    assert failed.code == 1
    assert "ask for a review" in failed.err
    assert "runs retry" in failed.err
    assert day.remote_hash == day.wanted
    assert day.remote_branches() == []
    assert day.forge.made() == []
    day.clone.remote.hook("update", "#!/bin/sh\nexit 0\n")
    again = cli("runs", "retry")
    assert again.code == 0, again.err
    assert len(agent.calls) == 1
    [branch] = day.remote_branches()
    assert branch == day.runs[0].request.branch == day.runs[1].request.branch
    assert day.changed_on(branch) == day.changed_paths_of("1")
    assert len(day.forge.made()) == 1


@on_daemon
def test_a_server_that_declines_the_task_file_stops_before_any_agent(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    day.clone.remote.hook("pre-receive", DECLINE)
    stale = day.remote_hash
    failed = cli("docs", "generate", "1", "--pr", "--agent", "claude")
    assert failed.code == 3
    assert "this server takes no push" in failed.err
    assert (agent.calls, day.remote_hash, day.forge.made()) == ([], stale, [])
    report = Path(cli("incident", "last", "--json").json["path"]).read_text("utf-8")
    assert "this server takes no push" in report
    day.clone.remote.hook("pre-receive", "#!/bin/sh\nexit 0\n")
    agent.script(*day.writing("1"))
    again = cli("runs", "retry")
    assert again.code == 0, again.err
    assert day.remote_hash == day.wanted
    assert len(day.forge.made()) == 1


@on_daemon
def test_an_answer_of_the_forge_that_got_lost_makes_no_second_pull_request(
    day: Day, cli: CommandLine
) -> None:
    day.forge.faults.append(Fault("POST", "/pulls", hang_up=True, after=True))
    first = cli("docs", "generate", "1", "--pr")
    if first.code:
        assert "runs retry" in first.err
        assert cli("runs", "retry").code == 0
    assert len(day.forge.pulls) == 1
    assert day.forge.pulls[0]["base"]["ref"] == BRANCH


@on_daemon
def test_documents_that_stayed_here_are_no_pull_request(day: Day, cli: CommandLine) -> None:
    """A run without --pr leaves them on a branch here; to ask for a pull request then delivers that one."""
    assert cli("docs", "generate", "3", "--commit").code == 0
    asked = cli("docs", "generate", "3", "--pr")
    assert asked.code == 1, "the task file is committed and not published"
    assert "Nothing was pushed" in asked.err
    assert (day.forge.made(), day.remote_branches()) == ([], [])
    assert cli("publish").code == 0
    assert cli("docs", "generate", "3", "--pr").code == 0
    assert len(day.forge.made()) == 1
    again = cli("docs", "generate", "3", "--pr")
    assert again.code == 0
    assert "No agent works" in again.out
    assert len(day.forge.made()) == 1


@on_daemon
def test_a_task_file_that_changes_as_the_run_begins_stops_it_before_any_agent(
    day: Day, cli: CommandLine, agent: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin: Callable[..., Any] = start._begin  # pyright: ignore[reportPrivateUsage]

    def edit_first(*arguments: Any) -> Any:
        day.put_right_file(rust_plan() | {"later": {"tasks": []}})
        return begin(*arguments)

    monkeypatch.setattr(start, "_begin", edit_first)
    done = cli("docs", "generate", "1", "--pr", "--agent", "claude")
    assert done.code == 3
    assert "is not what this run was asked for" in done.err
    assert agent.calls == []
    assert day.forge.made() == []


@on_daemon
def test_the_task_file_is_the_same_from_every_folder(day: Day, cli_in: Any, tmp_path: Path) -> None:
    told = [
        cli_in(day.clone.project / "src")("publish", "--check", "--json"),
        cli_in(day.clone.project)("publish", "--check", "--json"),
        cli_in(day.clone.top)("publish", "--check", "--json", "--project", "example"),
        cli_in(tmp_path)("publish", "--check", "--json", "--project", str(day.clone.project)),
    ]
    for answer in told:
        assert answer.code == 1
        [paths] = [one for one in answer.json["paths"] if one["path"].endswith("tasks.json")]
        assert paths["path"] == "example/.taskmaster/tasks/tasks.json"
        assert (paths["localHash"], paths["remoteHash"]) == (day.wanted, day.remote_hash)
        assert {place: one["tasks"] for place, one in paths["places"].items()} == {
            "local": 12, "head": 6, "tracking": 6, "remote": 6
        }  # fmt: skip
    at_the_top = cli_in(day.clone.top)("publish", "--check", "--json")
    assert at_the_top.json["paths"][0]["path"] == ".taskmaster/tasks/tasks.json"


@on_daemon
def test_a_base_that_is_not_there_is_said_before_any_agent(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    """A dash where the slash belongs: a name that git would take, and no branch has."""
    stale = day.remote_hash
    done = cli("docs", "generate", "1", "--pr", "--agent", "claude", "--base", "feature-example-app")
    assert done.code == 3
    assert "origin has no branch feature-example-app" in done.err
    assert BRANCH in done.err
    assert (agent.calls, day.remote_hash, day.runs) == ([], stale, [])


@on_daemon
def test_any_tag_and_any_id(day: Day, cli: CommandLine) -> None:
    """Ids are text: none of them means "all", and none is too large or too odd to be documented."""
    first = rust_plan()["master"]["tasks"][0]
    tasks = [first | {"id": name, "title": f"Part {name}"} for name in ("AUTH-1", 999999, 1.10)]
    day.put_right_file(rust_plan() | {"release/2": {"tasks": tasks, "metadata": {}}})
    done = cli("docs", "generate", "--pr", "--tag", "release/2")
    assert done.code == 0, done.err
    [branch] = day.remote_branches()
    assert len(day.changed_on(branch)) == 12
    assert day.changed_on(branch) == day.changed_paths_of("AUTH-1", "999999", "1.1")


@on_daemon
def test_a_retry_can_be_allowed_what_stopped_the_run(day: Day, cli: CommandLine) -> None:
    """The way out that a refusal names is one that the next command has."""
    day.clone.write("example/src/later.rs")
    day.clone.git("add", "example/src/later.rs")
    day.clone.git("commit", "-q", "--only", "-m", "not yet for others", "--", "example/src/later.rs")
    stale = day.remote_hash
    refused = cli("docs", "generate", "1", "--pr")
    assert refused.code == 3
    assert "not yet for others" in refused.err
    assert "--include-unpushed" in refused.err
    assert (day.remote_hash, day.forge.made()) == (stale, [])
    unknown = cli("runs", "retry", "--include-unpushed", "--waive", "no such check")
    assert unknown.code == 2
    assert cli("runs", "retry", "--include-unpushed").code == 0
    assert day.remote_hash == day.wanted
    assert len(day.forge.made()) == 1


PUSHES = """
import subprocess
for command in (
    "git add -A", "git -c user.name=Bot -c user.email=b@x commit -qm step", "git branch sneaky",
    "git push origin HEAD:refs/heads/main", "git push --force origin HEAD:refs/heads/feature/example-app",
    "git fetch -q origin", "git push $(git config remote.origin.url) HEAD:refs/heads/other",
):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    emit({"type": "pushed", "command": command, "code": done.returncode, "said": done.stderr})
"""


@on_http
def test_an_agent_with_a_shell_pushes_nothing_and_its_branches_are_told(
    day: Day, cli: CommandLine, agent: StandIn
) -> None:
    """What leaves this machine has passed the gate: an agent's own push goes nowhere, its fetch works."""
    main = day.clone.remote.tip("main")
    agent.script({"write": {"path": "src/new.rs", "content": "fn new() {}\n"}}, {"python": PUSHES})
    done = cli("submit", "1", "--pr", "--agent", "claude")
    assert done.code == 0, done.err
    assert day.clone.remote.tip("main") == main
    assert day.clone.remote.tip("other") == ""
    assert day.clone.remote.tip(BRANCH) == day.clone.git("rev-parse", BRANCH)
    events = [json.loads(line) for line in cli("logs", "--raw").out.splitlines()]
    codes = {event["command"]: event["code"] for event in events if event["type"] == "pushed"}
    assert [bool(code) for code in codes.values()] == [False, False, False, True, True, False, True]
    assert any("taskdeck-lets-no-agent-push" in event.get("said", "") for event in events)
    assert "In your own repository refs/heads/sneaky" in cli("runs", "show").out
    assert day.changed_on(day.remote_branches()[0]) == ["example/src/new.rs"]
