"""How the two sides of a branch stand to each other in words, and how their commits come together."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from core.plain_text import plural
from core.publishing.remote import Target
from core.publishing.repository import Repository

_SHOWN = 5


def apart_words(branch: str, target: Target, ahead: int, behind: int) -> str:
    """That the branch here and the one on the remote have each commits of their own."""
    return f"{branch} and {target} have each commits of their own ({ahead} here, {behind} there)."


def both_ways_words(target: Target, ahead: int, behind: int) -> str:
    """How many commits each side has that the other has not."""
    here = f"{plural(ahead, 'commit')} here {is_or_are(ahead)} not on {target}"
    return f"{here}; {behind} there {is_or_are(behind)} not here."


def join_way(repository: Repository, target: Target, commit: str | None, mine: Sequence[str] = ()) -> str:
    """How the commits of both sides come together. `mine` are changed files that git would stumble over."""
    ref = shlex.quote(target.upstream.tracking.removeprefix("refs/remotes/"))
    steps = [f"commit {listed(mine)}"] if mine else []
    if repository.commit(target.upstream.tracking) != commit:
        steps.append(f"`git fetch {shlex.quote(target.upstream.remote)}`")
    join = f"`git merge {ref}` or `git rebase {ref}` joins the commits."
    way = f"{', '.join(steps)}, then {join}" if steps else join
    return way[0].upper() + way[1:]


def listed(paths: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def is_or_are(count: int) -> str:
    """The verb after a count."""
    return "is" if count == 1 else "are"
