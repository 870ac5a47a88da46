"""An agent's process: what it writes is kept, its limits hold, and nothing of it stays behind."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.agents.command import AgentCommand, agent_environment
from core.agents.process import AgentProcess, Ended, Identity, Limits, end_orphan, is_running
from core.agents.view import AgentState
from core.agents.watch import AgentWatch
from core.errors import TaskdeckError
from core.logs.lines import LineWriter
from tests.fakes.claude_command import StandIn

KEY = "sk-ant-secret-of-the-test"


class Kept:
    """Where the output goes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, time: float) -> None:
        self.data += data

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


def stand_in(tmp_path: Path, *steps: dict[str, Any], **env: str) -> AgentCommand:
    command = StandIn(tmp_path / "bin", *steps)
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    secrets = tuple(value for name, value in env.items() if name.endswith("KEY"))
    return AgentCommand((str(command.path), "-p", "go"), work, agent_environment() | env, secrets)


def run(
    command: AgentCommand, limits: Limits | None = None, write: Callable[[bytes, float], None] | None = None
) -> tuple[Ended, AgentWatch, Kept]:
    kept, watch = Kept(), AgentWatch(time.time())
    ended = asyncio.run(AgentProcess(command, write or kept.write, limits, watch).run())
    return ended, watch, kept


