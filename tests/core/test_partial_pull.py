"""Taking a part of what a pull would change in the task file: what is left stays byte for byte as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.publishing.partial_pull import Difference, differences, without
from core.publishing.pull import TaskProposal
from core.tasks.document import parse
from core.tasks.merging.merge import merge_documents


def task(number: int, title: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": title, "status": "pending", "dependencies": [], "subtasks": [], **more}


def text(*tasks: dict[str, Any], **tags: Any) -> str:
    return json.dumps({"master": {"tasks": list(tasks), "metadata": {}}, **tags}, indent=2) + "\n"


BASE = text(task(1, "One"), task(2, "Two"), task(3, "Three", subtasks=[task(1, "Part")]))
OURS = BASE.replace('"One"', '"One of ours"')
THEIRS = text(
    task(1, "One"),
    task(2, "Two of theirs", status="done"),
    task(3, "Three", subtasks=[task(1, "Part of theirs"), task(2, "New part")]),
    task(4, "Four"),
)


def proposal(ours: str = OURS, theirs: str = THEIRS, base: str = BASE) -> TaskProposal:
    merged = merge_documents(parse(ours.encode()), parse(theirs.encode()), parse(base.encode()))
    return TaskProposal("tasks.json", "c" * 40, ours.encode(), merged.text, merged.conflicts, (), ())


def named(found: list[Difference]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.key, one.field) for one in found]


def test_each_field_is_a_difference_and_a_task_is_one() -> None:
    assert sorted(named(differences(proposal()))) == [
        ("added", "3.2", ""),
        ("added", "4", ""),
        ("changed", "2", "status"),
        ("changed", "2", "title"),
        ("changed", "3.1", "title"),
    ]


def test_nothing_left_is_the_merge_and_everything_left_is_ours() -> None:
    made = proposal()
    assert without(made, ()) == made.text
    assert without(made, {one.id for one in differences(made)}) == OURS


@pytest.mark.parametrize("number", range(5))
def test_one_left_out_leaves_only_that(number: int) -> None:
    made = proposal()
    every = differences(made)
    part = without(made, {every[number].id})
    left = differences(TaskProposal("tasks.json", made.commit, part.encode(), made.text, (), (), ()))
    assert named(left) == named([every[number]])


def test_a_removal_can_be_left() -> None:
    theirs = text(task(1, "One"), task(3, "Three", subtasks=[]))
    made = proposal(theirs=theirs)
    assert sorted(named(differences(made))) == [("removed", "2", ""), ("removed", "3.1", "")]
    kept = without(made, {one.id for one in differences(made) if one.key == "2"})
    tag = parse(kept.encode()).tag("master")
    assert [one.key for one in tag.walk()] == ["1", "2", "3"]
    assert tag.find("1").title == "One of ours"


def test_a_new_tag_is_taken_or_left_whole() -> None:
    theirs = text(task(1, "One"), task(2, "Two"), task(3, "Three", subtasks=[task(1, "Part")]),
                  next={"tasks": [task(1, "First"), task(2, "Second")], "metadata": {}})  # fmt: skip
    made = proposal(theirs=theirs)
    [one] = differences(made)
    assert one.title == "the tag next with 2 tasks"
    assert without(made, {one.id}) == OURS
    assert list(parse(without(made, ()).encode()).tags) == ["master", "next"]


def test_a_flat_file_too() -> None:
    def flat(*titles: str) -> str:
        return json.dumps({"tasks": [task(at, title) for at, title in enumerate(titles, 1)]}, indent=1)

    made = proposal(flat("Ours", "Two"), flat("One", "Theirs", "Three"), flat("One", "Two"))
    added = next(one for one in differences(made) if one.kind == "added")
    tag = parse(without(made, {added.id}).encode()).tag()
    assert [one.title for one in tag.tasks] == ["Ours", "Theirs"]
    assert without(made, {one.id for one in differences(made)}) == flat("Ours", "Two")
