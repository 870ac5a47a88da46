"""From when on a log is wanted: a span before now, a time of day, a date; and the row where that begins."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.errors import UsageError

if TYPE_CHECKING:
    from core.logs.feed import Feed
    from core.logs.filter import Filtered

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_NEAR = 64
"""Rows that are looked at for one with a time."""


def moment_of(words: str) -> float:
    """Seconds since the epoch. What has no zone is of this machine's zone. Raises UsageError."""
    words = words.strip()
    span = _SPAN.fullmatch(words)
    if span:
        return time.time() - float(span[1]) * _SECONDS[span[2]]
    clock = _CLOCK.fullmatch(words)
    try:
        if clock:
            return _today(int(clock[1]), int(clock[2]), int(clock[3] or 0))
        return datetime.fromisoformat(words).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"--since does not understand {words!r}.", "For example 10m, 2h, 14:30 or 2026-01-31T08:00."
        ) from None


def _today(hour: int, minute: int, second: int) -> float:
    """The last time the clock showed that: today's, or yesterday's where today's is still to come."""
    now = datetime.now().astimezone()
    moment = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return (moment - timedelta(days=1) if moment > now else moment).timestamp()


def first_since(shown: Feed | Filtered, moment: float) -> int:
    """The first row of that time or later; where no line has a time, the first of all. Blocks on the disk."""
    low, high = 0, shown.count
    while low < high:
        middle = (low + high) // 2
        found = _time_near(shown, middle, high)
        if found is None:
            high = middle
        elif found < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _time_near(shown: Feed | Filtered, row: int, end: int) -> float | None:
    """The time of a row: a line without one, such as a row of a traceback, belongs to the line before it."""
    first = max(0, row - _NEAR + 1)
    before = reversed(shown.rows(first, row - first + 1, 4096))
    found = next((line.time for line in before if line.time is not None), None)
    if found is not None:
        return found
    behind = shown.rows(row + 1, min(_NEAR, end - row - 1), 4096)
    return next((line.time for line in behind if line.time is not None), None)
