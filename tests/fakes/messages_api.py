"""A server on loopback that speaks the Messages API, with the faults a network and a model can have.

It runs in a thread of its own, so that async tests, the app's tests and commands in another process can all
call it. Replies are scripted: each request to `/v1/messages` takes the next `Scenario`, or asks `answer`.
The replies are hand-written; a test holds them against the types of the SDK.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Literal

Cut = Literal["stall", "drop", "end"]
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True)
class Scenario:
    """One reply. Sizes are characters of text per delta and bytes per write; delays are seconds.

    `cut` ends the stream after `cut_after` text deltas: by silence, a reset connection or a clean end.
    `hook` is awaited in the server's loop before anything is sent. `raw` is sent as the stream's body.
    """

    blocks: tuple[dict[str, Any], ...] = ()
    stop_reason: str | None = "end_turn"
    stop_details: dict[str, Any] | None = None
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 100, "output_tokens": 50})
    piece: int = 11
    write: int = 400
    delay: float = 0.0
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


@dataclass
class Request:
    """One request as it arrived. `outcome` tells how its reply ended: `hung up` means by the client."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    time: float
    body: Any = None
    outcome: Literal["", "answered", "hung up", "cut"] = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def said(self) -> str:
        """All the text the request sends to the model: system, then messages."""
        return json.dumps([self.body.get("system"), self.body.get("messages")], ensure_ascii=False)


class MessagesApi:
    """`with MessagesApi() as api:` serves at `api.base_url` until the block ends."""

    def __init__(self, *script: Scenario, answer: Callable[[Request], Scenario] | None = None) -> None:
        self.script = deque(script)
        self.answer = answer
        self.requests: list[Request] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.tokens_counted = 1000
        self.count_status = 200
        self.models: Sequence[str] = ("claude-test-1", "claude-test-2")
        self.base_url = ""
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="messages-api", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> MessagesApi:
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the loopback server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def calls(self) -> list[Request]:
        """The requests to `/v1/messages`, without counts and models."""
        return [request for request in self.requests if request.path == "/v1/messages"]

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._started.set()
        await self._stop.wait()
        server.close()
        busy = asyncio.all_tasks() - {asyncio.current_task()}
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request: Request | None = None
        hung_up: asyncio.Task[bytes] | None = None
        try:
            request = await read_request(reader)
            self.requests.append(request)
            hung_up = asyncio.create_task(reader.read(1))
            await self._reply(request, writer, hung_up)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if request is not None:
                request.outcome = request.outcome or "hung up"
        finally:
            if hung_up is not None:
                hung_up.cancel()
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            if request is not None:
                request.outcome = request.outcome or "answered"
                request.ended.set()

    async def _reply(
        self, request: Request, writer: asyncio.StreamWriter, hung_up: asyncio.Task[bytes]
    ) -> None:
        if request.path == "/v1/messages/count_tokens":
            body = (
                {"input_tokens": self.tokens_counted} if self.count_status == 200 else error_body("api_error")
            )
            return await send_json(writer, self.count_status, body)
        if request.path.startswith("/v1/models"):
            return await send_json(writer, 200, model_list(self.models))
        if request.path != "/v1/messages":
            return await send_json(writer, 404, error_body("not_found_error"))
        scenario = self._next(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await _play(scenario, request, writer, hung_up)
        finally:
            self.in_flight -= 1

    def _next(self, request: Request) -> Scenario:
        if self.script:
            return self.script.popleft()
        if self.answer is not None:
            return self.answer(request)
        return fails(400, "invalid_request_error", "the test did not script this request")


async def _play(
    scenario: Scenario, request: Request, writer: asyncio.StreamWriter, hung_up: asyncio.Task[bytes]
) -> None:
    if scenario.hook is not None:
        await scenario.hook()
    if scenario.delay:
        await asyncio.sleep(scenario.delay)
    if scenario.headers_never:
        await _until_hung_up(request, hung_up)
        return
    if scenario.status != 200:
        body = error_body(scenario.error, scenario.error_text)
        await send_json(writer, scenario.status, body, scenario.headers)
        return
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n")
    writer.write(b"request-id: req_loopback\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n")
    data = stream_of(scenario, str((request.body or {}).get("model", "")))
    for start in range(0, len(data), scenario.write):
        if hung_up.done():
            raise ConnectionResetError
        chunk = data[start : start + scenario.write]
        writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await writer.drain()
    if scenario.cut == "stall":
        await _until_hung_up(request, hung_up)
    elif scenario.cut == "drop":
        request.outcome = "cut"
        # What was written must reach the client first: abort() would throw away what is still buffered.
        writer.transport.set_write_buffer_limits(high=0)
        await writer.drain()
        writer.transport.abort()
    else:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _until_hung_up(request: Request, hung_up: asyncio.Task[bytes]) -> None:
    await hung_up
    request.outcome = "hung up"


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    body = json.loads(raw) if raw else None
    return Request(method, path.split("?")[0], headers, raw, time.monotonic(), body)


async def send_json(
    writer: asyncio.StreamWriter, status: int, body: object, headers: Mapping[str, str] | None = None
) -> None:
    data = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}", "content-type: application/json"]
    lines += [f"content-length: {len(data)}", "connection: close", "request-id: req_loopback"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
    await writer.drain()


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
