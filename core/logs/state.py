"""In what state a stream is: connecting, live, quiet or ended, since when and why."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

QUIET_AFTER = 5.0
"""Seconds without a byte after which a live stream is called quiet."""


class StreamState(Enum):
    """The four states a viewer shows."""

    CONNECTING = "connecting"
    LIVE = "live"
    QUIET = "quiet"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class StateOf:
    """A stream's state. `since` counts seconds since the epoch; for quiet it is when the last byte came."""

    state: StreamState
    since: float
    why: str = ""
    """One plain sentence: why it ended, what it waits for; empty when there is nothing to say."""

    @property
    def words(self) -> str:
        """The state in a word or two: `quiet 12 s`, `ended`."""
        if self.state is StreamState.QUIET:
            return f"quiet {duration(time.time() - self.since)}"
        return self.state.value


def duration(seconds: float) -> str:
    """A length of time as people say it: `4 s`, `2 min 10 s`, `3 h 05 min`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
