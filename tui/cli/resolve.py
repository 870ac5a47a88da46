"""The command resolve: settle a damaged or conflicted task file, or go back to a backup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from core.errors import Cancelled, DamagedFile, NotFound, Refused, UsageError
from core.plain_text import printable
from core.services import Workspace
from tui.cli.invocation import Invocation, choose, command, somebody_answers
from tui.cli.output import plural

if TYPE_CHECKING:
    from core.tasks.merging.damage import Choice, Diagnosis
    from core.tasks.merging.field_conflict import FieldConflict
    from core.tasks.store import Backup, Change

_FLAGS = {
    "merge": "--merge",
    "ours": "--take ours",
    "theirs": "--take theirs",
    "first": "--take first",
    "second": "--take second",
    "backup": "--restore",
    "salvage": "--salvage",
    "new": "--new",
}
_SHOWN = 8


@command("resolve")
@click.option("--merge", is_flag=True, help="Merge both sides of a conflict by task id.")
@click.option(
    "--take", type=click.Choice(["ours", "theirs", "first", "second"]),
    help="Take one side whole; with --merge, the side that wins where a field differs.",
)  # fmt: skip
@click.option("--restore", is_flag=True, help="Restore the last good backup.")
@click.option(
    "--backup",
    "number",
    type=click.IntRange(1),
    metavar="N",
    help="Restore this one of the backups it lists.",
)
@click.option("--salvage", is_flag=True, help="Keep the tasks before the damage, drop the rest.")
@click.option("--new", is_flag=True, help="Begin a new file without tasks.")
@click.option("--dry-run", is_flag=True, help="Say what is wrong and what can be done, change nothing.")
def resolve(
    invocation: Invocation,
    merge: bool,
    take: str | None,
    restore: bool,
    number: int | None,
    salvage: bool,
    new: bool,
    dry_run: bool,
) -> None:
    """Settle a damaged or conflicted task file. What was there before is kept as a backup."""
    flags = {"merge": merge, "backup": restore or number is not None, "salvage": salvage, "new": new}
    wanted = _wanted([name for name, given in flags.items() if given], take)
    workspace = invocation.workspace
    if wanted == "backup":
        _restore(invocation, workspace, number or 1, dry_run)
        return
    data = _data(workspace)
    diagnosis = _diagnose(workspace, data)
    if diagnosis is None:
        invocation.say("The task file is whole; there is nothing to settle.", *_backup_lines(workspace))
        invocation.emit({"damaged": False, **_backups_json(workspace)})
        return
    choice = _choice(invocation, workspace, diagnosis, wanted, dry_run)
    if choice is None:
        return
    text, conflicts = _text(choice, data, take if merge else None)
    title = f"resolve: {choice.label.partition(' (')[0]}"
    change = workspace.store.replace(text, title=title, expected=data)
    _done(invocation, change, title, conflicts)


def _wanted(named: list[str], take: str | None) -> str:
    """The kind of choice that the flags name; empty without any. Raises UsageError for two of them."""
    if take and "merge" not in named:
        named.append(take)
    if "merge" in named and take not in (None, "ours", "theirs"):
        raise UsageError(f"--merge knows two sides, ours and theirs, not {take}.")
    if len(named) > 1:
        raise UsageError("Only one way to settle the file can be chosen.")
    return named[0] if named else ""


def _data(workspace: Workspace) -> bytes:
    path = workspace.project.tasks_file
    try:
        return path.read_bytes()
    except FileNotFoundError:
        kept = "`taskdeck resolve --restore` restores its last backup." if workspace.store.backups() else ""
        raise NotFound(f"There is no task file {path}.", kept or "`taskdeck parse-prd` makes it.") from None


def _diagnose(workspace: Workspace, data: bytes) -> Diagnosis | None:
    from core.tasks.merging.damage import diagnose, new_choice

    found = diagnose(workspace.project.tasks_file, data, workspace.store.backups())
    if found is None or any(choice.kind == "new" for choice in found.choices):
        return found
    return replace(found, choices=(*found.choices, new_choice()))


def _choice(
    invocation: Invocation, workspace: Workspace, diagnosis: Diagnosis, wanted: str, dry_run: bool
) -> Choice | None:
    """The way out that was named or is chosen now. Raises Refused where nobody can be asked."""
    open_ways = [choice for choice in diagnosis.choices if choice.text is not None]
    if wanted:
        chosen = next((choice for choice in open_ways if choice.kind == wanted), None)
        if chosen is None:
            ways = ", ".join(_FLAGS[choice.kind] for choice in open_ways)
            raise Refused(f"{_FLAGS[wanted]} does not fit: {diagnosis.what}.", f"What fits: {ways}.")
        return None if dry_run and _tell(invocation, workspace, diagnosis) else chosen
    _tell(invocation, workspace, diagnosis)
    if dry_run:
        return None
    if not somebody_answers():
        flags = ", ".join(_FLAGS[choice.kind] for choice in open_ways)
        raise Refused(
            f"{diagnosis.path}: nothing was changed.", f"Say what to do: {flags}; or use an editor."
        )
    kinds = [choice.kind for choice in open_ways]
    answer = choose("What to do?", [*kinds, "nothing"])
    if answer == "nothing":
        raise Cancelled("Nothing was changed.")
    return next(choice for choice in open_ways if choice.kind == answer)


def _tell(invocation: Invocation, workspace: Workspace, diagnosis: Diagnosis) -> bool:
    """Say what is wrong and which ways there are."""
    where = f"{diagnosis.path}: line {diagnosis.line}, column {diagnosis.column}"
    invocation.say(f"{printable(where)}: {printable(diagnosis.what)}")
    for choice in diagnosis.choices:
        flag = _FLAGS.get(choice.kind, "")
        invocation.say(f"  {flag.ljust(14)} {printable(choice.label)}")
        for conflict in choice.conflicts[:_SHOWN]:
            invocation.say(f"  {' ' * 14}   {_conflict(conflict)}")
        if len(choice.conflicts) > _SHOWN:
            invocation.say(f"  {' ' * 14}   and {len(choice.conflicts) - _SHOWN} more")
    invocation.say(*_backup_lines(workspace))
    invocation.emit(
        {
            "damaged": True,
            "file": str(diagnosis.path),
            "line": diagnosis.line,
            "column": diagnosis.column,
            "what": diagnosis.what,
            "choices": [
                {"kind": c.kind, "label": c.label, "conflicts": [_conflict_json(f) for f in c.conflicts]}
                for c in diagnosis.choices
            ],
            **_backups_json(workspace),
        }
    )
    return True


def _conflict(conflict: FieldConflict) -> str:
    where = " ".join(part for part in (conflict.tag, conflict.key, conflict.field) if part)
    sides = (_short(conflict.ours), _short(conflict.theirs))
    return f"{printable(where)}: ours {sides[0]}, theirs {sides[1]}"


def _short(value: object) -> str:
    text = printable(str(value) if value is not None else "nothing")
    return text if len(text) <= 40 else text[:39] + "…"


def _conflict_json(conflict: FieldConflict) -> dict[str, Any]:
    return {
        "tag": conflict.tag,
        "taskId": conflict.key,
        "field": conflict.field,
        "ours": conflict.ours,
        "theirs": conflict.theirs,
        "chosen": conflict.chosen,
    }


def _text(choice: Choice, data: bytes, winner: str | None) -> tuple[str, tuple[FieldConflict, ...]]:
    """The new content of the file; `winner` is the side that a merge follows where fields differ."""
    assert choice.text is not None
    if choice.kind != "merge" or winner != "theirs":
        return choice.text, choice.conflicts
    from core.tasks.document import parse
    from core.tasks.merging.conflict_markers import split_conflict
    from core.tasks.merging.merge import Choices, merge_documents

    sides = split_conflict(data.decode("utf-8", "replace"))
    base = _readable(sides.base) if sides.base is not None else None
    chosen: Choices = {(field.tag, field.key, field.field): "theirs" for field in choice.conflicts}
    merged = merge_documents(parse(sides.ours.encode()), parse(sides.theirs.encode()), base, chosen)
    return merged.text, merged.conflicts


def _readable(text: str) -> Any:
    from core.tasks.document import parse

    try:
        return parse(text.encode())
    except DamagedFile:
        return None


def _restore(invocation: Invocation, workspace: Workspace, number: int, dry_run: bool) -> None:
    backups = _good_backups(workspace)
    if len(backups) < number:
        raise NotFound(
            f"There are {len(backups)} backups of {workspace.project.tasks_file}.", "See `resolve`."
        )
    backup = backups[number - 1]
    if dry_run:
        invocation.say(f"The backup of {_when(backup)} would be restored.")
        invocation.emit({"dryRun": True, **_backups_json(workspace)})
        return
    change = workspace.store.restore(backup)
    _done(invocation, change, f"restored the backup of {_when(backup)}", ())


def _good_backups(workspace: Workspace) -> list[Backup]:
    return [backup for backup in workspace.store.backups() if not backup.damaged]


def _when(backup: Backup) -> str:
    return f"{backup.time:%Y-%m-%d %H:%M:%S} UTC"


def _backup_lines(workspace: Workspace) -> list[str]:
    backups = _good_backups(workspace)[:_SHOWN]
    heading = (
        "Backups, the newest first; --backup N restores one:" if backups else "There is no backup of it."
    )
    lines = [heading]
    lines += [f"  {at:>2}  {_when(b)}  {b.size} bytes" for at, b in enumerate(backups, 1)]
    if damaged := _damaged_backups(workspace)[:_SHOWN]:
        lines.append("Damaged contents that stood in its place, kept as they were:")
    for backup, what in damaged:
        lines.append(f"      {_when(backup)}  {backup.size} bytes  {printable(what)}")
        lines.append(f"      {printable(str(backup.path))}")
    return lines


def _damaged_backups(workspace: Workspace) -> list[tuple[Backup, str]]:
    """Kept contents that were no readable task file, the newest first, each with what is wrong with it."""
    return [(b, _damage_of(b)) for b in workspace.store.backups() if b.damaged]


def _damage_of(backup: Backup) -> str:
    from core.tasks.document import parse

    try:
        parse(backup.read())
    except DamagedFile as damage:
        return f"line {damage.line}: {damage.what}"
    except NotFound as error:
        return error.message
    return ""


def _backups_json(workspace: Workspace) -> dict[str, Any]:
    good = [_backup_json(b) | {"number": at} for at, b in enumerate(_good_backups(workspace), 1)]
    damaged = [_backup_json(b) | {"what": what} for b, what in _damaged_backups(workspace)]
    return {"backups": good, "damagedBackups": damaged}


def _backup_json(backup: Backup) -> dict[str, Any]:
    return {
        "time": backup.time.isoformat(),
        "size": backup.size,
        "sha256": backup.digest,
        "path": str(backup.path),
    }


def _done(invocation: Invocation, change: Change, title: str, conflicts: tuple[FieldConflict, ...]) -> None:
    tasks = sum(len(tag.tasks) for tag in change.document.tags.values())
    mark = invocation.paint("✓", "green")
    invocation.say(f"{mark} {printable(title)}; the file holds {plural(tasks, 'task')}.")
    for conflict in conflicts:
        invocation.say(f"  decided for {conflict.chosen}: {_conflict(conflict)}")
    invocation.emit(
        {"done": [title], "edit": change.entry.number, "conflicts": [_conflict_json(c) for c in conflicts]}
    )


COMMANDS = {"resolve": resolve}
