"""What a planner answered outlives the app, and is found again for the same work only."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.planning.events import StartedAgain
from core.planning.expand_all import Expansion
from core.planning.kept import Heard, Keeper, Work, keeping, plan_work, task_work
from core.planning.planner import (
    Done,
    ScoreComplete,
    ScoreDraft,
    SubtaskComplete,
    SubtaskDraft,
    TaskComplete,
    TaskDraft,
    Usage,
)
from core.tasks.model import Task


def task(number: int, title: str) -> TaskComplete:
    return TaskComplete(TaskDraft(id=number, title=title))


def subtask(parent: str, number: int, title: str) -> SubtaskComplete:
    return SubtaskComplete(parent, SubtaskDraft(id=number, title=title))


def write(root: Path, work: Work, *events: Heard, again: bool = False) -> Keeper:
    keeper = Keeper(root, work)
    keeper.begin(again=again)
    for event in events:
        keeper.take(event)
    return keeper


async def test_a_plan_is_found_again_for_the_same_prd_only(tmp_path: Path) -> None:
    usage = Usage("m", 1, 1, dollars=0.25)
    events = [task(1, "Cellar"), task(2, "Roof"), usage, Done("2 tasks.")]

    async def stream() -> AsyncIterator[Heard]:
        for event in events:
            yield event

    keeper = Keeper(tmp_path, plan_work("plan", "master", "# One"))
    keeper.begin(again=False)
    assert [event async for event in keeping(stream(), keeper)] == events
    kept = Keeper(tmp_path, plan_work("plan", "master", "# One")).find()
    assert kept is not None
    assert kept.events == (events[0], events[1], events[3])
    assert (kept.items, kept.dollars) == (2, 0.25)
    assert Keeper(tmp_path, plan_work("plan", "master", "# Two")).find() is None
    assert Keeper(tmp_path, plan_work("plan", "other", "# One")).find() is None
    keeper.drop()
    assert keeper.find() is None
    assert not keeper.path.exists()


def test_half_a_plan_is_kept_as_half_a_plan(tmp_path: Path) -> None:
    keeper = write(tmp_path, plan_work("plan", "master", "# One"), task(1, "Old"), StartedAgain("again"))
    assert keeper.find() is None
    keeper.take(task(1, "New"))
    kept = keeper.find()
    assert kept is not None
    assert kept.events == (task(1, "New"),)
    assert not kept.parts


def test_of_subtasks_only_those_of_a_whole_task_are_kept(tmp_path: Path) -> None:
    tasks = [Task({"id": n, "title": f"Task {n}"}, str(n), None, n) for n in (1, 2, 3)]
    first = [subtask("1", 1, "Dig"), Expansion("1", (SubtaskDraft(id=1, title="Dig"),), "1 subtask.")]
    keeper = write(tmp_path, task_work("divide", "master", tasks), *first, subtask("2", 1, "Half"))
    kept = keeper.find()
    assert kept is not None
    assert list(kept.events) == first
    assert kept.parts == {"1"}
    # Asked for others the first one stays, and a task that was changed is another one.
    write(tmp_path, task_work("divide", "master", tasks[2:]))
    assert keeper.find() == kept
    changed = Task({"id": 1, "title": "Another"}, "1", None, 1)
    assert Keeper(tmp_path, task_work("divide", "master", [changed])).find() is None
    keeper.drop(["1"])
    assert keeper.find() is None


def test_each_score_is_whole_by_itself_and_asking_anew_forgets_it(tmp_path: Path) -> None:
    tasks = [Task({"id": n, "title": f"Task {n}"}, str(n), None, n) for n in (1, 2)]
    score = ScoreComplete(ScoreDraft(task_id="1", title="Task 1", score=4, recommended=3))
    keeper = write(tmp_path, task_work("score", "master", tasks), score)
    kept = keeper.find()
    assert kept is not None
    assert kept.events == (score,)
    assert kept.parts == {"1"}
    keeper.begin(again=True)
    assert keeper.find() == kept
    keeper.begin(again=False)
    assert keeper.find() is None


def test_a_damaged_line_costs_that_line_only(tmp_path: Path) -> None:
    keeper = write(tmp_path, plan_work("plan", "master", "# One"), task(1, "Cellar"))
    with keeper.path.open("ab") as file:
        file.write(b'{"kind": "task", "part": "", "pri\n\xff\n[1]\n{"kind": "task"}\n')
    keeper.take(task(2, "Roof"))
    kept = keeper.find()
    assert kept is not None
    assert kept.events == (task(1, "Cellar"), task(2, "Roof"))


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_it_is_private_and_holds_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-api03-0123456789abcdef")
    said = task(1, "Use sk-ant-api03-0123456789abcdef")
    keeper = write(tmp_path, plan_work("plan", "master", "# One"), said)
    assert keeper.path.stat().st_mode & 0o077 == 0
    assert b"0123456789abcdef" not in keeper.path.read_bytes()
