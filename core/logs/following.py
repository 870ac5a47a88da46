"""Keeps a feed current: runs its sources and places their lines as they come."""

from __future__ import annotations

import asyncio
import contextlib

from core.logs.feed import Feed
from core.logs.follow import Source, StateOf

LOOK_EVERY = 0.02


class Following:
    """A feed and the sources behind it. `run` goes on until cancelled, also when every source ended."""

    def __init__(self, feed: Feed | None = None) -> None:
        self.feed = feed or Feed()
        self.sources: list[Source] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._running = False

    def add(self, source: Source) -> None:
        """One more source, any time; in the thread of the event loop."""
        self.feed.add(source.log)
        self.sources.append(source)

    @property
    def states(self) -> dict[str, StateOf]:
        """The state of each stream by its name."""
        return {source.name: source.state for source in self.sources}

    async def run(self) -> None:
        """Follow every source; on cancel each of them ends and nothing is left behind."""
        seen: list[int] = []
        try:
            while True:
                for place in range(len(self._tasks), len(self.sources)):
                    self._tasks[place] = asyncio.create_task(self.sources[place].run())
                versions = [log.version for log in self.feed.logs]
                if versions != seen:
                    seen = versions
                    while await asyncio.to_thread(self.feed.advance):
                        pass
                await asyncio.sleep(LOOK_EVERY)
        finally:
            for task in self._tasks.values():
                task.cancel()
            for task in self._tasks.values():
                with contextlib.suppress(asyncio.CancelledError):
                    await task
