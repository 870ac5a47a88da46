"""Runs an agent as a child process and ends it, all of it, whatever it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.agents.command import AgentCommand
from core.agents.view import Reason
from core.agents.watch import AgentWatch


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. `grace` lies between TERM and KILL, `linger` after a result until it is ended."""

    timeout: float = 3600.0
    max_output: int = 256 * 1024 * 1024
    grace: float = 5.0
    linger: float = 20.0


@dataclass(frozen=True)
class Identity:
    """Names one process for ever: its id, when it began (epoch s), and the mark all it started carries."""

    pid: int
    created: float
    mark: str = ""


@dataclass(frozen=True)
class Ended:
    """How a process ended. `exit_code` is negative for a signal, None when it could not be learned.

    `stragglers` counts processes it left behind that we ended; `masked` how often a secret was in its output.
    """

    exit_code: int | None
    reason: Reason
    seconds: float
    output: int = 0
    stragglers: int = 0
    masked: int = 0


class AgentProcess:
    """One run of an agent's command. Its output goes, in arrival order, through `write(data, time)`.

    `data` are pieces of any size; stdout and stderr are one stream. `watch`, when given, is fed with every
    line; `write` and the watch are called in a thread of this object.
    """

    def __init__(
        self,
        command: AgentCommand,
        write: Callable[[bytes, float], None],
        limits: Limits = Limits(),
        watch: AgentWatch | None = None,
    ) -> None:
        self.command = command
        self.write = write
        self.limits = limits
        self.watch = watch

    async def start(self) -> Identity:
        """Start it. Raises TaskdeckError when that is not possible."""
        raise NotImplementedError

    async def wait(self) -> Ended:
        """Until it and everything it started is gone. A cancelled wait ends it first."""
        raise NotImplementedError

    async def cancel(self) -> Ended:
        """End it: TERM, then KILL, for it and everything it started."""
        raise NotImplementedError

    def stop(self, reason: Reason = "cancelled") -> None:
        """Ask for the end from any thread or signal handler; returns at once."""


def end_orphan(identity: Identity, grace: float = 5.0) -> bool:
    """End a process of an earlier run and what it started, if it is still the same one. Blocking.

    True when something was ended; False when it is gone or the id belongs to another process now.
    """
    return False
