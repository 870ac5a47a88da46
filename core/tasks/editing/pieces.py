"""The inside of one JSON list or object as pieces: each element with the separator before it.

Putting an element in and taking it out again leaves every character as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.tasks.json_text import Span, read_items, read_members

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Piece:
    """One element. `gap` is the text before it: behind the bracket for the first, with the comma else."""

    gap: str
    text: str
    key: str = ""
    """The name, of an entry of an object."""
    value: Any = None
    value_start: int = 0
    """Where the value begins within `text`."""

    @property
    def value_text(self) -> str:
        return self.text[self.value_start :]


@dataclass(frozen=True, slots=True)
class Place:
    """Separators to put an element between: `gap` beside others, `lead` and `tail` where it is alone."""

    gap: str | None = None
    lead: str = ""
    tail: str = ""
    comma: str = ","
    """The separator within a line, for where there is none yet to be like."""

    def around(self) -> tuple[str, str]:
        """The text before and behind an element that is alone."""
        if self.lead or self.tail or self.gap is None or "\n" not in self.gap:
            return self.lead, self.tail
        lead = self.gap.partition(",")[2]
        shorter = 1 if lead.endswith("\t") else 2
        return lead, lead[: lead.rfind("\n") + 1] + lead[lead.rfind("\n") + 1 :][:-shorter]


@dataclass(slots=True)
class Pieces:
    """All elements and the text before the closing bracket."""

    elements: list[Any] = field(default_factory=list[Any])
    tail: str = ""

    def put(self, index: int, piece: Piece, place: Place) -> int:
        """Put an element in at `index` (cut to the range there is); returns the index it got."""
        index = max(0, min(index, len(self.elements)))
        if not self.elements:
            piece.gap, self.tail = place.around()
        elif index == 0:
            first = self.elements[0]
            piece.gap, first.gap = first.gap, self.usual_gap(place.gap, place.comma)
        else:
            piece.gap = self.usual_gap(place.gap, place.comma)
        self.elements.insert(index, piece)
        return index

    def take(self, index: int, empty: str | None = None) -> Place:
        """Take an element out; `empty` is what is left between the brackets after the last one."""
        piece: Piece = self.elements.pop(index)
        if not self.elements:
            place = Place(None, piece.gap, self.tail)
            self.tail = empty or ""
            return place
        if index == 0:
            first = self.elements[0]
            place = Place(first.gap)
            first.gap = piece.gap
            return place
        return Place(piece.gap)

    def usual_gap(self, wanted: str | None = None, comma: str = ",") -> str:
        """`wanted`, or the separator the elements here have."""
        if wanted is not None:
            return wanted
        if len(self.elements) > 1:
            return self.elements[-1].gap
        lead = self.elements[0].gap
        return "," + lead if "\n" in lead else comma

    def inside(self) -> str:
        """The text between the brackets."""
        return "".join(part for piece in self.elements for part in (piece.gap, piece.text)) + self.tail


def read_list(text: str, start: int) -> tuple[Pieces, int]:
    """The pieces of the list at `start`, and the position behind it."""
    items, end = read_items(text, start)
    at = start + 1
    pieces = Pieces()
    for item in items:
        pieces.elements.append(Piece(text[at : item.span.start], text[slice(*item.span)], value=item.value))
        at = item.span.end
    pieces.tail = text[at : end - 1]
    return pieces, end


def read_object(text: str, start: int) -> tuple[Pieces, int]:
    """The pieces of the object at `start`, and the position behind it."""
    members, end = read_members(text, start)
    at = start + 1
    pieces = Pieces()
    for member in members:
        entry = member.entry
        piece = Piece(text[at : entry.start], text[slice(*entry)], member.key, member.value)
        piece.value_start = member.span.start - entry.start
        pieces.elements.append(piece)
        at = entry.end
    pieces.tail = text[at : end - 1]
    return pieces, end


def change_inside(text: str, start: int, change: Callable[[Pieces], Result]) -> tuple[str, Result]:
    """Let `change` work on the list or object at `start`; returns the whole text after it."""
    pieces, end = (read_list if text[start] == "[" else read_object)(text, start)
    result = change(pieces)
    return text[: start + 1] + pieces.inside() + text[end - 1 :], result


def index_of(pieces: Pieces, key: str) -> int | None:
    """Where the entry of that name stands; of several the last, which is the one that counts."""
    for index in range(len(pieces.elements) - 1, -1, -1):
        if pieces.elements[index].key == key:
            return index
    return None


def value_span(text: str, start: int, key: str) -> Span | None:
    """Where the value of `key` stands in the object at `start`."""
    members, _ = read_members(text, start)
    for member in reversed(members):
        if member.key == key:
            return member.span
    return None
