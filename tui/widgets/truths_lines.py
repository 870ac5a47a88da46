"""The four truths about a file side by side: the file here, HEAD, the remote as fetched, the remote now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.plain_text import plural, printable
from tui.bridges.stages import age_text
from tui.widgets import glyphs
from tui.widgets.glyphs import Sign
from tui.widgets.line_view import Part
from tui.widgets.part_lines import PartLine

if TYPE_CHECKING:
    from core.publishing.truths import Truth, Truths

PLACES = {"file": "File here", "head": "HEAD", "remembered": "Last fetched", "remote": "Remote now"}
WORDS: dict[str, Sign] = {
    "same": Sign("✓", "status--done", "same"),
    "stale": Sign("≠", "line--next", "stale"),
    "differs": Sign("✕", "line--alarm", "differs"),
    "missing": Sign("∅", "line--next", "missing"),
    "unknown": Sign("?", "line--quiet", "not known"),
}
"""How a place stands to the file here."""

_LABEL = 8
_HASH = 10


def truths_lines(truths: Truths, width: int, now: float) -> list[PartLine]:
    """Four columns: word, hash, number of tasks, first and last title, commit, its age, when we looked."""
    column = max(8, (width - _LABEL - 2) // 4)
    places = truths.all
    rows: list[tuple[str, Callable[[Truth], str]]] = [
        ("git blob", lambda truth: (truth.hash or "none")[:_HASH]),
        ("tasks", lambda truth: _tasks(truth)),
        ("first", lambda truth: truth.content.first if truth.content else ""),
        ("last", lambda truth: truth.content.last if truth.content else ""),
        ("commit", lambda truth: _commit(truths, truth)),
        ("age", lambda truth: _age(truth, now)),
        ("looked", lambda truth: age_text(now - truth.seen)),
    ]
    lines = [_places(places, column), _words(places, column)]
    for label, value in rows:
        values = [value(truth) for truth in places]
        if any(values):
            style = "line--strong" if label == "git blob" else ""
            lines.append(
                _row(label, [(text, _styled(truth, style)) for text, truth in _with(values, places)], column)
            )
    return lines


def _with(values: Sequence[str], places: Sequence[Truth]) -> list[tuple[str, Truth]]:
    return list(zip(values, places, strict=True))


def _styled(truth: Truth, style: str) -> str:
    return WORDS[truth.word].style if style and truth.word != "same" else style


def _places(places: Sequence[Truth], column: int) -> PartLine:
    return _row("", [(PLACES[truth.place], "line--head") for truth in places], column)


def _words(places: Sequence[Truth], column: int) -> PartLine:
    cells: list[tuple[str, str]] = []
    for truth in places:
        sign = WORDS[truth.word]
        mine = truth.place == "file" and truth.word == "same"
        cells.append(("what you see" if mine else f"{sign.glyph} {sign.label}", "" if mine else sign.style))
    return _row("", cells, column)


def _row(label: str, cells: Sequence[tuple[str, str]], column: int) -> PartLine:
    parts: list[Part] = [(f" {glyphs.fill(label, _LABEL)} ", "line--quiet")]
    parts += [(glyphs.fill(printable(text), column - 1) + " ", style) for text, style in cells]
    return parts


def _tasks(truth: Truth) -> str:
    if truth.content is None:
        return ""
    return plural(truth.content.tasks, "task")


def _commit(truths: Truths, truth: Truth) -> str:
    if truth.place != "file":
        return (truth.commit or "")[:_HASH]
    if truth.hash is None:
        return ""
    return "as HEAD" if truths.committed else "not committed"


def _age(truth: Truth, now: float) -> str:
    """How long ago the commit was made, or the file written."""
    made = truth.modified if truth.place == "file" else truth.committed
    return age_text(now - made) if made is not None else ""


def short_row(truths: Truths, width: int) -> PartLine:
    """The truths about another path in one row: `✓` or the sign for each place, and its hash here."""
    parts: list[Part] = [(" ", "")]
    places = truths.all[1:]
    room = 26
    path = glyphs.fill(printable(truths.path), max(10, width - room - 2))
    parts.append((path, ""))
    parts.append((" " + glyphs.fill((truths.file.hash or "none")[:_HASH], _HASH + 1), "line--quiet"))
    for truth in places:
        sign = WORDS[truth.word]
        parts.append((f"  {sign.glyph} ", sign.style))
    return parts
