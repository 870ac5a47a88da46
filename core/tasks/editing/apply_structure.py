"""Apply edits that add, remove and reorder tasks."""

from __future__ import annotations

from core.errors import NotFound, Refused, UsageError
from core.tasks.editing.apply_dependencies import drop_references
from core.tasks.editing.draft import Draft
from core.tasks.editing.new_tasks import complete_fields, expect_dependencies, text_and_place
from core.tasks.editing.pieces import Pieces, Place
from core.tasks.editing.primitives import (
    Undo,
    insert_item,
    insert_member,
    remove_item,
    replace_value,
    style_for,
)
from core.tasks.editing.values import (
    AddSubtask,
    AddTask,
    ClearSubtasks,
    PutValue,
    RemoveTask,
    Reorder,
    ReplaceSubtasks,
)


def add_task(draft: Draft, undo: Undo, edit: AddTask) -> None:
    """Raises UsageError, NotFound (`before`), Refused (the id is taken)."""
    fields = complete_fields(draft, None, edit.fields)
    index = _index_before(draft, None, edit.before)
    text, place = text_and_place(draft, None, fields)
    _created(draft, insert_item(draft, undo, None, text, index, place))


def add_subtask(draft: Draft, undo: Undo, edit: AddSubtask) -> None:
    """Raises NotFound, UsageError, Refused (the id is taken, or `subtasks` is no list)."""
    ensure_list(draft, undo, edit.parent)
    fields = complete_fields(draft, edit.parent, edit.fields)
    index = _index_before(draft, edit.parent, edit.before)
    text, place = text_and_place(draft, edit.parent, fields)
    _created(draft, insert_item(draft, undo, edit.parent, text, index, place))


def _created(draft: Draft, key: str) -> None:
    draft.created.append(key)
    expect_dependencies(draft, key)


def _index_before(draft: Draft, parent: str | None, before: str | None) -> int:
    if before is None:
        return len(draft.elements) if parent is None else len(draft.read_subtasks(parent).elements)
    for position, key in draft.children(parent):
        if key == before:
            return position
    where = f"below {parent}" if parent is not None else "at the top level"
    raise NotFound(f"There is no task {before} {where} to put a new one before.", "Leave it out to append.")


def ensure_list(draft: Draft, undo: Undo, key: str) -> None:
    """See to it that a task has a list of subtasks. Raises NotFound, Refused."""
    present = draft.value_text(key, "subtasks")
    if present is None:
        insert_member(draft, undo, key, "subtasks", "[]")
    elif present == "null":
        replace_value(draft, undo, key, "subtasks", "[]")
    elif present[0] != "[":
        raise Refused(f"The subtasks of {key} are no list; they would be replaced.", "Mend the file by hand.")


def remove_task(draft: Draft, undo: Undo, edit: RemoveTask) -> None:
    """Raises NotFound."""
    drop_references(draft, undo, draft.below(edit.key))
    remove_item(draft, undo, edit.key)


def clear_subtasks(draft: Draft, undo: Undo, edit: ClearSubtasks) -> None:
    """Raises NotFound."""
    below = draft.below(edit.key)[1:]
    drop_references(draft, undo, below)
    if below:
        replace_value(draft, undo, edit.key, "subtasks", "[]")


def replace_subtasks(draft: Draft, undo: Undo, edit: ReplaceSubtasks) -> None:
    """Raises NotFound, UsageError, Refused. Dependencies on subtasks that do not come back are removed."""
    ensure_list(draft, undo, edit.key)
    old_keys = draft.below(edit.key)[1:]
    old_text = draft.value_text(edit.key, "subtasks") or "[]"
    samples = _layout_of_present(draft, edit.key)
    draft.put_value(edit.key, "subtasks", "[]")
    new_keys: list[str] = []
    for fields in edit.subtasks:
        complete = complete_fields(draft, edit.key, fields)
        text, place = text_and_place(draft, edit.key, complete)
        index = len(draft.read_subtasks(edit.key).elements)
        new_keys.append(insert_item(draft, [], edit.key, text, index, samples or place))
    new_text = draft.value_text(edit.key, "subtasks") or "[]"
    draft.put_value(edit.key, "subtasks", old_text)
    drop_references(draft, undo, [key for key in old_keys if key not in new_keys])
    old_text = draft.value_text(edit.key, "subtasks") or "[]"
    draft.put_value(edit.key, "subtasks", new_text)
    undo.append(PutValue(edit.key, "subtasks", old_text, new_text))
    for key in new_keys:
        _created(draft, key)


def _layout_of_present(draft: Draft, key: str) -> Place | None:
    pieces = draft.read_subtasks(key)
    if not pieces.elements:
        return None
    comma = style_for(draft, pieces.elements[-1].text).comma
    return Place(pieces.usual_gap(None, comma), pieces.elements[0].gap, pieces.tail)


def reorder(draft: Draft, undo: Undo, edit: Reorder) -> None:
    """Raises NotFound; UsageError when `before` is no sibling."""
    parent, source = draft.parent_of(edit.key), draft.position(edit.key)
    siblings = draft.children(parent)
    if edit.before is None:
        target = siblings[-1][0] + 1
    else:
        if draft.parent_of(edit.before) != parent:
            raise UsageError(
                f"{edit.before} is no sibling of {edit.key}.", "`taskdeck move` gives a task another parent."
            )
        target = draft.position(edit.before)
    destination = _exact_place(siblings, source, edit)
    if destination is None:
        destination = target - 1 if target > source else target
    if destination == source:
        return
    following = next((position for position, _ in siblings if position > source), None)
    draft.change_list(parent, lambda pieces: _rotate(pieces, source, destination))
    if following is not None and destination >= following:
        following -= 1
    before = None if following is None else draft.key_at(parent, following)
    undo.append(Reorder(draft.key_at(parent, destination), before, source))


def _exact_place(siblings: list[tuple[int, str]], source: int, edit: Reorder) -> int | None:
    """The position an undone move goes back to, where the next task is still the same."""
    if edit.position is None:
        return None
    others = [(at - (at > source), key) for at, key in siblings if at != source]
    following = next((key for at, key in others if at >= edit.position), None)
    return edit.position if following == edit.before else None


def _rotate(pieces: Pieces, source: int, destination: int) -> None:
    # Only the tasks change places; the separators stay where they are.
    gaps = [piece.gap for piece in pieces.elements]
    pieces.elements.insert(destination, pieces.elements.pop(source))
    for piece, gap in zip(pieces.elements, gaps, strict=True):
        piece.gap = gap
