"""Recorded sessions of real agents, replayed through the log, the readers and the watch without loss.

The numbers were counted without any of our code: lines with `wc -l`; tool calls, failed results, refusals and
written files with jq over the content blocks, such as
`jq 'select(.type=="assistant") | .message.content[] | select(.type=="tool_use") | .name' FILE | wc -l`;
tokens by adding the fields of the last `modelUsage`; cost, turns and states by reading the last lines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.agents.events import Other, Plain
from core.agents.reading import read_events
from core.agents.rows import KINDS, AgentReader
from core.agents.view import AgentState
from core.agents.watch import AgentWatch
from core.logs.lines import LineLog, LineWriter, times_path


@dataclass(frozen=True)
class Expected:
    """What a person counted in one recording."""

    lines: int
    events: int  # lines, and one more for each further block of a message
    tools: int
    errors: int  # failed tool results and failed turns
    cost: float | None
    end: AgentState
    last: AgentState  # before the end of the process is known
    turns: int = 0
    tokens: tuple[int, int] = (0, 0)
    denied: int = 0
    files: int = 0
    plan: int = 0
    agents: tuple[str, ...] = ()
    unknown: int = 0


DONE, RUNS_ON = AgentState.SUCCEEDED, AgentState.FINISHED_RUNNING
RECORDED = {
    "claude_cli_run1.jsonl": Expected(12, 12, 3, 0, 0.00188, DONE, RUNS_ON, 4, (100, 168), files=1),
    # Write was not among its tools: all three calls failed.
    "claude_cli_run2.jsonl": Expected(
        77, 77, 3, 3, 0.00188, DONE, RUNS_ON, 4, (100, 168), unknown=1
    ),
    "claude_cli_run4.jsonl": Expected(
        12, 12, 3, 0, 0.0028199999999999996, DONE, RUNS_ON, 4, (100, 168), files=1
    ),
    # A dead endpoint: nine attempts, then it was killed.
    "claude_cli_run6.jsonl": Expected(
        10, 10, 0, 0, None, AgentState.ENDED_WITHOUT_RESULT, AgentState.WORKING
    ),
    # Two messages, the first in two lines: (10+5646+13689) + (10+11613) tokens in, 4 + 4 out.
    "stream_2.1.284_background_excerpt.jsonl": Expected(
        12, 12, 2, 0, None, AgentState.ENDED_WITHOUT_RESULT, AgentState.WORKING, 1, (30968, 8),
        agents=("completed",),
    ),
    # Two results of one process: 36+34534+122657 tokens in.
    "stream_2.1.285_result_excerpt.jsonl": Expected(2, 2, 0, 0, 0.0837797, DONE, RUNS_ON, 4, (157227, 482)),
    # 54291 + (1070+6040814+106195) tokens in, 1577+21190 out.
    "stream_hivemind_724.jsonl": Expected(
        184, 184, 67, 0, 2.593711449999998, DONE, RUNS_ON, 68, (6202370, 22767), files=3, plan=12
    ),
    # Two sessions; the first has one message of three blocks. The second was refused and failed.
    "stream_untether_session.jsonl": Expected(
        10, 12, 2, 1, 0.001, AgentState.FAILED, RUNS_ON, 3, (40, 12), denied=1, files=1
    ),
}  # fmt: skip


@pytest.fixture(params=sorted(RECORDED))
def recording(request: pytest.FixtureRequest, corpus: Path) -> Path:
    path = corpus / "agent-logs" / str(request.param)
    if not path.is_file():
        pytest.skip("the recording is not in the corpus")
    return path


def test_a_recording_goes_through_log_and_watch_without_loss(recording: Path, tmp_path: Path) -> None:
    expected = RECORDED[recording.name]
    data = recording.read_bytes()
    with LineWriter(tmp_path / "log") as writer:
        for number, start in enumerate(range(0, len(data), 10_007)):  # pieces that end anywhere
            writer.write(data[start : start + 10_007], 1000.0 + number)
    log = LineLog.open_file(tmp_path / "log", "agent", times_path(tmp_path / "log"))
    log.refresh()
    watch = AgentWatch(1000.0)
    unknown = 0
    for number in range(log.line_count):
        (line,) = log.lines(number, 1)
        assert line.time is not None
        events = watch.feed_line(log.raw(number), line.time)
        unknown += sum(isinstance(event, (Other, Plain)) for event in events)
    assert b"".join(log.raw(number) for number in range(log.line_count)) == data
    log.close()
    view = watch.view
    assert log.line_count == expected.lines
    assert (view.events, unknown) == (expected.events, expected.unknown)
    assert (view.tools, view.errors, view.denied) == (expected.tools, expected.errors, expected.denied)
    assert (view.cost, view.turns) == (expected.cost, expected.turns)
    assert (view.tokens_in, view.tokens_out) == expected.tokens
    assert (len(view.files), len(view.plan)) == (expected.files, expected.plan)
    assert tuple(agent.status for agent in view.agents) == expected.agents
    assert view.state is expected.last
    watch.ended(None, 2000.0)
    assert watch.view.state is expected.end


def test_every_line_of_a_recording_has_a_row_also_from_its_beginning(recording: Path, tmp_path: Path) -> None:
    log = LineLog.open_file(recording, "agent")
    log.refresh()
    reader = AgentReader()
    kinds = Counter(reader(line).kind for line in log.lines(0, log.line_count, 1 << 20))
    assert set(kinds) <= KINDS.keys()
    assert kinds.total() == RECORDED[recording.name].lines
    first = AgentReader()
    for whole, cut in zip(log.lines(0, 500, 1 << 20), log.lines(0, 500, 2000), strict=True):
        assert first(cut).kind == reader(whole).kind
    log.close()


def test_the_plan_and_the_files_of_a_long_session(corpus: Path) -> None:
    path = corpus / "agent-logs" / "stream_hivemind_724.jsonl"
    if not path.is_file():
        pytest.skip("the recording is not in the corpus")
    watch = AgentWatch(0.0)
    for number, line in enumerate(path.read_bytes().splitlines()):
        watch.feed_line(line, float(number))
    assert {item.status for item in watch.view.plan} == {"completed"}
    assert [Path(file.path).name for file in watch.view.files] == [
        "solve.auto-pr.lib.mjs",
        "solve.auto-continue.lib.mjs",
        "solve.branch-errors.lib.mjs",
    ]


@pytest.mark.parametrize("step", [1, 7, 997])
def test_a_recording_that_is_cut_or_mixed_never_raises(recording: Path, step: int) -> None:
    data = recording.read_bytes()[:60_000]
    broken = data[::step] if step > 1 else data.replace(b'"', b"'", 50)
    for line in broken.split(b"\n"):
        read_events(line)
