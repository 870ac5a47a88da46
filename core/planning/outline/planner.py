"""The planner that needs no model: rules read the PRD, the same answer every time, and say what they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.plain_text import shorten
from core.planning.outline.prd_skeleton import prd_pieces
from core.planning.outline.scores import OPEN, score_task, waiting_counts
from core.planning.outline.subtasks import divide
from core.planning.outline.tasks import outline_prd
from core.planning.planner import (
    Done,
    PlannerEvent,
    Problem,
    ScoreComplete,
    SubtaskComplete,
    TaskBegun,
    TaskComplete,
    TaskDraft,
    TextDelta,
)
from core.tasks.model import Task

if TYPE_CHECKING:
    from core.tasks.complexity import Score

NAME = "outline, no model"
_LONGEST_TITLE = 80


class OutlinePlanner:
    """Planner by rules. It never guesses beyond the text, and gives the same result for the same input."""

    name = NAME

    async def plan(
        self, prd: str, *, count: int | None = None, existing: Sequence[Task] = ()
    ) -> AsyncIterator[PlannerEvent]:
        """Tasks from a PRD; ids go on from those of `existing`.

        Raises TaskdeckError for a PRD without work in it, UsageError for a count below 1.
        """
        _check(count)
        first = 1 + max((int(task.key) for task in existing if task.key.isdecimal()), default=0)
        outline = await asyncio.to_thread(outline_prd, prd, count, first)
        for problem in outline.problems:
            yield Problem(problem)
        known = {task.title.casefold() for task in existing}
        twins = [draft.title for draft in outline.drafts if draft.title.casefold() in known]
        if twins:
            yield Problem(f'{len(twins)} of these tasks are in the plan already, such as "{twins[0]}".')
        for draft in outline.drafts:
            yield TaskBegun(draft.id, draft.title)
            await asyncio.sleep(0)
            yield TaskComplete(draft)
        yield Done(outline.summary)

    async def analyse(self, tasks: Sequence[Task]) -> AsyncIterator[PlannerEvent]:
        """Scores for the open ones among `tasks`."""
        waiting = waiting_counts(tasks)
        scored = 0
        for task in tasks:
            if task.status not in OPEN:
                continue
            score = await asyncio.to_thread(score_task, task, waiting.get(task.key, 0))
            scored += 1
            yield ScoreComplete(score)
        left = len(tasks) - scored
        yield Done(f"{scored} open tasks scored" + (f", {left} others left as they are." if left else "."))

    async def expand(
        self, task: Task, *, count: int | None = None, prompt: str = "", score: Score | None = None
    ) -> AsyncIterator[PlannerEvent]:
        """Subtasks of one task. Raises UsageError for a count below 1."""
        _check(count)
        drafts = await asyncio.to_thread(divide, task, count, prompt, score)
        for draft in drafts:
            await asyncio.sleep(0)
            yield SubtaskComplete(task.key, draft)
        if count is not None and len(drafts) != count:
            yield Problem(
                f"{count} subtasks were asked for; the text of task {task.key} holds {len(drafts)}."
            )
        yield Done(f"{len(drafts)} subtasks for task {task.key}.")

    async def draft_prd(self, idea: str) -> AsyncIterator[PlannerEvent]:
        """A skeleton with questions. Raises UsageError without an idea."""
        if not idea.strip():
            raise UsageError(
                "There is no idea to write a PRD for.", "Say in a sentence what should be built."
            )
        for piece in prd_pieces(idea):
            await asyncio.sleep(0)
            yield TextDelta(piece)
        yield Done("A skeleton with questions to answer; rules wrote it, no model.")

    async def redraft(
        self, prd: str, section: str, wish: str, *, idea: str = ""
    ) -> AsyncIterator[PlannerEvent]:
        """Raises UsageError: the same rules would find the same words."""
        raise UsageError("Rules would write the same again.", "Edit the section by hand.")
        yield  # what makes it a stream

    async def add_task(self, wish: str, existing: Sequence[Task]) -> AsyncIterator[PlannerEvent]:
        """A task whose title is the beginning of the wish. Raises UsageError without one."""
        text = _wish(wish)
        number = 1 + max((int(task.key) for task in existing if task.key.isdecimal()), default=0)
        title = shorten(text.splitlines()[0].split(". ")[0].rstrip("."), _LONGEST_TITLE)
        yield TaskComplete(TaskDraft(id=number, title=title, description=text))
        yield Done("One task in your own words.")

    async def revise(self, task: Task, wish: str, existing: Sequence[Task]) -> AsyncIterator[PlannerEvent]:
        """The task with the wish below its details. Raises UsageError without one."""
        details = f"{task.details}\n\n{_wish(wish)}".strip()
        yield Problem("Rules cannot rewrite a task: your words were put below its details.")
        yield TaskComplete(
            TaskDraft(
                id=int(task.own_id) if task.own_id.isdecimal() else 0,
                title=task.title,
                description=task.description,
                details=details,
                test_strategy=task.test_strategy,
                priority=task.priority,
                dependencies=[int(key) for key in task.written_dependencies if key.isdecimal()],
            )
        )
        yield Done(f"{task.key} with your own words.")

    async def note(self, task: Task, wish: str) -> AsyncIterator[PlannerEvent]:
        """The wish as it is. Raises UsageError without one."""
        yield TextDelta(_wish(wish))
        yield Done(f"A note for {task.key} in your own words.")


def _wish(wish: str) -> str:
    if not wish.strip():
        raise UsageError("Nothing was asked for.", "Say in a sentence what should change.")
    return wish.strip()


def _check(count: int | None) -> None:
    if count is not None and count < 1:
        raise UsageError(f"A plan cannot have {count} parts.", "Give a number from 1 on, or leave it out.")
