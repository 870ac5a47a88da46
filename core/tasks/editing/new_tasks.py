"""New tasks: their ids, defaults and text, laid out as their siblings are."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any, cast

from core.errors import NotFound, Refused, UsageError
from core.tasks.editing.apply_dependencies import check_no_cycle
from core.tasks.editing.apply_fields import check_status, is_number
from core.tasks.editing.dependency_form import list_habit, lists_on_one_line
from core.tasks.editing.draft import Draft, dependencies_of
from core.tasks.editing.json_style import Style, format_value, line_indent, quote
from core.tasks.editing.pieces import Place
from core.tasks.editing.primitives import FIELD_ORDER, style_for
from core.tasks.identifiers import id_text
from core.tasks.json_text import NumberText
from core.tasks.references import meant_key

_whole_number = re.compile(r"0|[1-9][0-9]{0,15}")
_TASK_DEFAULTS: dict[str, Any] = {
    "title": "",
    "description": "",
    "details": "",
    "testStrategy": "",
    "priority": "medium",
    "dependencies": [],
    "status": "pending",
    "subtasks": [],
}
_SUBTASK_DEFAULTS = {
    name: value for name, value in _TASK_DEFAULTS.items() if name not in ("priority", "subtasks")
}


def complete_fields(draft: Draft, parent: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a new task below `parent`, in Task Master's order.

    Raises UsageError (no title, unknown status, malformed id) or Refused (the id is taken).
    """
    own_id = _chosen_id(draft, parent, fields["id"]) if "id" in fields else next_id(draft, parent)
    defaults = _TASK_DEFAULTS if parent is None else _SUBTASK_DEFAULTS
    values = {
        **defaults,
        **{name: value for name, value in fields.items() if value is not None},
        "id": own_id,
    }
    if not isinstance(values["title"], str) or not values["title"].strip():
        raise UsageError("A new task needs a title.", "Give it one with --title.")
    check_status(values["status"])
    values["dependencies"] = _dependencies(draft, parent, values["dependencies"])
    if parent is None:
        values["subtasks"] = _inner_subtasks(draft, id_text(own_id), values["subtasks"])
    ordered = [name for name in FIELD_ORDER if name in values]
    return {name: values[name] for name in [*ordered, *(name for name in values if name not in ordered)]}


def _inner_subtasks(draft: Draft, parent: str, subtasks: Any) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for number, fields in enumerate(cast("list[Mapping[str, Any]]", subtasks), 1):
        inner = complete_fields(draft, parent, {**fields, "id": fields.get("id", number)})
        result.append(inner)
    _check_distinct(parent, [id_text(inner["id"]) for inner in result])
    return result


def _check_distinct(parent: str, ids: list[str]) -> None:
    twice = next((own for own in ids if ids.count(own) > 1), None)
    if twice is not None:
        raise Refused(f"Two new subtasks of {parent} have the id {twice}.", "Give each its own id.")


def key_below(parent: str | None, own_id: str) -> str:
    """The key of the task with that own id below `parent`."""
    if parent is None or own_id.startswith(parent + "."):
        return own_id
    return f"{parent}.{own_id}"


def _chosen_id(draft: Draft, parent: str | None, chosen: Any) -> Any:
    if isinstance(chosen, bool) or not isinstance(chosen, (int, str, NumberText)) or not str(chosen).strip():
        raise UsageError(f"{chosen!r} cannot be the id of a task.", "Use a number or a text.")
    text = id_text(chosen)
    key = key_below(parent, text)
    if key in draft:
        raise Refused(f"There is a task {key} already.", "Leave the id out to get the next free one.")
    if _whole_number.fullmatch(text):
        return int(text) if _number_ids(draft, parent) else text
    return chosen


def _own_ids(draft: Draft, parent: str | None) -> list[Any]:
    if parent is None:
        raws = [element.value for element in draft.elements]
    elif parent in draft:
        raws = [draft.raw(key) for _, key in draft.children(parent)]
    else:
        return []
    return [cast("dict[str, Any]", raw).get("id") for raw in raws if isinstance(raw, dict)]


def _number_ids(draft: Draft, parent: str | None) -> bool:
    last = next((own for own in reversed(_own_ids(draft, parent)) if own is not None), None)
    if last is not None:
        return is_number(last)
    if parent is not None:
        for _, top in draft.children(None)[:400]:
            for subtask in draft.task(top).subtasks:
                return is_number(subtask.raw.get("id"))
    return True


