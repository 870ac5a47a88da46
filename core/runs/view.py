"""What can be said about a run at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.runs.ledger import Judged, Note, StageView, Verdict
from core.runs.request import Kind

if TYPE_CHECKING:
    from core.agents.watch import AgentView
    from core.runs.kept_look import Look

RunStateName = Literal[
    "preparing", "running", "gating", "done", "failed", "cancelled", "interrupted", "refused"
]


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured value of a run's health and how many seconds ago it was measured or last changed."""

    name: str
    value: str
    age: float | None = None


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent of a run. `attempt` is 0 while it has not begun; `view` is None until then.

    `log` is the file with its raw lines (times beside it, `log.times`), which may not exist yet. `of_run` is
    the earlier run it worked in, where this run only delivers what it made.
    """

    name: str
    task: str
    title: str
    attempt: int = 0
    view: AgentView | None = None
    began: float | None = None
    ended: float | None = None
    judged: Judged | None = None
    log: Path | None = None
    workspace: Path | None = None
    lines: int = 0
    of_run: str = ""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it is now. Times are seconds since the epoch, `eta` seconds left (low, high) where known.

    `keys` are the tasks it is about, also where it only delivers what an earlier run made of them.
    `finished_by` is the retry that did what this run did not; `core.runs.lineage` fills it in. `into` is the
    branch its pull request goes to, `look` what the forge said of that when it was asked last.
    """

    id: str
    kind: Kind
    tag: str
    keys: tuple[str, ...]
    agent: str
    state: RunStateName
    words: str
    alive: bool
    began: float
    ended: float | None
    stages: tuple[StageView, ...]
    agents: tuple[AgentRow, ...]
    files_written: int
    files_expected: int
    lines: int
    lines_per_second: float
    cost: float | None
    eta: tuple[float, float] | None
    verdict: Verdict | None
    health: tuple[Signal, ...]
    notes: tuple[Note, ...] = ()
    branch: str = ""
    commit: str = ""
    base: str = ""
    retry_of: str = ""
    attempt: int = 1
    cancel_asked: bool = False
    finished_by: str = ""
    into: str = ""
    look: Look | None = None

    @property
    def is_over(self) -> bool:
        return self.state not in ("preparing", "running", "gating")

    @property
    def only_delivers(self) -> bool:
        """Whether it has no agents of its own: what an earlier run made is pushed, and that is all."""
        return bool(self.stages) and all(stage.name in ("push", "pull_request") for stage in self.stages)
