"""What the application did: every command, what it wrote and how long it took, for the log panel."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Kind = Literal["info", "run", "write", "outside", "warning", "error"]

LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log: `what` was done, `detail` says to which file and how much, `seconds` how long."""

    time: float
    """Seconds since the epoch."""
    kind: Kind
    what: str
    detail: str = ""
    seconds: float | None = None


@dataclass(slots=True)
class Step:
    """What a running step still has to say: filled in by the code inside `Activity.step`."""

    what: str
    detail: str = ""
    kind: Kind = "run"


class Activity:
    """The application's own log, bounded; listeners are called on the thread that adds (the event loop)."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.entries: deque[Entry] = deque(maxlen=LIMIT)
        self.now = now
        self.timed = True
        """False leaves durations out, for pictures that must come out the same every time."""
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def add(self, kind: Kind, what: str, detail: str = "", seconds: float | None = None) -> None:
        """Add a row. Must be called on the event loop."""
        self.entries.append(Entry(self.now(), kind, what, detail, seconds if self.timed else None))
        for listener in self._listeners:
            listener()

    @contextmanager
    def step(self, what: str, kind: Kind = "run") -> Generator[Step]:
        """Time what happens inside and add one row at its end, also when it fails."""
        step = Step(what, kind=kind)
        started = time.monotonic()
        try:
            yield step
        except asyncio.CancelledError:
            self.add("warning", step.what, "cancelled", time.monotonic() - started)
            raise
        except BaseException as error:
            words = (getattr(error, "message", "") or str(error), getattr(error, "hint", ""))
            why = " ".join(filter(None, words)) or type(error).__name__
            self.add("error", step.what, why, time.monotonic() - started)
            raise
        self.add(step.kind, step.what, step.detail, time.monotonic() - started)
