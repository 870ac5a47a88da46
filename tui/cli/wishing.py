"""add-task --prompt: one task worded by the planner; what was given as an option stays as given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.tasks.edits import AddTask
from tui.cli.applying import apply
from tui.cli.invocation import Invocation
from tui.cli.planner_options import Planning
from tui.cli.planner_run import PlannerRun, proposal_json, proposal_lines


def add_wished_task(
    invocation: Invocation, wish: str, given: Mapping[str, Any], before: str | None, planning: Planning
) -> None:
    """Raises TaskdeckError when no task came; then nothing was written."""
    from core.planning.gather import Gathered
    from core.planning.proposal import plan_proposal

    workspace = invocation.editing
    tag = workspace.tag if workspace.has_file else None
    if tag is not None and before is not None:
        tag.find(before)
    run = PlannerRun(invocation, planning)
    gathered = Gathered()
    for event in run.collect(run.planner.add_task(wish, tag.tasks if tag else ())):
        gathered.take(event)
    if tag is not None:
        tag = workspace.store.load().tag(tag.name)
    proposal = plan_proposal(list(gathered.tasks.values()), tag)
    if planning.dry_run:
        invocation.say(
            *proposal_lines(proposal, invocation.paint), "", f"By {run.name}; nothing was written."
        )
        invocation.emit({"dryRun": True, "items": proposal_json(proposal), **run.as_json()})
        return
    edits = [
        replace(edit, fields={**edit.fields, **given}, before=before) if isinstance(edit, AddTask) else edit
        for edit in proposal.edits()
    ]
    change = apply(invocation, edits, title="add a task as asked", create=True)
    key = change.created[0]
    mark = invocation.paint("✓", "green")
    invocation.say(*proposal_lines(proposal, invocation.paint), "", f"{mark} added {key} by {run.name}.")
    invocation.emit(
        {
            "done": [f"added {key}"],
            "created": list(change.created),
            "taskId": key,
            "items": proposal_json(proposal),
            **run.as_json(),
            "edit": change.entry.number,
        }
    )
