"""The commands docs generate and docs apply: let agents write documents, and take them into the work tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from core.documents.coverage import Place
from core.errors import NotFound, Refused, UsageError
from core.plain_text import printable
from core.publishing.repository import Repository
from core.runs.folder import RunFolder, find_run, list_runs
from core.runs.places import BranchPlace, open_repository, place_of
from core.runs.wish import Wish
from core.tasks.identifiers import split_ids
from tui.cli.completing import TASK_IDS
from tui.cli.following_run import begin
from tui.cli.invocation import Callback, Invocation, command
from tui.cli.output import plural
from tui.cli.run_options import run_options
from tui.cli.runs import state_of


def _generate(name: str) -> click.Command:
    decorated: Callback = run_options(_run)
    for decorate in (
        click.option("--pace", type=click.FloatRange(0, 60), default=0.0, hidden=True),
        click.option("-i", "--id", "task_ids", type=TASK_IDS, help="The ids, such as 5 or 5,6."),
        click.argument("ids", nargs=-1, type=TASK_IDS, metavar="[ID]..."),
    ):
        decorated = decorate(decorated)
    return command(name, help=_HELP)(decorated)


_HELP = """Let agents write the documents of tasks: without ids of those whose documents are missing or stale.

Each agent works in a work tree of its own; what passes the gate is committed on one branch of the run.

\b
taskdeck docs generate
taskdeck docs generate 5,6 --agent claude --dry-run
"""


def _run(
    invocation: Invocation,
    ids: tuple[str, ...],
    task_ids: str | None,
    pace: float,
    wish: Wish,
    dry_run: bool,
    detach: bool,
) -> int:
    words = ",".join([*ids, task_ids or ""])
    keys = tuple(dict.fromkeys(split_ids(words))) if words.strip(", ") else ()
    return begin(invocation, replace(wish, kind="docs", keys=keys, pace=pace), dry_run=dry_run, detach=detach)


@command("apply")
@click.argument("run", default="")
@click.option("--dry-run", is_flag=True, help="Say what would be copied, write nothing.")
def apply_run(invocation: Invocation, run: str, dry_run: bool) -> None:
    """Copy the documents of RUN, else of the last run that has some, into the work tree.

    Never over a file that was changed there.
    """
    from core.documents.apply import apply

    state = state_of(invocation)
    root = invocation.workspace.project.root
    repository = open_repository(root)
    try:
        folder = find_run(state, run) if run else _last_with_documents(state, repository)
        root = Path(folder.request.root)
        place = _place(folder, repository)
        applied = apply(
            place, root, folder.tag(), folder.request.names, _base(folder, repository), dry_run=dry_run
        )
    finally:
        if repository is not None:
            repository.close()
    verb = "would be copied" if dry_run else "copied"
    same = f", {len(applied.same)} the same already" if applied.same else ""
    done = applied.written or not applied.refused
    mark = invocation.paint("✓", "green") if done else invocation.paint("▲", "yellow")
    invocation.say(f"{mark} {plural(len(applied.written), 'document')} {verb} from the {place.name}{same}.")
    invocation.emit(
        {
            "run": folder.id,
            "place": place.name,
            "dryRun": dry_run,
            "written": list(applied.written),
            "same": list(applied.same),
            "refused": [{"path": path, "reason": why} for path, why in applied.refused],
        }
    )
    if applied.refused:
        path, why = applied.refused[0]
        more = f"; and {len(applied.refused) - 1} more" if len(applied.refused) > 1 else ""
        raise Refused(
            f"{plural(len(applied.refused), 'document')} {'was' if not more else 'were'} left alone: "
            f"{printable(path)}: {why}{more}.",
            "Move yours away to take the run's, or keep it.",
        )


def _last_with_documents(state: Path, repository: Repository | None) -> RunFolder:
    runs = list_runs(state)
    found = next((run for run in runs if place_of(run, repository) is not None), None)
    if found is None:
        words = "No run has left documents here." if runs else "No agent has run here yet."
        raise NotFound(words, "`taskdeck docs generate` has documents written.")
    return found


def _place(folder: RunFolder, repository: Repository | None) -> Place:
    if folder.request.kind != "docs":
        raise UsageError(
            f"The run {folder.id} was for a task and wrote no documents.",
            f"`taskdeck runs show {folder.id}` says what it left.",
        )
    place = place_of(folder, repository)
    if place is None:
        raise NotFound(
            f"The run {folder.id} left no documents: nothing of it passed the gate, or its branch is gone.",
            f"`taskdeck runs show {folder.id}` says what happened.",
        )
    return place


def _base(folder: RunFolder, repository: Repository | None) -> Place | None:
    commit = folder.worked_at()
    return BranchPlace(repository, commit, commit[:12]) if repository is not None and commit else None


generate = _generate("generate")
