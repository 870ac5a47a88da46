"""The screen of the doctor: every check with what was seen and how to mend it, offline at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from core.plain_text import printable
from tui.actions import bindings
from tui.bridges.activity import Activity
from tui.bridges.looking_after import checks
from tui.bridges.session import Session
from tui.bridges.ways import check_words
from tui.screens.sheet import Sheet
from tui.widgets.check_list import CheckDetail, CheckList, counted
from tui.widgets.part_lines import CursorList


class DoctorScreen(Sheet):
    """Looks at this machine when it opens; `o` also asks the remote, the forge and the model's API."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("doctor")
    scope = "doctor"
    heading = "Doctor"

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.checks = CheckList(id="checks")
        self.detail = CheckDetail(id="check")
        self.online = False
        self.busy = False

    def body(self) -> Iterable[Widget]:
        yield self.checks
        yield self.detail

    def begin(self) -> None:
        self.checks.focus()
        self.action_look()

    def action_look(self) -> None:
        self.start(self._look(), group="doctor")

    def action_online(self) -> None:
        self.online = True
        self.action_look()

    async def _look(self) -> None:
        if self.busy:
            return
        self.busy = True
        where = "asking the remote, the forge and the model …" if self.online else "looking at this machine …"
        self.name_box(self.heading, where)
        self.refresh_bindings()
        try:
            found = await checks(self.session, online=self.online)
        finally:
            self.busy = False
        self.checks.show(found)
        asked = "asked online" if self.online else "offline; o asks online"
        self.name_box(f"{self.heading}: {counted(found)}", asked)
        self._show_check()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action == "leave" or action == "copy" or not self.busy

    def on_cursor_list_highlighted(self, event: CursorList.Highlighted) -> None:
        event.stop()
        self._show_check()

    def _show_check(self) -> None:
        check = self.checks.chosen
        self.detail.show(check_words(check, self.scope) if check is not None else None)

    def on_cursor_list_opened(self, event: CursorList.Opened) -> None:
        event.stop()
        self.box.add_class("-opened")
        self.detail.focus()

    def action_leave(self) -> None:
        """Back to the list, then to the plan."""
        if not self.box.has_class("-opened"):
            super().action_leave()
            return
        self.box.remove_class("-opened")
        self.detail.scroll_home(animate=False)
        self.checks.focus()

    def action_copy(self) -> None:
        check = self.checks.chosen
        if check is not None:
            words = f"{check.name}: {check.state}: {check.evidence} {check.repair}".strip()
            self.deck.copy_to_clipboard(printable(words))
            self.tell("Copied the check")
