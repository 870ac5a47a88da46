"""Running a planner for a command: to its end, with progress on standard error; a half is not kept."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import DamagedFile, TaskdeckError, UsageError
from core.plain_text import printable, shorten
from core.services import PLANNERS
from tui.cli.boundary import long_running
from tui.cli.invocation import Callback, Invocation
from tui.cli.output import Paint, terminal_width

if TYPE_CHECKING:
    from core.planning.planner import Planner, PlannerEvent
    from core.planning.proposal import Proposal


def planner_options(function: Callback) -> Callback:
    """The options that every planning command takes."""
    for decorate in (
        click.option("--planner", "planner_name", type=click.Choice([*PLANNERS]), help="Who plans."),
        click.option("--dry-run", is_flag=True, help="Show what would change, write nothing."),
        click.option("-r", "--research", is_flag=True, hidden=True),
    ):
        function = decorate(function)
    return function


def planner_for(invocation: Invocation, name: str | None, research: bool) -> Planner:
    """The planner to use. Raises UsageError for what only a model can do."""
    if research:
        raise UsageError("--research needs a model, which this version has not.", "Leave it out.")
    return invocation.workspace.planner(name)


def collect(events: AsyncIterator[PlannerEvent], invocation: Invocation) -> list[PlannerEvent]:
    """All events of a planner that came to its end. Raises TaskdeckError when it stopped before."""
    import asyncio

    long_running()
    return asyncio.run(_collect(events, invocation))


async def _collect(events: AsyncIterator[PlannerEvent], invocation: Invocation) -> list[PlannerEvent]:
    from core.planning.planner import Done, Problem

    collected: list[PlannerEvent] = []
    progress = _Progress()
    try:
        async for event in events:
            collected.append(event)
            progress.show(event)
    finally:
        progress.clear()
    for event in collected:
        if isinstance(event, Problem):
            invocation.note(event.text)
    if not collected or not isinstance(collected[-1], Done):
        raise TaskdeckError("The planner stopped before its end; nothing was saved.", "Try again.")
    return collected


class _Progress:
    """One line on standard error that says what the planner is at; nothing when that is no terminal."""

    def __init__(self) -> None:
        self.wanted = sys.stderr.isatty()

    def show(self, event: PlannerEvent) -> None:
        if not self.wanted:
            return
        item: Any = getattr(event, "draft", None) or getattr(event, "score", None) or event
        if title := str(getattr(item, "title", "")):
            line = shorten(printable(title), (terminal_width() or 80) - 4)
            print(f"\r\x1b[K  … {line}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.wanted:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def read_prd(path: Path) -> str:
    """The text of a PRD. Raises TaskdeckError when it cannot be read, DamagedFile when it is no text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TaskdeckError(f"{path} cannot be read: {error.strerror or error}.", "Name the PRD.") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedFile(path, "the text is not UTF-8", data[: error.start].count(b"\n") + 1) from None
    if not text.strip():
        raise TaskdeckError(f"{path} is empty: there is nothing to plan.", "Write the requirements first.")
    return text


def proposal_lines(proposal: Proposal, paint: Paint) -> list[str]:
    """A proposal as a difference, for a person."""
    lines: list[str] = []
    styles = {"added": "green", "removed": "red", "changed": "yellow"}
    for item in proposal.items:
        sign = {"added": "+", "removed": "-", "changed": "~"}[item.kind]
        where = (
            f"   (PRD lines {item.source_lines[0]} to {item.source_lines[1]})" if item.source_lines else ""
        )
        heading = f"{sign} {printable(item.key)}  {printable(item.title)}"
        lines.append(paint(heading, styles[item.kind]) + paint(where, "dim"))
        if item.kind != "removed":
            lines += [f"    {printable(line)}" for line in item.lines if not line.startswith("+ title:")]
    return lines


def proposal_json(proposal: Proposal) -> list[dict[str, Any]]:
    return [
        {
            "taskId": item.key,
            "title": item.title,
            "kind": item.kind,
            "lines": list(item.lines),
            "sourceLines": list(item.source_lines) if item.source_lines else None,
        }
        for item in proposal.items
    ]
