"""What an agent can say: each event of Claude Code's event stream as a typed value.

`core.agents.reading.read_events` makes them of lines. Text in them is as the agent wrote it, hostile until
`core.plain_text.printable` showed it; numbers are finite, ids and names are text ("" where absent).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Data = Mapping[str, Any]
"""A JSON object as the agent wrote it."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What all have. `time` is epoch seconds, 0.0 where the agent wrote none (most lines: use the arrival).

    `parent` is the tool use that began the sub-agent which speaks, "" for the agent itself.
    """

    raw: str = field(default="", repr=False)
    type: str = ""
    subtype: str = ""
    session: str = ""
    parent: str = ""
    time: float = 0.0
    agent: str = ""
    """What the speaking sub-agent is called: its kind, or what it was asked to do."""


@dataclass(frozen=True)
class Plain(Event):
    """A line that is no JSON object: a banner, a warning of node, standard error."""

    text: str = ""


@dataclass(frozen=True)
class Other(Event):
    """An event of an unknown type or shape, kept whole."""

    data: Data = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True)
class Init(Event):
    """A turn begins. A stream can hold several: one for each time background work reported back."""

    cwd: str = ""
    model: str = ""
    mode: str = ""
    tools: tuple[str, ...] = ()
    servers: tuple[tuple[str, str], ...] = ()
    version: str = ""
    key_source: str = ""


@dataclass(frozen=True)
class Usage:
    """Tokens of one message. `sent` counts what was written to and read from the cache too."""

    sent: int = 0
    cached: int = 0
    received: int = 0


@dataclass(frozen=True, kw_only=True)
class FromModel(Event):
    """A block of a message of the model. Blocks of one message share `message` and repeat its `usage`."""

    message: str = ""
    model: str = ""
    usage: Usage = Usage()
    error: str = ""


@dataclass(frozen=True)
class Said(FromModel):
    """Text of the model."""

    text: str = ""


@dataclass(frozen=True)
class Thought(FromModel):
    """The model thought; often the text is empty and only a signature was sent."""

    text: str = ""


@dataclass(frozen=True)
class ToolUse(FromModel):
    """The model calls a tool."""

    id: str = ""
    name: str = ""
    input: Data = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class ToolResult(Event):
    """What a tool answered. `more` is the tool's own account (`tool_use_result`), of any shape."""

    tool_use_id: str = ""
    content: str = ""
    is_error: bool = False
    more: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Asked(Event):
    """Text given to the agent: the prompt, or what background work reports back."""

    text: str = ""


@dataclass(frozen=True)
class Denial:
    """A tool call that the permissions refused."""

    tool: str = ""
    tool_use_id: str = ""
    input: Data = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class ModelUsage:
    """What one model took, since the process began. `cost` in dollars by list price."""

    model: str
    usage: Usage
    cost: float | None = None


@dataclass(frozen=True)
class Result(Event):
    """A turn ended. `cost` and `models` count from the start of the process, the rest is of this turn.

    `subtype` "success" says nothing by itself: see `core.agents.judge`.
    """

    is_error: bool = False
    text: str = ""
    errors: tuple[str, ...] = ()
    turns: int = 0
    seconds: float = 0.0
    api_seconds: float = 0.0
    cost: float | None = None
    usage: Usage = Usage()
    models: tuple[ModelUsage, ...] = ()
    denials: tuple[Denial, ...] = ()
    stop_reason: str = ""
    terminal_reason: str = ""
    api_status: int | None = None
    startup_failure: str = ""
    index: int = 0
    queued: int = 0


@dataclass(frozen=True)
class Delta(Event):
    """A piece of a message while it is made (`stream_event`); the whole message follows."""

    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class RateLimit(Event):
    """How much of a usage limit is taken. `status` rejected stops it until `resets` (epoch s, or 0)."""

    status: str = ""
    limit: str = ""
    resets: float = 0.0
    utilization: float | None = None
    on_overage: bool = False


@dataclass(frozen=True)
class ApiRetry(Event):
    """The model could not be reached; another attempt follows after `delay` seconds."""

    attempt: int = 0
    most: int = 0
    delay: float = 0.0
    status: int | None = None
    error: str = ""


@dataclass(frozen=True)
class ToolProgress(Event):
    """A tool still works."""

    tool_use_id: str = ""
    tool: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class ToolSummary(Event):
    """A sentence about tool calls that went before."""

    text: str = ""


@dataclass(frozen=True)
class TaskStarted(Event):
    """Work beside the conversation began: a sub-agent or a command in the background."""

    task: str = ""
    tool_use_id: str = ""
    description: str = ""
    kind: str = ""
    background: bool = False


@dataclass(frozen=True)
class TaskProgress(Event):
    """How far that work is."""

    task: str = ""
    description: str = ""
    tokens: int = 0
    tools: int = 0
    seconds: float = 0.0
    tool: str = ""


@dataclass(frozen=True)
class TaskUpdated(Event):
    """That work changed; `status` pending, running, completed, failed, killed, paused or "" (unchanged)."""

    task: str = ""
    status: str = ""
    description: str = ""
    error: str = ""


@dataclass(frozen=True)
class TaskNotification(Event):
    """That work ended: completed, failed or stopped."""

    task: str = ""
    tool_use_id: str = ""
    status: str = ""
    summary: str = ""
    tokens: int = 0
    tools: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class BackgroundTasks(Event):
    """Every piece of work that runs in the background now, as (id, description)."""

    tasks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hook(Event):
    """A hook of the user's ran: `stage` started, progress or response."""

    name: str = ""
    on: str = ""
    stage: str = ""
    output: str = ""
    outcome: str = ""
    exit_code: int | None = None


@dataclass(frozen=True)
class Status(Event):
    """What the agent is about: compacting, requesting, "" for neither."""

    status: str = ""


@dataclass(frozen=True)
class SessionState(Event):
    """idle, running or requires_action (it waits for a person)."""

    state: str = ""


@dataclass(frozen=True)
class Compacted(Event):
    """The conversation was made shorter."""

    trigger: str = ""
    before: int = 0
    after: int | None = None


@dataclass(frozen=True)
class PermissionDenied(Event):
    """A tool call was refused as it happened."""

    tool: str = ""
    tool_use_id: str = ""
    message: str = ""


@dataclass(frozen=True)
class Thinking(Event):
    """How many tokens the model thought so far, about."""

    tokens: int = 0


@dataclass(frozen=True)
class Notice(Event):
    """A message for whoever watches: a notification, a refusal, a change of model, and the like."""

    text: str = ""
    level: str = ""


@dataclass(frozen=True)
class AuthStatus(Event):
    """The agent signs in."""

    authenticating: bool = False
    text: str = ""
    error: str = ""
