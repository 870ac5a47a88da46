"""Views of runs as `core.runs.watch` makes them, written by hand: no worker, no agent stands behind them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from core.agents.plan import PlanItem, SubAgent
from core.agents.view import AgentState, AgentView, FileWrite
from core.runs.ledger import Note, StageView, Verdict
from core.runs.watch import AgentRow, RunView, Signal

NOW = 1_790_000_000.0
"""The moment all views are of."""

STEPS = ("Read the task", "Read what it depends on", "Write task.md", "Write prompt.md", "Check the files")
NAMES = ("task.md", "prompt.md", "design-spec.md", "acceptance-criteria.md")


def plan_after(done: int) -> tuple[PlanItem, ...]:
    """The plan of an agent that has done so many of its steps."""
    status = {True: "completed", False: "pending"}
    return tuple(
        PlanItem(str(at), words, "in_progress" if at == done else status[at < done])
        for at, words in enumerate(STEPS)
    )


def agent(
    task: str,
    state: str = "working",
    words: str = "",
    *,
    files: int = 0,
    since: float = 12,
    log: Path | None = None,
    **more: Any,
) -> AgentRow:
    """An agent that writes documents; `since` is how many seconds it has been in its state."""
    writes = tuple(
        FileWrite(f".taskmaster/docs/task-{task}/{name}", NOW - 60 * (files - at), 1_840 + 300 * at)
        for at, name in enumerate(NAMES[:files])
    )
    view = AgentView(
        state=AgentState(state),
        since=NOW - since,
        words=words,
        files=writes,
        tools=3 * files + 2,
        last_event=NOW - since,
        plan=plan_after(min(files + 1, len(STEPS))),
        **more,
    )
    return AgentRow(
        f"docs-{task}", task, f"Title of task {task}", 1, view, began=NOW - 240, log=log, lines=40
    )


def to_come(task: str) -> AgentRow:
    """An agent that has not begun."""
    return AgentRow(f"docs-{task}", task, f"Title of task {task}")


STAGES = (
    StageView(
        "prepare",
        "done",
        "3 work trees at 3f9c2e1a77b0",
        {"commit": "3f9c2e1a77b0c2d14c8d5b1f6b6c0a9d6c2f6f10", "branch": "taskdeck/docs-260921-1200-abc"},
        NOW - 246,
        NOW - 243,
    ),
    StageView("agent", "running", "", {}, NOW - 243),
    StageView("gate", "running", "5 passed", {}, NOW - 200),
    StageView("commit"),
)


def run(**changes: Any) -> RunView:
    """A run with three agents: one at work, one stalled, one that waits for a person."""
    view = RunView(
        id="260921-1200-abc",
        kind="docs",
        tag="master",
        keys=tuple(str(number) for number in range(1, 13)),
        agent="claude",
        state="running",
        words="writing documents",
        alive=True,
        began=NOW - 246,
        ended=None,
        stages=STAGES,
        agents=(
            agent("4", words="Write task-4/prompt.md", files=2, since=3, cost=0.11),
            agent(
                "5", "stalled", "silent for 3 min 10 s after Bash cargo doc", files=1, since=190, cost=0.20
            ),
            agent("6", "waiting", "may it use Bash: cargo metadata", files=3, since=41, cost=0.05),
            agent("1", "succeeded", "4 files", files=4, since=120, cost=0.06),
            to_come("7"),
            to_come("8"),
        ),
        files_written=31,
        files_expected=48,
        lines=214,
        lines_per_second=12.4,
        cost=0.42,
        eta=(660, 960),
        verdict=None,
        health=(
            Signal("worker", "alive, pid 4242", 1.0),
            Signal("last event", "docs-4 Write", 3.0),
            Signal("output", "1.2 MB of 256 MB", 3.0),
        ),
        branch="taskdeck/docs-260921-1200-abc",
        commit="3f9c2e1a77b0c2d14c8d5b1f6b6c0a9d6c2f6f10",
        base="feature/example-app",
    )
    return dataclasses.replace(view, **changes)


def finished_run(**changes: Any) -> RunView:
    """A run that passed."""
    over = {
        "id": "260921-1130-xyz",
        "state": "done",
        "alive": False,
        "began": NOW - 3_000,
        "ended": NOW - 2_400,
        "agents": tuple(agent(str(key), "succeeded", "4 files", files=4, since=2_500) for key in (1, 2)),
        "keys": ("1", "2"),
        "files_written": 8,
        "files_expected": 8,
        "lines_per_second": 0.0,
        "eta": None,
        "verdict": Verdict("done", "8 documents passed the gate", {"commit": "77aa01b"}, NOW - 2_400),
        "stages": tuple(dataclasses.replace(s, state="done", ended=NOW - 2_400) for s in STAGES),
        "health": (),
    }
    return run(**(over | changes))


def failed_run(**changes: Any) -> RunView:
    """A task run whose agent ended without result."""
    over = {
        "id": "260921-1100-qrs",
        "kind": "task",
        "keys": ("9",),
        "state": "failed",
        "alive": False,
        "began": NOW - 7_000,
        "ended": NOW - 6_600,
        "agents": (agent("9", "failed", "exit code 1: not logged in", since=6_700),),
        "files_written": 0,
        "files_expected": 0,
        "lines_per_second": 0.0,
        "cost": None,
        "eta": None,
        "verdict": Verdict("failed", "docs-9 failed: exit code 1: not logged in", {}, NOW - 6_600),
        "health": (),
        "notes": (Note("the agent was tried twice", NOW - 6_700),),
    }
    return run(**(over | changes))


def with_sub_agents(row: AgentRow) -> AgentRow:
    """The same agent with one of its own under it."""
    assert row.view is not None
    below = (SubAgent("1", "explore", "look for the schema", tools=7),)
    return dataclasses.replace(row, view=dataclasses.replace(row.view, agents=below))
