"""The inbox of incident reports: which are open, which answered, and what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import bindings
from tui.bridges.activity import Activity
from tui.bridges.looking_after import (
    answer_path,
    incidents,
    look_for_stop,
    report_incident,
    text_of,
    write_answer,
)
from tui.bridges.session import Session
from tui.bridges.stages import shown_path
from tui.screens.menus import ask_line
from tui.screens.sheet import Sheet
from tui.widgets.incident_list import IncidentList, IncidentText
from tui.widgets.part_lines import CursorList

if TYPE_CHECKING:
    from core.doctor.incident.inbox import Incident


@dataclass
class InboxPlace:
    """Where somebody was in the inbox, and which reports there were then."""

    cursor: str = ""
    seen: frozenset[str] = frozenset()


class IncidentsScreen(Sheet):
    """Reads the project's folder `issues` when it opens, and leaves in `place` where somebody was."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("incidents")
    scope = "incidents"
    heading = "Incidents"

    def __init__(self, session: Session, activity: Activity, place: InboxPlace | None = None) -> None:
        super().__init__(session, activity)
        self.place = place or InboxPlace()
        self.list = IncidentList(id="incidents")
        self.text = IncidentText(id="incident")
        self.typed: dict[str, str] = {}
        """Answers that were begun and not saved, by the name of their report."""

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
        self._keep_place([one.path.name for one in found])
        waiting = sum(one.answer is None for one in found)
        counts = f"{waiting} open, {len(found) - waiting} answered" if found else "none"
        self.name_box(f"{self.heading}: {counts}", "issues/ · the open ones first, the newest on top")
        await self._read()

    def _keep_place(self, names: list[str]) -> None:
        """The cursor goes to the first report that is new, else to where it was, else it is on the first."""
        place = self.place
        new = next((name for name in names if name not in place.seen), None) if place.seen else None
        if new is not None or place.cursor in names:
            self.list.cursor_key = new or place.cursor
        place.seen = frozenset(names)

    async def _read(self) -> None:
        chosen = self.list.chosen
        answer, report = await text_of(chosen) if chosen is not None else ("", "")
        if chosen is self.list.chosen:
            self.text.show(answer, report)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("copy", "answer") or self.list.chosen is not None

    def on_cursor_list_highlighted(self, event: CursorList.Highlighted) -> None:
        event.stop()
        self.place.cursor = event.key or self.place.cursor
        self.start(self._read(), group="incident")

    def on_cursor_list_opened(self, event: CursorList.Opened) -> None:
        event.stop()
        self._open()
        self.call_after_refresh(self.text.go_to_report)

    def _open(self) -> None:
        """Give the whole box to the text."""
        self.box.add_class("-opened")
        self.text.focus()

    def action_leave(self) -> None:
        if not self.box.has_class("-opened"):
            super().action_leave()
            return
        self.box.remove_class("-opened")
        self.text.scroll_home(animate=False)
        self.list.focus()

    def action_answer(self) -> None:
        """Show the answer; for a report without one, open a small editor."""
        chosen = self.list.chosen
        if chosen is None:
            return
        if chosen.answer is not None:
            self._open()
            self.text.scroll_home(animate=False)
            return
        self.start(self._answer(chosen), group="dialog")

    async def _answer(self, incident: Incident) -> None:
        """What was typed and not saved is kept until the inbox is left."""
        from tui.screens.answer_dialog import AnswerDialog

        await look_for_stop(self.session)
        name = incident.path.name
        where = shown_path(answer_path(incident), self.session.root)
        dialog = AnswerDialog(incident.title, where, self.typed.get(name, ""))
        self.typed[name], save = await self.deck.push_screen_wait(dialog)
        if not save:
            return
        path = await write_answer(self.session, incident, self.typed[name])
        del self.typed[name]
        self.tell(f"Wrote {shown_path(path, self.session.root)}")
        await self._look()

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