def next_id(draft: Draft, parent: str | None) -> Any:
    """The highest number among the siblings' ids plus one, written as they are."""
    own_ids = _own_ids(draft, parent)
    prefix = f"{parent}." if parent is not None else "\0"
    numbers = [own if type(own) is int else _leading_number(own, prefix) for own in own_ids]
    number = max([0, *numbers]) + 1
    while key_below(parent, str(number)) in draft:
        number += 1
    if own_ids and id_text(own_ids[-1]).startswith(prefix):
        dotted = prefix + str(number)
        # 1.10 as a number would be 1.1 to other programs.
        as_number = isinstance(own_ids[-1], NumberText) and not dotted.endswith("0")
        return NumberText(dotted) if as_number else dotted
    return number if _number_ids(draft, parent) else str(number)


def id_as_text(draft: Draft, parent: str | None, text: str, key: str | None = None) -> str:
    """The JSON text of an id below `parent`: a number where the siblings of `key` have numbers."""
    if not _whole_number.fullmatch(text):
        return quote(text, draft.ascii_only)
    others = [draft.raw(other).get("id") for _, other in draft.children(parent) if other != key]
    return text if (is_number(others[-1]) if others else _number_ids(draft, parent)) else quote(text)


def _leading_number(own: Any, prefix: str) -> int:
    found = re.match(r"[0-9]{1,15}(?=$|\.)", id_text(own).removeprefix(prefix))
    return int(found[0]) if found else 0


def _dependencies(draft: Draft, parent: str | None, values: Any) -> list[Any]:
    if not isinstance(values, (list, tuple)):
        raise UsageError("Dependencies are a list of ids.", "Separate them by commas.")
    numbers = list_habit(draft, parent, default=_number_ids(draft, parent))
    texts = [id_text(value) for value in cast("list[Any]", values)]
    return [int(text) if numbers and _whole_number.fullmatch(text) else text for text in texts]


def expect_dependencies(draft: Draft, key: str) -> None:
    """Remember to check the dependencies of the new task `key` and those below it at the end."""
    for below in draft.below(key):
        draft.expected_dependencies += [(below, written) for written in dependencies_of(draft.raw(below))]


def check_expected_dependencies(draft: Draft) -> None:
    """Raises NotFound for a dependency of a new task on none, Refused where it closes a cycle."""
    order = {key: place for place, (key, _) in enumerate(draft.expected_dependencies)}
    named_before = any(_named_by_older(draft, order, key) for key in order)
    for key, written in draft.expected_dependencies:
        if key not in draft or written not in dependencies_of(draft.raw(key)):
            continue
        target = meant_key(written, draft.parent_of(key), draft)
        if target is None:
            raise NotFound(
                f"The new task {key} cannot depend on {written}: there is no such task.",
                "`taskdeck list` shows the ids.",
            )
        # A cycle needs a way back: from a later task, or from one that named the id beforehand.
        if named_before or order.get(target, -1) >= order[key]:
            check_no_cycle(draft, key, target)


def _named_by_older(draft: Draft, new: Container[str], key: str) -> bool:
    return any(
        owner.key not in new and key in dependencies_of(draft.raw(owner.key))
        for owner in draft.tasks_naming(key)
    )


# Layout


def text_and_place(draft: Draft, parent: str | None, fields: Mapping[str, Any]) -> tuple[str, Place]:
    """The text of a new task below `parent`, and separators for when it is the first there."""
    siblings = draft.children(parent)
    if siblings:
        sample = draft.text_of(siblings[-1][1])
        indent = line_indent(sample, len(sample)) if "\n" in sample else ""
        style = _with_lists(draft, style_for(draft, sample), siblings[-1][1])
        return format_value(fields, style, indent), Place(comma=style.comma)
    lead, tail, style = _around_first(draft, parent)
    one_line = _subtasks_on_one_line(draft) if parent is not None else False
    indent = lead[lead.rfind("\n") + 1 :]
    return format_value(fields, style.on_one_line() if one_line else style, indent), Place(None, lead, tail)


def _with_lists(draft: Draft, style: Style, key: str) -> Style:
    return replace(style, flat_lists=bool(style.newline) and lists_on_one_line(draft, key))


def _around_first(draft: Draft, parent: str | None) -> tuple[str, str, Style]:
    if parent is None:
        style = style_for(draft, draft.document.text[slice(*draft.tag.container)])
        indent = line_indent(draft.document.text, draft.tag.list_span.start)
    else:
        sample = draft.text_of(parent)
        style = _with_lists(draft, style_for(draft, sample), parent)
        indent = line_indent(sample, sample.find('"'))
    if not style.newline:
        return "", "", style
    return style.newline + indent + style.unit, style.newline + indent, style


def _subtasks_on_one_line(draft: Draft) -> bool:
    for _, top in draft.children(None)[:400]:
        for subtask in draft.task(top).subtasks[:1]:
            return "\n" not in draft.text_of(subtask.key)
    return False
