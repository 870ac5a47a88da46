"""What the keys of a log do: moving, searching, filtering, marking, copying."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import strftime
from typing import TYPE_CHECKING

from textual.message import Message

from core.errors import TaskdeckError
from tui.running import app_of
from tui.widgets.log_moving import LogMoving
from tui.widgets.log_row import Times
from tui.widgets.log_signs import amount, size_text

if TYPE_CHECKING:
    from core.logs.line import Line
    from core.logs.search import Search
    from tui.widgets.log_bar import LogBar

_TIMES: tuple[Times, ...] = ("clock", "full", "off")
_SIDEWAYS = 16


class LogKeys(LogMoving):
    """The actions of a log view beside moving about."""

    filter_words: str = ""
    search_words: str = ""
    _going: tuple[Search, int, int] | None = None
    """A jump that waits for a search to come by: the search, the feed's row it starts from, the step."""
    _anchor: int | None = None
    """The feed's row to keep in view while a new filter is still looking."""

    # Search and filter -----------------------------------------------------------------------------------

    async def action_search(self) -> None:
        await self._ask("search", self.search_words)

    async def action_filter(self) -> None:
        await self._ask("filter", self.filter_words)

    async def action_save(self) -> None:
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in self.content.feed.logs[0].name)
        await self._ask("save", f"{name.strip('-') or 'log'}-{strftime('%y%m%d-%H%M%S')}.log")

    async def _ask(self, what: str, words: str) -> None:
        from tui.widgets.log_bar import LogBar

        bar = self.query_one_optional(LogBar)
        if bar is None:
            bar = LogBar(id="log-bar")
            await self.mount(bar, before=self.place)
        bar.open(what, words)

    def look_for(self, words: str) -> bool:
        """Mark what `words` describe in all lines; nothing with no words. False when they cannot be read."""
        return self._set_words(words, "search")

    def show_only(self, words: str) -> bool:
        """Hide what the filter `words` does not let through; nothing with no words. False as `look_for`."""
        return self._set_words(words, "filter")

    def _set_words(self, words: str, what: str) -> bool:
        from core.logs.filter import Filter
        from tui.widgets.log_query import parse_filter

        parse: Callable[[str], Filter] = parse_filter if what == "filter" else Filter.parse
        try:
            wanted = parse(words) if words.strip() else None
        except TaskdeckError as error:
            self.say(f"{error.message} {error.hint}".strip(), failed=True)
            return False
        self._going = None
        if what == "filter":
            self.filter_words = words.strip()
            self._anchor = None if self.following else self.content.feed_row(self.current)
            self.content.set_filter(wanted)
            self._reshow()
        else:
            self.search_words = words.strip()
            self.content.set_search(wanted)
            self.rows.look_so(self.look, self.spans())
        self.say("")
        return True

    def _reshow(self) -> None:
        """Other rows are shown: forget where everything stood."""
        self.rows.cursor = None
        self.rows.forget()
        if self._anchor is not None:
            self._keep_anchor()
        else:
            self.need()

    def _keep_anchor(self) -> None:
        anchor, filtered = self._anchor, self.content.filtered
        if anchor is None:
            return
        row = self.content.shown_row(anchor)
        self.set_cursor(row)
        self.bring_up(max(0, row - self.rows.height // 2))
        if filtered is None or filtered.done or filtered.scanned > anchor:
            self._anchor = None

    def clear_filter(self) -> None:
        """Show every line again."""
        self.show_only("")

    def action_next_hit(self) -> None:
        self._go_to_hit(1)

    def action_previous_hit(self) -> None:
        self._go_to_hit(-1)

    def _go_to_hit(self, step: int) -> None:
        if self.content.search is None:
            self.say("Nothing is searched; / searches", failed=True)
            return
        self._go(self.content.search, step)

    def first_hit(self) -> None:
        """Go to a hit: the first one below where one is, the newest one when the end is followed."""
        search = self.content.search
        if search is not None:
            step = -1 if self.following else 1
            self._going = (search, self._here - 1 if step > 0 else self._here, step)
            self._set_out()

    def action_next_error(self) -> None:
        self._go(self.content.look_for_errors(), 1)

    def action_previous_error(self) -> None:
        self._go(self.content.look_for_errors(), -1)

    def _go(self, search: Search, step: int) -> None:
        # Behind the end there is nothing: from there one goes on at the top.
        start = -1 if self.following and step > 0 else self._here
        self._going = (search, start, step)
        self._set_out()

    def _set_out(self) -> None:
        """Jump. Where nobody knows yet where to, say so; what lies before is looked for from here."""
        self._arrive()
        going = self._going
        if going is None:
            return
        self.say("looking for an error …" if going[0] is self.content.errors else "looking for a hit …")
        if going[2] < 0:
            self.run_worker(self._look_back(going), group="log-back", exclusive=True, exit_on_error=False)

    async def _look_back(self, going: tuple[Search, int, int]) -> None:
        search, start, _ = going
        row = await asyncio.to_thread(search.last_before, start)
        filtered = self.content.filtered
        if row is None or self._going is not going or (filtered is not None and filtered.scanned <= row):
            return  # whoever goes on from the top will know
        self._going = None
        self.say("")
        self.go_to(self.content.shown_row(row), center=True)

    @property
    def _here(self) -> int:
        """The feed's row one is on; who follows stands behind the last."""
        return self.content.feed.count if self.following else self.content.feed_row(self.current)

    def _arrive(self) -> None:
        """Do the jump that waits, as soon as the search knows where to."""
        if self._anchor is not None:
            self._keep_anchor()
        if self._going is None:
            return
        search, start, step = self._going
        row = self.content.next_hit(search, start, step)
        what = "error" if search is self.content.errors else "hit"
        if row is not None:
            self._going = None
            self.say("")
            self.go_to(row, center=True)
        elif self.content.searched(search) >= self.content.feed.count:
            self._going = None
            where = "below" if step > 0 else "above"
            self.say(f"No {what} {where}" if search.count else f"There is no {what}", failed=True)

    def action_clear(self) -> None:
        """Escape: the jump that waits, then the search, then the filter, then the pause."""
        if self._going is not None:
            self._going = None
        elif self.search_words:
            self.look_for("")
        elif self.filter_words:
            self.clear_filter()
        elif not self.following:
            self.action_follow()

    # Marks, lines, looks ---------------------------------------------------------------------------------

    def action_bookmark(self) -> None:
        row = self.rows.page.rows.get(self.current)
        if row is None:
            return
        marked = self.content.bookmarks.toggle(row.line.source, row.line.number)
        self.rows.bookmarks = frozenset((mark.source, mark.number) for mark in self.content.bookmarks.all())
        self.rows.redraw([row.place])
        self.say(f"Bookmark set; {len(self.content.bookmarks)} in all" if marked else "Bookmark removed")

    def action_next_bookmark(self) -> None:
        start = -1 if self.following else self.current
        row = self.content.next_bookmark(start, 1)
        if row is None:
            self.say("No bookmark yet; m sets one", failed=True)
        else:
            self.go_to(row, center=True)

    async def action_copy(self) -> None:
        text = self.screen.get_selected_text()
        if text:
            app_of(self).copy_to_clipboard(text)
            self.say(f"Copied {amount(len(text))} characters of the selection")
            return
        from core.logs.export import raw_text

        if not self.content.count:
            return
        row = self.content.feed_row(self.current)
        try:
            text = await asyncio.to_thread(raw_text, self.content.feed, [row])
        except (TaskdeckError, OSError) as error:
            self.say(str(error), failed=True)
            return
        app_of(self).copy_to_clipboard(text)
        self.say(f"Copied the line, {size_text(len(text.encode('utf-8', 'replace')))}")

    def save_to(self, name: str) -> None:
        """Write the lines that are shown to a file, exactly as they are."""
        self.run_worker(self._save(name), group="log-save", exclusive=True, exit_on_error=False)

    async def _save(self, name: str) -> None:
        from core.logs.export import export

        shown = self.content.filtered or self.content.feed
        try:
            saved = await asyncio.to_thread(lambda: export(shown, Path(name).expanduser()))
        except (TaskdeckError, OSError) as error:
            self.say(str(error), failed=True)
            return
        gone = f"; {saved.gone:,} are gone from the disk" if saved.gone else ""
        lines = f"{saved.lines:,} line{'s' * (saved.lines != 1)}"
        self.say(f"Saved {lines}, {size_text(saved.size)}, to {saved.path}{gone}")

    def action_open(self) -> None:
        row = self.rows.page.rows.get(self.current)
        if row is not None:
            self.post_message(self.opened(row.line, self.content.feed_row(row.place)))

    def opened(self, line: Line, feed_row: int) -> Message:
        """The message that a line is to be shown whole."""
        raise NotImplementedError

    def action_wrap(self) -> None:
        top = self.rows.top
        self._look(wrap=not self.look.wrap, left=0)
        self.need(None if self.following else top)

    def action_times(self) -> None:
        self._look(times=_TIMES[(_TIMES.index(self.look.times) + 1) % len(_TIMES)])

    def action_raw(self) -> None:
        self._look(raw=not self.look.raw, left=0)

    def action_left(self) -> None:
        self.sideways(-_SIDEWAYS)

    def action_right(self) -> None:
        self.sideways(_SIDEWAYS)

    def sideways(self, cells: int) -> None:
        """Move unwrapped text by so many cells, as far as some row in view goes on."""
        if not self.look.wrap:
            most = max(self.look.left if cells < 0 else 0, self.rows.longest - self.look.room)
            self._look(left=max(0, min(most, self.look.left + cells)))

    def _look(self, **changes: object) -> None:
        self.look = replace(self.look, **changes)  # type: ignore[arg-type]
        self.rows.look_so(self.look, self.rows.spans)
        self.need()

    def bar_closed(self, bar: LogBar) -> None:
        """The line for typing is done with: back to the rows."""
        bar.display = False
        self.rows.focus()
