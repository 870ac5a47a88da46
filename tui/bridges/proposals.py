"""What a planner has said so far, as rows to show and to take or leave, and in the end as edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from core.plain_text import plural
from core.planning import planner as planned
from core.planning.events import StartedAgain, SubtaskBegun
from core.planning.expand_all import Expansion
from core.planning.gather import Gathered
from core.planning.proposal import Mode, Proposal, ProposalItem, plan_proposal, subtask_proposal

if TYPE_CHECKING:
    from core.planning.planner import PlannerEvent, SubtaskDraft
    from core.planning.prd_changes import PrdChanges
    from core.tasks.complexity import ComplexityReport, Score
    from core.tasks.document import Tag
    from core.tasks.edits import Edit
    from core.tasks.model import Task


_OF = 22
"""The title of a parent beside its subtasks takes at most so many characters."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a proposal. One that is not `whole` is still being made and cannot be taken."""

    id: str
    sign: str
    key: str
    title: str
    lines: tuple[str, ...] = ()
    whole: bool = True
    note: str = ""
    source: str = ""
    """The lines of the PRD it comes from, with their numbers."""


class Draft(Protocol):
    """A result that is growing. `partial` says whether a part of it is worth having without the rest."""

    partial: bool

    @property
    def summary(self) -> str: ...

    @property
    def problems(self) -> Sequence[str]: ...

    def take(self, event: PlannerEvent | Expansion) -> None: ...

    def finish(self) -> None:
        """The planner came to its end; may take a while, so it is called in a thread."""
        ...

    def end(self) -> None:
        """No more will come: what is not whole now never will be."""
        ...

    def stop(self) -> None:
        """Somebody stopped the planner: what came is all there will be."""
        ...

    def rows(self) -> Sequence[Row]: ...

    def unticked(self) -> set[str]:
        """The ids that nobody takes without having looked."""
        ...

    def edits(self, accepted: set[str]) -> Sequence[Edit]: ...


class _Events:
    """What all drafts keep: everything the planner said, and what it is at."""

    partial = False

    def __init__(self) -> None:
        self.gathered = Gathered()
        self.ended = False
        self.stopped = False
        self.begun: dict[str, tuple[int, str]] = {}
        """The item that is arriving, by the task it belongs to: its number and the beginning of its title."""

    @property
    def summary(self) -> str:
        return self.gathered.done.summary if self.gathered.done else ""

    @property
    def problems(self) -> Sequence[str]:
        return self.gathered.problems

    def take(self, event: PlannerEvent | Expansion) -> None:
        if isinstance(event, Expansion):
            self.take_expansion(event)
            return
        match event:
            case planned.TaskBegun(id=number, title=title):
                self.begun[event.parent_key if isinstance(event, SubtaskBegun) else ""] = (number, title)
            case planned.TaskComplete():
                self.begun.pop("", None)
            case planned.SubtaskComplete(parent_key=key):
                self.begun.pop(key, None)
            case StartedAgain(parent_key=key):
                self.begun.pop(key, None)
            case _:
                pass
        self.gathered.take(event)

    def take_expansion(self, expansion: Expansion) -> None:
        """The subtasks of one task are whole."""

    def finish(self) -> None:
        pass

    def end(self) -> None:
        self.ended = True
        self.begun.clear()

    def stop(self) -> None:
        self.stopped = True
        self.end()

    def unticked(self) -> set[str]:
        return set()

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return ()


def _short(title: str) -> str:
    """A title for a column beside the one that matters."""
    return title if len(title) <= _OF else title[: _OF - 1].rstrip() + "…"


def _moved(before: Proposal, after: Proposal, accepted: set[str]) -> set[str]:
    """The ids in `after` of what was accepted in `before`: new items may have got other numbers meanwhile."""
    waiting: dict[str, list[str]] = {}
    for item in after.items:
        if item.kind == "added":
            waiting.setdefault(item.title, []).append(item.id)
    names: dict[str, str] = {}
    for item in before.items:
        if item.kind == "added":
            found = waiting.get(item.title)
            names[item.id] = found.pop(0) if found else ""
    return {names.get(id, id) for id in accepted}


