"""Follows what an agent says and how long it is silent, and tells its state."""

from __future__ import annotations

from core.agents.events import Event
from core.agents.judge import Outcome
from core.agents.view import AgentView, Reason


class AgentWatch:
    """Feed it every event with its arrival time; times are epoch seconds and given by the caller.

    `started` is when the process began, `silence` the seconds after which an agent counts as stalled.
    """

    def __init__(self, started: float = 0.0, silence: float = 180.0) -> None:
        self.started = started
        self.silence = silence

    @property
    def view(self) -> AgentView:
        """The state as of the last `feed`, `tick` or `ended`."""
        return AgentView()

    @property
    def outcome(self) -> Outcome | None:
        """The judgement, once `ended` was told."""
        return None

    def feed(self, event: Event, time: float) -> None:
        """Take an event into account that arrived at `time`."""

    def feed_line(self, line: bytes | str, time: float) -> tuple[Event, ...]:
        """Read a line and feed what it holds; returns the events."""
        return ()

    def tick(self, now: float) -> None:
        """Let time pass: silence can make it stalled."""

    def ended(self, exit_code: int | None, time: float, reason: Reason = "exited") -> None:
        """The process is gone. Without an `exit_code` (a log that is replayed) the events alone count."""
