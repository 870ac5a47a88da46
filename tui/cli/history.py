"""Commands that go back and forth: undo, redo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.plain_text import printable
from tui.cli.invocation import Invocation, command
from tui.cli.output import Cell, Column, table, write_text

if TYPE_CHECKING:
    from core.tasks.store import Change


@command("undo")
@click.option("--list", "listed", is_flag=True, help="List the last edits instead, newest first.")
@click.option("-n", "--lines", type=click.IntRange(1), default=20, metavar="N", help="How many --list shows.")
def undo(invocation: Invocation, listed: bool, lines: int) -> None:
    """Take back the last edit. Refuses where the same field was changed again since."""
    if listed:
        _list(invocation, lines)
        return
    change = invocation.workspace.store.undo()
    _say(invocation, "undone", change, "as it was before")
    if change.document.digest != change.entry.after:
        invocation.say("  The file is as damaged as before; `taskdeck resolve` shows what can be done.")


@command("redo")
def redo(invocation: Invocation) -> None:
    """Do again what was undone last."""
    change = invocation.workspace.store.redo()
    _say(invocation, "done again", change, "done")


def _say(invocation: Invocation, what: str, change: Change, state: str) -> None:
    title = change.entry.title.partition(": ")[2]
    changed = change.entry.before != change.entry.after
    if changed:
        invocation.say(f"{invocation.paint('✓', 'green')} {what}: {printable(title)}")
    else:
        invocation.say(f"{printable(title)}: the file is already {state}, nothing was changed.")
    invocation.emit({what.replace(" ", "_"): title, "changed": changed, "edit": change.entry.number})


def _list(invocation: Invocation, lines: int) -> None:
    entries = invocation.workspace.store.history(lines)
    invocation.emit(
        {
            "edits": [
                {
                    "number": entry.number, "time": entry.time, "title": entry.title, "tag": entry.tag,
                    "kind": entry.kind, "undone": entry.undone,
                }
                for entry in entries
            ]
        }
    )  # fmt: skip
    if invocation.as_json:
        return
    if not entries:
        invocation.say("Nothing has been edited yet.")
        return
    rows = [
        [
            Cell(str(entry.number), "dim"),
            Cell(printable(entry.time[:19].replace("T", " ")), "dim"),
            Cell(printable(entry.title)),
            Cell("undone" if entry.undone else "", "yellow"),
        ]
        for entry in entries
    ]
    columns = [Column("", right=True), Column("when (UTC)"), Column("what", flexible=True), Column("")]
    write_text(table(columns, rows, invocation.paint))


COMMANDS = {"undo": undo, "redo": redo}
