"""The plan an agent keeps for itself, read from its todo and task tool calls, and the sub-agents it began."""

from __future__ import annotations

from dataclasses import dataclass

from core.agents.events import Event


@dataclass(frozen=True)
class PlanItem:
    """One step. `status` is pending, in_progress or completed; `agent` is "" for the agent itself."""

    id: str
    subject: str
    status: str = "pending"
    blocked_by: tuple[str, ...] = ()
    agent: str = ""
    doing: str = ""
    owner: str = ""


@dataclass(frozen=True)
class SubAgent:
    """An agent, or a command in the background, that the agent began. `status` running, completed, ..."""

    id: str
    name: str
    description: str = ""
    status: str = "running"
    tools: int = 0
    tokens: int = 0
    background: bool = False


class AgentPlan:
    """Follows the events of one agent. `items` are grouped by agent, the agent itself first."""

    @property
    def items(self) -> tuple[PlanItem, ...]:
        """The plan as it stands."""
        return ()

    @property
    def agents(self) -> tuple[SubAgent, ...]:
        """The sub-agents in the order they began."""
        return ()

    def feed(self, event: Event) -> None:
        """Take one event into account."""
