"""Keeps what a planner's events add up to, with later ones in place of earlier ones of the same id."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.planning.events import StartedAgain
from core.planning.planner import (
    Done,
    PlannerEvent,
    Problem,
    ScoreComplete,
    ScoreDraft,
    SubtaskComplete,
    SubtaskDraft,
    TaskComplete,
    TaskDraft,
    TextDelta,
    Usage,
)


@dataclass
class Gathered:
    """Hand every event to `take`; while `done` is None the work is not whole and must not be saved."""

    tasks: dict[int, TaskDraft] = field(default_factory=dict[int, TaskDraft])
    scores: dict[str, ScoreDraft] = field(default_factory=dict[str, ScoreDraft])
    subtasks: dict[str, dict[int, SubtaskDraft]] = field(default_factory=dict[str, dict[int, SubtaskDraft]])
    text: str = ""
    problems: list[str] = field(default_factory=list[str])
    usage: list[Usage] = field(default_factory=list[Usage])
    done: Done | None = None

    def take(self, event: PlannerEvent) -> None:
        if isinstance(event, TaskComplete):
            self.tasks[event.draft.id] = event.draft
        elif isinstance(event, SubtaskComplete):
            self.subtasks.setdefault(event.parent_key, {})[event.draft.id] = event.draft
        elif isinstance(event, ScoreComplete):
            self.scores[event.score.task_id] = event.score
        elif isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, Usage):
            self.usage.append(event)
        elif isinstance(event, Done):
            self.done = event
        elif isinstance(event, Problem):
            self._problem(event)

    def _problem(self, event: Problem) -> None:
        self.problems.append(event.text)
        if isinstance(event, StartedAgain):
            self._forget(event.parent_key)

    def _forget(self, parent_key: str) -> None:
        if parent_key:
            self.subtasks.pop(parent_key, None)
        else:
            self.tasks.clear()
            self.text = ""

    @property
    def dollars(self) -> float:
        """The sum of all prices that are known."""
        return sum(usage.dollars or 0.0 for usage in self.usage)
