"""Why something is not published, each with its way out: the repository's state, the paths themselves."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from core.errors import DamagedFile, Refused, Way
from core.publishing.git_process import Output
from core.publishing.repository import Repository
from core.tasks.document import parse

Reason = Literal[
    "read_only", "forbidden", "detached", "unborn", "no_upstream", "under_way", "unmerged", "protected",
    "diverged", "behind", "other_commits", "ignored", "lfs", "submodule", "symlink", "conflict_markers",
    "damaged", "hidden", "hook", "identity", "signing", "commit", "hook_added", "moved", "credentials",
    "unreachable", "rejected", "locked", "not_proven",
]  # fmt: skip


class PublishRefused(Refused):
    """Not published. `reason` names the kind of it, `output` is all that git, a hook or the server said."""

    def __init__(
        self, reason: Reason, message: str, hint: str, output: str = "", way: Way | None = None
    ) -> None:
        super().__init__(message, hint, way)
        self.reason: Reason = reason
        self.output = output


_UNDER_WAY = {
    "MERGE_HEAD": ("a merge", "merge"),
    "rebase-merge": ("a rebase", "rebase"),
    "rebase-apply": ("a rebase", "rebase"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "cherry-pick"),
    "REVERT_HEAD": ("a revert", "revert"),
    "BISECT_LOG": ("a bisection", "bisect"),
}
_LOCK_FILE = re.compile(r"Unable to create '([^']*)'")
_MARKERS = re.compile(rb"^<<<<<<< .*?^=======\r?$.*?^>>>>>>> ", re.MULTILINE | re.DOTALL)


def state_problems(
    repository: Repository, known: tuple[str | None, str | None] | None = None
) -> Iterator[PublishRefused]:
    """What in the repository's own state forbids a commit on its branch.

    `known` are branch and HEAD, where somebody looked already.
    """
    branch, head = known or (repository.branch, repository.head)
    yield from _under_way(repository)
    if branch is None:
        yield PublishRefused(
            "detached",
            f"No branch is checked out in {repository.top}: HEAD is detached at {(head or '')[:7]}.",
            "`git switch BRANCH` goes back to one, `git switch -c NAME` makes one here.",
        )
    elif head is None:
        yield PublishRefused(
            "unborn",
            f"The branch {branch} has no commit yet.",
            "Make the first commit: `git commit --allow-empty -m start`.",
        )
    superproject = _superproject(repository)
    if superproject:
        yield PublishRefused(
            "submodule",
            f"The project lies in a submodule of {superproject}, which would keep the old commit.",
            "Commit and push in the submodule yourself, then record its new commit outside.",
        )


def _superproject(repository: Repository) -> str:
    """The work tree whose submodule this repository is; empty when it is none."""
    if not any((folder / ".git").exists() for folder in repository.top.resolve().parents):
        return ""
    return repository.run(["rev-parse", "--show-superproject-working-tree"], check=False).text


def _under_way(repository: Repository) -> Iterator[PublishRefused]:
    for name, (what, command) in _UNDER_WAY.items():
        if (repository.git_dir / name).exists():
            out = "reset" if command == "bisect" else "--abort"
            end = f" or end it with `git {command} --continue`" if command != "bisect" else ""
            yield PublishRefused(
                "under_way",
                f"In {repository.top} {what} is under way.",
                f"Take it back with `git {command} {out}`{end}, then publish.",
            )
            return
    unmerged = repository.run(["ls-files", "--unmerged", "-z"]).out
    if unmerged:
        path = unmerged.split(b"\0")[0].partition(b"\t")[2].decode("utf-8", "replace")
        yield PublishRefused(
            "unmerged",
            f"{path} has conflicts that nobody settled yet.",
            "Settle them (`taskdeck resolve` for the task file), then `git add` it.",
        )


def protected_problem(branch: str, protected: Sequence[str]) -> PublishRefused | None:
    """Whether `branch` is one that is never pushed to; a setting lists them, `release/*` names several."""
    if not any(fnmatchcase(branch, pattern) for pattern in protected):
        return None
    return PublishRefused(
        "protected",
        f"{branch} is protected: nothing is pushed to it.",
        "`git switch -c NAME`, publish there and open a pull request; "
        "`taskdeck config set publish.protected` changes the list.",
    )


def path_problems(repository: Repository, paths: Sequence[str], task_path: str) -> Iterator[PublishRefused]:
    """What in the named paths (from the top of the repository) forbids to publish them."""
    for path in paths:
        problem = _link(repository.top, path) or _nested(repository.top, path) or _content(
            repository.top / path, path, path == task_path
        )  # fmt: skip
        if problem:
            yield problem
    yield from _ignored(repository, paths)
    yield from _hidden(repository, paths)
    yield from _lfs(repository, paths)


def ignored_paths(repository: Repository, paths: Sequence[str]) -> list[str]:
    """Those paths that an ignore rule keeps out of git; what is tracked already is never among them."""
    args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *paths]
    listed = repository.run(args).out.split(b"\0")
    return [path.decode("utf-8", "surrogateescape") for path in listed if path]


def _ignored(repository: Repository, paths: Sequence[str]) -> Iterator[PublishRefused]:
    for path in ignored_paths(repository, paths):
        rule = repository.run(["check-ignore", "-v", "--", f"./{path}"], check=False).text.partition("\t")[0]
        yield PublishRefused(
            "ignored",
            f"{path} is ignored by git" + (f" (rule {rule})." if rule else "."),
            "Take the rule away, or add the file yourself with `git add -f`.",
        )


def _hidden(repository: Repository, paths: Sequence[str]) -> Iterator[PublishRefused]:
    """Changed files that the index says to skip: git commits nothing of them and gives no reason.

    Those that are only assumed to be unchanged are committed all the same when they are named.
    """
    listed = repository.run(["ls-files", "-z", "-v", "--", *paths]).out.split(b"\0")
    found = [entry.decode("utf-8", "surrogateescape") for entry in listed if entry]
    hidden = [entry[2:] for entry in found if entry[0] in "Ss"]
    if not hidden:
        return
    held, here = repository.blob_hashes("HEAD", hidden), repository.file_hashes(hidden)
    for path in hidden:
        if held[path] != here[path]:
            yield PublishRefused(
                "hidden",
                f"{path} is changed, and git was told to overlook it (skip-worktree).",
                f"`git update-index --no-skip-worktree {_from_project(repository, path)}` ends that.",
            )


def _from_project(repository: Repository, path: str) -> str:
    """The path as a shell takes it from somebody in the project's folder."""
    return shlex.quote(os.path.relpath(path, repository.prefix or "."))


