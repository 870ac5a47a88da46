"""Commands that read documents: docs status (which there are), docs verify (whether they are sound)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.errors import UsageError
from core.plain_text import printable
from core.services import Workspace
from core.tasks.identifiers import split_ids
from tui.cli.completing import TASK_IDS
from tui.cli.invocation import Invocation, command
from tui.cli.output import Cell, Column, plural, table, write_text

if TYPE_CHECKING:
    from core.documents.coverage import Coverage, DocumentState, Row
    from core.documents.gate import Finding, GateResult
    from core.documents.places import Place

_CELLS: dict[str, tuple[str, str]] = {
    "present": ("✓", "green"),
    "stale": ("● stale", "yellow"),
    "damaged": ("✕ damaged", "red"),
    "empty": ("✕ empty", "red"),
    "missing": ("·", "dim"),
    "foreign": ("✕ foreign", "red"),
}


@command("status")
@click.argument("ids", nargs=-1, type=TASK_IDS)
@click.option("--here", is_flag=True, help="Count the work tree only, not the branches of runs.")
def status(invocation: Invocation, ids: tuple[str, ...], here: bool) -> None:
    """Show which documents each task has, and whether they are current."""
    from core.documents.coverage import coverage

    workspace = invocation.workspace
    keys = _keys(workspace, ids)
    matrix = coverage(workspace.tag, _names(workspace), _places(workspace, here), keys)
    if invocation.as_json:
        invocation.emit(matrix.to_json())
        return
    invocation.say(*_summary(matrix, invocation))
    if matrix.rows:
        write_text(_matrix_table(matrix, invocation))
    _say_foreign(matrix, invocation)
    if not matrix.whole:
        count = len(matrix.needed)
        lack = "lacks a current document" if count == 1 else "lack current documents"
        invocation.say("", f"{plural(count, 'task')} {lack}; `taskdeck docs generate` writes them.")


@command("verify")
@click.argument("ids", nargs=-1, type=TASK_IDS)
def verify(invocation: Invocation, ids: tuple[str, ...]) -> int:
    """Check the documents in the work tree as a run's are checked. Exit 1 with findings."""
    from core.documents.gate import check
    from core.documents.places import FolderPlace

    workspace = invocation.workspace
    keys = _keys(workspace, ids)
    if keys is None:
        keys = [task.key for task in workspace.tag.tasks]
    place = FolderPlace(workspace.project.root)
    result = check((), workspace.tag, keys, _names(workspace), place, prd=_own_words(workspace, place))
    if invocation.as_json:
        invocation.emit(_verdict(result))
        return 0 if result.passed else 1
    for line in _finding_lines(result):
        invocation.say(f"{invocation.paint('✕', 'red')} {line}")
    for warning in result.warnings:
        invocation.say(f"{invocation.paint('▲', 'yellow')} {_line(warning)}")
    matrix = result.coverage
    if result.passed:
        also = f", {plural(len(result.warnings), 'thing')} to look at" if result.warnings else ""
        invocation.say(
            f"{invocation.paint('✓', 'green')} All {plural(matrix.expected, 'document')} are whole and "
            f"current in the work tree{also}."
        )
        return 0
    invocation.say("", f"In the work tree: {_found(result)}", *_elsewhere(workspace, keys, matrix))
    return 1


def _found(result: GateResult) -> str:
    """`12 of 48 documents are there, 36 are missing; 2 findings in those that are there.`"""
    matrix, missing = result.coverage, result.coverage.totals["missing"]
    there = matrix.expected - missing
    lack = f", {missing} {'is' if missing == 1 else 'are'} missing" if missing else ""
    wrong = sum(finding.kind != "missing" for finding in result.findings)
    what = f"; {plural(wrong, 'finding')} in {'those that are there' if missing else 'them'}" if wrong else ""
    are = "is" if there == 1 else "are"
    return f"{there} of {plural(matrix.expected, 'document')} {are} there{lack}{what}."


def _elsewhere(workspace: Workspace, keys: list[str], here: Coverage) -> list[str]:
    """Where what lacks here lies whole: on branches of runs, which `docs status` counts too."""
    from core.documents.coverage import coverage

    matrix = coverage(workspace.tag, _names(workspace), _places(workspace, here=False), keys)
    more = matrix.present - here.present
    if more <= 0:
        return []
    named = f"{more} of them {'is' if more == 1 else 'are'} current on branches of runs"
    return [f"  {named}; `taskdeck docs apply` copies those of the last run."]


def _keys(workspace: Workspace, ids: tuple[str, ...]) -> list[str] | None:
    """The top-level tasks that were named; None for all. Raises NotFound, UsageError for a subtask."""
    if not ids:
        return None
    tasks = [workspace.tag.find(key) for key in split_ids(",".join(ids))]
    for task in tasks:
        if task.is_subtask:
            raise UsageError(
                f"{task.key} is a subtask; documents belong to whole tasks.", f"Name {task.root.key} instead."
            )
    return list(dict.fromkeys(task.key for task in tasks))


