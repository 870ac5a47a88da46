"""The pull request of a run: asking its forge how it stands, and making one afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.config import load_settings
from core.errors import Refused, UsageError
from core.project import Project
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.model import PullRequest
from core.publishing.repository import Repository
from core.runs.delivery import Delivered, Delivery, pull_request_facts
from core.runs.folder import RunFolder
from core.runs.kept_look import Look, keep_look
from core.runs.standing import pull_request_stage
from core.runs.view import RunView
from core.settings.read_only import check_writable


@dataclass(frozen=True)
class Asked:
    """What a forge answered at `read_at` (epoch seconds): `found`, or `why` nothing was read."""

    found: PullRequest | None
    forge: str = ""
    why: str = ""
    read_at: float | None = None


def recorded_number(run: RunView) -> int | None:
    """The number of its pull request, as far as a run or an earlier look wrote it down."""
    if run.look is not None:
        return run.look.found.number
    stage = pull_request_stage(run)
    number = stage.proof.get("number", "") if stage is not None else ""
    return int(number) if number.isdecimal() else None


def ask_forge(
    folder: RunFolder, project: Project, number: int | None, clock: Callable[[], float] = time.time
) -> Asked:
    """Read the pull request `number`, else look for one from the run's branch; what is found is kept.

    Blocking. Raises TaskdeckError when the forge cannot be asked.
    """
    request = folder.request
    choice = choose_forge(_address(project, request.remote), load_settings(project, strict=False))
    if choice.forge is None:
        return Asked(None, why=choice.why)
    if number is None:
        wanted = request.remote_base or request.base
        # One to another base counts as well: it is the one that must not be overlooked.
        made = sorted(choice.forge.find(request.branch), key=lambda one: one.base != wanted)
        if not made:
            return Asked(None, choice.forge.name, f"{choice.forge.name} has none yet.")
        number = made[0].number
    found, now = choice.forge.read(number), clock()
    keep_look(folder.path, Look(found, now))
    return Asked(found, choice.forge.name, read_at=now)


def _address(project: Project, remote: str) -> str:
    repository = Repository.open(project.root)
    try:
        return repository.remote_address(remote)
    finally:
        repository.close()


def has_pushed(folder: RunFolder) -> str:
    """The commit a run pushed to its branch; empty where it pushed none."""
    stages = {stage.name: stage for stage in folder.ledger().stages}
    pushed = stages.get("push")
    return pushed.proof.get("commit", "") if pushed is not None and pushed.state == "done" else ""


def make_pull_request(folder: RunFolder, project: Project) -> Delivered:
    """Make the pull request that a finished run has none of; one that is there already is found. Blocking.

    Without a forge the answer holds the link that makes one. Raises Refused while the run goes on, where the
    settings forbid it and when what stands on the forge is not what was wanted; UsageError when the run
    pushed nothing; TaskdeckError with what the forge said.
    """
    request = folder.request
    if folder.is_alive():
        raise Refused(
            f"The run {folder.id} is still under way.", f"`taskdeck runs watch {folder.id}` says how it goes."
        )
    commit = has_pushed(folder)
    if not commit:
        raise UsageError(
            f"The run {folder.id} pushed nothing, so there is no branch to ask for.",
            "Run it again with --pr, or push its branch and open one there.",
        )
    _check_allowed(project)
    judged = {one.began.task: one.judged for one in folder.ledger().current if one.judged}
    repository = Repository.open(project.root)
    try:
        facts = pull_request_facts(request, repository, commit, None, judged, folder)
        return Delivery(request, repository).pull_request(commit, facts)
    finally:
        repository.close()


def _check_allowed(project: Project) -> None:
    """Raises Refused where the settings let nothing be written, or no pull request be made."""
    check_writable(project.root)
    loaded = load_settings(project, strict=False)
    if "pull_request" in loaded.settings.publish.forbid:
        origin = loaded.get("publish.forbid")
        raise Refused(f"{origin.source} allows no pull requests here.", "Change publish.forbid to end that.")
