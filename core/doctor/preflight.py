"""What is looked at before a run begins: only checks it depends on, and which of them stand in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core.config import Loaded, load_settings
from core.doctor.agent import agent_checks
from core.doctor.check import Check
from core.doctor.checks import run_checks
from core.doctor.first_publication import (
    FirstPublication,
    first_publication,
    publication_check,
    unknown_publication,
)
from core.doctor.publishing import base_check, publishing_checks
from core.errors import Refused, TaskdeckError, UsageError
from core.plain_text import plural
from core.project import Project, project_at
from core.runs.request import RunRequest

_ALWAYS = ("project", "task file", "dependencies", "tasks", "lock", "state", "settings")
_GIT = ("repository",)
_PUSHED = ("git state", "clock", "remote", "remote is writable")
_PULL_REQUEST = ("forge",)


def _nobody(_found: FirstPublication) -> None:
    """Nobody listens."""


def preflight(request: RunRequest, told: Callable[[FirstPublication], object] = _nobody) -> list[Check]:
    """The checks that count for this run, in the doctor's order. Blocking.

    `told` hears what the run would publish first, as soon as that is known. A run that stays on this machine
    asks nobody; one that is pushed asks its remote, and with a pull request the forge. Nothing is changed.
    """
    root = Path(request.root)
    project = project_at(root)
    loaded = load_settings(project, strict=False)
    wanted = {*_GIT, *(_PUSHED if request.push else ()), *(_PULL_REQUEST if request.pr else ())}
    # Only remote and forge are asked: the doctor's other questions cost time and concern no run.
    found = [check for check in run_checks(root, request.tag) if check.name in _ALWAYS]
    published = publishing_checks(project, loaded, online=request.push)
    found += [check for check in published if check.name in wanted]
    if "publish" in request.stages:
        found.append(_publication(request, project, loaded, told))
    if request.pr and request.remote_base != request.source_branch:
        # The branch that is checked out may be new there: publishing makes it.
        found.append(base_check(root, request.remote, request.remote_base))
    if not request.keys:
        return found  # What is only delivered was made before, and no agent has to be here.
    source = next((row.source for row in request.parameters if row.name == "agent"), "")
    return [*found, *agent_checks(loaded, request.agent, source)]


def _publication(
    request: RunRequest, project: Project, loaded: Loaded, told: Callable[[FirstPublication], object]
) -> Check:
    try:
        publication = first_publication(request, project, loaded)
    except TaskdeckError as error:
        return unknown_publication(error.message, error.hint)
    told(publication)
    return publication_check(publication, request)


def blocking(checks: Iterable[Check], waived: Iterable[str] = ()) -> list[Check]:
    """The checks that fail and that nobody let pass."""
    allowed = set(waived)
    return [check for check in checks if check.state == "fail" and check.name not in allowed]


def let_pass(checks: Sequence[Check], waived: Sequence[str]) -> tuple[str, ...]:
    """The names of the failed checks that are waived, to be kept with the run.

    Raises Refused for a failed check that is not waived, UsageError for a waiver of a check there is not.
    """
    unknown = [name for name in waived if name not in {check.name for check in checks}]
    if unknown:
        known = ", ".join(check.name for check in checks)
        raise UsageError(f"There is no check {unknown[0]} before this run.", f"There is: {known}.")
    stopping = blocking(checks, waived)
    if stopping:
        first = stopping[0]
        more = f" And {plural(len(stopping) - 1, 'more check')} failed." if len(stopping) > 1 else ""
        raise Refused(
            f"Check {first.name}: {first.evidence}{more} Nothing was begun.",
            f'{first.repair} `--waive "{first.name}"` goes on all the same.'.strip(),
        )
    return tuple(check.name for check in blocking(checks))
