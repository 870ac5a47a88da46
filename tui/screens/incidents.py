"""The inbox of incident reports: which are open, which answered, and what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import bindings
from tui.bridges.activity import Activity
from tui.bridges.looking_after import incidents, report_incident, text_of
from tui.bridges.session import Session
from tui.bridges.stages import shown_path
from tui.screens.menus import ask_line
from tui.screens.sheet import Sheet
from tui.widgets.incident_list import IncidentList, IncidentText
from tui.widgets.part_lines import CursorList


class IncidentsScreen(Sheet):
    """Reads the project's folder `issues` when it opens."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("incidents")
    scope = "incidents"
    heading = "Incidents"

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.list = IncidentList(id="incidents")
        self.text = IncidentText(id="incident")

    def body(self) -> Iterable[Widget]:
        yield self.list
        yield self.text

    def begin(self) -> None:
        self.list.focus()
        self.action_look()

    def action_look(self) -> None:
        self.start(self._look(), group="incidents")

    async def _look(self) -> None:
        found = await incidents(self.session)
        self.list.show(found)
        waiting = sum(one.answer is None for one in found)
        counts = f"{waiting} open, {len(found) - waiting} answered" if found else "none"
        self.name_box(f"{self.heading}: {counts}", "issues/")
        await self._read()

    async def _read(self) -> None:
        chosen = self.list.chosen
        text = await text_of(chosen) if chosen is not None else ""
        if chosen is self.list.chosen:
            self.text.show(text)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "copy" or self.list.chosen is not None

    def on_cursor_list_highlighted(self, event: CursorList.Highlighted) -> None:
        event.stop()
        self.start(self._read(), group="incident")

    def on_cursor_list_opened(self, event: CursorList.Opened) -> None:
        event.stop()
        self.text.focus()

    def action_report(self) -> None:
        self.start(self._report(), group="dialog")

    async def _report(self) -> None:
        note = "Versions, branches and hashes are added; secrets are masked."
        words = await ask_line(self.deck, "What happened?", "", note)
        if words is None or not words.strip():
            return
        path = await report_incident(self.session, None, words)
        self.tell(f"Wrote {shown_path(path, self.session.root)}")
        await self._look()

    def action_copy(self) -> None:
        chosen = self.list.chosen
        if chosen is not None:
            self.deck.copy_to_clipboard(str(chosen.path))
            self.tell("Copied its path")
