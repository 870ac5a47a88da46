"""Replies of a model that uses tools, for an agent's command that talks to the loopback server.

The step is the number of tool results in the conversation, so that a request sent again gets the same reply.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.fakes.messages_api import Request
from tests.fakes.messages_replies import Scenario, sse


def uses_tools(*calls: tuple[str, dict[str, Any]], last: str = "Done.") -> Callable[[Request], Scenario]:
    """Calls one tool after the other, then says `last`. For `MessagesApi(answer=...)`."""

    def answer(request: Request) -> Scenario:
        body = request.body or {}
        if not body.get("tools"):
            return _reply(body, {"type": "text", "text": "ok"}, "end_turn")
        step = results_in(body)
        if step >= len(calls):
            return _reply(body, {"type": "text", "text": last}, "end_turn")
        name, given = calls[step]
        return _reply(
            body, {"type": "tool_use", "id": f"toolu_{step:02}", "name": name, "input": given}, "tool_use"
        )

    return answer


def results_in(body: dict[str, Any]) -> int:
    """How many tool results a request carries."""
    return sum(
        block.get("type") == "tool_result"
        for message in body.get("messages", ())
        if isinstance(message.get("content"), list)
        for block in message["content"]
    )


def tools_of(request: Request) -> Sequence[str]:
    """The tools that a request offers the model."""
    return [tool.get("name", "") for tool in (request.body or {}).get("tools", ())]


def _reply(body: dict[str, Any], block: dict[str, Any], reason: str) -> Scenario:
    message = {
        "id": f"msg_{results_in(body)}",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", ""),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 25, "output_tokens": 1},
    }
    if block["type"] == "tool_use":
        empty: dict[str, Any] = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        empty = {**block, "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 42},
        },
        {"type": "message_stop"},
    ]
    return Scenario(raw=b"".join(sse(event) for event in events))
