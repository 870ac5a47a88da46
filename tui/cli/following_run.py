"""Begins a run for a command and says what happens in it until it is over, or leaves it to itself."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import Cancelled, TaskdeckError
from core.paths import state_folder
from core.plain_text import printable
from core.runs.folder import RunFolder, find_run
from tui.cli.after_run import begun_lines, detached_lines, next_lines
from tui.cli.boundary import long_running
from tui.cli.invocation import Invocation
from tui.cli.output import write_text
from tui.cli.run_json import parameter_table, progress_words, request_json, result_lines, run_json

if TYPE_CHECKING:
    from core.agents.view import AgentView
    from core.doctor.check import Check
    from core.runs.request import RunRequest
    from core.runs.view import AgentRow, RunView
    from core.runs.wish import Wish

_PERIOD = 0.1
_WORTH_TELLING = ("stalled", "waiting", "rate_limited")
CODES = {"done": 0, "failed": 1, "interrupted": 1, "refused": 3, "cancelled": 130}
"""The exit code each end of a run has."""


def begin(invocation: Invocation, wish: Wish, *, dry_run: bool, detach: bool) -> int:
    """Carry out a wish. Raises TaskdeckError when nothing could be begun."""
    import asyncio

    from core.doctor.preflight import let_pass
    from core.runs.start import prepare, start
    from core.runs.wish import NothingToDo

    workspace = invocation.workspace
    try:
        if dry_run:
            request = asyncio.run(prepare(workspace, wish))
            checks = _checks(request)
            _show_parameters(invocation, request, checks)
            if _is_checked(wish):
                let_pass(checks, wish.waived)
            return 0
        if _is_checked(wish):
            wish = _checked(invocation, wish)
        folder = asyncio.run(start(workspace, wish))
    except NothingToDo as nothing:
        invocation.say(printable(nothing.message), *([f"  {nothing.hint}"] if nothing.hint else []))
        invocation.emit({"run": None, "reason": nothing.message})
        return 0
    invocation.say(*begun_lines(folder.request))
    if detach:
        invocation.say(f"Run {folder.id} has begun.", *detached_lines(folder.id))
        invocation.emit({"run": {"id": folder.id, "folder": str(folder.path)}})
        return 0
    return follow(invocation, folder)


def _is_checked(wish: Wish) -> bool:
    """Whether a check that fails stops the run: one that stays on this machine depends on none of them."""
    return wish.push or wish.pr or bool(wish.waived)


def _checked(invocation: Invocation, wish: Wish) -> Wish:
    """The wish once every check before it holds or was waived. Raises Refused, UsageError."""
    from core.doctor.preflight import let_pass
    from core.runs.preflight import make_request

    request, _ = make_request(invocation.workspace, wish)
    waived = let_pass(_checks(request), wish.waived)
    for name in waived:
        invocation.note(f"The check {name} fails and was waived; that is kept with the run.")
    return replace(wish, waived=waived)


def _checks(request: RunRequest) -> list[Check]:
    from core.doctor.preflight import preflight

    return preflight(request)


def follow(invocation: Invocation, folder: RunFolder) -> int:
    """Say what happens in a run until it is over. Ctrl-C asks it to end. Returns the exit code."""
    from core.runs.watch import RunWatch

    long_running()
    invocation.say(f"Run {folder.id}, {_what(folder.request)}.")
    if folder.request.words:
        invocation.say(printable(folder.request.words))
    watch, teller = RunWatch(folder), _Teller(invocation, folder.request, folder.request.words)
    asked = False
    while True:
        try:
            view = watch.poll()
            teller.tell(view)
            if view.is_over and not view.alive:
                return finish(invocation, view)
            time.sleep(_PERIOD)
        except KeyboardInterrupt:
            if asked:
                raise Cancelled(
                    f"The run {folder.id} was asked to end and may not have ended yet.",
                    f"`taskdeck runs show {folder.id}` says what became of it.",
                ) from None
            asked = True
            _ask_to_end(invocation, folder)


def finish(invocation: Invocation, view: RunView) -> int:
    """Say how a run ended; returns the exit code."""
    if view.verdict is None or view.only_delivers:
        from core.runs.lineage import whole_view
        from core.runs.recover import recover

        # Its worker may have been killed under our eyes; and what it delivered other runs know.
        folder = find_run(state_folder(invocation.workspace.project.root), view.id)
        recover(folder)
        view = whole_view(folder)
    code = CODES.get(view.state, 1)
    lines = list(result_lines(view))
    if code == 0:
        invocation.say(f"{invocation.paint('✓', 'green')} {lines[0]}", *lines[1:])
    else:
        invocation.say(*lines[1:])
    invocation.say(*next_lines(invocation, view))
    invocation.emit({"run": run_json(view)})
    if code:
        left = "what failed" if view.state == "failed" else "what is left"
        raise _Ended(lines[0], f"`taskdeck runs retry {view.id}` goes on with {left}.", code)
    return 0


class _Ended(TaskdeckError):  # noqa: N818
    """A run did not come to its end well; the exit code says how."""

    def __init__(self, message: str, hint: str, code: int) -> None:
        super().__init__(message, hint)
        self.exit_code = code


def _ask_to_end(invocation: Invocation, folder: RunFolder) -> None:
    from core.runs.cancel import cancel

    if cancel(folder):
        invocation.note(f"The run {folder.id} is asked to end; its agents are ended first.")


def _what(request: RunRequest) -> str:
    # Where only what passed before is left to be delivered, that is what it is about.
    about = request.keys or request.earlier
    keys = ", ".join(about[:8]) + (" …" if len(about) > 8 else "")
    tasks = f"task {keys}" if len(about) == 1 else f"tasks {keys}"
    what = f"documents of {tasks}" if request.kind == "docs" else tasks
    return f"{what} by {request.agent}"


def _show_parameters(invocation: Invocation, request: RunRequest, checks: list[Check]) -> None:
    # The run gets its name when it begins, and its branch with it.
    rows = tuple(replace(row, value=row.value.replace(request.id, "RUN")) for row in request.parameters)
    request = replace(request, parameters=rows)
    if not invocation.as_json:
        write_text(parameter_table(request, invocation.paint))
        invocation.say(*([printable(request.words)] if request.words else []), "")
        for check in checks:
            sign, style = _CHECK_SIGNS[check.state]
            invocation.say(f"{invocation.paint(sign, style)} {check.name}: {printable(check.evidence)}")
        invocation.say("", "Nothing was begun.")
    shown = [
        {"name": check.name, "state": check.state, "evidence": check.evidence, "repair": check.repair}
        for check in checks
    ]
    invocation.emit(
        {"dryRun": True, "parameters": request_json(request), "notes": [request.words], "checks": shown}
    )


_CHECK_SIGNS = {"ok": ("✓", "green"), "warn": ("▲", "yellow"), "fail": ("✗", "red"), "skip": ("·", "dim")}


class _Teller:
    """Says each new thing about a run once; `said` was said already."""

    def __init__(self, invocation: Invocation, request: RunRequest, said: str) -> None:
        self.invocation = invocation
        self._run, self._timeout, self._silence = request.id, request.timeout, request.silence
        self._words = said
        self._notes = 0
        self._said: set[tuple[str, int, str]] = set()

    def tell(self, view: RunView) -> None:
        for note in view.notes[self._notes :]:
            if note.words != self._words:
                self.invocation.say(printable(note.words))
        self._notes = len(view.notes)
        for row in view.agents:
            self._tell_agent(view, row)

    def _tell_agent(self, view: RunView, row: AgentRow) -> None:
        if row.attempt == 0:
            return
        again = f", attempt {row.attempt}" if row.attempt > 1 else ""
        if self._is_new(row, "began"):
            self.invocation.say(f"  ▶ {row.name}  {printable(row.title)}{again}")
        if row.judged is not None and self._is_new(row, "judged"):
            passed = row.judged.passed
            sign = self.invocation.paint("✓", "green") if passed else self.invocation.paint("✕", "red")
            far = progress_words(view)
            more = f"  ({far})" if far and passed else ""
            self.invocation.say(f"  {sign} {row.name}  {printable(row.judged.words)}{more}")
        elif row.view is not None and row.view.state in _WORTH_TELLING:
            self._tell_trouble(row, row.view)

    def _tell_trouble(self, row: AgentRow, view: AgentView) -> None:
        """Told again each time it has lasted twice as long: silence alone ends no agent."""
        lasted = int(math.log2(max(1.0, (time.time() - view.since) / self._silence)))
        if not self._is_new(row, f"{view.state} {lasted}"):
            return
        self.invocation.say(f"  ▲ {row.name}  {printable(view.words)}")
        if self._is_new(row, "hint"):
            limit = f"{self._timeout / 60:.0f} min" if self._timeout >= 120 else f"{self._timeout:g} s"
            self.invocation.say(
                f"    It is ended after {limit} (agent.timeout) and not before; Ctrl-C, or "
                f"`taskdeck runs cancel {self._run}`, ends the run now."
            )

    def _is_new(self, row: AgentRow, what: str) -> bool:
        mark = (row.name, row.attempt, what)
        if mark in self._said:
            return False
        self._said.add(mark)
        return True
