"""The shapes a model answers in, with the names of Task Master. Sent as a schema, and checked on arrival.

The endpoint enforces types and required fields only; ranges and lengths are checked here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Key = Annotated[str, BeforeValidator(_as_text)]
"""A task's id: any text; a number is taken as its text."""

Title = Annotated[str, Field(min_length=1)]
Sources = Annotated[list[int], Field(description="Numbers of the research sources that were used.")]
Lines = Annotated[list[int], Field(description="First and last PRD line this comes from; empty when none.")]


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, str_strip_whitespace=True)


class TaskItem(Shape):
    id: int
    title: Title
    description: str
    details: str
    test_strategy: str
    priority: Literal["critical", "high", "medium", "low"]
    dependencies: list[int]
    source_lines: Lines = []
    sources: Sources = []


class SubtaskItem(Shape):
    id: int
    title: Title
    description: str
    details: str
    test_strategy: str
    dependencies: list[int]
    sources: Sources = []


class ScoreItem(Shape):
    task_id: Key
    task_title: str
    complexity_score: float = Field(ge=1, le=10)
    recommended_subtasks: int = Field(ge=0, le=100)
    expansion_prompt: str
    reasoning: str


class TasksAnswer(Shape):
    tasks: list[TaskItem]


class SubtasksAnswer(Shape):
    subtasks: list[SubtaskItem]


class ComplexityAnswer(Shape):
    complexity_analysis: list[ScoreItem]
