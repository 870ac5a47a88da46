"""What is looked at before a run begins: only checks it depends on, and which of them stand in its way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.config import load_settings
from core.doctor.agent import agent_checks
from core.doctor.check import Check
from core.doctor.checks import run_checks
from core.runs.request import RunRequest

_ALWAYS = ("project", "task file", "dependencies", "tasks", "lock", "state", "settings", "repository")
_PUSHED = ("git state", "clock", "remote", "remote is writable")
_PULL_REQUEST = ("forge",)


def preflight(request: RunRequest) -> list[Check]:
    """The checks that count for this run, in the doctor's order. Blocking.

    A run that stays on this machine asks nobody; one that is pushed asks its remote, and with a pull request
    the forge. Nothing is changed.
    """
    root = Path(request.root)
    wanted = {*_ALWAYS, *(_PUSHED if request.push else ()), *(_PULL_REQUEST if request.pr else ())}
    found = [check for check in run_checks(root, online=request.push) if check.name in wanted]
    return [*found, *_agent(root, request.agent)]


def blocking(checks: Iterable[Check], waived: Iterable[str] = ()) -> list[Check]:
    """The checks that fail and that nobody let pass."""
    allowed = set(waived)
    return [check for check in checks if check.state == "fail" and check.name not in allowed]


def _agent(root: Path, agent: str) -> Iterable[Check]:
    from core.project import find_project

    return agent_checks(load_settings(find_project(root), strict=False), agent)
