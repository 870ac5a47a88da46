"""The task to do next, by Task Master's rule, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from core.tasks.identifiers import natural_order
from core.tasks.model import Task

_RANKS = {"critical": 4, "high": 3, "medium": 2, "low": 1}
_OPEN = ("pending", "in-progress")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class NextTask:
    """The task to do next, or None, with `reasons`: plain sentences, never empty."""

    task: Task | None
    reasons: tuple[str, ...]


def next_task(tag: Tag, graph: TaskGraph | None = None) -> NextTask:
    """What Task Master's `next` answers, and why.

    First the ready subtasks of tasks in progress, else the ready top-level tasks; each time the highest
    priority, then the fewest dependencies, then the lowest id.
    """
    graph = graph or TaskGraph(tag)
    subtasks = [
        subtask
        for task in tag.tasks
        if task.status == "in-progress"
        for subtask in task.subtasks
        if _eligible(subtask, graph)
    ]
    candidates = subtasks or [task for task in tag.tasks if _eligible(task, graph)]
    if not candidates:
        return NextTask(None, tuple(_why_none(tag, graph)))
    chosen = min(candidates, key=_rank)
    return NextTask(chosen, tuple(_why(chosen, candidates, graph)))


def _eligible(task: Task, graph: TaskGraph) -> bool:
    return task.status.lower() in _OPEN and graph.ready(task.key)


def effective_priority(task: Task) -> str:
    """The task's own priority, else its parent's, else medium."""
    return task.priority or (task.parent.priority if task.parent else "") or "medium"


def _rank(task: Task) -> tuple[int, int, object]:
    priority = _RANKS.get(effective_priority(task), 2)
    return -priority, len(task.written_dependencies), natural_order(task.key)


def _why(task: Task, candidates: list[Task], graph: TaskGraph) -> list[str]:
    reasons: list[str] = []
    if task.parent:
        reasons.append(f"Task {task.parent.key} is in progress, so its subtasks come first.")
    if task.status.lower() == "in-progress":
        reasons.append("It is already in progress.")
    dependencies = graph.dependencies(task.key)
    done = (
        "it has no dependencies" if not dependencies else f"{_listed(dependencies)} {_is(dependencies)} done"
    )
    reasons.append(f"It is ready: {done}.")
    reasons.append(_comparison(task, candidates))
    opened = graph.unblocks(task.key)
    downstream = len(graph.chain_down(task.key))
    if opened:
        behind = (
            f"; {downstream} {_tasks(downstream)} in all wait behind it" if downstream > len(opened) else ""
        )
        reasons.append(f"Doing it makes {_listed(opened)} ready{behind}.")
    elif downstream:
        reasons.append(
            f"{downstream} {_tasks(downstream)} {'waits' if downstream == 1 else 'wait'} behind it."
        )
    if task.parent is None and task.key in graph.critical_path and len(graph.critical_path) > 1:
        reasons.append(f"It is on the longest chain of open tasks ({len(graph.critical_path)} tasks).")
    return reasons


def _comparison(task: Task, candidates: list[Task]) -> str:
    priority = effective_priority(task)
    rivals = [other for other in candidates if other is not task]
    if not rivals:
        return f"Nothing else is ready here (priority {priority})."
    own = _rank(task)
    same = [other for other in rivals if _rank(other)[0] == own[0]]
    if not same:
        return f"Its priority, {priority}, is the highest of the {len(candidates)} that are ready."
    if all(_rank(other)[1] > own[1] for other in same):
        return f"Of the {len(same) + 1} ready with priority {priority} it has the fewest dependencies."
    return (
        f"Of the {len(same) + 1} ready with priority {priority} it has the lowest id "
        "among those with the fewest dependencies."
    )


def _why_none(tag: Tag, graph: TaskGraph) -> list[str]:
    if not tag.tasks:
        return [f'Tag "{tag.name}" has no tasks.']
    unfinished = [task for task in tag.tasks if not task.finished]
    if not unfinished:
        return [f"All {len(tag.tasks)} tasks are done."] if len(tag.tasks) > 1 else ["The only task is done."]
    waiting = [task for task in unfinished if task.status.lower() in _OPEN]
    reasons = [_parked(unfinished)] if len(waiting) < len(unfinished) else []
    if waiting:
        reasons += _blockers(waiting, graph)
    return reasons


def _parked(unfinished: list[Task]) -> str:
    counts = Counter(task.status for task in unfinished if task.status.lower() not in _OPEN)
    listed = ", ".join(f"{number} {status}" for status, number in counts.items())
    return f"Not open for work: {listed}."


def _blockers(waiting: list[Task], graph: TaskGraph) -> list[str]:
    """What the waiting tasks wait for in the end: unfinished tasks that themselves wait for nothing open."""
    reasons: list[str] = []
    keys = {task.key for task in waiting}
    blockers: Counter[str] = Counter(
        blocker for task in waiting for blocker in graph.blocked_by(task.key) if blocker not in keys
    )
    for blocker, number in blockers.most_common(_SHOWN):
        status = graph.tag.nodes[blocker].status
        wait = "task waits" if number == 1 else "tasks wait"
        reasons.append(f"{number} {wait} for {blocker}, which is {status}.")
    for task in waiting:
        missing = graph.dangling(task.key)
        if missing and len(reasons) < 2 * _SHOWN:
            reasons.append(f"{task.key} waits for {_listed(missing)}, which {_does(missing)} not exist.")
    for path in graph.cycles[:_SHOWN]:
        reasons.append(f"{_listed(path)} wait for each other.")
    selfish = [key for key, _, meaning in graph.odd_dependencies if meaning == key and key in keys]
    reasons += [f"{key} depends on itself." for key in selfish[:_SHOWN]]
    return reasons or [f"{len(waiting)} open {_tasks(len(waiting))} {_is(keys)} blocked."]


def _listed(keys: tuple[str, ...]) -> str:
    if len(keys) > _SHOWN + 1:
        return f"{', '.join(keys[:_SHOWN])} and {len(keys) - _SHOWN} more"
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"


def _tasks(number: int) -> str:
    return "task" if number == 1 else "tasks"


def _is(keys: Collection[str]) -> str:
    return "is" if len(keys) == 1 else "are"


def _does(keys: tuple[str, ...]) -> str:
    return "does" if len(keys) == 1 else "do"
