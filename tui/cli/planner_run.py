"""Running a planner for a command: to its end, with progress and costs on standard error."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from core.errors import Cancelled, DamagedFile, Refused, TaskdeckError
from core.plain_text import dollars, printable, shorten
from core.project.setup import PRD_TEMPLATE
from tui.cli.boundary import long_running
from tui.cli.invocation import Invocation, somebody_answers
from tui.cli.output import Paint, terminal_width
from tui.cli.planner_options import Planning

if TYPE_CHECKING:
    from core.planning.planner import Planner, PlannerEvent, Usage
    from core.planning.proposal import Proposal
    from core.planning.usage import Estimate

Event = TypeVar("Event")


class PlannerRun:
    """One planner at work for one command: what it costs is said, what it notes is passed on."""

    def __init__(self, invocation: Invocation, planning: Planning) -> None:
        """Raises UsageError, NotFound, Refused (read-only), TaskdeckError before anything is sent."""
        from core.planning.usage import Ledger, ledger_path
        from core.services import PlannerWish

        self.invocation = invocation
        self._planning = planning
        self._granted = planning.yes
        self._announced = False
        self.usage: list[Usage] = []
        self._progress = _Progress()
        workspace = invocation.workspace
        if not planning.dry_run:
            # What could not be kept is not paid for.
            workspace.check_writable()
        self.choice = workspace.planner_choice(planning.name, planning.model)
        wish = PlannerWish(
            research=planning.research,
            model=planning.model,
            over_budget=planning.yes,
            confirm=self._confirm,
            announce=self.announce,
        )
        self.planner: Planner = workspace.planner_for(self.choice, wish)
        self._ledger = ledger_path(workspace.project.root)
        self._calls = len(Ledger(self._ledger).entries()) if self.choice.kind == "claude" else 0
        for note in self.choice.notes:
            invocation.note(note)
        if (
            self.choice.kind == "outline"
            and self.choice.key is None
            and self.choice.reason.startswith("no key")
        ):
            invocation.note(f"There is no key for Claude, so rules plan: {self.planner.name}.")

    @property
    def name(self) -> str:
        return self.planner.name

    @property
    def dry_run(self) -> bool:
        return self._planning.dry_run

    def announce(self, estimate: Estimate) -> None:
        """Say once, before the first call, who is asked and what it can cost."""
        if self._announced:
            return
        self._announced = True
        source = self.choice.key.source if self.choice.key else "nowhere"
        self._note(f"Planning with {estimate.model} at {self.choice.endpoint}, key from {source}.")
        self._note(_describe(estimate))
        if self.dry_run:
            self._note("A dry run asks and pays as any other; its answer is shown and not kept.")

    def approve(self, estimate: Estimate) -> None:
        """Announce several operations at once; ask when they are many tokens. Raises Cancelled, Refused."""
        self.announce(estimate)
        limit = self.invocation.workspace.settings.settings.planner.confirm_tokens
        if estimate.input_tokens > limit and not self._ask(estimate):
            from core.planning.asking.calls import HOW_TO_SEND, NOTHING_SENT

            raise Cancelled(NOTHING_SENT, HOW_TO_SEND)

    async def _confirm(self, estimate: Estimate) -> bool:
        # The question may block the event loop: nothing else is under way yet, or it waits for the answer.
        return self._ask(estimate)

    def _ask(self, estimate: Estimate) -> bool:
        if self._granted:
            return True
        if not somebody_answers():
            limit = self.invocation.workspace.settings.settings.planner.confirm_tokens
            raise Refused(
                f"{_describe(estimate)} That is above planner.confirm_tokens ({limit:,}); nothing was sent.",
                "--yes sends it; `taskdeck config set planner.confirm_tokens N` raises the limit.",
            )
        self._progress.clear()
        self._granted = click.confirm(f"{_describe(estimate)} Send it?", default=False)
        return self._granted

    def collect(self, events: AsyncIterator[PlannerEvent]) -> list[PlannerEvent]:
        """All events of a planner that came to its end. Raises TaskdeckError, Cancelled when it did not."""
        from core.planning.planner import Done

        collected: list[PlannerEvent] = []
        self.follow_or_nothing(events, collected.append)
        if not collected or not isinstance(collected[-1], Done):
            raise TaskdeckError("The planner stopped before its end; nothing was saved.", "Try again.")
        return collected

    def follow_or_nothing(self, events: AsyncIterator[Event], take: Callable[[Event], object]) -> None:
        """As `follow`, for work of which a part is worth nothing. Raises Cancelled when it is stopped."""
        try:
            self.follow(events, take)
        except KeyboardInterrupt:
            raise Cancelled(
                f"Stopped; nothing was saved.{self.cost_of_stopped()}", "Run it again to begin anew."
            ) from None

    def cost_of_stopped(self) -> str:
        """What the calls that were broken off cost, as a sentence behind another; empty for none."""
        from core.planning.usage import Ledger, total

        if self.choice.kind != "claude":
            return ""
        stopped = [one for one in Ledger(self._ledger).entries()[self._calls :] if one.outcome == "cancelled"]
        if not stopped:
            return ""
        sum_of = total(stopped)
        price = f"about {dollars(sum_of.dollars)}" if not sum_of.unpriced else "an unknown price"
        return f" What had been written cost {price} ({sum_of.output_tokens:,} tokens out)."

    def follow(self, events: AsyncIterator[Event], take: Callable[[Event], object]) -> None:
        """Hand every event to `take` as it comes, in this thread; problems and costs are said on the way."""
        import asyncio

        long_running()
        asyncio.run(self._follow(events, take))

    async def _follow(self, events: AsyncIterator[Event], take: Callable[[Event], object]) -> None:
        try:
            async for event in events:
                self._show(event)
                take(event)
        finally:
            self._progress.clear()
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _show(self, event: object) -> None:
        from core.planning.planner import Problem, Usage

        if isinstance(event, Problem):
            self._note(event.text)
        elif isinstance(event, Usage):
            self.usage.append(event)
            self._note(_cost(event))
        else:
            self._progress.show(event)

    def _note(self, line: str) -> None:
        self._progress.clear()
        self.invocation.note(line)

    @property
    def in_all(self) -> str:
        """What several calls used together, behind the name of the planner; nothing for one."""
        if len(self.usage) < 2:
            return ""
        known = [usage.dollars for usage in self.usage if usage.dollars is not None]
        price = dollars(sum(known)) if len(known) == len(self.usage) else "not all with a known price"
        return f" in {len(self.usage)} calls, {price} in all"

    def as_json(self) -> dict[str, Any]:
        """Who planned, and what its calls used, for the JSON document of the command."""
        if not self.usage:
            return {"planner": self.name}
        known = [usage.dollars for usage in self.usage if usage.dollars is not None]
        usage = {
            "calls": len(self.usage),
            "inputTokens": sum(_tokens_in(usage) for usage in self.usage),
            "outputTokens": sum(usage.output_tokens for usage in self.usage),
            "dollars": round(sum(known), 6) if known else None,
        }
        return {"planner": self.name, "usage": usage}


def _describe(estimate: Estimate) -> str:
    from core.planning.asking.calls import describe

    return describe(estimate)


def _tokens_in(usage: Usage) -> int:
    return usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens


def _cost(usage: Usage) -> str:
    price = dollars(usage.dollars) if usage.dollars is not None else "price not known"
    return f"{usage.model}: {_tokens_in(usage):,} tokens in, {usage.output_tokens:,} out, {price}"


class _Progress:
    """One line on standard error that says what the planner is at; nothing when that is no terminal."""

    def __init__(self) -> None:
        self.wanted = sys.stderr.isatty()
        self._shown = ""
        self._done = 0

    def show(self, event: object) -> None:
        if not self.wanted:
            return
        complete: Any = getattr(event, "draft", None) or getattr(event, "score", None)
        self._done += complete is not None
        item: Any = complete or event
        if title := str(getattr(item, "title", "")):
            counted = f"{self._done} done · " if self._done else ""
            self._write(
                shorten(f"{counted}{_key(event, item)} {printable(title)}", (terminal_width() or 80) - 5)
            )

    def _write(self, line: str) -> None:
        # The rest of the line is cleared behind the text, not before it: that would flicker.
        if line != self._shown:
            print(f"\r  … {line}\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = line

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = ""


def _key(event: object, item: Any) -> str:
    """The dotted id of what an event is about."""
    parent = str(getattr(event, "parent_key", ""))
    own = str(getattr(item, "task_id", "") or getattr(item, "id", ""))
    return printable(f"{parent}.{own}" if parent and own else own or parent)


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
    if text.strip() == PRD_TEMPLATE.strip():
        raise TaskdeckError(
            f"{path} is still the template.",
            "Fill it in, or let `taskdeck draft-prd IDEA` write it from a sentence.",
        )
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
        said = "+ title:" if item.kind == "added" else None
        if item.kind != "removed":
            lines += [f"    {printable(line)}" for line in item.lines if not (said and line.startswith(said))]
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
