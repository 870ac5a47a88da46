"""What a PRD would change in the present tasks: new, changed, no longer asked for; what was done stays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from core.planning.planner import TaskDraft
from core.planning.prd_difference import PrdEdit
from core.planning.prd_matching import match_drafts
from core.planning.prd_places import without_places
from core.planning.prd_written import as_written
from core.planning.proposal import (
    SHOWN_FIELDS,
    Proposal,
    ProposalItem,
    difference,
    latest,
    make_item,
    removed_item,
    rerouted,
    task_texts,
)
from core.tasks.document import Tag
from core.tasks.edits import AddDependency, AddTask, Edit, EditField, RemoveDependency, RemoveTask
from core.tasks.graph import TaskGraph
from core.tasks.model import FINISHED, Task

ENDED = FINISHED | {"cancelled"}
"""Statuses of tasks that no plan touches unasked."""
_STARTED = ENDED | {"in-progress", "review"}
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")
_FROM_PRD = re.compile(r"^From the PRD, ", re.MULTILINE)


def prd_changes(
    drafts: Sequence[TaskDraft], tag: Tag | None, *, prd: str | None = None, before: str | None = None
) -> PrdChanges:
    """The difference between a plan of the whole PRD and the tasks of `tag`.

    A draft is matched with the present task it is about by title, words and lines, one to one; that task
    keeps its id, status and subtasks. With `prd` and `before` (the text the present tasks came from) only
    work whose lines were touched changes its texts, so that what people wrote into tasks, and what a
    model only words otherwise, stays.
    """
    present = tag.tasks if tag is not None else ()
    edit = PrdEdit(before, prd) if present and prd is not None and before is not None else None
    if edit is not None and not edit.related:
        edit = None  # the tasks came from another document
    return PrdChanges([d for d in latest(drafts) if d.title.strip()], tag, edit)


class PrdChanges(Proposal):
    """A proposal of which `default_accepted` is what nobody needs to think about.

    Left out of that are removals of work that was begun or that may not come from the PRD, changes of what
    is done or cancelled, texts that may be somebody's own, and tasks that were left out or removed before.
    """

    def __init__(self, drafts: Sequence[TaskDraft], tag: Tag | None, edit: PrdEdit | None) -> None:
        self.present: Sequence[Task] = tag.tasks if tag is not None else ()
        self.graph_edges: Mapping[str, Sequence[str]] = TaskGraph(tag).edges if tag is not None else {}
        self.drafts = {draft.id: draft for draft in drafts}
        self.edit = edit
        self.matches = match_drafts(drafts, self.present)
        taken = {*self.graph_edges, *(d for task in self.present for d in task.written_dependencies)}
        self.numbers = _number([d.id for d in drafts if d.id not in self.matches], taken)
        self._key_of = {str(number): str(new) for number, new in self.numbers.items()}
        items: list[ProposalItem] = []
        self._texts: dict[str, dict[str, str]] = {}
        self._links: dict[str, tuple[list[str], list[str]]] = {}
        accepted: set[str] = set()
        for draft in drafts:
            item, wanted = self._draft_item(draft)
            items += [item] if item else []
            accepted |= {item.id} if item and wanted else set()
        matched = {task.key for task in self.matches.values()}
        for task in self.present:
            if task.key not in matched and task.status != "cancelled":
                item = self._no_longer(task)
                items.append(item)
                accepted |= {item.id} if self._may_go(task) else set()
        super().__init__(items)
        self.default_accepted = frozenset(accepted)
        """The ids of the items that are ticked before a person looks."""

    def settled(self, accepted: Collection[str]) -> bool:
        """Whether the tasks follow the PRD when these items are taken; only work that is gone may be left."""
        return all(item.id in accepted for item in self.items if item.kind == "changed")

    def written(self, accepted: Collection[str]) -> tuple[ProposalItem, ...]:
        """The accepted items as they are written, whatever they would depend on that is left out."""
        taken = [item for item in self.items if item.id in accepted]
        return as_written(taken, self.edits(accepted))

    # Items

    def _draft_item(self, draft: TaskDraft) -> tuple[ProposalItem | None, bool]:
        touched = self.edit is None or self.edit.touches(draft)
        task = self.matches.get(draft.id)
        if task is None:
            fields = {**draft.task_fields(), "dependencies": ", ".join(self._needs(draft))}
            lines = difference({}, fields)
            if not touched:
                lines.append("  its lines of the PRD did not change: it was left out or removed before")
            return make_item("added", str(self.numbers[draft.id]), draft.title, lines, draft), touched
        texts = _changed_texts(task, draft) if touched else {}
        new, gone = self._changed_links(task, draft, touched)
        if not (texts or new or gone):
            return None, False
        self._texts[task.key], self._links[task.key] = texts, (new, gone)
        lines = _text_lines(task, texts)
        lines += [f"- dependencies: {key}" for key in gone] + [f"+ dependencies: {key}" for key in new]
        known = self.edit is not None or not texts or _cites_prd(task)
        if not known:
            lines.append("  nothing shows that its text came from the PRD: look before you take it")
        if task.status != "pending":
            lines.append(f"  its status stays {task.status}")
        if task.subtasks:
            lines.append(f"  its {len(task.subtasks)} subtasks stay")
        item = make_item("changed", task.key, texts.get("title", task.title), lines, draft)
        return item, known and task.status not in ENDED

    def _no_longer(self, task: Task) -> ProposalItem:
        item = removed_item(task)
        lines = ["  the PRD does not ask for it any more"]
        if task.status != "pending":
            lines.append(f"  it is {task.status}: keep it, or take it to remove it")
        elif not self._from_prd(task):
            lines.append("  nothing shows that it came from the PRD: keep it, or take it to remove it")
        return make_item("removed", item.key, item.title, [*lines, *item.lines])

    def _may_go(self, task: Task) -> bool:
        begun = any(below.status != "pending" for below in task.walk())
        return not begun and self._from_prd(task)

    def _from_prd(self, task: Task) -> bool:
        return _cites_prd(task) or (self.edit is not None and self.edit.took_out(task))

    # Dependencies

    def _needs(self, draft: TaskDraft) -> list[str]:
        """The keys a draft depends on, those it would get for new tasks."""
        keys = (self._meant(number) for number in draft.dependencies if number != draft.id)
        return list(dict.fromkeys(key for key in keys if key))

    def _meant(self, number: int) -> str:
        """The key that a draft's dependency names; empty where there is none that a file can write."""
        task = self.matches.get(number)
        if task is not None:
            return task.key if task.key == task.own_id else ""
        if number in self.numbers:
            return str(self.numbers[number])
        key = str(number)
        return key if any(task.key == task.own_id == key for task in self.present) else ""

    def _changed_links(self, task: Task, draft: TaskDraft, touched: bool) -> tuple[list[str], list[str]]:
        """Dependencies to add to and to remove from a present task; what nobody planned stays."""
        if task.status in ENDED:
            return [], []
        present = self.graph_edges.get(task.key, ())
        needs = [key for key in self._needs(draft) if key != task.key]
        new = [key for key in needs if key not in present]
        if not touched:
            return [key for key in new if key in self._key_of.values()], []
        planned = {other.key for other in self.matches.values()}
        return new, [key for key in present if key in planned and key not in needs]

    # Edits

    def _edits_for(self, accepted: set[str]) -> tuple[Edit, ...]:
        going = [task for task in self.present if f"-{task.key}" in accepted]
        gone = {below.key for task in going for below in task.walk()}
        changed = [task for task in self.matches.values() if f"~{task.key}" in accepted]
        added = [d for d in self.drafts.values() if f"+{self.numbers.get(d.id, '')}" in accepted]
        links = _Links({key: [t for t in to if t not in gone] for key, to in self.graph_edges.items()
                        if key not in gone})  # fmt: skip
        edits: list[Edit] = []
        for task in changed:
            edits += [EditField(task.key, name, value) for name, value in self._texts[task.key].items()]
            for key in self._links[task.key][1]:
                links.remove(task.key, key)
                edits.append(RemoveDependency(task.key, key))
        edits += [RemoveTask(task.key) for task in going]
        names = self._names(added, gone)
        more = [edit for task in changed for edit in self._added_links(task, names, links)]
        edits += [AddTask(self._fields(draft, names, links)) for draft in added]
        return (*edits, *more)

    def _names(self, added: Sequence[TaskDraft], gone: Collection[str]) -> dict[int, str]:
        """Draft id, or id of a present task, -> the key it has when the edits are done."""
        keys = {int(task.key): task.key for task in self.present
                if task.key == task.own_id and _NUMBER.fullmatch(task.key) and task.key not in gone
                and int(task.key) not in self.drafts}  # fmt: skip
        keys |= {n: task.key for n, task in self.matches.items() if task.key == task.own_id}
        return keys | {draft.id: str(self.numbers[draft.id]) for draft in added}

    def _fields(self, draft: TaskDraft, names: Mapping[int, str], links: _Links) -> dict[str, Any]:
        key = str(self.numbers[draft.id])
        edges = {number: other.dependencies for number, other in self.drafts.items()}
        named = {names[number] for number in draft.dependencies if number in names}
        needs = dict.fromkeys(names[number] for number in rerouted(draft.dependencies, edges, names))
        made = {need for need in sorted(needs, key=lambda need: need not in named)
                if links.add(key, need, spare=need not in named)}  # fmt: skip
        kept = [need for need in needs if need in made]
        return {
            "id": int(key),
            **draft.task_fields(),
            "dependencies": [int(need) if _NUMBER.fullmatch(need) else need for need in kept],
            "status": "pending",
            "subtasks": [],
        }

    def _added_links(self, task: Task, names: Mapping[int, str], links: _Links) -> list[Edit]:
        """New dependencies of a present task; a draft that is left out is replaced by what it needs."""
        edges = {number: other.dependencies for number, other in self.drafts.items()}
        wanted = self._links[task.key][0]
        edits: list[Edit] = []
        for number in self._draft_of(task).dependencies:
            if self._meant(number) in wanted:
                keys = [names[found] for found in rerouted([number], edges, names)]
                spare = number not in names
                edits += [
                    AddDependency(task.key, key) for key in keys if links.add(task.key, key, spare=spare)
                ]
        return edits

    def _draft_of(self, task: Task) -> TaskDraft:
        return next(self.drafts[number] for number, other in self.matches.items() if other is task)