async def until(condition: Callable[[], object], seconds: float = 45.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come about"
        await asyncio.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def child_pid(tmp_path: Path) -> int:
    return int((tmp_path / "work" / "pid").read_text())


def no_children() -> bool:
    return not psutil.Process().children()


def test_output_of_both_streams_is_kept_in_order_with_its_times(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path, {"say": "one"}, {"stderr": "warning: two"}, {"write": {"path": "a.md", "content": "3"}}
    )
    with LineWriter(tmp_path / "log") as writer:
        before = time.time()
        ended, watch, _ = run(command, write=writer.write)
    lines = (tmp_path / "log").read_text().splitlines()
    words = ('subtype": "init', '"one', "two", 'tool_use"', "created", "duration_api_ms")
    assert [next(word for word in words if word in line) for line in lines] == list(words)
    times = (tmp_path / "log.times").read_bytes()
    assert len(times) == 8 * len(lines)
    assert int.from_bytes(times[:8], "little") >= int(before * 1000)
    assert (ended.exit_code, ended.reason, ended.stragglers) == (0, "exited", 0)
    assert ended.output == (tmp_path / "log").stat().st_size
    assert watch.view.state is AgentState.SUCCEEDED
    assert [(file.path, file.size) for file in watch.view.files] == [("a.md", 1)]
    assert no_children()


def test_stdin_is_closed_and_the_agent_leads_its_own_session(tmp_path: Path) -> None:
    code = "import os, sys; print(sys.stdin.read() == '', os.getsid(0) == os.getpid())"
    command = AgentCommand((sys.executable, "-c", code), tmp_path, agent_environment())
    assert run(command)[2].text == "True True\n"


def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    command = AgentCommand((str(tmp_path / "nothing"),), tmp_path, {})
    with pytest.raises(TaskdeckError, match="does not start"):
        run(command)


def test_cancel_ends_the_whole_tree_also_what_left_the_group_and_ignores_term(tmp_path: Path) -> None:
    stubborn = {"pid_file": "pid", "leave_group": True, "ignore_term": True, "hold_output": True}
    command = stand_in(
        tmp_path, {"background": stubborn}, {"ignore_term": True}, {"say": "ready"}, {"hang": True}
    )

    async def cancel() -> tuple[Ended, AgentWatch]:
        kept, watch = Kept(), AgentWatch(time.time())
        process = AgentProcess(command, kept.write, Limits(grace=0.3), watch)
        await process.start()
        await until(lambda: "ready" in kept.text)
        return await process.cancel(), watch

    ended, watch = asyncio.run(cancel())
    assert (ended.reason, ended.exit_code, ended.stragglers) == ("cancelled", -9, 1)
    assert gone(child_pid(tmp_path))
    assert no_children()
    assert watch.view.state is AgentState.CANCELLED


def test_what_an_agent_leaves_behind_when_it_exits_is_ended(tmp_path: Path) -> None:
    in_group = stand_in(tmp_path, {"background": {"pid_file": "pid", "hold_output": True}})
    ended, _, _ = run(in_group, Limits(grace=2))
    assert (ended.reason, ended.exit_code, ended.stragglers) == ("exited", 0, 1)
    assert gone(child_pid(tmp_path))
    (tmp_path / "work" / "pid").unlink()
    left = stand_in(tmp_path, {"background": {"pid_file": "pid", "leave_group": True}})
    ended, _, _ = run(left, Limits(grace=2))
    assert (ended.reason, ended.exit_code, ended.stragglers) == ("exited", 0, 1)
    assert gone(child_pid(tmp_path))


def test_an_agent_that_never_ends_runs_out_of_time(tmp_path: Path) -> None:
    ended, watch, kept = run(
        stand_in(tmp_path, {"say": "on it"}, {"hang": True}), Limits(timeout=1.0, grace=1)
    )
    assert (ended.reason, ended.exit_code) == ("timeout", -15)
    assert "on it" in kept.text
    assert watch.view.state is AgentState.FAILED
    assert "time was over" in watch.view.words


def test_api_retry_for_ever_runs_out_of_time(tmp_path: Path) -> None:
    ended, watch, _ = run(stand_in(tmp_path, {"api_retry": -1}), Limits(timeout=1.0, grace=1))
    assert ended.reason == "timeout"
    assert watch.view.state is AgentState.FAILED


def test_a_flood_is_ended_with_bounded_disk(tmp_path: Path) -> None:
    command = stand_in(tmp_path, {"flood": 1_000_000_000})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with LineWriter(tmp_path / "log") as writer:
        ended, watch, _ = run(command, Limits(max_output=5_000_000, grace=1), writer.write)
    assert ended.reason == "too_much_output"
    assert (tmp_path / "log").stat().st_size <= 5_000_000
    assert watch.view.state is AgentState.FAILED
    assert "more output" in watch.view.words
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 60_000_000


def test_a_flood_in_one_line_is_ended_with_bounded_memory(tmp_path: Path) -> None:
    command = stand_in(tmp_path, {"long_line": 1_000_000_000})
    ended, watch, kept = run(command, Limits(max_output=3_000_000, grace=1))
    assert ended.reason == "too_much_output"
    assert len(kept.data) <= 3_000_000
    assert watch.view.state is AgentState.FAILED


def test_lines_longer_than_any_reader_limit_are_whole(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path, {"tool": {"name": "Read", "input": {"file_path": "big"}, "content": "z" * 3_000_000}}
    )
    _, watch, kept = run(command)
    assert max(map(len, kept.text.splitlines())) > 3_000_000
    assert (watch.view.state, watch.view.tools) == (AgentState.SUCCEEDED, 1)


def test_an_agent_that_hangs_after_its_result_is_ended_and_its_result_counts(tmp_path: Path) -> None:
    command = stand_in(tmp_path, {"say": "x"}, {"result": {}}, {"hang": True})
    ended, watch, _ = run(command, Limits(linger=0.3, grace=1))
    assert ended.reason == "lingered"
    assert watch.view.state is AgentState.SUCCEEDED
    assert watch.outcome is not None
    assert watch.outcome.doubts == ("It did not end by itself after its result.",)


def test_a_key_in_the_output_is_masked_and_counted(tmp_path: Path) -> None:
    command = stand_in(tmp_path, {"leak": "ANTHROPIC_API_KEY"}, ANTHROPIC_API_KEY=KEY)
    ended, watch, kept = run(command)
    assert KEY not in kept.text
    assert watch.outcome is not None
    assert watch.outcome.doubts == ("A key was in its output (2 times); the log has it masked.",)
    assert kept.text.count("ANTHROPIC_API_KEY=…") == 2
    assert ended.masked == 2


def test_an_agent_that_ends_early_has_no_result(tmp_path: Path) -> None:
    ended, watch, _ = run(stand_in(tmp_path, {"say": "hm"}, {"exit": 0}))
    assert ended.exit_code == 0
    assert watch.view.state is AgentState.ENDED_WITHOUT_RESULT
    ended, watch, _ = run(stand_in(tmp_path, {"kill": 11}))
    assert ended.exit_code == -11
    assert watch.view.words.endswith("killed (signal 11).")


def test_terminal_control_sequences_do_not_reach_the_words(tmp_path: Path) -> None:
    _, watch, kept = run(
        stand_in(tmp_path, {"escapes": True}, {"result": {"is_error": True, "result": "\x1b[2Jx"}})
    )
    assert "\x1b[2J" in kept.text
    assert watch.view.words.isprintable()
    assert "␛[2Jx" in watch.view.words


def test_output_that_cannot_be_kept_ends_the_agent_and_says_why(tmp_path: Path) -> None:
    def full(data: bytes, time: float) -> None:
        raise OSError(28, "No space left on device")

    ended, watch, _ = run(stand_in(tmp_path, {"say": "x"}, {"hang": True}), Limits(grace=1), full)
    assert (ended.reason, ended.trouble) == ("lost", "No space left on device")
    assert "No space left on device" in watch.view.words
    assert watch.view.state is AgentState.FAILED


def test_a_cancelled_event_loop_leaves_no_process(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path, {"background": {"pid_file": "pid", "leave_group": True}}, {"say": "ready"}, {"hang": True}
    )
    kept = Kept()
    process = AgentProcess(command, kept.write, Limits(grace=1))

    async def main() -> None:
        task = asyncio.create_task(process.run())
        await until(lambda: "ready" in kept.text)
        assert not task.done()  # asyncio.run cancels it

    asyncio.run(main())
    assert process.ended is not None
    assert process.ended.reason == "cancelled"
    assert gone(child_pid(tmp_path))
    assert no_children()


async def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    process = AgentProcess(stand_in(tmp_path, {"hang": True}), Kept().write, Limits(grace=1))
    task = asyncio.create_task(process.run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert no_children()


async def test_stop_works_from_a_thread_and_before_the_start(tmp_path: Path) -> None:
    early = AgentProcess(stand_in(tmp_path, {"hang": True}), Kept().write, Limits(grace=1))
    early.stop()
    assert (await early.run()).reason == "cancelled"
    kept = Kept()
    late = AgentProcess(stand_in(tmp_path, {"say": "ready"}, {"hang": True}), kept.write, Limits(grace=1))
    await late.start()
    await until(lambda: "ready" in kept.text)
    await asyncio.to_thread(late.stop)
    assert (await late.wait()).reason == "cancelled"
    late.stop()  # after the end it does nothing


async def test_an_orphan_is_ended_only_when_it_is_the_same_process(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path, {"background": {"pid_file": "pid", "leave_group": True}}, {"say": "ready"}, {"hang": True}
    )
    kept = Kept()
    process = AgentProcess(command, kept.write)
    identity = await process.start()
    await until(lambda: "ready" in kept.text)
    assert is_running(identity)
    other = Identity(identity.pid, identity.created - 60, "another mark")
    assert not is_running(other)
    assert not await asyncio.to_thread(end_orphan, other, 1)
    assert is_running(identity)
    assert await asyncio.to_thread(end_orphan, identity, 1)
    ended = await process.wait()
    assert (ended.reason, ended.exit_code) == ("exited", -15)
    assert gone(child_pid(tmp_path))
    assert not await asyncio.to_thread(end_orphan, identity, 1)


async def test_what_an_orphan_left_is_ended_by_its_mark_when_the_agent_is_gone(tmp_path: Path) -> None:
    command = stand_in(
        tmp_path, {"background": {"pid_file": "pid", "leave_group": True}}, {"say": "ready"}, {"hang": True}
    )
    kept = Kept()
    process = AgentProcess(command, kept.write)
    identity = await process.start()
    await until(lambda: "ready" in kept.text)
    left = child_pid(tmp_path)
    gone_already = Identity(pid=_free_pid(), created=identity.created, mark=identity.mark)
    assert await asyncio.to_thread(end_orphan, gone_already, 1)
    assert gone(left)
    await process.cancel()


def _free_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        return ended.pid
