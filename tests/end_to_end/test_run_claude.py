"""One task's documents by Claude Code itself against a model on loopback, or by the stand-in.

Name the command with TASKDECK_TEST_CLAUDE, or have `claude` on PATH. The summary of the tests says which ran.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.agents.command import find_agent
from core.runs.folder import RunFolder
from core.runs.watch import RunWatch
from tests.fakes.command_line import NOWHERE
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, says, sse
from tests.fakes.run_project import RunProject, StandIn

KEY = "sk-ant-api03-loopback-key-0123456789abcdef"
REAL = os.environ.get("TASKDECK_TEST_CLAUDE") or shutil.which("claude") or ""
_TASKS_FILE = re.compile(r"(/[^\s\"\\`]+)/runs/([0-9a-z-]+)/agents/[^\s\"\\`]+/input/tasks\.json")


def calls_tool(number: int, name: str, given: dict[str, Any]) -> Scenario:
    """A reply that asks for one tool, its input in pieces as the real stream has it."""
    text = json.dumps(given)
    message = {
        "id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude-test-1",
        "content": [], "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 1},
    }  # fmt: skip
    block = {"type": "tool_use", "id": f"toolu_{number:02}", "name": name, "input": {}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
    ]
    events += [
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": text[at : at + 400]},
        }
        for at in range(0, len(text), 400)
    ]
    events += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 50}},
        {"type": "message_stop"},
    ]
    return Scenario(raw=b"".join(sse(event) for event in events))


def results_in(request: Request) -> int:
    """How many tool calls were answered by then: the step, whatever was sent twice."""
    messages: list[dict[str, Any]] = request.body.get("messages", [])
    blocks = [block for message in messages for block in _blocks(message)]
    return sum(block.get("type") == "tool_result" for block in blocks)


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def writer(documents: dict[str, str], *, forbidden: bool = True) -> Callable[[Request], Scenario]:
    """A model that reads its input, tries what it may not do, and writes the documents."""

    def answer(request: Request) -> Scenario:
        found = _TASKS_FILE.search(request.said)
        if not request.body.get("tools") or found is None:
            return says("documents")
        worktree = f"{found[1]}/worktrees/{found[2]}-0"
        steps = [
            ("Read", {"file_path": found[0]}),
            *(
                [("Write", {"file_path": f"{worktree}/src/forbidden.txt", "content": "x"})]
                if forbidden
                else []
            ),
            ("Write", {"file_path": f"{worktree}/.taskmaster/tasks/tasks.json", "content": "{}"}),
            *(
                ("Write", {"file_path": f"{worktree}/{path}", "content": text})
                for path, text in documents.items()
            ),
        ]
        step = results_in(request)
        return calls_tool(step, *steps[step]) if step < len(steps) else says("All documents are written.")

    return answer


@pytest.fixture
def project(tmp_path: Path) -> RunProject:
    return RunProject(tmp_path / "project", tasks=1)


@pytest.fixture
def named_agent(
    tmp_path: Path, project: RunProject, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> str:
    """The real command where there is one, else the stand-in; which of them goes into the summary."""
    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    path, label = REAL, "the real Claude Code CLI"
    if not path:
        denied = {"name": "Write", "input": {"file_path": "src/forbidden.txt"}}
        steps = [{"deny": denied}, *project.writing("1")]
        path, label = str(StandIn(tmp_path / "agent", *steps).path), "the stand-in for Claude Code"
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", path)
    record_property("agent", f"{label}, {find_agent(path).version}")
    return label


def test_an_agent_with_a_model_writes_one_tasks_documents(
    project: RunProject, named_agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = project.fingerprint()
    with MessagesApi(answer=writer(project.documents("1"))) as api:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", api.base_url)
        view = project.run("docs", "1", agent="claude")
    folder = project.runs[0]
    assert view.state == "done", f"{view.words}\n{_log(folder)}"
    assert project.files_on(view.branch) == sorted(project.documents("1"))
    assert project.fingerprint() == before
    row = RunWatch(folder).poll().agents[0]
    assert row.view is not None
    assert row.view.denied >= 1, "what it may not write was refused"
    assert row.judged is not None
    assert row.judged.warnings, "and that is told"
    assert KEY not in _log(folder)
    if "real" in named_agent:
        assert api.calls, "it asked the model on loopback"
        assert {request.headers.get("x-api-key") for request in api.calls} == {KEY}
        assert "tasks.json" in api.calls[0].said


def test_an_agent_with_a_model_does_a_task_and_cannot_touch_the_task_file(
    project: RunProject, named_agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "real" not in named_agent:
        denied = {"name": "Write", "input": {"file_path": ".taskmaster/tasks/tasks.json"}}
        StandIn(tmp_path / "agent", {"deny": denied}, {"write": {"path": "src/new.txt", "content": "new\n"}})
    with MessagesApi(answer=writer({"src/new.txt": "new\n"}, forbidden=False)) as api:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", api.base_url)
        view = project.run("task", "1", agent="claude")
    assert view.state == "done", f"{view.words}\n{_log(project.runs[0], 'task-1')}"
    assert project.files_on(view.branch) == ["src/new.txt"]
    row = RunWatch(project.runs[0]).poll().agents[0]
    assert row.view is not None
    # A rule that refuses is a failed tool call to Claude Code, and no refused permission.
    assert row.view.denied + row.view.errors >= 1, "the task file is not its to write"
    assert project.task("1")["status"] == "in-progress"


def _log(folder: RunFolder, agent: str = "docs-1") -> str:
    return (folder.agent(agent) / "log").read_text("utf-8", "replace")
