"""Work trees of our own beside the user's: made at a commit, made clean again, forgotten once removed."""

from __future__ import annotations

from pathlib import Path

from core.errors import Refused
from core.publishing.changed_paths import FULL, hides_files
from core.publishing.git_process import Git

_LONG = 900


def add_worktree(git: Git, folder: Path, commit: str) -> None:
    """Check `commit` out, whole and detached, into `folder`, which must not exist or be empty."""
    # Forced, because a folder that was removed by hand still stands in git's list of work trees.
    args = [*FULL, "worktree", "add", "--quiet", "--detach", "--force", "--", str(folder), commit]
    git.run(args, timeout=_LONG)


def reset_worktree(git: Git, folder: Path, commit: str) -> None:
    """Make a work tree of ours exactly `commit` again: no change, no untracked and no ignored file stays.

    Raises Refused when the folder is no work tree of this repository any more.
    """
    own = own_folder(git, folder)
    # A git that was killed in there leaves its lock behind, and nobody else works in our work trees.
    (own / "index.lock").unlink(missing_ok=True)
    (own / "HEAD.lock").unlink(missing_ok=True)
    if hides_files(git, folder):
        (own / "index").unlink(missing_ok=True)
    git.run([*FULL, "checkout", "--quiet", "--detach", "--force", commit, "--"], folder, timeout=_LONG)
    git.run([*FULL, "reset", "--quiet", "--hard", commit, "--"], folder, timeout=_LONG)
    git.run([*FULL, "clean", "-ffdxq", "--"], folder, timeout=_LONG)


def prune(git: Git) -> None:
    """Forget work trees whose folders are gone."""
    git.run(["worktree", "prune"], check=False)


def own_folder(git: Git, folder: Path) -> Path:
    """Git's folder for a work tree of this repository. Raises Refused for any other folder."""
    link = folder / ".git"
    common = Path(git.run(["rev-parse", "--path-format=absolute", "--git-common-dir"]).text).resolve()
    try:
        named = link.read_text().strip().removeprefix("gitdir: ") if link.is_file() else ""
    except OSError:
        named = ""
    own = Path(named).resolve() if named else None
    if own is None or own.parent != common / "worktrees" or not own.is_dir():
        raise Refused(
            f"{folder} is not a work tree of the repository in {git.top}.",
            "Nothing in it was touched; look at it and remove it by hand.",
        )
    return own
