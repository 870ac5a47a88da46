"""Incident reports as a list with their answers, and the text of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tui.widgets import glyphs
from tui.widgets.line_view import NOTICE
from tui.widgets.part_lines import CursorList, PartLine, PartLines, part_line
from tui.widgets.text_lines import prose, wrap

if TYPE_CHECKING:
    from core.doctor.incident.inbox import Incident

NO_INCIDENTS = (
    "No incident was reported here. i on the screen of runs writes a report about a run, w one about none."
)
_MARK = 10
_CELLS = re.compile(r"(?<!\\)\|")
_UNESCAPED = re.compile(r"\\(.)")


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
        run = one.run if width > 100 else ""
        room = width - len(one.date) - _MARK - len(run) - 8
        title = one.title if not one.answered else glyphs.fill(one.title, min(len(one.title), room // 2))
        return [
            (f" {one.date}  ", "line--quiet"),
            (f"{mark:<{_MARK}}  ", style),
            (title if one.answered else glyphs.fill(title, room), "" if one.answer else "line--strong"),
            *(
                [(glyphs.fill(f" · {one.answered}", room - len(title)), "line--quiet")]
                if one.answered
                else []
            ),
            (f" {run} ", "line--quiet"),
        ]


class IncidentText(PartLines):
    """The text of a report, which is shown and never obeyed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = ""
        self._answer = ""
        self._report_at = 0

    def show(self, answer: str, report: str) -> None:
        """Show the answer, then the report, from the beginning."""
        text = answer + report
        if text != self.text:
            self.text, self._answer = text, answer
            self.update_lines()
            self.scroll_home(animate=False)

    def go_to_report(self) -> None:
        """Bring up where the report begins, behind the answer."""
        self.scroll_to(y=self._report_at, animate=False, force=True)

    def lay_out(self, width: int) -> list[PartLine]:
        answer = _lay_out(self._answer, width)
        self._report_at = len(answer)
        return answer + _lay_out(self.text.removeprefix(self._answer), width)


def _lay_out(text: str, width: int) -> list[PartLine]:
    lines: list[PartLine] = []
    for is_table, block in _blocks(text):
        if is_table:
            lines += _table(block, width)
            continue
        shown = map(part_line, prose("\n".join(block), width - 2))
        # What a fence encloses is told by its colour; the fence itself says nothing to a reader.
        lines += [[(" ", ""), *line] for line in shown if not (line and line[0][0].startswith("```"))]
        lines += [[]] * (not block[-1].strip())
    return lines


def _blocks(text: str) -> Iterator[tuple[bool, list[str]]]:
    """The text in turns of other lines and lines of tables; those in fences are no tables."""
    fenced = False
    block: list[str] = []
    was = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        is_table = not fenced and line.startswith("| ")
        rule = not fenced and line.startswith("|") and not line.strip("|- ")
        if rule:
            continue
        if is_table != was and block:
            yield was, block
            block = []
        was = is_table
        block.append(_UNESCAPED.sub(r"\1", line) if line.startswith("#") and not fenced else line)
    if block:
        yield was, block


def _table(rows: Sequence[str], width: int) -> list[PartLine]:
    """A table of Markdown as columns; the last one is wrapped."""
    cells = [
        [_UNESCAPED.sub(r"\1", cell.strip()) for cell in _CELLS.split(row.strip()[1:-1])] for row in rows
    ]
    count = max(map(len, cells))
    room = max(8, (width - 4) // max(2, count))
    widths = [
        min(room, max((len(row[at]) for row in cells if at < len(row)), default=0)) for at in range(count - 1)
    ]
    lines: list[PartLine] = []
    for number, row in enumerate(cells):
        style = "line--head" if number == 0 else ""
        *first, last = row
        head = "".join(glyphs.fill(cell, size) + "  " for cell, size in zip(first, widths, strict=False))
        rest = wrap(last, max(10, width - len(head) - 3)) or [""]
        lines.append([(" " + head, style or "line--quiet"), (rest[0], style)])
        lines += [[(" " * (len(head) + 1) + part, "")] for part in rest[1:]]
    return lines
