"""Which documents there are, and copying those of a run into the work tree without losing anything."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.documents.apply import apply
from core.documents.catalogue import PREFIX, folder_of
from core.documents.coverage import coverage, needed
from core.documents.places import FolderPlace, MemoryPlace
from core.documents.safe_write import NotWritten, write_below
from core.errors import TaskdeckError
from tests.fakes.documents import NAMES, documents_of, make_documented, tag_of, tasks

TASK = ".taskmaster/docs/task-2/task.md"


def changed_tag(field: str = "details", value: str = "Other"):  # type: ignore[no-untyped-def]
    values = tasks()
    values[1][field] = value
    return tag_of(values)


def test_all_documents_are_present_and_one_place_needs_no_naming() -> None:
    matrix = coverage(tag_of(), NAMES, [MemoryPlace(documents_of(tag_of()), "work tree")])
    assert matrix.whole
    assert (matrix.present, matrix.expected) == (8, 8)
    assert matrix.totals == {"present": 8, "stale": 0, "damaged": 0, "empty": 0, "missing": 0, "foreign": 0}
    assert json.loads(json.dumps(matrix.to_json()))["complete"] is True


def test_a_changed_status_leaves_them_current_and_changed_content_makes_them_stale() -> None:
    place = MemoryPlace(documents_of(tag_of()))
    assert coverage(changed_tag("status", "done"), NAMES, [place]).whole
    matrix = coverage(changed_tag(), NAMES, [place])
    assert matrix.totals["stale"] == 4
    assert matrix.needed == ("2",)
    assert [task.key for task in needed(changed_tag(), NAMES, [place])] == ["2"]
    row = matrix.row("2")
    assert row is not None
    assert row.files[0].why == "the task changed since it was written"


def test_both_places_count_and_it_says_which() -> None:
    files = documents_of(tag_of())
    here = MemoryPlace({path: text for path, text in files.items() if "task-1" in path}, "work tree")
    branch = MemoryPlace({path: text for path, text in files.items() if "task-2" in path}, "branch b")
    matrix = coverage(tag_of(), NAMES, [here, branch])
    assert matrix.whole
    assert (matrix.present_in("work tree"), matrix.present_in("branch b")) == (4, 4)
    row = matrix.row("2")
    assert row is not None
    assert {(file.state, file.place) for file in row.files} == {("present", "branch b")}
    assert row.files[0].in_place("work tree") == "missing"


def test_what_is_current_on_a_branch_wins_over_what_is_stale_here() -> None:
    old, new = documents_of(tag_of()), documents_of(changed_tag())
    matrix = coverage(changed_tag(), NAMES, [MemoryPlace(old, "work tree"), MemoryPlace(new, "branch b")])
    row = matrix.row("2")
    assert row is not None
    assert {(file.state, file.place) for file in row.files} == {("present", "branch b")}
    assert row.files[0].places == (("work tree", "stale"), ("branch b", "present"))


def test_foreign_empty_damaged_and_nameless_files() -> None:
    files = documents_of(tag_of())
    paths = [f".taskmaster/docs/task-2/{name}" for name in NAMES]
    files[paths[0]] = ""
    files[paths[1]] = files[paths[1]].replace('task: "2"', 'task: "1001"')
    files[paths[2]] = "---\nbroken"
    files[paths[3]] = "# Written by somebody else\n"
    files[".taskmaster/docs/task-1001/task.md"] = "x"
    files[".taskmaster/docs/task-1/notes.md"] = "kept"
    matrix = coverage(tag_of(), NAMES, [MemoryPlace(files)])
    row = matrix.row("2")
    assert row is not None
    assert [file.state for file in row.files] == ["empty", "damaged", "damaged", "stale"]
    assert [file.path for file in matrix.foreign] == [".taskmaster/docs/task-1001/task.md"]
    assert "no front matter" in row.files[3].why


def test_a_second_task_of_one_id_has_documents_of_its_own() -> None:
    values = [*tasks(), {**tasks()[1], "title": "Twin"}]
    tag = tag_of(values)
    assert tag.tasks[2].key == "2#2"
    assert coverage(tag, NAMES, [MemoryPlace(documents_of(tag))]).whole


def test_a_project_without_documents_and_a_docs_folder_that_is_a_file(tmp_path: Path) -> None:
    assert coverage(tag_of(), NAMES, [FolderPlace(tmp_path)]).totals["missing"] == 8
    (tmp_path / ".taskmaster").mkdir()
    (tmp_path / ".taskmaster/docs").write_text("")
    assert coverage(tag_of(), NAMES, [FolderPlace(tmp_path)]).totals["missing"] == 8
    assert FolderPlace(tmp_path).read("../etc/passwd") is None


# Applying


def test_a_folder_that_goes_while_it_is_looked_through_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("1", "2"):
        folder = tmp_path / folder_of(key)
        folder.mkdir(parents=True)
        (folder / "task.md").write_text("text")
    look = os.scandir

    def scandir(path: Path) -> Iterator[os.DirEntry[str]]:
        """As the real one, but somebody renames the folder of task 2 just before."""
        if path.name == "task-2":
            path.rename(tmp_path / "gone")
        return look(path)

    monkeypatch.setattr("core.documents.places.os.scandir", scandir)
    assert FolderPlace(tmp_path).paths(PREFIX) == [f"{folder_of('1')}/task.md"]


def test_documents_are_copied_once(tmp_path: Path) -> None:
    run = MemoryPlace(documents_of(tag_of()), "branch")
    base = MemoryPlace({})
    assert len(apply(run, tmp_path, tag_of(), NAMES, base, dry_run=True).written) == 8
    assert list(tmp_path.iterdir()) == []
    done = apply(run, tmp_path, tag_of(), NAMES, base)
    assert len(done.written) == 8
    assert done.whole
    assert coverage(tag_of(), NAMES, [FolderPlace(tmp_path)]).whole
    again = apply(run, tmp_path, tag_of(), NAMES, base)
    assert (again.written, len(again.same), again.refused) == ((), 8, ())
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]


def test_only_the_documents_asked_for_are_copied(tmp_path: Path) -> None:
    files = documents_of(tag_of()) | {".taskmaster/tasks/tasks.json": "evil", "CLAUDE.md": "evil"}
    apply(MemoryPlace(files), tmp_path, tag_of(), NAMES, MemoryPlace({}), ["2"])
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(NAMES)


@pytest.mark.parametrize(
    ("here", "base", "why"),
    [
        ("mine", "old", "changed here since"),
        (None, "old", "removed here since"),
        ("mine", None, "another one here"),
        ("old", "old", ""),
        (None, None, ""),
    ],
)
def test_never_over_what_somebody_changed(
    tmp_path: Path, here: str | None, base: str | None, why: str
) -> None:
    if here is not None:
        (tmp_path / TASK).parent.mkdir(parents=True)
        (tmp_path / TASK).write_text(here)
    run = MemoryPlace({TASK: "new"})
    done = apply(run, tmp_path, tag_of(), NAMES, MemoryPlace({} if base is None else {TASK: base}), ["2"])
    if why:
        assert done.refused == ((TASK, done.refused[0][1]),)
        assert why in done.refused[0][1]
        assert ((tmp_path / TASK).read_text() if here else None) == here
        assert not done.whole
    else:
        assert done.written == (TASK,)
        assert (tmp_path / TASK).read_text() == "new"


def test_what_is_changed_does_not_keep_the_rest_from_being_copied(tmp_path: Path) -> None:
    (tmp_path / TASK).parent.mkdir(parents=True)
    (tmp_path / TASK).write_text("mine")
    done = apply(MemoryPlace(documents_of(tag_of())), tmp_path, tag_of(), NAMES, MemoryPlace({}))
    assert (len(done.written), len(done.refused)) == (7, 1)


@pytest.mark.parametrize("part", [TASK, ".taskmaster/docs/task-2", ".taskmaster/docs", ".taskmaster"])
@pytest.mark.parametrize("dangling", [False, True])
def test_no_link_leads_out(tmp_path: Path, part: str, dangling: bool) -> None:
    root, outside = tmp_path / "p", tmp_path / "outside"
    make_documented(root)
    (root / part).rename(outside)
    (root / part).symlink_to(tmp_path / "nowhere" if dangling else outside)
    before = copy.copy(sorted(tmp_path.rglob("*")))
    done = apply(MemoryPlace({TASK: "new"}), root, tag_of(), NAMES, MemoryPlace({}), ["2"])
    assert done.refused == ((TASK, f"{part} is a symbolic link"),)
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(NotWritten):
        write_below(root, TASK, b"new")


def test_a_folder_in_the_place_of_a_document_stays(tmp_path: Path) -> None:
    (tmp_path / TASK).mkdir(parents=True)
    done = apply(MemoryPlace({TASK: "new"}), tmp_path, tag_of(), NAMES, MemoryPlace({}), ["2"])
    assert "something else" in done.refused[0][1]


def test_a_change_in_the_last_moment_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("theirs")
    with pytest.raises(NotWritten, match="this very moment"):
        write_below(tmp_path, "a", b"ours", lambda present: present is None)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    for path in ("../a", "/a", "a//b", ""):
        with pytest.raises(NotWritten):
            write_below(tmp_path, path, b"")


def test_a_disk_that_refuses_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(TaskdeckError, match="cannot be written"):
        write_below(tmp_path / "gone", "a", b"")
