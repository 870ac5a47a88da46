"""A document as lines of a given width, one at a time: whoever draws it stops and goes on where it likes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.plain_text import printable
from tui.widgets.text_lines import Line, Piece, cut, prose_lines

LONGEST = 4_000
"""Characters of a line that are laid out in one go; what is longer goes on in a line of its own."""
_RULE = re.compile(r" {0,3}(?:-{3,}|\*{3,}|_{3,})")
_TABLE_RULE = re.compile(r"\|[-:| ]+")
_INLINE = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


def document_lines(text: str, width: int) -> Iterator[Line]:
    """The lines of Markdown: its shape is kept, code and strong words are marked, nothing is obeyed."""
    for line in prose_lines(_sources(text), width, _kept):
        yield _marked(line) if len(line) == 1 else line


def _sources(text: str) -> Iterator[str]:
    """The lines of the text made printable, none longer than can be laid out at once."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        for piece in _pieces(text, start, end):
            yield from printable(piece, newlines=True).split("\n")
        start = end + 1


def _pieces(text: str, start: int, end: int) -> Iterator[str]:
    while end - start > LONGEST:
        space = text.rfind(" ", start, start + LONGEST)
        stop = space if space > start else start + LONGEST
        yield text[start:stop]
        start = stop
    yield text[start:end].removesuffix("\r")


def _kept(source: str, width: int) -> list[Line] | None:
    """Lines that are no sentences: rows of a table stay as they stand, a rule goes across."""
    if _RULE.fullmatch(source):
        return [[Piece("─" * width, "line--rule")]]
    if not source.startswith("|"):
        return None
    style = "line--rule" if _TABLE_RULE.fullmatch(source) else ""
    return [[Piece(part, style)] for part in cut(source, width)]


def _marked(line: Line) -> Line:
    """A line of plain text with its code and strong words marked instead of quoted."""
    text, style, _ = line[0]
    if style or ("`" not in text and "**" not in text):
        return line
    return [_piece(part) for part in _INLINE.split(text) if part]


def _piece(text: str) -> Piece:
    if len(text) > 2 and text[0] == text[-1] == "`":
        return Piece(text[1:-1], "line--code")
    if len(text) > 4 and text.startswith("**") and text.endswith("**"):
        return Piece(text[2:-2], "line--strong")
    return Piece(text)
