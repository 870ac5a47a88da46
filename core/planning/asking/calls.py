"""One call of a model: within the budget, written into the ledger, retried where that can help."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from core.errors import Cancelled
from core.planning.failures import (
    AuthFailed,
    Interrupted,
    PlannerFailure,
    RefusedByModel,
    TemporaryFailure,
    UnknownModel,
)
from core.planning.options import ClaudeOptions
from core.planning.planner import Problem, Usage
from core.planning.usage import Estimate, Ledger, Meter
from core.planning.wire import Connection, End, Notice, Request, Source, Text, Tokens, Wire, rough_tokens

NOTHING_SENT = "Nothing was sent to the model."
HOW_TO_SEND = "Shorten the material, send it with --yes, or raise planner.confirm_tokens in the settings."
"""The ways out where a person does not let a large request go."""


@dataclass
class Reply:
    """What a call has said so far, and how it ended."""

    parts: list[str] = field(default_factory=list[str])
    end: End = field(default_factory=lambda: End(None))

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def cut_off(self) -> bool:
        return self.end.stop_reason in ("max_tokens", "model_context_window_exceeded")


@dataclass(frozen=True)
class Restart:
    """The call broke off and is made once more: what it said before is void."""

    text: str


Heard = Text | Source | Restart | Problem | Usage


class Calls:
    """Makes calls over `wire`, all against the same budget and ledger."""

    def __init__(self, options: ClaudeOptions, wire: Wire) -> None:
        self._options = options
        self._wire = wire
        self.meter = Meter(Ledger(options.ledger) if options.ledger else None, options.budget)

    def is_large(self, requests: Sequence[Request]) -> bool:
        """Whether `requests` may be more, by our own estimate, than is sent without counting."""
        return bool(requests) and self.meter.estimate(requests).input_tokens > self._options.confirm_above

    async def approve(
        self, connection: Connection, requests: Sequence[Request]
    ) -> AsyncGenerator[Problem, None]:
        """Before an operation: count its tokens when it is large, say so, and ask where asking is wanted.

        Raises Cancelled when the answer is no.
        """
        if not self.is_large(requests):
            self.announce(requests)
            return
        estimate = self.meter.estimate(requests)
        try:
            counts = [await connection.count(request) for request in requests]
            estimate = self.meter.estimate(requests, sum(counts))
        except AuthFailed:
            raise
        except PlannerFailure:
            # An endpoint that cannot count is no reason to stop: our own estimate stands.
            pass
        self.announce(requests, estimate)
        if estimate.input_tokens <= self._options.confirm_above:
            return
        if self._options.announce is None:
            yield Problem(describe(estimate))
        if self._options.confirm is not None and not await self._options.confirm(estimate):
            raise Cancelled(NOTHING_SENT, HOW_TO_SEND)

    def announce(self, requests: Sequence[Request], estimate: Estimate | None = None) -> None:
        """Tell whoever wants to know what `requests` will use."""
        if self._options.announce is not None and requests:
            self._options.announce(estimate or self.meter.estimate(requests))

    async def answer(
        self, connection: Connection, request: Request, reply: Reply
    ) -> AsyncGenerator[Heard, None]:
        """The pieces of the answer to `request`, also gathered in `reply`. Close it to stop the call."""
        attempt = 0
        while True:
            attempt += 1
            reply.parts.clear()
            reply.end = End(None)
            failures: list[PlannerFailure] = []
            async with aclosing(self._attempt(connection, request, reply, failures)) as pieces:
                async for piece in pieces:
                    yield piece
            if not failures:
                return
            failure = failures[0]
            pause = self._pause(failure, attempt)
            if pause is None:
                failure.tried(attempt)
                await _suggest_models(failure, connection)
                raise failure
            again = f"Trying again in {_seconds(pause)} ({attempt} of {self._options.retries})."
            yield Restart(f"{failure.target}: {failure.what} {again}")
            await asyncio.sleep(pause)

    async def _attempt(
        self, connection: Connection, request: Request, reply: Reply, failures: list[PlannerFailure]
    ) -> AsyncGenerator[Heard, None]:
        target = self._wire.target(request.model)
        reserve = await self.meter.reserve(request, target)
        if reserve.max_tokens < request.max_tokens:
            yield Problem(f"The budget leaves room for an answer of {reserve.max_tokens:,} tokens.")
            request = replace(request, max_tokens=reserve.max_tokens)
        used = Tokens()
        outcome = "cancelled"
        unwritten: OSError | None = None
        dollars: float | None = None
        try:
            async with aclosing(connection.stream(request, used)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Text):
                        reply.parts.append(piece.text)
                        yield piece
                    elif isinstance(piece, End):
                        reply.end = piece
                    else:
                        yield Problem(piece.text) if isinstance(piece, Notice) else piece
            outcome = self._judge(reply, request)
        except PlannerFailure as failure:
            failures.append(failure)
            outcome = type(failure).__name__
        finally:
            if reply.end.stop_reason is None:
                # What it cost is told at an answer's end; one that broke off or was stopped is paid for too.
                used.output = max(used.output, rough_tokens(reply.text))
            try:
                dollars = await self.meter.record(request, used, target.host, outcome, reserve.dollars)
            except OSError as error:
                unwritten = error
        if unwritten is not None:
            yield Problem(f"The ledger of calls could not be written: {unwritten.strerror}.")
        if used.input or used.output:
            yield Usage(
                request.model, used.input, used.output, used.cache_read, used.cache_write, dollars=dollars
            )

    def _judge(self, reply: Reply, request: Request) -> str:
        """The stop reason, in the order that matters: no end at all, a refusal, everything else."""
        target = self._wire.target(request.model)
        reason = reply.end.stop_reason
        if reason is None:
            raise Interrupted("the answer ended in the middle.", target)
        if reason == "refusal":
            because = f" ({reply.end.explanation.rstrip('.')})" if reply.end.explanation else ""
            raise RefusedByModel(f"the model declined to answer{because}.", target)
        return reason

    def _pause(self, failure: PlannerFailure, attempt: int) -> float | None:
        """How long to wait before the next attempt; None when there is none."""
        if not isinstance(failure, TemporaryFailure) or not failure.retry or attempt > self._options.retries:
            return None
        if failure.wait is not None:
            if failure.wait > self._options.longest_pause:
                failure.hint = f"It asks to wait {_seconds(failure.wait)}: run it again after that."
                return None
            return failure.wait
        pause = min(self._options.first_pause * 2 ** (attempt - 1), 8.0)
        return pause * random.uniform(0.75, 1.0)


async def _suggest_models(failure: PlannerFailure, connection: Connection) -> None:
    """Name the models there are, where only the name was wrong."""
    if not isinstance(failure, UnknownModel):
        return
    with suppress(PlannerFailure):
        names = await connection.models()
        if names:
            failure.hint = f"It has: {', '.join(names[:8])}. {failure.hint}"


def describe(estimate: Estimate) -> str:
    """An estimate in one line, for the log and for the question whether to go on."""
    about = "" if estimate.counted else "About "
    cost = f", at most ${estimate.dollars:.2f}" if estimate.dollars is not None else ", price not known"
    calls = f" in {estimate.calls} calls" if estimate.calls > 1 else ""
    return f"{about}{estimate.input_tokens:,} tokens go to {estimate.model}{calls}{cost}."


def _seconds(pause: float) -> str:
    return f"{pause:.1f} s" if pause < 1 else f"{pause:.0f} s"
