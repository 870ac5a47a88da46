"""The task store: edits that are never lost, undo to the byte, damaged files left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Conflict, DamagedFile, LockHeld, NotFound, TaskdeckError
from core.tasks.edits import (
    AddSubtask,
    AddTask,
    EditField,
    RemoveTask,
    ReplaceText,
    SetStatus,
)
from core.tasks.storage import backups as backups_module
from core.tasks.storage import writer as writer_module
from core.tasks.store import TaskStore

ROOT = Path(__file__).resolve().parents[2]

TEXT = """{
\t"master": {
\t\t"tasks": [
\t\t\t{"id": 1, "title": "Überschrift", "status": "pending", "dependencies": [], "weight": 1.10},
\t\t\t{
\t\t\t\t"id": "2",
\t\t\t\t"title": "second",
\t\t\t\t"details": "old",
\t\t\t\t"status": "pending",
\t\t\t\t"dependencies": [1],
\t\t\t\t"subtasks": [
\t\t\t\t\t{"id": 1, "title": "sub", "status": "pending", "dependencies": []}
\t\t\t\t]
\t\t\t}
\t\t]
\t}
}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "tasks.json"
    path.parent.mkdir()
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(path: Path, state: Path) -> TaskStore:
    return TaskStore(path, state, "a session")


def status(path: Path, key: str) -> str:
    return TaskStore(path, path.parent).load().tag().find(key).status


def test_an_edit_changes_its_value_and_no_other_byte(store: TaskStore, path: Path) -> None:
    before = path.read_bytes()
    change = store.apply([SetStatus("2.1", "done")])
    assert (
        path.read_bytes()
        == before[: before.rindex(b"pending")] + b"done" + before[before.rindex(b"pending") + 7 :]
    )
    assert change.document.data == path.read_bytes()
    assert store.last_good is change.document
    assert (change.entry.title, change.entry.session, change.entry.kind) == (
        "set 2.1 to done",
        "a session",
        "edit",
    )
    assert [p.name for p in path.parent.iterdir()] == ["tasks.json"], "neither lock nor temporary file stays"


def test_edits_go_to_the_freshest_content(store: TaskStore, path: Path) -> None:
    store.load()
    path.write_bytes(path.read_bytes().replace(b'"old"', b'"by another program"'))
    change = store.apply([SetStatus("1", "done")])
    assert change.document.tag().find("2").details == "by another program"


def test_several_edits_are_one_change(store: TaskStore, path: Path) -> None:
    before = path.read_bytes()
    change = store.apply(
        [SetStatus("1", "done"), EditField("2", "details", "new"), AddTask({"title": "third"})]
    )
    assert change.created == ("3",)
    store.undo()
    assert path.read_bytes() == before
    assert len(store.history()) == 2


def test_an_edit_without_effect_writes_nothing(store: TaskStore, path: Path) -> None:
    inode = path.stat().st_ino
    change = store.apply([SetStatus("1", "pending")])
    assert change.entry.number == 0
    assert path.stat().st_ino == inode
    assert store.history() == []