def _number(new: Iterable[int], taken: Collection[str]) -> dict[int, int]:
    """Ids for new tasks: behind all that are there, and none that a dangling dependency names."""
    following = 1 + max((int(key) for key in taken if _NUMBER.fullmatch(key)), default=0)
    return {number: following + at for at, number in enumerate(new)}


def _cites_prd(task: Task) -> bool:
    """Whether the details say which lines of a PRD they come from, as the planner without a model does."""
    return _FROM_PRD.search(task.details) is not None


def _changed_texts(task: Task, draft: TaskDraft) -> dict[str, str]:
    """The fields that say something else now. What the planner leaves empty stays as it is."""
    before, after = task_texts(task), draft.task_fields()
    return {
        name: after[name]
        for name in SHOWN_FIELDS
        if after[name].strip()
        and _compared(before[name]) != _compared(after[name])
        and not isinstance(task.raw.get(name), (list, dict))
        and not (name == "priority" and not before[name] and after[name] == "medium")
    }


def _compared(text: str) -> str:
    return " ".join(without_places(text).split())


def _text_lines(task: Task, texts: Mapping[str, str]) -> list[str]:
    """The lines that differ, field by field; lines that only cite another place do not."""
    before = task_texts(task)
    lines: list[str] = []
    for name, text in texts.items():
        old, new = before[name].splitlines(), text.splitlines()
        lines += [f"- {name}: {line}" for line in _only_in(old, new)]
        lines += [f"+ {name}: {line}" for line in _only_in(new, old)]
    return lines


def _only_in(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    left = Counter(map(_compared, others))
    found: list[str] = []
    for line in lines:
        plain = _compared(line)
        if left[plain] > 0:
            left[plain] -= 1
        elif plain:
            found.append(line)
    return found


class _Links:
    """The dependencies there will be; none is added that closes a cycle."""

    def __init__(self, edges: Mapping[str, Sequence[str]]) -> None:
        self.edges = {key: list(to) for key, to in edges.items()}

    def remove(self, key: str, target: str) -> None:
        self.edges[key] = [to for to in self.edges.get(key, ()) if to != target]

    def add(self, key: str, target: str, *, spare: bool = False) -> bool:
        """Whether it was added: False for one that is there, or that would close a cycle.

        A `spare` one stands for a task that is left out: it is not needed where its target is reached.
        """
        present = self.edges.setdefault(key, [])
        if target in present or self._reaches(target, key) or (spare and self._reaches(key, target)):
            return False
        present.append(target)
        return True

    def _reaches(self, start: str, end: str) -> bool:
        seen = {start}
        waiting = [start]
        while waiting:
            at = waiting.pop()
            if at == end:
                return True
            following = [to for to in self.edges.get(at, ()) if to not in seen]
            seen.update(following)
            waiting += following
        return False
