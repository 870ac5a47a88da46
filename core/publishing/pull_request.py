"""Makes sure that exactly one pull request exists, and reads back that it is the one that was wanted."""

from __future__ import annotations

import time
from dataclasses import dataclass

from core.errors import Refused, TaskdeckError
from core.publishing.forge.model import Forge, ForgeFailed, PullRequest, Wanted

_LOOKS = 6
_SECONDS_BETWEEN = 1.0
"""A forge may learn of a push a moment after git did: so often, and so far apart, it is looked at again."""


@dataclass(frozen=True, slots=True)
class Ensured:
    """The pull request as the forge has it now; `created` is False when it was there already."""

    pull_request: PullRequest
    created: bool


def ensure_pull_request(forge: Forge, wanted: Wanted) -> Ensured:
    """Find or make the pull request from `wanted.head` to `wanted.base`, and read it back. Blocking.

    An open one with the same branches is taken as it is; one that was merged as well. One that somebody
    closed is not opened again. Raises Refused when what stands on the forge is not what was wanted,
    ForgeFailed when it cannot be made or read.
    """
    base_commit = _check_branches(forge, wanted)
    found = _matching(forge, wanted)
    created = False
    if found is None:
        # Not every forge objects to one that changes nothing.
        if base_commit == wanted.head_commit:
            raise Refused(
                f"No commits between {wanted.base} and {wanted.head}: a {forge.noun} would change nothing.",
                f"{forge.name} has both at {base_commit[:12]}.",
            )
        found, created = _create(forge, wanted)
    read = _read_back(forge, found.number, wanted)
    _check_read(forge, read, wanted)
    return Ensured(read, created)


def _check_branches(forge: Forge, wanted: Wanted) -> str:
    """Both branches must be there, the head at the commit that was proven; returns where the base stands."""
    base_commit = forge.branch_commit(wanted.base)
    if base_commit is None:
        raise Refused(
            f"{forge.name} has no branch {wanted.base}, which the {forge.noun} is to go to.",
            "Push it first, or name another with --base. It is never replaced by a default branch.",
            "base",
        )
    there = forge.branch_commit(wanted.head)
    if there is None:
        raise Refused(f"{forge.name} has no branch {wanted.head}.", "Push it first; then retry the run.")
    if there != wanted.head_commit:
        raise Refused(
            f"{forge.name} has {wanted.head} at {there[:12]}, not at {wanted.head_commit[:12]}.",
            f"Somebody pushed to it, or the push did not arrive; look before a {forge.noun} is made.",
        )
    return base_commit


def _matching(forge: Forge, wanted: Wanted) -> PullRequest | None:
    same = [one for one in forge.find(wanted.head) if one.base == wanted.base]
    closed = [one for one in same if one.state == "closed"]
    alive = [one for one in same if one.state != "closed"]
    if not alive and closed:
        raise Refused(
            f"{_named(closed[0])} from {wanted.head} was closed on {forge.name} without a merge.",
            f"Open it again there when it is wanted after all: {closed[0].url}",
        )
    return alive[0] if alive else None


def _create(forge: Forge, wanted: Wanted) -> tuple[PullRequest, bool]:
    try:
        return forge.create(wanted), True
    except ForgeFailed as failure:
        # An answer that got lost, or somebody beside us: then it exists by now, and is not made twice.
        if 300 <= failure.status < 500 and failure.status not in (409, 422):
            raise
        try:
            found = _matching(forge, wanted)
        except TaskdeckError:
            found = None
        if found is None:
            raise failure from None
        return found, False


def _read_back(forge: Forge, number: int, wanted: Wanted) -> PullRequest:
    """What stands there by now; a push the forge only has yet to take notice of is waited for."""
    read = forge.read(number)
    for _ in range(1, _LOOKS):
        late = read.head_commit != wanted.head_commit and read.state in ("open", "draft")
        if not late or forge.branch_commit(wanted.head) != wanted.head_commit:
            break
        time.sleep(_SECONDS_BETWEEN)
        read = forge.read(number)
    return read


def _named(found: PullRequest) -> str:
    return f"{found.noun.capitalize()} {found.label}"


def _check_read(forge: Forge, read: PullRequest, wanted: Wanted) -> None:
    for what, have, want in (("base", read.base, wanted.base), ("head", read.head, wanted.head)):
        if have != want:
            raise Refused(
                f"{_named(read)} on {forge.name} has the {what} {have}, not {want}.",
                f"Do not merge it as it is; change its {what} on {read.url}",
            )
    if read.head_commit != wanted.head_commit and read.state != "merged":
        raise Refused(
            f"{_named(read)} on {forge.name} stands at {read.head_commit[:12]}, "
            f"not at {wanted.head_commit[:12]}.",
            f"Somebody pushed to its branch meanwhile: {read.url}",
        )
