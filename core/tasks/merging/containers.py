"""Objects and lists of a JSON text as children with their own texts, to be put together anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from core.tasks.identifiers import id_text
from core.tasks.json_text import Span, read_items, read_members


@dataclass(frozen=True)
class Child:
    """A member of an object or an element of a list. `lead` is its text up to the value: `"title": `."""

    key: str
    value: Any
    text: str
    """The text that `span` is about: the whole file."""
    span: Span
    lead: str = ""

    @property
    def raw(self) -> str:
        return self.text[self.span.start : self.span.end]


@dataclass(frozen=True)
class Container:
    """An object or list: its brackets, its children, and the white space between them."""

    children: tuple[Child, ...]
    gaps: tuple[str, ...]
    """Before the first child (with the bracket), between two, and behind the last: one more than children."""

    def child(self, key: str) -> Child | None:
        return next((child for child in self.children if child.key == key), None)

    def rebuilt(self, parts: Sequence[tuple[str, str]], model: Container) -> str:
        """The container with these children, each a key and its text; `model` shows the layout if empty."""
        texts = [text for _, text in parts]
        if [key for key, _ in parts] == [child.key for child in self.children]:
            return "".join(piece for pair in zip(self.gaps, [*texts, ""], strict=True) for piece in pair)
        if not texts:
            return self.gaps[0].strip()[:1] + self.gaps[-1].strip()[-1:]
        layout = self if self.children else model
        commas = (gap for one in (self, model) for gap in one.gaps[1:-1] if gap.strip() == ",")
        between = next(commas, "," + layout.gaps[0][1:])
        return layout.gaps[0] + between.join(texts) + layout.gaps[-1]


def read_object(text: str, start: int) -> Container:
    """The object that begins at `start` of a text known to be JSON."""
    members, end = read_members(text, start)
    children = [
        Child(member.key, member.value, text, member.span, text[member.entry.start : member.span.start])
        for member in _last_of_each(members)
    ]
    entries = [Span(child.span.start - len(child.lead), child.span.end) for child in children]
    return Container(tuple(children), _gaps(text, start, end, entries))


def read_list(text: str, start: int, key_of: Callable[[Any, int], str]) -> Container:
    """The list that begins at `start`; `key_of` names an element by its value and place."""
    items, end = read_items(text, start)
    seen: dict[str, int] = {}
    children: list[Child] = []
    for place, item in enumerate(items):
        key = key_of(item.value, place)
        seen[key] = seen.get(key, 0) + 1
        children.append(Child(key if seen[key] == 1 else f"{key}#{seen[key]}", item.value, text, item.span))
    return Container(tuple(children), _gaps(text, start, end, [child.span for child in children]))


def task_key(value: Any, place: int) -> str:
    """How tasks are matched: by the text of their id."""
    if isinstance(value, dict) and cast("dict[str, Any]", value).get("id") is not None:
        return id_text(cast("dict[str, Any]", value)["id"])
    return f"?{place + 1}"


def _last_of_each(members: list[Any]) -> list[Any]:
    # Of two members of one name JSON readers take the last; a merge cannot keep both apart.
    last = {member.key: member for member in members}
    return [member for member in members if last[member.key] is member]


def _gaps(text: str, start: int, end: int, entries: list[Span]) -> tuple[str, ...]:
    starts = [start, *(entry.end for entry in entries)]
    ends = [*(entry.start for entry in entries), end]
    return tuple(text[a:b] for a, b in zip(starts, ends, strict=True))
