"""The command parse-prd: from requirements to tasks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from core.errors import Cancelled, NotFound, Refused, UsageError
from core.plain_text import printable
from core.services import Workspace
from core.tasks.document import DEFAULT_TAG
from core.tasks.edits import AddTag, Edit
from tui.cli.invocation import Invocation, choose, command, somebody_answers
from tui.cli.output import plural
from tui.cli.planner_options import Planning, planner_options
from tui.cli.planner_run import PlannerRun, proposal_json, proposal_lines, read_prd
from tui.cli.prd_changes import plan_changes, remember

if TYPE_CHECKING:
    from core.planning.proposal import Mode, Proposal
    from core.tasks.document import Tag
    from core.tasks.store import Change


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
@click.option("--changes", is_flag=True, help="Only what the PRD changes; ids and finished work stay.")
@planner_options
def parse_prd(
    invocation: Invocation,
    file: str | None,
    input_file: str | None,
    num_tasks: int | None,
    force: bool,
    append: bool,
    changes: bool,
    planning: Planning,
) -> None:
    """Plan tasks from a PRD; without FILE the project's own."""
    if force + append + changes > 1:
        raise UsageError("Either --force or --append or --changes, not both.")
    workspace = invocation.editing
    path = named_prd(workspace, file or input_file)
    text = read_prd(path)
    tag = _present(invocation)
    existing = tag.tasks if tag is not None else ()
    count = num_tasks or workspace.settings.settings.counts.tasks or None
    if changes and tag is not None and existing:
        plan_changes(PlannerRun(invocation, planning), path, text, tag, count)
        return
    mode = _mode(workspace, len(existing), force, append)
    if tag is not None and mode == "changes":
        plan_changes(PlannerRun(invocation, planning), path, text, tag, count)
        return
    run = PlannerRun(invocation, planning)
    proposal = _propose(run, text, count, tag, "replace" if mode == "replace" else "append")
    edits = _with_tag(invocation, proposal, tag)
    extra = {"dryRun": True} if planning.dry_run else {}
    if not proposal.edits():
        invocation.say(f"{printable(path.name)} says nothing that is not planned already.")
        invocation.emit({"done": [], "created": [], **run.as_json(), **extra})
    elif planning.dry_run:
        invocation.say(
            f"{printable(path.name)}, planned by {run.name}; nothing was written:", "",
            *proposal_lines(proposal, invocation.paint),
        )  # fmt: skip
        invocation.emit({**extra, **run.as_json(), "items": proposal_json(proposal)})
    else:
        change = _write(run, path, proposal, edits, tag)
        remember(workspace, text, tag.name if tag else invocation.tag, change.entry.number)


def named_prd(workspace: Workspace, named: str | None) -> Path:
    """The PRD to read, the project's own without a name. Raises NotFound."""
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


def _mode(workspace: Workspace, present: int, force: bool, append: bool) -> Mode | Literal["changes"]:
    """What to do with the tasks that are there. Raises Refused where nobody can be asked."""
    if force and present:
        return "replace"
    if append or not present:
        return "append"
    what = f'The tag "{workspace.tag_name}" has {plural(present, "task")} already'
    if not somebody_answers():
        raise Refused(
            f"{what}; nothing was changed.",
            "--changes does only what the PRD changes in them and keeps ids and finished work; "
            "--append adds to them, --force replaces them.",
        )
    answer = choose(
        f"{printable(what)}. What to do with the plan?", ["changes", "append", "replace", "cancel"]
    )
    if answer == "cancel":
        raise Cancelled("Nothing was changed.")
    return "changes" if answer == "changes" else "append" if answer == "append" else "replace"


def _propose(run: PlannerRun, text: str, count: int | None, tag: Tag | None, mode: Mode) -> Proposal:
    from core.planning.gather import Gathered
    from core.planning.proposal import plan_proposal

    existing = tag.tasks if tag is not None and mode == "append" else ()
    events = run.collect(run.planner.plan(text, count=count, existing=existing))
    gathered = Gathered()
    for event in events:
        gathered.take(event)
    drafts = list(gathered.tasks.values())
    # Planning takes a while: what others wrote meanwhile counts, so that ids stay free.
    if tag is not None:
        tag = run.invocation.editing.store.load().tags.get(tag.name, tag)
    return plan_proposal(drafts, tag, mode)


def _with_tag(invocation: Invocation, proposal: Proposal, tag: Tag | None) -> tuple[Edit, ...]:
    """The edits of the plan, behind the one that makes the tag where there is none of that name yet."""
    name, workspace = invocation.tag, invocation.editing
    present = workspace.document.tags if workspace.has_file else {}
    # A new file has its first tag already.
    if tag is not None or not name or name in (present or (DEFAULT_TAG,)):
        return proposal.edits()
    return (AddTag(name), *proposal.edits())


def _write(
    run: PlannerRun, path: Path, proposal: Proposal, edits: tuple[Edit, ...], tag: Tag | None
) -> Change:
    invocation = run.invocation
    made_tag = next((edit.name for edit in edits if isinstance(edit, AddTag)), None)
    title = f"plan {plural(len(proposal.items), 'task')} from {path.name}"
    title += f" in the new tag {made_tag}" if made_tag else ""
    name = tag.name if tag else invocation.tag
    change = invocation.editing.store.apply(edits, tag=name, title=title, create=True)
    said = _counted(proposal)
    mark = invocation.paint("✓", "green")
    invocation.say(
        *(f"{item.key:>4}  {printable(item.title)}" for item in proposal.items if item.kind != "removed"), "",
        *([f"{mark} made the tag {printable(made_tag)}"] if made_tag else []),
        f"{mark} {printable(path.name)}: {said}, by {run.name}.",
        "Next: taskdeck analyze-complexity",
    )  # fmt: skip
    invocation.emit(
        {
            "done": [title],
            "created": list(change.created),
            **run.as_json(),
            "items": proposal_json(proposal),
            "newTag": made_tag,
            "edit": change.entry.number,
        }
    )
    return change


def _counted(proposal: Proposal) -> str:
    """`5 tasks added, 1 removed`."""
    kinds = Counter(item.kind for item in proposal.items)
    said = [f"{kinds[kind]} {kind}" for kind in ("added", "changed", "removed") if kinds[kind]]
    number, _, rest = said[0].partition(" ")
    return ", ".join([f"{plural(int(number), 'task')} {rest}", *said[1:]])


COMMANDS = {"parse-prd": parse_prd}
