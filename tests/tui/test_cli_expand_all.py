"""expand --all: side by side, saved one by one, stopped at any moment and gone on with."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.claude import score, scores, subitem, subtasks, use
from tests.fakes.command_line import NOWHERE, CommandLine, command, make_project
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, fails, refusal

PARTS = subtasks(subitem(1), subitem(2, "", 1))


@pytest.fixture
def twelve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A project of twelve open tasks without subtasks."""
    tasks = [
        {"id": n, "title": f"Task {n}", "status": "pending", "dependencies": [], "subtasks": []}
        for n in range(1, 13)
    ]
    return CommandLine(make_project(tmp_path / "twelve", {"master": {"tasks": tasks}}), monkeypatch)


def asked(request: Request) -> str:
    """The id of the task that a request asks to cut."""
    found = re.search(r'"id": "(\d+)"', request.body["messages"][0]["content"][-1]["text"])
    assert found
    return found[1]


def expanded(cli: CommandLine) -> set[str]:
    return {str(task["id"]) for task in cli.data["master"]["tasks"] if task["subtasks"]}


class Rounds:
    """Holds every reply back until as many calls are waiting as may be at once, then lets them all go."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.calls = 0
        self.full: list[asyncio.Event] = []

    def reply(self, _request: Request) -> Scenario:
        at = self.calls // self.size
        self.calls += 1
        if at == len(self.full):
            self.full.append(asyncio.Event())
        if self.calls % self.size == 0:
            self.full[at].set()
        return replace(PARTS, hook=lambda: asyncio.wait_for(self.full[at].wait(), 20))


def test_twelve_tasks_take_three_rounds_of_four(twelve: CommandLine) -> None:
    rounds = Rounds(4)
    with MessagesApi(answer=rounds.reply) as api:
        use(api, twelve.monkeypatch, concurrency=4)
        result = twelve("expand", "--all")
        assert result.code == 0, result
        assert api.most_in_flight == 4
        assert len(api.calls) == 12
    # Each reply waited for three others, and all of them came: nothing was asked one after the other.
    assert [full.is_set() for full in rounds.full] == [True] * 3
    assert expanded(twelve) == {str(n) for n in range(1, 13)}
    assert twelve("validate-dependencies").code == 0


def test_calls_of_400_ms_overlap(twelve: CommandLine) -> None:
    depth: dict[int, int] = {}

    def slow(_request: Request) -> Scenario:
        over = [depth[at] for at, call in enumerate(api.calls) if at in depth and call.ended.is_set()]
        depth[len(depth)] = 1 + max(over, default=0)
        return replace(PARTS, delay=0.4)

    with MessagesApi(answer=slow) as api:
        use(api, twelve.monkeypatch, concurrency=4)
        assert twelve("expand", "--all").code == 0
        assert api.most_in_flight == 4
    # How many calls were over, one behind the other, when a call began: about 3 rounds, not 12.
    assert max(depth.values()) <= 4


def test_one_at_a_time_when_so_set(twelve: CommandLine) -> None:
    with MessagesApi(answer=lambda _request: PARTS) as api:
        use(api, twelve.monkeypatch, concurrency=1)
        assert twelve("expand", "--all").code == 0
        assert api.most_in_flight == 1
        assert [asked(request) for request in api.calls] == [str(n) for n in range(1, 13)]


def start(cli: CommandLine, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*command(), *arguments], cwd=cli.folder, env=os.environ | NOWHERE,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, -15), (signal.SIGINT, 130)]
)
def test_stopped_half_way_and_run_again_asks_only_for_the_rest(
    twelve: CommandLine, stop: signal.Signals, code: int
) -> None:
    enough = threading.Event()

    def five_then_silence(request: Request) -> Scenario:
        if int(asked(request)) <= 5:
            return PARTS
        enough.set()
        return Scenario(headers_never=True)

    with MessagesApi(answer=five_then_silence) as api:
        use(api, twelve.monkeypatch, concurrency=1)
        process = start(twelve, "expand", "--all")
        assert enough.wait(30)
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
        assert process.returncode == code
    assert expanded(twelve) == {"1", "2", "3", "4", "5"}
    if stop == signal.SIGINT:
        assert b"5 of 12 tasks were expanded and are saved" in err
    with MessagesApi(answer=lambda _request: PARTS) as api:
        use(api, twelve.monkeypatch)
        assert twelve("expand", "--all").code == 0
        assert sorted(int(asked(request)) for request in api.calls) == list(range(6, 13))
    assert expanded(twelve) == {str(n) for n in range(1, 13)}
    assert all(len(task["subtasks"]) == 2 for task in twelve.data["master"]["tasks"])
    with MessagesApi() as api:
        use(api, twelve.monkeypatch)
        assert "has subtasks already" in twelve("expand", "--all").out
        assert api.requests == []


def test_one_that_is_refused_does_not_stop_the_others(twelve: CommandLine) -> None:
    def all_but_three(request: Request) -> Scenario:
        return refusal("No.") if asked(request) == "3" else PARTS

    with MessagesApi(answer=all_but_three) as api:
        use(api, twelve.monkeypatch)
        result = twelve("expand", "--all")
        assert len(api.calls) == 12
    assert result.code == 1
    assert "Task 3 was not expanded." in result.err
    assert "11 of 12 tasks had been expanded." in result.err
    assert expanded(twelve) == {str(n) for n in range(1, 13)} - {"3"}


def test_a_wrong_key_stops_all(twelve: CommandLine) -> None:
    before = twelve.text
    with MessagesApi(answer=lambda _request: fails(401, "authentication_error")) as api:
        use(api, twelve.monkeypatch, concurrency=2)
        assert twelve("expand", "--all").code == 1
        assert len(api.calls) <= 3
    assert twelve.text == before


def test_what_others_cut_meanwhile_is_left_alone(twelve: CommandLine) -> None:
    def edits_meanwhile(request: Request) -> Scenario:
        data = json.loads(twelve.text)
        if asked(request) == "2" and not data["master"]["tasks"][1]["subtasks"]:
            data["master"]["tasks"][1]["subtasks"] = [{"id": 1, "title": "By hand", "status": "pending"}]
            data["master"]["tasks"] = data["master"]["tasks"][:-1]
            twelve.file.write_text(json.dumps(data))
        return PARTS

    with MessagesApi(answer=edits_meanwhile) as api:
        use(api, twelve.monkeypatch, concurrency=1)
        result = twelve("expand", "--all")
    assert result.code == 0, result
    assert [sub["title"] for sub in twelve.task("2")["subtasks"]] == ["By hand"]
    assert "Task 2 has subtasks by now" in result.err
    assert "Task 12 is gone" in result.err


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_analysis_in_groups_is_saved_group_by_group(twelve: CommandLine, stop: signal.Signals) -> None:
    first_saved = threading.Event()
    report = twelve.folder / ".taskmaster/reports/task-complexity-report.json"

    def in_groups(request: Request) -> Scenario:
        text = request.body["messages"][0]["content"][-1]["text"]
        keys = re.findall(r'"id": "(\d+)"', text)
        if "12" in keys:
            first_saved.set()
            return Scenario(headers_never=True)
        return scores(*(score(key) for key in keys))

    with MessagesApi(answer=in_groups) as api:
        use(api, twelve.monkeypatch, concurrency=1)
        process = start(twelve, "analyze-complexity")
        assert first_saved.wait(30)
        deadline = time.monotonic() + 20
        while not report.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
    if stop == signal.SIGINT:
        assert process.returncode == 130
        assert b"saved: 10 scores" in err
        assert b"analyze-complexity --id=11,12" in err
    assert len(json.loads(report.read_text())["complexityAnalysis"]) == 10
