"""Follows a file in place, and the spilled log of a run's agent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from core.logs.lines import LineLog
from core.logs.state import QUIET_AFTER, StateOf, StreamState
from core.logs.writer import times_path

LOOK_EVERY = 0.015
"""Seconds between two looks at a file that is written: a look costs a call of stat."""
_PAUSES = ((QUIET_AFTER, LOOK_EVERY), (60.0, 0.1), (float("inf"), 0.25))
"""(quiet for less than, seconds between looks): a quiet file costs less."""


class FileSource:
    """A file followed in place: written, rotated, truncated, removed, not there yet."""

    def __init__(self, path: Path, name: str | None = None, *, follow: bool = True) -> None:
        self.name = name or path.name
        self.log = LineLog.open_file(path, self.name)
        self.follow = follow
        """Whether to wait for more at the end."""
        self.state = StateOf(StreamState.CONNECTING, time.time())
        self._last = 0.0

    async def run(self) -> None:
        """Follow until cancelled, or to the end of the file. Never raises for what the file does."""
        while True:
            more = await asyncio.to_thread(self._look)
            if self.state.state is StreamState.ENDED:
                return
            if more:
                continue  # each look reads a bounded amount
            quiet = time.time() - self._last
            await asyncio.sleep(next(pause for limit, pause in _PAUSES if quiet < limit))

    def end_reason(self) -> str | None:
        """Why nothing more will come once the file is read to its end; None while more may come."""
        return None if self.follow else f"{self.log.path} was read to its end."

    def _look(self) -> bool:
        """Read what is new; True when there may be more right now."""
        why = self.end_reason()
        before = self.log.byte_count
        changed = self.log.refresh()
        now = time.time()
        if changed:
            self._last = now
            self._set(StreamState.LIVE, now)
            return self.log.byte_count - before > 1 << 20
        if self.log.hopeless:
            self._set(StreamState.ENDED, now, self.log.trouble)
        elif why is not None:
            self._set(StreamState.ENDED, now, self.log.trouble if not self.log.line_count else why)
        elif self.log.trouble and not self.log.line_count:
            self._set(StreamState.CONNECTING, now, self.log.trouble)
        else:
            self._be_quiet(now)
        return False

    def _be_quiet(self, now: float) -> None:
        """A file that was written long before we came is quiet since then."""
        if self.log.written_at:
            self._last = min(self._last or now, self.log.written_at)
        if now - self._last >= QUIET_AFTER:
            self._set(StreamState.QUIET, self._last, self.log.trouble)
        else:
            self._set(StreamState.LIVE, self._last, self.log.trouble)

    def _set(self, state: StreamState, since: float, why: str = "") -> None:
        if self.state.state is not state:
            self.state = StateOf(state, since, why)
        elif self.state.why != why:
            self.state = StateOf(state, self.state.since, why)


class SpillSource(FileSource):
    """The spilled log of a run's agent, with the times its lines arrived.

    `ended` answers, in one sentence, why nothing more will be written, None while more may; it is asked from
    a thread.
    """

    def __init__(self, path: Path, ended: Callable[[], str | None], name: str | None = None) -> None:
        super().__init__(path, name)
        self.log = LineLog.open_file(path, self.name, times_path(path))
        self._ended = ended

    def end_reason(self) -> str | None:
        """See `ended`. Asked before the file is read, so that nothing written until then is missed."""
        return self._ended()

    def read(self) -> None:
        """Read what is there now. Blocks. A log that ended is not kept open: a deck shows hundreds."""
        self.log.refresh()
        if self._ended() is not None:
            self.log.rest()

    def _look(self) -> bool:
        more = super()._look()
        if self._ended() is not None:
            self.log.rest()
        return more
