"""The plan an agent keeps for itself, read from its todo and task tool calls, and the sub-agents it began."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.agents.events import (
    BackgroundTasks,
    Data,
    Event,
    TaskNotification,
    TaskProgress,
    TaskStarted,
    TaskUpdated,
    ToolResult,
    ToolUse,
)
from core.agents.json_values import mapping, objects, text, texts

MOST = 2000
"""Items and sub-agents that are kept: a plan is made by a stranger."""

_NUMBER = re.compile(r"#(\w+)")
_ENDED = frozenset(("completed", "failed", "stopped", "killed"))


@dataclass(frozen=True)
class PlanItem:
    """One step. `status` is pending, in_progress or completed; `agent` is "" for the agent itself."""

    id: str
    subject: str
    status: str = "pending"
    blocked_by: tuple[str, ...] = ()
    agent: str = ""
    doing: str = ""
    owner: str = ""


@dataclass(frozen=True)
class SubAgent:
    """An agent, or a command in the background, that the agent began.

    `status` is running, or how it ended: completed, failed, stopped, killed, or ended where nobody said.
    """

    id: str
    name: str
    description: str = ""
    status: str = "running"
    tools: int = 0
    tokens: int = 0
    background: bool = False


class AgentPlan:
    """Follows the events of one agent. `items` are grouped by agent, the agent itself first."""

    def __init__(self) -> None:
        self._todos: dict[str, tuple[PlanItem, ...]] = {}
        self._tasks: dict[str, PlanItem] = {}
        self._calls: dict[str, ToolUse] = {}
        self._names: dict[str, str] = {}
        self._agents: dict[str, SubAgent] = {}
        self._of_call: dict[str, str] = {}

    @property
    def items(self) -> tuple[PlanItem, ...]:
        """The plan as it stands."""
        todos = [item for _, items in self._todos.items() for item in items]
        found = [*self._tasks.values(), *todos]
        order = {"": 0}
        for item in found:
            order.setdefault(item.agent, len(order))
        return tuple(sorted(found, key=lambda item: order[item.agent]))

    @property
    def agents(self) -> tuple[SubAgent, ...]:
        """The sub-agents in the order they began."""
        return tuple(self._agents.values())

    def name_of(self, event: Event) -> str:
        """What the speaker of an event is called, "" for the agent itself."""
        if not event.parent:
            return ""
        return event.agent or self._names.get(event.parent, "") or "sub-agent"

    def feed(self, event: Event) -> None:
        """Take one event into account."""
        if isinstance(event, ToolUse):
            self._called(event)
        elif isinstance(event, ToolResult):
            call = self._calls.pop(event.tool_use_id, None)
            if call is not None and not event.is_error:
                self._answered(call, event)
            self._came_back(event)
        else:
            self._beside(event)

    def _called(self, call: ToolUse) -> None:
        if call.name == "TodoWrite":
            agent = self.name_of(call)
            found = objects(call.input.get("todos"))[:MOST]
            if call.parent in self._todos or len(self._todos) < MOST:
                self._todos[call.parent] = tuple(_todo(n, todo, agent) for n, todo in enumerate(found, 1))
        elif call.name in ("TaskCreate", "TaskUpdate", "TaskList", "TaskGet"):
            if len(self._calls) < MOST:
                self._calls[call.id] = call
        elif call.name in ("Agent", "Task") and len(self._agents) < MOST:
            kind = text(call.input.get("subagent_type"))
            described = text(call.input.get("description"))
            self._names[call.id] = kind or described
            background = call.input.get("run_in_background") is True
            self._of_call[call.id] = call.id
            self._agents[call.id] = SubAgent(
                call.id, kind or described or "sub-agent", described, background=background
            )

    def _answered(self, call: ToolUse, result: ToolResult) -> None:
        more = mapping(result.more)
        if call.name == "TaskCreate":
            made = mapping(more.get("task"))
            number = _NUMBER.search(result.content)
            key = text(made.get("id")) or (number[1] if number else "")
            if key:
                agent = self.name_of(call)
                doing = text(call.input.get("activeForm"))
                subject = text(made.get("subject")) or text(call.input.get("subject"))
                self._put(PlanItem(key, subject, agent=agent, doing=doing))
        elif call.name == "TaskUpdate":
            if more.get("success") is not False:
                self._update(call.input)
        elif call.name == "TaskList":
            self._take(objects(more.get("tasks")))
        else:
            self._take(objects([more.get("task")]))

    def _put(self, item: PlanItem) -> None:
        if item.id in self._tasks or len(self._tasks) < MOST:
            self._tasks[item.id] = item

    def _update(self, given: Data) -> None:
        key = text(given.get("taskId"))
        status = text(given.get("status"))
        if status == "deleted":
            self._tasks.pop(key, None)
            return
        item = self._tasks.get(key) or PlanItem(key, text(given.get("subject")) or f"#{key}")
        self._put(
            replace(
                item,
                status=status or item.status,
                subject=text(given.get("subject")) or item.subject,
                doing=text(given.get("activeForm")) or item.doing,
                owner=text(given.get("owner")) or item.owner,
                blocked_by=_joined(item.blocked_by, texts(given.get("addBlockedBy"))),
            )
        )
        for blocked in texts(given.get("addBlocks")):
            other = self._tasks.get(blocked)
            if other is not None:
                self._put(replace(other, blocked_by=_joined(other.blocked_by, (key,))))

    def _take(self, tasks: Iterable[dict[str, Any]]) -> None:
        for task in tasks:
            key = text(task.get("id"))
            if not key:
                continue
            item = self._tasks.get(key) or PlanItem(key, "")
            self._put(
                replace(
                    item,
                    subject=text(task.get("subject")) or item.subject,
                    status=text(task.get("status")) or item.status,
                    owner=text(task.get("owner")) or item.owner,
                    blocked_by=texts(task.get("blockedBy")),
                )
            )

    def _came_back(self, result: ToolResult) -> None:
        """The tool call that began a sub-agent has its answer: in the foreground that is the end."""
        agent = self._agents.get(self._of_call.get(result.tool_use_id, ""))
        if agent is None or agent.status in _ENDED:
            return
        launched = "launch" in text(mapping(result.more).get("status"))
        if result.is_error:
            self._change(agent, status="failed")
        elif not agent.background and not launched:
            self._change(agent, status="completed")

    def _beside(self, event: Event) -> None:
        if isinstance(event, TaskStarted):
            self._started(event)
        elif isinstance(event, BackgroundTasks):
            self._background(event)
        elif isinstance(event, (TaskProgress, TaskUpdated, TaskNotification)):
            agent = self._agents.get(self._of_call.get(event.task, ""))
            if agent is None:
                return
            if isinstance(event, TaskUpdated):
                self._change(agent, status=event.status or agent.status)
            elif isinstance(event, TaskNotification):
                ended = event.status or agent.status
                self._change(
                    agent, status=ended, tools=event.tools or agent.tools, tokens=event.tokens or agent.tokens
                )
            else:
                self._change(agent, tools=event.tools, tokens=event.tokens)

    def _background(self, event: BackgroundTasks) -> None:
        """The list is whole: what is not in it any more has ended, though nobody may ever say how."""
        for key, description in event.tasks:
            if key not in self._of_call:
                self._started(TaskStarted(task=key, description=description, background=True))
        listed = {key for key, _ in event.tasks}
        for key, agent in self._agents_by_task():
            if agent.background and agent.status == "running" and key not in listed:
                self._change(agent, status="ended")

    def _agents_by_task(self) -> list[tuple[str, SubAgent]]:
        """Agents whose task is known; the list can come before the event that says whose a task is."""
        found = [(key, self._agents.get(agent)) for key, agent in self._of_call.items()]
        return [(key, agent) for key, agent in found if agent is not None and key not in self._names]

    def _started(self, event: TaskStarted) -> None:
        key = event.tool_use_id if event.tool_use_id in self._agents else event.task
        known = self._agents.get(key)
        if known is None and len(self._agents) >= MOST:
            return
        if key != event.task:  # a list of the background can name it before this event says whose it is
            self._agents.pop(event.task, None)
        self._of_call[event.task] = key
        name = event.agent or event.description or event.kind
        if known is None:
            self._agents[key] = SubAgent(key, name, event.description, background=event.background)
        elif event.background:
            self._change(known, background=True)

    def _change(self, agent: SubAgent, **changes: Any) -> None:
        self._agents[agent.id] = replace(agent, **changes)


def _todo(number: int, todo: Data, agent: str) -> PlanItem:
    key = text(todo.get("id")) or str(number)
    status = text(todo.get("status")) or "pending"
    return PlanItem(key, text(todo.get("content")), status, agent=agent, doing=text(todo.get("activeForm")))


def _joined(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
