"""What a planner has said so far, as rows to show and to take or leave, and in the end as edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.planning import planner as planned
from core.planning.proposal import Mode, Proposal, ProposalItem, plan_proposal, subtask_proposal

if TYPE_CHECKING:
    from core.planning.planner import PlannerEvent
    from core.tasks.complexity import ComplexityReport, Score
    from core.tasks.document import Tag
    from core.tasks.edits import Edit
    from core.tasks.model import Task


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
    """A result that is growing."""

    summary: str
    problems: list[str]
    dollars: float

    def take(self, event: PlannerEvent) -> None: ...

    def rows(self) -> Sequence[Row]: ...

    def edits(self, accepted: set[str]) -> Sequence[Edit]: ...


class _Events:
    """What all drafts keep: the last words of the planner, problems, and what is being worked on."""

    def __init__(self) -> None:
        self.summary = ""
        self.problems: list[str] = []
        self.begun: dict[int, str] = {}
        self.dollars = 0.0

    def take(self, event: PlannerEvent) -> None:
        match event:
            case planned.TaskBegun(id=number, title=title):
                self.begun[number] = title
            case planned.Problem(text=text):
                self.problems.append(text)
            case planned.Done(summary=summary):
                self.take_summary(summary)
            case planned.Usage(dollars=dollars):
                self.dollars += dollars or 0.0
            case _:
                self.take_result(event)

    def take_summary(self, summary: str) -> None:
        self.summary = summary

    def take_result(self, event: PlannerEvent) -> None:
        raise NotImplementedError

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return ()


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
    """Tasks from a PRD beside those the tag has."""

    def __init__(self, tag: Tag, mode: Mode, prd: str) -> None:
        super().__init__()
        self.tag = tag
        self.mode: Mode = mode
        self.prd = prd.splitlines()
        self.drafts: list[planned.TaskDraft] = []

    def take_result(self, event: PlannerEvent) -> None:
        if isinstance(event, planned.TaskComplete):
            self.drafts.append(event.draft)
            self.begun.pop(event.draft.id, None)

    def proposal(self) -> Proposal:
        return plan_proposal(self.drafts, self.tag, self.mode)

    def rows(self) -> Sequence[Row]:
        items = self.proposal().items
        if not self.summary:
            # What is missing may still come: only the end can say what would be removed.
            items = tuple(item for item in items if item.kind != "removed")
        rows = [_row(item, self.prd) for item in items]
        rows += [Row(f"…{number}", "…", "", title, whole=False) for number, title in self.begun.items()]
        return rows

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return self.proposal().edits(accepted)


class SubtaskDrafts(_Events):
    """Subtasks of one or several tasks."""

    def __init__(self, tasks: Sequence[Task], *, replace: bool) -> None:
        super().__init__()
        self.replace = replace
        self.tasks = {task.key: task for task in tasks}
        self.drafts: dict[str, list[planned.SubtaskDraft]] = {}
        self.done = 0

    def take_result(self, event: PlannerEvent) -> None:
        if isinstance(event, planned.SubtaskComplete):
            self.drafts.setdefault(event.parent_key, []).append(event.draft)

    def take_summary(self, summary: str) -> None:
        self.done += 1
        count = sum(map(len, self.drafts.values()))
        self.summary = f"{count} subtasks for {len(self.drafts)} tasks" if self.done > 1 else summary

    def _proposals(self) -> list[Proposal]:
        return [
            subtask_proposal(self.tasks[key], drafts, replace=self.replace)
            for key, drafts in self.drafts.items()
        ]

    def rows(self) -> Sequence[Row]:
        rows: list[Row] = []
        for proposal in self._proposals():
            rows += [_row(item) for item in proposal.items]
        missing = [task for key, task in self.tasks.items() if key not in self.drafts]
        if self.done < len(self.tasks):
            rows += [Row(f"…{task.key}", "…", task.key, task.title, whole=False) for task in missing]
        return rows

    def edits(self, accepted: set[str]) -> Sequence[Edit]:
        return [edit for proposal in self._proposals() for edit in proposal.edits(accepted)]


class ScoreDrafts(_Events):
    """Scores beside those of the report; they become a report, not edits."""

    def __init__(self, report: ComplexityReport | None) -> None:
        super().__init__()
        self.present: Mapping[str, Score] = report.scores if report else {}
        self.scores: dict[str, planned.ScoreDraft] = {}

    def take_result(self, event: PlannerEvent) -> None:
        if isinstance(event, planned.ScoreComplete):
            self.scores[event.score.task_id] = event.score

    def rows(self) -> Sequence[Row]:
        return [self._row(score) for score in self.scores.values()]

    def _row(self, new: planned.ScoreDraft) -> Row:
        old = self.present.get(new.task_id)
        note = f"{new.score:g}, {new.recommended} subtasks"
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
            for new in self.scores.values()
            if f"={new.task_id}" in accepted
        ]
