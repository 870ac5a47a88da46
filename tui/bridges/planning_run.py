"""A planner at work: its stream is read on a thread of its own and reaches the screen in batches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import TypeVar

Event = TypeVar("Event")

BATCH_SECONDS = 1 / 30
CLOSING_SECONDS = 2.0


async def planner_events(
    make: Callable[[], AsyncIterator[Event]], every: float = BATCH_SECONDS
) -> AsyncGenerator[list[Event], None]:
    """The events of the stream that `make` opens, as lists of what came in `every` seconds.

    The planner runs on an event loop in a thread, so however busy it is the screen stays alive. Closing
    this iterator cancels it and waits a moment for its end. Raises what the planner raises.
    """
    screen = asyncio.get_running_loop()
    arrived: asyncio.Queue[Event] = asyncio.Queue()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []
    closed = threading.Event()

    async def read() -> None:
        task = asyncio.current_task()
        assert task is not None
        running.append((asyncio.get_running_loop(), task))
        if closed.is_set():
            return
        stream = make()
        try:
            async for event in stream:
                screen.call_soon_threadsafe(arrived.put_nowait, event)
        finally:
            # At once, not when somebody collects it: an open stream is an open connection.
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    def run() -> None:
        try:
            asyncio.run(read())
        except asyncio.CancelledError:
            return

    worker = asyncio.create_task(asyncio.to_thread(run))
    worker.add_done_callback(_look)
    try:
        while not worker.done() or not arrived.empty():
            batch = await _batch(arrived, worker, every)
            if batch:
                yield batch
        await worker
    finally:
        closed.set()
        for loop, task in running:
            # The loop may close between a look at it and the call.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        # What a call that was stopped has cost is written down at its end.
        await asyncio.wait({worker}, timeout=CLOSING_SECONDS)


def _look(worker: asyncio.Task[None]) -> None:
    """Of a planner that was stopped nobody wants to hear how it ended."""
    if not worker.cancelled():
        worker.exception()


async def _batch(arrived: asyncio.Queue[Event], worker: asyncio.Task[None], every: float) -> list[Event]:
    waiting = asyncio.ensure_future(arrived.get())
    await asyncio.wait({waiting, worker}, return_when=asyncio.FIRST_COMPLETED)
    batch: list[Event] = []
    if waiting.done():
        batch.append(waiting.result())
        await asyncio.sleep(every if not worker.done() else 0)
    else:
        waiting.cancel()
    while not arrived.empty():
        batch.append(arrived.get_nowait())
    return batch
