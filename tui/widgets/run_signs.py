"""Runs, stages and agents in signs and words: every state has a shape and a name, never only a colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.plain_text import dollars
from core.runs.standing import standing_of
from tui.bridges.ways import way_words
from tui.run_states import RUN_GLYPHS, STAGE_GLYPHS
from tui.widgets.glyphs import WORKING, Sign

if TYPE_CHECKING:
    from core.agents.view import AgentView
    from core.runs.ledger import StageView
    from core.runs.watch import AgentRow, RunView

_RUN_STYLES = {
    "preparing": "status--progress",
    "running": "status--progress",
    "gating": "status--progress",
    "done": "status--done",
    "failed": "line--alarm",
    "cancelled": "status--cancelled",
    "interrupted": "line--alarm",
    "refused": "line--alarm",
}
_STAGE_STYLES = {
    "waiting": "status--pending",
    "running": "status--progress",
    "done": "status--done",
    "failed": "line--alarm",
    "skipped": "line--quiet",
}
RUN_SIGNS = {state: Sign(glyph, _RUN_STYLES[state], state) for state, glyph in RUN_GLYPHS.items()}
STAGE_SIGNS = {state: Sign(glyph, _STAGE_STYLES[state], state) for state, glyph in STAGE_GLYPHS.items()}
AGENT_SIGNS: dict[str, Sign] = {
    "starting": Sign("◌", "status--progress", "starting"),
    "working": Sign(WORKING, "status--progress", "working"),
    "waiting": Sign("?", "line--next", "waiting for you"),
    "rate_limited": Sign("…", "line--next", "rate limited"),
    "stalled": Sign("!", "line--next", "stalled"),
    "finished_running": Sign("◑", "status--progress", "finished, still running"),
    "ended_without_result": Sign("✕", "line--alarm", "ended without result"),
    "failed": Sign("✕", "line--alarm", "failed"),
    "succeeded": Sign("✓", "status--done", "succeeded"),
    "cancelled": Sign("⊘", "status--cancelled", "cancelled"),
}
NOT_REACHED = Sign("·", "line--quiet", "not reached")
NOT_BEGUN = Sign("·", "line--quiet", "to come")
PLAN_SIGNS: dict[str, Sign] = {
    "pending": Sign("○", "status--pending", "pending"),
    "in_progress": Sign("◐", "status--progress", "in progress"),
    "completed": Sign("✓", "status--done", "completed"),
}
DOCUMENTS_FOLDER = ".taskmaster/docs/"
"""What every document's path has in common, and nobody needs to read."""
REQUEST_GLYPHS = {"open": "●", "draft": "◌", "closed": "⊘", "merged": "✓"}
STAGE_NAMES = {"pull_request": "pull request"}

_ATTENTION = ("waiting", "stalled", "failed", "ended_without_result")
_FIRST = ("waiting", "stalled", "failed", "ended_without_result", "rate_limited", "finished_running")


def agent_sign(agent: AgentRow) -> Sign:
    """The sign of an agent; what its gate refused counts as failed."""
    if agent.view is None:
        return NOT_BEGUN
    if agent.judged is not None and not agent.judged.passed:
        return Sign("✕", "line--alarm", "refused by the gate")
    return AGENT_SIGNS.get(agent.view.state, NOT_BEGUN)


def run_sign(run: RunView) -> Sign:
    """The sign of a run: what needs somebody goes before what goes on."""
    needy = attention(run)
    if needy is not None and needy.view is not None and not run.is_over:
        return AGENT_SIGNS[needy.view.state]
    sign = RUN_SIGNS[run.state]
    # What a retry made good is no alarm any more.
    return sign._replace(style="line--quiet") if run.finished_by else sign


def stage_sign(stage: StageView, run: RunView | None) -> Sign:
    """The sign of a stage: once its run is over, nothing waits any more."""
    if run is not None and run.is_over and stage.state == "waiting":
        return NOT_REACHED
    return STAGE_SIGNS[stage.state]


def request_words(run: RunView) -> str:
    """The number of a run's pull request with a sign of how it stands, as far as was seen; empty for none."""
    standing = standing_of(run)
    if standing is None:
        return ""
    return f"{standing.label} {'✕' if standing.alarm else REQUEST_GLYPHS.get(standing.state, '●')}"


def way_out(run: RunView) -> str:
    """What to do about a run that ended without its result, with the keys of its screen; empty for none."""
    if run.verdict is None or run.finished_by:
        return ""
    again = "" if why_no_retry(run) else "R does again what is left of it."
    return way_words("run", run.verdict.way) or run.verdict.hint or again


def attention(run: RunView) -> AgentRow | None:
    """The agent of a run that needs somebody most, if any does."""
    for state in _ATTENTION:
        for agent in run.agents:
            if agent.view is not None and agent.view.state == state:
                return agent
    return None


def in_order(runs: Iterable[RunView]) -> list[RunView]:
    """Runs that wait for somebody first, then those at work, then all that is over, each the newest first."""
    return sorted(runs, key=lambda run: (_place(run), -run.began))


def _place(run: RunView) -> int:
    if run.is_over:
        return 2
    return 0 if attention(run) is not None else 1


