"""Many writers at once, writers that are killed, and Task Master writing beside us: real processes."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.tasks.document import parse
from core.tasks.edits import EditField, SetStatus
from core.tasks.store import TaskStore

ROOT = Path(__file__).resolve().parents[2]

SET_ONE = """
import sys
from pathlib import Path
from core.tasks.edits import SetStatus
from core.tasks.store import TaskStore
path, state, key = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
TaskStore(path, state, key).apply([SetStatus(key, "done")], wait=120)
"""

WRITE_ON = """
import itertools, sys
from pathlib import Path
from core.tasks.edits import EditField
from core.tasks.store import TaskStore
store = TaskStore(Path(sys.argv[1]), Path(sys.argv[2]), "victim")
print("ready", flush=True)
for number in itertools.count():
    store.apply([EditField("1", "details", f"{sys.argv[3]}-{number}")])
    if number % 5 == 4:
        store.undo()
"""

# For each state folder it is given, a child of its own that ends itself at the next later call which
# touches the file system, so that every step of a write is once the last one.
KILL_AT = """
import os, signal, sys
from pathlib import Path
from core.tasks.edits import EditField
from core.tasks.store import TaskStore
left = 0
def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def counted(name):
    original = getattr(os, name)
    def call(*arguments, **options):
        step()
        result = original(*arguments, **options)
        step()
        return result
    setattr(os, name, call)
for name in ("write", "pwrite", "fsync", "rename", "mkdir", "rmdir", "open", "close", "unlink", "ftruncate"):
    counted(name)
for number, line in enumerate(sys.stdin, 1):
    child = os.fork()
    if child == 0:
        left = number
        TaskStore(Path(sys.argv[1]), Path(line.strip()), "victim").apply([EditField("1", "details", "new")])
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

# What Task Master's newer core does: a lock made as a folder, read inside it, a temporary file, rename.
NEW_CORE = """
import json, os, sys, time
path, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
lock = path + ".lock"
for number in range(rounds):
    while True:
        try:
            os.mkdir(lock)
            break
        except FileExistsError:
            pass
        try:
            if time.time() - os.stat(lock).st_mtime > 10:
                raise SystemExit("found a stale lock")
        except FileNotFoundError:
            pass  # its holder was done between the two looks
        time.sleep(0.001)
    content = json.load(open(path))
    content["master"]["tasks"][0][name] = number
    with open(path + ".tmp", "w") as file:
        json.dump(content, file, indent=2)
    os.rename(path + ".tmp", path)
    os.rmdir(lock)
    time.sleep(0.002)
"""

# What its older core does: a lock made as a file with process and time.
OLD_CORE = """
import json, os, sys, time
path, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
lock = path + ".lock"
for number in range(rounds):
    while True:
        try:
            with open(lock, "x") as file:
                json.dump({"pid": os.getpid(), "timestamp": time.time() * 1000}, file)
            break
        except FileExistsError:
            time.sleep(0.001)
    content = json.load(open(path))
    content["master"]["tasks"][0][name] = number
    with open(path + ".tmp." + str(os.getpid()), "w") as file:
        json.dump(content, file, indent=2)
    os.rename(path + ".tmp." + str(os.getpid()), path)
    os.unlink(lock)
    time.sleep(0.002)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "tasks.json"
    path.parent.mkdir()
    subtasks = [{"id": n, "title": f"subtask {n}", "status": "pending"} for n in range(1, 51)]
    task = {"id": 1, "title": "task", "details": "start", "status": "pending", "subtasks": subtasks}
    path.write_text(json.dumps({"master": {"tasks": [task]}}, indent=2))
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def start(code: str, *arguments: object, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=stdin, stdout=pipe, stderr=pipe, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_consistent(path: Path, state: Path) -> None:
    """The file parses and the journal tells an unbroken story that ends with what the file holds."""
    parse(path.read_bytes())
    told = [entry for entry in reversed(TaskStore(path, state).history(limit=10**6)) if not entry.dropped]
    for earlier, later in itertools.pairwise(told):
        assert later.before == earlier.after
    assert not told or told[-1].after == digest(path)


def only_the_file_is_left(path: Path) -> bool:
    return [p.name for p in path.parent.iterdir()] == ["tasks.json"]


def test_fifty_processes_each_change_another_subtask(path: Path, state: Path) -> None:
    processes = [start(SET_ONE, path, state, f"1.{n}") for n in range(1, 51)]
    for process in processes:
        finish(process)
    document = parse(path.read_bytes())
    assert [task.status for task in document.tag().find("1").subtasks] == ["done"] * 50
    assert len(TaskStore(path, state).history(limit=100)) == 50
    check_consistent(path, state)
    assert only_the_file_is_left(path)


def kill_writers(path: Path, state: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    for turn in range(times):
        with start(WRITE_ON, path, state, turn) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)
        parse(path.read_bytes())
        # Less than the ten seconds after which an abandoned lock is stale.
        TaskStore(path, state).apply([EditField("1", "testStrategy", f"after {turn}")], wait=8)
        assert only_the_file_is_left(path)
        check_consistent(path, state)


def test_writers_killed_at_random_moments(path: Path, state: Path) -> None:
    kill_writers(path, state, times=40, seed=7)


@pytest.mark.long
def test_a_thousand_writers_killed_at_random_moments(path: Path, state: Path) -> None:
    kill_writers(path, state, times=1000, seed=11)


@pytest.fixture
def kill_at_next_step(path: Path) -> Iterator[Callable[[Path], int]]:
    """Runs a writer up to the step after that of the last call; returns how it ended."""
    with start(KILL_AT, path, stdin=subprocess.PIPE) as process:

        def run(state: Path) -> int:
            assert process.stdin
            assert process.stdout
            process.stdin.write(f"{state}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield run
        process.kill()


def test_a_writer_killed_at_each_of_its_steps(
    path: Path, state: Path, kill_at_next_step: Callable[[Path], int]
) -> None:
    old = path.read_bytes()
    contents: list[bytes] = []
    notes: set[str] = set()
    code = -signal.SIGKILL
    while code == -signal.SIGKILL:
        path.write_bytes(old)
        own_state = state / str(len(contents))
        code = kill_at_next_step(own_state)
        content = path.read_bytes()
        contents.append(content)
        store = TaskStore(path, own_state)
        change = store.apply([SetStatus("1", "done")], wait=8)
        assert change.document.data == content.replace(b'"pending"', b'"done"', 1)
        assert only_the_file_is_left(path)
        notes |= {entry.note for entry in store.history()}
        store.undo()
        if content != old:  # what reached the file is in the journal
            store.undo()
        assert path.read_bytes() == old
    assert code == 0, "the last one was not killed"
    assert len(contents) > 20
    assert set(contents) == {old, old.replace(b'"start"', b'"new"')}
    assert "interrupted before it reached the file" in notes
    assert "interrupted, but found in the file" in notes


def test_task_master_of_both_kinds_writes_beside_us(path: Path, state: Path) -> None:
    rounds = 40
    others = [start(NEW_CORE, path, "newCore", rounds), start(OLD_CORE, path, "oldCore", rounds)]
    store = TaskStore(path, state)
    written = 0
    while written < rounds or any(process.poll() is None for process in others):
        store.apply([EditField("1", "ours", str(written))])
        written += 1
    for process in others:
        finish(process)
    raw = store.load().tag().find("1").raw
    assert (raw["newCore"], raw["oldCore"], raw["ours"]) == (rounds - 1, rounds - 1, str(written - 1))
    assert only_the_file_is_left(path)
