"""The checks of agents: which one works, the command it is, its version, and what the settings allow it."""

from __future__ import annotations

from collections.abc import Iterator

from core.agents.command import find_agent
from core.config import Loaded
from core.doctor.check import Check
from core.errors import TaskdeckError


def agent_checks(loaded: Loaded, agent: str | None = None, source: str = "") -> Iterator[Check]:
    """The agent that would work: `agent`, chosen by `source`, or the one of the settings.

    Starts its command for its version.
    """
    settings, kind = loaded.settings.agent, loaded.get("agent.kind")
    name = agent or str(kind.value)
    source = source or kind.source
    limits = f"{settings.concurrency} at a time, {settings.timeout / 60:.0f} min, {settings.max_turns} turns"
    if settings.budget is not None:
        limits += f", ${settings.budget:.2f} each"
    if name == "builtin":
        yield Check("agent", "ok", f"builtin ({source}): writes documents without a model, does no tasks.")
        return
    origin = loaded.get("agent.command")
    try:
        found = find_agent(settings.command)
    except TaskdeckError as error:
        yield Check("agent", "fail", error.message, f"{error.hint} {origin.source} names the command.")
        return
    evidence = f"claude ({source}): {found.path}, version {found.version or 'unknown'}; at most {limits}."
    yield Check("agent", "ok" if found.version else "warn", evidence)
