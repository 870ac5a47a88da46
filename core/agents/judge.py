"""How an agent's work ended, judged by everything that tells: process, result, reasons and refusals."""

from __future__ import annotations

from dataclasses import dataclass

from core.agents.view import AgentState


@dataclass(frozen=True)
class Outcome:
    """`state` is one that is over; `words` one printable sentence; `evidence` names and values it rests on.

    `doubts` are sentences about what a success leaves open (a refused tool call): for the gate and a person.
    """

    state: AgentState
    words: str
    evidence: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """True when nothing speaks against the work; the gate decides whether it is whole."""
        return self.state is AgentState.SUCCEEDED
