"""Plays a recorded log again through the real pipeline, at its own pace or faster."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from core.logs.lines import LineLog
from core.logs.state import StateOf, StreamState
from core.logs.writer import LineWriter, times_path

_TICK = 0.025
_UNTIMED = 0.05
"""Seconds from line to line in a recording without times."""
_BATCH = 2048


class ReplaySource:
    """A recorded log, written line by line to `spill` as if it came now, pauses cut to `max_idle` s.

    `speed` may change and `paused` be set while it plays.
    """

    def __init__(
        self, path: Path, spill: Path, speed: float = 1.0, *, max_idle: float = 2.0, name: str | None = None
    ) -> None:
        self.name = name or path.name
        self.log = LineLog.open_file(spill, self.name, times_path(spill))
        self.state = StateOf(StreamState.CONNECTING, time.time())
        self.speed = speed
        self.max_idle = max_idle
        self.paused = False
        self.played = 0
        """Lines played so far."""
        self._path = path
        self._spill = spill
        self._at: list[float] = []
        """When each line of the batch is due, in seconds of the recording without its pauses."""
        self._due = 0.0
        self._last: float | None = None

    async def run(self) -> None:
        """Play to the end or until cancelled. Never raises for what the recording holds."""
        recorded = LineLog.open_file(self._path, self.name, times_path(self._path))
        try:
            await asyncio.to_thread(_read_whole, recorded)
            if not recorded.line_count:
                self._end(recorded.trouble or f"{self._path} holds no line.")
                return
            with LineWriter(self._spill) as writer:
                await self._play(recorded, writer)
            self._end(f"{self._path.name} was played to its end.")
        except OSError as error:
            self._end(f"{self._spill} cannot be written: {(error.strerror or '').lower()}.")
        finally:
            recorded.close()

    async def _play(self, recorded: LineLog, writer: LineWriter) -> None:
        self.state = StateOf(StreamState.LIVE, time.time())
        clock, before = 0.0, time.monotonic()
        while self.played < recorded.line_count:
            now = time.monotonic()
            clock += 0.0 if self.paused else (now - before) * self.speed
            before = now
            if not self.paused and await asyncio.to_thread(self._play_until, clock, recorded, writer):
                continue
            await asyncio.sleep(_TICK)

    def _play_until(self, clock: float, recorded: LineLog, writer: LineWriter) -> bool:
        """Write what is due; True when more may be due already."""
        if not self._at:
            self._at = self._schedule(
                recorded.times(self.played, min(self.played + _BATCH, recorded.line_count))
            )
        due = sum(1 for at in self._at if at <= clock)
        if due:
            writer.write(b"".join(recorded.raw(self.played + n) for n in range(due)), time.time())
            del self._at[:due]
            self.played += due
            self.log.refresh()
        return not self._at

    def _schedule(self, times: list[float | None]) -> list[float]:
        found: list[float] = []
        untimed = self._last is None and all(time is None for time in times)
        for moment in times:
            if untimed:
                self._due += _UNTIMED
            elif moment is not None:
                gap = moment - self._last if self._last is not None else 0.0
                self._due += min(max(0.0, gap), self.max_idle)
                self._last = moment
            found.append(self._due)
        return found

    def _end(self, why: str) -> None:
        self.state = StateOf(StreamState.ENDED, time.time(), why)


def _read_whole(log: LineLog) -> None:
    while log.refresh():
        pass
