"""The lock of the task file: taken as Task Master takes it, and never broken while its holder lives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import LockHeld, TaskdeckError
from core.tasks.storage import lock as lock_module
from core.tasks.storage.lock import FolderLock, hold_lock
from core.tasks.storage.turn import take_turn

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys, time
from pathlib import Path
from core.tasks.storage.lock import hold_lock
from core.tasks.storage.turn import take_turn
path, turn_file = Path(sys.argv[1]), Path(sys.argv[2])
with take_turn(turn_file, path, time.monotonic() + 30) as turn, hold_lock(path, turn, time.monotonic() + 30):
    print("held", flush=True)
    sys.stdin.readline()
"""

COUNT = """
import sys, time
from pathlib import Path
from core.tasks.storage.lock import hold_lock
from core.tasks.storage.turn import take_turn
path, turn_file, counter = (Path(argument) for argument in sys.argv[1:])
for _ in range(10):
    end = time.monotonic() + 60
    with take_turn(turn_file, path, end) as turn, hold_lock(path, turn, end):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "tasks.json"
    path.parent.mkdir()
    path.write_text("{}")
    return path


@pytest.fixture
def turn_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "turn"


@contextmanager
def held(path: Path, turn_file: Path, wait: float = 30.0) -> Generator[FolderLock]:
    deadline = time.monotonic() + wait
    with take_turn(turn_file, path, deadline) as turn, hold_lock(path, turn, deadline) as lock:
        yield lock


def lock_path(path: Path) -> Path:
    return path.with_name("tasks.json.lock")


def make_old(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


@contextmanager
def another_holder(path: Path, turn_file: Path) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(path), str(turn_file)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_lock_is_a_folder_while_held_and_gone_afterwards(path: Path, turn_file: Path) -> None:
    with held(path, turn_file) as lock:
        assert lock_path(path).is_dir()
        lock.check()
    assert [p.name for p in path.parent.iterdir()] == ["tasks.json"]


def test_it_is_released_when_the_work_fails(path: Path, turn_file: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(path, turn_file):
        raise ZeroDivisionError
    assert not lock_path(path).exists()


def test_it_is_touched_while_held(path: Path, turn_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "_REFRESH_SECONDS", 0.01)
    with held(path, turn_file) as lock:
        first = lock_path(path).stat().st_mtime_ns
        deadline = time.monotonic() + 20
        while lock_path(path).stat().st_mtime_ns == first and time.monotonic() < deadline:
            time.sleep(0.01)
        assert lock_path(path).stat().st_mtime_ns > first
        lock.check()
    assert not lock_path(path).exists()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_lock_in_use_is_waited_for_and_then_said(path: Path, turn_file: Path, kind: str) -> None:
    if kind == "folder":
        lock_path(path).mkdir()
        who = "another program"
    else:
        lock_path(path).write_text(json.dumps({"pid": 4242, "timestamp": 0}))
        who = "process 4242"
    make_old(lock_path(path), 4)
    with (
        pytest.raises(LockHeld, match=rf"tasks\.json is locked by {who}.* \d+ s ago") as caught,
        held(path, turn_file, wait=0.1),
    ):
        pass
    assert str(lock_path(path)) in caught.value.hint
    assert lock_path(path).exists(), "the lock of somebody else stays"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_stale_lock_is_taken_over(path: Path, turn_file: Path, kind: str) -> None:
    if kind == "folder":
        lock_path(path).mkdir()
    else:
        lock_path(path).write_text('{"pid": 4242, "timestamp": 0}')
    make_old(lock_path(path), 11)
    with held(path, turn_file, wait=5):
        assert lock_path(path).is_dir()
    assert [p.name for p in path.parent.iterdir()] == ["tasks.json"]


def test_a_lock_dated_in_the_future_is_stale_once_seen_untouched(
    path: Path, turn_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_module, "STALE_SECONDS", 0.2)
    lock_path(path).mkdir()
    make_old(lock_path(path), -3600)
    with held(path, turn_file, wait=10):
        pass
    assert not lock_path(path).exists()


def test_a_lock_that_is_released_meanwhile_is_taken(path: Path, turn_file: Path) -> None:
    lock_path(path).mkdir()
    timer = threading.Timer(0.1, lock_path(path).rmdir)
    timer.start()
    with held(path, turn_file, wait=30):
        assert lock_path(path).is_dir()
    timer.join()


def test_another_taskdeck_is_named_by_its_process(path: Path, turn_file: Path) -> None:
    with (
        another_holder(path, turn_file) as process,
        pytest.raises(LockHeld, match=rf"another Taskdeck \(process {process.pid}, for \d+ s\)"),
        held(path, turn_file, wait=0.1),
    ):
        pass


def test_the_lock_of_a_killed_taskdeck_costs_no_wait(path: Path, turn_file: Path) -> None:
    with another_holder(path, turn_file) as process:
        process.kill()
        process.wait()
        assert lock_path(path).is_dir(), "killed: the folder was left behind"
        with held(path, turn_file, wait=5):  # less than the ten seconds of a stale lock
            pass
    assert not lock_path(path).exists()


def test_killed_between_making_the_lock_and_noting_it(path: Path, turn_file: Path) -> None:
    code = (
        "import os, signal, core.tasks.storage.lock as lock\n"
        "lock._look = lambda path: os.kill(os.getpid(), signal.SIGKILL)\n" + HOLD
    )
    # The first look happens in the clean-up of an earlier holder; there is none in a fresh state folder.
    done = subprocess.run([sys.executable, "-c", code, str(path), str(turn_file)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert lock_path(path).is_dir()
    with held(path, turn_file, wait=5):
        pass


def test_a_fresh_lock_of_task_master_is_not_mistaken_for_that_of_the_dead(
    path: Path, turn_file: Path
) -> None:
    with another_holder(path, turn_file) as process:
        process.kill()
        process.wait()
    lock_path(path).rmdir()  # Task Master took it over as stale ...
    lock_path(path).mkdir()  # ... and holds it now, perhaps with the same inode number
    with pytest.raises(LockHeld), held(path, turn_file, wait=0.3):
        pass
    assert lock_path(path).is_dir()


def test_a_holder_that_stood_still_does_not_write_over_its_successor(path: Path, turn_file: Path) -> None:
    with held(path, turn_file) as lock:
        lock_path(path).rmdir()
        lock_path(path).mkdir()
        with pytest.raises(LockHeld, match="took over the lock"):
            lock.check()
    assert lock_path(path).is_dir(), "the successor's lock is not ours to remove"


@pytest.mark.parametrize("shared", [True, False], ids=["one state folder", "a state folder each"])
def test_many_processes_take_turns_from_a_stale_lock_on(path: Path, tmp_path: Path, shared: bool) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    lock_path(path).mkdir()
    make_old(lock_path(path), 60)
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                COUNT,
                path,
                tmp_path / ("state" if shared else f"state{i}") / "turn",
                counter,
            ],
            cwd=ROOT,
        )
        for i in range(6)
    ]
    assert [process.wait(120) for process in processes] == [0] * 6
    assert counter.read_text() == "60", "each saw the work of all before it"
    assert [p.name for p in path.parent.iterdir()] == ["tasks.json"]


def test_threads_of_one_process_take_turns(path: Path, turn_file: Path, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count() -> None:
        for _ in range(5):
            with held(path, turn_file):
                counter.write_text(str(int(counter.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read_text() == "40"


def test_a_missing_folder_is_said(tmp_path: Path, turn_file: Path) -> None:
    with (
        pytest.raises(TaskdeckError, match="its folder does not exist"),
        held(tmp_path / "no" / "tasks.json", turn_file),
    ):
        pass
