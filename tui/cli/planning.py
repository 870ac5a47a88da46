"""The command parse-prd: from requirements to tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import Cancelled, NotFound, Refused, UsageError
from core.plain_text import printable
from core.services import Workspace
from core.tasks.edits import AddTag
from tui.cli.invocation import Invocation, choose, command, somebody_answers
from tui.cli.output import plural
from tui.cli.planner_run import (
    collect,
    planner_for,
    planner_options,
    proposal_json,
    proposal_lines,
    read_prd,
)

if TYPE_CHECKING:
    from core.planning.planner import Planner
    from core.planning.proposal import Mode, Proposal
    from core.tasks.document import Tag


@command("parse-prd", file_option=("-o", "--output"))
@click.argument("file", required=False, type=click.Path())
@click.option("-i", "--input", "input_file", type=click.Path(), help="The PRD, the same as FILE.")
@click.option(
    "-n",
    "--num-tasks",
    type=click.IntRange(0, 500),
    metavar="N",
    help="About how many tasks; the PRD decides without it.",
)
@click.option("-f", "--force", is_flag=True, help="Replace the tasks that are there.")
@click.option("--append", is_flag=True, help="Keep the tasks that are there and add to them.")
@planner_options
def parse_prd(
    invocation: Invocation,
    file: str | None,
    input_file: str | None,
    num_tasks: int | None,
    force: bool,
    append: bool,
    planner_name: str | None,
    dry_run: bool,
    research: bool,
) -> None:
    """Plan tasks from a PRD; without FILE the project's own."""
    if force and append:
        raise UsageError("Either --force or --append, not both.")
    workspace = invocation.editing
    path = _prd(workspace, file or input_file)
    text = read_prd(path)
    planner = planner_for(invocation, planner_name, research)
    tag = _present(invocation)
    existing = tag.tasks if tag is not None else ()
    mode = _mode(workspace, len(existing), force, append or dry_run)
    proposal = _propose(
        invocation, planner, text, num_tasks or workspace.settings.settings.counts.tasks or None, tag, mode
    )
    if dry_run:
        invocation.say(
            f"{printable(path.name)}, planned by {planner.name}; nothing was written:", "",
            *proposal_lines(proposal, invocation.paint),
        )  # fmt: skip
        invocation.emit({"dryRun": True, "planner": planner.name, "items": proposal_json(proposal)})
        return
    _write(invocation, planner, path, proposal, tag)


def _prd(workspace: Workspace, named: str | None) -> Path:
    if named:
        return Path(named)
    prd = workspace.prd
    if prd is None:
        raise NotFound(
            f"There is no PRD in {workspace.project.root}.",
            "Name it, or write it to .taskmaster/docs/prd.txt.",
        )
    return prd


def _present(invocation: Invocation) -> Tag | None:
    """The tag to plan into; None when there is no file yet, or no tag of the name that was asked for."""
    workspace = invocation.editing
    if not workspace.has_file:
        return None
    if invocation.tag and invocation.tag not in workspace.document.tags:
        return None
    if not workspace.document.tags:
        return None
    return workspace.tag


def _mode(workspace: Workspace, present: int, force: bool, append: bool) -> Mode:
    """What to do with the tasks that are there. Raises Refused where nobody can be asked."""
    if force and present:
        return "replace"
    if append or not present:
        return "append"
    what = f'The tag "{workspace.tag_name}" has {plural(present, "task")} already'
    if not somebody_answers():
        raise Refused(f"{what}; nothing was changed.", "--append adds to them, --force replaces them.")
    answer = choose(f"{printable(what)}. What to do with the plan?", ["append", "replace", "cancel"])
    if answer == "cancel":
        raise Cancelled("Nothing was changed.")
    return "append" if answer == "append" else "replace"


def _propose(
    invocation: Invocation, planner: Planner, text: str, count: int | None, tag: Tag | None, mode: Mode
) -> Proposal:
    from core.planning.planner import TaskComplete
    from core.planning.proposal import plan_proposal

    existing = tag.tasks if tag is not None and mode == "append" else ()
    events = collect(planner.plan(text, count=count, existing=existing), invocation)
    drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
    return plan_proposal(drafts, tag, mode)


def _write(invocation: Invocation, planner: Planner, path: Path, proposal: Proposal, tag: Tag | None) -> None:
    workspace = invocation.editing
    edits = proposal.edits()
    name = tag.name if tag else invocation.tag
    if not edits:
        invocation.say(f"{printable(path.name)} says nothing that is not planned already.")
        invocation.emit({"done": [], "created": [], "planner": planner.name})
        return
    if tag is None and name and workspace.has_file:
        workspace.store.apply([AddTag(name)])
    title = f"plan {plural(len(proposal.items), 'task')} from {path.name}"
    change = workspace.store.apply(edits, tag=name, title=title, create=True)
    counts = {
        kind: sum(item.kind == kind for item in proposal.items) for kind in ("added", "changed", "removed")
    }
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    invocation.say(
        *(f"{item.key:>4}  {printable(item.title)}" for item in proposal.items if item.kind != "removed"), "",
        f"{invocation.paint('✓', 'green')} {printable(path.name)}: tasks {said}, by {planner.name}.",
        "Next: taskdeck analyze-complexity",
    )  # fmt: skip
    invocation.emit(
        {
            "done": [title],
            "created": list(change.created),
            "planner": planner.name,
            "items": proposal_json(proposal),
            "edit": change.entry.number,
        }
    )


COMMANDS = {"parse-prd": parse_prd}
