"""A task file as text plus what it means: dialect, tags, tasks, and where each of them stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Literal, cast

from core.errors import DamagedFile, NotFound
from core.tasks.identifiers import id_text
from core.tasks.json_text import Item, Member, Reader, Span, read_items, read_members, read_value, skip_space
from core.tasks.model import Task

DEFAULT_TAG = "master"
LEAKED_KEYS = frozenset({"_rawTaggedData", "tag"})
"""Internal keys that old versions of Task Master saved by mistake; kept, never shown as tags."""

Dialect = Literal["tagged", "flat"]
_BOM = "﻿"


class Tag:
    """One named list of tasks. `container` spans the object that holds `tasks`, `list_span` the list."""

    def __init__(self, name: str, items: list[Item], list_span: Span, metadata: Any, container: Span) -> None:
        self.name = name
        self.items = items
        self.list_span = list_span
        self.metadata = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
        self.container = container

    @cached_property
    def nodes(self) -> dict[str, Task]:
        """Every task and subtask by its key, parents before children, in file order of each level."""
        return nodes_of([item.value for item in self.items])

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The top-level tasks in file order."""
        return tuple(task for task in self.nodes.values() if task.parent is None)

    def walk(self) -> Iterator[Task]:
        """Every task, each followed by its subtasks."""
        for task in self.tasks:
            yield from task.walk()

    def find(self, key: str) -> Task:
        """The task that `key` addresses; an exact id wins over the dotted reading. Raises NotFound."""
        task = self.nodes.get(key)
        if task is None:
            raise NotFound(f'There is no task {key} in tag "{self.name}".', "`taskdeck list` shows the ids.")
        return task

    def item_of(self, task: Task) -> Item:
        """The item of the text that holds `task` or its top-level task."""
        return self.items[task.root.position]


def _own_key(raw: dict[str, Any], position: int) -> str:
    # A task without an id still has to be reachable: it goes by its place in the list.
    return id_text(raw["id"]) if raw.get("id") is not None else f"?{position + 1}"


def nodes_of(values: list[Any]) -> dict[str, Task]:
    """The tasks of a parsed list by key, parents before children; what is no object is skipped."""
    keys = _Keys()
    for position, value in enumerate(values):
        if isinstance(value, dict):
            raw = cast("dict[str, Any]", value)
            keys.add(raw, _own_key(raw, position), None, position)
    waiting = list(keys.nodes.values())[::-1]
    while waiting:
        parent = waiting.pop()
        parent.subtasks = _add_subtasks(parent, keys)
        waiting += [task for task in reversed(parent.subtasks) if "subtasks" in task.raw]
    return keys.nodes


class _Keys:
    """Gives each task a key of its own: the second task of one id gets "#2" behind it."""

    def __init__(self) -> None:
        self.nodes: dict[str, Task] = {}
        self._last_number: dict[str, int] = {}

    def add(self, raw: dict[str, Any], wanted: str, parent: Task | None, position: int) -> Task:
        key, number = wanted, self._last_number.get(wanted, 1)
        while key in self.nodes:
            number += 1
            key = f"{wanted}#{number}"
            self._last_number[wanted] = number
        task = self.nodes[key] = Task(raw, key, parent, position)
        return task


def _add_subtasks(parent: Task, keys: _Keys) -> tuple[Task, ...]:
    values = parent.raw.get("subtasks")
    if not isinstance(values, list):
        return ()
    prefix = parent.key + "."
    subtasks: list[Task] = []
    for position, value in enumerate(cast("list[Any]", values)):
        if isinstance(value, dict):
            raw = cast("dict[str, Any]", value)
            own = _own_key(raw, position)
            wanted = own if own.startswith(prefix) else prefix + own
            subtasks.append(keys.add(raw, wanted, parent, position))
    return tuple(subtasks)


