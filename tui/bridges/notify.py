"""Tells a person away from the screen that a run needs them or is over: each fact once."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from core.plain_text import printable, shorten
from core.secrets import redact

if TYPE_CHECKING:
    from core.runs.watch import AgentRow, RunView
    from core.settings.schema import NotifySettings

Kind = Literal["waiting", "stalled", "failed", "over_budget", "finished"]
LONGEST = 200
GIVE_UP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth telling. Two facts are the same when all but their words are."""

    kind: Kind
    run: str
    agent: str
    since: int
    """When it began, in whole seconds: an agent that stalls again is a new fact."""
    words: str


def facts_of(run: RunView, budget: float | None) -> list[Fact]:
    """What is to be told of a run as it is now. `budget` is what one of its agents may cost."""
    facts = [fact for agent in run.agents for fact in _facts_of_agent(run, agent, budget)]
    if run.is_over and run.state != "cancelled":
        kind: Kind = "finished" if run.state == "done" else "failed"
        words = run.verdict.words if run.verdict else run.words
        facts.append(Fact(kind, run.id, "", int(run.ended or 0), f"Run {run.id} {run.state}: {words}"))
    return facts


def _facts_of_agent(run: RunView, agent: AgentRow, budget: float | None) -> Iterable[Fact]:
    view = agent.view
    if view is None or agent.of_run:
        return
    if not run.is_over and view.state == "waiting":
        yield Fact(
            "waiting", run.id, agent.name, int(view.since), f"{agent.name} waits for you: {view.words}"
        )
    if not run.is_over and view.state == "stalled":
        # Its words count the seconds; the moment it fell silent stays the same.
        yield Fact(
            "stalled", run.id, agent.name, int(view.last_event), f"{agent.name} is stalled: {view.words}"
        )
    if budget is not None and view.cost is not None and view.cost > budget:
        words = f"{agent.name} cost ${view.cost:.2f}, more than the ${budget:g} it may"
        yield Fact("over_budget", run.id, agent.name, agent.attempt, words)


class Notifier:
    """Remembers what was told. `bell` rings the terminal."""

    def __init__(self, bell: Callable[[], None]) -> None:
        self.bell = bell
        self._told: set[tuple[Kind, str, str, int]] = set()
        self._looked = False

    def news(self, runs: Sequence[RunView], budget: Callable[[str], float | None]) -> list[Fact]:
        """What nobody was told yet. What was over before anybody looked is no news."""
        fresh: list[Fact] = []
        for run in runs:
            old = not self._looked and run.is_over
            for fact in facts_of(run, budget(run.id)):
                key = (fact.kind, fact.run, fact.agent, fact.since)
                if key not in self._told and not old:
                    fresh.append(fact)
                self._told.add(key)
        self._looked = True
        return fresh

    async def tell(self, facts: Sequence[Fact], settings: NotifySettings) -> str:
        """Tell them in every way the settings name; what could not be done, in words."""
        if settings.bell:
            self.bell()
        troubles: list[str] = []
        for fact in facts:
            words = shorten(printable(redact(fact.words)), LONGEST)
            for argv in commands_for(words, settings):
                troubles.append(await _run(argv))
        return next(filter(None, troubles), "")


def commands_for(words: str, settings: NotifySettings) -> list[list[str]]:
    """The programs to run for one notice; never through a shell."""
    commands: list[list[str]] = []
    if settings.desktop:
        commands += _desktop(words)
    if settings.command:
        try:
            argv = shlex.split(settings.command)
        except ValueError:
            argv = [settings.command]
        if argv:  # of a blank command the words of an agent would be all that is left to run
            commands.append([*argv, words])
    return commands


def _desktop(words: str) -> list[list[str]]:
    if sys.platform == "darwin" and shutil.which("osascript"):
        # The words are an argument of the script, never a part of it.
        script = 'on run argv\ndisplay notification (item 1 of argv) with title "Taskdeck"\nend run'
        return [["osascript", "-e", script, words]]
    if shutil.which("notify-send"):
        # Desktops read the text as markup: an agent's words could name a link or an image to load.
        text = escape(words, quote=False)
        return [["notify-send", "--app-name=Taskdeck", "--", "Taskdeck", text]]
    return []


async def _run(argv: list[str]) -> str:
    """Run a program to its end; why that failed, or nothing."""
    nowhere = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
    except OSError as error:
        return f"{argv[0]} could not be run: {error.strerror}"
    try:
        code = await asyncio.wait_for(process.wait(), GIVE_UP_SECONDS)
    except TimeoutError:
        return f"{argv[0]} did not end within {GIVE_UP_SECONDS:.0f} seconds"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return f"{argv[0]} ended with exit code {code}" if code else ""