def left_something(run: RunView) -> bool:
    """Whether something of a run passed its gate, and so is on its branch or was copied."""
    passed = any(agent.judged is not None and agent.judged.passed for agent in run.agents)
    stages = any(stage.name in ("commit", "apply") and stage.state == "done" for stage in run.stages)
    return passed or stages or bool(run.verdict and "branch" in run.verdict.evidence)


def short_id(run: RunView) -> str:
    """The end of a run's id, by which a command finds it."""
    return run.id.rpartition("-")[2]


def agents_in_order(run: RunView) -> list[AgentRow]:
    """The agents that need somebody first, then those at work, those to come, and the finished ones."""
    return sorted(run.agents, key=lambda agent: (_agent_place(agent), agent.began or 0.0))


def _agent_place(agent: AgentRow) -> int:
    if agent.view is None:
        return len(_FIRST) + 1
    if agent.judged is not None and not agent.judged.passed:
        return 2
    if agent.view.state in _FIRST:
        return _FIRST.index(agent.view.state)
    return len(_FIRST) + (2 if agent.view.state.over else 0)


def work_words(run: RunView) -> str:
    """What a run does, or how it ended, in one line."""
    if run.finished_by:
        return finished_words(run)
    if run.verdict is not None:
        return _short(_why(run) or run.verdict.words or run.words)
    needy = attention(run)
    if needy is not None and needy.view is not None and not run.is_over:
        return f"{needy.name} {agent_words(needy.view)}"
    busy = [agent for agent in run.agents if agent.view is not None and not agent.view.state.over]
    if not busy or run.state != "running":
        return run.words
    last = max(busy, key=lambda agent: agent.view.last_event if agent.view else 0.0)
    more = f" and {len(busy) - 1} more" if len(busy) > 1 else ""
    return f"{last.name}{more}: {agent_words(last.view)}" if last.view else run.words


def finished_words(run: RunView) -> str:
    """Which retry did what this run did not; empty where none did."""
    return f"finished by run {run.finished_by}" if run.finished_by else ""


def why_no_retry(run: RunView) -> str:
    """Why there is nothing to retry of a run, in one sentence; empty where there is something."""
    if not run.is_over:
        return f"The run {run.id} is still under way; c ends it."
    if run.state == "done":
        return f"Everything the run {run.id} was for has passed; nothing is left to retry."
    if run.finished_by:
        return f"The run {run.id} was finished by run {run.finished_by}; nothing is left to retry."
    return ""


def _why(run: RunView) -> str:
    """Why the first task of a failed run failed, then how many did; empty where no gate judged."""
    refused = [agent for agent in run.agents if agent.judged is not None and not agent.judged.passed]
    if run.state != "failed" or not refused or refused[0].judged is None:
        return ""
    words = refused[0].judged.words.replace(DOCUMENTS_FOLDER, "")
    if len(run.keys) == 1:
        return words
    passed = sum(agent.judged is not None and agent.judged.passed for agent in run.agents)
    return f"task {refused[0].task}: {words.rstrip('.')}; {passed} of {len(run.keys)} tasks passed"


_SHORT = (
    ("1 task done, the work is on the branch taskdeck/", "work on "),
    (" are on the branch taskdeck/", " on "),
    ("The agent ", ""),
    ("Cancelled; ", ""),
)


def _short(words: str) -> str:
    """A verdict without what the row says anyway, so that its news is in view where room is short."""
    for long, short in _SHORT:
        words = words.replace(long, short, 1)
    return words


def agent_words(view: AgentView) -> str:
    """What an agent does, in its own words where it said some."""
    words = view.words or f"{view.tool} {view.target}".strip() or AGENT_SIGNS[view.state].label
    return words.replace(DOCUMENTS_FOLDER, "")


def tasks_words(run: RunView) -> str:
    """Which tasks a run is about: `documents of 5`, `documents of 12 tasks`, `task 5`."""
    many = len(run.keys) > 4
    names = f"{len(run.keys)} tasks" if many else ", ".join(run.keys)
    return f"docs {names}" if run.kind == "docs" else names if many else f"task {names}"


def span(seconds: float) -> str:
    """How long, in the shortest form: 12s, 3m, 2h, 4d."""
    seconds = max(0.0, seconds)
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "m"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // unit)}{name}"
    return f"{int(seconds // 86_400)}d"


def left_words(eta: tuple[float, float] | None) -> str:
    """The time that is left as a range: `11 to 16 min left`, `about 20 s left`."""
    if eta is None:
        return ""
    low, high = eta
    unit, name = (1, "s") if high < 90 else (60, "min") if high < 5400 else (3600, "h")
    first, last = round(low / unit), max(1, round(high / unit))
    return f"about {last} {name} left" if first >= last else f"{first} to {last} {name} left"


def cost_words(run: RunView, cost: float | None) -> str:
    """What a run or an agent of it cost in dollars, where that is known and can be anything."""
    return "" if cost is None or run.agent == "builtin" else dollars(cost)


def files_words(run: RunView) -> str:
    """Written of expected files."""
    if run.files_expected:
        return f"{run.files_written}/{run.files_expected}"
    return str(run.files_written) if run.files_written else ""


def rate_words(run: RunView) -> str:
    """Lines a second, of a run that still says something."""
    if run.is_over or not run.lines_per_second:
        return ""
    return f"{run.lines_per_second:.0f}/s" if run.lines_per_second >= 1 else "<1/s"
