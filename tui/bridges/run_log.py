"""The logs of agents as one feed, followed while they are written; the application's own may stand in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from core.agents.rows import AgentReader
from core.logs.facts import LineFacts
from core.logs.feed import Feed
from core.logs.follow import SpillSource
from core.logs.state import StreamState
from tui.bridges.activity_log import NAME, read_entry

if TYPE_CHECKING:
    from core.logs.line import Line
    from core.runs.watch import AgentRow


class DeckReader(AgentReader):
    """Reads lines of agents, and those of the application by their source."""

    def __call__(self, line: Line) -> LineFacts:
        return read_entry(line) if line.source == NAME else super().__call__(line)


class RunLog:
    """Feed, sources and reader for a `LogView`. `take` finds agents that began, `add` shows their logs."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.reader = DeckReader()
        self.sources: list[SpillSource] = []
        self._names: dict[Path, str] = {}
        self._over: dict[Path, str] = {}
        self._newest: dict[tuple[Path, str], Path] = {}
        """The log of each agent's last attempt, by the run's folder and the agent's name."""

    def take(self, agents: Iterable[AgentRow]) -> list[SpillSource]:
        """Take in what is known of the agents now; the new sources, which somebody must run."""
        added: list[SpillSource] = []
        for agent in agents:
            path, view = agent.log, agent.view
            if path is None or view is None:
                continue
            if view.state.over or agent.ended is not None:
                self._over[path] = view.words or view.state.value
            if path not in self._names:
                self._replace(agent.name, path)
                self._names[path] = self._name(agent)
                added.append(SpillSource(path, self._ended_of(path), self._names[path]))
        return added

    def add(self, sources: Iterable[SpillSource]) -> None:
        """Let these stand in the feed. Lines that were read before stand in order of their time."""
        for source in sources:
            self.reader.know(source.log)
            self.feed.add(source.log)
            self.sources.append(source)

    def _replace(self, name: str, path: Path) -> None:
        """An attempt that gave way to the next one says nothing more, whether or not its end was seen."""
        agent = (path.parent.parent, name)
        earlier = self._newest.get(agent)
        if earlier is not None:
            self._over.setdefault(earlier, "Another attempt has begun.")
        self._newest[agent] = path

    def close(self) -> None:
        """Let go of the files; nobody may follow or show them any more. Blocks for a moment."""
        self.feed.close()

    def _name(self, agent: AgentRow) -> str:
        """The agent's name, with a number where an earlier run or attempt has it already."""
        same = sum(name.partition("·")[0] == agent.name for name in self._names.values())
        return f"{agent.name}·{same + 1}" if same else agent.name

    def _ended_of(self, path: Path) -> Callable[[], str | None]:
        return lambda: self._over.get(path)

    @property
    def live(self) -> list[SpillSource]:
        """The sources that may still say something."""
        return [source for source in self.sources if source.state.state is not StreamState.ENDED]

    def first_row(self, agent: AgentRow) -> int | None:
        """The row where an agent began, once it is placed."""
        name = self._names.get(agent.log) if agent.log is not None else None
        return self.feed.index_of(name, 0) if name is not None else None


async def read_sources(sources: Iterable[SpillSource]) -> None:
    """Read what is there of all of them by now."""

    def read() -> None:
        for source in sources:
            source.read()

    await asyncio.to_thread(read)


async def run_sources(sources: Iterable[SpillSource]) -> None:
    """Follow all of them until each has ended."""
    await asyncio.gather(*(source.run() for source in sources))
