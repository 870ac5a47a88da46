"""Apply edits of dependencies: add, remove, set, and keep them right when tasks go or get other ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast

from core.errors import NotFound, Refused
from core.tasks.editing.dependency_form import new_element_place, written_text
from core.tasks.editing.draft import Draft, dependencies_of
from core.tasks.editing.pieces import Piece, Pieces, change_inside
from core.tasks.editing.primitives import Undo, replace_value, set_value
from core.tasks.editing.values import AddDependency, RemoveDependency, SetDependencies
from core.tasks.identifiers import id_text
from core.tasks.references import meant_key, written_forms


def add_dependency(draft: Draft, undo: Undo, edit: AddDependency) -> None:
    """Raises NotFound for an unknown task, Refused for a dependency on itself or a cycle."""
    target = find_dependency(draft, edit.key, edit.depends_on)
    parent = draft.parent_of(edit.key)
    present = dependencies_of(draft.raw(edit.key))
    if any(meant_key(written, parent, draft) == target for written in present):
        return
    check_no_cycle(draft, edit.key, target)
    write_list(draft, undo, edit.key, [*present, None], {len(present): written_text(draft, edit.key, target)})


def remove_dependency(draft: Draft, undo: Undo, edit: RemoveDependency) -> None:
    """Raises NotFound when there is no such dependency."""
    parent = draft.parent_of(edit.key)
    present = dependencies_of(draft.raw(edit.key))
    target = meant_key(edit.depends_on, parent, draft)
    left = [
        written
        for written in present
        if written != edit.depends_on and (target is None or meant_key(written, parent, draft) != target)
    ]
    if len(left) == len(present):
        listed = ", ".join(present) or "none"
        raise NotFound(
            f"{edit.key} does not depend on {edit.depends_on}; its dependencies are: {listed}.",
            f"`taskdeck show {edit.key}` shows them.",
        )
    write_list(draft, undo, edit.key, list(left), {})


def set_dependencies(draft: Draft, undo: Undo, edit: SetDependencies) -> None:
    """Raises NotFound and Refused for what was not among the dependencies before, as adding one does."""
    present = dependencies_of(draft.raw(edit.key))
    if list(edit.dependencies) == present:
        return
    known = Counter(present)
    wanted: list[str | None] = []
    new: dict[int, str] = {}
    for written in edit.dependencies:
        if known[written] > 0:
            known[written] -= 1
            wanted.append(written)
            continue
        target = find_dependency(draft, edit.key, written)
        check_no_cycle(draft, edit.key, target)
        new[len(wanted)] = written_text(draft, edit.key, target, written)
        wanted.append(None)
    write_list(draft, undo, edit.key, wanted, new)


def find_dependency(draft: Draft, key: str, written: str) -> str:
    """The key of the task that `written` names in `key`. Raises NotFound."""
    target = meant_key(written, draft.parent_of(key), draft)
    if target is None:
        raise NotFound(
            f'{key} cannot depend on {written}: there is no such task in tag "{draft.tag.name}".',
            "`taskdeck list` shows the ids.",
        )
    return target


def check_no_cycle(draft: Draft, key: str, target: str) -> None:
    """Raises Refused, naming the cycle, when `target` waits for `key` already."""
    if key == target:
        raise Refused(f"{key} cannot depend on itself.", "Name another task.")
    came_from = {target: key}
    waiting = [target]
    while waiting:
        at = waiting.pop()
        parent = draft.parent_of(at)
        for written in dependencies_of(draft.raw(at)):
            following = meant_key(written, parent, draft)
            if following == key:
                cycle = _cycle(came_from, at, key)
                raise Refused(
                    f"{key} cannot depend on {target}: that closes the cycle {' → '.join(cycle)}.",
                    "Remove one of these dependencies first.",
                )
            if following is not None and following not in came_from:
                came_from[following] = at
                waiting.append(following)


def _cycle(came_from: dict[str, str], last: str, key: str) -> list[str]:
    chain = [last]
    while chain[-1] != key:
        chain.append(came_from[chain[-1]])
    return [*reversed(chain), key]


def write_list(draft: Draft, undo: Undo, key: str, wanted: list[str | None], new: dict[int, str]) -> None:
    """Make the dependencies of `key` read `wanted`; where that is None, `new` holds the element's text.

    Elements that stay keep their text and separators.
    """
    present = draft.value_text(key, "dependencies")
    if present is None or present[0] != "[":
        values = [new[index] for index in sorted(new)]
        set_value(draft, undo, key, "dependencies", [])
        present = draft.value_text(key, "dependencies") or "[]"
        wanted = [None] * len(values)
        new = dict(enumerate(values))
    place = new_element_place(draft, key)

    def change(pieces: Pieces) -> None:
        texts = _take_unwanted(pieces, wanted)
        for index in range(len(pieces.elements), len(wanted)):
            pieces.put(index, Piece("", ""), place)
        for index, written in enumerate(wanted):
            text = new[index] if written is None else texts[written].pop(0)
            pieces.elements[index].text = text

    replace_value(draft, undo, key, "dependencies", change_inside(present, 0, change)[0])


def _take_unwanted(pieces: Pieces, wanted: list[str | None]) -> dict[str, list[str]]:
    """Remove the elements that are not wanted; returns the texts of the others by what they name."""
    needed = Counter(written for written in wanted if written is not None)
    texts: dict[str, list[str]] = {}
    unwanted: list[int] = []
    for index, piece in enumerate(cast("list[Piece]", pieces.elements)):
        written = id_text(piece.value)
        if needed[written] > 0:
            needed[written] -= 1
            texts.setdefault(written, []).append(piece.text)
        else:
            unwanted.append(index)
    for index in reversed(unwanted):
        pieces.take(index)
    return texts


def owners_naming(draft: Draft, keys: Iterable[str]) -> Iterator[str]:
    """The keys of the tasks with a dependency that may mean one of `keys`."""
    seen: set[str] = set()
    for key in keys:
        parent = draft.parent_of(key)
        tasks = [] if parent is None else [*draft.task(parent).walk()]
        exact = written_forms(key, None)
        for form in exact:
            tasks += draft.tasks_naming(form)
        for task in tasks:
            if task.key not in seen:
                seen.add(task.key)
                yield task.key


def drop_references(draft: Draft, undo: Undo, keys: list[str]) -> None:
    """Remove every dependency on one of `keys` from the tasks that are not among them."""
    # A dependency on an id that two tasks have still means something when one of them goes.
    going = [key for key in keys if "#" not in key and f"{key}#2" not in draft]
    removed, gone = set(keys), set(going)
    for owner in [owner for owner in owners_naming(draft, going) if owner not in removed]:
        parent = draft.parent_of(owner)
        present = dependencies_of(draft.raw(owner))
        left = [written for written in present if meant_key(written, parent, draft) not in gone]
        if len(left) < len(present):
            write_list(draft, undo, owner, list(left), {})
