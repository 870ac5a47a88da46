"""The command runs: list them, show one with its stages and proofs, cancel, retry."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from core.errors import UsageError
from core.paths import state_folder
from core.plain_text import plural
from core.runs.folder import RunFolder, find_run, list_runs
from tui.cli.after_run import next_lines
from tui.cli.completing import TEXT
from tui.cli.following_run import begin, finish, follow
from tui.cli.invocation import Callback, Invocation, command
from tui.cli.output import write_text
from tui.cli.run_json import parameter_table, request_json, result_lines, run_json
from tui.cli.run_text import run_lines, run_table


class Runs(click.Group):
    """`taskdeck runs` alone lists, and with a run's name shows that one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and (
            not args or (args[0].startswith("-") and args[0] not in ("-h", "--help"))
        ):
            args = ["list", *args]
        elif args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.command("runs", cls=Runs)
def runs() -> None:
    """List the runs of agents, show, cancel, retry or watch one.

    RUN is the id of a run, a beginning or end of it that no other has, or `last`, which is meant without any.
    """


def _subcommand(name: str, **attributes: Any) -> Any:
    def decorate(function: Callback) -> click.Command:
        made = command(name, **attributes)(function)
        runs.add_command(made)
        return made

    return decorate


def state_of(invocation: Invocation) -> Path:
    """The project's state folder, its interrupted runs recovered: whatever is shown is true."""
    from core.runs.recover import recover_all

    state = state_folder(invocation.workspace.project.root)
    for run in recover_all(state):
        invocation.note(f"The run {run.id} had lost its worker; what it left was ended and written down.")
    return state


@_subcommand("list")
@click.option("-n", "--lines", type=click.IntRange(min=1), default=20, metavar="N", help="At most N.")
@click.option("--all", "every", is_flag=True, help="All of them.")
def list_all(invocation: Invocation, lines: int, every: bool) -> None:
    """List the runs, the newest first."""
    from core.runs.lineage import related
    from core.runs.watch import summary

    found = list_runs(state_of(invocation))
    shown = found if every else found[:lines]
    views = related([summary(folder) for folder in shown])
    invocation.emit({"runs": [run_json(view) for view in views], "total": len(found)})
    if invocation.as_json:
        return
    if not views:
        invocation.say("No agent has run here yet.", "  `taskdeck docs generate` begins with documents.")
        return
    write_text(run_table(views, invocation.paint))
    if len(found) > len(shown):
        invocation.say(f"{plural(len(found) - len(shown), 'older run')} not shown; --all shows them.")


@_subcommand("show")
@click.argument("run", default="last")
@click.option("--parameters", is_flag=True, help="Also every parameter and where it came from.")
def show(invocation: Invocation, run: str, parameters: bool) -> None:
    """Show a run: stages, proofs, agents, what the gate said."""
    from core.runs.lineage import whole_view

    folder = find_run(state_of(invocation), run)
    view = whole_view(folder)
    invocation.emit({"run": run_json(view) | {"parameters": request_json(folder.request)}})
    invocation.say(*run_lines(view, invocation.paint))
    if parameters and not invocation.as_json:
        invocation.say("")
        write_text(parameter_table(folder.request, invocation.paint))


@_subcommand("cancel")
@click.argument("run", default="last")
@click.option("-d", "--detach", is_flag=True, help="Do not wait until it has ended.")
def cancel_run(invocation: Invocation, run: str, detach: bool) -> int:
    """Ask a run to end; what passed the gate stays on its branch."""
    from core.runs.cancel import cancel

    folder = find_run(state_of(invocation), run)
    if not cancel(folder):
        raise UsageError(
            f"The run {folder.id} is over already.", f"`taskdeck runs show {folder.id}` says how."
        )
    if detach:
        invocation.say(f"The run {folder.id} is asked to end.")
        invocation.emit({"run": {"id": folder.id}, "cancelled": True})
        return 0
    view = _wait(folder)
    invocation.emit({"run": run_json(view), "cancelled": view.state == "cancelled"})
    invocation.say(*result_lines(view), *next_lines(invocation, view))
    return 0


@_subcommand("retry")
@click.argument("run", default="last")
@click.option("--dry-run", is_flag=True, help="Show every parameter and where it comes from; begin nothing.")
@click.option("-d", "--detach", is_flag=True, help="Begin, print the run's name, and leave it to itself.")
@click.option("--commit", is_flag=True, help="Commit the task file first if it differs.")
@click.option("--include-unpushed", is_flag=True, help="Let other unpushed commits go along.")
@click.option("--waive", type=TEXT, multiple=True, metavar="CHECK", help="Let a check pass that fails.")
def retry(
    invocation: Invocation,
    run: str,
    dry_run: bool,
    detach: bool,
    commit: bool,
    include_unpushed: bool,
    waive: tuple[str, ...],
) -> int:
    """Run again what a run did not do; its agents are told what failed."""
    from core.runs.retry import retry_wish

    folder = find_run(state_of(invocation), run)
    wish = retry_wish(folder).choose(commit=commit)
    if include_unpushed:
        wish = wish.choose(include_unpushed=True)
    if waive:
        wish = wish.choose(waived=tuple(dict.fromkeys((*wish.waived, *waive))))
    if folder.request.tag != invocation.workspace.tag_name:
        vars(invocation)["workspace"] = invocation.workspace.for_tag(folder.request.tag)
    return begin(invocation, wish, dry_run=dry_run, detach=detach)


@_subcommand("watch")
@click.argument("run", default="last")
def watch_run(invocation: Invocation, run: str) -> int:
    """Say what happens in a run until it is over; Ctrl-C asks it to end."""
    from core.runs.watch import RunWatch

    folder = find_run(state_of(invocation), run)
    if folder.is_alive():
        return follow(invocation, folder)
    return finish(invocation, RunWatch(folder).whole())


def _wait(folder: RunFolder) -> Any:
    from core.runs.lineage import whole_view
    from core.runs.recover import recover

    while folder.is_alive():
        time.sleep(0.05)
    recover(folder)
    return whole_view(folder)


COMMANDS = {"runs": runs}
