"""Several logs as one list of rows, merged by time: what a viewer scrolls, filters and searches."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from core.logs.line import LINE_PREFIX, Line
from core.logs.lines import LineLog
from core.logs.merge_table import MergeTable
from core.logs.merging import Merging


class Feed:
    """Rows over one or more logs. A row keeps its index for ever; new lines come after those already placed.

    Lines that are there when they are placed together stand in order of time (a line without one keeps to
    the line before it in its log), what arrives later stands in order of arrival. `advance` places lines and
    is for one thread; the rest is for any. A single log needs no table: its rows are its lines.
    """

    def __init__(self, logs: Sequence[LineLog] = ()) -> None:
        self.logs: list[LineLog] = []
        self.count = 0
        """Rows placed so far."""
        self.version = 0
        """Grows with each change of what `rows` would answer; only `advance` and `add` change it."""
        self._seen: list[int] = []
        self._table: MergeTable | None = None
        self._merging = Merging()
        self._lock = threading.RLock()
        for log in logs:
            self.add(log)

    def add(self, log: LineLog) -> int:
        """Add a log, any time; answers its place in `logs`."""
        with self._lock:
            self.logs.append(log)
            self._seen.append(-1)
            if len(self.logs) == 1:
                return 0
            if self._table is None:
                self._table = MergeTable()
                self._table.add_source()
                self._table.append(bytes(self.count))
                self._merging.add(self.logs[0], self.count)
            self._table.add_source()
            self._merging.add(log)
            self.version += 1
            return len(self.logs) - 1

    def advance(self, budget_s: float = 0.05) -> bool:
        """Place lines that arrived, for about so long; True when more is left. Call it in a thread."""
        end = time.monotonic() + budget_s
        seen = [log.version for log in self.logs]
        changed = seen != self._seen[: len(seen)]
        self._seen[: len(seen)] = seen
        with self._lock:
            table = self._table
            if table is None:
                self.count = self.logs[0].line_count if self.logs else 0
            # Behind the count: who saw the new version must not find the old rows.
            self.version += changed
            if table is None:
                return False
        while True:
            order = self._merging.step()
            with self._lock:
                table.append(order)
                self.count = table.count
            if not order:
                return False
            self.version += 1
            if time.monotonic() >= end:
                return True

    def rows(self, first: int, count: int, limit: int = LINE_PREFIX) -> list[Line]:
        """Up to `count` lines from row `first`, each with at most `limit` bytes. Blocks on the disk."""
        with self._lock:
            last = min(first + count, self.count)
            if first >= last:
                return []
            if self._table is None:
                return self.logs[0].lines(first, last - first, limit)
            ranges = self._table.ranges(first, last)
            order = [self._table.place_of(row)[0] for row in range(first, last)]
        lines = {
            source: iter(self.logs[source].lines(low, high - low, limit))
            for source, (low, high) in ranges.items()
        }
        return [next(lines[source]) for source in order]

    def rows_at(self, rows: Sequence[int], limit: int = LINE_PREFIX) -> list[Line]:
        """The lines at these rows, each with at most `limit` bytes. Raises IndexError."""
        found: list[Line] = []
        for row in rows:
            source, number = self.place_of(row)
            found += self.logs[source].lines(number, 1, limit)
        return found

    def raw(self, row: int) -> bytes:
        """The whole line at `row` exactly, with its line end; empty when it is gone. Raises IndexError."""
        source, number = self.place_of(row)
        return self.logs[source].raw(number)

    def place_of(self, row: int) -> tuple[int, int]:
        """Which log (its place in `logs`) and which line number stands at `row`. Raises IndexError."""
        with self._lock:
            if not 0 <= row < self.count:
                raise IndexError(row)
            return self._table.place_of(row) if self._table else (0, row)

    def index_of(self, source: str | int, number: int) -> int | None:
        """The row of a line, by its log's name or place; None when it is not placed (yet)."""
        with self._lock:
            if isinstance(source, str):
                names = [log.name for log in self.logs]
                if source not in names:
                    return None
                source = names.index(source)
            if self._table:
                return self._table.row_of(source, number)
            return number if source == 0 and 0 <= number < self.count else None

    def ranges(self, first: int, last: int) -> dict[int, tuple[int, int]]:
        """For each log in the rows from `first` to before `last`: which of its lines stand there, as its
        first and the one after its last."""
        with self._lock:
            return self._table.ranges(first, last) if self._table else {0: (first, last)}

    def rows_of(self, source: int, first: int, last: int) -> Sequence[int]:
        """The rows from `first` to before `last` that hold lines of one log, in order."""
        with self._lock:
            return self._table.rows_of(source, first, last) if self._table else range(first, last)

    def open_rows(self) -> list[int]:
        """The rows whose line is not finished yet: at most one of each log."""
        found: list[int] = []
        for source, log in enumerate(self.logs):
            number = log.open_line
            row = self.index_of(source, number) if number is not None else None
            if row is not None:
                found.append(row)
        return found

    def close(self) -> None:
        """Let go of the files of every log."""
        for log in self.logs:
            log.close()
