"""Moving about in a log: the cursor, the rows in view, following and pausing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

if TYPE_CHECKING:
    from tui.widgets.log_content import LogContent
    from tui.widgets.log_row import Look, Spans
    from tui.widgets.log_rows import LogRows
    from tui.widgets.log_status import PositionBar


class LogMoving(Widget):
    """The actions that move. While the end is followed there is no cursor; the first step up pauses."""

    content: LogContent
    rows: LogRows
    place: PositionBar
    look: Look
    following: bool

    def need(self, top: int | None = None) -> None:
        """Read again as soon as possible, with row `top` first where one is named."""
        raise NotImplementedError

    def say(self, words: str, *, failed: bool = False) -> None:
        """A remark below the log for a while."""
        raise NotImplementedError

    def spans(self) -> Spans | None:
        """Where the search matches in a text that is shown."""
        raise NotImplementedError

    @property
    def current(self) -> int:
        """The row keys are about: the cursor's, else the last one in view."""
        if self.rows.cursor is not None:
            return self.rows.cursor
        view = self.rows.rows_in_view
        return view[-1] if len(view) else max(0, self.content.count - 1)

    def set_cursor(self, row: int | None) -> None:
        """Put the cursor on a row that is in view, or away."""
        old, self.rows.cursor = self.rows.cursor, row
        self.rows.redraw([one for one in (old, row) if one is not None])

    def pause(self) -> None:
        """Stay here while lines arrive."""
        if self.following:
            row = self.current
            self.following = False
            self.set_cursor(row)
            self.need(self.rows.top)

    def go_to(self, row: int, *, center: bool = False) -> None:
        """Put the cursor on a row and bring it into view, no further than needed or into the middle."""
        row = max(0, min(row, self.content.count - 1))
        self.following = False
        self.set_cursor(row)
        view = self.rows.rows_in_view
        if row in view and self.rows.page.count:
            # Of a wrapped row at the edge only a part may be in view: that is seen well enough.
            self.need(self.rows.top)
            return
        above = self.rows.height // 2 if center else self.rows.height - 1 if row >= view.stop else 0
        self.bring_up(self.rows.top_above(row, above))

    def bring_up(self, top: int) -> None:
        """Show the row `top` first, at once as far as it was read."""
        self.rows.put_on_top(top)
        self.need(top)

    def action_follow(self) -> None:
        self.following = True
        self.set_cursor(None)
        self.need()

    def action_toggle_follow(self) -> None:
        if self.following:
            self.pause()
        else:
            self.action_follow()

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def _step(self, step: int) -> None:
        if self.following and step > 0:
            return
        view = self.rows.rows_in_view
        start = self.current
        if start not in view and len(view):  # the wheel went on without the cursor
            start = view[0] if start < view[0] else view[-1]
        if start + step >= self.content.count:
            self.action_follow()
        else:
            self.go_to(start + step)

    def action_page_up(self) -> None:
        view = self.rows.rows_in_view
        if len(view):
            self._turn(self.rows.top_above(view[0], self.rows.height - 1) - view[0])

    def action_page_down(self) -> None:
        view = self.rows.rows_in_view
        if not self.following and len(view):
            self._turn(max(1, view[-1] - view[0]))

    def _turn(self, rows: int) -> None:
        """Move what is in view and the cursor by so many rows."""
        top = self.rows.top
        if rows > 0 and top >= self.rows.page.last_top:
            self.action_follow()
            return
        row = self.current if self.rows.cursor is not None else top
        self.following = False
        new_top = max(0, min(top + rows, self.rows.page.last_top))
        self.set_cursor(
            max(0, min(row + (rows if rows > 0 else new_top - top or -row), self.content.count - 1))
        )
        self.bring_up(new_top)

    def action_first(self) -> None:
        self.following = False
        self.set_cursor(0)
        self.bring_up(0)
