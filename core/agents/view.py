"""What can be said about an agent at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.agents.plan import PlanItem, SubAgent

Reason = Literal["exited", "cancelled", "timeout", "too_much_output", "lingered", "lost"]
"""Why a process is gone: by itself; ended by us (asked to, out of time, flood, hung at its end); unknown."""


class AgentState(StrEnum):
    """What an agent is doing, derived from its events, its silence and the end of its process."""

    STARTING = "starting"
    WORKING = "working"
    WAITING = "waiting"
    RATE_LIMITED = "rate_limited"
    STALLED = "stalled"
    FINISHED_RUNNING = "finished_running"
    ENDED_WITHOUT_RESULT = "ended_without_result"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """True when the agent's process is gone."""
        return self in _OVER


_OVER = frozenset(
    (AgentState.ENDED_WITHOUT_RESULT, AgentState.FAILED, AgentState.SUCCEEDED, AgentState.CANCELLED)
)


@dataclass(frozen=True)
class FileWrite:
    """A file that a tool call of the agent wrote. `path` is relative to its folder where it lies in it.

    `time` is epoch seconds; `size` bytes, None where only a part of the file was sent.
    """

    path: str
    time: float
    size: int | None = None


@dataclass(frozen=True)
class AgentView:
    """One moment of an agent. Times are epoch seconds, 0.0 for never; `cost` dollars, None until it is said.

    `tokens_in` counts what came from and went to the cache too, `tokens_cached` what came from it. Both and
    `tokens_out` are estimates until a result was said. `words` is one printable line about the state.
    """

    state: AgentState = AgentState.STARTING
    since: float = 0.0
    words: str = ""
    tool: str = ""
    target: str = ""
    model: str = ""
    version: str = ""
    session: str = ""
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: float | None = None
    turns: int = 0
    events: int = 0
    tools: int = 0
    errors: int = 0
    denied: int = 0
    background: int = 0
    files: tuple[FileWrite, ...] = ()
    first_event: float = 0.0
    last_event: float = 0.0
    plan: tuple[PlanItem, ...] = ()
    agents: tuple[SubAgent, ...] = ()
