"""The command that writes down an incident with all its facts, and lists the ones there are."""

from __future__ import annotations

from pathlib import Path

import click

from core.errors import UsageError
from core.plain_text import printable
from core.secrets import redact
from tui.cli.completing import TEXT
from tui.cli.invocation import Invocation, command

_INDENT = " " * 12


@command("incident", file_option=())
@click.argument("run", required=False, type=TEXT)
@click.option("-m", "--message", type=TEXT, default="", help="What happened, in your own words.")
@click.option("--list", "inbox", is_flag=True, help="List the reports of the project and their answers.")
def incident(invocation: Invocation, run: str | None, message: str, inbox: bool) -> None:
    """Write a report about RUN, or with -m about no run, into the project's folder `issues`.

    RUN is the id of a run, a beginning or end of it that no other has, or `last`. The report holds what was
    asked, what happened, when, the exact versions, branches and hashes, and the log around the failure. Keys
    and tokens are masked; read it before you pass it on.
    """
    if inbox:
        _list(invocation)
        return
    if not run and not message.strip():
        raise UsageError(
            "A report is about a run, or about something you say.",
            '`taskdeck incident last` takes the newest run, `taskdeck incident -m "..."` your words.',
        )
    from core.doctor.incident.report import write_incident
    from core.paths import state_folder
    from core.runs.folder import find_run

    project = invocation.workspace.project
    folder = find_run(state_folder(project.root), run) if run else None
    path = write_incident(project.root, project.tasks_file, folder, message)
    invocation.say(f"Wrote {printable(str(path))}. Secrets are masked; read it before you pass it on.")
    invocation.emit({"path": str(path), "run": folder.id if folder else None})


def _list(invocation: Invocation) -> None:
    from core.doctor.incident.inbox import list_incidents

    root = invocation.workspace.project.root
    found = list_incidents(root)
    for one in found:
        mark = (
            invocation.paint("✓ answered", "green")
            if one.answer
            else invocation.paint("○ open    ", "yellow")
        )
        about = f"  run {one.run}" if one.run else ""
        invocation.say(f"{one.date}  {mark}  {one.title}{about}", f"{_INDENT}{_shown(root, one.path)}")
        if one.answer is not None:
            invocation.say(
                f"{_INDENT}answer in {_shown(root, one.answer)}"
                + (f": {one.answered}" if one.answered else "")
            )
    if not found:
        invocation.say("No incident was reported here; `taskdeck incident RUN` writes one.")
    invocation.emit(
        {
            "incidents": [
                {
                    "path": str(one.path),
                    "title": one.title,
                    "date": one.date,
                    "state": "answered" if one.answer else "open",
                    "run": one.run or None,
                    "answer": str(one.answer) if one.answer else None,
                    "answered": one.answered or None,
                }
                for one in found
            ]
        }
    )


def _shown(root: Path, path: Path) -> str:
    """A path below the project's folder; the name of a file that somebody else made may hold a secret."""
    return printable(redact(str(path.relative_to(root))))


COMMANDS: dict[str, click.Command] = {"incident": incident}
