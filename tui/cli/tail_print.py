"""Prints logs as lines or JSON Lines: what `tail` does where nobody looks at a screen."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.logs.facts import Reader, plain_reader
from core.logs.feed import Feed
from core.plain_text import printable, printable_json
from tui.cli.output import OutputFailed
from tui.widgets.log_since import first_since

if TYPE_CHECKING:
    from core.logs.filter import Filter, Filtered
    from core.logs.follow import Source
    from core.logs.line import Line

_AT_ONCE = 2_000
_PERIOD = 0.05


def print_lines(
    sources: Sequence[Source],
    wanted: Filter | None,
    since: float | None,
    last: int | None,
    as_json: bool,
    reader: Reader = plain_reader,
) -> None:
    """Print the lines of `sources` until they end: those `wanted` lets through, from the time `since`, and of
    what is there at the start only the `last` ones. Raises BrokenPipeError, OutputFailed."""
    asyncio.run(Printer(sources, wanted, as_json, reader).run(since, last))


class Printer:
    """One feed on its way to standard output."""

    def __init__(
        self, sources: Sequence[Source], wanted: Filter | None, as_json: bool, reader: Reader = plain_reader
    ) -> None:
        self.sources = sources
        self.reader = reader
        self.feed = Feed()
        for source in sources:
            self.feed.add(source.log)
        self.shown: Feed | Filtered = self.feed
        if wanted is not None:
            from core.logs.filter import Filtered

            self.shown = Filtered(self.feed, wanted, reader)
        self.as_json = as_json
        self.names = len(sources) > 1
        self.to_terminal = sys.stdout.isatty()
        self.done = 0
        """Rows that were printed or passed over."""

    async def run(self, since: float | None, last: int | None) -> None:
        """Print until every source has ended."""
        running = await self._begin(last)
        try:
            await asyncio.to_thread(self._pass_over, since, last)
            while True:
                ended = all(task.done() for task in running)
                await asyncio.to_thread(self._advance)
                self._print_new(ended)
                if ended:
                    return
                await asyncio.wait(running, timeout=_PERIOD)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _begin(self, last: int | None) -> list[asyncio.Task[None]]:
        """Read what is there by now; where only the last lines are wanted, to the end of what has one."""
        for source in self.sources:
            while await asyncio.to_thread(source.log.refresh):
                pass
        running = [asyncio.create_task(source.run()) for source in self.sources]
        pipes = [
            task for task, source in zip(running, self.sources, strict=True) if not source.log.line_count
        ]
        if last is not None and pipes:
            await asyncio.wait(pipes)
        await asyncio.to_thread(self._advance)
        return running

    def _advance(self) -> None:
        while self.feed.advance():
            pass
        if not isinstance(self.shown, Feed):
            while self.shown.advance():
                pass

    def _pass_over(self, since: float | None, last: int | None) -> None:
        if since is not None:
            self.done = first_since(self.shown, since)
        if last is not None:
            self.done = max(self.done, self.shown.count - last)

    def _print_new(self, ended: bool) -> None:
        open_rows: set[int | None] = set() if ended else self._open_rows()
        while self.done < self.shown.count:
            lines = self.shown.rows(self.done, _AT_ONCE)
            rows = self._feed_rows(self.done, len(lines))
            # A line that is still written is printed when it is whole.
            whole = next((at for at, row in enumerate(rows) if row in open_rows), len(rows))
            self._write(lines[:whole], rows[:whole])
            self.done += whole
            if whole < len(rows) or not rows:
                break

    def _open_rows(self) -> set[int | None]:
        logs = self.feed.logs
        return {
            self.feed.index_of(place, log.open_line)
            for place, log in enumerate(logs)
            if log.open_line is not None
        }

    def _feed_rows(self, first: int, count: int) -> list[int]:
        if isinstance(self.shown, Feed):
            return list(range(first, first + count))
        return self.shown.feed_rows(first, count)

    def _write(self, lines: Sequence[Line], rows: Sequence[int]) -> None:
        make = self._as_json if self.as_json else self._as_text if self.to_terminal else self._as_bytes
        try:
            sys.stdout.buffer.write(b"".join(map(make, lines, rows)))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputFailed(
                f"Standard output could not be written: {error.strerror or error}.",
                "Check where it leads to.",
            ) from None

    def _data(self, line: Line, row: int) -> bytes:
        return self.feed.raw(row).rstrip(b"\r\n") if line.cut else line.data

    def _as_bytes(self, line: Line, row: int) -> bytes:
        """Exactly the line, for whoever reads our output."""
        front = f"{line.source}\t".encode() if self.names else b""
        return front + self._data(line, row) + b"\n"

    def _as_text(self, line: Line, row: int) -> bytes:
        """The line without anything that a terminal would act on."""
        front = f"{line.source}  " if self.names else ""
        text = self._data(line, row).decode("utf-8", "replace")
        return f"{front}{printable(text)}\n".encode(sys.stdout.encoding or "utf-8", "replace")

    def _as_json(self, line: Line, row: int) -> bytes:
        facts = self.reader(line)
        document: dict[str, Any] = {
            "source": line.source,
            "line": line.number + 1,
            "time": None if line.time is None else _iso(line.time),
            "level": facts.level,
            "kind": facts.kind,
            "text": self._data(line, row).decode("utf-8", "replace"),
        }
        return printable_json(json.dumps(document, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
