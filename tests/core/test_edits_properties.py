"""Whatever the file looks like: an edit does what was asked, nothing else, and is undone to the byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import TaskdeckError
from core.tasks.document import Tag, TaskDocument, parse
from core.tasks.edits import (
    AddDependency,
    AddSubtask,
    AddTag,
    AddTask,
    ClearSubtasks,
    CopyTag,
    Edit,
    EditField,
    MoveTask,
    RemoveDependency,
    RemoveTag,
    RemoveTask,
    RenameTag,
    Reorder,
    ReplaceSubtasks,
    ReplaceText,
    SetDependencies,
    SetStatus,
    apply_edits,
    edit_from_json,
    edit_to_json,
    new_file_text,
)
from core.tasks.json_text import apply_splices
from tests.fakes.task_files import task_files, texts, titles

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
thorough = settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def some_edit(tag: Tag, draw: st.DrawFn) -> Edit:
    keys = [*tag.nodes, "7"] if draw(st.integers(0, 9)) else ["99.9", ""]
    key, other = draw(st.sampled_from(keys)), draw(st.sampled_from(keys))
    status = draw(st.sampled_from(["pending", "done", "completed", "nonsense"]))
    field = draw(
        st.sampled_from(["title", "details", "testStrategy", "priority", "note é", "x-cost", "status"])
    )
    subtask = {"title": draw(titles), "status": "done", "dependencies": []}
    wanted = draw(st.lists(st.sampled_from(keys), max_size=3, unique=True))
    choices: list[Edit] = [
        SetStatus(key, status),
        EditField(key, field, draw(st.one_of(texts, st.none()))),
        AddDependency(key, other),
        RemoveDependency(key, other),
        SetDependencies(key, tuple(wanted)),
        AddTask({"title": draw(titles), "dependencies": wanted[:1], "note": draw(texts)}),
        AddTask({"title": "early", "id": draw(st.sampled_from([41, "41", "w"]))}, before=key),
        AddSubtask(key, subtask),
        AddSubtask(key, subtask, before=other),
        RemoveTask(key),
        ClearSubtasks(key),
        ReplaceSubtasks(key, (subtask, {"title": "two", "dependencies": [1]})),
        MoveTask(key, draw(st.sampled_from([*keys, "8", f"{other}.9", f"{key}.1"]))),
        Reorder(key, draw(st.sampled_from([*keys, None]))),
        AddTag(draw(st.sampled_from(["t", "u", "bad name"])), None, draw(texts)),
        CopyTag("master", "copy"),
        RemoveTag("other"),
        RenameTag("other", "renamed"),
        ReplaceText(new_file_text()),
    ]
    return draw(st.sampled_from(choices))


def meaning(document: TaskDocument) -> Any:
    return json.loads(
        document.data.decode("utf-8-sig"), object_pairs_hook=list, parse_float=lambda text: ("n", text)
    )


def assert_consistent(document: TaskDocument) -> None:
    """Positions and tasks moved along by hand are those a fresh reading finds."""
    fresh = parse(document.data)
    assert document.dialect == fresh.dialect
    assert [tuple(m)[2:] for m in document.members] == [tuple(m)[2:] for m in fresh.members]
    assert list(document.tags) == list(fresh.tags)
    for name, tag in fresh.tags.items():
        ours = document.tags[name]
        assert (ours.list_span, ours.container) == (tag.list_span, tag.container)
        assert [item.span for item in ours.items] == [item.span for item in tag.items]
        assert ours.metadata == tag.metadata
        assert {k: (t.raw, t.position) for k, t in ours.nodes.items()} == {
            k: (t.raw, t.position) for k, t in tag.nodes.items()
        }


def check_undo(data: bytes, draw: st.DrawFn, count: int) -> None:
    document = parse(data)
    edits: list[Edit] = []
    now = document
    for _ in range(count):
        if "master" not in now.tags:
            break
        edit = some_edit(now.tag("master"), draw)
        try:
            now = apply_edits(now, [edit], "master").document
        except TaskdeckError:
            continue
        edits.append(edit)
    try:
        applied = apply_edits(document, edits, "master")
    except TaskdeckError:
        return  # refused only as a whole: a dependency of a new task that a later edit took away
    assert document.data == data
    assert_consistent(applied.document)
    assert apply_splices(document.text, list(applied.splices)) == applied.document.text
    inverse = [edit_from_json(json.loads(json.dumps(edit_to_json(edit)))) for edit in applied.inverse]
    undone = apply_edits(applied.document, inverse, "master")
    assert undone.document.data == data
    redone = apply_edits(undone.document, undone.inverse, "master")
    assert redone.document.data == applied.document.data
    if len(edits) == 1:
        assert now.data == applied.document.data


@quick
@given(task_files())
def test_an_untouched_file_is_byte_equal(data: bytes) -> None:
    assert parse(data).data == data


@quick
@given(task_files(), st.data())
def test_any_edit_is_undone_to_the_byte(data: bytes, more: st.DataObject) -> None:
    check_undo(data, more.draw, 1)


@quick
@given(task_files(), st.data())
def test_several_edits_are_undone_together(data: bytes, more: st.DataObject) -> None:
    check_undo(data, more.draw, 4)


@pytest.mark.long
@thorough
@given(task_files(), st.data())
def test_any_edits_are_undone_to_the_byte_at_length(data: bytes, more: st.DataObject) -> None:
    check_undo(data, more.draw, more.draw(st.integers(1, 5)))


@quick
@given(task_files(), st.data())
def test_a_status_changes_no_other_value(data: bytes, more: st.DataObject) -> None:
    document = parse(data)
    tag = document.tag("master")
    if not tag.nodes:
        return
    key = more.draw(st.sampled_from(list(tag.nodes)))
    applied = apply_edits(document, [SetStatus(key, "blocked")], "master")
    assert applied.document.tag("master").find(key).status == "blocked"
    before, after = _values(meaning(document)), _values(meaning(applied.document))
    assert len(after) - len(before) in (0, 1)
    differing = [pair for pair in after if pair not in before or after.count(pair) > before.count(pair)]
    assert len(differing) == 1
    assert differing[0][-1] == "blocked"


def _values(value: Any, path: tuple[Any, ...] = ()) -> list[Any]:
    if isinstance(value, list):
        found: list[Any] = []
        for place, inner in enumerate(value):
            named = (
                isinstance(inner, tuple) and len(inner) == 2 and isinstance(inner[0], str) and inner[0] != "n"
            )
            step = inner[0] if named else place
            found += _values(inner[1] if named else inner, (*path, step))
        return found
    return [(*path, value)]


@quick
@given(task_files(), st.data())
def test_a_status_that_is_there_changes_one_line(data: bytes, more: st.DataObject) -> None:
    document = parse(data)
    keys = [
        key for key, task in document.tag("master").nodes.items() if isinstance(task.raw.get("status"), str)
    ]
    if not keys:
        return
    applied = apply_edits(document, [SetStatus(more.draw(st.sampled_from(keys)), "blocked")], "master")
    old, new = data.split(b"\n"), applied.document.data.split(b"\n")
    assert len(old) == len(new)
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 1