def _lfs(repository: Repository, paths: Sequence[str]) -> Iterator[PublishRefused]:
    fields = repository.run(["check-attr", "-z", "filter", "--", *paths]).text.split("\0")
    for path, _, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if value == "lfs":
            yield PublishRefused(
                "lfs",
                f"{path} is kept by Git LFS: the remote would hold a pointer, not the file.",
                "Take the path out of the LFS rule in .gitattributes.",
            )


def _link(top: Path, path: str) -> PublishRefused | None:
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        at = top.joinpath(*parts[:count])
        if at.is_symlink():
            return PublishRefused(
                "symlink",
                f"{'/'.join(parts[:count])} is a symbolic link: git would keep the link, not what it shows.",
                "Put the file itself there, or publish in the repository that it lies in.",
            )
    return None


def _nested(top: Path, path: str) -> PublishRefused | None:
    parts = path.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        if (top.joinpath(*parts[:count]) / ".git").exists():
            inner = "/".join(parts[:count])
            return PublishRefused(
                "submodule",
                f"{path} lies in {inner}, a repository of its own inside {top}.",
                f"Publish it from there: name the project's folder in {inner}.",
            )
    return None


def _content(file: Path, path: str, is_task_file: bool) -> PublishRefused | None:
    if not file.is_file():
        return None
    data = file.read_bytes()
    if b"<<<<<<< " in data and _MARKERS.search(data):
        way = "`taskdeck resolve` settles them." if is_task_file else "Settle them in an editor."
        return PublishRefused("conflict_markers", f"{path} holds git's conflict markers.", way)
    if is_task_file:
        try:
            parse(data, path)
        except DamagedFile as damage:
            return PublishRefused(
                "damaged", f"{damage.message}.", "`taskdeck resolve` shows how to repair it."
            )
    return None


def commit_refused(output: Output) -> PublishRefused:
    """Why git made no commit, told from what it said."""
    said = output.err
    if "tell me who you are" in said or "unable to auto-detect email" in said or "empty ident" in said:
        return PublishRefused(
            "identity",
            "Git does not know who makes the commit.",
            "git config --global user.name NAME; git config --global user.email ADDRESS",
            said,
        )
    if "gpg failed to sign" in said or "failed to sign" in said or "Couldn't load public key" in said:
        return PublishRefused(
            "signing",
            f"The commit could not be signed: {_first(said)}.",
            "Unlock the key (`git commit` in a terminal asks for it), then publish again.",
            said,
        )
    if "sparse-checkout" in said:
        return PublishRefused(
            "commit",
            "A file lies outside the sparse checkout, so git does not take it.",
            "`git sparse-checkout add FOLDER` includes its folder.",
            said,
        )
    if output.locked:
        lock = _LOCK_FILE.search(said)
        which = lock[1] if lock else "a lock file"
        return PublishRefused(
            "locked",
            f"Another git is at work here, or one that was killed left its lock: {which}.",
            "Nothing was committed. Wait for that git; when none runs any more, remove the file.",
            said,
        )
    if output.hook:
        return PublishRefused(
            "hook",
            f"A commit hook of the repository refused: {_first(said)}.",
            "Nothing was committed. Mend what it says, then publish again.",
            said,
        )
    words = output.words.rstrip(".") if said else "it sees no change to commit"
    return PublishRefused("commit", f"Git made no commit: {words}.", "Nothing was pushed.", said)


def _first(said: str) -> str:
    line = next((line.strip() for line in said.splitlines() if line.strip()), "it said nothing")
    return line.rstrip(".")
