"""One readable row for each line an agent writes: which tool, on what, how large, how long, what it cost."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeVar

from core.agents.cut_json import complete
from core.agents.events import Event, Init, Plain, ToolResult, ToolUse
from core.agents.json_values import mapping, seconds, text
from core.agents.reading import events_of, read_events
from core.agents.row_words import FACTS, Fact, first_line, tool_facts
from core.agents.targets import WRITING, target_of
from core.agents.words import size
from core.logs.facts import GLYPHS, LineFacts, plain_level, plain_reader, uncoloured
from core.logs.line import Line
from core.logs.lines import LineLog

KINDS: dict[str, tuple[bytes, ...]] = {
    "start": (b"init",),
    "says": (
        b"text",
        b"assistant",
    ),
    "thinks": (b"thinking",),
    "tool": (b"tool_use",),
    "result": (b"tool_result",),
    "end": (b"result",),
    "asked": (b"user",),
    "limit": (b"rate_limit",),
    "retry": (b"api_retry",),
    "task": (b"task",),
    "denied": (b"permission_denied",),
    "progress": (
        b"progress",
        b"summary",
    ),
    "hook": (b"hook",),
    "status": (
        b"status",
        b"state",
        b"compact",
        b"auth",
    ),
    "notice": (
        b"notification",
        b"informational",
        b"refusal",
    ),
    "delta": (b"stream_event",),
    "other": (b"{",),
}
"""The kinds a row can have, each with what its lines surely hold."""

_ERROR_HINT = (b"error", b"fail", b"kill", b"stop", b"result", b"rate_limit")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_MOST = 20_000
_HEAD = 20
"""Lines of a log among which an agent says where it works; banners may stand before that."""
_QUIET = WRITING | {"Read", "Glob", "TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet"}
"""Tools whose answer says nothing beside its size."""

_RANK = {"result": 1, "tool": 2, "says": 3, "thinks": 5}


@dataclass(frozen=True, slots=True)
class _Call:
    """A tool call that was seen."""

    tool: str
    target: str
    time: float | None
    agent: str


class AgentReader:
    """A reader of `core.logs` for the lines of agents. It remembers tool calls, so that the row of a result
    tells which tool it is of when the line of the call was read before. Any thread may call it."""

    def __init__(self) -> None:
        self._calls: OrderedDict[tuple[str, str], _Call] = OrderedDict()
        self._folders: OrderedDict[str, str] = OrderedDict()
        self._logs: dict[str, LineLog] = {}
        self._lock = threading.Lock()

    def know(self, log: LineLog) -> None:
        """Let paths in the rows of this log be relative also for those who never read its beginning."""
        self._logs[log.name] = log

    def __call__(self, line: Line) -> LineFacts:
        """The row of a line. Never raises. Looks once into a log it knows, so it may block."""
        events = self._events(line)
        if not events:
            return LineFacts()
        if isinstance(events[0], Plain):
            level = plain_level(line.data)
            return LineFacts(level, "", GLYPHS[level], "", uncoloured(line.text))
        with self._lock:
            rows = [self._row(event, line) for event in events]
        return _joined(rows)

    def hint(self, levels: frozenset[str], kinds: frozenset[str]) -> tuple[bytes, ...] | None:
        """See `core.logs.facts.Hinting`."""
        if kinds and kinds <= KINDS.keys():
            return tuple(text for kind in sorted(kinds) for text in KINDS[kind])
        only_errors = levels == frozenset(("error",)) and not kinds
        plain = plain_reader.hint(levels, frozenset()) if only_errors else None
        return (*plain, *_ERROR_HINT) if plain else None

    def _events(self, line: Line) -> tuple[Event, ...]:
        if not line.cut:
            return read_events(line.data)
        value = complete(line.text)
        return events_of(value) if value is not None else (Plain(text=line.text),)

    def _row(self, event: Event, line: Line) -> LineFacts:
        if isinstance(event, Init):
            _remember(self._folders, line.source, event.cwd)
        if isinstance(event, ToolUse):
            target = self._target(event, line.source)
            call = _Call(event.name, target, line.time or event.time or None, event.agent)
            _remember(self._calls, (line.source, event.id), call)
            return self._facts(tool_facts(event, target), self._agent(event, line))
        if isinstance(event, ToolResult):
            return self._result(event, line)
        read = FACTS.get(type(event))
        fact = read(event) if read else Fact("other", label=_name(event), text=event.raw or line.text)
        return self._facts(fact, self._agent(event, line))

    def _target(self, call: ToolUse, source: str) -> str:
        """What a call works on: a path from where the agent works, or from where its log and input stand."""
        target = target_of(call.name, call.input, self._folder(source))
        log = self._logs.get(source)
        return target.removeprefix(f"{log.path.parent}/") if log else target

    def _folder(self, source: str) -> str:
        """Where the agent works, "" when it did not say so."""
        log = self._logs.get(source)
        if source not in self._folders and log is not None:
            head = log.lines(0, _HEAD)
            events = (event for line in head for event in self._events(line))
            found = next((event.cwd for event in events if isinstance(event, Init)), "")
            if found or len(head) == _HEAD:
                _remember(self._folders, source, found)
        return self._folders.get(source, "")

    def _result(self, event: ToolResult, line: Line) -> LineFacts:
        call = self._calls.get((line.source, event.tool_use_id))
        said = first_line(event.content)
        detail = size(line.size if line.cut else len(event.content.encode("utf-8", "replace")))
        taken = seconds(mapping(event.more).get("totalDurationMs")) or None
        now = line.time or event.time
        if call is not None and taken is None and call.time and now:
            taken = max(0.0, now - call.time)
        label = call.tool if call else text(mapping(event.more).get("type")) or "result"
        words = said if event.is_error or call is None else call.target
        fact = Fact(
            "result",
            "error" if event.is_error else "info",
            "✗" if event.is_error else "✓",
            label,
            words,
            f"{detail}  {said}"
            if said and call and call.tool not in _QUIET and not event.is_error
            else detail,
            taken,
        )
        return self._facts(fact, self._agent(event, line))

    def _agent(self, event: Event, line: Line) -> str:
        """What the sub-agent that speaks is called, "" for the agent itself."""
        if not event.parent:
            return ""
        call = self._calls.get((line.source, event.parent))
        return event.agent or (call.target if call else "") or "sub-agent"

    def _facts(self, fact: Fact, agent: str) -> LineFacts:
        label = f"{agent} › {fact.label}" if agent and fact.label else agent or fact.label
        return LineFacts(
            fact.level,
            fact.kind,
            fact.glyph,
            label,
            fact.text,
            fact.detail,
            fact.seconds,
            fact.cost,
        )


def _remember(known: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _MOST:
        known.popitem(last=False)


def _name(event: Event) -> str:
    return event.subtype or event.type or "event"


def _joined(rows: list[LineFacts]) -> LineFacts:
    """One row for a line of several blocks: the most telling one, with the others in its text."""
    first, *rest = sorted(rows, key=lambda row: (row.level != "error", _RANK.get(row.kind, 4)))
    if not rest:
        return first
    others = "; ".join(f"{row.label} {row.text}".strip() for row in rest if row.label or row.text)
    return replace(first, text=f"{first.text}; {others}" if others else first.text)
