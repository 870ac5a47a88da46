"""`taskdeck tail`: a log on a screen of its own, without the rest of the application."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, cast

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.worker import Worker, WorkerState

from core.lasting import keep_for_good, screen_first
from core.logs.feed import Feed
from core.logs.follow import Source
from core.paths import config_file
from core.plain_text import printable
from tui import layout
from tui.actions import bindings
from tui.themes import DEFAULT_THEME, THEMES, variable_defaults
from tui.widgets.footer_bar import FooterBar
from tui.widgets.log_view import LogView

_SETTINGS = frozenset(("TASKDECK_THEME", "TASKDECK_MOTION"))
STYLES = Path(__file__).resolve().parents[2] / "styles"


_LOOK = 0.05
"""Seconds between two looks how much was read."""


def _bytes_there(sources: Sequence[Source]) -> int:
    """How many bytes the sources have by now, as far as anybody can tell. Blocks on the disk."""
    size = 0
    for source in sources:
        with suppress(OSError):
            size += source.log.path.stat().st_size
    return size


def _commands() -> type[Provider]:
    from tui.screens.tail_commands import LogCommands

    return LogCommands


class TailApp(App[None]):
    """Shows `sources` as they come. `filter_words` hides what it does not let through, from the start."""

    TITLE = "taskdeck tail"
    CSS_PATH: ClassVar = [STYLES / "base.tcss", STYLES / "log_view.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("app"),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
    ]
    COMMANDS: ClassVar = {_commands}
    HORIZONTAL_BREAKPOINTS = layout.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = layout.VERTICAL_BREAKPOINTS

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        follow: bool = True,
        filter_words: str = "",
        since: float | None = None,
    ) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        # Set twice: a theme that Textual took from the environment already would count as no change.
        self.theme = DEFAULT_THEME
        wanted = os.environ.get("TEXTUAL_THEME", "")
        if wanted in self.available_themes:
            self.theme = wanted
        self.sources = list(sources)
        feed = Feed()
        for source in self.sources:
            feed.add(source.log)
        self.log_view = LogView(feed, sources=self.sources, id="log-view")
        self.log_view.following = follow
        self.filter_words = filter_words
        self.since = since

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(dark=self.current_theme.dark)

    def compose(self) -> ComposeResult:
        yield self.log_view
        yield FooterBar()

    def on_mount(self) -> None:
        self.log_view.rows.focus()
        for source in self.sources:
            self.run_worker(source.run(), group="sources", exit_on_error=False)
        if self.filter_words:
            self.log_view.show_only(self.filter_words)
        if self.since is not None:
            self.run_worker(self._go_to_time(self.since), group="since", exit_on_error=False)
        if len(self.sources) == 1:
            self.title = printable(self.sources[0].name)
        self.call_after_refresh(self._settle)

    async def _settle(self) -> None:
        """The first frame stands: what is here by now stays, so the collector need not walk it again."""
        keep_for_good()
        screen_first()
        gc.enable()
        await self._apply_settings()

    async def _apply_settings(self) -> None:
        """The theme and motion the user set."""
        if not config_file().exists() and not os.environ.keys() & _SETTINGS:
            return  # reading settings takes as long as reading a log
        from core.config import load_settings

        try:
            settings = (await asyncio.to_thread(load_settings, None, strict=False)).settings
        except Exception as error:  # whatever is wrong with the settings, a log can be shown
            self.log_view.say(f"The settings could not be read: {error}", failed=True)
            return
        if settings.theme in self.available_themes and "TEXTUAL_THEME" not in os.environ:
            self.theme = settings.theme
        if settings.motion == "reduced":
            self.animation_level = "none"

    async def _go_to_time(self, moment: float) -> None:
        """Show the first line of that time or later, as soon as what is there was read."""
        from tui.widgets.log_since import first_since

        content = self.log_view.content
        await self._until_read(await asyncio.to_thread(_bytes_there, self.sources))
        shown = content.filtered or content.feed
        row = await asyncio.to_thread(first_since, shown, moment)
        if row >= content.count:
            self.log_view.action_follow()
            self.log_view.say("No line is that new yet")
        else:
            self.log_view.go_to(row)
            self.log_view.bring_up(row)

    async def _until_read(self, size: int) -> None:
        """Until so many bytes were read, placed and filtered. Lines that come meanwhile may wait: where they
        come without end, there would be no end to waiting."""
        content, lines = self.log_view.content, 0
        while not lines or content.seen < lines:
            await asyncio.sleep(_LOOK)
            if not lines and content.byte_count >= size:
                lines = content.line_count

    async def on_log_view_line_opened(self, event: LogView.LineOpened) -> None:
        from tui.screens.log_line import LogLineScreen
        from tui.widgets.line_text import LIMIT

        event.stop()
        self._read_dialog_styles()
        lines = await asyncio.to_thread(self.log_view.content.feed.rows, event.feed_row, 1, LIMIT)
        line = lines[0] if lines else event.line
        self.push_screen(LogLineScreen(line, line.data))

    def _read_dialog_styles(self) -> None:
        """The styles of dialogs, read when the first one opens: a log is shown sooner without them."""
        for name in ("line_view.tcss", "modals.tcss"):
            if not self.stylesheet.has_source(str(STYLES / name), ""):
                self.stylesheet.read(STYLES / name)
        self.stylesheet.reparse()

    def action_command_palette(self) -> None:
        self._read_dialog_styles()
        super().action_command_palette()

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        self._read_dialog_styles()
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(("log_view", "app")))

    def action_interrupt(self) -> None:
        """Ctrl-C: as from every command, exit code 130."""
        self.exit(return_code=130)

    def action_save_picture(self) -> None:
        name = self.save_screenshot(path=str(Path.cwd()))
        self.log_view.say(f"Saved a picture of the screen: {name}")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What fails in a worker is said, never thrown at the person."""
        if event.state is WorkerState.ERROR:
            error = cast("Worker[object]", event.worker).error  # pyright: ignore[reportUnknownMemberType]
            self.log_view.say(str(error) or type(error).__name__, failed=True)

    def _fatal_error(self) -> None:
        from core.crash_file import write_crash_file

        error = self._exception or RuntimeError("unknown")
        path = write_crash_file(error, ["tail"])
        what = printable(f"{type(error).__name__}: {error}")
        self._exit_renderables.append(Text(f"Taskdeck had to stop: {what}\nThe details are in {path}."))
        self._close_messages_no_wait()
