"""Tasks and subtasks as drafts, from the items of a model's answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.planning.asking.numbered import NumberedCollector
from core.planning.asking.schemas import SubtaskItem, SubtasksAnswer, TaskItem, TasksAnswer
from core.planning.events import StartedAgain, SubtaskBegun
from core.planning.planner import (
    PlannerEvent,
    Problem,
    SubtaskComplete,
    SubtaskDraft,
    TaskBegun,
    TaskComplete,
    TaskDraft,
)


class TaskCollector(NumberedCollector[TaskItem]):
    """The tasks of a plan. `prd_lines` is how many lines the PRD has."""

    list_name = "tasks"
    answer = TasksAnswer

    def __init__(self, start: int, existing: Collection[int], count: int | None, prd_lines: int) -> None:
        super().__init__(TaskItem, start, existing, count)
        self._prd_lines = prd_lines

    @classmethod
    def one(cls, number: int, existing: Collection[int]) -> TaskCollector:
        """For a single task, of this number."""
        collector = cls(number, existing, None, 0)
        collector._limit = 1
        return collector

    def event(self, number: int, item: TaskItem, dependencies: list[int]) -> PlannerEvent:
        return TaskComplete(
            TaskDraft(
                id=number,
                title=item.title,
                description=item.description,
                details=self.with_sources(item),
                test_strategy=item.test_strategy,
                priority=item.priority,
                dependencies=dependencies,
                source_lines=self._lines(item.source_lines),
            )
        )

    def _lines(self, lines: Sequence[int]) -> tuple[int, int] | None:
        if len(lines) != 2 or not 1 <= lines[0] <= lines[1] <= self._prd_lines:
            return None
        return lines[0], lines[1]


class SubtaskCollector(NumberedCollector[SubtaskItem]):
    """The subtasks of one task, numbered from 1 among themselves."""

    list_name = "subtasks"
    answer = SubtasksAnswer
    noun = "subtask"

    def __init__(self, parent_key: str, count: int | None) -> None:
        super().__init__(SubtaskItem, 1, (), count)
        self._parent_key = parent_key
        self.of = f" for task {parent_key}"

    def event(self, number: int, item: SubtaskItem, dependencies: list[int]) -> PlannerEvent:
        draft = SubtaskDraft(
            id=number,
            title=item.title,
            description=item.description,
            details=self.with_sources(item),
            dependencies=dependencies,
            test_strategy=item.test_strategy,
        )
        return SubtaskComplete(self._parent_key, draft)

    def begun_event(self, number: int, title: str) -> TaskBegun:
        return SubtaskBegun(number, title, self._parent_key)

    def restarted(self, text: str) -> Problem:
        return StartedAgain(text, self._parent_key)
