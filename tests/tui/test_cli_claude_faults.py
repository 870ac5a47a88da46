"""Every fault of a network, endpoint or model, met by a command: words, exit code, requests, no change."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.paths import state_folder
from tests.fakes.claude import KEY, MODEL, item, score, scores, subitem, subtasks, tasks, use
from tests.fakes.command_line import NOWHERE, CommandLine, Result, command
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, fails, refusal, says

PRD = "# Shop\n\n- The shop must show its wares.\n- The shop must take orders.\n"
THREE = (item(1), item(2), item(3))
QUICK = {"retry_after_ms": "20"}


def cut(kind: str) -> Scenario:
    return tasks(*THREE, cut=kind, cut_after=32)


FAULTS: list[tuple[str, list[Scenario], str, int]] = [
    ("401", [fails(401, "authentication_error", f"invalid x-api-key {KEY}")], "key was not accepted", 1),
    ("403", [fails(403, "permission_error")], "does not allow", 1),
    ("404", [fails(404, "not_found_error", "model: nope")], "no such model", 1),
    ("400", [fails(400, "invalid_request_error", "prompt is too long")], "too long", 1),
    ("402", [fails(402, "billing_error")], "cannot pay", 1),
    ("429", [fails(429, "rate_limit_error", **QUICK)] * 3, "3 times in a row", 3),
    ("429, wait long", [fails(429, "rate_limit_error", retry_after="900")], "wait 900 s", 1),
    ("529", [fails(529, "overloaded_error", **QUICK)] * 3, "overloaded", 3),
    ("500", [fails(500, "api_error", **QUICK)] * 3, "error of its own", 3),
    ("no headers", [Scenario(headers_never=True)] * 3, "no answer within 0.5 s", 3),
    ("stall", [cut("stall")] * 3, "fell silent in the middle", 3),
    ("drop", [cut("drop")] * 3, "broke off in the middle", 3),
    ("clean early end", [cut("end")] * 3, "ended in the middle", 3),
    ("error event", [tasks(*THREE, error_event="overloaded_error")] * 3, "overloaded", 3),
    ("broken line", [tasks(*THREE, broken_line=True)] * 3, "broke off", 3),
    ("truncated", [says('{"tasks": [{"id": 1, ', stop_reason="max_tokens")], "longer than the model", 1),
    ("refusal", [refusal("It could do harm.")], "declined", 1),
    ("malformed", [says('{"tasks": [{"id": 1,, }]}')] * 2, "not valid JSON", 2),
    ("wrong schema", [says({"tasks": [{"id": 1}]})] * 2, "title: Field required", 2),
    ("nonsense", [Scenario(raw=b"<html><body>Sign in</body></html>")] * 3, "", 3),
]


@pytest.fixture
def project(cli: CommandLine) -> CommandLine:
    (cli.folder / "prd.md").write_text(PRD)
    return cli


def run_against(
    project: CommandLine, script: Sequence[Scenario], *arguments: str, **settings: object
) -> tuple[Result, MessagesApi]:
    with MessagesApi(*script) as api:
        use(api, project.monkeypatch, **settings)
        return project(*arguments), api


def kept_files(project: CommandLine) -> Iterator[Path]:
    """Everything that was written anywhere: the project, the state, the settings."""
    places = (project.folder, state_folder(project.folder).parent)
    return (path for place in places for path in place.rglob("*") if path.is_file())


@pytest.mark.parametrize(("script", "words", "requests"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_said_and_changes_nothing(
    project: CommandLine, script: list[Scenario], words: str, requests: int
) -> None:
    before = project.file.read_bytes()
    quick = {"timeout": 0.5} if words.startswith(("no answer", "fell")) else {}
    result, api = run_against(project, script, "parse-prd", "prd.md", "--append", **quick)
    assert result.code == 1, result
    assert len(api.calls) == requests
    assert project.file.read_bytes() == before
    assert result.out == ""
    host = api.base_url.removeprefix("http://")
    reason = result.err[result.err.index("taskdeck: ") :]
    assert reason.startswith(f"taskdeck: {MODEL} at {host}: ")
    assert words in reason
    assert "Nothing was saved." in reason
    assert len(reason.splitlines()) == 2  # what, and what to do
    assert result.err.count("Trying again") == (requests - 1 if requests == 3 else 0)
    assert "Traceback" not in result.err
    assert KEY not in result.err
    assert not [path for path in kept_files(project) if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze-complexity"],
        ["expand", "3"],
        ["expand", "--all"],
        ["add-task", "--prompt", "export"],
        ["update-task", "3", "--prompt", "export"],
        ["update-subtask", "2.2", "--append", "--prompt", "export"],
        ["draft-prd", "a shop", "-o", "new.md"],
    ],
)
@pytest.mark.parametrize(
    ("scenario", "words", "code"),
    [
        (fails(401, "authentication_error"), "key was not accepted", 1),
        (refusal("No."), "declined", 1),
        (fails(529, "overloaded_error", x_should_retry="false"), "overloaded", 1),
        (tasks(cut="drop"), "broke off", 1),
    ],
    ids=["401", "refusal", "529", "drop"],
)
def test_every_command_ends_plainly(
    project: CommandLine, arguments: list[str], scenario: Scenario, words: str, code: int
) -> None:
    before = project.file.read_bytes()
    with MessagesApi(answer=lambda _request: scenario) as api:
        use(api, project.monkeypatch, retries=0)
        result = project(*arguments)
    assert result.code == code, result
    assert words in result.err
    assert project.file.read_bytes() == before
    assert not (project.folder / "new.md").exists()
    assert not (project.folder / ".taskmaster/reports").exists()


def test_ids_that_start_again_at_1_become_new_tasks(project: CommandLine) -> None:
    numbers = [task["id"] for task in project.data["master"]["tasks"]]
    # What "1" means is asked again: the first of the new tasks, or the one there is.
    script = [tasks(item(1), item(2, "Next", 1)), tasks(item(7, "Next", 6))]
    result, api = run_against(project, script, "parse-prd", "prd.md", "--append")
    assert result.code == 0, result
    assert len(api.calls) == 2
    assert [task["id"] for task in project.data["master"]["tasks"]] == [*numbers, 6, 7]
    assert project.task("7")["dependencies"] == [6]
    assert project("validate-dependencies").code == 0


def test_an_unknown_model_names_those_there_are(project: CommandLine) -> None:
    result, _ = run_against(
        project, [fails(404, "not_found_error", "model: nope")], "expand", "3", "--model", "nope"
    )
    assert "nope at 127.0.0.1" in result.err
    assert "claude-test-1, claude-test-2" in result.err


def test_nobody_at_the_address(project: CommandLine) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        project.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        address = f"http://someone:secret@127.0.0.1:{silent.getsockname()[1]}"
        project.monkeypatch.setenv("TASKDECK_PLANNER_BASE_URL", address)
        project.monkeypatch.setenv("TASKDECK_PLANNER_RETRIES", "0")
        result = project("expand", "3")
    assert result.code == 1
    assert "cannot be reached" in result.err
    assert "secret" not in result.err


def test_one_group_that_fails_leaves_the_other_scores_saved(project: CommandLine) -> None:
    many = [{"id": n, "title": f"Task {n}", "status": "pending", "dependencies": []} for n in range(1, 13)]
    project.file.write_text(json.dumps({"master": {"tasks": many}}))
    before = project.file.read_bytes()
    first = scores(*(score(str(n)) for n in range(1, 11)))
    result, api = run_against(project, [first, refusal("No.")], "analyze-complexity", concurrency=1)
    assert result.code == 1
    assert len(api.calls) == 2
    assert "Of 12 tasks, 10 had been scored." in result.err
    assert "analyze-complexity --id=11,12" in result.err
    report = json.loads((project.folder / ".taskmaster/reports/task-complexity-report.json").read_text())
    assert [entry["taskId"] for entry in report["complexityAnalysis"]] == list(range(1, 11))
    assert project.file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "arrived"),
    [(["parse-prd", "prd.md", "--append"], THREE), (["draft-prd", "a shop", "-o", "new.md"], ())],
)
def test_ctrl_c_in_the_middle_of_an_answer(
    project: CommandLine, arguments: list[str], arrived: tuple[dict[str, object], ...]
) -> None:
    before = project.file.read_bytes()
    stalled = tasks(*arrived, cut="stall", cut_after=32) if arrived else says("# Shop " * 20, cut="stall")
    with MessagesApi(stalled) as api:
        use(api, project.monkeypatch)
        process = start(project, *arguments)
        wait_for_calls(api, 1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert api.calls[0].ended.wait(10)
        assert api.calls[0].outcome == "hung up"
    assert (process.returncode, out) == (130, b"")
    said = err.decode().splitlines()[-2]
    assert said.startswith("taskdeck: Stopped; nothing was saved. What had been written cost ")
    assert re.search(r" \([1-9]\d* tokens out\)\.$", said)
    assert project.file.read_bytes() == before
    assert not (project.folder / "new.md").exists()


def start(project: CommandLine, *arguments: str) -> subprocess.Popen[bytes]:
    import os

    return subprocess.Popen(
        [*command(), *arguments], cwd=project.folder, env=os.environ | NOWHERE,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_for_calls(api: MessagesApi, count: int) -> None:
    import time

    deadline = time.monotonic() + 30
    while len(api.calls) < count:
        assert time.monotonic() < deadline, "the command made no call"
        time.sleep(0.01)


def test_a_fault_of_our_own_shows_no_key(project: CommandLine) -> None:
    with MessagesApi(subtasks(subitem(1))) as api:
        use(api, project.monkeypatch)
        project.monkeypatch.setattr("tui.cli.expanding.Expanding._take", lambda *_: 1 / len(KEY[:0]))
        project.monkeypatch.setattr("core.crash_file._details", lambda *_: f"what {KEY} it held")
        result = project("expand", "3")
    assert result.code == 1
    assert "fault of Taskdeck itself" in result.err
    path = Path(result.err.split("The details are in ")[1].split(";")[0])
    assert path.read_text() == "what … it held"