def _row(item: ProposalItem, prd: Sequence[str] = ()) -> Row:
    source = ""
    if item.source_lines and prd:
        first, last = item.source_lines
        shown = range(first, min(last, first + 14, len(prd)) + 1)
        source = "\n".join(f"{number:>4}  {prd[number - 1]}" for number in shown)
    note = ""
    if item.source_lines:
        first, last = item.source_lines
        note = f"PRD {first}" if first == last else f"PRD {first}–{last}"
    return Row(item.id, item.id[:1], item.key, item.title, item.lines, note=note, source=source)


class PlanDraft(_Events):
    """Tasks from a PRD beside those the tag has. A plan that broke off is none; a stopped one is half."""

    def __init__(self, tag: Tag, mode: Mode, prd: str) -> None:
        super().__init__()
        self.tag = tag
        self.mode: Mode = mode
        self.prd = prd.splitlines()

    @property
    def failed(self) -> bool:
        """Whether the planner stopped before its end."""
        return self.ended and self.gathered.done is None and not self.stopped

    @property
    def whole(self) -> bool:
        """Whether the planner came to its end."""
        return self.gathered.done is not None

    @property
    def problems(self) -> Sequence[str]:
        words = ["The plan is not whole: what was still to come is not in it."] if self.stopped else []
        return [*super().problems, *words]

    def stop(self) -> None:
        super().stop()
        self.partial = True

    def proposal(self) -> Proposal:
        return plan_proposal(list(self.gathered.tasks.values()), self.tag, self.mode)

    def rows(self) -> Sequence[Row]:
        # What is missing may still come: only the end can say what would be removed.
        items = [item for item in self.proposal().items if self.gathered.done or item.kind != "removed"]
        rows = [_row(item, self.prd) for item in items]
        if self.failed:
            return [replace(row, whole=False) for row in rows]
        return [*rows, *self._unfinished()]

    def _unfinished(self) -> list[Row]:
        return [
            Row(f"…{number}", "…", "", title, whole=False)
            for number, title in self.begun.values()
            if number not in self.gathered.tasks
        ]

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return self.proposal().edits(accepted)

    def edits_on(self, tag: Tag, accepted: set[str]) -> Sequence[Edit]:
        """The edits to the tasks as they are by now, when others may have changed them."""
        before, self.tag = self.proposal(), tag
        self.finish()
        after = self.proposal()
        return after.edits(_moved(before, after, accepted))


class ChangesDraft(PlanDraft):
    """What the PRD would change in the present tasks; known only when the plan is whole."""

    def __init__(self, tag: Tag, prd: str, before: str | None) -> None:
        super().__init__(tag, "append", prd)
        self.text = prd
        self.before = before
        self.left: set[str] = set()
        self._changes: PrdChanges | None = None

    def stop(self) -> None:
        super().stop()
        self.partial = False

    def finish(self) -> None:
        from core.planning.prd_changes import prd_changes

        drafts = list(self.gathered.tasks.values())
        changes = prd_changes(drafts, self.tag, prd=self.text, before=self.before)
        self.left = {item.id for item in changes.items} - changes.default_accepted
        self._changes = changes

    @property
    def summary(self) -> str:
        if self._changes is not None and not self._changes.items:
            return "The tasks follow this PRD already: nothing would change."
        return super().summary

    def settled(self, accepted: set[str]) -> bool:
        """Whether the tasks follow the PRD when these items are taken."""
        return self._changes is not None and self._changes.settled(accepted)

    def proposal(self) -> Proposal:
        return self._changes or Proposal([])

    def rows(self) -> Sequence[Row]:
        if self._changes is not None:
            return [_row(item, self.prd) for item in self._changes.items]
        planned_rows = [
            Row(f"…{draft.id}", "·", "", draft.title, whole=False) for draft in self.gathered.tasks.values()
        ]
        return [*planned_rows, *self._unfinished()]

    def unticked(self) -> set[str]:
        return self.left


