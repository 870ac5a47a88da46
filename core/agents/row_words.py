"""What the row of each kind of event says."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.agents.events import (
    ApiRetry,
    Asked,
    AuthStatus,
    BackgroundTasks,
    Compacted,
    Delta,
    Event,
    Hook,
    Init,
    Notice,
    PermissionDenied,
    RateLimit,
    Result,
    Said,
    SessionState,
    Status,
    TaskNotification,
    TaskProgress,
    TaskStarted,
    TaskUpdated,
    Thinking,
    Thought,
    ToolProgress,
    ToolSummary,
    ToolUse,
)
from core.agents.json_values import text
from core.agents.judge import trouble
from core.agents.targets import size_of
from core.agents.words import several, size

_LONGEST = 500
_BAD = frozenset(("failed", "killed", "stopped"))


@dataclass(frozen=True)
class Fact:
    """The parts of a row."""

    kind: str
    level: str = "info"
    glyph: str = "·"
    label: str = ""
    text: str = ""
    detail: str = ""
    seconds: float | None = None
    cost: float | None = None


def first_line(said: str) -> str:
    """The first line of a text that says something, of bounded length."""
    return said[: 4 * _LONGEST].strip().split("\n", 1)[0][:_LONGEST]


def tool_facts(event: ToolUse, target: str) -> Fact:
    """A tool call."""
    return Fact("tool", "info", "▸", event.name, first_line(target), _tool_detail(event))


def _tool_detail(event: ToolUse) -> str:
    whole = size_of(event.name, event.input)
    if whole is not None:
        return size(whole)
    if event.name == "Edit":
        old, new = text(event.input.get("old_string")), text(event.input.get("new_string"))
        return f"-{len(old.splitlines())} +{len(new.splitlines())} lines"
    return first_line(text(event.input.get("description"))) if event.name == "Bash" else ""


def _init(event: Init) -> Fact:
    servers = [f"{name} {status}" for name, status in event.servers if status != "connected"]
    detail = "  ".join([several(len(event.tools), "tool"), event.mode, *servers])
    return Fact("start", "info", "◇", "start", f"{event.model} in {event.cwd}", f"{event.version}  {detail}")


def _said(event: Said) -> Fact:
    level = "error" if event.error else "info"
    return Fact("says", level, "✗" if event.error else "›", event.error, first_line(event.text))


def _thought(event: Thought) -> Fact:
    return Fact("thinks", "debug", "·", "", first_line(event.text) or "thinks")


def _thinking(event: Thinking) -> Fact:
    return Fact("thinks", "debug", "·", "", f"thinks, {several(event.tokens, 'token')}")


def _asked(event: Asked) -> Fact:
    return Fact("asked", "info", "‹", "asked", first_line(event.text))


def _result(event: Result) -> Fact:
    bad = trouble(event)
    detail = several(event.turns, "turn")
    if event.denials:
        detail += f", {several(len(event.denials), 'refused tool call')}"
    level = "error" if bad else "warning" if event.denials else "info"
    glyph = "✗" if bad else "▲" if event.denials else "■"
    label = "failed" if bad else "finished"
    # Who called no model has no price: a zero would stand where the seconds tell more.
    called = bool(event.cost or event.models or event.usage.sent or event.usage.received)
    cost = event.cost if called else None
    return Fact("end", level, glyph, label, first_line(bad or event.text), detail, event.seconds, cost)


def _delta(event: Delta) -> Fact:
    return Fact("delta", "debug", "·", "", first_line(event.text) or event.kind)


def _rate_limit(event: RateLimit) -> Fact:
    used = f"{event.utilization:.0%} used" if event.utilization is not None else ""
    resets = (
        time.strftime("until %H:%M", time.gmtime(event.resets)) + " UTC" if 0 < event.resets < 1e11 else ""
    )
    level = {"allowed": "debug", "rejected": "error"}.get(event.status, "warning")
    glyph = "·" if level == "debug" else "▲"
    words = "  ".join(word for word in (event.limit.replace("_", " "), event.status, used) if word)
    return Fact("limit", level, glyph, "limit", words, resets)


def _api_retry(event: ApiRetry) -> Fact:
    status = f" {event.status}" if event.status is not None else ""
    words = f"attempt {event.attempt} of {event.most} failed: {event.error}{status}"
    return Fact("retry", "warning", "▲", "retry", words, "again after", event.delay)


def _tool_progress(event: ToolProgress) -> Fact:
    return Fact("progress", "debug", "·", event.tool, "still works", "", event.seconds)


def _tool_summary(event: ToolSummary) -> Fact:
    return Fact("progress", "info", "·", "", first_line(event.text))


def _task_started(event: TaskStarted) -> Fact:
    where = "in the background" if event.background else ""
    return Fact("task", "info", "◈", event.agent or event.kind or "task", event.description, where)


def _task_progress(event: TaskProgress) -> Fact:
    detail = f"{several(event.tools, 'tool')}, {several(event.tokens, 'token')}"
    return Fact("task", "debug", "·", event.agent or "task", event.description, detail, event.seconds)


def _task_updated(event: TaskUpdated) -> Fact:
    bad = event.status in _BAD or event.error
    words = " ".join(word for word in (event.status, event.description, event.error) if word)
    return Fact("task", "error" if bad else "info", "✗" if bad else "◈", "task", words, event.task)


def _task_notification(event: TaskNotification) -> Fact:
    bad = event.status in _BAD
    words = f"{event.status}: {first_line(event.summary)}"
    detail = f"{several(event.tools, 'tool')}, {several(event.tokens, 'token')}"
    glyph = "✗" if bad else "◈"
    return Fact("task", "error" if bad else "info", glyph, "task", words, detail, event.seconds)


def _background(event: BackgroundTasks) -> Fact:
    names = ", ".join(description for _, description in event.tasks)
    words = f"in the background: {names}" if names else "nothing in the background"
    return Fact("task", "debug", "·", "task", words[:_LONGEST])


def _hook(event: Hook) -> Fact:
    bad = event.outcome == "error"
    level = "error" if bad else "debug"
    words = f"{event.name} {event.stage} {event.outcome}".strip()
    return Fact("hook", level, "✗" if bad else "·", event.on or "hook", words, first_line(event.output))


def _status(event: Status) -> Fact:
    return Fact("status", "debug", "·", "status", event.status or "ready")


def _session(event: SessionState) -> Fact:
    waits = event.state == "requires_action"
    words = "waits for a person" if waits else event.state
    return Fact("status", "warning" if waits else "debug", "▲" if waits else "·", "session", words)


def _compacted(event: Compacted) -> Fact:
    after = f" to {event.after}" if event.after is not None else ""
    words = f"shortened from {event.before}{after} tokens"
    return Fact("status", "info", "·", "memory", words, event.trigger)


def _denied(event: PermissionDenied) -> Fact:
    return Fact("denied", "warning", "▲", event.tool, f"refused: {first_line(event.message)}")


def _notice(event: Notice) -> Fact:
    level = event.level if event.level in ("warning", "error") else "info"
    return Fact("notice", level, "▲" if level != "info" else "·", "notice", first_line(event.text))


def _auth(event: AuthStatus) -> Fact:
    level = "error" if event.error else "debug"
    words = first_line(event.error or event.text) or "signs in"
    return Fact("status", level, "✗" if event.error else "·", "login", words)


FACTS: Mapping[type[Event], Callable[[Any], Fact]] = {
    Init: _init,
    Said: _said,
    Thought: _thought,
    Thinking: _thinking,
    Asked: _asked,
    Result: _result,
    Delta: _delta,
    RateLimit: _rate_limit,
    ApiRetry: _api_retry,
    ToolProgress: _tool_progress,
    ToolSummary: _tool_summary,
    TaskStarted: _task_started,
    TaskProgress: _task_progress,
    TaskUpdated: _task_updated,
    TaskNotification: _task_notification,
    BackgroundTasks: _background,
    Hook: _hook,
    Status: _status,
    SessionState: _session,
    Compacted: _compacted,
    PermissionDenied: _denied,
    Notice: _notice,
    AuthStatus: _auth,
}
"""A row for each event but tool calls and their results, which need to know of each other."""
