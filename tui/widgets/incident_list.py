"""Incident reports as a list with their answers, and the text of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.widgets import glyphs
from tui.widgets.line_view import NOTICE
from tui.widgets.part_lines import CursorList, PartLine, PartLines, part_line
from tui.widgets.text_lines import prose

if TYPE_CHECKING:
    from core.doctor.incident.inbox import Incident

NO_INCIDENTS = (
    "No incident was reported here. i on the screen of runs writes a report about a run, w one about none."
)
_MARK = 10


class IncidentList(CursorList):
    """A row a report: date, answered or open, title, run."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.incidents: dict[str, Incident] = {}

    def show(self, found: Sequence[Incident]) -> None:
        """Show these reports; the cursor stays on its own."""
        self.incidents = {one.path.name: one for one in found}
        self.show_keys(list(self.incidents))

    @property
    def chosen(self) -> Incident | None:
        """The report under the cursor."""
        return self.incidents.get(self.cursor_key or "")

    def lay_out(self, width: int) -> list[PartLine]:
        if not self.incidents:
            return [self.notice(NO_INCIDENTS, y, width) for y in range(NOTICE)]
        return [self._row(one, width) for one in self.incidents.values()]

    def _row(self, one: Incident, width: int) -> PartLine:
        mark, style = ("✓ answered", "status--done") if one.answer else ("○ open", "line--next")
        said = f"{one.title}: {one.answered}" if one.answered else one.title
        run = one.run if width > 100 else ""
        room = width - len(one.date) - _MARK - len(run) - 8
        return [
            (f" {one.date}  ", "line--quiet"),
            (f"{mark:<{_MARK}}  ", style),
            (glyphs.fill(said, room), ""),
            (f" {run} ", "line--quiet"),
        ]


class IncidentText(PartLines):
    """The text of a report, which is shown and never obeyed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = ""

    def show(self, text: str) -> None:
        """Show this text from its beginning."""
        if text != self.text:
            self.text = text
            self.update_lines()
            self.scroll_home(animate=False)

    def lay_out(self, width: int) -> list[PartLine]:
        return [[(" ", ""), *part_line(line)] for line in prose(self.text, width - 2)] if self.text else []
