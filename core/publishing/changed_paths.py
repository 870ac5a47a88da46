"""Which paths of a work tree differ from a commit, whatever was staged, committed or hidden in it since."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.publishing.git_process import Git

Kind = Literal["added", "modified", "deleted", "mode", "symlink", "submodule", "repository"]
FULL = ("-c", "core.sparseCheckout=false")
_NONE, _SYMLINK, _SUBMODULE = "000000", "120000", "160000"


@dataclass(frozen=True, order=True)
class ChangedPath:
    """One path from the top of the repository; `ignored` when only an ignore rule hides it.

    symlink: it is a symbolic link now; submodule: one was added, changed or replaced; repository: a folder
    with a repository of its own, whose files are not listed; mode: only its rights changed.
    """

    path: str
    kind: Kind
    ignored: bool = False


def changed_paths(git: Git, worktree: Path, base: str, ignored: bool = False) -> list[ChangedPath]:
    """What differs between `base` and the files in `worktree`, sorted by path; untracked files too."""
    with scratch_index(git, worktree, base) as env:
        raw = git.run([*FULL, "diff-index", "--raw", "-z", "--no-renames", base, "--"], worktree, env=env)
        changes = list(_tracked(git, worktree, raw.out))
        hidden = _others(git, worktree, env, "--others") if ignored else []
        plain = _others(git, worktree, env, "--others", "--exclude-standard")
    known = set(plain)
    changes += [_untracked(worktree, path, False) for path in plain]
    changes += [_untracked(worktree, path, True) for path in hidden if path not in known]
    return sorted(changes)


@contextmanager
def scratch_index(git: Git, worktree: Path, base: str) -> Generator[Mapping[str, str]]:
    """The environment for an index of our own that holds `base`, its entries compared with the files."""
    with tempfile.TemporaryDirectory(prefix="taskdeck-index-") as folder:
        index = Path(folder) / "index"
        own = Path(git.run(["rev-parse", "--absolute-git-dir"], worktree).text) / "index"
        # The copy knows which files are unchanged, so a large repository need not be read again.
        if own.exists() and not hides_files(git, worktree):
            shutil.copy2(own, index)
        env = {"GIT_INDEX_FILE": str(index)}
        git.run([*FULL, "read-tree", "--reset", base], worktree, env=env)
        git.run([*FULL, "update-index", "-q", "--really-refresh"], worktree, env=env, check=False)
        yield env


def hides_files(git: Git, worktree: Path) -> bool:
    """Whether the index tells git to look away from some files (assume-unchanged, skip-worktree)."""
    listed = git.run(["ls-files", "-v", "-z"], worktree, check=False)
    return listed.code != 0 or any(
        entry[:1].islower() or entry[:1] == b"S" for entry in listed.out.split(b"\0") if entry
    )


def status_fingerprint(git: Git, without: Sequence[str] = ()) -> str:
    """A hash of the index and of everything `git status` says, but for the paths in `without`."""
    digest = hashlib.sha256()
    kept = [os.fsencode(path) for path in without]
    args = ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored", "--no-renames"]
    for line in git.run(["ls-files", "--stage", "-z", "--"]).out.split(b"\0"):
        if line.partition(b"\t")[2] not in kept:
            digest.update(line + b"\0")
    for line in git.run(args, env={"GIT_OPTIONAL_LOCKS": "0"}).out.split(b"\0"):
        if not any(line.endswith(b" " + path) for path in kept):
            digest.update(line + b"\0")
    return digest.hexdigest()


def _tracked(git: Git, worktree: Path, raw: bytes) -> Iterator[ChangedPath]:
    fields = iter(raw.split(b"\0"))
    for head in fields:
        if not head:
            continue
        old, new, former, *_ = head.decode()[1:].split(" ")
        path = next(fields).decode("utf-8", "surrogateescape")
        kind = _kind(old, new)
        if kind == "mode" and git.run(["hash-object", "--", path], worktree, timeout=600).text != former:
            kind = "modified"
        yield ChangedPath(path, kind)


def _kind(old: str, new: str) -> Kind:
    if new == _SYMLINK:
        return "symlink"
    if _SUBMODULE in (old, new):
        return "submodule"
    if new == _NONE:
        return "deleted"
    if old == _NONE:
        return "added"
    return "mode" if old != new else "modified"


def _others(git: Git, worktree: Path, env: Mapping[str, str], *flags: str) -> list[str]:
    listed = git.run([*FULL, "ls-files", "-z", *flags, "--"], worktree, env=env).out
    return [path.decode("utf-8", "surrogateescape") for path in listed.split(b"\0") if path]


def _untracked(worktree: Path, path: str, ignored: bool) -> ChangedPath:
    if path.endswith("/"):
        return ChangedPath(path.rstrip("/"), "repository", ignored)
    try:
        link = stat.S_ISLNK((worktree / path).lstat().st_mode)
    except OSError:
        link = False
    return ChangedPath(path, "symlink" if link else "added", ignored)
