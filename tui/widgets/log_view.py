"""A log at any size: follows, filters, searches and marks a feed, and draws the rows in view only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message

from core.errors import TaskdeckError
from core.logs.facts import Reader, plain_reader
from core.logs.rate import Rate
from core.plain_text import printable
from tui.actions import bindings
from tui.running import app_of
from tui.widgets.log_content import LogContent
from tui.widgets.log_keys import LogKeys
from tui.widgets.log_row import Look, Row, Spans
from tui.widgets.log_rows import LogRows, Page
from tui.widgets.log_status import Position, PositionBar, Stream, StreamBar, Throughput

if TYPE_CHECKING:
    from core.logs.feed import Feed
    from core.logs.line import Line
    from core.logs.state import StateOf

_PERIOD = 1 / 40
"""Seconds between two drawings of new lines."""
_LOOK = 0.008
"""Seconds between two looks whether some came."""
_STATE = 0.25
"""Seconds after which states and rates are shown anew."""
_SLICE = 0.03
"""Seconds of filtering and searching between two drawings."""
_OPENING = 1_000_000
"""Bytes in a quarter of a second that only a file has that is being opened."""
_SAID = 4.0
"""Seconds that a remark stays."""


class HasState(Protocol):
    """A source as far as its state is shown."""

    name: str
    state: StateOf


class LogView(LogKeys, Vertical):
    """Shows `feed` through `reader`. Whoever runs the sources adds them to `sources` to have them named."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("log_view")

    class Changed(Message):
        """Counts or states changed: a title may need new numbers."""

    class LineOpened(Message):
        """Somebody wants to see a line whole: `raw` has its bytes, or as many as are read for a screen."""

        def __init__(self, line: Line, feed_row: int) -> None:
            super().__init__()
            self.line = line
            self.feed_row = feed_row

    def __init__(
        self,
        feed: Feed,
        reader: Reader = plain_reader,
        sources: Sequence[HasState] = (),
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.content = LogContent(feed, reader)
        self.sources: list[HasState] = list(sources)
        self.rows = LogRows(id="log-rows")
        self.streams = StreamBar(id="log-streams")
        self.place = PositionBar(id="log-place")
        self.look = Look(80)
        self.following = True
        self._rate = Rate(60)
        self._wake = asyncio.Event()
        self._shown_versions: tuple[int, ...] | None = None
        self._wishes = 0
        """Grows whenever other rows are wanted: what is read just then is not yet what was asked for."""
        self._top: int | None = None
        """The row that is to come on top with the next page; None when it stays where it is."""
        self._said = ("", False, 0.0)
        self._rated = 0.0
        self._size_before = 0
        self._told = 0.0
        self._looked = 0.0
        self._came = 0.0
        self._settled = False

    def compose(self) -> ComposeResult:
        yield self.streams
        yield self.rows
        yield self.place

    def on_mount(self) -> None:
        self.run_worker(self._keep_up(), group="log", exit_on_error=False)
        self.run_worker(self._scan(), group="log-scan", exit_on_error=False)

    def focus(self, scroll_visible: bool = True, *, from_app_focus: bool = False) -> LogView:
        self.rows.focus(scroll_visible)
        return self

    # Keeping up ------------------------------------------------------------------------------------------

    async def _keep_up(self) -> None:
        """Show new lines soon after they came, and at once when other rows are wanted."""
        while self.is_attached:
            await self._pause()
            # Below another screen nobody sees new lines: they are read once that is gone.
            if not (self.rows.size.height and self._is_seen and self._out_of_date()):
                self._show_state()
                continue
            self._came = time.monotonic()
            try:
                more = await self._load()
            except (TaskdeckError, OSError) as error:
                self.say(str(error), failed=True)
                continue
            if more:
                self._wake.set()
            self._show_state()

    async def _pause(self) -> None:
        """Until something is to be shown: no two drawings are nearer than a period, a look costs nothing."""
        # Where nothing came for a while nobody misses a hundredth of a second.
        look = _LOOK if time.monotonic() - self._came < 1 else _PERIOD
        while not self._wake.is_set():
            await asyncio.sleep(look)
            waited = time.monotonic() - self._looked
            if waited >= _STATE or (waited >= _PERIOD and self._out_of_date()):
                break
        self._wake.clear()
        self._looked = time.monotonic()

    @property
    def _is_seen(self) -> bool:
        """Whether no other screen hides it; through the rim of a dialog it is seen."""
        above = app_of(self).screen
        return above is self.screen or above.styles.background.a < 1

    def _out_of_date(self) -> bool:
        return self._shown_versions != self.content.versions

    async def _load(self) -> bool:
        """Read what is to be seen and show it; True when lines that arrived still wait for their place."""
        wishes = self._wishes
        look = replace(
            self.look,
            width=self.rows.scrollable_content_region.width,
            sources=tuple(log.name for log in self.content.feed.logs),
            most_lines=max(3, self.rows.height - 1),
        )
        top = None if self.following else self._top if self._top is not None else self.rows.top
        height, before = self.rows.height, self.rows.page.rows
        more, versions, page = await asyncio.to_thread(self._read, top, height, look, before)
        if wishes != self._wishes:  # somebody pressed a key meanwhile: read again, as they want it now
            if before:
                self.rows.show(page)
            return more
        self._shown_versions = None if more else versions
        self._show(page, look)
        return more

    def _read(
        self, top: int | None, height: int, look: Look, before: Mapping[int, Row]
    ) -> tuple[bool, tuple[int, ...], Page]:
        # Versions are asked before what they stand for is read: what changes meanwhile is read once more.
        _, *logs = self.content.versions
        more = self.content.feed.advance(0.02)
        shown = self.content.versions[0]
        page = self.content.page(top, height, look, before)
        self.content.count_errors()
        return more, (shown, *logs), page

    def _show(self, page: Page, look: Look) -> None:
        self.look = page.look or look
        self.rows.look_so(self.look, self.rows.spans)
        top = page.last_top if self.following else self._top
        self._top = None
        self.rows.show(page, top)
        now = time.monotonic()
        if now - self._told >= _STATE:
            self._told = now
            self.post_message(self.Changed())

    def _why_empty(self) -> str:
        filtered = self.content.filtered
        if filtered is None or not self.content.feed.count:
            return "No lines yet"
        return "No line passes the filter; Escape clears it" if filtered.done else "Filtering …"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":  # where there is nothing to clear, Escape is for whatever is around
            return bool(self._going or self.search_words or self.filter_words or not self.following)
        return super().check_action(action, parameters)

    def need(self, top: int | None = None) -> None:
        """Read again as soon as possible, with row `top` first where one is named."""
        if top is not None:
            self._top = top
        self._wishes += 1
        self._shown_versions = None
        self._wake.set()

    async def _scan(self) -> None:
        """Filter and search in slices, so that what was found so far is seen meanwhile."""
        while self.is_attached:
            more = self.content.is_looking and await asyncio.to_thread(self.content.advance, _SLICE)
            self._arrive()
            if not more:
                await asyncio.sleep(_PERIOD)

    # What is said around the rows ------------------------------------------------------------------------

    def _show_state(self) -> None:
        now = time.monotonic()
        if now - self._rated >= _STATE:
            self._rated = now
            self._sample(now)
            self.streams.show(self._streams(), self._throughput(now))
        self.rows.say_instead("" if self.content.count else self._why_empty())
        self.place.show(self._position(now))

    def _sample(self, now: float) -> None:
        """Count what came. What was there before somebody looked is no throughput."""
        size, before = self.content.byte_count, self._size_before
        self._size_before = size
        if self._settled or (size and size - before < _OPENING):
            self._settled = True
            self._rate.sample(now, self.content.line_count, self.content.error_count)

    def _streams(self) -> list[Stream]:
        now = time.time()
        return [
            Stream(
                source.name, source.state.state.value, max(0.0, now - source.state.since), source.state.why
            )
            for source in self.sources
        ]

    def _throughput(self, now: float) -> Throughput:
        return Throughput(
            tuple(self._rate.series(now, 30)),
            tuple(self._rate.error_series(now, 30)),
        )

    def _position(self, now: float) -> Position:
        content = self.content
        view = self.rows.rows_in_view
        below = max(0, content.count - (view.stop if len(view) else 0))
        filtered, search = content.filtered, content.search
        words, failed, since = self._said
        return Position(
            following=self.following,
            behind=below,
            count=content.line_count,
            size=content.byte_count,
            left=0 if self.look.wrap else self.look.left,
            filter=self.filter_words,
            found=filtered.count if filtered else 0,
            filter_part=None
            if not filtered or filtered.done
            else _part(filtered.scanned, content.feed.count),
            search=self.search_words,
            hits=search.count if search else 0,
            hit=self._hit(),
            search_part=None if not search or search.done else _part(search.scanned, search.total),
            said=words if now - since < _SAID else "",
            failed=failed,
        )

    def _hit(self) -> int | None:
        search, cursor = self.content.search, self.rows.cursor
        if search is None or cursor is None:
            return None
        row = self.content.feed_row(cursor)
        return search.position_of(row) if search.is_marked(row) else None

    def say(self, words: str, *, failed: bool = False) -> None:
        """A remark below the log for a while."""
        self._said = (printable(words), failed, time.monotonic())

    def spans(self) -> Spans | None:
        """Where the search matches in a text that is shown."""
        search = self.content.search
        if search is None:
            return None

        def find(text: str) -> list[tuple[int, int]]:
            data = text.encode("utf-8", "replace")
            found = search.spans(data)
            if text.isascii():
                return found
            return [
                (len(data[:start].decode("utf-8", "ignore")), len(data[:end].decode("utf-8", "ignore")))
                for start, end in found
            ]

        return find

    def opened(self, line: Line, feed_row: int) -> Message:
        return self.LineOpened(line, feed_row)

    def on_log_rows_moved(self, event: LogRows.Moved) -> None:
        event.stop()
        self.following = self.rows.at_end
        if self.following:
            self.set_cursor(None)
        self._top = None
        self.need()

    def on_log_rows_resized(self, event: LogRows.Resized) -> None:
        event.stop()
        self.need()

    def on_log_rows_pointed(self, event: LogRows.Pointed) -> None:
        event.stop()
        self.pause()
        self.set_cursor(event.row)
        if event.again:
            self.action_open()


def _part(done: int, total: int) -> float:
    return done / total if total else 1.0
