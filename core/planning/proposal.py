"""A planner's work as a difference to the present tasks: accepted whole or in part, then edits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from core.planning.planner import SubtaskDraft, TaskDraft
from core.tasks.document import Tag
from core.tasks.edits import AddSubtask, AddTask, Edit, EditField, RemoveTask, ReplaceSubtasks
from core.tasks.model import Task

Kind = Literal["added", "changed", "removed"]
Mode = Literal["append", "replace"]
AnyDraft = TypeVar("AnyDraft", TaskDraft, SubtaskDraft)

SHOWN_FIELDS = ("title", "description", "details", "testStrategy", "priority")
_SIGNS: dict[Kind, str] = {"added": "+", "changed": "~", "removed": "-"}


@dataclass(frozen=True)
class ProposalItem:
    """One thing to accept or leave out.

    `id` is unique in its proposal ("+3", "~3", "-3": a removed and an added task may share a key), `key` the
    dotted id the task has or would get, `lines` the difference, each beginning with "+ " or "- ", or with
    "  " where it only explains.
    """

    id: str
    key: str
    title: str
    kind: Kind
    lines: tuple[str, ...]
    source_lines: tuple[int, int] | None = None


class Proposal:
    """What a planner would change. Nothing is changed until the edits are applied.

    Made by `plan_proposal` and `subtask_proposal`.
    """

    def __init__(self, items: Sequence[ProposalItem]) -> None:
        self.items = tuple(items)

    @property
    def empty(self) -> bool:
        return not self.items

    def edits(self, accepted: Collection[str] | None = None) -> tuple[Edit, ...]:
        """The edits for the items whose `id` is in `accepted`; for all of them without it.

        Ids are free in the file, and a dependency on an item that is left out is replaced by what that
        item depended on.
        """
        every = {item.id for item in self.items}
        return self._edits_for(every if accepted is None else every.intersection(accepted))

    def _edits_for(self, accepted: set[str]) -> tuple[Edit, ...]:
        raise NotImplementedError


def plan_proposal(drafts: Sequence[TaskDraft], tag: Tag | None, mode: Mode = "append") -> Proposal:
    """The drafts beside the tasks of `tag`. Of drafts with the same id the last one counts.

    "append" adds all of them behind the present tasks. "replace" keeps a present task whose title is the same
    (with its id, status and subtasks; other texts become a change), removes the others and adds the rest.
    """
    present = tag.tasks if tag is not None else ()
    return _PlanProposal(latest(drafts), present, mode)


def subtask_proposal(parent: Task, drafts: Sequence[SubtaskDraft], *, replace: bool = False) -> Proposal:
    """The drafts as subtasks of `parent`, behind those it has or (`replace`) in their place."""
    return _SubtaskProposal(parent, latest(drafts), replace)


def latest(drafts: Iterable[AnyDraft]) -> list[AnyDraft]:
    """Each id once, at its first place: a planner that names an id again replaces what it said before."""
    return list({draft.id: draft for draft in drafts}.values())


def rerouted(wanted: Iterable[int], edges: Mapping[int, Sequence[int]], kept: Collection[int]) -> list[int]:
    """`wanted` with each id that is not kept replaced by what it depends on, as far as that is kept."""
    found: dict[int, None] = {}
    seen: set[int] = set()
    waiting = list(reversed(list(wanted)))
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        if number in kept:
            found[number] = None
        else:
            waiting.extend(reversed(edges.get(number, ())))
    return list(found)


def make_item(
    kind: Kind, key: str, title: str, lines: Sequence[str], draft: TaskDraft | None = None
) -> ProposalItem:
    source = draft.source_lines if draft is not None else None
    return ProposalItem(_SIGNS[kind] + key, key, title, kind, tuple(lines), source)


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for field in (*SHOWN_FIELDS, "dependencies"):
        old, new = before.get(field, ""), after.get(field, "")
        if old == new:
            continue
        lines += [f"- {field}: {line}" for line in old.splitlines()]
        lines += [f"+ {field}: {line}" for line in new.splitlines()]
    return lines


def task_texts(task: Task) -> dict[str, str]:
    return {
        "title": task.title,
        "description": task.description,
        "details": task.details,
        "testStrategy": task.test_strategy,
        "priority": task.priority,
    }


def removed_item(task: Task) -> ProposalItem:
    before = {**task_texts(task), "dependencies": ", ".join(task.written_dependencies)}
    lines = difference(before, {})
    if task.subtasks:
        lines.append(f"- subtasks: {len(task.subtasks)}")
    return make_item("removed", task.key, task.title, lines)


def _same_title(title: str) -> str:
    return " ".join(title.casefold().split())


class _PlanProposal(Proposal):
    def __init__(self, drafts: Sequence[TaskDraft], present: Sequence[Task], mode: Mode) -> None:
        self.present = present
        self.drafts = {draft.id: draft for draft in drafts}
        self.matches = _matches(drafts, present) if mode == "replace" else {}
        kept = present if mode == "append" else list(self.matches.values())
        self.numbers = self._number(kept, present if kept else ())
        self.item_of: dict[int, str] = {}
        items: list[ProposalItem] = []
        for draft in drafts:
            item = self._draft_item(draft)
            if item is not None:
                self.item_of[draft.id] = item.id
                items.append(item)
        if mode == "replace":
            matched = {task.key for task in self.matches.values()}
            items += [removed_item(task) for task in present if task.key not in matched]
        super().__init__(items)

    def _number(self, kept: Sequence[Task], taken: Sequence[Task]) -> dict[int, int]:
        """The id each new draft gets: as drafted where that is free, else behind all ids that are taken."""
        new = [number for number in self.drafts if number not in self.matches]
        keys = {task.key for task in kept}
        if not any(str(number) in keys for number in new) and not taken:
            return {number: number for number in new}
        start = 1 + max((int(key) for key in (task.key for task in taken) if key.isdecimal()), default=0)
        if new and min(new) >= start:
            start = min(new)
        return {number: start + offset for offset, number in enumerate(new)}

    def _draft_item(self, draft: TaskDraft) -> ProposalItem | None:
        after: dict[str, str] = draft.task_fields()
        task = self.matches.get(draft.id)
        if task is not None:
            lines = difference(task_texts(task), after)
            return make_item("changed", task.key, draft.title, lines, draft) if lines else None
        names = [self._name(number) for number in draft.dependencies]
        lines = difference({}, {**after, "dependencies": ", ".join(name for name in names if name)})
        return make_item("added", str(self.numbers[draft.id]), draft.title, lines, draft)

    def _name(self, number: int) -> str:
        """The id in the file that a draft's dependency means; empty when there is no such task."""
        if number in self.matches:
            return self.matches[number].key
        if number in self.numbers:
            return str(self.numbers[number])
        return str(number) if any(task.key == str(number) for task in self.present) else ""

    def _edits_for(self, accepted: set[str]) -> tuple[Edit, ...]:
        removals = [task for task in self.present if f"-{task.key}" in accepted]
        gone = {task.key for task in removals}
        staying = [task for task in self.present if task.key not in gone]
        added = [draft for draft in self.drafts.values() if self._is_added(draft.id, accepted)]
        numbers = self._free_numbers([draft.id for draft in added], staying)
        edits: list[Edit] = [RemoveTask(task.key) for task in removals]
        for number, task in self.matches.items():
            if f"~{task.key}" in accepted:
                edits += _field_edits(task, self.drafts[number])
        as_text = bool(staying) and all(isinstance(task.raw.get("id"), str) for task in staying)
        edges = {draft.id: draft.dependencies for draft in self.drafts.values()}
        keys = {number: task.key for number, task in self.matches.items()}
        keys |= {number: str(new) for number, new in numbers.items()}
        outside = {int(t.key): t.key for t in staying if t.key.isdecimal() and int(t.key) not in edges}
        for draft in added:
            wanted = rerouted(draft.dependencies, edges, {*keys, *outside})
            dependencies = [keys.get(number) or outside[number] for number in wanted if number != draft.id]
            edits.append(AddTask(_new_fields(draft, str(numbers[draft.id]), dependencies, as_text)))
        return tuple(edits)

    def _is_added(self, number: int, accepted: set[str]) -> bool:
        return number in self.numbers and self.item_of[number] in accepted

    def _free_numbers(self, wanted: Sequence[int], staying: Sequence[Task]) -> dict[int, int]:
        taken = {task.key for task in staying}
        if not any(str(self.numbers[number]) in taken for number in wanted):
            return {number: self.numbers[number] for number in wanted}
        start = 1 + max((int(key) for key in taken if key.isdecimal()), default=0)
        return {number: start + offset for offset, number in enumerate(wanted)}


