"""A revised task is a difference to what stands there, and nothing that was not said is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import UsageError
from core.planning.gather import Gathered
from core.planning.outline.planner import OutlinePlanner
from core.planning.planner import TaskDraft
from core.planning.revision import note_proposal, revision_proposal
from core.tasks.edits import EditField, SetDependencies
from core.tasks.model import Task
from tests.fakes.claude import events_of, task

FULL = {
    "description": "What",
    "details": "How",
    "testStrategy": "Proof",
    "priority": "high",
    "dependencies": [1, "2.3"],
}


def draft(**changes: Any) -> TaskDraft:
    same = {"title": "Task 3", "description": "What", "details": "How", "test_strategy": "Proof"}
    return TaskDraft(**{"id": 3, **same, "priority": "high", "dependencies": [1], **changes})


def test_only_what_is_worded_differently_changes() -> None:
    proposal = revision_proposal(task("3", **FULL), draft(details="Otherwise"))
    assert proposal.edits() == (EditField("3", "details", "Otherwise"),)
    assert proposal.items[0].lines == ("- details: How", "+ details: Otherwise")
    assert revision_proposal(task("3", **FULL), draft()).empty
    assert proposal.edits(accepted=()) == ()


def test_what_comes_back_empty_stays() -> None:
    assert revision_proposal(task("3", **FULL), draft(description="", details="", test_strategy="")).empty


def test_a_priority_nobody_set_is_not_invented() -> None:
    without = {name: value for name, value in FULL.items() if name != "priority"}
    assert revision_proposal(task("3", **without), draft(priority="medium")).empty


def test_dependencies_that_a_draft_cannot_name_stay() -> None:
    proposal = revision_proposal(task("3", **FULL), draft(dependencies=[4]))
    assert proposal.edits() == (SetDependencies("3", ("2.3", "4")),)
    assert "- dependencies: 1, 2.3" in proposal.items[0].lines


def test_of_a_subtask_only_texts_change() -> None:
    raw = {"id": 2, "title": "Part", "description": "What", "details": "How", "dependencies": [1]}
    part = Task(raw, "3.2", task("3"), 0)
    proposal = revision_proposal(
        part, draft(title="Named", test_strategy="", priority="low", dependencies=[])
    )
    assert proposal.edits() == (EditField("3.2", "title", "Named"),)


@pytest.mark.parametrize(("details", "before"), [("How", "How\n\n"), ("", ""), ("How\n", "How\n\n")])
def test_a_note_goes_below_the_details_in_task_masters_frame(details: str, before: str) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    [edit] = note_proposal(task("3", details=details), "- one\n- two\n", moment).edits()
    frame = "info added on 2026-01-02T03:04:05.678Z"
    assert edit == EditField("3", "details", f"{before}<{frame}>\n- one\n- two\n</{frame}>")


async def test_the_outline_planner_takes_a_wish_as_it_is() -> None:
    rules = OutlinePlanner()
    wish = "Export all loans as CSV. It must be fast."
    added, changed, noted = Gathered(), Gathered(), Gathered()
    for gathered, stream in (
        (added, rules.add_task(wish, [task("3"), task("7")])),
        (changed, rules.revise(task("3", **FULL), wish, [])),
        (noted, rules.note(task("3"), wish)),
    ):
        for event in await events_of(stream):
            gathered.take(event)
        assert gathered.done is not None
    assert (added.tasks[8].title, added.tasks[8].description) == ("Export all loans as CSV", wish)
    assert changed.tasks[3].details == f"How\n\n{wish}"
    assert changed.problems
    assert noted.text == wish
    with pytest.raises(UsageError):
        await events_of(rules.add_task(" ", []))
