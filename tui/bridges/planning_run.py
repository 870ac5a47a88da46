"""A planner at work: its stream is read on a thread of its own and reaches the screen in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.planning.planner import PlannerEvent

BATCH_SECONDS = 1 / 30


async def planner_events(
    make: Callable[[], AsyncIterator[PlannerEvent]],
) -> AsyncGenerator[list[PlannerEvent], None]:
    """The events of the stream that `make` opens, as lists of what came since the last one.

    The planner runs on an event loop in a thread, so however busy it is the screen stays alive. Closing
    this iterator cancels it. Raises what the planner raises.
    """
    screen = asyncio.get_running_loop()
    arrived: asyncio.Queue[PlannerEvent] = asyncio.Queue()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def read() -> None:
        task = asyncio.current_task()
        assert task is not None
        running.append((asyncio.get_running_loop(), task))
        async for event in make():
            screen.call_soon_threadsafe(arrived.put_nowait, event)

    def run() -> None:
        try:
            asyncio.run(read())
        except asyncio.CancelledError:
            return

    worker = asyncio.create_task(asyncio.to_thread(run))
    try:
        while not worker.done() or not arrived.empty():
            batch = await _batch(arrived, worker)
            if batch:
                yield batch
        await worker
    finally:
        for loop, task in running:
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)


async def _batch(arrived: asyncio.Queue[PlannerEvent], worker: asyncio.Task[None]) -> list[PlannerEvent]:
    waiting = asyncio.ensure_future(arrived.get())
    await asyncio.wait({waiting, worker}, return_when=asyncio.FIRST_COMPLETED)
    batch: list[PlannerEvent] = []
    if waiting.done():
        batch.append(waiting.result())
        await asyncio.sleep(BATCH_SECONDS if not worker.done() else 0)
    else:
        waiting.cancel()
    while not arrived.empty():
        batch.append(arrived.get_nowait())
    return batch
