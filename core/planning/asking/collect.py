"""Turns the items of an answer into drafts, and says which of them have to be asked for again."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from core.plain_text import printable, shorten
from core.planning.asking.schemas import ComplexityAnswer, ScoreItem
from core.planning.planner import PlannerEvent, Problem, ScoreComplete, ScoreDraft, TaskBegun
from core.planning.prompt_files import prompt
from core.planning.wire import Source
from core.tasks.model import Task


class Collector(ABC):
    """Gathers the items of one answer, over as many requests (rounds) as it takes.

    Each round begins with `begin_round`, hands every complete item to `take`, and ends with `settle`, or
    with `roll_back` when the round came to nothing. An item emitted again replaces the one of the same id.
    """

    list_name: str
    answer: type[BaseModel]

    def __init__(self) -> None:
        self.sources: list[Source] = []
        """The pages that research found, as they are numbered for the model from 1."""

    @abstractmethod
    def begin_round(self) -> None: ...

    @abstractmethod
    def roll_back(self) -> None:
        """Forget what the present round brought."""

    @abstractmethod
    def take(self, value: Any) -> list[PlannerEvent]:
        """An item is complete."""

    @abstractmethod
    def begun(self, fields: dict[str, Any]) -> TaskBegun | None:
        """An item is arriving, these are its fields so far."""

    @abstractmethod
    def settle(self) -> list[PlannerEvent]:
        """The round is complete: what can be said now that could not be said item by item."""

    @abstractmethod
    def flaws(self) -> list[str]:
        """What has to be asked for again, each with what is wrong, in words for the model."""

    @abstractmethod
    def give_up(self) -> tuple[list[PlannerEvent], str]:
        """Asked again, and still flawed: what could be mended, and what makes the answer useless, if so."""

    @abstractmethod
    def kept(self) -> list[dict[str, Any]]:
        """The items that are good, as the model writes them."""

    @abstractmethod
    def everything(self) -> list[PlannerEvent]:
        """All good items once more, for a reader that forgot them."""

    @abstractmethod
    def rest_prompt(self) -> str:
        """The words that ask for the rest of an answer that was cut off."""

    def restarted(self, text: str) -> Problem:
        """The event that says a round was rolled back."""
        return Problem(text)

    @abstractmethod
    def summary(self) -> str:
        """One plain sentence on what came."""

    def kept_json(self) -> str:
        return json.dumps({self.list_name: self.kept()}, ensure_ascii=False)


class ScoreCollector(Collector):
    """Scores, matched to the tasks that were asked for by id."""

    list_name = "complexityAnalysis"
    answer = ComplexityAnswer

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__()
        self._titles = {task.key: task.title for task in tasks}
        self._found: dict[str, ScoreItem] = {}
        self._saved: dict[str, ScoreItem] = {}
        self._wrong: dict[str, str] = {}

    def begin_round(self) -> None:
        self._saved = dict(self._found)

    def roll_back(self) -> None:
        self._found = dict(self._saved)

    def take(self, value: Any) -> list[PlannerEvent]:
        try:
            item = ScoreItem.model_validate(value)
        except ValidationError as error:
            if isinstance(value, dict):
                key = str(cast("dict[str, Any]", value).get("taskId"))
                self._wrong[key] = what_is_wrong(error)
            return []
        if item.task_id not in self._titles:
            return [
                Problem(f"A score came for task {short(item.task_id)}, which was not asked for: left out.")
            ]
        if item.task_id in self._found:
            return [Problem(f"Task {item.task_id} was scored twice: the first score is kept.")]
        self._found[item.task_id] = item
        return [self._event(item)]

    def _event(self, item: ScoreItem) -> ScoreComplete:
        return ScoreComplete(
            ScoreDraft(
                task_id=item.task_id,
                title=self._titles[item.task_id],
                score=item.complexity_score,
                recommended=item.recommended_subtasks,
                reasoning=item.reasoning,
                prompt=item.expansion_prompt,
            )
        )

    def begun(self, fields: dict[str, Any]) -> TaskBegun | None:
        return None

    def settle(self) -> list[PlannerEvent]:
        return []

    def _missing(self) -> list[str]:
        return [key for key in self._titles if key not in self._found]

    def flaws(self) -> list[str]:
        return [
            f"taskId {json.dumps(key)}: {self._wrong.get(key, 'there is no entry for it')}"
            for key in self._missing()
        ]

    def give_up(self) -> tuple[list[PlannerEvent], str]:
        return [], f"it gave no usable score for {named('task', self._missing())}"

    def kept(self) -> list[dict[str, Any]]:
        return [item.model_dump(by_alias=True) for item in self._found.values()]

    def everything(self) -> list[PlannerEvent]:
        return [self._event(item) for item in self._found.values()]

    def rest_prompt(self) -> str:
        return prompt("rest_scores", next=", ".join(self._missing()))

    def summary(self) -> str:
        return f"{counted(len(self._found), 'task')} scored."


def what_is_wrong(error: ValidationError) -> str:
    """The first few faults of an item, in one line: `title: Field required; id: ...`."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    texts = [f"{'.'.join(map(str, fault['loc'])) or 'item'}: {fault['msg']}" for fault in faults[:4]]
    return "; ".join(texts)


def short(text: str) -> str:
    """Text of a model, safe and short enough for a message."""
    return shorten(printable(text), 60)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def named(noun: str, keys: Sequence[str]) -> str:
    """`task 3`, `tasks 3, 5 and 7`; long lists are cut."""
    shown = [short(key) for key in keys[:8]]
    if len(shown) == 1:
        return f"{noun} {shown[0]}"
    if len(keys) > len(shown):
        return f"{noun}s {', '.join(shown)} and {len(keys) - len(shown)} more"
    return f"{noun}s {', '.join(shown[:-1])} and {shown[-1]}"
