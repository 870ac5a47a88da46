"""Watching a run from its files: large logs piece by piece, torn ends, rates, a worker that is gone."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.logs.writer import LineWriter
from core.runs import agent_log
from core.runs.folder import RunFolder
from core.runs.ledger import AttemptBegan, AttemptEnded, Judged, Ledger, StageBegan, StageEnded, Verdict
from core.runs.watch import RunWatch, summary
from tests.core.test_run_records import a_run


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return a_run(tmp_path, titles={"1": "One", "2": "Two"})


@pytest.fixture
def alive(folder: RunFolder) -> Iterator[int]:
    """The run's lock, held as its worker would."""
    descriptor = os.open(folder.lock_file, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


def said(text: str) -> bytes:
    message = {"id": "m", "role": "assistant", "content": [{"type": "text", "text": text}]}
    return json.dumps({"type": "assistant", "message": message}).encode() + b"\n"


def wrote(path: str) -> bytes:
    call = {"type": "tool_use", "id": path, "name": "Write", "input": {"file_path": path, "content": "text"}}
    result = {"type": "tool_result", "tool_use_id": path, "content": "ok"}
    lines = [
        {"type": "assistant", "message": {"id": "m", "role": "assistant", "content": [call]}},
        {"type": "user", "message": {"role": "user", "content": [result]}},
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def begin(folder: RunFolder, *names: str) -> Ledger:
    ledger = Ledger(folder.ledger_file)
    ledger.append(StageBegan("prepare"))
    ledger.append(StageEnded("prepare", "done"))
    ledger.append(StageBegan("agent"))
    for name in names:
        folder.agent(name).mkdir(parents=True)
        ledger.append(AttemptBegan(name, name.removeprefix("docs-"), 1, 0, time.time()))
    return ledger


def test_a_run_is_told_from_its_files_alone(folder: RunFolder, alive: int) -> None:
    watch = RunWatch(folder)
    assert watch.poll().state == "preparing"
    with begin(folder, "docs-1") as ledger, LineWriter(folder.agent("docs-1") / "log") as log:
        view = watch.poll()
        assert (view.state, view.alive) == ("running", True)
        assert [(row.name, row.task, row.title, row.attempt) for row in view.agents] == [
            ("docs-1", "1", "One", 1),
            ("docs-2", "2", "Two", 0),
        ]
        log.write(wrote(".taskmaster/docs/task-1/task.md"), time.time())
        log.write(said("half")[:10], time.time())
        view = watch.poll()
        assert (view.files_written, view.files_expected) == (1, 4)
        assert view.agents[0].lines == 2, "half a line is none yet"
        assert summary(folder).agents[0].view is None
        ledger.append(AttemptEnded("docs-1", 1, "failed", "It broke.", exit_code=1))
        ledger.append(StageEnded("agent", "failed"))
        ledger.append(StageBegan("gate"))
        assert watch.poll().state == "gating"
        ledger.append(Judged("docs-1", 1, False, "prompt.md is missing"))
        assert watch.poll().files_written == 0, "what failed is not there"
        ledger.append(Verdict("failed", "0 of 2 tasks passed"))
    view = watch.poll()
    assert (view.state, view.words, view.health, view.eta) == ("failed", "0 of 2 tasks passed", (), None)


def test_without_its_worker_a_run_is_interrupted_and_its_agents_are_lost(folder: RunFolder) -> None:
    begin(folder, "docs-1").close()
    view = RunWatch(folder).poll()
    assert view.state == "interrupted"
    assert view.words == "Its worker ended while agents worked."
    assert view.agents[0].view is not None
    assert view.agents[0].view.state.over


def test_a_large_log_is_read_piece_by_piece_and_says_nothing_of_the_rate(
    folder: RunFolder, alive: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_log, "_SLICE", 10_000)
    begin(folder, "docs-1").close()
    with LineWriter(folder.agent("docs-1") / "log") as log:
        for number in range(1000):
            log.write(said(f"line {number}"), 1000.0 + number)
    watch = RunWatch(folder)
    views = [watch.poll()]
    assert 0 < views[0].lines < 1000
    while views[-1].lines < 1000:
        views.append(watch.poll())
        assert len(views) < 100
    assert all(view.lines_per_second == 0 for view in views)
    assert views[-1].agents[0].view is not None
    assert views[-1].agents[0].view.last_event == pytest.approx(1999.0)


def test_a_run_that_is_over_is_told_by_all_of_its_log(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_log, "_SLICE", 10_000)
    with begin(folder, "docs-1") as ledger, LineWriter(folder.agent("docs-1") / "log") as log:
        for number in range(1000):
            log.write(said(f"line {number}"), 1000.0 + number)
        ledger.append(AttemptEnded("docs-1", 1, "failed", "It broke.", exit_code=1, lines=1000))
        ledger.append(Verdict("failed", "0 of 2 tasks passed"))
    watch = RunWatch(folder)
    first = watch.poll()
    assert (first.lines < 1000, watch.is_behind) == (True, True)
    view = watch.whole()
    assert (view.lines, watch.is_behind) == (1000, False)
    assert view.agents[0].view is not None
    assert view.agents[0].view.state.over


def test_a_line_without_an_end_costs_no_memory(
    folder: RunFolder, alive: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_log, "_SLICE", 10_000)
    monkeypatch.setattr(agent_log, "_LONGEST", 20_000)
    begin(folder, "docs-1").close()
    with LineWriter(folder.agent("docs-1") / "log") as log:
        log.write(b"x" * 200_000 + b"\n" + said("after it"), time.time())
    watch = RunWatch(folder)
    for _ in range(40):
        view = watch.poll()
        assert len(watch._logs["docs-1", 1]._rest) <= 20_000
    assert view.agents[0].lines == 2
    assert view.agents[0].view is not None
    assert view.agents[0].view.events == 1
