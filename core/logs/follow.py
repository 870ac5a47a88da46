"""Where lines come from: files, standard input, child processes, runs, replays, each behind one Protocol."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from core.errors import NotFound
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
    "open_source",
]


class Source(Protocol):
    """A stream of lines that ends up in `log`."""

    name: str
    log: LineLog
    state: StateOf

    async def run(self) -> None:
        """Follow until the stream ends or the task is cancelled. Never raises for what the stream does."""
        ...


def open_source(what: str, spill_folder: Path, *, follow: bool = True) -> Source:
    """What a person names: `-` is standard input, a named pipe is read like it, the rest are files.

    Pipes are spilled to files in `spill_folder`, which must exist. Raises NotFound for a pipe that cannot be
    opened.
    """
    if what == "-":
        return StdinSource(0, spill_folder / "standard-input")
    path = Path(what)
    if not path.is_fifo():
        return FileSource(path, follow=follow)
    try:
        # Opened to read alone a named pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    return StdinSource(descriptor, spill_folder / f"pipe-{descriptor}", path.name, owned=True)
