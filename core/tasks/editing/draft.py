"""One tag of a document while edits work on it: tasks as separate pieces of text, found by key.

Only the text of the tasks that change is read again, so many edits cost about as much as one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

from core.errors import NotFound
from core.tasks.document import Tag, TaskDocument, nodes_of
from core.tasks.editing.json_style import escapes_non_ascii
from core.tasks.editing.pieces import Piece, Pieces, change_inside, read_list, value_span
from core.tasks.identifiers import id_text
from core.tasks.json_text import Span, read_items, read_value
from core.tasks.model import Task

Result = TypeVar("Result")


class Element:
    """A top-level task: its text is that of the document at `span` until an edit gives it its own."""

    __slots__ = ("_text", "gap", "source", "span", "value")

    def __init__(self, gap: str, value: Any, source: str, span: Span | None, text: str | None = None) -> None:
        self.gap = gap
        self.value = value
        self.source = source
        self.span = span
        self._text = text

    @property
    def changed(self) -> bool:
        return self._text is not None

    @property
    def text(self) -> str:
        if self._text is None:
            return self.source[slice(*self.span)] if self.span else ""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        self.value = read_value(text, 0)[0]


class Draft:
    """The tasks of one tag, to be changed in place. `document` and `tag` stay as they were."""

    def __init__(self, document: TaskDocument, tag: Tag) -> None:
        self.document = document
        self.tag = tag
        self.created: list[str] = []
        self.expected_dependencies: list[tuple[str, str]] = []
        """(key, dependency) of new tasks: checked at the end, as one may name a task that comes later."""
        self.reshaped = False
        """Whether tasks were added, removed, moved or got another id."""
        text = document.text
        at = tag.list_span.start + 1
        elements: list[Element] = []
        for item in tag.items:
            elements.append(Element(text[at : item.span.start], item.value, text, item.span))
            at = item.span.end
        self.pieces = Pieces(elements, text[at : tag.list_span.end - 1])
        self._nodes = tag.nodes
        self._arena = elements[:]  # root tasks of _nodes have their place here as `position`
        self._stale = False
        self._mentions: dict[str, dict[Element, None]] | None = None

    @property
    def elements(self) -> list[Element]:
        return self.pieces.elements

    @cached_property
    def ascii_only(self) -> bool:
        """Whether the file writes characters beyond ASCII as escapes."""
        return escapes_non_ascii(self.document.text)

    # Finding

    def _settle(self) -> None:
        if self._stale:
            self._nodes = nodes_of([element.value for element in self.elements])
            self._arena = self.elements[:]
            self._stale = False
            self.__dict__.pop("_root_keys", None)

    @property
    def _index(self) -> dict[str, Task]:
        self._settle()
        return self._nodes

    @cached_property
    def _root_keys(self) -> dict[Element, str]:
        return {self._arena[task.position]: key for key, task in self._index.items() if task.parent is None}

    @cached_property
    def numbered_keys(self) -> bool:
        # Keys such as "3#2" and "?4" depend on what stands before them.
        return any("#" in key or key.startswith("?") for key in self.tag.nodes)

    def __contains__(self, key: str) -> bool:
        return key in self._index

    def task(self, key: str) -> Task:
        """The task of that key; its `raw` and `position` may be out of date. Raises NotFound."""
        task = self._index.get(key)
        if task is None:
            where = f'in tag "{self.tag.name}"'
            raise NotFound(f"There is no task {key} {where}.", "`taskdeck list` shows the ids.")
        return task

    def find(self, key: str) -> tuple[Element, list[int]]:
        """The element that holds a task, and the positions in it down to the task. Raises NotFound."""
        task = self.task(key)
        path: list[int] = []
        while task.parent is not None:
            path.append(task.position)
            task = task.parent
        return self._arena[task.position], path[::-1]

    def raw(self, key: str) -> dict[str, Any]:
        """The present content of a task; not to be changed. Raises NotFound."""
        element, path = self.find(key)
        value: Any = element.value
        for position in path:
            value = value["subtasks"][position]
        return cast("dict[str, Any]", value)

    def parent_of(self, key: str) -> str | None:
        """The key of the task that holds `key`; None for a top-level one. Raises NotFound."""
        parent = self.task(key).parent
        return parent.key if parent else None

    def children(self, parent: str | None) -> list[tuple[int, str]]:
        """(position, key) of the tasks directly below `parent`, in file order. Raises NotFound."""
        if parent is not None:
            return [(task.position, task.key) for task in self.task(parent).subtasks]
        self._settle()
        keys = self._root_keys
        return [(at, keys[element]) for at, element in enumerate(self.elements) if element in keys]

    def below(self, key: str) -> list[str]:
        """`key` and every key below it. Raises NotFound."""
        return [task.key for task in self.task(key).walk()]

    def position(self, key: str) -> int:
        """The position of a task in the list that holds it. Raises NotFound."""
        element, path = self.find(key)
        return path[-1] if path else self.elements.index(element)

    def key_at(self, parent: str | None, position: int) -> str:
        """The key of the task at a position of a list."""
        return next(key for at, key in self.children(parent) if at == position)

    def tasks_naming(self, written: str) -> list[Task]:
        """The tasks of the elements in which some dependency is written so (not necessarily their own)."""
        if self._mentions is None:
            self._mentions = {}
            for element in self.elements:
                self._note_mentions(element)
        self._settle()
        found = [element for element in self._mentions.get(written, ()) if element in self._root_keys]
        return [task for element in found for task in self.task(self._root_keys[element]).walk()]

    def _note_mentions(self, element: Element) -> None:
        assert self._mentions is not None
        stack: list[Any] = [element.value]
        while stack:
            raw = stack.pop()
            if not isinstance(raw, dict):
                continue
            raw = cast("dict[str, Any]", raw)
            for written in dependencies_of(raw):
                self._mentions.setdefault(written, {})[element] = None
            subtasks = raw.get("subtasks")
            if isinstance(subtasks, list):
                stack += cast("list[Any]", subtasks)

    # Changing

    def text_of(self, key: str) -> str:
        """The text of the task's object."""
        element, path = self.find(key)
        text = element.text
        start = _object_start(text, path)
        return text[start : read_value(text, start)[1]]

    def value_text(self, key: str, field: str) -> str | None:
        """The text of a value; None when the task has no such field."""
        element, path = self.find(key)
        text = element.text
        span = value_span(text, _object_start(text, path), field)
        return None if span is None else text[slice(*span)]

    def change_object(self, key: str, change: Callable[[Pieces], Result], reshape: bool = True) -> Result:
        """Let `change` work on the entries of a task; `reshape` when its id or subtasks may change."""
        element, path = self.find(key)
        changed, result = change_inside(element.text, _object_start(element.text, path), change)
        self._set_text(element, changed, reshape)
        return result

    def put_value(self, key: str, field: str, raw: str) -> None:
        """Replace the text of a value that is there. Afterwards the task's key may be another one."""
        element, path = self.find(key)
        text = element.text
        span = value_span(text, _object_start(text, path), field)
        assert span is not None
        self._set_text(element, text[: span.start] + raw + text[span.end :], field in ("id", "subtasks"))

    def change_list(self, parent: str | None, change: Callable[[Pieces], Result]) -> Result:
        """Let `change` work on the list of tasks below `parent`, which must have one."""
        if parent is not None:
            element, path = self.find(parent)
            span = value_span(element.text, _object_start(element.text, path), "subtasks")
            assert span is not None
            changed, result = change_inside(element.text, span.start, change)
            self._set_text(element, changed)
            return result
        before = set(self.elements)
        result = change(self.pieces)
        self.reshaped = True
        for element in before.symmetric_difference(self.elements):
            self._renew_keys(element)
        if self.numbered_keys:
            self._stale = True
        return result

    def _set_text(self, element: Element, text: str, reshape: bool = True) -> None:
        if text == element.text:
            return
        element.text = text
        if self._mentions is not None:
            self._note_mentions(element)
        if reshape:
            self.reshaped = True
            self._renew_keys(element)

    def read_subtasks(self, parent: str) -> Pieces:
        """The pieces of a task's list of subtasks, to look at."""
        element, path = self.find(parent)
        span = value_span(element.text, _object_start(element.text, path), "subtasks")
        if span is None or element.text[span.start] != "[":
            return Pieces()
        return read_list(element.text, span.start)[0]

    def new_piece(self, parent: str | None, text: str) -> Piece | Element:
        """A piece that can be put into the list below `parent`."""
        if parent is not None:
            return Piece("", text)
        element = Element("", read_value(text, 0)[0], "", None, text)
        if self._mentions is not None:
            self._note_mentions(element)
        return element

    def _renew_keys(self, element: Element) -> None:
        """Find the keys within one element anew; those of all, where they depend on each other."""
        if self._stale:
            return
        if self.numbered_keys:
            self._stale = True
            return
        if self._nodes is self.tag.nodes:
            self._nodes = dict(self._nodes)
        old_key = self._root_keys.pop(element, None)
        if old_key is not None:
            for task in self._nodes[old_key].walk():
                del self._nodes[task.key]
        if element not in self.elements:
            return
        nodes = nodes_of([element.value])
        if any(key in self._nodes or "#" in key or key.startswith("?") for key in nodes):
            self.__dict__["numbered_keys"] = self._stale = True
            return
        for key, task in nodes.items():
            if task.parent is None:
                task.position = len(self._arena)
                self._arena.append(element)
                self._root_keys[element] = key
        self._nodes.update(nodes)


def _object_start(text: str, path: list[int]) -> int:
    start = 0
    for position in path:
        span = value_span(text, start, "subtasks")
        assert span is not None
        start = read_items(text, span.start)[0][position].span.start
    return start


def dependencies_of(raw: dict[str, Any]) -> list[str]:
    """The dependencies of a task as written."""
    value = raw.get("dependencies")
    return [id_text(item) for item in cast("list[Any]", value)] if isinstance(value, list) else []
