"""The command tags: list, add, use, remove, rename, copy."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import click

from core.errors import NotFound, UsageError
from core.plain_text import printable
from core.project import use_tag
from core.tasks.document import DEFAULT_TAG
from core.tasks.edits import AddTag, CopyTag, Edit, RemoveTag, RenameTag
from tui.cli.completing import TAG, TEXT
from tui.cli.invocation import Callback, Invocation, command, confirm
from tui.cli.output import Cell, Column, plural, table, write_text

_METADATA = ("created", "updated", "lastModified", "description")


class Tags(click.Group):
    """`taskdeck tags` alone lists."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and (
            not args or (args[0].startswith("-") and args[0] not in ("-h", "--help"))
        ):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.command("tags", cls=Tags)
def tags() -> None:
    """List the tags, add, use, remove, rename or copy one."""


def _subcommand(name: str, **attributes: Any) -> Any:
    def decorate(function: Callback) -> click.Command:
        made = command(name, **attributes)(function)
        tags.add_command(made)
        return made

    return decorate


@_subcommand("list")
@click.option("--show-metadata", is_flag=True, help="When each was made and changed, and what it is for.")
@click.option("--ready", is_flag=True, help="Only tags that have a task ready to work on.")
def list_tags(invocation: Invocation, show_metadata: bool, ready: bool) -> None:
    """List the tags of the task file."""
    workspace = invocation.workspace
    current = workspace.tag_name if workspace.document.tags else ""
    rows: list[list[Cell]] = []
    entries: list[dict[str, Any]] = []
    for name, tag in workspace.document.tags.items():
        part = workspace.for_tag(name)
        number = sum(not t.finished and part.graph.ready(t.key) for t in tag.tasks) if ready else 0
        if ready and not number:
            continue
        done = sum(task.finished for task in tag.tasks)
        texts = {key: str(tag.metadata[key]) for key in _METADATA if key in tag.metadata}
        entry = {
            "name": name,
            "isCurrent": name == current,
            "taskCount": len(tag.tasks),
            "completedTasks": done,
        }
        entries.append(
            entry | ({"readyTasks": number} if ready else {}) | ({"metadata": texts} if texts else {})
        )
        row = [Cell("●" if name == current else ""), Cell(printable(name), "bold" if name == current else "")]
        row += [Cell(str(len(tag.tasks))), Cell(str(done)), Cell(str(number) if ready else "")]
        row.append(Cell(printable(", ".join(f"{k} {v}" for k, v in texts.items())) if show_metadata else ""))
        rows.append(row)
    invocation.emit({"tags": entries, "currentTag": current, "totalTags": len(workspace.document.tags)})
    if not invocation.as_json:
        counts = [Column(heading, right=True) for heading in ("tasks", "done", "ready")]
        columns = [Column(""), Column("tag", flexible=True), *counts, Column("")]
        write_text(table(columns, rows, invocation.paint))


@_subcommand("add")
@click.argument("name", type=TEXT, required=False)
@click.option("--copy-from", type=TAG, help="Begin with the tasks of this tag.")
@click.option("--copy-from-current", is_flag=True, help="Begin with the tasks of the current tag.")
@click.option("--from-branch", is_flag=True, help="Name it after the git branch.")
@click.option("-d", "--description", type=TEXT, help="What it is for.")
def add(
    invocation: Invocation,
    name: str | None,
    copy_from: str | None,
    copy_from_current: bool,
    from_branch: bool,
    description: str | None,
) -> None:
    """Add a tag, empty or with the tasks of another."""
    workspace = invocation.workspace
    if from_branch:
        name = _branch_tag(invocation)
    if name is None:
        raise UsageError("The new tag needs a name.", "For example: taskdeck tags add payments")
    source = workspace.tag_name if copy_from_current else copy_from
    _apply(invocation, AddTag(name, source, description), f"added tag {name}", create=True)


@_subcommand("use")
@click.argument("name", type=TAG)
def use(invocation: Invocation, name: str) -> None:
    """Make a tag the current one."""
    workspace = invocation.workspace
    if name not in workspace.document.tags:
        workspace.document.tag(name)
    before = workspace.tag_name
    use_tag(workspace.project, name)
    invocation.say(
        f"{invocation.paint('✓', 'green')} The current tag is {printable(name)} (it was {printable(before)})."
    )
    invocation.emit({"currentTag": name, "previousTag": before})


@_subcommand("remove")
@click.argument("name", type=TAG)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def remove(invocation: Invocation, name: str, yes: bool) -> None:
    """Remove a tag with all its tasks. `taskdeck undo` brings it back."""
    workspace = invocation.workspace
    tag, current = workspace.document.tag(name), workspace.tag_name
    confirm(f"Remove the tag {name} with {plural(len(tag.tasks), 'task')}?", yes)
    _apply(invocation, RemoveTag(name), f"removed tag {name} with {plural(len(tag.tasks), 'task')}")
    left = [other for other in workspace.document.tags if other != name]
    if current == name and left:
        use_tag(workspace.project, DEFAULT_TAG if DEFAULT_TAG in left else left[0])


@_subcommand("rename")
@click.argument("name", type=TAG)
@click.argument("new_name", type=TEXT)
def rename(invocation: Invocation, name: str, new_name: str) -> None:
    """Give a tag another name."""
    workspace = invocation.workspace
    current = workspace.tag_name
    _apply(invocation, RenameTag(name, new_name), f"renamed tag {name} to {new_name}")
    if current == name:
        use_tag(workspace.project, new_name)


@_subcommand("copy")
@click.argument("name", type=TAG)
@click.argument("new_name", type=TEXT)
@click.option("-d", "--description", type=TEXT, help="What the copy is for.")
def copy(invocation: Invocation, name: str, new_name: str, description: str | None) -> None:
    """Copy a tag with its tasks under another name."""
    _apply(invocation, CopyTag(name, new_name, description), f"copied tag {name} to {new_name}")


def _apply(invocation: Invocation, edit: Edit, line: str, create: bool = False) -> None:
    change = invocation.workspace.store.apply([edit], create=create)
    invocation.say(f"{invocation.paint('✓', 'green')} {printable(line)}")
    invocation.emit({"done": [line], "tags": list(change.document.tags), "edit": change.entry.number})


def _branch_tag(invocation: Invocation) -> str:
    """The git branch's name with what Task Master refuses in a tag's name replaced."""
    root = invocation.workspace.project.root
    try:
        result = subprocess.run(
            ["git", "-C", str(root), "symbolic-ref", "--short", "HEAD"],
            capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        raise NotFound("git could not be asked for the branch.", "Name the tag instead.") from None
    branch = result.stdout.strip()
    if not branch:
        raise NotFound(f"{root} is on no git branch.", "Name the tag instead.")
    return re.sub(r"[^A-Za-z0-9_-]+", "-", branch)


COMMANDS = {"tags": tags}
