"""The doctor and incident reports for the app, each in a thread."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.bridges.session import Session

if TYPE_CHECKING:
    from core.doctor.check import Check
    from core.doctor.incident.inbox import Incident
    from core.runs.folder import RunFolder

LONGEST = 400_000
"""Characters of a report that are shown; reports are far shorter."""


async def checks(session: Session, *, online: bool) -> list[Check]:
    """Everything the doctor looks at; with `online` the remote, the forge and the model are asked too."""
    from core.doctor.checks import run_checks

    return await asyncio.to_thread(run_checks, session.folder, online=online)


async def report_incident(session: Session, run: RunFolder | None = None, words: str = "") -> Path:
    """Write a report and return where it is. Raises TaskdeckError."""
    from core.doctor.incident.report import write_incident

    with session.activity.step("write an incident report", "write") as step:
        path = await asyncio.to_thread(write_incident, session.root, session.tasks_file, run, words)
        step.detail = str(path.relative_to(session.root))
    return path


async def incidents(session: Session) -> list[Incident]:
    """The reports of the project: the open ones, then the answered ones, each the newest first."""
    from core.doctor.incident.inbox import list_incidents

    return await asyncio.to_thread(list_incidents, session.root)


def answer_path(incident: Incident) -> Path:
    """Where the answer to a report is, or is looked for."""
    from core.doctor.incident.inbox import answer_path

    return answer_path(incident)


async def look_for_stop(session: Session) -> None:
    """Raises TaskdeckError where nothing may be written in the project."""
    from core.settings.read_only import check_writable

    await asyncio.to_thread(check_writable, session.root)


async def write_answer(session: Session, incident: Incident, text: str) -> Path:
    """Write the answer to a report and return where it is. Raises TaskdeckError."""
    from core.doctor.incident.inbox import write_answer

    with session.activity.step("answer an incident report", "write") as step:
        path = await asyncio.to_thread(write_answer, session.root, incident, text)
        step.detail = str(path.relative_to(session.root))
    return path


async def text_of(incident: Incident) -> tuple[str, str]:
    """The answer to a report, empty where there is none, and the report, as they stand in the files."""
    return await asyncio.to_thread(_text, incident)


def _text(incident: Incident) -> tuple[str, str]:
    report = _read(incident.path)
    if incident.answer is None:
        return "", report
    return f"# Answer in {incident.answer.name}\n\n{_read(incident.answer).strip()}\n\n\n", report


def _read(path: Path) -> str:
    try:
        with path.open("r", encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST)
    except OSError as error:
        raise TaskdeckError(f"{path} cannot be read: {error.strerror}.", "Look at its rights.") from None
