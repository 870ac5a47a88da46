"""Commands about dependencies: add, remove, validate, fix."""

from __future__ import annotations

import click

from core.errors import UsageError
from core.plain_text import printable
from core.tasks.edits import AddDependency, Edit, RemoveDependency, describe, edit_to_json
from core.tasks.findings import tag_findings
from core.tasks.identifiers import split_ids
from tui.cli.applying import apply, done, one_id
from tui.cli.completing import TASK_IDS
from tui.cli.invocation import Invocation, command
from tui.cli.output import plural

_PAIR = click.argument("ids", nargs=-1, type=TASK_IDS, metavar="[ID DEPENDS-ON]")
_ID = click.option("-i", "--id", "task_id", type=TASK_IDS, help="The task that waits.")
_ON = click.option("-d", "--depends-on", type=TASK_IDS, help="The tasks it waits for.")


def _pair(ids: tuple[str, ...], task_id: str | None, depends_on: str | None) -> tuple[str, list[str]]:
    words = list(ids)
    if task_id is None and words:
        task_id = words.pop(0)
    if depends_on is None and words:
        depends_on = ",".join(words)
        words = []
    if words or task_id is None or depends_on is None:
        raise UsageError(
            "This takes an id and what it depends on.", "For example: 5 3, or --id=5 --depends-on=3"
        )
    return one_id((), task_id), split_ids(depends_on)


@command("add-dependency")
@_PAIR
@_ID
@_ON
def add_dependency(
    invocation: Invocation, ids: tuple[str, ...], task_id: str | None, depends_on: str | None
) -> None:
    """Let a task wait for another."""
    key, names = _pair(ids, task_id, depends_on)
    change = apply(invocation, [AddDependency(key, name) for name in names])
    done(invocation, change, [f"{key} depends on {', '.join(names)}"], taskId=key)


@command("remove-dependency")
@_PAIR
@_ID
@_ON
def remove_dependency(
    invocation: Invocation, ids: tuple[str, ...], task_id: str | None, depends_on: str | None
) -> None:
    """Let a task no longer wait for another."""
    key, names = _pair(ids, task_id, depends_on)
    change = apply(invocation, [RemoveDependency(key, name) for name in names])
    done(invocation, change, [f"{key} no longer depends on {', '.join(names)}"], taskId=key)


@command("validate-dependencies")
def validate_dependencies(invocation: Invocation) -> int:
    """Check that every dependency names a task and that none wait for each other. Exit 1 with findings."""
    workspace = invocation.workspace
    graph, nodes = workspace.graph, workspace.tag.nodes
    findings = [finding for finding in tag_findings(graph) if finding.about_dependencies]
    tasks = len(workspace.tag.tasks)
    counts = {
        "tasks": tasks,
        "subtasks": len(nodes) - tasks,
        "dependencies": sum(len(task.written_dependencies) for task in nodes.values()),
    }
    invocation.emit(
        {
            "valid": not findings,
            "tag": workspace.tag_name,
            **counts,
            "findings": [
                {
                    "kind": finding.kind,
                    "taskId": finding.key,
                    "text": finding.text,
                    "repair": [edit_to_json(edit) for edit in finding.repair],
                }
                for finding in findings
            ],
        }
    )
    checked = ", ".join(
        plural(count, name) for name, count in zip(("task", "subtask"), counts.values(), strict=False)
    )
    dependencies = counts["dependencies"]
    checked += f", {dependencies} {'dependency' if dependencies == 1 else 'dependencies'}"
    if not findings:
        invocation.say(f"{invocation.paint('✓', 'green')} All dependencies are valid ({checked}).")
        return 0
    for finding in findings:
        repair = "; ".join(describe(edit) for edit in finding.repair)
        invocation.say(f"{invocation.paint('✕', 'red')} {printable(finding.text)}")
        if repair:
            invocation.say(f"    repair: {printable(repair)}")
    invocation.say("", f"{plural(len(findings), 'finding')} in {checked}.")
    if any(finding.repair for finding in findings):
        invocation.say("`taskdeck fix-dependencies` carries out the repairs.")
    return 1


@command("fix-dependencies")
@click.option("--dry-run", is_flag=True, help="Show the repairs, change nothing.")
def fix_dependencies(invocation: Invocation, dry_run: bool) -> int:
    """Carry out the repairs that validate-dependencies names, as one edit that can be undone."""
    findings = [f for f in tag_findings(invocation.editing.graph) if f.about_dependencies]
    edits: list[Edit] = list(dict.fromkeys(edit for finding in findings for edit in finding.repair))
    left = [finding for finding in findings if not finding.repair]
    lines = [describe(edit) for edit in edits]
    if not edits or dry_run:
        invocation.emit({"done": [], "created": [], "wouldDo": lines, "left": [f.text for f in left]})
        invocation.say(*(printable(line) for line in lines))
    else:
        change = apply(invocation, edits, title=f"repair {plural(len(edits), 'dependency finding')}")
        done(invocation, change, lines, left=[finding.text for finding in left])
    if not edits and not left:
        invocation.say("There is nothing to repair.")
    for finding in left:
        invocation.say(
            f"{invocation.paint('✕', 'red')} {printable(finding.text)} (needs a decision of yours)"
        )
    return 1 if left else 0


COMMANDS = {
    "add-dependency": add_dependency,
    "remove-dependency": remove_dependency,
    "validate-dependencies": validate_dependencies,
    "fix-dependencies": fix_dependencies,
}
