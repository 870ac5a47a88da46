"""What a pull leaves on the remote, why, and what a person does so that it comes all the same."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from core.errors import Refused, TaskdeckError
from core.plain_text import plural
from core.publishing.branch_words import apart_words, is_or_are, join_way, listed
from core.publishing.missing_files import git_command, tracked_paths
from core.publishing.pull import Fetched, in_the_way
from core.publishing.repository import Repository


def left_out(repository: Repository, fetched: Fetched, spared: str, folder: Path) -> TaskdeckError | None:
    """Why commits of the remote did not come along with its tasks; None when it has none that are not here.

    `spared` is the task file's path: alone it is in nobody's way. Commands are for somebody in `folder`.
    """
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
    commits = f"{plural(fetched.behind, 'commit')} of {fetched.target} {is_or_are(fetched.behind)}"
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
        return listed(parts)

    def way(self, folder: Path) -> str:
        """The steps that clear the way and lose nothing, and the pull after them."""
        simple = [path for path in self.gone if path not in self.gone_staged]
        steps = [f"move {listed(self.foreign)} elsewhere"] if self.foreign else []
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