def test_an_edit_that_is_refused_changes_nothing(store: TaskStore, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(NotFound):
        store.apply([SetStatus("1", "done"), SetStatus("77", "done")])
    assert path.read_bytes() == before
    assert store.history() == []


def test_a_missing_file_is_said_or_made(store: TaskStore, path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(NotFound, match="no task file"):
        store.load()
    with pytest.raises(NotFound, match="no task file"):
        store.apply([AddTask({"title": "first"})])
    change = store.apply([AddTask({"title": "first"})], create=True)
    assert change.created == ("1",)
    assert json.loads(path.read_bytes())["master"]["tasks"][0]["title"] == "first"
    store.undo()
    assert json.loads(path.read_bytes())["master"]["tasks"] == []


def test_the_empty_object_that_task_master_makes_first_is_a_new_file(store: TaskStore, path: Path) -> None:
    path.write_bytes(b"{}")
    assert store.apply([AddTask({"title": "first"})], create=True).created == ("1",)


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"master": {"tasks": []}} {}', b"<<<<<<< HEAD\n{}\n", b"\xff\xfe{\0}\0", b"[]"]
)
def test_a_damaged_file_is_never_written_over(store: TaskStore, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    for create in (False, True):
        with pytest.raises(DamagedFile) as caught:
            store.apply([AddTask({"title": "first"})], create=create)
        assert caught.value.exit_code == 3
    with pytest.raises(DamagedFile):
        store.load()
    assert path.read_bytes() == data
    assert [p.name for p in path.parent.iterdir()] == ["tasks.json"]


def test_the_last_good_content_stays_at_hand(store: TaskStore, path: Path) -> None:
    good = store.load()
    path.write_bytes(b"{")
    with pytest.raises(DamagedFile):
        store.load()
    assert store.last_good is good


def test_undo_and_redo_across_restarts_give_the_same_bytes(path: Path, state: Path) -> None:
    contents = [path.read_bytes()]
    for edit in (
        SetStatus("1", "done"),
        EditField("2", "details", 'new\n"quoted" \\ Ünïcode'),
        EditField("2", "testStrategy", "added field"),
        EditField("2", "details", None),
        AddSubtask("1", {"title": "a first subtask"}),
        RemoveTask("1"),
        SetStatus("2", "done"),
    ):
        TaskStore(path, state).apply([edit])
        contents.append(path.read_bytes())
    for expected in reversed(contents[:-1]):
        TaskStore(path, state).undo()
        assert path.read_bytes() == expected
    with pytest.raises(NotFound, match="nothing to undo"):
        TaskStore(path, state).undo()
    for expected in contents[1:]:
        TaskStore(path, state).redo()
        assert path.read_bytes() == expected
    with pytest.raises(NotFound, match="nothing to redo"):
        TaskStore(path, state).redo()
    TaskStore(path, state).undo()
    assert path.read_bytes() == contents[-2]


def test_undo_keeps_what_others_changed_elsewhere(store: TaskStore, path: Path) -> None:
    store.apply([SetStatus("1", "done")])
    path.write_bytes(path.read_bytes().replace(b'"old"', b'"by another program"'))
    store.undo()
    assert status(path, "1") == "pending"
    assert b"by another program" in path.read_bytes()
    store.redo()
    assert status(path, "1") == "done"


def test_undo_refuses_where_the_value_was_changed_since(store: TaskStore, path: Path) -> None:
    store.apply([SetStatus("1", "done")])
    path.write_bytes(path.read_bytes().replace(b'"done"', b'"review"'))
    before = path.read_bytes()
    with pytest.raises(Conflict) as caught:
        store.undo()
    said = caught.value.message + caught.value.hint
    assert "review" in said
    assert "done" in said
    assert caught.value.exit_code == 3
    assert path.read_bytes() == before


def test_undo_of_an_added_task_that_somebody_wrote_into_refuses(store: TaskStore, path: Path) -> None:
    store.apply([AddTask({"title": "mine"})])
    path.write_bytes(path.read_bytes().replace(b'"mine"', b'"theirs"'))
    with pytest.raises(Conflict):
        store.undo()
    assert b"theirs" in path.read_bytes()


def test_a_new_edit_ends_redo(store: TaskStore) -> None:
    store.apply([SetStatus("1", "done")])
    store.undo()
    store.apply([SetStatus("2", "done")])
    with pytest.raises(NotFound, match="nothing to redo"):
        store.redo()


def test_undo_of_a_session_leaves_the_edits_of_others(path: Path, state: Path) -> None:
    app, shell = TaskStore(path, state, "app"), TaskStore(path, state, "shell")
    app.apply([SetStatus("1", "done")])
    app.apply([SetStatus("2.1", "review")])
    shell.apply([SetStatus("2", "done")])
    app.undo(session="app")
    assert [status(path, key) for key in ("1", "2", "2.1")] == ["done", "done", "pending"]
    app.undo(session="app")
    assert [status(path, key) for key in ("1", "2", "2.1")] == ["pending", "done", "pending"]
    with pytest.raises(NotFound):
        app.undo(session="app")
    app.redo(session="app")
    assert [status(path, key) for key in ("1", "2", "2.1")] == ["done", "done", "pending"]
    shell.undo()
    assert status(path, "1") == "pending", "without a session: the last change of all"


def test_history_tells_the_newest_first(store: TaskStore) -> None:
    store.apply([SetStatus("1", "done")])
    store.apply([SetStatus("2", "done")], title="finish the second")
    store.undo()
    told = [(e.number, e.kind, e.title, e.undone) for e in store.history()]
    assert told == [
        (3, "undo", "undo: finish the second", False),
        (2, "edit", "finish the second", True),
        (1, "edit", "set 1 to done", False),
    ]
    assert len(store.history(limit=1)) == 1


def test_backups_are_kept_and_restored(store: TaskStore, path: Path) -> None:
    original = path.read_bytes()
    store.apply([SetStatus("1", "done")])
    store.apply([SetStatus("2", "done")])
    edited = path.read_bytes()
    oldest = store.backups()[-1]
    assert oldest.read() == original
    store.restore(oldest)
    assert path.read_bytes() == original
    store.undo()
    assert path.read_bytes() == edited


def test_a_damaged_file_is_restored_when_asked_and_its_bytes_are_kept(store: TaskStore, path: Path) -> None:
    original = path.read_bytes()
    store.apply([SetStatus("1", "done")])
    damaged = b'{"master": \xff'
    path.write_bytes(damaged)
    backup = next(b for b in store.backups() if not b.damaged)
    change = store.restore(backup)
    assert path.read_bytes() == original
    assert change.document.data == original
    assert damaged in [b.read() for b in store.backups()]
    undone = store.undo()
    assert path.read_bytes() == damaged, "taking a repair back gives the damaged bytes again"
    assert undone.document.data == original
    assert undone.entry.title == f"undo: {change.entry.title}"
    store.redo()
    assert path.read_bytes() == original
    store.undo()
    assert path.read_bytes() == damaged
    with pytest.raises(DamagedFile):
        store.undo()


def test_a_repair_in_a_file_that_changed_since_is_passed_over_by_undo(store: TaskStore, path: Path) -> None:
    store.apply([SetStatus("1", "done")])
    done = path.read_bytes()
    path.write_bytes(b"{")
    store.replace(done.decode(), title="resolve: by hand")
    path.write_bytes(done.replace(b"second", b"zweite"))
    store.undo()
    assert status(path, "1") == "pending", "the edit before the repair still undoes"
    with pytest.raises(Conflict, match=r"resolve: by hand.*changed since"):
        store.undo()


def test_an_undo_whose_effect_is_there_already_lets_the_next_go_on(store: TaskStore, path: Path) -> None:
    store.apply([SetStatus("1", "review")])
    store.apply([SetStatus("2", "done")])
    path.write_bytes(path.read_bytes().replace(b'"done"', b'"pending"'))
    before = path.read_bytes()
    entry = store.undo().entry
    assert entry.before == entry.after
    assert entry.title == "undo: set 2 to done"
    assert path.read_bytes() == before
    store.undo()
    assert status(path, "1") == "pending"


def test_a_resolution_is_refused_when_the_file_changed_since_it_was_looked_at(
    store: TaskStore, path: Path
) -> None:
    path.write_bytes(b"{")
    with pytest.raises(Conflict, match="changed since"):
        store.replace(TEXT, title="resolve", expected=b"{ something else")
    assert path.read_bytes() == b"{"
    store.replace(TEXT, title="resolve", expected=b"{")
    assert path.read_text() == TEXT


def test_a_replacement_that_is_no_task_file_is_refused(store: TaskStore, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(DamagedFile):
        store.replace("{", title="resolve")
    assert path.read_bytes() == before


def test_replacing_the_whole_text_undoes(store: TaskStore, path: Path) -> None:
    before = path.read_bytes()
    store.apply([ReplaceText('{"master": {"tasks": []}}')])
    store.undo()
    assert path.read_bytes() == before


def test_backups_are_bounded(store: TaskStore, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups_module, "KEPT_CONTENTS", 5)
    for number in range(12):
        store.apply([EditField("2", "details", str(number))])
    assert len(store.backups()) == 5
    assert b'"10"' in store.backups()[0].read()
    size = path.stat().st_size
    monkeypatch.setattr(backups_module, "KEPT_BYTES", size * 3)
    store.apply([EditField("2", "details", "x")])
    assert sum(b.size for b in store.backups()) <= size * 3 + 100


def test_backups_of_earlier_days_stay_for_a_while(store: TaskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups_module, "KEPT_CONTENTS", 2)
    folder = store.backups_folder
    for number in range(4):
        store.apply([EditField("2", "details", str(number))])
    from datetime import timedelta

    kept = store.backups()[-1]
    for days in (1, 1, 3, 30):
        earlier = kept.time - timedelta(days=days, minutes=len(list(folder.iterdir())))
        data = f"{days} {earlier}".encode()
        import hashlib

        digest = hashlib.sha256(data).hexdigest()
        (folder / f"{earlier:%Y%m%dT%H%M%S.%f}Z-{digest}.json").write_bytes(data)
    store.apply([EditField("2", "details", "last")])
    ages = [(store.backups()[0].time.date() - b.time.date()).days for b in store.backups()]
    assert ages == [0, 0, 1, 3]


def test_a_backup_that_is_not_whole_is_not_restored(store: TaskStore, path: Path) -> None:
    store.apply([SetStatus("1", "done")])
    backup = store.backups()[0]
    backup.path.write_bytes(b'{"master": {"tasks": []}}')
    before = path.read_bytes()
    with pytest.raises(DamagedFile, match="backup is not complete"):
        store.restore(backup)
    assert path.read_bytes() == before


def test_a_content_of_another_program_can_be_kept(store: TaskStore) -> None:
    store.keep_backup(store.load())
    store.keep_backup(store.load())
    assert len(store.backups()) == 1


def test_nothing_of_ours_is_in_the_repository(store: TaskStore, path: Path, state: Path) -> None:
    store.apply([SetStatus("1", "done")])
    assert [p.name for p in path.parent.iterdir()] == ["tasks.json"]
    assert any(state.rglob("journal.jsonl"))


def test_a_link_to_the_task_file_stays_a_link(path: Path, state: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    TaskStore(link, state).apply([SetStatus("1", "done")])
    assert link.is_symlink()
    assert status(path, "1") == "done"
    TaskStore(path, state).undo()
    assert status(link, "1") == "pending", "one journal, whichever way the file is reached"


def test_a_held_lock_is_waited_for_and_said(store: TaskStore, path: Path) -> None:
    path.with_name("tasks.json.lock").mkdir()
    before = path.read_bytes()
    with pytest.raises(LockHeld) as caught:
        store.apply([SetStatus("1", "done")], wait=0.1)
    assert caught.value.exit_code == 3
    assert path.read_bytes() == before


def test_a_long_wait_is_told_once(path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_PATIENCE", 0.05)
    lock = path.with_name(path.name + ".lock")
    lock.mkdir()
    told: list[str] = []

    def on_wait() -> None:
        told.append("waiting")
        lock.rmdir()  # the other program ends as soon as somebody waits for it

    TaskStore(path, state, on_wait=on_wait).apply([SetStatus("1", "done")])
    assert told == ["waiting"]
    assert status(path, "1") == "done"


def test_a_writer_without_lock_is_not_written_over(
    store: TaskStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """parse-prd of Task Master writes in place and takes no lock: here just before our rename."""
    from core import atomic_write

    flush = atomic_write.flush
    times: list[int] = []

    def write_meanwhile(descriptor: int) -> None:
        flush(descriptor)
        if len(times) < 2:
            times.append(1)
            path.write_bytes(path.read_bytes().replace(b'"old"', b'"without lock"'))

    monkeypatch.setattr(atomic_write, "flush", write_meanwhile)
    store.apply([SetStatus("1", "done")])
    assert b"without lock" in path.read_bytes()
    assert status(path, "1") == "done"
    assert [e.title for e in store.history()] == ["set 1 to done"]


def test_threads_share_a_store(store: TaskStore, path: Path) -> None:
    def work(number: int) -> None:
        for turn in range(4):
            store.apply([EditField("2", f"field{number}", str(turn))])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raw = store.load().tag().find("2").raw
    assert {raw[f"field{number}"] for number in range(6)} == {"3"}
    assert len(store.history()) == 24


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


CHILD = """
import os, resource, sys
from pathlib import Path
from core.errors import TaskdeckError
from core.tasks.edits import EditField, SetStatus
from core.tasks.store import TaskStore
import core.tasks.storage.plans  # before the rights to read it are given up
path, state, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if what == "read-only":
    os.getuid() or os.setuid(65534)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(what), int(what)))
try:
    TaskStore(path, state).apply([EditField("2", "details", "new " * 2000)])
    print("written")
except TaskdeckError as error:
    print(error.message)
"""


def run_child(path: Path, state: Path, what: str) -> str:
    command = [sys.executable, "-c", CHILD, str(path), str(state), what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done.stdout.strip()


def test_a_folder_without_right_to_write_is_one_plain_sentence(open_folder: Path) -> None:
    path, state = open_folder / "tasks" / "tasks.json", open_folder / "state"
    path.parent.mkdir()
    path.write_text(TEXT)
    state.mkdir()
    state.chmod(0o777)
    path.parent.chmod(0o555)
    said = run_child(path, state, "read-only")
    path.parent.chmod(0o755)
    assert said == f"{path} cannot be written: you have no right to write in its folder. Nothing was changed."
    assert path.read_text() == TEXT


@pytest.mark.parametrize("limit", [100, 1000, 5000, 9000, 17000])
def test_a_full_disk_leaves_the_old_file(path: Path, state: Path, limit: int) -> None:
    before = path.read_bytes()
    said = run_child(path, state, str(limit))
    assert "there is no space left" in said
    assert path.read_bytes() == before
    store = TaskStore(path, state)
    assert store.history() == []
    store.apply([SetStatus("1", "done")], wait=5)
    assert os.listdir(path.parent) == ["tasks.json"]  # noqa: PTH208


def test_an_unreadable_path_is_said(tmp_path: Path, state: Path) -> None:
    with pytest.raises(TaskdeckError, match="cannot be read"):
        TaskStore(tmp_path, state).load()
