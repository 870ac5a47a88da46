"""Where lines come from: files, standard input, child processes, runs, replays, each behind one Protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from core.logs.lines import LineLog
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


class _Pending:
    name: str
    log: LineLog
    state: StateOf

    async def run(self) -> None:
        """Follow until the stream ends or the task is cancelled."""
        raise NotImplementedError


class FileSource(_Pending):
    """A file followed in place: written, rotated, truncated, removed, not there yet."""

    def __init__(self, path: Path, name: str | None = None, *, follow: bool = True) -> None:
        raise NotImplementedError


class SpillSource(_Pending):
    """The spilled log of a run's agent; `ended` answers why nothing more will come, None while more may."""

    def __init__(self, path: Path, ended: Callable[[], str | None], name: str | None = None) -> None:
        raise NotImplementedError


class StdinSource(_Pending):
    """A descriptor read to its end and spilled to `spill`."""

    def __init__(self, descriptor: int, spill: Path, name: str = "standard input") -> None:
        raise NotImplementedError


class ProcessSource(_Pending):
    """The output of a child process, both streams in order of arrival; its process group ends on cancel."""

    def __init__(
        self,
        argv: Sequence[str],
        spill: Path,
        name: str | None = None,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        raise NotImplementedError


class ReplaySource(_Pending):
    """A recorded log played again into `spill`, at its own pace times `speed`, no pause above `max_idle`."""

    def __init__(
        self, path: Path, spill: Path, speed: float = 1.0, *, max_idle: float = 2.0, name: str | None = None
    ) -> None:
        raise NotImplementedError