def _matches(drafts: Sequence[TaskDraft], present: Sequence[Task]) -> dict[int, Task]:
    by_title: dict[str, Task] = {}
    for task in present:
        by_title.setdefault(_same_title(task.title), task)
    found: dict[int, Task] = {}
    for draft in drafts:
        task = by_title.pop(_same_title(draft.title), None)
        if task is not None:
            found[draft.id] = task
    return found


def _field_edits(task: Task, draft: TaskDraft) -> list[Edit]:
    before, after = task_texts(task), draft.task_fields()
    return [
        EditField(task.key, field, after[field]) for field in SHOWN_FIELDS if before[field] != after[field]
    ]


def _written(key: str, as_text: bool) -> int | str:
    return key if as_text or not key.isdecimal() else int(key)


def _new_fields(draft: TaskDraft, key: str, dependencies: Sequence[str], as_text: bool) -> dict[str, Any]:
    fields = draft.task_fields()
    return {
        "id": _written(key, as_text),
        **{name: fields[name] for name in ("title", "description", "details", "testStrategy", "priority")},
        "dependencies": [_written(name, as_text) for name in dependencies],
        "status": "pending",
        "subtasks": [],
    }


class _SubtaskProposal(Proposal):
    def __init__(self, parent: Task, drafts: Sequence[SubtaskDraft], replace: bool) -> None:
        self.parent = parent
        self.replace = replace
        self.drafts = {draft.id: draft for draft in drafts}
        self.numbers = self._free_numbers([*self.drafts], () if replace else parent.subtasks)
        items = [self._added(draft) for draft in drafts]
        if replace:
            items += [removed_item(subtask) for subtask in parent.subtasks]
        super().__init__(items)

    def _key(self, number: int) -> str:
        return f"{self.parent.key}.{self.numbers[number]}"

    def _added(self, draft: SubtaskDraft) -> ProposalItem:
        names = [str(self.numbers[number]) for number in draft.dependencies if number in self.numbers]
        lines = difference({}, {**draft.task_fields(), "dependencies": ", ".join(names)})
        return make_item("added", self._key(draft.id), draft.title, lines)

    @staticmethod
    def _free_numbers(wanted: Sequence[int], taken: Sequence[Task]) -> dict[int, int]:
        start = 1 + max((int(task.own_id) for task in taken if task.own_id.isdecimal()), default=0)
        return {number: start + offset for offset, number in enumerate(wanted)}

    def _edits_for(self, accepted: set[str]) -> tuple[Edit, ...]:
        staying = [task for task in self.parent.subtasks if f"-{task.key}" not in accepted]
        wanted = [number for number in self.drafts if f"+{self._key(number)}" in accepted]
        numbers = self._free_numbers(wanted, staying)
        edges = {draft.id: draft.dependencies for draft in self.drafts.values()}
        new: list[dict[str, Any]] = []
        for number in wanted:
            siblings = rerouted(edges[number], edges, numbers.keys())
            fields = self.drafts[number].task_fields()
            texts = {name: fields[name] for name in ("title", "description", "details")}
            new.append(
                {
                    "id": numbers[number],
                    **texts,
                    "status": "pending",
                    "dependencies": [numbers[sibling] for sibling in siblings if sibling != number],
                    "testStrategy": fields["testStrategy"],
                }
            )
        if self.replace and len(staying) < len(self.parent.subtasks):
            kept = [task.raw for task in staying]
            return (ReplaceSubtasks(self.parent.key, (*kept, *new)),)
        return tuple(AddSubtask(self.parent.key, fields) for fields in new)
