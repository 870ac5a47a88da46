"""Counts what an agent took and did: tokens and cost (nothing twice), tools, errors, refusals, files."""

from __future__ import annotations

from core.agents.events import Event, FromModel, PermissionDenied, Result, ToolResult, ToolUse, Usage
from core.agents.targets import WRITING, path_of, size_of, target_of
from core.agents.view import FileWrite

MOST = 20_000
"""Files, open calls and refusals that are kept: a stranger makes them."""


class Tally:
    """Feed it every event with its time (epoch s)."""

    def __init__(self) -> None:
        self.cwd = ""
        self.cost: float | None = None
        self.tools = 0
        self.errors = 0
        self.files: dict[str, FileWrite] = {}
        self.denied: dict[str, str] = {}
        self._before = Usage()
        self._messages: dict[str, Usage] = {}
        self._turns = 0
        self._own: set[str] = set()
        self._writes: dict[str, ToolUse] = {}
        self._calls: dict[str, str] = {}

    @property
    def usage(self) -> Usage:
        """Tokens so far: what the last result said, and the messages since, each counted once."""
        return _sum([self._before, *self._messages.values()])

    @property
    def turns(self) -> int:
        """Turns of the agent itself, without its sub-agents."""
        return self._turns + len(self._own)

    def feed(self, event: Event, time: float) -> None:
        """Take one event into account."""
        if isinstance(event, FromModel):
            self._message(event)
        elif isinstance(event, ToolResult):
            self._answered(event, time)
        elif isinstance(event, PermissionDenied):
            self._deny(event.tool_use_id, event.tool)
        elif isinstance(event, Result):
            self._result(event)

    def _message(self, event: FromModel) -> None:
        # Each block of a message repeats the usage of the whole, so the last one stands for all.
        if event.message:
            self._messages[event.message] = event.usage
            if not event.parent:
                self._own.add(event.message)
        if not isinstance(event, ToolUse):
            return
        self.tools += 1
        if len(self._calls) < MOST:
            self._calls[event.id] = f"{event.name} {target_of(event.name, event.input, self.cwd)}".strip()
        if event.name in WRITING and len(self._writes) < MOST:
            self._writes[event.id] = event

    def _answered(self, event: ToolResult, time: float) -> None:
        self.errors += event.is_error
        call = self._writes.pop(event.tool_use_id, None)
        if call is None or event.is_error:
            return
        path = path_of(call.input, self.cwd)
        self.files.pop(path, None)
        self.files[path] = FileWrite(path, time, size_of(call.name, call.input))
        if len(self.files) > MOST:
            del self.files[next(iter(self.files))]

    def _deny(self, call: str, tool: str, target: str = "") -> None:
        key = call or f"{tool} {len(self.denied)}"
        if key in self.denied or len(self.denied) < MOST:
            known = self._calls.get(call, "") or self.denied.get(key, "")
            self.denied[key] = known or f"{tool} {target}".strip()

    def _result(self, event: Result) -> None:
        self.errors += event.is_error
        self._turns += event.turns or len(self._own)
        self._own.clear()
        for denial in event.denials:
            self._deny(denial.tool_use_id, denial.tool, target_of(denial.tool, denial.input, self.cwd))
        # The cost and the models count from the start of the process: the last word, never a sum.
        if event.cost is not None:
            self.cost = event.cost
        if event.models:
            self._before = _sum([model.usage for model in event.models])
        elif event.usage != Usage():
            self._before = _sum([self._before, event.usage])
        else:
            self._before = self.usage
        self._messages.clear()


def _sum(found: list[Usage]) -> Usage:
    return Usage(
        sum(usage.sent for usage in found),
        sum(usage.cached for usage in found),
        sum(usage.received for usage in found),
    )
