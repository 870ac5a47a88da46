"""Carrying out edits for a command: write, say what was done, offer what would follow."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from core.plain_text import printable
from core.tasks.edits import Edit, cascade_for, describe
from core.tasks.identifiers import split_ids
from core.tasks.model import PRIORITIES
from tui.cli.invocation import Invocation

if TYPE_CHECKING:
    from core.tasks.store import Change


def apply(
    invocation: Invocation,
    edits: Sequence[Edit],
    *,
    title: str | None = None,
    create: bool = False,
) -> Change:
    """Write the edits to the task file as one step of the journal."""
    workspace = invocation.editing
    tag = None if create and not workspace.has_file else workspace.tag_name
    return workspace.store.apply(edits, tag=tag, title=title, create=create)


def follow(invocation: Invocation, change: Change, edits: Sequence[Edit], wanted: bool) -> list[str]:
    """Task Master's parent rule behind an edit: carried out as a second edit when `wanted`.

    Returns what was carried out, or could be, one line each.
    """
    workspace = invocation.editing
    second = cascade_for(change.document, workspace.tag_name, edits)
    if wanted and second:
        workspace.store.apply(second, tag=workspace.tag_name)
    return [describe(edit) for edit in second]


def done(invocation: Invocation, change: Change, lines: Sequence[str], **more: Any) -> None:
    """Say what an edit did, for a person or as JSON."""
    mark = invocation.paint("✓", "green")
    invocation.say(*(f"{mark} {printable(line)}" for line in lines))
    invocation.emit(
        {"done": list(lines), "created": list(change.created), **more, "edit": change.entry.number}
    )


def ids_of(words: Sequence[str], option: str | None) -> list[str]:
    """Ids given as words, by `--id`, or both. Raises UsageError when there are none."""
    ids = split_ids(",".join([*words, option or ""]))
    return list(dict.fromkeys(ids))


def one_id(words: Sequence[str], option: str | None, what: str = "task id") -> str:
    """The single id a command takes. Raises UsageError."""
    ids = ids_of(words, option)
    if len(ids) != 1:
        raise UsageError(f"This takes one {what}, {len(ids)} were given.")
    return ids[0]


def check_priority(invocation: Invocation, priority: str | None) -> None:
    """Raises UsageError for a priority that Task Master does not know and no task of the file has."""
    if priority is None or priority in PRIORITIES:
        return
    workspace = invocation.editing
    tags = workspace.document.tags.values() if workspace.has_file else ()
    used = {task.priority for tag in tags for task in tag.nodes.values() if task.priority}
    if priority not in used:
        known = ", ".join([*PRIORITIES, *sorted(used.difference(PRIORITIES))])
        raise UsageError(f'"{priority}" is not a priority.', f"Use one of: {known}.")


def text_value(value: str) -> str:
    """The value of a text option; `-` reads standard input. Raises UsageError when that is no UTF-8."""
    if value != "-":
        return value
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("Standard input is not UTF-8 text.") from None
    return text.removesuffix("\n").removesuffix("\r")


def text_values(values: dict[str, str | None]) -> dict[str, str]:
    """The text options that were given, `-` replaced by standard input. Raises UsageError for two of them."""
    given = {name: value for name, value in values.items() if value is not None}
    if sum(value == "-" for value in given.values()) > 1:
        raise UsageError("Only one option can read standard input.")
    return {name: text_value(value) for name, value in given.items()}
