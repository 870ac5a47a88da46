"""Follows what an agent says and how long it is silent, and tells its state."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from core.agents.events import (
    ApiRetry,
    Asked,
    BackgroundTasks,
    Event,
    FromModel,
    Init,
    Other,
    Plain,
    RateLimit,
    Result,
    SessionState,
    TaskNotification,
    TaskStarted,
    TaskUpdated,
    Thinking,
    Thought,
    ToolResult,
    ToolUse,
)
from core.agents.json_values import mapping, text
from core.agents.judge import Ending, Outcome, judge
from core.agents.plan import AgentPlan
from core.agents.reading import read_events
from core.agents.tally import Tally
from core.agents.targets import target_of
from core.agents.view import AgentState, AgentView, Reason
from core.agents.words import several
from core.logs.state import duration
from core.plain_text import printable, shorten
from core.secrets import redact

_WIDTH = 200
_LAST_WORDS = 120
_ASKS = frozenset(("AskUserQuestion", "ExitPlanMode"))
_LIMITS = frozenset(("rate_limit", "overloaded"))
_LIMIT_CODES = frozenset((429, 529))
_TASK_ENDED = frozenset(("completed", "failed", "killed", "stopped"))


@dataclass
class _Now:
    """What the agent is about, and since when."""

    state: AgentState = AgentState.STARTING
    since: float = 0.0
    doing: str = ""
    until: float = 0.0
    """A limit or a pause before another attempt ends then."""


@dataclass
class _Open:
    """The tool call in hand."""

    tool: str = ""
    target: str = ""
    calls: dict[str, str] = field(default_factory=dict[str, str])


class AgentWatch:
    """Feed it every event with its arrival time; times are epoch seconds and given by the caller.

    `started` is when the process began, `silence` the seconds after which an agent counts as stalled. It may
    be fed in one thread and looked at in another.
    """

    def __init__(self, started: float = 0.0, silence: float = 180.0) -> None:
        self.started = started
        self.silence = silence
        self.outcome: Outcome | None = None
        """The judgement, once `ended` was told."""
        self._now = _Now(since=started)
        self._clock = started
        self._open = _Open()
        self._tally = Tally()
        self._plan = AgentPlan()
        self._background: dict[str, str] = {}
        self._result: Result | None = None
        self._init = Init()
        self._events = 0
        self._first = 0.0
        self._last = 0.0
        self._alive = started
        self._said = ""
        self._view: AgentView | None = None
        self._lock = threading.RLock()

    @property
    def view(self) -> AgentView:
        """The state as of the last `feed`, `tick` or `ended`."""
        with self._lock:
            if self._view is None:
                self._view = self._look()
            return self._view

    @property
    def hung_since(self) -> float | None:
        """Since when (epoch s) the process lives on with nothing left to do, None while it has work."""
        if self.outcome is not None or self._now.state is not AgentState.FINISHED_RUNNING:
            return None
        return None if self._background else max(self._now.since, self._last)

    def feed_line(self, line: bytes | str, time: float) -> tuple[Event, ...]:
        """Read a line and feed what it holds; returns the events."""
        events = read_events(line)
        for event in events:
            self.feed(event, time)
        return events

    def feed(self, event: Event, time: float) -> None:
        """Take an event into account that arrived at `time`."""
        with self._lock:
            self._feed(event, time)

    def _feed(self, event: Event, time: float) -> None:
        self._view = None
        self._events += 1
        self._first = self._first or time
        self._last = time
        self._clock = max(self._clock, time)
        if not isinstance(event, ApiRetry):
            self._alive = max(self._alive, time)
        if isinstance(event, Init):
            self._init = event
            self._tally.cwd = event.cwd
        # What stands behind the last event tells why there is no other.
        said = event.text.strip() if isinstance(event, Plain) else ""
        self._said = said or (self._said if isinstance(event, Plain) else "")
        self._tally.feed(event, time)
        self._plan.feed(event)
        self._count_background(event)
        self._turn(event, time)

    def tick(self, now: float) -> None:
        """Let time pass: silence can make it stalled."""
        with self._lock:
            if now > self._clock:
                self._clock = now
                self._view = None

    def ended(
        self,
        exit_code: int | None,
        time: float,
        reason: Reason = "exited",
        trouble: str = "",
        masked: int = 0,
    ) -> None:
        """The process is gone. Without an `exit_code` (a log that is replayed) the events alone count.

        `trouble`: why its output could not be kept; `masked`: how often a secret was in it.
        """
        with self._lock:
            last = f"{self._open.tool} {self._open.target}".strip()
            self.outcome = judge(
                Ending(
                    result=self._result,
                    exit_code=exit_code,
                    reason=reason,
                    denied=tuple(self._tally.denied.values()),
                    files=len(self._tally.files),
                    background=len(self._background),
                    last=last,
                    said=shorten(printable(redact(self._said)), _LAST_WORDS),
                    trouble=trouble,
                    masked=masked,
                )
            )
            self._now = _Now(self.outcome.state, time, self.outcome.words)
            self._clock = max(self._clock, time)
            self._view = None

    def _count_background(self, event: Event) -> None:
        if isinstance(event, BackgroundTasks):
            self._background = dict(event.tasks)
        elif isinstance(event, TaskStarted) and event.background:
            self._background[event.task] = event.description
        elif isinstance(event, (TaskUpdated, TaskNotification)) and event.status in _TASK_ENDED:
            self._background.pop(event.task, None)

    def _turn(self, event: Event, time: float) -> None:
        """What the event says about the state."""
        beside = event.parent or isinstance(event, ApiRetry)
        if beside and self._now.state is AgentState.FINISHED_RUNNING:
            return  # a sub-agent in the background goes on after the turn that began it
        if isinstance(event, Result):
            self._finish(event, time)
        elif isinstance(event, (ApiRetry, RateLimit)):
            self._limit(event, time)
        elif isinstance(event, SessionState):
            if event.state == "requires_action":
                self._set(AgentState.WAITING, time, "waits for a person")
            elif event.state == "running" and self._now.state is AgentState.WAITING:
                self._set(AgentState.WORKING, time, "works")
        elif isinstance(event, Other):
            request = mapping(event.data.get("request"))
            if event.type == "control_request" and request.get("subtype") == "can_use_tool":
                self._set(
                    AgentState.WAITING, time, f"waits for leave to use {text(request.get('tool_name'))}"
                )
        else:
            self._work(event, time)

    def _work(self, event: Event, time: float) -> None:
        if isinstance(event, (Init, Asked, FromModel)) and not event.parent:
            self._result = None
        if isinstance(event, ToolUse):
            self._call(event, time)
        elif isinstance(event, ToolResult):
            self._open.calls.pop(event.tool_use_id, None)
            last = f"{self._open.tool} {self._open.target}".strip()
            self._set(AgentState.WORKING, time, f"thinks after {last}" if last else "thinks")
        elif isinstance(event, (Thought, Thinking)):
            tokens = f" ({event.tokens} tokens)" if isinstance(event, Thinking) else ""
            self._set(AgentState.WORKING, time, f"thinks{tokens}")
        elif isinstance(event, FromModel):
            self._set(AgentState.WORKING, time, "writes")
        elif isinstance(event, (Init, Asked)):
            self._set(AgentState.WORKING, time, "works")

    def _call(self, event: ToolUse, time: float) -> None:
        self._open.tool = event.name
        self._open.target = target_of(event.name, event.input, self._tally.cwd)
        if len(self._open.calls) < 1000:
            self._open.calls[event.id] = event.name
        if event.name in _ASKS:
            self._set(AgentState.WAITING, time, f"asks: {self._open.target}")
        else:
            self._set(AgentState.WORKING, time, f"{event.name} {self._open.target}")

    def _finish(self, event: Result, time: float) -> None:
        self._result = event
        self._open.calls.clear()
        if event.queued:
            self._set(AgentState.WORKING, time, f"{several(event.queued, 'turn')} to go")
        else:
            self._set(AgentState.FINISHED_RUNNING, time, "has finished, its process still runs")

    def _limit(self, event: ApiRetry | RateLimit, time: float) -> None:
        if isinstance(event, ApiRetry):
            of = f" of {event.most}" if event.most else ""
            why = event.error or "no reason"
            status = f" {event.status}" if event.status else ""
            limited = event.status in _LIMIT_CODES or event.error in _LIMITS
            words = "its model is busy" if limited else "cannot reach its model"
            state = AgentState.RATE_LIMITED if limited else AgentState.WORKING
            self._set(state, time, f"{words} ({why}{status}), attempt {event.attempt}{of}")
            self._now.until = time + event.delay
        elif event.status == "rejected" and not event.on_overage:
            if self._now.state is not AgentState.FINISHED_RUNNING:
                self._set(AgentState.RATE_LIMITED, time, "has used up its limit")
                self._now.until = event.resets
        elif self._now.state is AgentState.RATE_LIMITED:
            self._set(AgentState.WORKING, time, "works")

    def _set(self, state: AgentState, time: float, doing: str) -> None:
        since = self._now.since if state is self._now.state else time
        self._now = _Now(state, since, doing)

    def _look(self) -> AgentView:
        state, since, words = self._state()
        usage = self._tally.usage
        return AgentView(
            state=state,
            since=since,
            words=shorten(printable(redact(words)), _WIDTH),
            tool=self._open.tool,
            target=self._open.target,
            model=self._init.model,
            version=self._init.version,
            session=self._init.session,
            tokens_in=usage.sent,
            tokens_cached=usage.cached,
            tokens_out=usage.received,
            cost=self._tally.cost,
            turns=self._tally.turns,
            events=self._events,
            tools=self._tally.tools,
            errors=self._tally.errors,
            denied=len(self._tally.denied),
            background=len(self._background),
            files=tuple(self._tally.files.values()),
            first_event=self._first,
            last_event=self._last,
            plan=self._plan.items,
            agents=self._plan.agents,
        )

    def _state(self) -> tuple[AgentState, float, str]:
        now = self._now
        if self.outcome is not None or now.state is AgentState.WAITING:
            return now.state, now.since, now.doing
        if now.state is AgentState.FINISHED_RUNNING:
            if not self._background:
                return now.state, now.since, now.doing
            now = replace(now, state=AgentState.WORKING, doing=self._waits_for_background())
        alive = (
            max(self._alive, min(now.until, self._clock))
            if now.state is AgentState.RATE_LIMITED
            else self._alive
        )
        silent = self._clock - alive
        if silent >= self.silence:
            return AgentState.STALLED, alive, self._silent(silent)
        return now.state, now.since, now.doing or "starts"

    def _waits_for_background(self) -> str:
        first = next(iter(self._background.values()))
        return f"waits for {several(len(self._background), 'background task')}: {first}"

    def _silent(self, seconds: float) -> str:
        if "attempt" in self._now.doing:
            return f"{self._now.doing}, for {duration(seconds)}"
        if not self._events:
            return f"silent for {duration(seconds)} since it started"
        last = f"{self._open.tool} {self._open.target}".strip()
        return f"silent for {duration(seconds)} after {last}" if last else f"silent for {duration(seconds)}"
