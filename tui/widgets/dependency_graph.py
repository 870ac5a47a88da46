"""The dependency graph: what must come first on the left, drawn to be read and walked at any size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from core.tasks.complexity import ComplexityReport
from core.tasks.document import Tag, parse
from core.tasks.graph import TaskGraph
from tui.actions import bindings
from tui.widgets import glyphs
from tui.widgets.graph_boxes import FLAT, FRAMED, TALL, BoxPainter
from tui.widgets.graph_canvas import Emphasis, GraphCanvas
from tui.widgets.graph_layout import Box, GraphLayout, Route, lay_out
from tui.widgets.graph_rails import lay_out_rows
from tui.widgets.graph_scope import Scope, TopLevelGraph, choose, in_cycles
from tui.widgets.line_view import LineView, Part

LIMIT_ID = 8
LEAST_TEXT = 24
LEGEND_FROM = 12
"""From this many lines the second one says what the strokes mean."""
NO_SCOPE = Scope((), ())
NO_TASKS = parse(b'{"tasks": []}').tag()


def _is_drawn(route: Route) -> bool:
    """Whether a line has a cell of its own: tasks right below each other on a rail have none between."""
    return any(abs(a[0] - b[0]) + abs(a[1] - b[1]) > 1 for a, b in pairwise(route.points))


class DependencyGraph(LineView):
    """Top-level tasks and what they wait for. The first line says what is shown and what is hidden."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("graph")
    DEFAULT_CSS = "DependencyGraph { overflow-x: auto; }"

    cursor_key: reactive[str | None] = reactive(None, repaint=False)
    """The task under the cursor."""

    @dataclass
    class Opened(Message):
        """A task was chosen with Enter or a double click."""

        key: str

    @dataclass
    class Highlighted(Message):
        """The cursor went to another task."""

        key: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.head = 1
        self.everything = False
        self.chain_only = False
        self._source: TaskGraph | None = None
        self._first: str | None = None
        self._graph: TopLevelGraph | None = None
        self._painter = BoxPainter(NO_TASKS, None, frozenset(), frozenset())
        self._scope = NO_SCOPE
        self._canvas = GraphCanvas(GraphLayout({}, (), 0, 0))
        self._by_row: dict[int, list[Box]] = {}

    # Content -------------------------------------------------------------------------------------------

    def show(
        self, tag: Tag, graph: TaskGraph, report: ComplexityReport | None, focus: str | None = None
    ) -> None:
        """Show the graph of a tag around `focus`, a task or subtask; without one the cursor stays."""
        wanted = tag.nodes[focus].root.key if focus in tag.nodes else self.cursor_key
        if (graph, report) == (self._source, self._painter.report) and wanted in self._canvas.layout.boxes:
            self.cursor_key = wanted
            return
        self._source = graph
        self._graph = TopLevelGraph(tag, graph)
        self._first = graph.critical_path[0] if graph.critical_path else None
        cycles = in_cycles(graph.cycles, tag)
        self._painter = BoxPainter(tag, report, frozenset(graph.critical_path), cycles)
        self._lay_out(wanted if wanted in self._graph.before else None)

    def _lay_out(self, focus: str | None) -> None:
        if self._graph is None:
            return
        focus = focus or self._first
        self.head = 2 if self.size.height >= LEGEND_FROM else 1
        self._scope = choose(self._graph, focus, everything=self.everything, chain=self.chain_only)
        layout = self._fitting_layout()
        self._canvas = GraphCanvas(layout)
        self._by_row = {}
        for box in layout.boxes.values():
            for y in range(box.y, box.y + box.height):
                self._by_row.setdefault(y, []).append(box)
        for boxes in self._by_row.values():
            boxes.sort(key=lambda box: box.x)
        self.resize_content(self.head + max(1, layout.height), layout.width)
        self.cursor_key = focus if focus in layout.boxes else next(iter(self._scope.nodes), None)
        self._see_chain()
        self._reveal_cursor()

    def _fitting_layout(self) -> GraphLayout:
        """Boxes with a line for the title where they fit the page, else smaller, flat when there are many.

        Where boxes are wider than the page, a row a task: a graph that must be scrolled to both sides shows
        neither where it begins nor where it leads.
        """
        page = self.line_width or 80
        width = max(22, min(30, page // 3))
        nodes, edges = self._scope.nodes, self._scope.edges
        layout = lay_out(nodes, edges, width, TALL)
        if layout.width > page:
            return lay_out_rows(nodes, edges, page, LEAST_TEXT)
        if layout.height > self.page_height:
            layout = lay_out(nodes, edges, width, FRAMED)
        if layout.height > 3 * self.page_height:
            layout = lay_out(nodes, edges, width, FLAT)
        return layout

    def _see_chain(self) -> None:
        key = self.cursor_key
        known = self._graph is not None and key is not None and key in self._graph.before
        self._painter.cursor = key
        self._painter.chain = self._graph.chain(key) if known and self._graph and key else frozenset()
        self.redraw_all()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out(self.cursor_key)

    # Drawing -------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if y < self.head:
            return strip
        left = round(self.scroll_offset.x)
        return strip.crop_extend(left, left + self.line_width, self.rich_style)

    def draw(self, line: int, width: int) -> Strip:
        whole = width if line < self.head else max(width, self._canvas.layout.width)
        return super().draw(line, whole)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self.refresh()

    def parts(self, y: int, width: int) -> list[Part]:
        if y == 0:
            return [(glyphs.fill(self._summary(width), width), "line--quiet")]
        if y < self.head:
            return self._legend(width)
        if not self._scope.nodes:
            return [(self._empty_text() if y == self.head else "", "line--strong")]
        row = y - self.head
        cells = self._canvas.row(row, self._emphasis)
        if self._canvas.layout.marks:
            box = self._by_row[row][0]
            cells[self._canvas.layout.marks[box.key][0]] = self._painter.mark(box.key)
            return [*_between(cells, 0, box.x), *self._painter.line(box, self._id_width)]
        parts: list[Part] = []
        x = 0
        for box in self._by_row.get(row, ()):
            parts += _between(cells, x, box.x)
            parts += self._painter.parts(box, row - box.y)
            x = box.x + box.width
        return [*parts, *_between(cells, x, self._canvas.layout.width)]

    @property
    def _id_width(self) -> int:
        return glyphs.natural_width([glyphs.plain(key) for key in self._scope.nodes], LIMIT_ID)

    def _summary(self, width: int) -> str:
        """What is shown and what is not; where there is little room, whole phrases are left out."""
        scope = self._scope
        critical = sum(key in self._painter.critical for key in scope.nodes)
        cycles = sum(key in self._painter.cycles for key in scope.nodes)
        counts = (
            (cycles, f"↺ {cycles} in a cycle"),
            (critical > 1, f"critical path: {critical} tasks"),
            (scope.far_hidden, f"{scope.far_hidden:,} further away hidden"),
            (scope.chain_hidden, f"{scope.chain_hidden:,} outside the chain hidden (c)"),
            (scope.finished_hidden, f"{scope.finished_hidden:,} finished hidden (d)"),
            (scope.loose_hidden, f"{scope.loose_hidden:,} unconnected hidden (d)"),
            (scope.implied_hidden, f"{scope.implied_hidden:,} implied lines left out"),
        )
        text = f"{len(scope.nodes):,} task{'s' * (len(scope.nodes) != 1)}"
        for holds, words in counts:
            if holds and cell_len(text) + 2 + cell_len(words) <= width:
                text += "  " + words
        return text

    def _legend(self, width: int) -> list[Part]:
        """What the strokes mean, as far as there are any."""
        if self._scope.edges and not any(_is_drawn(route) for route in self._canvas.layout.routes):
            words = "each task waits for the one above it"
            return [(words, "line--quiet")] if len(words) <= width else []
        signs: list[tuple[str, str, str]] = []
        if sum(key in self._painter.critical for key in self._scope.nodes) > 1:
            signs.append(("━", "line--critical", " critical path"))
        if self._scope.edges:
            signs.append(("═", "line--next", " links of the chosen task"))
        parts: list[Part] = []
        room = width
        for sign, style, words in signs:
            room -= 3 + len(words)
            if room >= 0:
                parts += [(sign, style), (words + "  ", "line--quiet")]
        return parts

    def _empty_text(self) -> str:
        if self._graph is None or not self._graph.before:
            return "No tasks yet."
        return "Every task is finished. d shows them."

    def _emphasis(self, route: Route) -> Emphasis:
        """Lines at the cursor are double, those of the critical path heavy, those outside the chain quiet."""
        if self.cursor_key in (route.before, route.after):
            return 2, "line--alarm" if route.back else "line--next"
        if route.back:
            return 0, "line--alarm"
        if route.before in self._painter.critical and route.after in self._painter.critical:
            return 1, "line--critical"
        chained = route.before in self._painter.chain and route.after in self._painter.chain
        return 0, "" if chained else "line--quiet"

    # Cursor --------------------------------------------------------------------------------------------

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        if new is not None and old != new:
            self._see_chain()
            self._reveal_cursor()
            self.post_message(self.Highlighted(new))

    def _reveal_cursor(self) -> None:
        box = self._canvas.layout.boxes.get(self.cursor_key or "")
        size = Size(self.line_width, self.page_height)
        if box is None or not self.size:
            return
        if self._canvas.layout.marks:
            self.reveal(self.head + box.y)
            return
        left, top = self.scroll_offset
        # A margin keeps the ends of the lines in view, so that it shows where they lead.
        x = _scrolled(left, size.width, box.x - 6, box.x + box.width + 6)
        y = _scrolled(top, size.height, box.y, box.y + box.height)
        if (x, y) != (left, top):
            self.scroll_to(x=x, y=y, animate=False, force=True)

    def _go(self, keys: list[str], hidden: list[str]) -> None:
        """To the nearest of `keys`; where none is drawn but one is hidden far off, draw around that one."""
        boxes = self._canvas.layout.boxes
        here = boxes.get(self.cursor_key or "")
        drawn = [boxes[key] for key in keys if key in boxes]
        if here is None:
            return
        if drawn:
            self.cursor_key = min(drawn, key=lambda box: abs(box.middle - here.middle)).key
        elif hidden and self._scope.far_hidden:
            self._lay_out(hidden[0])

    def action_cursor_left(self) -> None:
        if self._graph and self.cursor_key is not None:
            joined = [edge[0] for edge in self._scope.edges if edge[1] == self.cursor_key]
            self._go(joined, self._open(self._graph.before[self.cursor_key]))

    def action_cursor_right(self) -> None:
        if self._graph and self.cursor_key is not None:
            joined = [edge[1] for edge in self._scope.edges if edge[0] == self.cursor_key]
            self._go(joined, self._open(self._graph.after[self.cursor_key]))

    def _open(self, keys: list[str]) -> list[str]:
        tag = self._graph.tag if self._graph else None
        return [key for key in keys if tag is not None and (self.everything or not tag.nodes[key].finished)]

    def _step(self, direction: int) -> None:
        boxes = self._canvas.layout.boxes
        here = boxes.get(self.cursor_key or "")
        if here is not None:
            ahead = [
                box
                for box in boxes.values()
                if box.layer == here.layer and (box.middle - here.middle) * direction > 0
            ]
            if ahead:
                self.cursor_key = min(ahead, key=lambda box: abs(box.middle - here.middle)).key

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self.cursor_key))

    def action_toggle_done(self) -> None:
        self.everything = not self.everything
        self._lay_out(self.cursor_key)

    def action_isolate(self) -> None:
        self.chain_only = not self.chain_only
        self._lay_out(self.cursor_key)

    # Mouse ---------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self.head:
            return
        x = offset.x + round(self.scroll_offset.x)
        row = self.content_line(offset.y) - self.head
        for box in self._by_row.get(row, ()):
            if self._canvas.layout.marks or box.x <= x < box.x + box.width:
                event.stop()
                self.cursor_key = box.key
                if event.chain == 2:
                    self.post_message(self.Opened(box.key))


def _between(cells: dict[int, Part], start: int, end: int) -> list[Part]:
    """The cells of a row from `start` to before `end`, neighbours of one style together."""
    parts: list[Part] = []
    for x in range(start, end):
        text, style = cells.get(x, (" ", ""))
        if parts and parts[-1][1] == style:
            parts[-1] = (parts[-1][0] + text, style)
        else:
            parts.append((text, style))
    return parts


def _scrolled(at: float, room: int, first: int, last: int) -> int:
    """Where to scroll from `at` to have `first` to before `last` in view, moving as little as possible."""
    start = round(at)
    if last > start + room:
        start = last - room
    return max(0, min(start, first))
