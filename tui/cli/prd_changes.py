"""parse-prd --changes: only what an edited PRD would change, with ids, status and finished work kept."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import TaskdeckError
from core.plain_text import printable
from core.services import Workspace
from core.tasks.document import DEFAULT_TAG
from tui.cli.output import plural
from tui.cli.planner_run import PlannerRun, proposal_json, proposal_lines

if TYPE_CHECKING:
    from core.planning.prd_changes import PrdChanges
    from core.planning.proposal import ProposalItem
    from core.tasks.document import Tag


def plan_changes(run: PlannerRun, path: Path, text: str, tag: Tag, count: int | None) -> None:
    """Show what the PRD changes in the tasks of `tag`; without --dry-run do what needs no decision."""
    workspace = run.invocation.editing
    proposal = _propose(run, text, tag, count)
    accepted = {item.id for item in proposal.written(proposal.default_accepted)}
    edits = proposal.edits(accepted)
    if run.dry_run or not edits:
        _say(run, path, proposal, accepted, done=False)
        run.invocation.emit({"dryRun": run.dry_run, **_json(run, proposal, accepted)})
        return
    title = f"follow {path.name} with {plural(len(accepted), 'task')}"
    change = workspace.store.apply(edits, tag=tag.name, title=title)
    if proposal.settled(proposal.default_accepted):
        remember(workspace, text, tag.name, change.entry.number)
    _say(run, path, proposal, accepted, done=True)
    document = {"done": [title], "created": list(change.created), "edit": change.entry.number}
    run.invocation.emit({**document, **_json(run, proposal, accepted)})


def remember(workspace: Workspace, text: str, tag: str | None, edit: int) -> None:
    """Note which PRD change `edit` of a tag follows; without the note a later comparison only says less."""
    from core.planning.planned_prd import remember_prd

    with suppress(OSError, TaskdeckError):
        remember_prd(workspace.project.root, tag or DEFAULT_TAG, text, edit)


def _propose(run: PlannerRun, text: str, tag: Tag, count: int | None) -> PrdChanges:
    from core.planning.gather import Gathered
    from core.planning.planned_prd import remembered_prd
    from core.planning.prd_changes import prd_changes

    gathered = Gathered()
    for event in run.collect(run.planner.plan(text, count=count)):
        gathered.take(event)
    # Planning takes a while: what others wrote meanwhile counts.
    workspace = run.invocation.editing
    now = workspace.store.load().tags.get(tag.name, tag)
    before = remembered_prd(workspace.project.root, tag.name)
    return prd_changes(list(gathered.tasks.values()), now, prd=text, before=before)


def _say(run: PlannerRun, path: Path, proposal: PrdChanges, accepted: Collection[str], done: bool) -> None:
    from core.planning.proposal import Proposal

    invocation = run.invocation
    name, paint = printable(path.name), invocation.paint
    taken = proposal.written(accepted)
    left = [item for item in proposal.items if item.id not in accepted]
    if proposal.empty:
        invocation.say(f"{name} changes nothing in the tasks there are.")
    if taken:
        heading = (
            f"Done, as {name} asks for, by {run.name}:" if done else f"{name} would change, by {run.name}:"
        )
        invocation.say(heading, "", *proposal_lines(Proposal(taken), paint))
    if left:
        invocation.say(*([""] if taken else []), "Left for you to decide; nothing was done about it:", "")
        invocation.say(*(line for item in left for line in _left_lines(item)))
    if proposal.items and not done:
        invocation.say("", "Nothing was written.")


def _left_lines(item: ProposalItem) -> list[str]:
    why = next((line.strip() for line in reversed(item.lines) if line.startswith("  ")), "")
    what = {"added": "asked for", "changed": "asked for otherwise", "removed": "no longer asked for"}[
        item.kind
    ]
    lines = [f"{item.id[:1]} {item.key}  {item.title}: {what}" + (f"; {why}" if why else "")]
    if item.kind == "changed":
        lines += [f"    {line}" for line in item.lines if not line.startswith("  ")]
    return [printable(line) for line in lines]


def _json(run: PlannerRun, proposal: PrdChanges, accepted: Collection[str]) -> dict[str, Any]:
    from core.planning.proposal import Proposal

    written = {item.id: item for item in proposal.written(accepted)}
    shown = [written.get(item.id, item) for item in proposal.items]
    items = [
        {**document, "taken": item.id in written}
        for item, document in zip(shown, proposal_json(Proposal(shown)), strict=True)
    ]
    return {**run.as_json(), "items": items}
