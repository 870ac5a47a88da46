"""Claude through the `anthropic` SDK: the only module that imports it, and only when a call is made."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import warnings
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.errors import TaskdeckError
from core.lasting import importing
from core.plain_text import printable, shorten
from core.planning.failures import (
    AuthFailed,
    Interrupted,
    Overloaded,
    PlannerFailure,
    RateLimited,
    RequestRejected,
    Target,
    TemporaryFailure,
    TimedOut,
    UnknownModel,
    Unreachable,
    host_of,
)
from core.planning.model_planner import ModelPlanner
from core.planning.options import ClaudeOptions
from core.planning.planner import Planner
from core.planning.wire import Connection, End, Notice, Piece, Request, Source, Text, Tokens

if TYPE_CHECKING:
    import anthropic


_importing = threading.Lock()

_TURN = 0.008
"""How long, in seconds, a stream may keep the event loop to itself."""


class ClaudePlanner(ModelPlanner):
    """Plans with Claude. Nothing is imported, opened or sent before the first call."""

    def __init__(self, options: ClaudeOptions) -> None:
        super().__init__(options, ClaudeWire(options))


if TYPE_CHECKING:
    _: type[Planner] = ClaudePlanner  # it is what every planner is


class ClaudeWire:
    """How to reach Claude: each `connect` opens a client of its own and closes it."""

    def __init__(self, options: ClaudeOptions) -> None:
        self._options = options
        # Many calls begin at once, and reading the key may ask a person: it is read once.
        self._key_lock = threading.Lock()

    def target(self, model: str) -> Target:
        return Target(model, host_of(self._options.address))

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[Connection]:
        # In a thread: the import takes seconds, reading the certificates some milliseconds.
        client = await asyncio.to_thread(self._open)
        if isinstance(client, str):
            target = self.target(self._options.model)
            raise RequestRejected(f"it cannot be called ({client}).", target, hint=_NO_API)
        try:
            yield ClaudeConnection(client, self._options)
        finally:
            await client.close()

    def _open(self) -> anthropic.AsyncAnthropic | str:
        with self._key_lock:
            if not self._options.api_key and self._options.read_key is not None:
                try:
                    key = self._options.read_key()
                except TaskdeckError as error:
                    raise AuthFailed(
                        error.message, self.target(self._options.model), hint=error.hint
                    ) from None
                self._options = replace(self._options, api_key=key)
        return _open_client(self._options)


def _open_client(options: ClaudeOptions) -> anthropic.AsyncAnthropic | str:
    """A client, or what is wrong with the address or the SDK."""
    if not options.api_key:
        raise AuthFailed("there is no key for it.", Target(options.model, host_of(options.address)))
    try:
        return _new_client(options)
    except Exception as error:
        return _kind(error)


def _import_sdk() -> None:
    """Import the SDK, thousands of modules, once and without a screen noticing. Blocking."""
    with _importing:
        if "anthropic" not in sys.modules:
            with importing():
                import_module("anthropic")


def _new_client(options: ClaudeOptions) -> anthropic.AsyncAnthropic:
    _import_sdk()
    import anthropic
    import httpx2

    timeout = httpx2.Timeout(options.silence_timeout, connect=options.connect_timeout)
    return anthropic.AsyncAnthropic(
        # Both are always given, so that the SDK looks for neither in the environment or a profile.
        api_key=options.api_key,
        base_url=options.address,
        # Retries are ours, where they can be seen and cancelled; a redirect could carry the key elsewhere.
        max_retries=0,
        http_client=anthropic.DefaultAsyncHttpxClient(timeout=timeout, follow_redirects=False),
        timeout=timeout,
        open_telemetry=False,
    )


class ClaudeConnection:
    """One open client, and its errors as ours."""

    def __init__(self, client: anthropic.AsyncAnthropic, options: ClaudeOptions) -> None:
        self._client = client
        self._options = options

    async def stream(self, request: Request, used: Tokens) -> AsyncGenerator[Piece, None]:
        failure: PlannerFailure | None = None
        begun = False
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                manager = self._client.messages.stream(**self._arguments(request))
            async with manager as stream:
                begun = True
                for warning in caught:
                    yield Notice(_one_line(str(warning.message)))
                end = End(None)
                rested = time.monotonic()
                async for event in stream:
                    for piece in _pieces(event, used):
                        yield piece
                    # Events that arrived in one burst come without a pause: let others have a turn.
                    if time.monotonic() - rested > _TURN:
                        await asyncio.sleep(0)
                        rested = time.monotonic()
                    if event.type == "message_delta":
                        content = [block.to_dict() for block in stream.current_message_snapshot.content]
                        details = event.delta.stop_details
                        explanation = (details.explanation if details else None) or ""
                        end = End(event.delta.stop_reason, _one_line(explanation), tuple(content))
                yield end
        except Exception as error:
            # Whatever an endpoint sends, or the SDK makes of it, ends in a failure of ours.
            failure = self._failure(error, request.model, begun)
        if failure is not None:
            # Raised here, outside the handler: the SDK's error holds the request, and that the key.
            raise failure

    async def count(self, request: Request) -> int:
        arguments = self._arguments(request)
        del arguments["max_tokens"]
        failure: PlannerFailure | None = None
        try:
            return (await self._client.messages.count_tokens(**arguments)).input_tokens
        except Exception as error:
            failure = self._failure(error, request.model, begun=False)
        raise failure

    async def models(self) -> list[str]:
        failure: PlannerFailure | None = None
        try:
            return [model.id async for model in self._client.models.list()]
        except Exception as error:
            failure = self._failure(error, self._options.model, begun=False)
        raise failure

    def _arguments(self, request: Request) -> dict[str, Any]:
        from anthropic import transform_schema

        output: dict[str, Any] = {}
        if request.answer is not None:
            output["format"] = {"type": "json_schema", "schema": transform_schema(request.answer)}
        if self._options.effort:
            output["effort"] = self._options.effort
        arguments: dict[str, Any] = {
            "model": request.model,
            "max_tokens": request.max_tokens,
            "system": list(request.system),
            "messages": [
                {"role": message.role, "content": list(message.content)} for message in request.messages
            ],
        }
        if output:
            arguments["output_config"] = output
        if request.tools:
            arguments["tools"] = list(request.tools)
        return arguments

    def _failure(self, error: Exception, model: str, begun: bool) -> PlannerFailure:
        import anthropic
        import httpx2

        target = Target(model, host_of(self._options.address))
        if isinstance(error, anthropic.APIStatusError):
            return _status_failure(error, target, self._options.api_key)
        if isinstance(error, anthropic.APITimeoutError):
            return TimedOut(f"no answer within {self._options.silence_timeout:g} s.", target)
        if isinstance(error, anthropic.APIConnectionError):
            return Unreachable(f"cannot be reached ({_cause(error)}).", target)
        if isinstance(error, httpx2.TimeoutException):
            silence = f"it fell silent in the middle of the answer, for {self._options.silence_timeout:g} s."
            return Interrupted(silence, target)
        if begun or isinstance(error, httpx2.HTTPError):
            return Interrupted(f"the answer broke off in the middle ({_kind(error)}).", target)
        return RequestRejected(f"the request could not be made ({_kind(error)}).", target)


def _pieces(event: Any, used: Tokens) -> Iterator[Piece]:
    if event.type == "text":
        yield Text(event.text)
    elif event.type == "message_start":
        _add_up(used, event.message.usage)
    elif event.type == "message_delta":
        _add_up(used, event.usage)
    elif event.type == "content_block_stop":
        yield from _search_pieces(event.content_block)


def _add_up(used: Tokens, usage: Any) -> None:
    """Take over what the endpoint reports; its figures are totals of the call so far."""
    for name, reported in (
        ("input", usage.input_tokens),
        ("output", usage.output_tokens),
        ("cache_read", usage.cache_read_input_tokens),
        ("cache_write", usage.cache_creation_input_tokens),
        ("searches", usage.server_tool_use.web_search_requests if usage.server_tool_use else None),
    ):
        if reported is not None:
            setattr(used, name, reported)


def _search_pieces(block: Any) -> Iterator[Piece]:
    if block.type == "server_tool_use":
        yield Notice(f"Searching the web for “{_one_line(str(block.input.get('query', '')))}”.")
    elif block.type == "web_search_tool_result":
        content: Any = block.content
        if hasattr(content, "error_code"):
            yield Notice(f"The web search failed ({_one_line(str(content.error_code))}).")
            return
        for found in content:
            yield Source(_one_line(found.title), _one_line(found.url))


_BY_TYPE: dict[str, tuple[type[PlannerFailure], str]] = {
    "authentication_error": (AuthFailed, "the key was not accepted"),
    "permission_error": (AuthFailed, "the key does not allow this"),
    "rate_limit_error": (RateLimited, "too many requests"),
    "overloaded_error": (Overloaded, "it is overloaded"),
    "api_error": (Overloaded, "it had an error of its own"),
    "timeout_error": (TimedOut, "it took too long"),
    "not_found_error": (UnknownModel, "there is no such model"),
    "billing_error": (RequestRejected, "the account cannot pay for it"),
}
_BY_STATUS = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    408: "timeout_error",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_NO_API = "Check the base URL (`taskdeck config show`): the part before /v1/messages."


def _status_failure(error: anthropic.APIStatusError, target: Target, key: str) -> PlannerFailure:
    status = error.status_code
    # An error inside a stream arrives with the stream's own status, 200: then only its type counts.
    named = error.type or _BY_STATUS.get(status) or ("api_error" if status >= 500 else "")
    said = _one_line(str(error.api_message or "").replace(key, "…"))
    about = ": ".join(part for part in ("" if status == 200 else str(status), said) if part)
    if named not in _BY_TYPE:
        hint = "" if error.type else _NO_API
        return RequestRejected(f"the request was not accepted ({about}).", target, hint=hint)
    kind, text = _BY_TYPE[named]
    what = f"{text} ({about})." if about else f"{text}."
    if not issubclass(kind, TemporaryFailure):
        return kind(what, target)
    failure = kind(what, target, wait=_wait(error.response.headers))
    failure.retry = error.response.headers.get("x-should-retry") != "false"
    return failure


def _wait(headers: Any) -> float | None:
    """The pause in seconds that the endpoint asks for, if it does."""
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        value = str(headers.get("retry-after", ""))
        if not value or value.replace(".", "", 1).isdigit():
            return float(value) if value else None
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.timestamp() - parsedate_to_datetime(headers["date"]).timestamp())
    except (KeyError, ValueError, TypeError):
        return None


def _cause(error: Exception) -> str:
    return _kind(error.__cause__) if isinstance(error.__cause__, Exception) else _kind(error)


def _kind(error: Exception) -> str:
    return type(error).__name__


def _one_line(text: str) -> str:
    return shorten(" ".join(printable(text).split()), 300)
