"""Sources: files, pipes, children, runs and replays followed live; nothing left behind when it ends."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import psutil
import pytest

from core.logs import file_source, pipe_source
from core.logs.follow import (
    FileSource,
    ProcessSource,
    ReplaySource,
    Source,
    SpillSource,
    StateOf,
    StdinSource,
    StreamState,
    open_source,
)
from core.logs.following import Following
from core.logs.state import duration
from core.logs.writer import LineWriter, times_path


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - files and threads set no event
            await asyncio.sleep(0.005)


def texts(source: Source) -> list[str]:
    return [line.text for line in source.log.lines(0, 1000)]


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def open_files() -> int:
    return psutil.Process().num_fds()


def pumps() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "log pump"]


@contextmanager
def pipe() -> Iterator[tuple[int, FileIO]]:
    """A pipe: the descriptor to read and the file to write, which may be closed earlier."""
    read, write = os.pipe()
    with FileIO(write, "w") as file:
        try:
            yield read, file
        finally:
            os.close(read)


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_file_is_followed_from_before_it_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_source, "QUIET_AFTER", 0.1)
    path = tmp_path / "app.log"
    source = FileSource(path)
    task = asyncio.create_task(source.run())
    await until(lambda: "does not exist yet" in source.state.why)
    assert source.state.state is StreamState.CONNECTING
    append(path, b"one\n")
    await until(lambda: source.state.state is StreamState.LIVE)
    assert texts(source) == ["one"]
    await until(lambda: source.state.state is StreamState.QUIET)
    append(path, b"two\n")
    await until(lambda: source.state.state is StreamState.LIVE)
    path.rename(tmp_path / "app.log.1")
    append(path, b"three\n")
    await until(lambda: source.log.line_count == 3)
    path.unlink()
    await until(lambda: "was removed" in source.state.why)
    await cancelled(task)
    assert texts(source) == ["one", "two", "three"]


async def test_a_file_written_long_ago_is_quiet_since_then(tmp_path: Path) -> None:
    path = tmp_path / "old.log"
    path.write_bytes(b"one\n")
    os.utime(path, (1000, 1000))
    source = FileSource(path)
    task = asyncio.create_task(source.run())
    await until(lambda: source.state.state is StreamState.QUIET)
    assert source.state.since == 1000
    await cancelled(task)


async def test_a_file_read_without_following_ends_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"one\ntwo")
    source = FileSource(path, follow=False)
    await source.run()
    assert source.state.state is StreamState.ENDED
    assert "read to its end" in source.state.why
    assert texts(source) == ["one", "two"]
    missing = FileSource(tmp_path / "missing.log", follow=False)
    await missing.run()
    assert "does not exist" in missing.state.why
    folder = FileSource(tmp_path)
    await folder.run()
    assert "folder" in folder.state.why


async def test_a_spilled_log_ends_with_its_reason_after_its_last_line(tmp_path: Path) -> None:
    path, reasons = tmp_path / "log", list[str]()
    source = SpillSource(path, lambda: reasons[0] if reasons else None, "docs-5")
    task = asyncio.create_task(source.run())
    with LineWriter(path) as writer:
        writer.write(b"one\n", 5.0)
        await until(lambda: source.log.line_count == 1)
        writer.write(b"two\n", 6.0)
        reasons.append("The agent ended with exit code 0.")
    await task
    assert (source.state.state, source.state.why) == (StreamState.ENDED, "The agent ended with exit code 0.")
    assert [(line.text, line.time, line.source) for line in source.log.lines(0, 9)] == [
        ("one", 5.0, "docs-5"),
        ("two", 6.0, "docs-5"),
    ]


async def test_a_pipe_is_spilled_with_its_times_and_ends(tmp_path: Path) -> None:
    before = time.time()
    with pipe() as (read, write):
        source = StdinSource(read, tmp_path / "spill")
        task = asyncio.create_task(source.run())
        write.write(b"one\npar")
        await until(lambda: source.log.line_count == 2)
        assert texts(source) == ["one", "par"]
        write.write(b"tial")
        write.close()
        await task
    assert texts(source) == ["one", "partial"]
    assert source.state.state is StreamState.ENDED
    assert all(line.time and before - 1 < line.time <= time.time() for line in source.log.lines(0, 9))
    assert times_path(tmp_path / "spill").stat().st_size == 16
    assert not pumps()


async def test_a_silent_pipe_is_quiet_and_cancelling_leaves_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe_source, "QUIET_AFTER", 0.05)
    with pipe() as (read, _):
        source = StdinSource(read, tmp_path / "spill")
        task = asyncio.create_task(source.run())
        await until(lambda: source.state.state is StreamState.QUIET)
        assert len(pumps()) == 1
        await cancelled(task)
        assert not pumps()
        assert source.state.state is StreamState.ENDED


async def test_a_named_pipe_is_read_like_standard_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    source = open_source(str(tmp_path / "pipe"), tmp_path)
    task = asyncio.create_task(source.run())
    with (tmp_path / "pipe").open("wb", buffering=0) as file:
        file.write(b"one\n")
        await until(lambda: source.log.line_count == 1)
        file.write(b"two\n")
    await task
    assert texts(source) == ["one", "two"]
    assert isinstance(open_source("-", tmp_path), StdinSource)
    assert isinstance(open_source(str(tmp_path / "x.log"), tmp_path), FileSource)


async def test_a_regular_file_as_standard_input_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"a\nb\n" * 50_000)
    with (tmp_path / "in").open("rb") as file:
        source = StdinSource(file.fileno(), tmp_path / "spill")
        await source.run()
    assert source.log.line_count == 100_000


async def test_a_spill_that_cannot_be_written_ends_with_the_reason(tmp_path: Path) -> None:
    with pipe() as (read, _):
        source = StdinSource(read, tmp_path / "missing" / "spill")
        await source.run()
        assert source.state.state is StreamState.ENDED
        assert "cannot be written" in source.state.why


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_named_pipe_is_closed_also_when_it_cannot_be_spilled(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = open_files()
    source = open_source(str(tmp_path / "pipe"), tmp_path / "nowhere")
    await source.run()
    assert "cannot be written" in source.state.why
    assert open_files() == before


async def test_a_disk_that_takes_no_more_ends_the_stream_with_the_reason(tmp_path: Path) -> None:
    with pipe() as (read, write):
        source = StdinSource(read, tmp_path / "spill")
        with small_files(4096):
            task = asyncio.create_task(source.run())
            write.write(b"first\n" + b"x" * 8192)
            await until(task.done)
        await task
    assert "spill cannot be written: file too large" in source.state.why
    assert texts(source)[0] == "first"
    assert not pumps()


async def test_a_child_s_both_streams_are_followed_to_its_exit_code(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr, flush=True); sys.exit(3)"
    source = ProcessSource([sys.executable, "-c", code], tmp_path / "spill", "child")
    await source.run()
    assert texts(source) == ["out", "err"]
    assert source.exit_code == 3
    assert source.state.why == "child ended with exit code 3."
    assert not pumps()


async def test_a_command_that_is_not_there_ends_with_a_sentence(tmp_path: Path) -> None:
    source = ProcessSource(["no-such-command-here"], tmp_path / "spill")
    await source.run()
    assert source.state.why == "no-such-command-here cannot be started: no such file or directory."


async def test_cancelling_ends_the_child_with_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time, os\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(os.getpid(), child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    source = ProcessSource([sys.executable, "-c", code], tmp_path / "spill", "child")
    task = asyncio.create_task(source.run())
    await until(lambda: source.log.line_count and source.log.open_line is None)
    pids = [int(pid) for pid in texts(source)[0].split()]
    await cancelled(task)
    await until(lambda: not any(running(pid) for pid in pids))
    assert source.state.why == "child was ended."
    assert not pumps()


async def test_a_child_that_ignores_sigterm_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe_source, "_GRACE", 0.2)
    code = (
        "import signal, time, os\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)\n"
    )
    source = ProcessSource([sys.executable, "-c", code], tmp_path / "spill")
    task = asyncio.create_task(source.run())
    await until(lambda: source.log.line_count and source.log.open_line is None)
    pid = int(texts(source)[0])
    await cancelled(task)
    assert not running(pid)


async def test_a_grandchild_that_keeps_the_pipe_open_does_not_hold_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe_source, "_GRACE", 0.2)
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "sys.stdout.flush()\n"
    )
    source = ProcessSource([sys.executable, "-c", code], tmp_path / "spill", "child")
    await source.run()
    os.kill(int(texts(source)[0]), signal.SIGKILL)
    assert source.state.why == "child ended with exit code 0."


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_flood_is_spilled_while_the_event_loop_stays_free(tmp_path: Path) -> None:
    code = (
        "import sys\nblock = b'x' * 99 + b'\\n'\nfor _ in range(64): sys.stdout.buffer.write(block * 10486)"
    )
    source = ProcessSource([sys.executable, "-c", code], tmp_path / "spill")
    turns = 0
    task = asyncio.create_task(source.run())
    while not task.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert source.log.line_count == 64 * 10486
    assert source.log.byte_count == 64 * 1_048_600
    assert turns > 10
    (tmp_path / "spill").unlink()


@pytest.mark.long
async def test_a_flood_of_1_gb_is_kept_whole_in_little_memory(tmp_path: Path) -> None:
    code = (
        "import sys\nblock = b'x' * 99 + b'\\n'\nfor _ in range(1024): sys.stdout.buffer.write(block * 10486)"
    )
    before = psutil.Process().memory_info().rss
    source = ProcessSource([sys.executable, "-c", code], tmp_path / "spill")
    await source.run()
    assert source.log.line_count == 1024 * 10486
    assert source.log.lines(10_000_000, 1)[0].data == b"x" * 99
    assert psutil.Process().memory_info().rss - before < 40 << 20
    (tmp_path / "spill").unlink()


async def test_a_replay_writes_the_same_bytes_with_new_times(tmp_path: Path) -> None:
    recorded = tmp_path / "recorded.log"
    with LineWriter(recorded) as writer:
        for number in range(50):
            writer.write(b'{"n":%d}\r\n' % number, 1000.0 + number * 1e9)
        writer.write(b"last, unfinished", 9e10)
    source = ReplaySource(recorded, tmp_path / "spill", 1e6, max_idle=2.0)
    before = time.time()
    await source.run()
    assert (tmp_path / "spill").read_bytes() == recorded.read_bytes()
    assert source.log.line_count == 51
    assert all(line.time and line.time >= before - 1 for line in source.log.lines(0, 99))
    assert "played to its end" in source.state.why


async def test_a_replay_pauses_and_goes_on(tmp_path: Path) -> None:
    recorded = tmp_path / "recorded.log"
    recorded.write_bytes(b"".join(b"line %d\n" % number for number in range(2000)))
    source = ReplaySource(recorded, tmp_path / "spill", 40.0)
    task = asyncio.create_task(source.run())
    await until(lambda: source.played > 0)
    source.paused = True
    await asyncio.sleep(0.06)  # a tick that was under way
    played = source.played
    await asyncio.sleep(0.06)
    assert source.played == played < 2000
    source.paused, source.speed = False, 1e6
    await task
    assert texts(source)[:2] == ["line 0", "line 1"]
    assert source.log.line_count == 2000


async def test_a_replay_of_nothing_says_so(tmp_path: Path) -> None:
    source = ReplaySource(tmp_path / "missing", tmp_path / "spill")
    await source.run()
    assert "does not exist" in source.state.why


async def test_following_places_lines_of_sources_added_any_time(tmp_path: Path) -> None:
    following = Following()
    task = asyncio.create_task(following.run())
    for name in ("a", "b"):
        append(tmp_path / name, name.encode() + b" 1\n")
        following.add(FileSource(tmp_path / name))
        await until(lambda: following.feed.count == len(following.sources))
    append(tmp_path / "a", b"a 2\n")
    await until(lambda: following.feed.count == 3)
    assert [line.text for line in following.feed.rows(0, 9)] == ["a 1", "b 1", "a 2"]
    assert set(following.states) == {"a", "b"}
    await cancelled(task)


async def test_nothing_is_lost_of_10_000_lines_a_second_with_rotations(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.touch()
    code = (
        "import os, sys, time\n"
        "path, n, start = sys.argv[1], 0, time.monotonic()\n"
        "file = open(path, 'ab')\n"
        "while n < 20000:\n"
        "    due = int((time.monotonic() - start) * 10000)\n"
        "    file.write(b''.join(b'line %d\\n' % i for i in range(n, due))); file.flush(); n = max(n, due)\n"
        "    if n // 5000 > (n - 100) // 5000: os.rename(path, f'{path}.{n}'); file = open(path, 'ab')\n"
        "    time.sleep(0.01)\n"
        "print(n)\n"
    )
    source = FileSource(path)
    task = asyncio.create_task(source.run())
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), stdout=asyncio.subprocess.PIPE
    )
    written = int((await writer.communicate())[0])
    await until(lambda: source.log.line_count >= written)
    await cancelled(task)
    lines = source.log.lines(0, written + 10)
    assert [line.text for line in lines] == [f"line {number}" for number in range(written)]


def test_states_say_how_long() -> None:
    assert [duration(seconds) for seconds in (-1, 4.9, 130, 11_130)] == [
        "0 s",
        "4 s",
        "2 min 10 s",
        "3 h 05 min",
    ]
    assert StateOf(StreamState.QUIET, time.time() - 61).words == "quiet 1 min 01 s"
    assert StateOf(StreamState.ENDED, 0, "It ended.").words == "ended"
