"""Reads an agent's growing log, piece by piece, into what can be said about the agent."""

from __future__ import annotations

import struct
from pathlib import Path

from core.agents.watch import AgentWatch
from core.logs.writer import times_path
from core.runs.ledger import AttemptView

_SLICE = 4 << 20
_LONGEST = 8 << 20
"""Bytes of one line that are still looked into; a longer one counts as a line and no more."""
_TIME = struct.Struct("<Q")


class AgentLog:
    """One attempt's log. `advance` reads what is new, a bounded piece at a time."""

    def __init__(self, path: Path, attempt: AttemptView, silence: float) -> None:
        self.path = path
        self.watch = AgentWatch(attempt.began.created or attempt.began.time, silence)
        self.lines = 0
        self.last_time = 0.0
        self._offset = 0
        self._rest = b""
        self._is_too_long = False
        self._is_over = False

    def advance(self, attempt: AttemptView, now: float, alive: bool) -> bool:
        """Read on; False when more is there already. `alive`: the run's worker lives. Never raises."""
        more = self._read()
        if not more and not self._is_over:
            ended = attempt.ended
            if ended is not None:
                code = None if ended.reason in ("lost", "not started") else ended.exit_code
                self._end(code, ended.time, ended.reason)
            elif not alive:
                self._end(None, now, "lost")
            else:
                self.watch.tick(now)
        return not more

    def _end(self, code: int | None, time: float, reason: str) -> None:
        self._is_over = True
        if self._rest:
            self._feed([self._rest])
        known = {"exited", "cancelled", "timeout", "too_much_output", "lingered", "lost"}
        self.watch.ended(code, time, reason if reason in known else "lost")  # type: ignore[arg-type]

    def _read(self) -> bool:
        """Feed the next piece; True when there is more."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(_SLICE)
                more = len(data) == _SLICE
        except OSError:
            return False
        if not data:
            return False
        self._offset += len(data)
        pieces = (self._rest + data).split(b"\n")
        self._rest = pieces.pop()
        self._feed(pieces)
        if len(self._rest) > _LONGEST:
            self._rest = b""
            self._is_too_long = True
        return more

    def _feed(self, lines: list[bytes]) -> None:
        times = self._times(self.lines, len(lines))
        for at, line in enumerate(lines):
            self.last_time = times[at] if at < len(times) else self.last_time
            if self._is_too_long:
                self._is_too_long = False
            else:
                self.watch.feed_line(line, self.last_time)
        self.lines += len(lines)

    def _times(self, first: int, count: int) -> list[float]:
        try:
            with times_path(self.path).open("rb") as file:
                file.seek(first * _TIME.size)
                data = file.read(count * _TIME.size)
        except OSError:
            return []
        whole = len(data) - len(data) % _TIME.size
        return [milliseconds / 1000 for (milliseconds,) in _TIME.iter_unpack(data[:whole])]
