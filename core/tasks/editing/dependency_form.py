"""How a file writes dependencies: numbers or strings, siblings bare or dotted, on one line or several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from core.errors import Refused
from core.tasks.editing.apply_fields import is_number
from core.tasks.editing.draft import Draft
from core.tasks.editing.json_style import line_indent, list_on_one_line, quote
from core.tasks.editing.pieces import Place
from core.tasks.editing.primitives import style_for
from core.tasks.identifiers import id_text
from core.tasks.json_text import NumberText
from core.tasks.references import meant_key

_whole_number = re.compile(r"0|[1-9][0-9]{0,15}")
_NEARBY = 400
"""How many other tasks are looked at to learn a habit."""


def written_text(draft: Draft, key: str, target: str, written: str | None = None) -> str:
    """The JSON text by which `key` names `target`, as the file does it; `written` when that was given.

    Raises Refused where no text there would mean `target`.
    """
    parent = draft.parent_of(key)
    form = written or _usual_form(draft, key, parent, target)
    if meant_key(form, parent, draft) != target or "#" in target:
        raise Refused(
            f"{key} cannot name {target} as a dependency: {_reading(draft, form, parent)}.",
            "Give one of them another id first.",
        )
    if parent is not None and draft.parent_of(target) is None and _whole_number.fullmatch(form):
        raise Refused(
            f"The subtask {key} cannot depend on the whole task {target}: Task Master reads {form} there "
            f"as the sibling {parent}.{form}.",
            f"Let it depend on a subtask of {target}, or let {parent} depend on {target}.",
        )
    return as_habit(draft, key, form)


def as_habit(draft: Draft, key: str, form: str) -> str:
    """`form` as JSON text, a number or a string as dependencies around `key` are."""
    if "." in form:
        return form if _dotted_numbers(draft, key, form) else quote(form, draft.ascii_only)
    if _whole_number.fullmatch(form) and _bare_numbers(draft, key):
        return form
    return quote(form, draft.ascii_only)


def _reading(draft: Draft, form: str, parent: str | None) -> str:
    meant = meant_key(form, parent, draft)
    return f"{form} there means {meant}" if meant is not None else f"{form} there means no task"


def _usual_form(draft: Draft, key: str, parent: str | None, target: str) -> str:
    if parent is None or draft.parent_of(target) != parent or not target.startswith(parent + "."):
        return target
    return target if _dotted_siblings(draft, key) else target[len(parent) + 1 :]


def _lists_nearby(draft: Draft, key: str) -> Iterator[tuple[str, list[Any]]]:
    """(parent, dependencies) of the task itself, its siblings, and others of its level."""
    parent = draft.parent_of(key)
    yield parent or "", _list(draft.raw(key))
    for _, sibling in islice(draft.children(parent), _NEARBY):
        if sibling != key:
            yield parent or "", _list(draft.raw(sibling))
    if parent is not None:
        for _, other in islice(draft.children(None), _NEARBY):
            for subtask in draft.task(other).subtasks:
                yield other, _list(draft.raw(subtask.key))


def _list(raw: dict[str, Any]) -> list[Any]:
    value = raw.get("dependencies")
    return cast("list[Any]", value) if isinstance(value, list) else []


def _dotted_siblings(draft: Draft, key: str) -> bool:
    for parent, values in _lists_nearby(draft, key):
        for value in values:
            text = id_text(value)
            if "." not in text:
                return False
            if text.startswith(parent + "."):
                return True
    return False


def _bare_numbers(draft: Draft, key: str) -> bool:
    for _, values in _lists_nearby(draft, key):
        for value in values:
            if _whole_number.fullmatch(id_text(value)):
                return is_number(value)
    return is_number(draft.raw(key).get("id"))


def _dotted_numbers(draft: Draft, key: str, form: str) -> bool:
    # 1.10 as a number is 1.1 to other programs.
    if not re.fullmatch(r"(0|[1-9][0-9]*)\.[0-9]*[1-9]", form):
        return False
    for _, values in _lists_nearby(draft, key):
        for value in values:
            if "." in id_text(value):
                return isinstance(value, NumberText)
    return False


def new_element_place(draft: Draft, key: str) -> Place:
    """The separators of a new element of a task's dependencies."""
    sample = draft.text_of(key)
    if "\n" not in sample or lists_on_one_line(draft, key):
        return Place(comma=_one_line_comma(draft, key))
    style = style_for(draft, sample)
    indent = line_indent(sample, sample.find('"'))
    return Place(None, style.newline + indent + style.unit, style.newline + indent)


def _one_line_comma(draft: Draft, key: str) -> str:
    """The separator between the elements of a list on one line."""
    for _, other in islice(_same_level(draft, key), 40):
        text = draft.value_text(other, "dependencies") or ""
        found = re.match(r"\[[^,\n]*(,[ \t]*)[^\n]", text)
        if found:
            return found[1]
    return style_for(draft, draft.text_of(key)).comma


def lists_on_one_line(draft: Draft, key: str) -> bool:
    """Whether other tasks that stand on several lines have their dependencies on one."""
    for _, other in islice(_same_level(draft, key), _NEARBY):
        text = draft.value_text(other, "dependencies")
        found = list_on_one_line(text) if text else None
        if found is not None:
            return found
    return False


def _same_level(draft: Draft, key: str) -> Iterator[tuple[int, str]]:
    parent = draft.parent_of(key)
    yield from draft.children(parent)
    if parent is not None:
        for _, other in draft.children(None):
            for subtask in draft.task(other).subtasks:
                yield subtask.position, subtask.key


def list_habit(draft: Draft, parent: str | None, default: bool) -> bool:
    """Whether the tasks below `parent` write bare dependencies as numbers."""
    siblings = draft.children(parent) if parent is None or parent in draft else []
    for _, key in siblings[:1]:
        for _, values in _lists_nearby(draft, key):
            for value in values:
                if _whole_number.fullmatch(id_text(value)):
                    return is_number(value)
    return default
