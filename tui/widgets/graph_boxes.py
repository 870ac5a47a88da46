"""How the boxes of a dependency graph look: frame by kind, status, id, title, marks and complexity."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rich.cells import cell_len

from core.tasks.complexity import ComplexityReport
from core.tasks.document import Tag
from tui.widgets import glyphs
from tui.widgets.graph_layout import Box
from tui.widgets.line_view import Part

TALL, FRAMED, FLAT = 4, 3, 1
"""Heights of a box: with a line for the title, with the title beside the id, without top and bottom."""

_FRAMES = {"plain": "╭─╮│╰╯", "critical": "┏━┓┃┗┛", "cycle": "╔═╗║╚╝"}
_MARKS = {"cycle": (glyphs.CIRCLE, "line--alarm"), "critical": (glyphs.CRITICAL, "line--next")}


@dataclass(slots=True)
class BoxPainter:
    """Draws the boxes of one tag. `cursor` and `chain` (what is connected through it) change as one walks."""

    tag: Tag
    report: ComplexityReport | None
    critical: frozenset[str]
    cycles: AbstractSet[str]
    cursor: str | None = None
    chain: AbstractSet[str] = frozenset()

    def parts(self, box: Box, row: int) -> list[Part]:
        """The row of a box, counted from its top, as pieces that fill its width."""
        kind = self._kind(box.key)
        style = self._frame_style(box.key, kind)
        frame = _FRAMES[kind]
        inner = box.width - 2
        if box.height > FLAT and row in (0, box.height - 1):
            left, right = (frame[0], frame[2]) if row == 0 else (frame[4], frame[5])
            return [(left + frame[1] * inner + right, style)]
        label = self._title_line(box.key, inner) if row == 2 else self._label(box, kind, inner)
        return [(frame[3], style), *label, (frame[3], style)]

    def line(self, box: Box, id_width: int) -> list[Part]:
        """The row of a task in the compact form, behind the rails: id, complexity, title, mark."""
        task = self.tag.nodes[box.key]
        kind = self._kind(box.key)
        score = self.report.of(task) if self.report else None
        here = "▸ " if box.key == self.cursor else "  "
        chip: list[Part] = []
        if self.report is not None and self.report.scores:
            chip = _chip(score.score) if score else []
            chip.append((" " * (4 - sum(cell_len(text) for text, _ in chip)), ""))
        mark = [(" ", ""), _MARKS[kind]] if kind in _MARKS else []
        head: list[Part] = [
            (here, "line--next"),
            (glyphs.fill_left(task.key, id_width), "line--strong"),
            (" ", ""),
            *chip,
        ]
        room = max(0, box.width - sum(cell_len(text) for text, _ in [*head, *mark]))
        title = glyphs.one_line(task.title or "(no title)", room)
        pad = (" " * (room - cell_len(title)), "")
        return [*head, (title, self._text_style(box.key)), *mark, pad]

    def mark(self, key: str) -> Part:
        """The sign of a task on its rail."""
        sign = glyphs.status_sign(self.tag.nodes[key].status)
        return sign.glyph, sign.style

    def _kind(self, key: str) -> str:
        return "cycle" if key in self.cycles else "critical" if key in self.critical else "plain"

    def _frame_style(self, key: str, kind: str) -> str:
        if kind == "cycle":
            return "line--alarm"
        if key == self.cursor:
            return "line--next"
        if kind == "critical":
            return "line--critical"
        return "" if key in self.chain else "line--quiet"

    def _text_style(self, key: str) -> str:
        return "line--chosen" if key == self.cursor else "" if key in self.chain else "line--quiet"

    def _title_line(self, key: str, width: int) -> list[Part]:
        title = self.tag.nodes[key].title or "(no title)"
        return [(" ", ""), (glyphs.fill(title, width - 2), self._text_style(key)), (" ", "")]

    def _label(self, box: Box, kind: str, width: int) -> list[Part]:
        """The line with status, id and marks; with the title too where that has no line of its own."""
        task = self.tag.nodes[box.key]
        sign = glyphs.status_sign(task.status)
        right = self._right(box.key, kind)
        room = width - 3 - sum(cell_len(text) for text, _ in right)
        tall = box.height == TALL
        text = task.key if tall else f"{glyphs.one_line(task.key, 8)} {task.title}"
        style = "line--strong" if tall else self._text_style(box.key)
        here = "▸" if box.key == self.cursor else " "
        return [
            (here, "line--next"),
            (sign.glyph, sign.style),
            (" ", ""),
            (glyphs.fill(text, max(0, room)), style),
            *right,
        ]

    def _right(self, key: str, kind: str) -> list[Part]:
        parts: list[Part] = []
        if kind in _MARKS:
            glyph, style = _MARKS[kind]
            parts += [(" ", ""), (glyph, style)]
        score = self.report.of(self.tag.nodes[key]) if self.report else None
        if score is not None:
            parts += [(" ", ""), *_chip(score.score)]
        return parts


def _chip(score: float) -> list[Part]:
    return [(glyphs.shade(score), glyphs.shade_style(score)), (f"{score:.0f}", "")]
