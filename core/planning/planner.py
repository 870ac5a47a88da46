"""What every planner is: a stream of typed events that ends in Done, whichever model stands behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

from core.tasks.model import Task

if TYPE_CHECKING:
    from core.tasks.complexity import Score


class Draft(BaseModel):
    """What a planner proposes, checked on arrival. Names that a planner adds are ignored."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)


class TaskDraft(Draft):
    """A task a planner proposes. `dependencies` name the ids of drafts of the same plan, or present tasks."""

    id: int
    title: str
    description: str = ""
    details: str = ""
    test_strategy: str = ""
    priority: str = "medium"
    dependencies: list[int] = []
    source_lines: tuple[int, int] | None = None
    """First and last line of the PRD it comes from, counted from 1."""

    def task_fields(self) -> dict[str, Any]:
        """The task as Task Master's fields, without id and dependencies."""
        return {
            "title": self.title,
            "description": self.description,
            "details": self.details,
            "testStrategy": self.test_strategy,
            "priority": self.priority,
        }


class SubtaskDraft(Draft):
    """A subtask a planner proposes. `dependencies` name siblings of the same expansion."""

    id: int
    title: str
    description: str = ""
    details: str = ""
    dependencies: list[int] = []
    test_strategy: str = ""

    def task_fields(self) -> dict[str, Any]:
        """The subtask as Task Master's fields, without id and dependencies."""
        return {
            "title": self.title,
            "description": self.description,
            "details": self.details,
            "testStrategy": self.test_strategy,
        }


class ScoreDraft(Draft):
    """How hard a task is: `score` from 1 to 10, and into how many subtasks it should be cut."""

    task_id: str
    title: str
    score: float
    recommended: int
    reasoning: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class TaskBegun:
    """A planner is at work on this item; its title may be only the beginning of the final one."""

    id: int
    title: str


@dataclass(frozen=True)
class TaskComplete:
    draft: TaskDraft


@dataclass(frozen=True)
class ScoreComplete:
    score: ScoreDraft


@dataclass(frozen=True)
class SubtaskComplete:
    parent_key: str
    draft: SubtaskDraft


@dataclass(frozen=True)
class TextDelta:
    """The next piece of a document that is being written (`draft_prd`)."""

    text: str


@dataclass(frozen=True)
class Usage:
    """What one call of a model used; `dollars` is an estimate, None when the price is not known."""

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    dollars: float | None = None


@dataclass(frozen=True)
class Problem:
    """Something a person should know about this result; the planner went on."""

    text: str


@dataclass(frozen=True)
class Done:
    """The stream is complete: everything before it is the whole answer. Without it nothing may be saved."""

    summary: str


PlannerEvent = TaskBegun | TaskComplete | ScoreComplete | SubtaskComplete | TextDelta | Usage | Problem | Done


class Planner(Protocol):
    """Plans a PRD. Every stream ends in Done, or raises a TaskdeckError that says what went wrong.

    To stop, close the iterator (`aclose()`) or cancel the task that reads it.
    """

    name: str
    """Shown wherever its work shows: "outline, no model", or the name of the model."""

    def plan(
        self, prd: str, *, count: int | None = None, existing: Sequence[Task] = ()
    ) -> AsyncIterator[PlannerEvent]:
        """TaskBegun and TaskComplete for each task of the PRD; about `count` of them when given."""
        ...

    def analyse(self, tasks: Sequence[Task]) -> AsyncIterator[PlannerEvent]:
        """ScoreComplete for each open task of `tasks`, as each is known."""
        ...

    def expand(
        self, task: Task, *, count: int | None = None, prompt: str = "", score: Score | None = None
    ) -> AsyncIterator[PlannerEvent]:
        """SubtaskComplete for each subtask; `count` wins over the score's recommendation."""
        ...

    def draft_prd(self, idea: str) -> AsyncIterator[PlannerEvent]:
        """TextDelta pieces that together are a PRD in Markdown."""
        ...

    def redraft(self, prd: str, section: str, wish: str, *, idea: str = "") -> AsyncIterator[PlannerEvent]:
        """TextDelta pieces of `section`, a part of `prd`, written anew after `wish`, which may be empty.

        `idea` is what the document was drafted from, where that is known. Raises UsageError when the
        planner writes the same for the same words.
        """
        ...

    def add_task(self, wish: str, existing: Sequence[Task]) -> AsyncIterator[PlannerEvent]:
        """TaskComplete for the one new task that `wish` asks for, numbered behind the existing ones."""
        ...

    def revise(self, task: Task, wish: str, existing: Sequence[Task]) -> AsyncIterator[PlannerEvent]:
        """TaskComplete with `task` (or subtask) as it should read after `wish`."""
        ...

    def note(self, task: Task, wish: str) -> AsyncIterator[PlannerEvent]:
        """TextDelta pieces of what `wish` adds to the details of `task`, which stay as they are."""
        ...
