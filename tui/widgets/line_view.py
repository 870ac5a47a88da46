"""A scrolling widget that draws its own lines: only the visible ones, each kept until it changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.events import Resize
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.text_lines import wrap

STATUS_STYLES = {
    f"status--{name}"
    for name in ("done", "progress", "pending", "review", "blocked", "deferred", "cancelled", "unknown")
}
HEAT_STYLES = {f"heat--{level}" for level in range(9)}
SHADE_STYLES = {f"shade--{level}" for level in range(9)}
PLAIN = Style()
NOTICE = 6
"""Lines that a notice can take."""

Part = tuple[str, str]
"""Text and the name of its style; an empty name is the style of the line."""


class LineView(ScrollView, can_focus=True):
    """Base of the tree, the task, the heatmap and the graph.

    A subclass says `parts(y, width)`; this class keeps the strips, mixes the styles and scrolls. The first
    `head` lines do not scroll.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = (
        STATUS_STYLES
        | HEAT_STYLES
        | SHADE_STYLES
        | {
            "line--quiet",
            "line--strong",
            "line--head",
            "line--rule",
            "line--cursor",
            "line--marked",
            "line--flash",
            "line--link",
            "line--critical",
            "line--alarm",
            "line--shout",
            "line--next",
            "line--match",
            "line--code",
            "line--chosen",
            "line--bar",
            "line--amount",
            "priority--high",
        }
    )

    DEFAULT_CSS = """
    LineView { overflow-x: hidden; overflow-y: auto; scrollbar-gutter: stable; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.head = 0
        self._strips: LRUCache[int, Strip] = LRUCache(1024)
        self._mixed: dict[tuple[str, ...], Style] = {}

    # What a subclass says ------------------------------------------------------------------------------

    def parts(self, y: int, width: int) -> list[Part]:
        """The line `y` of the content, to be drawn `width` cells wide."""
        raise NotImplementedError

    def line_styles(self, y: int) -> tuple[str, ...]:
        """Names of the styles that lie under the whole line `y`, such as the cursor's."""
        return ()

    def notice(self, text: str, y: int, width: int, style: str = "line--quiet") -> list[Part]:
        """Line `y` of the sentence that stands where there is nothing else; lay out `NOTICE` lines for it."""
        lines = wrap(text, width - 2)
        return [(" " + lines[y], style)] if y < len(lines) else []

    # Drawing -------------------------------------------------------------------------------------------

    @property
    def line_width(self) -> int:
        """Cells a line can use; the scrollbar has its own beside them, shown or not."""
        return self.scrollable_content_region.width

    @property
    def page_height(self) -> int:
        """Lines in view that scroll."""
        return max(1, self.scrollable_content_region.height - self.head)

    def content_line(self, y: int) -> int:
        """The line of the content that stands at row `y` of the screen."""
        return y if y < self.head else y + self.scroll_offset.y

    def render_line(self, y: int) -> Strip:
        line = self.content_line(y)
        if line >= self.virtual_size.height:
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._strips.get(line)
        if strip is None:
            strip = self._strips[line] = self.draw(line, self.line_width)
        return strip

    def draw(self, line: int, width: int) -> Strip:
        """The strip of one line, exactly `width` cells wide."""
        under = self.line_styles(line)
        base = self.mixed(*under)
        segments = [
            Segment(text, self.mixed(*under, name) if name else base)
            for text, name in self.parts(line, width)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def mixed(self, *names: str) -> Style:
        """The widget's style with the named ones laid over it, in order."""
        style = self._mixed.get(names)
        if style is None:
            style = self.rich_style
            for name in names:
                style += self._over(name)
            self._mixed[names] = style
        return style

    def _over(self, name: str) -> Style:
        """Only what a component style sets itself, its colours resolved against this widget."""
        if name not in self.COMPONENT_CLASSES:
            return PLAIN
        rules = self.get_component_styles(name)
        full = self.get_component_rich_style(name)
        return (
            Style(
                color=full.color if rules.has_rule("color") else None,
                bgcolor=full.bgcolor if rules.has_rule("background") else None,
            )
            + rules.text_style
        )

    # Keeping and forgetting ----------------------------------------------------------------------------

    def resize_content(self, lines: int, width: int = 0) -> None:
        """Say how many lines there are now; everything drawn before is forgotten."""
        self._strips.clear()
        self.virtual_size = Size(width, lines)
        self.refresh()

    def redraw(self, lines: Iterable[int]) -> None:
        """Draw these lines again."""
        for line in lines:
            self._strips.discard(line)
            y = line if line < self.head else line - self.scroll_offset.y
            if line < self.head or self.head <= y < self.size.height:
                self.refresh(Region(0, y, self.size.width, 1))

    def redraw_all(self) -> None:
        self._strips.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._mixed.clear()
        self._strips.clear()

    def on_resize(self, event: Resize) -> None:
        self._strips.clear()

    # Scrolling -----------------------------------------------------------------------------------------

    def reveal(self, line: int) -> None:
        """Scroll no further than needed to have `line` in view."""
        if not self.size.height or line < self.head:
            return
        y = line - self.head
        top = round(self.scroll_offset.y)
        # By force: right after new content the scrollbar, without which nothing scrolls, may not stand yet.
        if y < top:
            self.scroll_to(y=y, animate=False, force=True)
        elif y >= top + self.page_height:
            self.scroll_to(y=y - self.page_height + 1, animate=False, force=True)
