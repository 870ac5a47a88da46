"""Expands many tasks side by side, and hands over each as soon as it is whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Cancelled, Refused, TaskdeckError
from core.planning.asking.collect import counted
from core.planning.failures import PlannerFailure
from core.planning.gather import Gathered
from core.planning.many import Arrived, interleave
from core.planning.planner import Done, Planner, PlannerEvent, Problem, SubtaskDraft
from core.tasks.model import Task

if TYPE_CHECKING:
    from core.tasks.complexity import Score


@dataclass(frozen=True)
class Expansion:
    """The subtasks of one task, whole: save them now."""

    parent_key: str
    drafts: tuple[SubtaskDraft, ...]
    summary: str


async def expand_all(
    planner: Planner,
    tasks: Sequence[Task],
    *,
    concurrency: int = 4,
    count: int | None = None,
    prompt: str = "",
    scores: Mapping[str, Score] | None = None,
) -> AsyncGenerator[PlannerEvent | Expansion, None]:
    """An Expansion for each task as it is done, all other events as they come, Done when all are done.

    A task that fails does not stop the others, unless they would fail in the same way (a wrong key, the
    budget); the first failure is raised at the end and says how many were done. Whoever saves each
    Expansion when it comes can stop at any moment and go on later with the tasks that are left.
    """
    known = scores or {}

    def stream(task: Task) -> Callable[[], AsyncGenerator[PlannerEvent, None]]:
        return lambda: _closable(planner.expand(task, count=count, prompt=prompt, score=known.get(task.key)))

    gathered = [Gathered() for _ in tasks]
    done = 0
    first: TaskdeckError | None = None
    enough = False
    streams = [stream(task) for task in tasks]
    async with aclosing(interleave(streams, concurrency, lambda: not enough)) as items:
        async for item in items:
            key = tasks[item.index].key
            if isinstance(item, Arrived):
                gathered[item.index].take(item.value)
                if isinstance(item.value, Done):
                    done += 1
                    drafts = tuple(gathered[item.index].subtasks.get(key, {}).values())
                    yield Expansion(key, drafts, item.value.summary)
                else:
                    yield item.value
            elif item.error is not None:
                error = _ours(item.error)
                first = first or error
                enough = enough or _stops_all(error)
                if enough and not _lets_finish(error):
                    break
                if not enough and len(tasks) > 1:
                    yield Problem(f"Task {key} was not expanded. {error.message}")
    if first is not None:
        if isinstance(first, PlannerFailure) and len(tasks) > 1:
            first.keep(f"{done} of {counted(len(tasks), 'task')} had been expanded.")
        raise first
    yield Done(f"{counted(done, 'task')} expanded by {planner.name}.")


def _stops_all(error: TaskdeckError) -> bool:
    """Whether the others would end in the same way, or somebody wants none of them."""
    if isinstance(error, PlannerFailure):
        return error.stops_all
    return isinstance(error, (Cancelled, Refused))


def _lets_finish(error: TaskdeckError) -> bool:
    """Whether those that are under way can come to a good end all the same."""
    return not _stops_all(error) or (isinstance(error, PlannerFailure) and error.lets_finish)


def _ours(error: Exception) -> TaskdeckError:
    if isinstance(error, TaskdeckError):
        return error
    raise error


async def _closable(events: AsyncIterator[PlannerEvent]) -> AsyncGenerator[PlannerEvent, None]:
    """`events` as something that can be closed, and closes them."""
    try:
        async for event in events:
            yield event
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()
