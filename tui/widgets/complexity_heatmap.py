"""The complexity heatmap: one tile a task on top, and a table that says where subtasks are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive

from core.tasks.complexity import Band, ComplexityReport, score_text
from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from tui.actions import bindings
from tui.widgets import glyphs
from tui.widgets.heatmap_rows import SORTS, Entry, TilePlan, entries_of, mean, plan_tiles, totals
from tui.widgets.line_view import NOTICE, LineView, Part

LIMIT_ID = 12
BAR = 10
NO_SCORES = (
    "No task has a complexity score yet. Press a to score the open tasks. "
    "Nothing is written before you accept the scores."
)
BANDS: tuple[tuple[Band, float, str], ...] = (
    ("high", 9.0, "8-10"),
    ("medium", 6.0, "5-7"),
    ("low", 3.0, "1-4"),
)


class ComplexityHeatmap(LineView):
    """Tasks by complexity. The head (totals, tiles, column names) stays; the table below it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("heatmap")

    cursor_key: reactive[str | None] = reactive(None, repaint=False)
    """The task under the cursor."""
    sort: reactive[str] = reactive("complexity", repaint=False)
    """The order of the table: one of the names in `SORTS`."""

    @dataclass
    class Highlighted(Message):
        """The cursor was moved to another task here."""

        key: str

    @dataclass
    class Opened(Message):
        """A task was chosen with Enter or a double click."""

        key: str

    @dataclass
    class ExpandRequested(Message):
        """Subtasks are wanted for this task."""

        key: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._entries: list[Entry] = []
        self._sorted: list[Entry] = []
        self._line_of: dict[str, int] = {}
        self._place_of: dict[str, int] = {}
        self._tiles = TilePlan(1, 0, 1, 0, 1, False)
        self._id_width = self._digits = 1
        self._widest = 0
        self._subtasks_width = 8
        self._unscored = True
        self._source: tuple[TaskGraph, ComplexityReport | None] | None = None

    # Content -------------------------------------------------------------------------------------------

    def show(
        self, tag: Tag, graph: TaskGraph, report: ComplexityReport | None, focus: str | None = None
    ) -> None:
        """Show the tasks of a tag, the cursor on `focus` or the task it is in; without one it stays."""
        if focus in tag.nodes:
            self.cursor_key = tag.nodes[focus].root.key
        if (graph, report) == self._source:
            return
        self._source = (graph, report)
        self._unscored = report is None or not any(report.of(task) for task in tag.tasks)
        self._entries = entries_of(tag, report) if report and not self._unscored else []
        entries = self._entries
        self._place_of = {entry.task.key: entry.place for entry in entries}
        self._id_width = glyphs.natural_width([glyphs.plain(entry.task.key) for entry in entries], LIMIT_ID)
        self._digits = max((len(score_text(entry.value)) for entry in entries), default=1)
        self._widest = max((len(_subtasks(entry)) for entry in entries), default=0)
        self._lay_out()

    def _lay_out(self) -> None:
        """Sort, plan the tiles for the present size, and put the cursor where it belongs."""
        self._sorted = sorted(self._entries, key=SORTS[self.sort])
        self._subtasks_width = max(8, self._widest)
        height = self.scrollable_content_region.height
        self._tiles = plan_tiles(
            len(self._entries),
            max(1, self.line_width),
            max(1, (height - 2) // 3),
            self._id_width,
            self._digits,
        )
        self.head = self._tiles.rows + 2 if self._entries else 0
        self._line_of = {entry.task.key: line for line, entry in enumerate(self._sorted, self.head)}
        if self.cursor_key not in self._line_of:
            self.cursor_key = self._sorted[0].task.key if self._sorted else None
        self.resize_content(self.head + len(self._sorted) if self._entries else NOTICE)
        self._reveal_cursor()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    # Drawing -------------------------------------------------------------------------------------------

    def parts(self, y: int, width: int) -> list[Part]:
        if not self._entries:
            return self.notice(NO_SCORES, y, width)
        if y >= self.head:
            return self._row(self._sorted[y - self.head], width)
        if y == 0:
            return self._totals(width)
        return self._column_names(width) if y == self.head - 1 else self._tile_row(y - 1)

    def _totals(self, width: int) -> list[Part]:
        counts = totals(self._entries)
        parts: list[Part] = []
        for name, score, span in BANDS:
            unit = f" task{'s' * (counts[name] != 1)}" if name == BANDS[0][0] and width >= 60 else ""
            parts += [
                (glyphs.shade(score) + " ", glyphs.shade_style(score)),
                (f"{span} {name}: " if width >= 56 else f"{name} ", "line--quiet"),
                (f"{counts[name]}{unit}" + (" " * (2 if self._tiles.group > 1 else 3)), ""),
            ]
        if counts[None]:
            parts.append((f"{counts[None]} without   ", "line--quiet"))
        if self._tiles.group > 1:
            parts.append((f"a tile: mean of {self._tiles.group}", "line--quiet"))
        return parts

    def _tile_row(self, row: int) -> list[Part]:
        plan = self._tiles
        cursor = self._place_of.get(self.cursor_key or "", -1) // plan.group
        first = row * plan.across
        last = min(first + plan.across, -(-len(self._entries) // plan.group))
        parts: list[Part] = []
        for number in range(first, last):
            group = self._entries[number * plan.group : (number + 1) * plan.group]
            score = mean(group)
            text = self._tile_text(group[0].task.key, score, number == cursor)
            chosen = number == cursor and not plan.named
            parts += [(text, "line--chosen" if chosen else glyphs.heat_style(score)), (" " * plan.gap, "")]
        return parts

    def _tile_text(self, key: str, score: float | None, chosen: bool) -> str:
        plan = self._tiles
        if not plan.named:
            # A mean goes by its whole number: the tile is as wide as a score is.
            return glyphs.fill_left(
                _digits(score if plan.group == 1 or score is None else round(score)), plan.cell
            )
        text = f"{glyphs.fill_left(key, self._id_width)} {glyphs.fill_left(_digits(score), self._digits)}"
        return f"[{text}]" if chosen else f" {text} "

    def _column_names(self, width: int) -> list[Part]:
        """How the table is sorted, and what the numbers at its end are."""
        head = "subtasks has/recommended" if width >= 60 else "subtasks"
        left = f"  sorted by {self.sort}, s changes"
        return [(glyphs.fill(left, max(0, width - len(head) - 1)) + " " + head, "line--quiet")]

    def _has_bar(self, width: int) -> bool:
        return width >= 56

    def _right_width(self, width: int) -> int:
        bar = BAR + 1 if self._has_bar(width) else 0
        return bar + self._digits + 3 + self._subtasks_width

    def _row(self, entry: Entry, width: int) -> list[Part]:
        task = entry.task
        sign = glyphs.status_sign(task.status)
        here = "▸" if task.key == self.cursor_key else " "
        left = f" {glyphs.fill_left(task.key, self._id_width)} "
        room = width - self._right_width(width) - cell_len(left) - 2
        quiet = "line--quiet" if task.finished or task.status == "cancelled" else ""
        parts: list[Part] = [(here, "line--next"), (sign.glyph, sign.style), (left, "")]
        parts.append((glyphs.fill(task.title or "(no title)", max(0, room)), quiet))
        parts.append((" ", ""))
        if self._has_bar(width):
            bar = glyphs.bar(entry.value, 10, BAR) if entry.score else " " * BAR
            parts += [(bar, glyphs.shade_style(entry.known)), (" ", "")]
        digits = glyphs.fill_left(_digits(entry.known), self._digits)
        parts += [(glyphs.shade(entry.known), glyphs.shade_style(entry.known)), (digits + " ", "")]
        style = "line--alarm" if entry.missing else "line--quiet"
        parts.append((glyphs.fill(_subtasks(entry), self._subtasks_width), style))
        return parts

    def line_styles(self, y: int) -> tuple[str, ...]:
        if self._entries and y >= self.head and self._sorted[y - self.head].task.key == self.cursor_key:
            return ("line--cursor",)
        return ()

    # Cursor --------------------------------------------------------------------------------------------

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        self.redraw([self._line_of[key] for key in (old, new) if key in self._line_of])
        self.redraw(range(1, max(1, self.head - 1)))
        self._reveal_cursor()

    def watch_sort(self) -> None:
        self._lay_out()

    def _reveal_cursor(self) -> None:
        if self.cursor_key in self._line_of:
            self.reveal(self._line_of[self.cursor_key])

    def _move(self, lines: int) -> None:
        if self._sorted:
            at = self._line_of.get(self.cursor_key or "", self.head) - self.head + lines
            self._go(self._sorted[max(0, min(len(self._sorted) - 1, at))])

    def _go(self, entry: Entry) -> None:
        if entry.task.key != self.cursor_key:
            self.cursor_key = entry.task.key
            self.post_message(self.Highlighted(entry.task.key))

    def _move_tile(self, tiles: int) -> None:
        """To the next or previous tile; the tiles stand in the file's order."""
        if self._entries:
            tile = self._place_of.get(self.cursor_key or "", 0) // self._tiles.group + tiles
            self._go(self._entries[max(0, min(len(self._entries) - 1, tile * self._tiles.group))])

    def action_previous_tile(self) -> None:
        self._move_tile(-1)

    def action_next_tile(self) -> None:
        self._move_tile(1)

    def action_cursor_up(self) -> None:
        self._move(-1)

    def action_cursor_down(self) -> None:
        self._move(1)

    def action_page_up(self) -> None:
        self._move(-self.page_height)

    def action_page_down(self) -> None:
        self._move(self.page_height)

    def action_scroll_home(self) -> None:
        self._move(-len(self._sorted))

    def action_scroll_end(self) -> None:
        self._move(len(self._sorted))

    def action_sort(self) -> None:
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + 1) % len(names)]

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self.cursor_key))

    def action_expand(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.ExpandRequested(self.cursor_key))

    # Mouse ---------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        entry = self._entry_at(offset.x, self.content_line(offset.y)) if offset is not None else None
        if entry is None:
            return
        event.stop()
        self._go(entry)
        if event.chain == 2:
            self.post_message(self.Opened(entry.task.key))

    def _entry_at(self, x: int, line: int) -> Entry | None:
        if line >= self.head:
            at = line - self.head
            return self._sorted[at] if at < len(self._sorted) else None
        if not 1 <= line < self.head - 1:
            return None
        tile = self._tiles.tile_at(line - 1, x)
        place = len(self._entries) if tile is None else tile * self._tiles.group
        group = self._entries[place : place + self._tiles.group]
        return max(group, key=lambda entry: entry.value) if group else None


def _digits(score: float | None) -> str:
    return "·" if score is None else score_text(score)


def _subtasks(entry: Entry) -> str:
    """`3/7 +4`: what is there of what is recommended, and how many are missing."""
    text = f"{entry.present}/{entry.recommended}" if entry.recommended else f"{entry.present}"
    return f"{text} +{entry.missing}" if entry.missing else text
