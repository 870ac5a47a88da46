"""The logs of a run's agents as one feed, followed while they are written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from core.agents.rows import AgentReader
from core.logs.facts import Reader
from core.logs.feed import Feed
from core.logs.follow import SpillSource

if TYPE_CHECKING:
    from core.runs.watch import AgentRow


class RunLog:
    """Feed, sources and reader for a `LogView`. `take` adds agents as they begin."""

    def __init__(self) -> None:
        self.feed = Feed()
        agent = AgentReader()
        self.reader: Reader = lambda line: agent(line)
        self.sources: list[SpillSource] = []
        self._over: dict[str, str] = {}
        self._names: set[str] = set()

    def take(self, agents: Iterable[AgentRow], prefix: str = "") -> list[SpillSource]:
        """Take in what is known of the agents now; the new sources, which somebody must run."""
        added: list[SpillSource] = []
        for agent in agents:
            if agent.log is None or agent.view is None:
                continue
            name = prefix + (agent.name if agent.attempt <= 1 else f"{agent.name}.{agent.attempt}")
            if agent.view.state.over or agent.ended is not None:
                self._over[name] = agent.view.words or agent.view.state.value
            if name not in self._names:
                self._names.add(name)
                source = SpillSource(agent.log, self._ended_of(name), name)
                self.feed.add(source.log)
                added.append(source)
        self.sources += added
        return added

    def _ended_of(self, name: str) -> Callable[[], str | None]:
        return lambda: self._over.get(name)

    def first_row(self, name: str) -> int | None:
        """The row where an agent began, once it is placed."""
        return self.feed.index_of(name, 0)


async def run_sources(sources: Iterable[SpillSource]) -> None:
    """Follow all of them until each has ended."""
    await asyncio.gather(*(source.run() for source in sources))
