"""How many lines and errors a second came lately: the figures of a throughput strip."""

from __future__ import annotations

from collections import deque


class Rate:
    """Lines and errors of the last `seconds` seconds, from running totals sampled now and then."""

    def __init__(self, seconds: int = 60) -> None:
        self.seconds = seconds
        self._buckets: deque[tuple[int, int, int]] = deque(maxlen=seconds)
        """(second, lines, errors) of each second in which something came."""
        self._lines: int | None = None
        self._errors = 0

    def sample(self, now: float, lines: int, errors: int = 0) -> None:
        """Note the totals at `now` (seconds of a clock that never goes back). The first one sets the zero."""
        if self._lines is None:
            self._lines, self._errors = lines, errors
            return
        new_lines, new_errors = max(0, lines - self._lines), max(0, errors - self._errors)
        self._lines, self._errors = lines, errors
        if not new_lines and not new_errors:
            return
        second = int(now)
        if self._buckets and self._buckets[-1][0] == second:
            _, before, errors_before = self._buckets.pop()
            new_lines, new_errors = before + new_lines, errors_before + new_errors
        self._buckets.append((second, new_lines, new_errors))

    def lines_per_second(self, now: float, over: int = 5) -> float:
        """The mean over the last `over` whole seconds."""
        return sum(self.series(now, over)) / over

    def errors_per_second(self, now: float, over: int = 5) -> float:
        """The mean over the last `over` whole seconds."""
        return sum(self.error_series(now, over)) / over

    def series(self, now: float, seconds: int | None = None) -> list[int]:
        """Lines in each of the last whole seconds, oldest first; the running second is not in it."""
        return self._column(now, seconds or self.seconds, 1)

    def error_series(self, now: float, seconds: int | None = None) -> list[int]:
        """Errors in each of the last whole seconds, oldest first."""
        return self._column(now, seconds or self.seconds, 2)

    def _column(self, now: float, seconds: int, column: int) -> list[int]:
        values = [0] * seconds
        first = int(now) - seconds
        for bucket in self._buckets:
            place = bucket[0] - first
            if 0 <= place < seconds:
                values[place] += bucket[column]
        return values
