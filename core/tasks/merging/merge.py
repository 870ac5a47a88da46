"""Merge two versions of a task file by tag and task id, field by field, in the layout of ours.

With the version both began from (`base`) a change of one side wins over no change of the other; without
it every differing field is a conflict, decided for ours until somebody chooses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from json import JSONDecodeError
from typing import Any, Literal, cast

from core.errors import UsageError
from core.tasks.document import DEFAULT_TAG, LEAKED_KEYS, TaskDocument
from core.tasks.editing.json_style import quote
from core.tasks.identifiers import id_text
from core.tasks.json_text import Span
from core.tasks.merging.conflict_markers import split_conflict
from core.tasks.merging.containers import Child, Container, read_list, read_object, task_key
from core.tasks.merging.field_conflict import FieldConflict, Side
from core.tasks.merging.text_merge import merge_text
from core.tasks.merging.three_way import ThreeWay, three_way

__all__ = [
    "Choices",
    "FieldConflict",
    "MergeResult",
    "Side",
    "ThreeWay",
    "merge_documents",
    "split_conflict",
    "three_way",
]

Choices = Mapping[tuple[str, str, str], Side]
"""What a person chose, by tag, key and field of a conflict."""

_TASK_LISTS = frozenset({"tasks", "subtasks"})
_TIMES = frozenset({"updated", "updatedAt", "lastModified"})
_COUNTS = frozenset({"taskCount", "completedCount", "tags"})
_LIKE = 0.6


@dataclass(frozen=True)
class MergeResult:
    """The merged text, what had to be decided in it, and what it took over: `added`, `removed` task keys."""

    text: str
    conflicts: tuple[FieldConflict, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def merge_documents(
    ours: TaskDocument, theirs: TaskDocument, base: TaskDocument | None = None, choose: Choices | None = None
) -> MergeResult:
    """Merge `theirs` into `ours`; `choose` settles conflicts of an earlier merge of the same texts.

    Raises UsageError when the documents are nested too deep.
    """
    merge = _Merge(choose or {})
    tagged = "tagged" in (ours.dialect, theirs.dialect)
    sides = [_top(document, tagged) if document else None for document in (ours, theirs, base)]
    top, other, former = sides
    assert top is not None
    assert other is not None
    frame = ours if ours.dialect == "tagged" or not tagged else theirs
    container = top if frame is ours else other
    try:
        parts = merge.parts(top, other, former, _Place())
    except (RecursionError, JSONDecodeError):
        raise UsageError("The subtasks are nested too deep to merge.", "Take one side whole.") from None
    start, end = _object_span(frame)
    text = frame.text[:start] + container.rebuilt(parts, other) + frame.text[end:]
    return MergeResult(text, tuple(merge.conflicts), tuple(merge.added), tuple(merge.removed))


@dataclass(frozen=True)
class _Place:
    """Where in the file we are: a tag, a task in it, a path of plain objects."""

    kind: Literal["file", "tag", "list", "task", "plain", "values"] = "file"
    tag: str = ""
    key: str = ""
    prefix: str = ""
    two_tasks: bool = False
    """The sides have different tasks under one id: nothing of them is mixed unasked."""


@dataclass
class _Merge:
    choose: Choices
    conflicts: list[FieldConflict] = field(default_factory=list[FieldConflict])
    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])

    def parts(
        self, ours: Container, theirs: Container, base: Container | None, place: _Place
    ) -> list[tuple[str, str]]:
        """Keys and texts of the merged children: ours in their order, new ones of theirs at their places."""
        merged: list[tuple[str, str]] = []
        their_children = {child.key: child for child in theirs.children}
        former = {child.key: child for child in base.children} if base else {}
        for child in ours.children:
            other = their_children.get(child.key)
            before = former.get(child.key)
            if other:
                merged.append((child.key, child.lead + self._value(child, other, before, place)))
            elif self._keeps(child, None, before, place):
                merged.append((child.key, child.lead + child.raw))
        ours_keys = {child.key for child in ours.children}
        previous = ""
        for child in theirs.children:
            if child.key not in ours_keys:
                if not self._keeps(None, child, former.get(child.key), place):
                    continue
                _insert(merged, previous, (child.key, child.lead + child.raw))
            previous = child.key
        return merged

    def _keeps(self, ours: Child | None, theirs: Child | None, base: Child | None, place: _Place) -> bool:
        """Whether a child that one side alone has belongs to the result."""
        child = ours or theirs
        assert child is not None
        own: Side = "ours" if ours else "theirs"
        kept = True
        if base is not None and place.kind == "values":
            kept = False  # the other side took the id out of the list
        elif base is not None:
            kept = not _same(child, base) and self._decide(ours, theirs, place, own) == own
        elif place.two_tasks:
            kept = self._decide(ours, theirs, place, "ours") == own
        if place.kind == "list" and kept == (own == "theirs"):
            (self.added if kept else self.removed).append(_task_address(place, child))
        return kept

    def _value(self, ours: Child, theirs: Child, base: Child | None, place: _Place) -> str:
        if _same(ours, theirs) or place.kind == "values":
            return ours.raw
        if base and _same(theirs, base):
            return ours.raw
        if base and _same(ours, base):
            return theirs.raw
        inner = _inside(ours, theirs, base, place)
        if inner:
            return self._container(ours, theirs, base, inner)
        settled = _settled(ours, theirs, base, place)
        if settled is not None:
            return settled
        return (ours if self._decide(ours, theirs, place, "ours") == "ours" else theirs).raw

    def _container(self, ours: Child, theirs: Child, base: Child | None, place: _Place) -> str:
        own, other = _read(ours, place), _read(theirs, place)
        former = _read(base, place) if base and type(base.value) is type(ours.value) else None
        return own.rebuilt(self.parts(own, other, former, place), other)

    def _decide(self, ours: Child | None, theirs: Child | None, place: _Place, default: Side) -> Side:
        child = ours or theirs
        assert child is not None
        key, name = place.key, place.prefix + child.key
        if place.kind == "list":
            key, name = _task_address(place, child), ""
        tag = child.key if place.kind == "file" else place.tag
        chosen = self.choose.get((tag, key, name), default)
        our_value, their_value = (side.value if side else None for side in (ours, theirs))
        self.conflicts.append(FieldConflict(tag, key, name, our_value, their_value, chosen))
        return chosen


def _inside(ours: Child, theirs: Child, base: Child | None, place: _Place) -> _Place | None:
    """The place to go on merging inside of two values; None where they are one value to the user."""
    values = [child.value if child else None for child in (ours, theirs, base)]
    name = ours.key
    if place.two_tasks:
        return None
    if all(isinstance(value, list) for value in values[:2]):
        if name in _TASK_LISTS and place.kind in ("file", "tag", "task"):
            return _Place("list", place.tag or DEFAULT_TAG, place.key)
        if name == "dependencies" and isinstance(values[2], list):
            return _Place("values", place.tag, place.key)
    elif all(isinstance(value, dict) for value in values[:2]):
        if place.kind == "list":
            titles = [cast("dict[str, Any]", value).get("title") for value in values[:2]]
            apart = base is None and not _alike(*titles)
            return _Place("task", place.tag, _task_address(place, ours), two_tasks=apart)
        if name in ("metadata", "meta"):
            return _Place("plain", place.tag, place.key, f"{place.prefix}{name}.")
        if place.kind == "file" and name not in LEAKED_KEYS:
            return _Place("tag", name)
    return None


def _settled(ours: Child, theirs: Child, base: Child | None, place: _Place) -> str | None:
    """The text where the sides differ but nobody needs to decide."""
    name = ours.key
    if place.two_tasks and name != "id":
        return None
    texts = [child.value for child in (ours, theirs, base) if child and isinstance(child.value, str)]
    if name in _TIMES and len(texts) >= 2:
        return max(ours, theirs, key=lambda child: str(child.value)).raw
    if name in LEAKED_KEYS or (place.kind == "plain" and name in _COUNTS):
        return ours.raw
    if name in ("id", "dependencies") and _id_texts(ours.value) == _id_texts(theirs.value):
        return ours.raw  # 5 and "5" are one id in the two dialects
    if base and len(texts) == 3:
        merged = merge_text(texts[2], texts[0], texts[1])
        return None if merged is None else quote(merged)
    return None


def _read(child: Child, place: _Place) -> Container:
    if place.kind == "list":
        return read_list(child.text, child.span.start, task_key)
    if place.kind == "values":
        return read_list(child.text, child.span.start, lambda value, _: id_text(value))
    return read_object(child.text, child.span.start)


def _task_address(place: _Place, child: Child) -> str:
    if not place.key or child.key.startswith(place.key + "."):
        return child.key
    return f"{place.key}.{child.key}"


def _same(one: Child, other: Child) -> bool:
    if one.raw == other.raw:
        return True
    # Comparing texts, because Python holds 1, 1.0 and true for the same.
    return one.value == other.value and _canonical(one.value) == _canonical(other.value)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _alike(one: Any, other: Any) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        return True
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _LIKE


def _id_texts(value: Any) -> list[str]:
    return [id_text(item) for item in (cast("list[Any]", value) if isinstance(value, list) else [value])]


def _insert(merged: list[tuple[str, str]], previous: str, part: tuple[str, str]) -> None:
    """Put `part` behind the one that stands before it on its own side."""
    at = next(
        (place + 1 for place, (key, _) in enumerate(merged) if key == previous), 0 if not previous else None
    )
    merged.insert(len(merged) if at is None else at, part)


def _object_span(document: TaskDocument) -> tuple[int, int]:
    start = document.text.index("{")
    return start, document.text.rindex("}") + 1


def _top(document: TaskDocument, tagged: bool) -> Container:
    start, end = _object_span(document)
    if document.dialect == "tagged" or not tagged:
        return read_object(document.text, start)
    # A flat file is what a tagged one has under `master`.
    whole = read_object(document.text, start)
    value = {child.key: child.value for child in whole.children}
    child = Child(DEFAULT_TAG, value, document.text, Span(start, end), f'"{DEFAULT_TAG}": ')
    return Container((child,), ("{", "}"))
