"""The command draft-prd: from an idea to a PRD in Markdown."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import Refused, TaskdeckError, UsageError
from core.plain_text import printable
from core.services import Workspace
from tui.cli.applying import text_value
from tui.cli.completing import TEXT
from tui.cli.invocation import Invocation, command
from tui.cli.output import write_text
from tui.cli.planner_options import Planning, planner_options
from tui.cli.planner_run import PlannerRun

if TYPE_CHECKING:
    from core.planning.planner import PlannerEvent


@command("draft-prd", file_option=())
@click.argument("words", nargs=-1, type=TEXT, metavar="IDEA|-")
@click.option("-o", "--output", type=click.Path(), help="The file to write, instead of the project's PRD.")
@click.option("-f", "--force", is_flag=True, help="Write over a PRD that is there; a copy is kept.")
@planner_options
def draft_prd(
    invocation: Invocation, words: tuple[str, ...], output: str | None, force: bool, planning: Planning
) -> None:
    """Write a PRD from an idea; - reads the idea from standard input.

    \b
    taskdeck draft-prd "A service that lends books"
    """
    idea = text_value(" ".join(words))
    if not idea.strip():
        raise UsageError(
            "An idea is missing.", 'For example: taskdeck draft-prd "A service that lends books"'
        )
    workspace = invocation.workspace
    path = Path(output).absolute() if output else _usual_place(workspace)
    _check_free(path, force)
    run = PlannerRun(invocation, planning)
    text = _write_draft(run, idea)
    if planning.dry_run:
        invocation.note(f"By {run.name}; nothing was written.")
    else:
        # It may have been written while the model was at it.
        _check_free(path, force)
        kept = _save(workspace, path, text)
        invocation.note(f"✓ {path}, by {run.name}.")
        if kept:
            invocation.note(f"What stood there before is kept in {kept}.")
    result = None if planning.dry_run else str(path)
    invocation.emit({"prd": result, "text": text, "dryRun": planning.dry_run, **run.as_json()})


def _usual_place(workspace: Workspace) -> Path:
    return workspace.prd or workspace.project.folder / "docs" / "prd.md"


def _check_free(path: Path, force: bool) -> None:
    """Raises Refused when there is a PRD. The template that `init` writes is none."""
    from core.project.setup import PRD_TEMPLATE

    if force or not path.exists():
        return
    try:
        present = path.read_bytes()
    except OSError as error:
        raise TaskdeckError(
            f"{path} cannot be read: {error.strerror}.", "Name another file with -o."
        ) from None
    if present.strip() and present != PRD_TEMPLATE.encode():
        raise Refused(
            f"There is a PRD in {path}; nothing was changed.", "--force writes over it, -o FILE beside it."
        )


def _write_draft(run: PlannerRun, idea: str) -> str:
    """The whole draft; on a terminal it is shown while it is written."""
    from core.planning.gather import Gathered
    from core.planning.planner import TextDelta

    gathered = Gathered()
    live = sys.stdout.isatty() and not run.invocation.as_json

    def take(event: PlannerEvent) -> None:
        gathered.take(event)
        if live and isinstance(event, TextDelta):
            write_text(printable(event.text, newlines=True))
            sys.stdout.flush()

    try:
        run.follow_or_nothing(run.planner.draft_prd(idea), take)
    finally:
        if live and gathered.text and not gathered.text.endswith("\n"):
            write_text("\n")
    if gathered.done is None:
        raise TaskdeckError("The planner stopped before its end; nothing was saved.", "Try again.")
    text = gathered.text.rstrip() + "\n"
    if not live:
        run.invocation.say(printable(text, newlines=True).rstrip("\n"))
    return text


def _save(workspace: Workspace, path: Path, text: str) -> Path | None:
    """Write the draft; where a copy of what stood there is kept, if anything did."""
    from core.atomic_write import write_atomic
    from core.paths import make_private_folder, state_folder

    workspace.check_writable()
    kept = None
    if path.is_file():
        folder = make_private_folder(state_folder(workspace.project.root) / "overwritten")
        kept = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}Z-{path.name}"
        write_atomic(kept, path.read_bytes(), mode=0o600)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.encode("utf-8"))
    return kept


COMMANDS = {"draft-prd": draft_prd}
