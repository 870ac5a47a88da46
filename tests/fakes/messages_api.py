"""A server on loopback that speaks the Messages API, with the faults a network and a model can have.

It runs in a thread of its own, so that async tests, the app's tests and commands in another process can all
call it. Replies are scripted: each request to `/v1/messages` takes the next `Scenario`, or asks `answer`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

from tests.fakes.messages_replies import Scenario, error_body, fails, model_list, stream_of

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


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
        self.count_fails: tuple[int, dict[str, Any]] | None = None
        self.models: Sequence[str] = ("claude-test-1", "claude-test-2")
        self.base_url = ""
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="messages-api", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[Any] | None] = set()

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
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._loop.add_reader(listener, self._accept, listener)
            self._started.set()
            await self._stop.wait()
            self._loop.remove_reader(listener)
        while busy := asyncio.all_tasks() - {asyncio.current_task()}:
            # One that has not begun yet would leave its socket open, so it is cancelled on the next turn.
            for task in busy & self._begun:
                task.cancel()
                self._begun.discard(task)
            await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio's own server: that one loses sockets it has just accepted when its loop ends.
        accepted, _ = listener.accept()
        accepted.setblocking(False)
        task = asyncio.create_task(self._connection(accepted))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connection(self, accepted: socket.socket) -> None:
        self._begun.add(asyncio.current_task())
        try:
            reader, writer = await asyncio.open_connection(sock=accepted)
        except BaseException:
            accepted.close()
            raise
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
            writer.close()
            if hung_up is not None:
                hung_up.cancel()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            if hung_up is not None:
                await asyncio.gather(hung_up, return_exceptions=True)
            if request is not None:
                request.outcome = request.outcome or "answered"
                request.ended.set()

    async def _reply(
        self, request: Request, writer: asyncio.StreamWriter, hung_up: asyncio.Task[bytes]
    ) -> None:
        if request.path == "/v1/messages/count_tokens":
            if self.count_fails is not None:
                return await send_json(writer, *self.count_fails)
            return await send_json(writer, 200, {"input_tokens": self.tokens_counted})
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
    await _write(scenario, stream_of(scenario, str((request.body or {}).get("model", ""))), writer, hung_up)
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


async def _write(
    scenario: Scenario, data: bytes, writer: asyncio.StreamWriter, hung_up: asyncio.Task[bytes]
) -> None:
    """The body of a stream, in chunks, as slowly as the scenario wants it."""
    begun = time.monotonic()
    for start in range(0, len(data), scenario.write):
        if scenario.span:
            # By the clock, not by one pause after the other: a busy machine would stretch it.
            await asyncio.sleep(max(0.0, begun + scenario.span * start / len(data) - time.monotonic()))
        if scenario.pace and start >= len(data) - 4 * scenario.write:
            await asyncio.sleep(scenario.pace)
        if hung_up.done():
            raise ConnectionResetError
        chunk = data[start : start + scenario.write]
        writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
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
