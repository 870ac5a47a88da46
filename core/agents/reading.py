"""Reads a line of an agent's output into events. Whatever the line holds, it never raises."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import cast

from core.agents.events import (
    Asked,
    AuthStatus,
    Data,
    Delta,
    Denial,
    Event,
    Init,
    ModelUsage,
    Other,
    Plain,
    RateLimit,
    Result,
    Said,
    Thought,
    ToolProgress,
    ToolResult,
    ToolSummary,
    ToolUse,
    Usage,
)
from core.agents.json_values import (
    Object,
    count,
    mapping,
    moment,
    number,
    objects,
    seconds,
    text,
    texts,
    whole,
)
from core.agents.reading_system import SYSTEM

LONGEST = 32 * 1024 * 1024
"""Bytes of a line that are parsed; a longer one is plain text, cut after `KEPT` characters."""

KEPT = 65_536


def read_events(line: bytes | str) -> tuple[Event, ...]:
    """The events of one line: one for each block of a message, one for any other; none of an empty line.

    A line that is no JSON object is `Plain`, an event of an unknown type or shape `Other`.
    """
    if len(line) > LONGEST:
        head = line[:KEPT]
        shown = head.decode("utf-8", "replace") if isinstance(head, bytes) else head
        return (Plain(raw=shown, text=shown),)
    raw = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    raw = raw.rstrip("\r\n")
    data = _parse(raw)
    if data is None:
        return (Plain(raw=raw, text=raw),) if raw.strip() else ()
    return events_of(data, raw)


def _parse(raw: str) -> Object | None:
    if not raw.lstrip().startswith("{"):
        return None
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return cast("Object", value) if isinstance(value, dict) else None


def events_of(data: Object, raw: str = "") -> tuple[Event, ...]:
    """The events of one JSON object."""
    kind = text(data.get("type"))
    subtype = text(data.get("subtype"))
    base: Object = {
        "raw": raw,
        "type": kind,
        "subtype": subtype,
        "session": text(data.get("session_id")),
        "parent": text(data.get("parent_tool_use_id")),
        "time": moment(data.get("timestamp")),
        "agent": text(data.get("subagent_type")) or text(data.get("task_description")),
    }
    try:
        if kind == "system":
            read = _init if subtype == "init" else SYSTEM.get(subtype)
            return (read(data, base),) if read else (Other(**base, data=data),)
        return _READERS.get(kind, _other)(data, base)
    except (TypeError, ValueError, RecursionError, OverflowError):
        return (Other(**base, data=data),)


def _other(data: Object, base: Object) -> tuple[Event, ...]:
    return (Other(**base, data=data),)


def _init(data: Object, base: Object) -> Event:
    servers = tuple((text(s.get("name")), text(s.get("status"))) for s in objects(data.get("mcp_servers")))
    return Init(
        **base,
        cwd=text(data.get("cwd")),
        model=text(data.get("model")),
        mode=text(data.get("permissionMode")),
        tools=texts(data.get("tools")),
        servers=servers,
        version=text(data.get("claude_code_version")),
        key_source=text(data.get("apiKeySource")),
    )


def _assistant(data: Object, base: Object) -> tuple[Event, ...]:
    message = mapping(data.get("message"))
    base = base | {
        "message": text(message.get("id")),
        "model": text(message.get("model")),
        "usage": usage_of(mapping(message.get("usage"))),
        "error": text(data.get("error")),
    }
    content = message.get("content")
    if isinstance(content, str):
        return (Said(**base, text=content),)
    found: list[Event] = [_block(block, base) for block in objects(content)]
    return tuple(found) or (Said(**base),)


def _block(block: Object, base: Object) -> Event:
    kind = text(block.get("type"))
    if kind == "text":
        return Said(**base, text=text(block.get("text")))
    if kind in ("thinking", "redacted_thinking"):
        return Thought(**base, text=text(block.get("thinking")))
    if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        given = mapping(block.get("input"))
        return ToolUse(**base, id=text(block.get("id")), name=text(block.get("name")), input=given)
    return Other(**_plain_base(base), data=block)


def _plain_base(base: Object) -> Object:
    return {name: value for name, value in base.items() if name in Event.__dataclass_fields__}


def _user(data: Object, base: Object) -> tuple[Event, ...]:
    content = mapping(data.get("message")).get("content")
    if isinstance(content, str):
        return (Asked(**base, text=content),)
    more = data.get("tool_use_result")
    return tuple(_answer(block, base, more) for block in objects(content)) or (Asked(**base),)


def _answer(block: Object, base: Object, more: object) -> Event:
    if text(block.get("type")) == "text":
        return Asked(**base, text=text(block.get("text")))
    if not text(block.get("type")).endswith("tool_result"):
        return Other(**base, data=block)
    return ToolResult(
        **base,
        tool_use_id=text(block.get("tool_use_id")),
        content=content_text(block.get("content")),
        is_error=block.get("is_error") is True,
        more=more,
    )


def content_text(content: object) -> str:
    """The text of a tool's result; blocks that are no text are named in brackets."""
    if isinstance(content, str):
        return content
    parts = [
        text(block.get("text")) if block.get("type") == "text" else f"[{text(block.get('type'))}]"
        for block in objects(content)
    ]
    return "\n".join(parts)


