"""Prints the lines of agents as rows that people read: time, agent, what it did, on what, how long."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.logs.facts import LineFacts, Reader
from core.plain_text import dollars, printable
from tui.cli.output import Paint, terminal_width
from tui.cli.tail_print import Printer

if TYPE_CHECKING:
    from core.logs.filter import Filter
    from core.logs.follow import Source
    from core.logs.line import Line

_LABEL = 7
_STYLES = {"error": "red", "warning": "yellow", "debug": "dim"}


def print_log(
    sources: Sequence[Source],
    wanted: Filter | None,
    since: float | None,
    last: int | None,
    *,
    as_json: bool,
    raw: bool,
    reader: Reader,
    paint: Paint,
) -> None:
    """Print until every source has ended. Raises BrokenPipeError, OutputFailed."""
    if raw or as_json:
        printer = _Exact(sources, wanted, as_json, reader)
    else:
        printer = _Rows(sources, wanted, reader, paint)
    asyncio.run(printer.run(since, last))


class _Exact(Printer):
    """The lines as they are; no name of an agent stands before them."""

    def __init__(
        self, sources: Sequence[Source], wanted: Filter | None, as_json: bool, reader: Reader
    ) -> None:
        super().__init__(sources, wanted, as_json, reader)
        self.names = False


class _Rows(Printer):
    """One readable row a line."""

    def __init__(
        self, sources: Sequence[Source], wanted: Filter | None, reader: Reader, paint: Paint
    ) -> None:
        super().__init__(sources, wanted, False, reader)
        self._paint = paint
        self._width = max((len(source.name) for source in sources), default=0)

    def _as_bytes(self, line: Line, row: int) -> bytes:
        return self._as_text(line, row)

    def _as_text(self, line: Line, row: int) -> bytes:
        facts = self.reader(line)
        moment = "" if line.time is None else datetime.fromtimestamp(line.time).strftime("%H:%M:%S")
        text = " ".join(part for part in (facts.text, facts.detail, _measures(facts)) if part)
        front = (
            f"{moment:8} {line.source.ljust(self._width)} {facts.glyph or '·'} {facts.label.ljust(_LABEL)} "
        )
        shown = printable(front + text)
        width = terminal_width()
        if width is not None:
            from core.plain_text import shorten

            shown = shorten(shown, width)
        styled = self._paint(shown, _STYLES.get(facts.level, ""))
        return f"{styled.rstrip()}\n".encode(sys.stdout.encoding or "utf-8", "replace")


def _measures(facts: LineFacts) -> str:
    parts = [f"{facts.seconds:.1f} s"] if facts.seconds is not None else []
    parts += [dollars(facts.cost)] if facts.cost else []
    return "  ".join(parts)
