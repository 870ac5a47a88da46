"""Speaks Claude Code's event stream, so that an agent without a model is watched like one with."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Todo = tuple[str, str, str]
"""What is to be done, its status, and the same while it is done."""


def _identity() -> str:
    return f"{os.urandom(4).hex()}-{os.urandom(2).hex()}-{os.urandom(2).hex()}-{os.urandom(6).hex()}"


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool gave back."""

    content: str
    is_error: bool = False


class Stream:
    """Writes one JSON object a line to standard output, at once. `pace`: seconds between the steps."""

    def __init__(self, cwd: str, model: str, pace: float = 0.0) -> None:
        self.cwd = cwd
        self.model = model
        self.pace = pace
        self.session = _identity()
        self.turns = 0
        self._tools = 0
        self._began = time.monotonic()

    def init(self, tools: Sequence[str]) -> None:
        self._write(
            {
                "type": "system",
                "subtype": "init",
                "cwd": self.cwd,
                "model": self.model,
                "permissionMode": "dontAsk",
                "tools": list(tools),
                "mcp_servers": [],
                "slash_commands": [],
                "apiKeySource": "none",
                "output_style": "default",
            }
        )

    def say(self, text: str) -> None:
        """Words of the agent."""
        self._assistant([{"type": "text", "text": text}], "end_turn")

    def plan(self, todos: Sequence[Todo]) -> None:
        """The whole list of what is to be done."""
        items = [{"content": what, "status": status, "activeForm": doing} for what, status, doing in todos]
        self.answer(self.use("TodoWrite", {"todos": items}), ToolAnswer("The plan is noted."))

    def use(self, tool: str, given: Mapping[str, Any]) -> str:
        """A tool begins; gives the id its answer must carry."""
        self._tools += 1
        identity = f"toolu_{self.session[:8]}_{self._tools:04}"
        self._assistant(
            [{"type": "tool_use", "id": identity, "name": tool, "input": dict(given)}], "tool_use"
        )
        if self.pace:
            time.sleep(self.pace)
        return identity

    def answer(self, identity: str, answer: ToolAnswer, more: Mapping[str, Any] | None = None) -> None:
        """A tool is done."""
        block: dict[str, Any] = {"type": "tool_result", "tool_use_id": identity, "content": answer.content}
        if answer.is_error:
            block["is_error"] = True
        event: dict[str, Any] = {
            "type": "user",
            "message": {"role": "user", "content": [block]},
            "parent_tool_use_id": None,
            "timestamp": _now(),
        }
        self._write(event | ({"tool_use_result": dict(more)} if more else {}))

    def result(self, text: str, *, is_error: bool = False) -> None:
        """The end. It costs nothing."""
        ending: dict[str, Any] = (
            {"subtype": "error_during_execution", "errors": [text], "terminal_reason": "stopped"}
            if is_error
            else {"subtype": "success", "result": text, "terminal_reason": "completed"}
        )
        duration = round((time.monotonic() - self._began) * 1000)
        self._write(
            {
                "type": "result",
                **ending,
                "is_error": is_error,
                "duration_ms": duration,
                "duration_api_ms": 0,
                "num_turns": self.turns,
                "total_cost_usd": 0,
                "usage": dict.fromkeys(_USAGE, 0),
                "modelUsage": {},
                "permission_denials": [],
                "stop_reason": "end_turn",
            }
        )

    def _assistant(self, content: list[dict[str, Any]], stop: str) -> None:
        self.turns += 1
        message: dict[str, Any] = {
            "id": f"msg_{self.session[:8]}_{self.turns:04}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop,
            "usage": dict.fromkeys(_USAGE, 0),
        }
        self._write(
            {"type": "assistant", "message": message, "parent_tool_use_id": None, "timestamp": _now()}
        )

    def _write(self, event: dict[str, Any]) -> None:
        # ASCII alone: lone surrogates of a task's text cannot be written otherwise.
        sys.stdout.write(json.dumps(event | {"session_id": self.session, "uuid": _identity()}) + "\n")
        sys.stdout.flush()


_USAGE = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def _now() -> str:
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"
