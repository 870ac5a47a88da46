"""What the loopback server can reply: the events of a stream, errors, and faults put into them.

Hand-written, not recorded; a test holds them against the types of the SDK.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Cut = Literal["stall", "drop", "end"]


@dataclass(frozen=True)
class Scenario:
    """One reply. Sizes are characters of text per delta and bytes per write; delays are seconds.

    `cut` ends the stream after `cut_after` text deltas: by silence, a reset connection or a clean end.
    `hook` is awaited in the server's loop before anything is sent. `raw` is sent as the stream's body. The
    last four writes come `pace` seconds apart. All writes together are spread evenly over `span` seconds.
    """

    blocks: tuple[dict[str, Any], ...] = ()
    stop_reason: str | None = "end_turn"
    stop_details: dict[str, Any] | None = None
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 100, "output_tokens": 50})
    piece: int = 11
    write: int = 400
    delay: float = 0.0
    pace: float = 0.0
    span: float = 0.0
    headers_never: bool = False
    cut: Cut | None = None
    cut_after: int = 0
    error_event: str | None = None
    broken_line: bool = False
    raw: bytes | None = None
    status: int = 200
    error: str = ""
    error_text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hook: Callable[[], Awaitable[object]] | None = None


def says(value: object, **changes: Any) -> Scenario:
    """A reply whose one text block is `value`, as JSON unless it is text already."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Scenario(blocks=({"type": "text", "text": text},), **changes)


def fails(status: int, error: str, text: str = "it went wrong", **headers: str) -> Scenario:
    """A reply that is an HTTP error; a header's underscores are written as dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Scenario(status=status, error=error, error_text=text, headers=named)


def error_body(kind: str, text: str = "it went wrong") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_loopback"}


def model_list(names: Sequence[str]) -> dict[str, Any]:
    shared = {"type": "model", "created_at": "2026-01-01T00:00:00Z", "lifecycle": "active"}
    data = [{**shared, "id": name, "display_name": name.title()} for name in names]
    return {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}


def stream_of(scenario: Scenario, model: str) -> bytes:
    if scenario.raw is not None:
        return scenario.raw
    return b"".join(sse(event) for event in events(scenario, model))


def sse(event: dict[str, Any] | bytes) -> bytes:
    if isinstance(event, bytes):
        return event
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def events(scenario: Scenario, model: str) -> list[dict[str, Any] | bytes]:
    """The stream's events in order, up to the point where the scenario cuts it."""
    usage = {**scenario.usage, "output_tokens": 1}
    message = {
        "id": "msg_loopback",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    found: list[dict[str, Any] | bytes] = [{"type": "message_start", "message": message}, {"type": "ping"}]
    deltas = 0
    for index, block in enumerate(scenario.blocks):
        empty = {**block, "text": ""} if block["type"] == "text" else block
        found.append({"type": "content_block_start", "index": index, "content_block": empty})
        text = block["text"] if block["type"] == "text" else ""
        for start in range(0, len(text), scenario.piece):
            if scenario.cut is not None and deltas >= scenario.cut_after:
                return found
            piece = {"type": "text_delta", "text": text[start : start + scenario.piece]}
            found.append({"type": "content_block_delta", "index": index, "delta": piece})
            deltas += 1
            if deltas % 10 == 0:
                found.append({"type": "ping"})
        found.append({"type": "content_block_stop", "index": index})
    if scenario.error_event is not None:
        return [*found, error_body(scenario.error_event)]
    if scenario.broken_line:
        return [*found, b'event: message_delta\ndata: {"type": "message_del\n\n']
    if scenario.cut is not None:
        return found
    delta = {
        "stop_reason": scenario.stop_reason,
        "stop_sequence": None,
        "stop_details": scenario.stop_details,
    }
    end = {"output_tokens": scenario.usage["output_tokens"]}
    return [*found, {"type": "message_delta", "delta": delta, "usage": end}, {"type": "message_stop"}]


def refusal(explanation: str = "") -> Scenario:
    details = {"type": "refusal", "category": "cyber", "explanation": explanation or None}
    return Scenario(stop_reason="refusal", stop_details=details)


def searches(query: str, results: Sequence[tuple[str, str]], text: str, **changes: Any) -> Scenario:
    """A reply that searched the web, found (title, address) pairs, and then says `text`."""
    found = [
        {"type": "web_search_result", "title": title, "url": url, "encrypted_content": "x", "page_age": None}
        for title, url in results
    ]
    blocks = (
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": query}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": found},
        {"type": "text", "text": text},
    )
    return replace(Scenario(blocks=blocks), **changes)