class SubtaskDrafts(_Events):
    """Subtasks of one or several tasks. Those of each task are taken only when they are whole."""

    partial = True

    def __init__(self, tasks: Sequence[Task], *, replace: bool) -> None:
        super().__init__()
        self.replace = replace
        self.tasks = {task.key: task for task in tasks}
        self.expanded: dict[str, Proposal] = {}
        self.drafts: dict[str, Sequence[SubtaskDraft]] = {}

    def take_expansion(self, expansion: Expansion) -> None:
        task = self.tasks[expansion.parent_key]
        self.begun.pop(task.key, None)
        self.drafts[task.key] = expansion.drafts
        self.expanded[task.key] = subtask_proposal(task, expansion.drafts, replace=self.replace)

    @property
    def summary(self) -> str:
        if self.gathered.done is None:
            return ""
        count = sum(map(len, self.gathered.subtasks.values()))
        return f"{plural(count, 'subtask')} for {plural(len(self.expanded), 'task')}."

    def rows(self) -> Sequence[Row]:
        return [row for task in self.tasks.values() for row in self._rows_of(task)]

    def _rows_of(self, task: Task) -> list[Row]:
        if task.key in self.expanded:
            of = _short(task.title) if len(self.tasks) > 1 else ""
            return [replace(_row(item), note=of) for item in self.expanded[task.key].items]
        if self.ended:
            return []
        rows = [
            Row(f"…{task.key}.{draft.id}", "…", task.key, draft.title, whole=False)
            for draft in self.gathered.subtasks.get(task.key, {}).values()
        ]
        if task.key in self.begun:
            number, title = self.begun[task.key]
            rows.append(Row(f"…{task.key}.{number}", "…", task.key, title, whole=False))
        return rows or [Row(f"…{task.key}", "…", task.key, task.title, whole=False)]

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return [edit for proposal in self.expanded.values() for edit in proposal.edits(accepted)]

    def edits_on(self, tag: Tag, accepted: set[str]) -> Sequence[Edit]:
        """The edits to the tasks as they are by now; a task that was removed meanwhile gets none."""
        edits: list[Edit] = []
        for key, before in self.expanded.items():
            task = tag.nodes.get(key)
            if task is not None:
                after = subtask_proposal(task, self.drafts[key], replace=self.replace)
                edits += after.edits(_moved(before, after, accepted))
        return edits


class ScoreDrafts(_Events):
    """Scores beside those of the report; they become a report, not edits. Each is whole by itself."""

    partial = True

    def __init__(self, report: ComplexityReport | None, tasks: Sequence[Task] = ()) -> None:
        super().__init__()
        self.present: Mapping[str, Score] = report.scores if report else {}
        self.tasks = tasks

    def rows(self) -> Sequence[Row]:
        scores = self.gathered.scores
        rows = [self._row(score) for score in scores.values()]
        if self.ended:
            return rows
        waiting = [task for task in self.tasks if task.key not in scores]
        return [*rows, *(Row(f"…{task.key}", "…", task.key, task.title, whole=False) for task in waiting)]

    def _row(self, new: planned.ScoreDraft) -> Row:
        old = self.present.get(new.task_id)
        note = f"{new.score:g}, {plural(new.recommended, 'subtask')}"
        lines = [f"+ score: {new.score:g}", f"+ subtasks recommended: {new.recommended}"]
        if old is not None:
            note = f"{old.score:g} → {note}" if old.score != new.score else note
            lines = [f"- score: {old.score:g}", f"- subtasks recommended: {old.recommended}", *lines]
        lines += ["", *(f"  {line}" for line in new.reasoning.splitlines())]
        return Row(f"={new.task_id}", "~" if old else "+", new.task_id, new.title, tuple(lines), note=note)

    def taken(self, accepted: set[str]) -> list[Score]:
        """The scores to save."""
        from core.tasks.complexity import Score

        return [
            Score(new.task_id, new.title, new.score, new.recommended, new.prompt, new.reasoning)
            for new in self.gathered.scores.values()
            if f"={new.task_id}" in accepted
        ]
