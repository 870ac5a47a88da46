"""The application: themes, the open project, and which screen comes first."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, cast

from rich.text import Text
from textual import events
from textual.actions import ActionParseResult, parse
from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.dom import DOMNode
from textual.screen import Screen
from textual.signal import Signal
from textual.theme import Theme
from textual.worker import Worker, WorkerState

from core.errors import DamagedFile, NotFound, TaskdeckError
from core.lasting import keep_for_good, screen_first
from core.plain_text import printable
from tui import layout
from tui.actions import WRITING, bindings
from tui.bridges.activity import Activity
from tui.bridges.documents import Documents
from tui.bridges.key_hold import KeyHold
from tui.bridges.publishing import Publishing
from tui.bridges.pull_requests import PullRequests
from tui.bridges.runs import Runs
from tui.bridges.session import Session, TagNeeded
from tui.bridges.ways import hint_words
from tui.screens.plan import PlanScreen
from tui.screens.work_screen import WorkScreen
from tui.themes import DEFAULT_THEME, THEMES, variable_defaults

STYLES = Path(__file__).resolve().parent.parent / "styles"

FOLLOW_AFTER = 0.5
"""Seconds after the first frame before anything is begun that nobody waits for."""


def _action_commands() -> type[Provider]:
    from tui.palette import ActionCommands

    return ActionCommands


class TaskdeckApp(App[None]):
    """Taskdeck on one project. `project` is its folder, a folder in it, or its task file."""

    TITLE = "taskdeck"
    CSS_PATH = sorted(STYLES.glob("*.tcss"))
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    COMMANDS: ClassVar = {_action_commands}
    HORIZONTAL_BREAKPOINTS = layout.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = layout.VERTICAL_BREAKPOINTS

    def __init__(self, project: Path | str = ".", tag: str | None = None) -> None:
        super().__init__()
        self.activity = Activity()
        self.session = Session(Path(project).absolute(), self.activity, tag)
        self.runs = Runs(self.session, self.activity)
        self.documents = Documents(self.session)
        self.publishing = Publishing(self.session, self.activity)
        self.pull_requests = PullRequests(self.session, self.activity, self.runs)
        self.keys = KeyHold(self)
        self.pace = 0.0
        """Seconds between the steps of the builtin agent: more than nothing where people watch."""
        self.costs_nothing = False
        """A demonstration keeps to the builtin agent, whatever the settings say."""
        self.demo: Path | None = None
        """The throw-away project that was made here, removed at the end."""
        for theme in THEMES:
            self.register_theme(theme)
        wanted = os.environ.get("TEXTUAL_THEME", "")
        self.theme = DEFAULT_THEME
        if wanted in self.available_themes:
            self.theme = wanted

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(dark=self.current_theme.dark)

    def get_default_screen(self) -> Screen[object]:
        return PlanScreen(self.session, self.activity)

    @property
    def plan(self) -> PlanScreen:
        """The screen everything else lies on."""
        screen = self.screen_stack[0]
        assert isinstance(screen, PlanScreen)
        return screen

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif not self.keys.take(event):
            target, number = self.focused or self.screen, self.keys.begin()
            await super().on_event(event)
            self.keys.follow(target, number)

    def hold_keys(self) -> int:
        """Keys wait until `keys.release` of this number, or until another screen stands."""
        return self.keys.begin()

    def _screen_changed(self, screen: Screen[object]) -> None:
        number = self.keys.holding
        if number and screen is not self.plan:
            screen.call_after_refresh(self.keys.release, number)

    def start_opening(self) -> None:
        """The plan screen stands: read the project into it."""
        signal = cast("Signal[Screen[object]]", self.screen_change_signal)  # pyright: ignore[reportUnknownMemberType]
        signal.subscribe(self, self._screen_changed)
        screen_first()
        self.run_worker(self.open_session(), group="open", exit_on_error=False)

    async def open_session(self) -> None:
        """Read the project; show what helps where there is none, it is damaged or has several tags."""
        try:
            await self.session.open()
        except DamagedFile as damage:
            self._first_screen("damaged", damage)
        except TagNeeded:
            self._first_screen("tags", None)
        except NotFound as error:
            self._first_screen("welcome", error)
        except TaskdeckError as error:
            self.say_error(error)
        else:
            self.opened()

    def opened(self) -> None:
        """The project is shown: follow it and its runs, and say who would plan."""
        self.plan.watch_outside()
        self.set_timer(FOLLOW_AFTER, self.plan.follow_work)
        self.run_worker(self._apply_settings(), group="settings", exit_on_error=False)
        # Importing a planner takes as long as the first frame: it can wait until somebody has seen that.
        self.set_timer(
            FOLLOW_AFTER, lambda: self.run_worker(self._name_planner, group="planner", exit_on_error=False)
        )

    def _first_screen(self, name: str, error: TaskdeckError | None) -> None:
        # Imported when needed: most projects open without any of these.
        from tui.screens import first

        self.run_worker(first.show(self, name, error), group="first", exit_on_error=False)

    async def _apply_settings(self) -> None:
        loaded = await asyncio.to_thread(self.session.written_settings)
        if loaded is not None:
            settings = loaded.settings
            for warning in loaded.warnings:
                self.activity.add("warning", warning)
            if settings.theme in self.available_themes and "TEXTUAL_THEME" not in os.environ:
                self.theme = settings.theme
            if settings.motion == "reduced":
                self.animation_level = "none"
        self._kept_theme = self.theme
        self.theme_changed_signal.subscribe(self, self._keep_theme)

    def _keep_theme(self, theme: Theme) -> None:
        """A theme a person chose is theirs the next time too."""
        if theme.name == self._kept_theme:
            return
        self._kept_theme = theme.name
        from core.config import set_setting

        self.run_worker(
            lambda: set_setting("theme", theme.name), thread=True, group="theme", exit_on_error=False
        )

    async def _name_planner(self) -> None:
        await self.plan.planner()
        keep_for_good()

    async def on_unmount(self) -> None:
        if self.demo is not None:
            from tui.demo.demo import remove_demo

            await asyncio.to_thread(remove_demo, self.demo)

    def say(self, text: str, detail: str = "") -> None:
        """One line for the person: kept in the log, shown for a moment."""
        self.activity.add("info", text, detail)
        self._show_words(f"{text}. {detail}" if detail else text, "offer")

    def say_error(self, error: TaskdeckError) -> None:
        """Why something was not done, and what to do."""
        hint = hint_words(error, cast("str", getattr(self.screen, "scope", "")))
        self.activity.add("error", error.message, hint)
        self._show_words(f"{error.message} {hint}".strip(), "error")

    def _show_words(self, words: str, tone: Literal["offer", "error"]) -> None:
        # In the bar below the panes where it is in view: nothing lies over what somebody is reading.
        if isinstance(self.screen, WorkScreen):
            self.screen.tell(words, tone)
        else:
            severity = "error" if tone == "error" else "information"
            self.notify(printable(words), severity=severity, markup=False, timeout=8)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What fails inside a worker is said, never thrown at the person."""
        if event.state is not WorkerState.ERROR:
            return
        error = cast("Worker[object]", event.worker).error  # pyright: ignore[reportUnknownMemberType]
        if isinstance(error, TaskdeckError):
            self.say_error(error)
        elif isinstance(error, Exception):
            self._say_fault(error)

    def _say_fault(self, error: Exception) -> None:
        from core.crash_file import write_crash_file

        path = write_crash_file(error, ["app"])
        where = f"The details are in {path}." if path else ""
        self.say_error(TaskdeckError(f"A fault inside Taskdeck: {type(error).__name__}: {error}", where))

    def _fatal_error(self) -> None:
        """A fault in the screen itself: two plain lines and a file with the details, no traceback."""
        from core.crash_file import write_crash_file

        error = self._exception or RuntimeError("unknown")
        what = printable(f"{type(error).__name__}: {error}")
        path = write_crash_file(error, ["app"])
        self._exit_renderables.append(Text(f"Taskdeck had to stop: {what}\nThe details are in {path}."))
        self._close_messages_no_wait()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do an action; one that writes says why it does nothing while nothing may be written."""
        name = (parse(action) if isinstance(action, str) else action)[1]
        # Looked at again first: it may have been ended a moment ago.
        stop = await self.session.look_for_stop() if name in WRITING and self.session.stop else None
        if stop is None:
            return await super().run_action(action, default_namespace, namespaces)
        self.say_error(stop)
        return True

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            scope = cast("str", getattr(self.screen, "scope", ""))
            beside = ("list", "log_view") if scope == "run" else self._scopes_beside()
            self.push_screen(HelpScreen(() if scope in ("", "plan") else (scope, *beside, "app")))

    def _scopes_beside(self) -> tuple[str, ...]:
        """The scopes of what stands on the screen, beside its own."""
        from tui.screens.sheet import Sheet
        from tui.widgets.part_lines import CursorList

        lists = ("list",) if self.screen.query(CursorList) else ()
        return (*lists, "sheet") if isinstance(self.screen, Sheet) else lists

    def action_change_theme(self) -> None:
        self.run_worker(self._choose_theme(), group="dialog")

    async def _choose_theme(self) -> None:
        """Our own themes first, then those that come with Textual; the present one is marked."""
        from tui.screens.menus import Choice, ask

        own = [theme.name for theme in THEMES]
        others = sorted(name for name in self.available_themes if name not in own)
        choices = [Choice(name, name, "in use" if name == self.theme else "") for name in (*own, *others)]
        name = await ask(self, "Theme", choices, chosen=self.theme, filtered=True)
        if name is not None:
            self.theme = name

    def action_save_picture(self) -> None:
        name = self.save_screenshot(path=str(Path.cwd()))
        self.say("saved a picture of the screen", name)

    async def action_quit(self) -> None:
        if not self.plan.unsaved:
            self.exit()
            return
        self.run_worker(self._ask_quit(), group="dialog")

    async def _ask_quit(self) -> None:
        if await self.plan.may_leave():
            self.exit()
