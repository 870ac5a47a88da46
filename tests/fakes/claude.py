"""What tests of the Claude planner share: options that lead to a loopback server, tasks, plain answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.planning.options import ClaudeOptions
from core.planning.planner import PlannerEvent
from core.tasks.model import Task
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, says

KEY = "sk-test-do-not-show-4711"
MODEL = "claude-test-1"
PRD = "# Shop\n\n- The shop must show its wares.\n- The shop must take orders.\n"


def options(api: MessagesApi, **changes: Any) -> ClaudeOptions:
    """Options for `api`, with pauses short enough for tests."""
    quick = {"first_pause": 0.01, "peek": 0.0, "silence_timeout": 20.0, "model": MODEL}
    return ClaudeOptions(**{"api_key": KEY, "base_url": api.base_url, **quick, **changes})


def task(key: str, **fields: Any) -> Task:
    raw = {"id": int(key) if key.isdecimal() else key, "title": f"Task {key}", "status": "pending", **fields}
    return Task(raw, key, None, 0)


def item(number: int, title: str = "", *dependencies: int, **changes: Any) -> dict[str, Any]:
    """A task as a model writes it."""
    return {
        "id": number,
        "title": title or f"Step {number} – “größer”",
        "description": 'What: a { } [ ] , \\ "quoted" thing',
        "details": "Über alles 🚀 und mehr",
        "testStrategy": "Look at it",
        "priority": "high",
        "dependencies": list(dependencies),
        "sourceLines": [3, 4],
        "sources": [],
        **changes,
    }


def subitem(number: int, title: str = "", *dependencies: int) -> dict[str, Any]:
    fields = item(number, title or f"Part {number}", *dependencies)
    return {name: value for name, value in fields.items() if name not in ("priority", "sourceLines")}


def score(key: str, value: float = 5, **changes: Any) -> dict[str, Any]:
    return {
        "taskId": key,
        "taskTitle": f"Task {key}",
        "complexityScore": value,
        "recommendedSubtasks": 3,
        "expansionPrompt": "Mind the seams",
        "reasoning": "Because",
        **changes,
    }


def tasks(*items: dict[str, Any], **changes: Any) -> Scenario:
    return says({"tasks": list(items)}, **changes)


def subtasks(*items: dict[str, Any], **changes: Any) -> Scenario:
    return says({"subtasks": list(items)}, **changes)


def scores(*items: dict[str, Any], **changes: Any) -> Scenario:
    return says({"complexityAnalysis": list(items)}, **changes)


def use(api: MessagesApi, monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    """Let commands plan with `api` and KEY; `settings` are those of `planner`."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    chosen = {"base_url": api.base_url, "model": MODEL, **settings}
    for name, value in chosen.items():
        monkeypatch.setenv(f"TASKDECK_PLANNER_{name.upper()}", str(value))


async def events_of(stream: AsyncIterator[PlannerEvent], into: list[PlannerEvent] | None = None) -> list[Any]:
    """All events; with `into` they are there even when the stream raises."""
    found: list[PlannerEvent] = [] if into is None else into
    async for event in stream:
        found.append(event)
    return found


def asked_ids(request: Request) -> list[str]:
    """The ids of the tasks a request to score asks for."""
    import json

    text = request.body["messages"][0]["content"][-1]["text"]
    listed = text.split("<tasks>")[1].split("</tasks>")[0]
    return [entry["id"] for entry in json.loads(listed)]