class TaskDocument:
    """The immutable content of one task file. Make one with `parse`; bytes out equal bytes in."""

    def __init__(self, text: str, dialect: Dialect, tags: dict[str, Tag], members: list[Member]) -> None:
        self.text = text
        self.dialect: Dialect = dialect
        self.tags = tags
        self.members = members
        """The top-level entries of the file with their positions."""

    @property
    def data(self) -> bytes:
        return self.text.encode("utf-8")

    @cached_property
    def digest(self) -> str:
        """sha256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def newline(self) -> str:
        """The line ending the file uses; empty for a file written on one line."""
        at = self.text.find("\n")
        if at < 0:
            return ""
        return "\r\n" if self.text[at - 1 : at] == "\r" else "\n"

    def tag(self, name: str | None = None) -> Tag:
        """The tag of that name; without a name, `master` or the only tag there is. Raises NotFound."""
        wanted = name or (
            DEFAULT_TAG if DEFAULT_TAG in self.tags or len(self.tags) != 1 else next(iter(self.tags))
        )
        if wanted in self.tags:
            return self.tags[wanted]
        known = ", ".join(self.tags) or "none"
        raise NotFound(
            f'There is no tag "{wanted}" in the task file; it has: {known}.', "`taskdeck tags` lists them."
        )


def parse(data: bytes, path: Path | str = "tasks.json") -> TaskDocument:
    """Read a task file in any of Task Master's dialects.

    Raises DamagedFile with line and column when the bytes are not UTF-8 JSON with an object at the top.
    """
    text = _decode(data, path)
    if not text.strip("﻿ \t\r\n\0"):
        raise DamagedFile(path, "the file is empty", hint=_REPAIR_HINT)
    try:
        return _read_document(text)
    except JSONDecodeError as error:
        raise DamagedFile(path, _explain(error), error.lineno, error.colno, _REPAIR_HINT) from None
    except RecursionError:
        raise DamagedFile(path, "the values are nested too deep to read", hint=_REPAIR_HINT) from None


_REPAIR_HINT = "Nothing was changed. `taskdeck resolve` shows how to repair it."


def _decode(data: bytes, path: Path | str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line_start = before.rfind(b"\n") + 1
        what = "the text is not UTF-8"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            what = "the text is UTF-16, Task Master writes UTF-8"
        column = len(before[line_start:].decode("utf-8")) + 1
        raise DamagedFile(path, what, before.count(b"\n") + 1, column, _REPAIR_HINT) from None


def _explain(error: JSONDecodeError) -> str:
    line = error.doc[error.doc.rfind("\n", 0, error.pos) + 1 :][:7]
    if line in ("<<<<<<<", "=======", ">>>>>>>"):
        return f"git conflict marker {line}"
    if error.msg == "Extra data":
        return "there is more text behind the end of the JSON value"
    spelled_so = error.msg.startswith(("NaN", "Infinity"))
    return "not valid JSON: " + (error.msg if spelled_so else error.msg[0].lower() + error.msg[1:])


def _read_document(text: str) -> TaskDocument:
    start = skip_space(text, 1 if text.startswith(_BOM) else 0)
    if text[start : start + 1] != "{":
        read_value(text, start)  # says where it is not JSON at all
        raise JSONDecodeError("A task file is an object, this is another kind of value", text, start)
    tags: dict[str, Tag] = {}
    flat: list[tuple[list[Item], Span]] = []

    def reader(key: str) -> Reader:
        # Of several entries of one name the last counts, so each begins by forgetting the former.
        tags.pop(key, None)
        if key == "tasks":
            flat.clear()

        def read(text: str, position: int) -> tuple[Any, int]:
            mark = text[position : position + 1]
            if key == "tasks" and mark == "[":
                items, end = read_items(text, position)
                flat.append((items, Span(position, end)))
                return None, end
            if mark == "{" and key not in LEAKED_KEYS:
                return _read_tag(text, position, key, tags)
            return read_value(text, position)

        return read

    members, end = read_members(text, start, reader)
    rest = skip_space(text, end)
    if rest != len(text):
        raise JSONDecodeError("Extra data", text, rest)
    if flat and DEFAULT_TAG not in tags:
        items, span = flat[0]
        metadata = next((m.value for m in reversed(members) if m.key in ("metadata", "meta")), None)
        tags = {DEFAULT_TAG: Tag(DEFAULT_TAG, items, span, metadata, Span(start, end)), **tags}
        return TaskDocument(text, "flat", tags, members)
    return TaskDocument(text, "tagged", tags, members)


def _read_tag(text: str, position: int, name: str, tags: dict[str, Tag]) -> tuple[Any, int]:
    found: list[tuple[list[Item], Span]] = []

    def reader(key: str) -> Reader:
        def read_tasks(text: str, position: int) -> tuple[Any, int]:
            found.clear()
            if text[position : position + 1] != "[":
                return read_value(text, position)
            items, end = read_items(text, position)
            found.append((items, Span(position, end)))
            return None, end

        return read_tasks if key == "tasks" else read_value

    members, end = read_members(text, position, reader)
    if found:
        metadata = next((m.value for m in reversed(members) if m.key == "metadata"), None)
        tags[name] = Tag(name, *found[0], metadata, Span(position, end))
        return None, end
    return {m.key: m.value for m in members}, end
