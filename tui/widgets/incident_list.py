"""Incident reports as a list with their answers, and the text of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
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
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
"""What Markdown means by a backslash: the mark behind it means only itself."""


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
        block.append(line if fenced or is_table else _plain(line))
    if block:
        yield was, block


def _plain(line: str) -> str:
    """A line without its backslashes; one that would then begin a fence keeps them."""
    plain = _ESCAPED.sub(r"\1", line)
    return line if plain.lstrip().startswith(("```", "~~~")) and plain != line else plain


def _table(rows: Sequence[str], width: int) -> list[PartLine]:
    """A table of Markdown as columns; a cell that its column has no room for is wrapped."""
    cells = [[_ESCAPED.sub(r"\1", cell.strip()) for cell in _CELLS.split(row.strip()[1:-1])] for row in rows]
    widths = _widths(cells, width - 2)
    lines: list[PartLine] = []
    for number, row in enumerate(cells):
        wrapped = [wrap(cell, size) for cell, size in zip(row, widths, strict=False)]
        for parts in zip_longest(*wrapped, fillvalue=""):
            styles = [
                "line--head" if number == 0 else "line--quiet" if at == 0 else "" for at in range(len(parts))
            ]
            texts = [glyphs.fill(part, size) + "  " for part, size in zip(parts, widths, strict=False)]
            lines.append([(" ", ""), *zip(texts, styles, strict=True)])
    return lines


def _widths(cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide each column is: as its widest cell, where the others leave it that much."""
    count = max(map(len, cells))
    wanted = [max((len(row[at]) for row in cells if at < len(row)), default=0) for at in range(count)]
    left, widths = room - 2 * count, [0] * count
    for place, at in enumerate(sorted(range(count), key=wanted.__getitem__)):
        widths[at] = max(4, min(wanted[at], left // (count - place)))
        left -= widths[at]
    return widths
