"""The logs of many agents in one feed: all of their lines, with few open files."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import psutil

from core.logs.state import StreamState
from core.logs.writer import LineWriter
from core.runs.watch import AgentRow
from tests.fakes.run_views import agent
from tui.bridges.run_log import RunLog, read_sources, run_sources

MANY = 300
FEW = 60
"""Files that may be open for a moment: one a thread, and what the loop and the test need."""


def spilled(folder: Path, task: str, words: str) -> AgentRow:
    """An agent that is at work, and said these words."""
    path = folder / task / "log"
    path.parent.mkdir(parents=True)
    with LineWriter(path) as writer:
        writer.write(f"{words}\n".encode(), 1000.0 + int(task))
    return agent(task, log=path)


def over(row: AgentRow) -> AgentRow:
    return dataclasses.replace(row, ended=2000.0)


def place(log: RunLog) -> list[str]:
    """Place every line and read it, times too."""
    while log.feed.advance():
        pass
    return [line.text for line in log.feed.rows(0, log.feed.count)]


async def test_hundreds_of_agents_that_ended_hold_no_files(tmp_path: Path) -> None:
    process = psutil.Process()
    rows = [over(spilled(tmp_path, str(task), f"words of {task}")) for task in range(MANY)]
    log = RunLog()
    sources = log.take(rows)
    before = process.num_fds()
    await read_sources(sources)
    assert process.num_fds() - before < FEW
    log.add(sources)
    following = asyncio.create_task(run_sources(sources))
    most = 0
    while not following.done():
        most = max(most, process.num_fds() - before)
        await asyncio.sleep(0.01)
    assert most < FEW
    assert await asyncio.to_thread(place, log) == [f"words of {task}" for task in range(MANY)]
    assert process.num_fds() - before < FEW
    assert not log.live
    await asyncio.to_thread(log.close)


async def test_a_log_lets_go_of_its_file_when_its_agent_ends_and_can_be_read_on(tmp_path: Path) -> None:
    process = psutil.Process()
    rows = [spilled(tmp_path, str(task), "at work") for task in range(20)]
    log = RunLog()
    sources = log.take(rows)
    log.add(sources)
    await asyncio.gather(read_sources(sources))
    before = process.num_fds()
    following = asyncio.create_task(run_sources(sources))
    with LineWriter(rows[0].log or tmp_path) as writer:
        writer.write(b"the last words\n", 3000.0)
    log.take(map(over, rows))
    await asyncio.wait_for(following, 30)
    assert all(source.state.state is StreamState.ENDED for source in log.sources)
    assert process.num_fds() <= before - 15
    assert "the last words" in await asyncio.to_thread(place, log)
    await asyncio.to_thread(log.close)


async def test_an_attempt_is_over_when_the_next_one_begins(tmp_path: Path) -> None:
    first = spilled(tmp_path / "run" / "agents", "4", "first")
    log = RunLog()
    sources = log.take([first])
    following = asyncio.create_task(run_sources(sources))
    second = dataclasses.replace(
        first, attempt=first.attempt + 1, log=tmp_path / "run" / "agents" / "4-2" / "log"
    )
    assert [source.name for source in log.take([second])] == [f"{first.name}·2"]
    await asyncio.wait_for(following, 30)
    assert sources[0].state.state is StreamState.ENDED
    await asyncio.to_thread(log.close)
