"""One document as it reads, brought up to date while somebody writes it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from rich.cells import cell_len
from textual.events import Resize

from core.plain_text import printable
from tui.running import app_of
from tui.widgets.document_lines import document_lines
from tui.widgets.line_view import LineView, Part
from tui.widgets.text_lines import Line, Piece, cut, wrap

SLICE_SECONDS = 0.006
"""How long lines are laid out before everything else has a turn."""
FOLDER = ".taskmaster/docs/"
_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
_MATTER_MOST = 16_384
_QUIET = "line--quiet"


class Shown(NamedTuple):
    """What is on show: two that are equal look the same."""

    name: str = ""
    text: str = ""
    words: str = ""
    missing: bool = True


class DocumentPreview(LineView):
    """Shows Markdown; nothing in it is obeyed. A document that grows keeps its place.

    A widget of Textual's for each paragraph would take seconds; these are lines, and only those in view are
    drawn. They are laid out in slices, and again only when the document or the width changes.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown = Shown()
        self.lines: list[Line] = []
        self._coming: Iterator[Line] | None = None
        self._laid_out_for = (self.shown, 0)

    def show(self, name: str, text: str | None, words: str = "") -> None:
        """Show this document; without a text that there is none. `words` stand beside its name."""
        wanted = Shown(name, text or "", words, text is None)
        another = name != self.shown.name
        self.shown = wanted
        if another:
            self.scroll_to(y=0, animate=False)
        self._lay_out(at_once=another)

    @property
    def whole(self) -> bool:
        """Whether every line of the document is laid out."""
        return self._coming is None

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        self._lay_out(at_once=not self.lines)

    def _lay_out(self, *, at_once: bool) -> None:
        """Lay out what fits into a slice now, the rest beside the screen.

        `at_once`: show what there is by then. Otherwise the lines on show stay until all new ones are there.
        """
        width = self.line_width
        if width <= 0 or (self.shown, width) == self._laid_out_for:
            return
        self._laid_out_for = (self.shown, width)
        lines: list[Line] = []
        self._coming = coming = _lines_of(self.shown, width)
        whole = _slice(coming, lines)
        if whole or at_once:
            self._put(lines)
        if whole:
            self._coming = None
        else:
            app_of(self).run_worker(self._go_on(coming, lines), group="documents", exit_on_error=False)

    async def _go_on(self, coming: Iterator[Line], lines: list[Line]) -> None:
        whole = False
        while not whole:
            await asyncio.sleep(0)
            if self._coming is not coming or not self.is_attached:
                return  # another document, or another width, is wanted by now
            whole = _slice(coming, lines)
        self._put(lines)
        self._coming = None

    def _put(self, lines: list[Line]) -> None:
        self.lines = lines
        self.resize_content(len(lines))

    def parts(self, y: int, width: int) -> list[Part]:
        return [(piece.text, piece.style) for piece in self.lines[y]] if y < len(self.lines) else []


def _slice(coming: Iterator[Line], lines: list[Line]) -> bool:
    """Take lines for as long as a slice lasts; True when there are no more."""
    end = time.monotonic() + SLICE_SECONDS
    for line in coming:
        lines.append(line)
        if time.monotonic() >= end:
            return False
    return True


def _lines_of(shown: Shown, width: int) -> Iterator[Line]:
    """The heading, and below it the text without its front matter."""
    found = _FRONT_MATTER.match(shown.text, 0, _MATTER_MOST)
    pairs = (line.partition(":") for line in found[1].splitlines()) if found else ()
    matter = {key.strip(): value.strip().strip('"') for key, _, value in pairs}
    heading = _heading(shown, matter, width)
    if shown.missing:
        return iter(heading)
    body = shown.text[found.end() :] if found else shown.text
    return chain(heading, ([],), document_lines(body.strip("\n"), width))


def _heading(shown: Shown, matter: dict[str, str], width: int) -> list[Line]:
    name = printable(shown.name.rpartition(FOLDER)[2])
    if shown.missing:
        words = f"{name}  {shown.words or 'is not there'}" if name else "No document is chosen."
        return [[Piece(part, _QUIET)] for part in wrap(words, width)]
    writer, made_of = matter.get("written_by", ""), matter.get("hash", "")
    facts = (
        shown.words,
        f"by {writer}" if writer else "",
        f"of task content {made_of[:12]}" if made_of else "",
    )
    said = wrap(" · ".join(filter(None, facts)), width)
    if len(said) == 1 and cell_len(name) + 2 + cell_len(said[0]) <= width:
        return [[Piece(name, "line--head"), Piece("  " + said[0], _QUIET)]]
    named: list[Line] = [[Piece(part, "line--head")] for part in cut(name, width)]
    return named + [[Piece(part, _QUIET)] for part in said]
