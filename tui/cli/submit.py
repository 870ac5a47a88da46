"""The command submit: agents do tasks; each result is a branch."""

from __future__ import annotations

from dataclasses import replace

import click

from core.runs.wish import Wish
from tui.cli.applying import ids_of
from tui.cli.completing import TASK_IDS
from tui.cli.following_run import begin
from tui.cli.invocation import Invocation, command
from tui.cli.run_options import run_options


@command("submit")
@click.argument("ids", nargs=-1, type=TASK_IDS, metavar="ID...")
@click.option("-i", "--id", "task_ids", type=TASK_IDS, help="The ids, such as 5 or 5,6.")
@run_options
def submit(
    invocation: Invocation,
    ids: tuple[str, ...],
    task_ids: str | None,
    wish: Wish,
    dry_run: bool,
    detach: bool,
) -> int:
    """Let an agent do tasks, in a work tree of its own; the result is a branch here.

    The tasks are set to in-progress; nothing else in your files changes. Only --commit, --push and --pr
    commit the task file, and only --push and --pr let anything leave this machine.

    \b
    taskdeck submit 5 --agent claude
    taskdeck submit 5,6 --agent claude --dry-run
    """
    keys = tuple(ids_of(ids, task_ids))
    return begin(invocation, replace(wish, kind="task", keys=keys), dry_run=dry_run, detach=detach)


# Whether a task is done anew is no question: who names it wants it done.
for option in submit.params:
    if option.name == "force" and isinstance(option, click.Option):
        option.hidden = True

COMMANDS = {"submit": submit}
