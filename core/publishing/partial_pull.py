"""What a pull would change in the task file, one difference at a time, so that each can be left."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from core.publishing.pull import TaskProposal
from core.tasks.changes import TaskChanges, diff
from core.tasks.document import Tag, TaskDocument, parse
from core.tasks.model import Task

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Difference:
    """One thing that the merge does to our tasks. `field` is empty where a whole task comes or goes."""

    tag: str
    key: str
    field: str
    kind: Kind
    title: str
    ours: Any = None
    merged: Any = None

    @property
    def id(self) -> str:
        return json.dumps([self.tag, self.key, self.field])


def differences(proposal: TaskProposal) -> list[Difference]:
    """Every task and field that the merged file has differently from ours; a whole task counts as one.

    Raises DamagedFile when either does not parse.
    """
    merged = parse(proposal.text.encode())
    ours = parse(proposal.seen) if proposal.seen else None
    found: list[Difference] = []
    for name, tag in merged.tags.items():
        own = ours.tags.get(name) if ours else None
        found += _of_tag(own, tag, diff(own, tag)) if own else [_whole(tag, "added")]
    for name, tag in ours.tags.items() if ours else ():
        if name not in merged.tags:
            found.append(_whole(tag, "removed"))
    return found


def without(proposal: TaskProposal, left: Collection[str]) -> str:
    """The merged text with the differences of these ids left as we have them.

    It is merged once more from a common base in which what is taken is as ours and what is left as theirs:
    then only what is taken counts as their change, and every byte of ours that stays is kept.
    """
    from core.tasks.merging.merge import merge_documents

    refused = [one for one in differences(proposal) if one.id in left]
    if not refused or not proposal.seen:
        return proposal.text
    ours, merged = parse(proposal.seen), parse(proposal.text.encode())
    base = _base(ours, merged, refused)
    return merge_documents(ours, merged, base).text


def _whole(tag: Tag, kind: Literal["added", "removed"]) -> Difference:
    """A tag that comes or goes is one difference."""
    count = len(tag.tasks)
    title = f"the tag {tag.name} with {count} task{'s' * (count != 1)}"
    tasks = {task.key: task.title for task in tag.tasks}
    return Difference(tag.name, "", "", kind, title, *((None, tasks) if kind == "added" else (tasks, None)))


def _of_tag(own: Tag, merged: Tag, changes: TaskChanges) -> Iterable[Difference]:
    name = merged.name
    for key in _tops(changes.added):
        task = merged.nodes[key]
        yield Difference(name, key, "", "added", task.title, None, task.raw)
    for key in _tops(changes.removed):
        task = own.nodes[key]
        yield Difference(name, key, "", "removed", task.title, task.raw, None)
    for key, fields in changes.changed.items():
        old, new = own.nodes[key], merged.nodes[key]
        for field in fields:
            yield Difference(name, key, field, "changed", new.title, old.raw.get(field), new.raw.get(field))


def _tops(keys: Iterable[str]) -> list[str]:
    """The keys without those of tasks below another of them."""
    every = set(keys)
    return [key for key in keys if not any(key.startswith(f"{other}.") for other in every if other != key)]


def _base(ours: TaskDocument, merged: TaskDocument, refused: Iterable[Difference]) -> TaskDocument:
    """Our content with what is refused as the merge has it. Its layout means nothing to a merge."""
    content = cast("dict[str, Any]", {name: _plain(tag) for name, tag in ours.tags.items()})
    for one in refused:
        old, new = ours.tags.get(one.tag), merged.tags.get(one.tag)
        if old is None or new is None:
            content.pop(one.tag, None)
            if new is not None:
                content[one.tag] = _plain(new)
            continue
        _refuse(content[one.tag], one, old, new)
    if "tagged" not in (ours.dialect, merged.dialect):
        content = next(iter(content.values()))
    return parse(json.dumps(content).encode())


def _refuse(tag: dict[str, Any], one: Difference, old: Tag, new: Tag) -> None:
    if one.kind == "added":
        _siblings(tag, new.nodes[one.key]).append(copy.deepcopy(new.nodes[one.key].raw))
    elif one.kind == "removed":
        siblings = _siblings(tag, old.nodes[one.key])
        siblings[:] = [raw for raw in siblings if str(raw.get("id")) != old.nodes[one.key].own_id]
    else:
        _set(_object(tag, old.nodes[one.key]), one.field, new.nodes[one.key].raw)


def _plain(tag: Tag) -> dict[str, Any]:
    return {"tasks": [copy.deepcopy(task.raw) for task in tag.tasks], "metadata": copy.deepcopy(tag.metadata)}


def _set(raw: dict[str, Any], field: str, of: dict[str, Any]) -> None:
    if field in of:
        raw[field] = copy.deepcopy(of[field])
    else:
        raw.pop(field, None)


def _siblings(tag: dict[str, Any], task: Task) -> list[dict[str, Any]]:
    """The list of our content that a task like this one stands in."""
    if task.parent is None:
        return tag["tasks"]
    found = _object(tag, task.parent).setdefault("subtasks", [])
    return cast("list[dict[str, Any]]", found)


def _object(tag: dict[str, Any], task: Task) -> dict[str, Any]:
    """The object of our content with the id of this task; an empty one where there is none."""
    siblings = _siblings(tag, task)
    nothing: dict[str, Any] = {}
    return next((raw for raw in siblings if str(raw.get("id")) == task.own_id), nothing)
