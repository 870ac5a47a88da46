"""Where the result of a run is to go, fixed before it begins: remote, base, and what may not happen."""

from __future__ import annotations

from dataclasses import dataclass

from core.config import Loaded
from core.errors import Refused
from core.publishing.forge.choose import choose_forge
from core.publishing.remote import target_of
from core.publishing.repository import Repository
from core.runs.request import RunRequest
from core.runs.wish import Wish
from core.settings.stages import STAGES

FORBIDDEN_WORDS = {
    "publish": "publishing",
    "agent": "agents",
    "push": "pushing results",
    "pull_request": "pull requests",
}


@dataclass(frozen=True)
class Destination:
    """`branch` is what is checked out, `remote` the remote's name, `base` the base branch's name there."""

    branch: str = ""
    remote: str = ""
    base: str = ""


def find_destination(wish: Wish, repository: Repository | None, loaded: Loaded) -> Destination:
    """Where a result that is pushed goes; the base is the branch that is checked out unless one is named.

    It is looked up here once and is data from then on: no later stage guesses it. Raises Refused,
    PublishRefused with the way out.
    """
    branch = repository.branch if repository else None
    if repository is None or repository.head is None:
        why = "there is no git here" if repository is None else "nothing is committed here yet"
        hint = "Leave --push and --pr out, or make a first commit."
        raise Refused(f"Nothing can be pushed: {why}.", hint, "no_push")
    if branch is None:
        raise Refused(
            f"No branch is checked out in {repository.top}, so there is no base for the result.",
            "`git switch BRANCH` goes to one.",
        )
    meant = wish.source_branch or branch
    # Where only a result is left to be delivered nothing is published, and any branch may be checked out.
    if branch != meant and (wish.keys or not wish.continues):
        raise Refused(
            f"The run before was for the branch {meant}, and {branch} is checked out now.",
            f"`git switch {meant}` and retry there, or begin a new run here.",
        )
    target = target_of(repository, branch, wish.remote or None, loaded.settings.publish.protected)
    if wish.pr:
        _check_forge(repository.remote_address(target.upstream.remote), loaded)
    base = wish.base or target.upstream.branch
    return Destination(meant, target.upstream.remote, base)


def _check_forge(address: str, loaded: Loaded) -> None:
    """Nothing is begun that could not end in a pull request or at least in a link that makes one."""
    choice = choose_forge(address, loaded)
    if choice.forge is None and choice.remote is None:
        raise Refused(
            f"No pull request can be made for {address}: {choice.why}",
            "--push without --pr leaves the result on a branch of the remote.",
            "no_pull_request",
        )


def check_allowed(request: RunRequest, loaded: Loaded) -> None:
    """Refuse a run with a stage that the settings forbid. Raises Refused, naming the setting."""
    settings = loaded.settings.publish
    forbidden = [stage for stage in STAGES if stage in settings.forbid and stage in request.stages]
    if forbidden:
        origin = loaded.get("publish.forbid")
        what = FORBIDDEN_WORDS.get(forbidden[0], f"the stage {forbidden[0]}")
        raise Refused(
            f"{origin.source} stops runs here before {what} ({', '.join(settings.forbid)}).",
            "Leave that stage out, or change publish.forbid.",
        )
