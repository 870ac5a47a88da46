"""How results look: aligned tables that fit the terminal, calm colours, JSON as one document."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from core.errors import TaskdeckError
from core.plain_text import cell_width, pad, printable, printable_json, shorten
from core.plain_text import plural as plural
from core.tasks.json_text import NumberText

# The same signs as on the screen (tui.widgets.glyphs), which imports rich.
STATUS_GLYPHS: dict[str, str] = {
    "pending": "○",
    "in-progress": "◐",
    "review": "●",
    "done": "✓",
    "completed": "✓",
    "blocked": "⊘",
    "deferred": "◇",
    "cancelled": "✕",
}
_SHADES = "▁▂▃▄▅▆▇█"
_STYLES: dict[str, str] = {
    "bold": "1",
    "dim": "2",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "red": "31",
    "cyan": "36",
}
_STATUS_STYLES: dict[str, str] = {
    "in-progress": "cyan",
    "review": "magenta",
    "done": "green",
    "completed": "green",
    "blocked": "red",
    "deferred": "dim",
    "cancelled": "dim",
}
_PRIORITY_STYLES: dict[str, str] = {"critical": "red", "high": "yellow", "low": "dim"}


class Paint:
    """Puts colours on text when they are wanted."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted

    def __call__(self, text: str, style: str) -> str:
        code = _STYLES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.wanted and code and text else text


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table. `text` must be printable."""

    text: str
    style: str = ""


def status_cell(status: str) -> Cell:
    """Glyph and word: the colour never carries the meaning alone."""
    return Cell(f"{STATUS_GLYPHS.get(status, '?')} {printable(status)}", _STATUS_STYLES.get(status, ""))


def priority_cell(priority: str) -> Cell:
    return Cell(printable(priority), _PRIORITY_STYLES.get(priority, ""))


def score_cell(score: float | None) -> Cell:
    """A complexity as shade and digit, `▇8`; a dot where there is none."""
    if score is None:
        return Cell("·", "dim")
    level = min(8, max(1, round(score) - 1))
    style = "red" if score >= 8 else "yellow" if score >= 5 else "green"
    return Cell(f"{_SHADES[level - 1]}{round(score, 1):g}", style)


_SMALLEST = 8


@dataclass(frozen=True, slots=True)
class Column:
    """`flexible` columns give way when the terminal is too narrow, then those of the highest `rank` go.

    Numbers align to the `right`.
    """

    heading: str
    flexible: bool = False
    right: bool = False
    rank: int = 0


def terminal_width() -> int | None:
    """Columns to fit into: COLUMNS where it is set, else the terminal's; None for a pipe: nothing is cut."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and asked.isascii() and int(asked[:6]) > 0:
        return int(asked[:6])
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def reading_width() -> int:
    """How wide running text is set: the terminal, but no wider than reads well."""
    return min(100, terminal_width() or 100)


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], paint: Paint) -> str:
    """The rows below their headings, each ending in a line break; columns that are empty are left out."""
    kept = [at for at in range(len(columns)) if any(row[at].text for row in rows)]
    widths = {
        at: max([cell_width(columns[at].heading), *(cell_width(row[at].text) for row in rows)]) for at in kept
    }
    _narrow(columns, widths)
    kept = list(widths)
    heading = [Cell(column.heading, "dim") for column in columns]
    return "".join(_line(columns, row, kept, widths, paint) for row in [heading, *rows])


def _narrow(columns: Sequence[Column], widths: dict[int, int]) -> None:
    """Take cells from the widest flexible column until the table fits, then leave columns out."""
    available = terminal_width()
    if available is None:
        return
    while _excess(widths, available) > 0:
        flexible = [at for at in widths if columns[at].flexible and widths[at] > _SMALLEST]
        if flexible:
            # Columns that may go altogether give way first, down to half of the others.
            widths[max(flexible, key=lambda at: widths[at] * (2 if columns[at].rank else 1))] -= 1
            continue
        least = max(widths, key=lambda at: columns[at].rank)
        if not columns[least].rank:
            return
        del widths[least]


def _excess(widths: dict[int, int], available: int) -> int:
    return sum(widths.values()) + 2 * (len(widths) - 1) - available


def _line(
    columns: Sequence[Column], row: Sequence[Cell], kept: Sequence[int], widths: dict[int, int], paint: Paint
) -> str:
    pieces: list[str] = []
    for at in kept:
        cell, width = row[at], widths[at]
        text = shorten(cell.text, width)
        filled = " " * (width - cell_width(text)) + text if columns[at].right else pad(text, width)
        pieces.append(paint(filled, cell.style) if cell.style and paint.wanted else filled)
    return "  ".join(pieces).rstrip() + "\n"


class OutputFailed(TaskdeckError):  # noqa: N818
    """Standard output takes nothing more, such as a full disk; a reader that is gone is none of this."""


# For a terminal without them: as wide, and distinct from each other, so that tables and marks stay readable.
_PLAIN_SIGNS = str.maketrans("○◐●✓⊘◇✕▁▂▃▄▅▆▇█·…→␛◌▶↯–", "o>=+!<x########.~>^:*%-")


def write_text(text: str) -> None:
    """Write to standard output; where it cannot show our signs, letters stand for them, `?` for all else."""
    with _failure_said():
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding
            plain = text.translate(_PLAIN_SIGNS)
            sys.stdout.write(plain.encode(encoding, "replace").decode(encoding))


def flush_output() -> None:
    """Bring everything that was written to its reader. Raises OutputFailed, BrokenPipeError."""
    with _failure_said():
        sys.stdout.flush()


@contextlib.contextmanager
def _failure_said() -> Generator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(
            f"Standard output could not be written: {error.strerror or error}.", "Check where it leads to."
        ) from None


class RawJson(str):
    """JSON text that goes into a document as it stands: numbers keep the way they are written."""

    __slots__ = ()


def write_json(document: dict[str, Any]) -> None:
    """Write one JSON document in UTF-8 to standard output, whatever the terminal's encoding is."""
    data = printable_json(json_text(document) + "\n").encode("utf-8", "replace")
    with _failure_said():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def json_text(document: dict[str, Any]) -> str:
    """The document with its top level, and lists of raw pieces, laid out over lines."""
    members = [f"  {_dump(key)}: {_json_value(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(members) + "\n}" if members else "{}"


def _json_value(value: Any) -> str:
    if isinstance(value, RawJson):
        return value
    if isinstance(value, list):
        items = cast("list[object]", value)
        raw = [item for item in items if isinstance(item, RawJson)]
        if raw and len(raw) == len(items):
            return "[\n    " + ",\n    ".join(raw) + "\n  ]"
    return "\n".join(("  " + line if at else line) for at, line in enumerate(_dump(value, 2).split("\n")))


def _dump(value: Any, indent: int | None = None) -> str:
    return json.dumps(_keep_literals(value), ensure_ascii=False, indent=indent)


def _keep_literals(value: Any) -> Any:
    """Numbers from the file as close to their spelling as the standard encoder allows."""
    if isinstance(value, NumberText):
        number = float(value)
        return number if number not in (float("inf"), float("-inf")) else value.literal
    if isinstance(value, dict):
        return {str(key): _keep_literals(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_keep_literals(item) for item in cast("Sequence[object]", value)]
    return value
