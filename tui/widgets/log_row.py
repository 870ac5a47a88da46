"""One row of a log as pieces of text with the names of their styles: pure layout, nothing of the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import localtime, strftime
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import cell_len, get_character_cell_size

from core.logs.facts import uncoloured
from core.plain_text import dollars
from tui.widgets.glyphs import fill, fill_left, plain
from tui.widgets.log_signs import LEVEL_SIGNS, SOURCE_SIGNS, seconds_text, size_text

if TYPE_CHECKING:
    from core.logs.facts import LineFacts
    from core.logs.lines import Line

Times = Literal["clock", "full", "off"]
Spans = Callable[[str], Sequence[tuple[int, int]]]
"""Where a search matches in a text, as pairs of positions."""

SIGN_WIDTH = 2
_RIGHT_WIDTH = 9
_NAME_WIDTH = 14


class Piece(NamedTuple):
    """Text and the name of its style; an empty name is the style of the row."""

    text: str
    style: str = ""


class Row(NamedTuple):
    """A line of the log with what the reader made of it; `place` counts from 0 in what is shown."""

    place: int
    line: Line
    facts: LineFacts


@dataclass(frozen=True, slots=True)
class Look:
    """How rows are laid out; two rows of one look have their columns below each other."""

    width: int
    """Cells of a whole row."""
    left: int = 0
    """Cells that are scrolled out to the left; none where text is wrapped."""
    wrap: bool = False
    raw: bool = False
    times: Times = "clock"
    sources: tuple[str, ...] = ()
    """The names that have a column, in the order of their signs; none where there is one source only."""
    timed: bool = False
    """Whether some line has a time: without one there is no column for it."""
    ends: bool = False
    """Whether rows end in a column of durations and costs."""
    most_lines: int = 20
    """Lines that one wrapped row may take."""

    @property
    def gutter(self) -> int:
        """Cells in front of the text."""
        return SIGN_WIDTH + self.time_width + self.source_width + SIGN_WIDTH

    @property
    def time_width(self) -> int:
        return {"clock": 9, "full": 24, "off": 0}[self.times] if self.timed else 0

    @property
    def source_width(self) -> int:
        if len(self.sources) < 2:
            return 0
        return 3 + min(_NAME_WIDTH, max(map(cell_len, self.sources)))

    @property
    def room(self) -> int:
        """Cells that text has."""
        return max(8, self.width - self.gutter - (_RIGHT_WIDTH if self.ends else 0))


def gutter(row: Row, look: Look, mark: str) -> list[Piece]:
    """What stands in front of the text: mark, time, source, level."""
    pieces = [Piece(mark.ljust(SIGN_WIDTH), "log--mark")]
    if look.time_width:
        pieces.append(Piece(time_text(row.line.time, look.times).ljust(look.time_width), "log--quiet"))
    if look.source_width:
        place = look.sources.index(row.line.source) if row.line.source in look.sources else 0
        sign = SOURCE_SIGNS[place % len(SOURCE_SIGNS)]
        name = fill(row.line.source, look.source_width - 3)
        pieces.append(Piece(f"{sign} {name} ", f"log--source-{place % len(SOURCE_SIGNS)}"))
    sign = (not look.raw and row.facts.glyph) or LEVEL_SIGNS.get(row.facts.level, " ")
    pieces.append(Piece(fill(sign, 1) + " ", f"log--{row.facts.level}"))
    return pieces


def lines(row: Row, look: Look, spans: Spans | None = None) -> list[list[Piece]]:
    """The text of a row: one line without wrapping, cut to what is in view; else as many as it takes."""
    pieces = _marked(_text_pieces(row, look), spans) if spans else _text_pieces(row, look)
    if not look.wrap:
        return [_window(pieces, look.left, look.room)]
    wrapped = list(_wrapped(pieces, look.room, look.most_lines))
    if row.line.cut or len(wrapped) > look.most_lines:
        wrapped = wrapped[: look.most_lines]
        wrapped[-1] = [Piece(f"… {size_text(row.line.size)} in all; Enter shows the line", "log--quiet")]
    return wrapped


def shown_text(row: Row, look: Look) -> str:
    """The text of a row as it is shown, whole: what a selection with the mouse is taken from."""
    return "".join(piece.text for piece in _text_pieces(row, look, whole=True))


def ending(row: Row) -> str:
    """Duration or cost at the end of a row; cost where there are both, for it is the rarer."""
    if row.facts.cost is not None:
        return dollars(row.facts.cost)
    return "" if row.facts.seconds is None else seconds_text(row.facts.seconds)


def ending_piece(row: Row) -> Piece:
    """The last column of a row."""
    return Piece(fill_left(ending(row), _RIGHT_WIDTH - 1) + " ", "log--quiet")


def _text_pieces(row: Row, look: Look, whole: bool = False) -> list[Piece]:
    # A line can be as long as a book; what cannot come into view need not be looked at.
    reach = 65536 if whole else 4 * look.room * look.most_lines if look.wrap else look.left + 4 * look.room
    level = f"log--{row.facts.level}" if row.facts.level in ("error", "warning", "debug") else ""
    if look.raw:
        return [Piece(plain(row.line.text[:reach]), level)]
    pieces: list[Piece] = []
    if row.facts.label:
        pieces.append(Piece(fill(row.facts.label, max(7, cell_len(row.facts.label))) + " ", "log--label"))
    pieces.append(Piece(plain(uncoloured(_without_time(row, look)[:reach])), level))
    if row.facts.detail:
        pieces.append(Piece("  " + plain(uncoloured(row.facts.detail[:reach])), "log--quiet"))
    return pieces


_TIME = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?\]?:?[ \t]+(?=\S)"
)


def _without_time(row: Row, look: Look) -> str:
    """The text; what its head says of the time is left out where a column says it."""
    text = row.facts.text
    if not look.time_width or row.line.time is None or row.facts.label or not text[1:2].isdigit():
        return text
    found = _TIME.match(text)
    return text[found.end() :] if found else text


def _marked(pieces: list[Piece], spans: Spans) -> list[Piece]:
    """The pieces with what a search found in a style of its own."""
    marked: list[Piece] = []
    for piece in pieces:
        at = 0
        for start, end in spans(piece.text):
            if start > at:
                marked.append(Piece(piece.text[at:start], piece.style))
            marked.append(Piece(piece.text[start:end], "log--match"))
            at = end
        if at < len(piece.text):
            marked.append(Piece(piece.text[at:], piece.style))
    return marked


def _window(pieces: list[Piece], left: int, width: int) -> list[Piece]:
    """The cells from `left` to `left + width`; a sign stands where text goes on outside of them."""
    total = sum(cell_len(piece.text) for piece in pieces)
    if not left and total <= width:
        return pieces
    first, last = left, left + width - (1 if total > left + width else 0)
    shown: list[Piece] = [Piece("‹", "log--quiet")] if left else []
    first += 1 if left else 0
    at = 0
    for text, style in pieces:
        size = cell_len(text)
        if at + size > first and at < last:
            shown.append(Piece(_cells(text, max(0, first - at), last - at), style))
        at += size
    if total > left + width:
        shown.append(Piece("›", "log--quiet"))
    return shown


def _cells(text: str, start: int, end: int) -> str:
    """The part of `text` between two cells; half a wide character is a space."""
    if text.isascii():
        return text[start:end]
    kept: list[str] = []
    at = 0
    for character in text:
        size = get_character_cell_size(character)
        if at >= end:
            break
        if at >= start and at + size <= end:
            kept.append(character)
        elif at < end and at + size > start:
            kept.append(" ")
        at += size
    return "".join(kept)


_WORD = re.compile(r"\S*\s*")


def _wrapped(pieces: list[Piece], width: int, most: int) -> Iterator[list[Piece]]:
    """Lines of at most `width` cells, broken behind spaces where that loses little, else anywhere."""
    line: list[Piece] = []
    used = count = 0
    for text, style in pieces:
        rest = text
        while rest:
            part = _fitting(rest, width - used, whole=not used)
            if not part:
                yield line
                line, used, count = [], 0, count + 1
                if count > most:
                    return
                continue
            line.append(Piece(part, style))
            used += cell_len(part)
            rest = rest[len(part) :]
    yield line


def _fitting(text: str, room: int, whole: bool) -> str:
    """As much of the beginning of `text` as fits `room` cells; nothing where a new line serves better."""
    part = _beginning(text, room)
    if not part:
        return text[:1] if whole else ""
    if len(part) == len(text):
        return part
    if text[len(part)] == " ":  # it falls behind the edge, where nobody sees it
        return text[: len(part) + 1]
    space = part.rfind(" ")
    if space < 0:
        return part if whole else ""
    # A break at a space is worth up to a third of the line; hashes and JSON are simply cut.
    return part[: space + 1] if len(part) - space <= max(8, room // 3) else part


def _beginning(text: str, room: int) -> str:
    part = text[: max(0, room)]
    if part.isascii():
        return part
    used = 0
    for position, character in enumerate(part):
        used += get_character_cell_size(character)
        if used > room:
            return part[:position]
    return part


def time_text(moment: float | None, times: Times) -> str:
    """The time of a line in the zone of this machine; a dash where nobody knows it."""
    if moment is None:
        return "–" if times == "clock" else "no time"
    if times == "clock":
        return _clock(int(moment))
    milliseconds = round(moment * 1000)
    return f"{_date(milliseconds // 1000)}.{milliseconds % 1000:03d}"


@lru_cache(maxsize=512)
def _clock(second: int) -> str:
    return strftime("%H:%M:%S", localtime(second))


@lru_cache(maxsize=512)
def _date(second: int) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", localtime(second))
