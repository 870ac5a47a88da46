"""A screen over the plan for one matter: the bars above and below, a box of rows between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from core.plain_text import printable
from tui.actions import bindings
from tui.bridges.activity import Activity
from tui.bridges.session import Session
from tui.screens.plan_bars import PlanBars
from tui.widgets.footer_bar import FooterBar
from tui.widgets.notice_bar import NoticeBar


class Sheet(PlanBars):
    """A subclass says its `body`; Escape leaves. The bars show what those of the plan show."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("sheet")
    heading = ""

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.notice = NoticeBar(id="notice")
        self.box = Vertical(classes="pane sheet")

    def body(self) -> Iterable[Widget]:
        """What stands in the box."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.pipeline
        with self.box:
            yield from self.body()
        yield self.notice
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        self.name_box(self.heading)
        self.follow_bars()
        self.begin()

    def begin(self) -> None:
        """The screen stands."""

    def name_box(self, title: str, subtitle: str = "") -> None:
        """What the border says."""
        self.box.border_title = Content(printable(title))  # type: ignore[assignment]
        self.box.border_subtitle = Content(printable(subtitle))  # type: ignore[assignment]

    def on_pipeline_bar_left(self) -> None:
        focusable = next((child for child in self.box.query("*") if child.focusable), None)
        self.set_focus(focusable)

    def action_focus_pipeline(self) -> None:
        self.pipeline.focus()

    def action_doctor(self) -> None:
        from tui.screens.doctor import DoctorScreen

        if not isinstance(self, DoctorScreen):
            self.deck.push_screen(DoctorScreen(self.session, self.activity))

    def action_leave(self) -> None:
        self.dismiss(None)
