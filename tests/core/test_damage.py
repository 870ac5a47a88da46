"""Saying what is wrong with a damaged task file, and offering ways out that work."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.tasks.document import parse
from core.tasks.edits import SetStatus
from core.tasks.merging.damage import Choice, Diagnosis, diagnose
from core.tasks.merging.salvage import salvage
from core.tasks.store import TaskStore

ONE = '{\n  "master": {\n    "tasks": [\n      {"id": 1, "title": "one", "status": "pending"}\n    ]\n  }\n}'
TWO = ONE.replace('"one"', '"two"')


@pytest.fixture
def store(tmp_path: Path) -> TaskStore:
    path = tmp_path / "project" / "tasks.json"
    path.parent.mkdir()
    path.write_text(ONE)
    return TaskStore(path, tmp_path / "state")


def look(data: str | bytes, store: TaskStore | None = None) -> Diagnosis:
    raw = data.encode() if isinstance(data, str) else data
    found = diagnose(Path("tasks.json"), raw, store.backups() if store else ())
    assert found
    return found


def choice(found: Diagnosis, kind: str) -> Choice:
    return next(one for one in found.choices if one.kind == kind)


def test_a_sound_file_has_no_diagnosis() -> None:
    assert diagnose(Path("tasks.json"), ONE.encode()) is None


def test_a_missing_comma_is_shown_with_line_and_column() -> None:
    found = look(ONE.replace('"id": 1,', '"id": 1'))
    assert (found.line, found.column) == (4, 16)
    assert "',' delimiter" in found.what
    assert [one.kind for one in found.choices] == ["editor"]


def test_the_last_good_backup_is_offered_with_its_age(store: TaskStore) -> None:
    store.apply([SetStatus("1", "done")])
    store.path.write_text("{ damaged")
    backup = store.backups()[0]
    found = diagnose(store.path, b"{ damaged", store.backups(), now=backup.time + timedelta(hours=3))
    assert found
    assert choice(found, "backup").label == "restore the last good backup, 3 hours old (1 task)"
    assert choice(found, "backup").text == ONE
    assert store.path.read_text() == "{ damaged", "looking changes nothing"


def test_a_broken_backup_is_passed_over(store: TaskStore) -> None:
    store.apply([SetStatus("1", "done")])
    store.apply([SetStatus("1", "review")])
    store.backups()[0].path.write_text("cut off")
    assert choice(look("{", store), "backup").text == ONE


@pytest.mark.parametrize("data", ["", "\n \n", "\0\0\0", "\ufeff"])
def test_an_empty_file(data: str, store: TaskStore) -> None:
    found = look(data)
    assert found.what == "the file is empty"
    assert [one.kind for one in found.choices] == ["new", "editor"]
    parse((choice(found, "new").text or "").encode())
    store.apply([SetStatus("1", "done")])
    assert [one.kind for one in look(data, store).choices] == ["backup", "new", "editor"]


def test_two_documents_back_to_back() -> None:
    found = look(ONE + "\n" + TWO)
    assert found.what == "the file holds two task files, one behind the other"
    assert (found.line, found.column) == (8, 1)
    assert [one.kind for one in found.choices] == ["first", "second", "editor"]
    assert choice(found, "first").text == ONE
    assert choice(found, "second").text == TWO
    assert "1 task" in choice(found, "first").label


def test_text_behind_the_end() -> None:
    found = look(ONE + "\n}\n}")
    assert found.what == "there is more text behind the end of the task file"
    assert choice(found, "first").text == ONE
    assert "drop the 2 lines" in choice(found, "first").label


def conflicted(ours: str, theirs: str) -> str:
    return f"<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> branch\n"


def test_git_conflicts_offer_a_merge_and_either_side() -> None:
    theirs = ONE.replace('"pending"', '"done"').replace(
        "}\n    ]", '},\n      {"id": 2, "title": "new"}\n    ]'
    )
    found = look(conflicted(ONE, theirs))
    assert found.what == "git left a conflict in the file, unresolved"
    assert (found.line, found.column) == (1, 1)
    assert [one.kind for one in found.choices] == ["merge", "ours", "theirs", "editor"]
    merge = choice(found, "merge")
    assert [(c.key, c.field, c.ours, c.theirs) for c in merge.conflicts] == [
        ("1", "status", "pending", "done")
    ]
    tasks = json.loads(merge.text or "")["master"]["tasks"]
    assert [(one["id"], one.get("status")) for one in tasks] == [(1, "pending"), (2, None)]
    assert merge.label == "merge both sides by task id (2 tasks; 1 field differs, ours is kept)"


def test_a_conflict_with_one_broken_side_offers_the_other() -> None:
    found = look(conflicted(ONE, "{"))
    assert [one.kind for one in found.choices] == ["ours", "editor"]


def test_sides_nested_too_deep_to_merge_can_still_be_chosen() -> None:
    def nested(status: str) -> str:
        task = f'{{"id": 1, "title": "t", "status": "{status}"}}'
        for _ in range(400):
            task = f'{{"id": 1, "title": "t", "subtasks": [{task}]}}'
        return f'{{"master": {{"tasks": [{task}]}}}}'

    kinds = [one.kind for one in look(conflicted(nested("pending"), nested("done"))).choices]
    assert kinds[-3:] == ["ours", "theirs", "editor"]


def test_markers_that_do_not_pair_up_leave_backup_and_editor(store: TaskStore) -> None:
    store.apply([SetStatus("1", "done")])
    assert [one.kind for one in look("<<<<<<< HEAD\n" + ONE, store).choices] == ["backup", "editor"]


def test_bytes_that_are_no_text() -> None:
    found = look(b'{\n "a": "\xff"}')
    assert (found.line, found.column) == (2, 8)
    assert "UTF-8" in found.what


def test_a_choice_is_carried_out_as_an_edit_that_is_journalled(store: TaskStore) -> None:
    data = conflicted(ONE, TWO).encode()
    store.path.write_bytes(data)
    merge = choice(look(data), "merge")
    assert merge.text
    store.replace(merge.text, title="merge both sides", expected=data)
    assert store.load().tag().find("1").title == "one"
    assert [entry.title for entry in store.history()] == ["merge both sides"]
    assert data in [backup.read() for backup in store.backups()]


def test_real_damaged_files(corpus: Path) -> None:
    empty = corpus / "tasks/eyaltoledano__claude-task-master@a84cd1a4/.taskmaster/tasks/tasks.json"
    assert look(empty.read_bytes()).what == "the file is empty"
    conflicts = corpus / "tasks/eyaltoledano__claude-task-master@646a5482/.taskmaster/tasks/tasks.json"
    found = look(conflicts.read_bytes())
    assert found.line == 6
    assert [one.kind for one in found.choices] == ["merge", "ours", "theirs", "editor"]
    assert "94 tasks in 2 tags" in choice(found, "theirs").label


MANY = json.dumps(
    {
        "first": {"tasks": [{"id": 1, "title": "é"}], "metadata": {"note": "kept"}},
        "master": {
            "tasks": [{"id": number, "title": "t", "subtasks": [{"id": 1}]} for number in (1, 2, 3)],
            "metadata": {"created": "today", "count": 12},
        },
    },
    indent=2,
    ensure_ascii=False,
)


def test_whole_tasks_before_a_cut_are_offered(store: TaskStore) -> None:
    text = MANY[: MANY.index('"id": 3') + 3]
    found = look(text)
    kept = choice(found, "salvage")
    assert "3 tasks in 2 tags" in kept.label
    assert kept.text is not None
    document = parse(kept.text.encode())
    assert [task.key for task in document.tag("master").tasks] == ["1", "2"]
    assert kept.text.rstrip("]} \n") in text, "what is kept stays to the byte"
    assert kept.text.endswith("\n    ]\n  }\n}")
    store.path.write_text(ONE)
    store.apply([SetStatus("1", "done")])
    assert [one.kind for one in look(text, store).choices] == ["backup", "salvage", "editor"]


def test_a_file_cut_anywhere_gives_tasks_that_were_there_or_none() -> None:
    whole = json.loads(MANY)
    for text in (MANY, json.dumps(whole), '{"tasks": [{"id": 1}, {"id": 2}], "meta": 123}'):
        there = json.loads(text)
        there = {"": there} if "tasks" in there else there
        for end in range(len(text)):
            kept = salvage(text[:end])
            if kept is None:
                continue
            left = json.loads(kept)
            left = {"": left} if "tasks" in left or "" in there else left
            for tag, content in left.items():
                tasks = content.get("tasks", [])
                assert tasks == there[tag]["tasks"][: len(tasks)]
                assert content.get("metadata", {}).items() <= there[tag].get("metadata", {}).items()


def test_tasks_behind_bytes_that_are_no_text_are_not_called_whole() -> None:
    data = MANY.encode("latin-1")
    assert "salvage" not in [one.kind for one in look(data[: data.index(b'"id": 3')]).choices]
