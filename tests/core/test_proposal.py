"""A proposal shows what a plan would change, and applies the part that was accepted without loose ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning.planner import SubtaskDraft, TaskDraft
from core.planning.proposal import plan_proposal, subtask_proposal
from core.tasks.document import Tag, TaskDocument, parse
from core.tasks.edits import Edit, apply_edits
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph


def document(*tasks: dict[str, Any]) -> TaskDocument:
    return parse(json.dumps({"master": {"tasks": list(tasks)}}, indent=2).encode())


def applied(before: TaskDocument, edits: Sequence[Edit]) -> Tag:
    return apply_edits(before, edits, None).document.tag()


def drafts(*needs: tuple[int, ...], first: int = 1) -> list[TaskDraft]:
    return [
        TaskDraft(
            id=first + at,
            title=f"Work {first + at}",
            details="d",
            dependencies=list(wanted),
            source_lines=(at + 1, at + 2),
        )
        for at, wanted in enumerate(needs)
    ]


def needs(tag: Tag) -> dict[str, tuple[str, ...]]:
    return {task.title: task.written_dependencies for task in tag.tasks}


CHAIN = drafts((), (1,), (2,), (2, 3))


def test_a_plan_for_an_empty_file_is_added_as_it_is() -> None:
    proposal = plan_proposal(CHAIN, document().tag())
    assert [item.id for item in proposal.items] == ["+1", "+2", "+3", "+4"]
    assert proposal.items[1].lines[0] == "+ title: Work 2"
    assert "+ dependencies: 1" in proposal.items[1].lines
    assert proposal.items[0].source_lines == (1, 2)
    tag = applied(document(), proposal.edits())
    assert [task.key for task in tag.tasks] == ["1", "2", "3", "4"]
    assert needs(tag)["Work 4"] == ("2", "3")
    raw = tag.tasks[0].raw
    assert set(raw) == {
        "id",
        "title",
        "description",
        "details",
        "testStrategy",
        "priority",
        "dependencies",
        "status",
        "subtasks",
    }
    assert (raw["status"], raw["subtasks"]) == ("pending", [])


def test_a_dependency_on_what_is_left_out_goes_to_what_that_needed() -> None:
    proposal = plan_proposal(CHAIN, None)
    tag = applied(document(), proposal.edits({"+1", "+4"}))
    assert [task.title for task in tag.tasks] == ["Work 1", "Work 4"]
    assert needs(tag)["Work 4"] == (tag.tasks[0].key,)
    alone = applied(document(), proposal.edits({"+4"}))
    assert needs(alone)["Work 4"] == ()
    assert proposal.edits(set()) == ()


def test_appended_tasks_are_numbered_behind_the_present_ones() -> None:
    before = document({"id": 1, "title": "Old"}, {"id": 9, "title": "Older"})
    proposal = plan_proposal(CHAIN, before.tag())
    assert [item.key for item in proposal.items] == ["10", "11", "12", "13"]
    tag = applied(before, proposal.edits())
    assert needs(tag)["Work 4"] == ("11", "12")


def test_a_planner_that_goes_on_counting_may_depend_on_present_tasks() -> None:
    before = document({"id": 1, "title": "Old"}, {"id": 2, "title": "Older"})
    tag = applied(before, plan_proposal(drafts((2,), (3,), first=3), before.tag()).edits())
    assert needs(tag)["Work 3"] == ("2",)
    assert needs(tag)["Work 4"] == ("3",)


def test_ids_are_written_as_the_file_writes_them() -> None:
    before = document({"id": "1", "title": "Old"})
    tag = applied(before, plan_proposal(CHAIN, before.tag()).edits())
    assert [task.raw["id"] for task in tag.tasks] == ["1", "2", "3", "4", "5"]
    assert tag.tasks[2].raw["dependencies"] == ["2"]


def test_replacing_keeps_tasks_of_the_same_title_with_their_status() -> None:
    before = document(
        {
            "id": 1,
            "title": "Work 2",
            "status": "done",
            "description": "",
            "details": "d",
            "testStrategy": "",
            "priority": "medium",
        },
        {"id": 2, "title": "Gone", "subtasks": [{"id": 1, "title": "x"}]},
    )
    proposal = plan_proposal(CHAIN, before.tag(), "replace")
    assert {item.id for item in proposal.items} == {"+3", "+4", "+5", "-2"}
    tag = applied(before, proposal.edits())
    assert [task.title for task in tag.tasks] == ["Work 2", "Work 1", "Work 3", "Work 4"]
    assert tag.find("1").status == "done"
    assert tag_findings(TaskGraph(tag)) == ()
    assert needs(tag)["Work 3"] == ("1",)


def test_a_changed_text_is_an_item_of_its_own() -> None:
    before = document({"id": 5, "title": "Work 1", "details": "old", "priority": "medium", "status": "done"})
    proposal = plan_proposal(drafts(()), before.tag(), "replace")
    (item,) = proposal.items
    assert (item.id, item.kind) == ("~5", "changed")
    assert item.lines == ("- details: old", "+ details: d")
    after = applied(before, proposal.edits())
    assert after.find("5").details == "d"
    assert after.find("5").status == "done"


def test_replacing_everything_counts_from_one_again() -> None:
    before = document({"id": 1, "title": "Express"}, {"id": 2, "title": "TypeScript", "dependencies": [1]})
    tag = applied(before, plan_proposal(CHAIN, before.tag(), "replace").edits())
    assert [task.key for task in tag.tasks] == ["1", "2", "3", "4"]


def test_a_task_that_is_not_let_go_keeps_its_id() -> None:
    before = document({"id": 1, "title": "Express"}, {"id": 2, "title": "TypeScript"})
    proposal = plan_proposal(CHAIN, before.tag(), "replace")
    accepted = {item.id for item in proposal.items} - {"-2"}
    tag = applied(before, proposal.edits(accepted))
    assert tag.find("2").title == "TypeScript"
    assert len({task.key for task in tag.tasks}) == 5
    assert tag_findings(TaskGraph(tag)) == ()


PARENT = {"id": 4, "title": "Parent", "dependencies": [], "subtasks": [{"id": 1, "title": "Old"}]}
SUBTASKS = [
    SubtaskDraft(id=1, title="A"),
    SubtaskDraft(id=2, title="B", dependencies=[1]),
    SubtaskDraft(id=3, title="C", dependencies=[2]),
]


def test_subtasks_are_added_behind_the_present_ones() -> None:
    before = document(PARENT)
    proposal = subtask_proposal(before.tag().find("4"), SUBTASKS)
    assert [item.id for item in proposal.items] == ["+4.2", "+4.3", "+4.4"]
    tag = applied(before, proposal.edits({"+4.2", "+4.4"}))
    parent = tag.find("4")
    assert [subtask.title for subtask in parent.subtasks] == ["Old", "A", "C"]
    assert parent.subtasks[2].written_dependencies == ("2",)
    assert tag_findings(TaskGraph(tag)) == ()


def test_subtasks_replace_the_present_ones_as_far_as_accepted() -> None:
    before = document(PARENT)
    proposal = subtask_proposal(before.tag().find("4"), SUBTASKS, replace=True)
    whole = applied(before, proposal.edits()).find("4")
    assert [subtask.key for subtask in whole.subtasks] == ["4.1", "4.2", "4.3"]
    assert [subtask.title for subtask in whole.subtasks] == ["A", "B", "C"]
    part = applied(before, proposal.edits({"+4.1", "+4.3"})).find("4")
    assert [subtask.title for subtask in part.subtasks] == ["Old", "A", "C"]
    assert len({subtask.key for subtask in part.subtasks}) == 3


@pytest.mark.parametrize("mode", ["append", "replace"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_choice_leaves_dangling_dependencies(mode: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 7))
    made = drafts(*[tuple(data.draw(st.sets(st.integers(1, at)))) if at else () for at in range(size)])
    titles = data.draw(
        st.lists(st.sampled_from(["Work 1", "Work 3", "Old", "Older"]), max_size=4, unique=True)
    )
    before = document(*({"id": at, "title": title, "details": "x"} for at, title in enumerate(titles, 1)))
    proposal = plan_proposal(made, before.tag(), "append" if mode == "append" else "replace")
    ids = [item.id for item in proposal.items]
    assert len(set(ids)) == len(ids)
    accepted = data.draw(st.sets(st.sampled_from(ids))) if ids else set[str]()
    tag = applied(before, proposal.edits(accepted))
    assert tag_findings(TaskGraph(tag)) == ()
    assert len({task.key for task in tag.tasks}) == len(tag.tasks)
    added = sum(1 for one in accepted if one.startswith("+"))
    assert len(tag.tasks) == len(titles) + added - sum(1 for one in accepted if one.startswith("-"))