def _result(data: Object, base: Object) -> tuple[Event, ...]:
    denials = tuple(
        Denial(text(d.get("tool_name")), text(d.get("tool_use_id")), mapping(d.get("tool_input")))
        for d in objects(data.get("permission_denials"))
    )
    models = mapping(data.get("modelUsage"))
    result = Result(
        **base,
        is_error=data.get("is_error") is True,
        text=text(data.get("result")),
        errors=texts(data.get("errors")),
        turns=count(data.get("num_turns")),
        seconds=seconds(data.get("duration_ms")),
        api_seconds=seconds(data.get("duration_api_ms")),
        cost=number(data.get("total_cost_usd")),
        usage=usage_of(mapping(data.get("usage"))),
        models=tuple(model_usage(name, mapping(value)) for name, value in models.items()),
        denials=denials,
        stop_reason=text(data.get("stop_reason")),
        terminal_reason=text(data.get("terminal_reason")),
        api_status=whole(data.get("api_error_status")),
        startup_failure=text(data.get("startup_failure_reason")),
        index=count(data.get("result_index")),
        queued=count(data.get("queued_turn_count")),
    )
    return (result,)


def usage_of(usage: Data) -> Usage:
    """Tokens as the API names them."""
    cached = count(usage.get("cache_read_input_tokens"))
    made = count(usage.get("cache_creation_input_tokens"))
    return Usage(count(usage.get("input_tokens")) + made + cached, cached, count(usage.get("output_tokens")))


def model_usage(name: str, usage: Data) -> ModelUsage:
    """What a model took; older versions name the counts as the API does."""
    if "inputTokens" not in usage:
        return ModelUsage(name, usage_of(usage), number(usage.get("costUSD")))
    cached = count(usage.get("cacheReadInputTokens"))
    sent = count(usage.get("inputTokens")) + count(usage.get("cacheCreationInputTokens")) + cached
    return ModelUsage(
        name, Usage(sent, cached, count(usage.get("outputTokens"))), number(usage.get("costUSD"))
    )


def _delta(data: Object, base: Object) -> tuple[Event, ...]:
    event = mapping(data.get("event"))
    delta = mapping(event.get("delta"))
    kind = text(delta.get("type")) or text(event.get("type"))
    piece = text(delta.get("text")) or text(delta.get("partial_json")) or text(delta.get("thinking"))
    return (Delta(**base, kind=kind, text=piece),)


def _rate_limit(data: Object, base: Object) -> tuple[Event, ...]:
    info = mapping(data.get("rate_limit_info"))
    return (
        RateLimit(
            **base,
            status=text(info.get("status")) or _old_status(info),
            limit=text(info.get("rateLimitType")),
            resets=number(info.get("resetsAt")) or moment(info.get("requests_reset")),
            utilization=number(info.get("utilization")),
            on_overage=info.get("isUsingOverage") is True,
        ),
    )


def _old_status(info: Data) -> str:
    """The oldest form counts what remains instead of naming a status."""
    left = [number(info.get(name)) for name in ("requests_remaining", "tokens_remaining")]
    known = [value for value in left if value is not None]
    if not known:
        return ""
    return "rejected" if min(known) <= 0 else "allowed"


def _tool_progress(data: Object, base: Object) -> tuple[Event, ...]:
    taken = max(0.0, number(data.get("elapsed_time_seconds")) or 0.0)
    tool, used = text(data.get("tool_name")), text(data.get("tool_use_id"))
    return (ToolProgress(**base, tool_use_id=used, tool=tool, seconds=taken),)


def _tool_summary(data: Object, base: Object) -> tuple[Event, ...]:
    return (ToolSummary(**base, text=text(data.get("summary"))),)


def _auth(data: Object, base: Object) -> tuple[Event, ...]:
    said = "\n".join(texts(data.get("output")))
    busy = data.get("isAuthenticating") is True
    return (AuthStatus(**base, authenticating=busy, text=said, error=text(data.get("error"))),)


_Read = Callable[[Object, Object], tuple[Event, ...]]
_READERS: Mapping[str, _Read] = {
    "assistant": _assistant,
    "user": _user,
    "result": _result,
    "stream_event": _delta,
    "rate_limit_event": _rate_limit,
    "tool_progress": _tool_progress,
    "tool_use_summary": _tool_summary,
    "auth_status": _auth,
}
