"""Tracked files that are missing here: what to say of them, and bringing back those that are simply gone."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from core.errors import NotFound
from core.publishing.repository import Repository
from core.settings.read_only import check_writable

_SHOWN = 5
_PATTERN = frozenset("*?[\\:")


def missing_remarks(repository: Repository, paths: Sequence[str], folder: Path) -> list[str]:
    """Sentences about `paths`, which differ from HEAD by being gone from the work tree or the index.

    The commands in them are for somebody whose current folder is `folder`.
    """
    if not paths:
        return []
    kept, blocked, gone = _sorted(repository, paths)[1:]
    said: list[str] = []
    if kept:
        command = git_command(repository, folder, ["restore", "--staged"], kept)
        said.append(
            f"Removed from the index only, still on disk: {_listed(kept)}. "
            f"{command} puts {'it' if len(kept) == 1 else 'them'} back there and touches no file."
        )
    if gone:
        said.append(f"Deleted here, not committed: {_listed(gone)}. {_way_back(repository, folder, gone)}")
    if blocked:
        place = "its place" if len(blocked) == 1 else "their places"
        said.append(f"Deleted here, not committed: {_listed(blocked)}. Something else stands in {place}.")
    return said


def no_task_file(
    repository: Repository, file: Path, path: str, folder: Path, there: str = "", commit: str | None = None
) -> NotFound:
    """Why there is no task file `file`, and who holds it all the same: HEAD, or the remote's `commit`.

    `path` is the file's from the top of the repository, `there` the name of the remote's branch. Commands
    are for somebody in `folder`.
    """
    why = f"There is no task file {file}"
    if repository.head and repository.blob_hash("HEAD", path):
        blocked = _blocked(repository.top, path)
        way = "Something else stands in its place." if blocked else _way_back(repository, folder, [path])
        return NotFound(f"{why}, but HEAD holds it.", way)
    if commit and repository.commit(commit) and repository.blob_hash(commit, path):
        way = "`taskdeck pull` brings it."
        if repository.run(["merge-base", "--is-ancestor", commit, "HEAD"], check=False).code == 0:
            command = git_command(repository, folder, ["restore", f"--source={commit[:12]}"], [path])
            way = f"It was deleted in a commit here. {command} brings it back."
        return NotFound(f"{why}, but {there} holds it.", way)
    return NotFound(f"{why}.", "`taskdeck parse-prd` or `add-task` makes it.")


def gone_files(repository: Repository, paths: Sequence[str]) -> list[str]:
    """Those of `paths` at which nothing lies, so that they can be written without replacing anything."""
    return _sorted(repository, paths)[3] if paths else []


def bring_back(repository: Repository, paths: Sequence[str]) -> list[str]:
    """Write files that are gone as the index has them, or as HEAD does where they left the index.

    Nothing that lies on the disk is replaced, nor anything that is staged. Returns the paths that were
    written. Blocking. Raises GitFailed, Refused in a read-only project.
    """
    check_writable(repository.folder)
    tracked, _, _, gone = _sorted(repository, paths)
    if not gone:
        return []
    left = [path for path in gone if path not in tracked]
    if left:
        options = ["--pathspec-from-file=-", "--pathspec-file-nul"]
        repository.run(["reset", "--quiet", *options, "HEAD"], input=_listing(left))
    # Without --force: a file that somebody made meanwhile stays as it is.
    repository.run(["checkout-index", "--index", "-z", "--stdin"], input=_listing(gone), check=False)
    return [path for path in gone if os.path.lexists(repository.top / path)]


def _listing(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _sorted(repository: Repository, paths: Sequence[str]) -> tuple[set[str], list[str], list[str], list[str]]:
    """Those in the index; and of all: still on disk, with something in their way, simply gone."""
    tracked = tracked_paths(repository) & set(paths)
    kept = [path for path in paths if path not in tracked and os.path.lexists(repository.top / path)]
    blocked = [path for path in paths if path not in kept and _blocked(repository.top, path)]
    gone = [path for path in paths if path not in kept and path not in blocked]
    return tracked, kept, blocked, gone


def tracked_paths(repository: Repository) -> set[str]:
    """All paths that the index holds, from the top of the repository."""
    listed = repository.run(["ls-files", "-z", "--cached"]).out.split(b"\0")
    return {path.decode("utf-8", "surrogateescape") for path in listed if path}


def _blocked(top: Path, path: str) -> bool:
    """Whether bringing the file back would take away what stands at its path, or where its folder was."""
    if os.path.lexists(top / path):
        return True
    parts = path.split("/")[:-1]
    places = [top.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
    return any(os.path.lexists(place) and (place.is_symlink() or not place.is_dir()) for place in places)


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _way_back(repository: Repository, folder: Path, gone: Sequence[str]) -> str:
    """The commands that write files that are gone, as a sentence."""
    tracked = tracked_paths(repository)
    # One that is in the index still may hold something staged: HEAD's content must not replace that.
    ways = [
        (["--staged", "--worktree"], [path for path in gone if path not in tracked]),
        (["--worktree"], [path for path in gone if path in tracked]),
    ]
    commands = [git_command(repository, folder, ["restore", *flags], some) for flags, some in ways if some]
    verb = "brings" if len(commands) == 1 else "bring"
    return f"{' and '.join(commands)} {verb} {'it' if len(gone) == 1 else 'them'} back."


def git_command(repository: Repository, folder: Path, command: Sequence[str], paths: Sequence[str]) -> str:
    """The git command about some files as somebody in `folder` gives it, in backquotes."""
    words = ["git"]
    top, here = repository.top.resolve(), folder.resolve()
    if here != top:
        words += ["-C", os.path.relpath(top, here) if here.is_relative_to(top) else str(top)]
    if any(_PATTERN & set(path) for path in paths):
        words.append("--literal-pathspecs")
    named = " ".join(shlex.quote(path) for path in paths[:_SHOWN])
    more = " …" if len(paths) > _SHOWN else ""
    return f"`{shlex.join(words)} {shlex.join(command)} -- {named}{more}`"
