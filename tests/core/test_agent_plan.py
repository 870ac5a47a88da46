"""The plan an agent keeps, as its todo and task tool calls tell it."""

from __future__ import annotations

import json
from typing import Any

from core.agents.plan import MOST, AgentPlan
from core.agents.reading import read_events


class Talk:
    """An agent that calls tools; each call has its answer unless told otherwise."""

    def __init__(self) -> None:
        self.plan = AgentPlan()
        self.number = 0

    def feed(self, event: dict[str, Any]) -> None:
        for found in read_events(json.dumps(event)):
            self.plan.feed(found)

    def call(self, name: str, parent: str = "", **given: Any) -> str:
        self.number += 1
        block = {"type": "tool_use", "id": f"t{self.number}", "name": name, "input": given}
        message = {"id": f"m{self.number}", "content": [block]}
        self.feed({"type": "assistant", "message": message, "parent_tool_use_id": parent or None})
        return f"t{self.number}"

    def answer(self, call: str, content: str = "ok", is_error: bool = False, more: Any = None) -> None:
        block = {"type": "tool_result", "tool_use_id": call, "content": content, "is_error": is_error}
        self.feed({"type": "user", "message": {"content": [block]}, "tool_use_result": more})

    def system(self, subtype: str, **fields: Any) -> None:
        self.feed({"type": "system", "subtype": subtype, **fields})

    def create(self, key: str, subject: str) -> None:
        self.answer(self.call("TaskCreate", subject=subject), more={"task": {"id": key, "subject": subject}})

    @property
    def items(self) -> list[tuple[str, str, str]]:
        return [(item.id, item.subject, item.status) for item in self.plan.items]


def test_a_todo_list_is_replaced_whole_each_time() -> None:
    talk = Talk()
    first = [
        {"content": "read", "status": "in_progress", "activeForm": "Reading"},
        {"content": "write", "status": "pending"},
    ]
    talk.answer(talk.call("TodoWrite", todos=first))
    assert talk.items == [("1", "read", "in_progress"), ("2", "write", "pending")]
    assert talk.plan.items[0].doing == "Reading"
    talk.call("TodoWrite", todos=[{"id": "a", "content": "write", "status": "completed", "priority": "high"}])
    assert talk.items == [("a", "write", "completed")]


def test_the_id_of_a_new_task_is_only_in_the_answer() -> None:
    talk = Talk()
    call = talk.call("TaskCreate", subject="Build", description="all of it")
    assert talk.items == []
    talk.answer(call, more={"task": {"id": "1", "subject": "Build"}})
    assert talk.items == [("1", "Build", "pending")]
    talk.answer(talk.call("TaskCreate", subject="Test"), "Task #2 created successfully: Test")
    assert talk.items[1] == ("2", "Test", "pending")
    talk.answer(talk.call("TaskCreate", subject="Refused"), "no", is_error=True)
    assert len(talk.items) == 2


def test_updates_change_status_words_and_what_blocks_what() -> None:
    talk = Talk()
    for key in "123":
        talk.create(key, f"Step {key}")
    talk.answer(
        talk.call("TaskUpdate", taskId="2", addBlockedBy=["1"], owner="reviewer"), more={"success": True}
    )
    talk.answer(
        talk.call("TaskUpdate", taskId="1", status="in_progress", addBlocks=["3"]), more={"success": True}
    )
    talk.answer(
        talk.call("TaskUpdate", taskId="1", status="completed"), more={"success": False, "error": "no"}
    )
    assert talk.items[0] == ("1", "Step 1", "in_progress")
    assert [item.blocked_by for item in talk.plan.items] == [(), ("1",), ("1",)]
    assert talk.plan.items[1].owner == "reviewer"
    talk.answer(talk.call("TaskUpdate", taskId="3", status="deleted"), more={"success": True})
    assert [key for key, _, _ in talk.items] == ["1", "2"]


def test_a_list_of_tasks_tells_what_was_missed() -> None:
    talk = Talk()
    talk.create("1", "Build")
    tasks = [
        {"id": "1", "subject": "Build", "status": "completed", "blockedBy": []},
        {"id": "7", "subject": "Ship", "status": "pending", "blockedBy": ["1"]},
    ]
    talk.answer(talk.call("TaskList"), more={"tasks": tasks})
    assert talk.items == [("1", "Build", "completed"), ("7", "Ship", "pending")]
    talk.answer(
        talk.call("TaskGet", taskId="7"), more={"task": {"id": "7", "status": "in_progress", "blockedBy": []}}
    )
    assert talk.items[1] == ("7", "Ship", "in_progress")


def test_sub_agents_in_the_background_end_when_somebody_says_so() -> None:
    talk = Talk()
    call = talk.call("Agent", description="Look around", subagent_type="Explore", run_in_background=True)
    talk.system("background_tasks_changed", tasks=[{"task_id": "x1", "description": "Look around"}])
    talk.system(
        "task_started", task_id="x1", tool_use_id=call, description="Look around", is_backgrounded=True
    )
    talk.answer(call, "Async agent launched", more={"status": "async_launched"})
    talk.system(
        "task_progress", task_id="x1", description="reads", usage={"total_tokens": 900, "tool_uses": 4}
    )
    (agent,) = talk.plan.agents
    assert (agent.name, agent.status, agent.tools, agent.tokens) == ("Explore", "running", 4, 900)
    talk.system("task_updated", task_id="x1", patch={"status": "failed", "error": "broke"})
    assert talk.plan.agents[0].status == "failed"


def test_a_sub_agent_in_the_foreground_ends_with_its_answer() -> None:
    talk = Talk()
    good, bad = talk.call("Task", description="Find it"), talk.call("Task", description="Break it")
    talk.answer(good, "found", more={"status": "completed"})
    talk.answer(bad, "no", is_error=True)
    assert [(agent.name, agent.status) for agent in talk.plan.agents] == [
        ("Find it", "completed"),
        ("Break it", "failed"),
    ]


def test_a_plan_without_end_is_bounded() -> None:
    talk = Talk()
    talk.call("TodoWrite", todos=[{"content": "x", "status": "pending"}] * (MOST + 500))
    for number in range(MOST + 100):
        talk.create(str(number), "y")
        talk.call("Agent", description="z")
    assert len(talk.plan.items) == 2 * MOST
    assert len(talk.plan.agents) == MOST
