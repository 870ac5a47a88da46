"""Runs several streams at once, at most so many at a time, and hands on what each brings as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Arrived(Generic[T]):
    """Something came from stream number `index`."""

    index: int
    value: T


@dataclass(frozen=True)
class Ended:
    """Stream number `index` is over, by itself or by `error`."""

    index: int
    error: Exception | None = None


async def interleave(
    streams: Sequence[Callable[[], AsyncGenerator[T, None]]],
    limit: int,
    more: Callable[[], bool] = lambda: True,
) -> AsyncGenerator[Arrived[T] | Ended, None]:
    """The items of all streams; each stream is opened in turn when one of `limit` places is free.

    An error ends its own stream only. When `more` says no, those that are not open yet are left out. Closing
    this closes all that are open.
    """
    queue: asyncio.Queue[Arrived[T] | Ended] = asyncio.Queue()
    places = asyncio.Semaphore(max(1, limit))

    async def run(index: int) -> None:
        try:
            async with places:
                if more():
                    async with aclosing(streams[index]()) as stream:
                        async for value in stream:
                            queue.put_nowait(Arrived(index, value))
        except Exception as error:
            queue.put_nowait(Ended(index, error))
        else:
            queue.put_nowait(Ended(index))

    tasks = [asyncio.create_task(run(index)) for index in range(len(streams))]
    try:
        open_streams = len(tasks)
        while open_streams:
            item = await queue.get()
            open_streams -= isinstance(item, Ended)
            yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
