"""What a pull leaves on the remote, why, and what a person does so that it comes all the same."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Refused, TaskdeckError
from core.plain_text import plural
from core.publishing.missing_files import git_command, tracked_paths
from core.publishing.remote import Target
from core.publishing.repository import Repository

if TYPE_CHECKING:
    from core.publishing.pull import Fetched

_SHOWN = 5


def apart_words(branch: str, target: Target, ahead: int, behind: int) -> str:
    """That the branch here and the one on the remote have each commits of their own."""
    return f"{branch} and {target} have each commits of their own ({ahead} here, {behind} there)."


def both_ways_words(target: Target, ahead: int, behind: int) -> str:
    """How many commits each side has that the other has not."""
    here = f"{plural(ahead, 'commit')} here {_is(ahead)} not on {target}"
    return f"{here}; {behind} there {_is(behind)} not here."


def join_way(repository: Repository, target: Target, commit: str | None, mine: Sequence[str] = ()) -> str:
    """How the commits of both sides come together. `mine` are changed files that git would stumble over."""
    ref = shlex.quote(target.upstream.tracking.removeprefix("refs/remotes/"))
    steps = [f"commit {_listed(mine)}"] if mine else []
    if repository.commit(target.upstream.tracking) != commit:
        steps.append(f"`git fetch {shlex.quote(target.upstream.remote)}`")
    join = f"`git merge {ref}` or `git rebase {ref}` joins the commits."
    way = f"{', '.join(steps)}, then {join}" if steps else join
    return way[0].upper() + way[1:]


def left_out(repository: Repository, fetched: Fetched, spared: str, folder: Path) -> TaskdeckError | None:
    """Why commits of the remote did not come along with its tasks; None when it has none that are not here.

    `spared` is the task file's path: alone it is in nobody's way. Commands are for somebody in `folder`.
    """
    from core.publishing.pull import in_the_way

    if fetched.relation not in ("behind", "diverged"):
        return None
    mine = in_the_way(repository, fetched.changes)
    if fetched.relation == "diverged":
        words = apart_words(fetched.branch, fetched.target, fetched.ahead, fetched.behind)
        return TaskdeckError(words, join_way(repository, fetched.target, fetched.remote.commit, mine))
    blocked = [path for path in mine if path != spared] or list(mine)
    if not blocked:
        return Refused(f"{fetched.branch} was not moved on: it changed meanwhile.", "Pull again.")
    kinds = _Kinds(repository, blocked)
    commits = f"{plural(fetched.behind, 'commit')} of {fetched.target} {_is(fetched.behind)}"
    return Refused(f"{commits} not taken, to keep what is here: {kinds.words()}.", kinds.way(folder))


class _Kinds:
    """The paths in the way, by what a person does about each."""

    def __init__(self, repository: Repository, paths: Sequence[str]) -> None:
        self.repository = repository
        tracked = tracked_paths(repository)
        held = repository.blob_hashes("HEAD", paths)
        places = {path: _standing(repository.top, path) for path in paths}
        self.foreign = list(dict.fromkeys(
            place for path, place in places.items() if place and path not in tracked and not held[path]
        ))  # fmt: skip
        self.changed = [path for path in paths if path in tracked and places[path] == path]
        self.unstaged = [path for path in paths if path not in tracked and places[path] and held[path]]
        self.gone = [path for path in paths if not places[path]]
        self.gone_staged = [path for path in self.gone if path not in tracked]

    def words(self) -> str:
        """Each path with what it is here."""
        parts = [f"{path} (not in git)" for path in self.foreign]
        parts += [f"{path} (changed)" for path in self.changed]
        parts += [f"{path} (removed from the index)" for path in self.unstaged]
        parts += [f"{path} (deleted)" for path in self.gone]
        return _listed(parts)

    def way(self, folder: Path) -> str:
        """The steps that clear the way and lose nothing, and the pull after them."""
        simple = [path for path in self.gone if path not in self.gone_staged]
        steps = [f"move {_listed(self.foreign)} elsewhere"] if self.foreign else []
        for words, paths in (
            (["restore", "--staged"], self.unstaged),
            (["restore", "--staged", "--worktree"], self.gone_staged),
            (["restore", "--worktree"], simple),
            (["stash", "push"], self.changed),
        ):
            if paths:
                steps.append(git_command(self.repository, folder, words, paths))
        way = f"{', '.join(steps)}, then `taskdeck pull`."
        return way[0].upper() + way[1:] + (" `git stash pop` brings yours back." if self.changed else "")


def _standing(top: Path, path: str) -> str:
    """What stands at the path, or in the place of one of its folders; empty when nothing does."""
    if os.path.lexists(top / path):
        return path
    parts = path.split("/")
    for count in range(1, len(parts)):
        place = "/".join(parts[:count])
        if os.path.lexists(top / place) and ((top / place).is_symlink() or not (top / place).is_dir()):
            return place
    return ""


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
