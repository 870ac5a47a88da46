"""Where lines come from: files, standard input, child processes, runs, replays, each behind one Protocol."""

from __future__ import annotations

from typing import Protocol

from core.logs.file_source import FileSource, SpillSource
from core.logs.lines import LineLog
from core.logs.pipe_source import ProcessSource, StdinSource
from core.logs.replay_source import ReplaySource
from core.logs.state import StateOf, StreamState

__all__ = [
    "FileSource",
    "ProcessSource",
    "ReplaySource",
    "Source",
    "SpillSource",
    "StateOf",
    "StdinSource",
    "StreamState",
]


class Source(Protocol):
    """A stream of lines that ends up in `log`."""

    name: str
    log: LineLog
    state: StateOf

    async def run(self) -> None:
        """Follow until the stream ends or the task is cancelled. Never raises for what the stream does."""
        ...
