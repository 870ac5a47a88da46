"""Which documents there are: a row a task, a column a file, with the place and the reason on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tui.actions import bindings
from tui.widgets import glyphs
from tui.widgets.glyphs import Sign
from tui.widgets.line_view import NOTICE, Part
from tui.widgets.part_lines import CursorList, PartLine

if TYPE_CHECKING:
    from core.documents.coverage import Coverage, DocumentState, Row

DOCUMENT_SIGNS: dict[str, Sign] = {
    "present": Sign("●", "status--done", "current"),
    "stale": Sign("≠", "line--next", "stale"),
    "damaged": Sign("✕", "line--alarm", "damaged"),
    "empty": Sign("∅", "line--alarm", "empty"),
    "missing": Sign("·", "line--quiet", "missing"),
    "foreign": Sign("?", "line--quiet", "of no task"),
}
NO_DOCUMENTS = "No task to write documents for yet."
_LEAST_COLUMN = 6


class DocumentsMatrix(CursorList):
    """The coverage of a tag. `column` is the file under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("matrix")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.matrix: Coverage | None = None
        self.column = 0
        self.head = 2

    def show(self, matrix: Coverage | None) -> None:
        """Show this matrix."""
        self.matrix = matrix
        rows = matrix.rows if matrix else ()
        self.show_keys([row.key for row in rows])

    @property
    def chosen(self) -> DocumentState | None:
        """The document under the cursor."""
        row = self.matrix.row(self.cursor_key) if self.matrix and self.cursor_key else None
        return row.files[self.column] if row and self.column < len(row.files) else None

    def lay_out(self, width: int) -> list[PartLine]:
        matrix = self.matrix
        if matrix is None or not matrix.rows:
            return [[], [], *(self.notice(NO_DOCUMENTS, y, width) for y in range(NOTICE))]
        names = [name.removesuffix(".md") for name in matrix.names]
        size = max(_LEAST_COLUMN, min((width // 2) // max(1, len(names)), max(map(len, names)) + 1))
        key = min(max(len(row.key) for row in matrix.rows), 8)
        title = width - 2 - key - 1 - size * len(names) - 1
        head: list[Part] = [(" " * (2 + key + 1) + glyphs.fill("task", title), "line--quiet")]
        for at, name in enumerate(names):
            chosen = "line--strong" if at == self.column else "line--quiet"
            head.append((" " + glyphs.fill_left(name, size - 1), chosen))
        return [
            self._summary(matrix, width),
            head,
            *(self._row(row, key, title, size) for row in matrix.rows),
        ]

    def _summary(self, matrix: Coverage, width: int) -> list[Part]:
        parts: list[Part] = []
        for state, count in matrix.totals.items():
            if count:
                sign = DOCUMENT_SIGNS[state]
                parts += [(f" {sign.glyph} ", sign.style), (f"{count} {sign.label}  ", "")]
        places = "  ".join(f"{place} {matrix.present_in(place)}" for place in matrix.places)
        used = sum(len(text) for text, _ in parts)
        return [*parts, (glyphs.one_line(places, max(0, width - used - 1)), "line--quiet")]

    def _row(self, row: Row, key: int, title: int, size: int) -> list[Part]:
        here = row.key == self.cursor_key
        parts: list[Part] = [
            (glyphs.CURSOR if here else " ", "line--strong"),
            (" " + glyphs.fill_left(row.key, key) + " ", "line--quiet"),
            (glyphs.fill(row.title or "(no title)", title), "line--quiet" if row.whole else ""),
        ]
        for at, file in enumerate(row.files):
            sign = DOCUMENT_SIGNS[file.state]
            mark = f"[{sign.glyph}]" if here and at == self.column else f" {sign.glyph} "
            parts.append((glyphs.fill_left(mark, size), sign.style))
        return parts

    def words_of(self, file: DocumentState) -> str:
        """What is to be said about one document."""
        where = f", in the {file.place}" if file.place else ""
        why = f": {file.why}" if file.why else ""
        return f"{DOCUMENT_SIGNS[file.state].label}{where}{why}"

    def action_previous_file(self) -> None:
        self._to_column(self.column - 1)

    def action_next_file(self) -> None:
        self._to_column(self.column + 1)

    def _to_column(self, column: int) -> None:
        names = self.matrix.names if self.matrix else ()
        self.column = max(0, min(len(names) - 1, column))
        self.update_lines()
        self.post_message(self.Highlighted(self, self.cursor_key))

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        super().watch_cursor_key(old, new)
        self.update_lines()
