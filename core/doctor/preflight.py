"""The doctor before a run: what would stop it later is said now, and let pass only on purpose."""

from __future__ import annotations

from collections.abc import Sequence

from core.config import Loaded
from core.doctor.agent import agent_checks
from core.doctor.check import Check
from core.doctor.publishing import publishing_checks
from core.errors import Refused, UsageError
from core.project import Project
from core.runs.request import RunRequest

_OWN_STAGE = frozenset({"publication"})
"""What the run's own first stage makes true; it is no reason to stop before it."""


def preflight(project: Project, loaded: Loaded, request: RunRequest) -> list[Check]:
    """The checks that matter for this run; one that is pushed asks remote and forge too. Blocking."""
    checks = [*agent_checks(loaded, request.agent)]
    found = publishing_checks(project, loaded, online=request.push)
    checks += [check for check in found if check.name not in _OWN_STAGE]
    if not request.push:
        checks = [check for check in checks if check.name not in ("remote", "forge")]
    return checks


def let_pass(checks: Sequence[Check], waived: Sequence[str]) -> tuple[str, ...]:
    """The names of the failed checks that are waived, to be kept with the run.

    Raises Refused for a failed check that is not waived, UsageError for a waiver of a check there is not.
    """
    unknown = [name for name in waived if name not in {check.name for check in checks}]
    if unknown:
        known = ", ".join(check.name for check in checks)
        raise UsageError(f"There is no check {unknown[0]} before this run.", f"There is: {known}.")
    failed = [check for check in checks if check.state == "fail"]
    stopping = [check for check in failed if check.name not in waived]
    if stopping:
        first = stopping[0]
        more = f" And {len(stopping) - 1} more checks failed." if len(stopping) > 1 else ""
        raise Refused(
            f"Check {first.name}: {first.evidence}{more} Nothing was begun.",
            f'{first.repair} `--waive "{first.name}"` goes on all the same.'.strip(),
        )
    return tuple(check.name for check in failed)
