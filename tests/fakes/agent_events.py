"""Events of an agent's stream as Claude Code writes them, shortened to what matters; written by hand.

They have the fields of the real ones but not all of them; `tests/core/test_agent_corpus.py` reads real ones.
"""

from __future__ import annotations

from typing import Any


def init(**more: Any) -> dict[str, Any]:
    return {
        "type": "system",
        "subtype": "init",
        "cwd": "/srv/app",
        "model": "claude-test",
        "tools": ["Bash"],
    } | more


def says(
    message: str, *blocks: dict[str, Any], usage: tuple[int, int] = (10, 4), **more: Any
) -> dict[str, Any]:
    counted = {"input_tokens": usage[0], "output_tokens": usage[1]}
    return {
        "type": "assistant",
        "message": {"id": message, "role": "assistant", "content": list(blocks), "usage": counted},
        "parent_tool_use_id": None,
    } | more


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def tool(call: str, name: str, **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": name, "input": given}


def answers(call: str, content: Any = "ok", is_error: bool | None = None, **more: Any) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call, "content": content}
    if is_error is not None:
        block["is_error"] = is_error
    return {
        "type": "user",
        "message": {"role": "user", "content": [block]},
        "parent_tool_use_id": None,
    } | more


def result(**more: Any) -> dict[str, Any]:
    return {
        "type": "result", "subtype": "success", "is_error": False, "num_turns": 1, "result": "Done.",
        "total_cost_usd": 0.5, "terminal_reason": "completed", "permission_denials": [], "duration_ms": 1000,
    } | more  # fmt: skip


STARTED = {
    "type": "system",
    "subtype": "task_started",
    "task_id": "bg",
    "description": "build",
    "is_backgrounded": True,
}

KNOWN: tuple[dict[str, Any], ...] = (
    init(mcp_servers=[{"name": "a", "status": "error"}], permissionMode="default"),
    says(
        "m", text("a"), tool("t", "Write", file_path="a", content="b"), {"type": "thinking", "thinking": "x"}
    ),
    answers("t", [{"type": "text", "text": "a"}, {"type": "image"}], True, tool_use_result={"success": True}),
    result(modelUsage={"m": {"inputTokens": 1}}, usage={"input_tokens": 1}, errors=["a"], duration_api_ms=3),
    {
        "type": "rate_limit_event",
        "rate_limit_info": {"status": "rejected", "resetsAt": 1, "utilization": 0.5},
    },
    {
        "type": "stream_event",
        "event": {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}},
    },
    {"type": "tool_progress", "tool_use_id": "t", "tool_name": "Bash", "elapsed_time_seconds": 3},
    {"type": "tool_use_summary", "summary": "a", "preceding_tool_use_ids": ["t"]},
    {"type": "auth_status", "isAuthenticating": True, "output": ["a"], "error": "b"},
    {"type": "system", "subtype": "status", "status": None},
    {"type": "system", "subtype": "session_state_changed", "state": "requires_action"},
    {
        "type": "system",
        "subtype": "compact_boundary",
        "compact_metadata": {"trigger": "auto", "pre_tokens": 5},
    },
    {
        "type": "system",
        "subtype": "api_retry",
        "attempt": 1,
        "max_retries": 10,
        "retry_delay_ms": 500,
        "error": "x",
    },
    STARTED,
    {
        "type": "system",
        "subtype": "task_progress",
        "task_id": "bg",
        "usage": {"total_tokens": 3, "tool_uses": 1},
    },
    {
        "type": "system",
        "subtype": "task_updated",
        "task_id": "bg",
        "patch": {"status": "failed", "error": "x"},
    },
    {"type": "system", "subtype": "task_notification", "task_id": "bg", "status": "stopped", "summary": "s"},
    {"type": "system", "subtype": "background_tasks_changed", "tasks": [{"task_id": "bg"}]},
    {
        "type": "system",
        "subtype": "hook_response",
        "hook_name": "h",
        "hook_event": "Stop",
        "outcome": "error",
        "exit_code": 1,
    },
    {"type": "system", "subtype": "thinking_tokens", "estimated_tokens": 5},
    {
        "type": "system",
        "subtype": "permission_denied",
        "tool_name": "Bash",
        "tool_use_id": "t",
        "message": "no",
    },
    {"type": "system", "subtype": "informational", "content": "c", "level": "warning"},
    {"type": "system", "subtype": "model_refusal_fallback", "original_model": "a", "fallback_model": "b"},
)
"""One of each event that has a type of its own."""