def _names(workspace: Workspace) -> tuple[str, ...]:
    from core.documents.catalogue import checked_names

    return checked_names(workspace.settings.settings.documents.files)


def _places(workspace: Workspace, here: bool) -> list[Place]:
    from core.documents.places import FolderPlace

    root = workspace.project.root
    if here:
        return [FolderPlace(root)]
    from core.paths import state_folder
    from core.runs.places import document_places

    return document_places(root, state_folder(root))


def _own_words(workspace: Workspace, place: Place) -> str:
    """What the project says of itself, to know a foreign tool chain by."""
    from core.documents.standards import find_standards, read_standards

    prd = workspace.prd
    text = prd.read_text("utf-8", "replace") if prd is not None and prd.is_file() else ""
    paths = find_standards(place, workspace.settings.settings.planner.standards, text)
    return "\n".join([text, *(file.text for file in read_standards(place, paths))])


def _summary(matrix: Coverage, invocation: Invocation) -> list[str]:
    totals = matrix.totals
    worse = [f"{totals[state]} {state}" for state in _CELLS if state != "present" and totals[state]]
    line = f"{matrix.present} of {plural(matrix.expected, 'document')} current"
    lines = [f"{invocation.paint(printable(matrix.tag), 'bold')}  {', '.join([line, *worse])}"]
    if len(matrix.places) > 1:
        counted = [(name, matrix.present_in(name)) for name in matrix.places]
        lines += [
            f"  {count} in {'the ' if at == 0 else ''}{printable(name)}"
            for at, (name, count) in enumerate(counted)
            if count or at == 0
        ]
    return [*lines, ""]


def _matrix_table(matrix: Coverage, invocation: Invocation) -> str:
    headings = [name.removesuffix(".md") for name in matrix.names]
    columns = [
        Column("id"),
        Column("title", flexible=True),
        *(Column(printable(heading)) for heading in headings),
        Column("where", flexible=True, rank=1),
    ]
    rows = [
        [
            Cell(printable(row.key)),
            Cell(printable(row.title)),
            *(Cell(*_CELLS[file.state]) for file in row.files),
            Cell(printable(_where(row, matrix)), "dim"),
        ]
        for row in matrix.rows
    ]
    return table(columns, rows, invocation.paint)


def _where(row: Row, matrix: Coverage) -> str:
    """The places its documents are in; empty when only the work tree was asked or holds them all."""
    names = dict.fromkeys(file.place for file in row.files if file.place)
    if len(matrix.places) < 2 or not names:
        return ""
    return ", ".join(map(_short, names))


def _short(place: str) -> str:
    """The end of a run's id: a column is narrow, and the lines above the table have whole names."""
    return place.rpartition("-")[2] if place.startswith(("branch ", "run ")) else place


def _say_foreign(matrix: Coverage, invocation: Invocation) -> None:
    if not matrix.foreign:
        return
    invocation.say("", "Documents of tasks that there are not:")
    shown = matrix.foreign[:10]
    invocation.say(*(f"  {printable(file.path)}{_in(file, matrix)}" for file in shown))
    if len(matrix.foreign) > len(shown):
        invocation.say(f"  and {len(matrix.foreign) - len(shown)} more; --json lists them all")


def _in(file: DocumentState, matrix: Coverage) -> str:
    return f" ({printable(file.place)})" if len(matrix.places) > 1 else ""


def _finding_lines(result: GateResult) -> list[str]:
    """One line for each finding; what a task lacks altogether is one line for the task."""
    missing = {file.path for row in result.coverage.rows for file in row.files if _all_missing(row)}
    lines = [
        printable(f"Task {row.key} has no documents.") for row in result.coverage.rows if _all_missing(row)
    ]
    alone = [
        finding for finding in result.findings if finding.kind != "missing" or finding.path not in missing
    ]
    return [*lines, *map(_line, alone)]


def _all_missing(row: Row) -> bool:
    return all(file.state == "missing" for file in row.files)


def _line(finding: Finding) -> str:
    return printable(f"{finding.what} ({finding.evidence})" if finding.evidence else finding.what)


def _verdict(result: GateResult) -> dict[str, Any]:
    def entry(finding: Finding) -> dict[str, str]:
        return {
            "kind": finding.kind,
            "text": finding.what,
            "path": finding.path,
            "evidence": finding.evidence,
        }

    matrix = result.coverage
    return {
        "valid": result.passed,
        "tag": matrix.tag,
        "expected": matrix.expected,
        "present": matrix.present,
        "findings": [entry(finding) for finding in result.findings],
        "warnings": [entry(warning) for warning in result.warnings],
    }
