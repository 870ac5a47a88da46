"""Text from a task laid out in lines of a given width: words wrapped, lists hung, code left as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size

from core.plain_text import printable
from tui.widgets import glyphs


class Piece(NamedTuple):
    """A piece of a line. `link` is the key of the task it leads to."""

    text: str
    style: str = ""
    link: str | None = None


Line = list[Piece]

_LEAD = re.compile(r"( *)((?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?)?")
_HEADING = re.compile(r"#{1,6}\s+(.*)")
_FENCE = ("```", "~~~")


def flow(pieces: Iterable[Piece], width: int, hang: int = 0) -> list[Line]:
    """Pieces one behind the other with a space between, none broken; later lines begin `hang` cells in."""
    lines: list[Line] = []
    line: Line = []
    used = 0
    for piece in pieces:
        text = glyphs.one_line(piece.text, max(1, width - hang))
        size = cell_len(text)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = [Piece(" " * hang)], hang
        elif line:
            line.append(Piece(" "))
            used += 1
        line.append(Piece(text, piece.style, piece.link))
        used += size
    return [*lines, line] if line else lines


def prose(text: str, width: int) -> list[Line]:
    """Free text as people and agents write it: Markdown's shape is kept, nothing in it is obeyed."""
    return list(prose_lines(printable(text, newlines=True).rstrip().split("\n"), width))


def prose_lines(
    sources: Iterable[str], width: int, kept: Callable[[str, int], list[Line] | None] | None = None
) -> Iterator[Line]:
    """The same, line by line of a text that is printable already; `kept` lays out lines of its own kind."""
    fence = ""
    for source in sources:
        mark = source.lstrip()[:3]
        if fence or mark in _FENCE:
            if mark in _FENCE and (not fence or mark == fence):
                fence = "" if fence else mark
            yield from ([Piece(part, "line--code")] for part in cut(source.rstrip(), width))
            continue
        own = kept(source.rstrip(), width) if kept else None
        yield from own if own is not None else _paragraph(source.rstrip(), width)


def _paragraph(source: str, width: int) -> list[Line]:
    if not source:
        return [[]]
    heading = _HEADING.fullmatch(source)
    if heading:
        return [[Piece(part, "line--head")] for part in wrap(heading[1], width)]
    lead = _LEAD.match(source)
    start = lead[0] if lead else ""
    start = start if len(start) <= width // 2 else ""
    rest = source[len(start) :]
    hang = " " * len(start)
    return [
        [Piece((start if number == 0 else hang) + part)]
        for number, part in enumerate(wrap(rest, width - len(start)) or [""])
    ]


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words; only a word that is too wide is cut."""
    width = max(1, width)
    lines: list[str] = []
    line, used = "", 0
    for word in glyphs.plain(text).split():
        size = cell_len(word)
        if line and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(line)
        *whole, line = cut(word, width)
        lines += whole
        used = cell_len(line)
    return [*lines, line] if line else lines


def cut(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` cells, broken anywhere; nothing is left out."""
    text = glyphs.plain(text)
    width = max(2, width)
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), width)] or [""]
    parts: list[str] = []
    start = used = 0
    for position, character in enumerate(text):
        size = get_character_cell_size(character)
        if used + size > width:
            parts.append(text[start:position])
            start, used = position, 0
        used += size
    return [*parts, text[start:]]


def rule(title: str, width: int) -> Line:
    """A heading drawn into a line: `─ Details ─────`."""
    name = glyphs.one_line(title, max(1, width - 4))
    return [
        Piece("─ ", "line--rule"),
        Piece(name, "line--head"),
        Piece(" " + "─" * max(0, width - cell_len(name) - 3), "line--rule"),
    ]


def text_of(lines: Sequence[Line]) -> str:
    """The lines as plain text."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)
