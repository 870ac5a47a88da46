"""The hash of a task's content, folders for any id, front matter: what makes a document current."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents.catalogue import PREFIX, checked_names, folder_of, path_of
from core.documents.content import content_hash
from core.documents.front_matter import FrontMatter, Malformed, dump, parse
from core.errors import UsageError
from core.tasks.document import parse as parse_tasks
from core.tasks.model import Task

TEXT = st.text(max_size=30)
FIELDS = ("title", "description", "details", "testStrategy")


def task_of(raw: dict[str, Any]) -> Task:
    text = json.dumps({"master": {"tasks": [raw]}})
    return parse_tasks(text.encode()).tag("master").tasks[0]


def raw_task() -> dict[str, Any]:
    return {
        "id": 5,
        "title": "Service",
        "description": "Serve",
        "details": "Over HTTP",
        "testStrategy": "Call it",
        "dependencies": [1, 2],
        "status": "pending",
        "priority": "high",
        "subtasks": [
            {"id": 1, "title": "One", "description": "a", "details": "b", "testStrategy": "c"},
            {"id": 2, "title": "Two", "details": "e", "testStrategy": "f", "dependencies": [1]},
        ],
    }  # fmt: skip


def test_the_hash_is_that_of_the_documented_text() -> None:
    from hashlib import sha256

    text = (
        '{"dependencies":["1"],"description":"","details":"d","subtasks":[{"dependencies":[],"description":"",'
        '"details":"","id":"1","subtasks":[],"testStrategy":"","title":"\\u00dcber"}],'
        '"testStrategy":"","title":"T"}'
    )
    task = task_of(
        {"id": 1, "title": "T", "details": "d", "dependencies": [1], "subtasks": [{"id": 1, "title": "Über"}]}
    )
    assert content_hash(task) == sha256(text.encode()).hexdigest()


@given(st.integers(0, 2**32), TEXT, TEXT)
def test_status_priority_order_of_keys_stamps_and_unknown_keys_change_nothing(
    seed: int, status: str, value: str
) -> None:
    raw = raw_task()
    changed = copy.deepcopy(raw)
    changed |= {"status": status, "priority": value, "updatedAt": value, "complexity": 7, "assignee": value}
    changed["id"] = 77
    changed["metadata"] = {"x": value}
    for subtask in changed["subtasks"]:
        subtask |= {"status": status, "parentId": "undefined", "priority": value, "updatedAt": value}
    rng = random.Random(seed)
    rng.shuffle(changed["subtasks"])
    rng.shuffle(changed["dependencies"])
    shuffled = list(changed.items())
    rng.shuffle(shuffled)
    assert content_hash(task_of(dict(shuffled))) == content_hash(task_of(raw))


def test_ids_compare_as_text_and_a_parents_id_before_them_does_not_count() -> None:
    raw, other = raw_task(), raw_task()
    other |= {"id": "5", "dependencies": ["1", "2"]}
    other["subtasks"][0] |= {"id": "5.1"}
    other["subtasks"][1] |= {"id": "2", "dependencies": ["1"]}
    assert content_hash(task_of(raw)) == content_hash(task_of(other))


@pytest.mark.parametrize("missing", [None, ""])
def test_a_missing_a_null_and_an_empty_text_are_the_same(missing: object) -> None:
    raw, other = raw_task(), raw_task()
    del raw["testStrategy"]
    other["testStrategy"] = missing
    assert content_hash(task_of(raw)) == content_hash(task_of(other))


@given(st.sampled_from(FIELDS), TEXT.filter(bool), st.booleans())
def test_each_text_of_task_and_subtask_changes_it(field: str, more: str, below: bool) -> None:
    raw, changed = raw_task(), raw_task()
    target = changed["subtasks"][1] if below else changed
    target[field] = target.get(field, "") + more
    assert content_hash(task_of(raw)) != content_hash(task_of(changed))


def test_dependencies_and_subtasks_change_it() -> None:
    raw = raw_task()
    before = content_hash(task_of(raw))
    for change in (
        lambda task: task["dependencies"].append(3),
        lambda task: task["subtasks"].pop(),
        lambda task: task["subtasks"][0].update(id=9),
        lambda task: task["subtasks"][1].update(dependencies=[]),
        lambda task: task["subtasks"][0].update(subtasks=[{"id": 1, "title": "Deep"}]),
    ):
        changed = copy.deepcopy(raw)
        change(changed)
        assert content_hash(task_of(changed)) != before


# Folders

ODD = ["5", "5.1", "a", "A", "ä", "a b", "../x", "..", ".", "/etc", "x/../y", "1#2", "?3", "", "-",
       "x" * 3000, "con", "a__0123456789abcdef", "\x1b[31m", "task\n5", "a.", "A" * 3000, "日本", "Ａ",
       "\ud800"]  # fmt: skip


def test_odd_ids_stay_in_a_folder_of_their_own() -> None:
    folders = [folder_of(key) for key in ODD]
    assert len({folder.casefold() for folder in folders}) == len(ODD)
    for folder in folders:
        assert folder.startswith(PREFIX)
        rest = folder.removeprefix(PREFIX)
        assert "/" not in rest
        assert rest.isascii()
        assert rest.isprintable()
        assert 0 < len(rest) <= 64
        assert ".." not in folder or rest != ".."
    assert folder_of("12.3") == ".taskmaster/docs/task-12.3"


@given(st.text(), st.text())
def test_two_ids_never_share_a_folder(one: str, other: str) -> None:
    same = folder_of(one).casefold() == folder_of(other).casefold()
    assert same == (one == other)


@pytest.mark.parametrize(
    "names", [[], ["../x.md"], ["a/b.md"], [""], [".git"], ["a\n.md"], ["x" * 300], ["Task.md", "task.md"]]
)
def test_a_setting_cannot_lead_out_of_the_folder(names: list[str]) -> None:
    with pytest.raises(UsageError):
        checked_names(names)


def test_names_count_once() -> None:
    assert checked_names(["task.md", "task.md", "notes.txt"]) == ("task.md", "notes.txt")
    assert path_of("5", "task.md") == ".taskmaster/docs/task-5/task.md"


# Front matter

TITLES = ['a: b', '"quoted" \'twice\'', "two\nlines", "--- # [x] {y} & *z", "🦀 emoji", "true", "5",
          "\x1b[31m", "\u2028\x85\u202e", "\ufffe", "", "  spaced  ", "%TAG", "\ud800", "日本語"]  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_any_title_comes_back(title: str) -> None:
    matter = FrontMatter("5", title, "a" * 64, "task.md", "master", "builtin", "", (("more", title or "x"),))
    text = dump(matter)
    assert parse(text + "\nBody\n") == (matter, "\nBody\n")
    assert all(character.isprintable() or character == "\n" for character in text)
    # Each line is `name: "..."` with JSON's quoting, which YAML reads the same.
    for line in text.splitlines()[1:-1]:
        name, _, value = line.partition(": ")
        assert name.isidentifier()
        assert isinstance(json.loads(value), str)


@given(st.text(), st.text())
def test_any_text_comes_back(key: str, title: str) -> None:
    matter = FrontMatter(key, title, "0" * 64)
    assert parse(dump(matter))[0] == matter


def test_what_people_and_models_write_is_read_too() -> None:
    lines = ["task: 5", "title: Build: the 'thing'", f"hash: sha256:{'A' * 64}", "who: 'it''s me'"]
    text = "---\r\n# said by hand\n" + "\n".join(lines) + "\n---\nx"
    matter, body = parse(text)
    assert (matter.task, matter.title, matter.hash) == ("5", "Build: the 'thing'", "a" * 64)
    assert matter.more == (("who", "it's me"),)
    assert body == "x"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# A page\n", "no front matter"),
        ("", "no front matter"),
        ("---\ntask: 1\n", "does not end"),
        ("---\ntask: 1\n---\n", "title and hash"),
        ('---\ntask: 1\ntitle: "x\nhash: y\n---\n', "line 3"),
        ("---\ntask: 1\ntask: 2\n---\n", "twice"),
        ("---\n- a\n---\n", "line 2"),
        ("---\ntask: 1\ntitle: x\nhash: 12\n---\n", "64"),
        ("---\n" + "a: b\n" * 3, "twice"),
        ("---\n" + "".join(f"a{n}: b\n" for n in range(900)), "does not end"),
    ],
)
def test_unreadable_front_matter_says_why(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        parse(text)
