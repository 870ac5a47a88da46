"""A git repository: where things lie in it, what each place holds, commits and work trees. Imports `git`."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import subprocess
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Conflict, NotFound, TaskdeckError, UsageError
from core.publishing import changed_paths, committing, worktrees
from core.publishing.changed_paths import ChangedPath
from core.publishing.git_process import (
    GitFailed,
    Output,
    advice,
    environment,
    inherited,
    no_repository,
    shown,
)
from core.publishing.object_reader import ObjectReader
from core.publishing.upstream import Upstream, settings, upstream_of

_PATIENCE = 4.0
_INTERNAL = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
_NO_PATHSPECS = frozenset({"check-ignore"})
"""Commands whose paths are no patterns anyway, and that refuse to be told so."""
_ALWAYS = (
    "-c",
    "core.quotePath=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "color.ui=false",
)


@dataclass(frozen=True)
class Entry:
    """What a commit holds at a path. `mode` as git spells it (100644, 120000 a link, 160000 a submodule)."""

    mode: str
    kind: str
    hash: str


class Repository:
    """A repository with a work tree. Everything blocks; several threads may use one.

    Paths are relative to `top`, with slashes. `prefix` is where the folder it was opened from lies in it:
    empty at the top, else with a slash at its end (`example/`).
    """

    def __init__(self, top: Path, prefix: str, git_dir: Path) -> None:
        self.top = top
        self.prefix = prefix
        self.git_dir = git_dir
        self._reader = ObjectReader(lambda: _library().Git(str(top)))
        # Runs before anything of it is collected, so that no process is left over.
        weakref.finalize(self, self._reader.close)

    @classmethod
    def open(cls, path: Path) -> Repository:
        """The repository around a folder or file. Raises NotFound without one (or without git), Refused."""
        folder = path.absolute()
        while not folder.is_dir():
            folder = folder.parent
        looked = cls(folder, "", folder)
        args = ["rev-parse", "--show-toplevel", "--show-prefix", "--absolute-git-dir"]
        answer = looked.run(args, check=False)
        if answer.code != 0:
            raise no_repository(folder, answer)
        top, prefix, git_dir = [os.fsdecode(line) for line in answer.out.split(b"\n")[:3]]
        return cls(Path(top), prefix, Path(git_dir))

    def close(self) -> None:
        """End the process that reads objects, if there is one; the next read starts another."""
        self._reader.close()

    # Where we are

    @property
    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        return self.commit("HEAD")

    @property
    def branch(self) -> str | None:
        """The branch that is checked out, born or not; None when HEAD is detached."""
        answer = self.run(["symbolic-ref", "--quiet", "HEAD"], check=False)
        return answer.text.removeprefix("refs/heads/") if answer.code == 0 else None

    @property
    def upstream(self) -> Upstream | None:
        """Where the branch that is checked out is pushed; None when nobody said so yet."""
        branch = self.branch
        return self.upstream_of(branch) if branch else None

    def upstream_of(self, branch: str) -> Upstream | None:
        """Where `branch` is pushed: its own push remote, the push remote of all, else its remote."""
        return upstream_of(self, branch)

    @property
    def remotes(self) -> list[str]:
        """The names of the remotes."""
        return self.run(["remote"]).text.split()

    def remote_address(self, remote: str) -> str:
        """A remote's address for pushing, without the credentials it may hold; empty without one."""
        answer = self.run(["remote", "get-url", "--push", "--", remote], check=False)
        return shown(answer.text) if answer.code == 0 else ""

    @property
    def is_shallow(self) -> bool:
        return self.run(["rev-parse", "--is-shallow-repository"]).text == "true"

    @property
    def folder(self) -> Path:
        """The folder it was opened from: that of the project."""
        return self.top / self.prefix

    def path_of(self, name: str) -> Path:
        """Where git keeps a file of this work tree (`MERGE_HEAD`, `rebase-merge`)."""
        return Path(self.run(["rev-parse", "--path-format=absolute", "--git-path", name]).text)

    @property
    def settings(self) -> dict[str, str]:
        """Git's settings, the last value of each; the first and last part of a key are in small letters."""
        return settings(self)

    # What is where

    def commit(self, ref: str) -> str | None:
        """The hash of the commit a ref names; None when there is none."""
        answer = self.run(["rev-parse", "--quiet", "--verify", f"{_ref(ref)}^{{commit}}"], check=False)
        return answer.text if answer.code == 0 else None

    def entry(self, ref: str, path: str) -> Entry | None:
        """What `ref` holds at a path; None when it holds nothing there (or there is no such ref)."""
        return self._listed(ref, [path]).get(path)

    def blob_hash(self, ref: str, path: str) -> str | None:
        """The hash of the file (or link) that `ref` holds at a path; None when it holds none."""
        return self.blob_hashes(ref, [path])[path]

    def blob_hashes(self, ref: str, paths: Sequence[str]) -> dict[str, str | None]:
        """The hashes of several files at once."""
        held = self._listed(ref, paths)
        return {
            path: held[path].hash if path in held and held[path].kind == "blob" else None for path in paths
        }

    def entries(self, ref: str, prefix: str = "") -> dict[str, Entry]:
        """Everything below a folder of `ref`, by path; empty when there is nothing (or no such ref)."""
        return self._listed(ref, [prefix.rstrip("/") + "/"] if prefix else [], "-r")

    def list(self, ref: str, prefix: str = "") -> list[str]:
        """The paths of every file below a folder of `ref`."""
        return list(self.entries(ref, prefix))

    def read(self, ref: str, path: str) -> bytes | None:
        """The content that `ref` holds at a path, as git stores it; None when it holds no file there."""
        found = self._reader.read(f"{_ref(ref)}:{path}") if "\n" not in path else None
        if found is None:
            entry = self.entry(ref, path)
            if entry is None or entry.kind != "blob":
                return None
            found = self.run(["cat-file", "blob", entry.hash]).out
        return found

    def file_hash(self, path: str, worktree: Path | None = None) -> str | None:
        """The hash git would store the file in the work tree under, line ends and filters applied.

        None when there is no file; a symbolic link hashes as the link it is.
        """
        return self.file_hashes([path], worktree)[path]

    def file_hashes(self, paths: Sequence[str], worktree: Path | None = None) -> dict[str, str | None]:
        """The same for several files at once."""
        folder = worktree or self.top
        hashes: dict[str, str | None] = {}
        plain: list[str] = []
        for path in paths:
            mode = _mode(folder / path)
            hashes[path] = None
            if stat.S_ISLNK(mode):
                target = os.fsencode((folder / path).readlink())
                hashes[path] = self.run(["hash-object", "--stdin"], folder, target).text
            elif stat.S_ISREG(mode):
                plain.append(path)
        if plain:
            # Rules for line ends are looked up from the current folder, so this must run at the top.
            made = self.run(["hash-object", "--", *plain], folder, timeout=600).text.split("\n")
            hashes |= dict(zip(plain, made, strict=True))
        return hashes

    def changed_paths(self, worktree: Path, base: str, ignored: bool = False) -> list[ChangedPath]:
        """What differs between the commit `base` and the files in a work tree of this repository.

        Untracked files count, with `ignored` those too that an ignore rule hides. What was committed,
        staged or marked to be looked away from in there since makes no difference.
        """
        return changed_paths.changed_paths(self, worktree, _ref(base), ignored)

    def status_fingerprint(self, without: Sequence[str] = ()) -> str:
        """A hash of the index and of everything `git status` says, but for the paths in `without`."""
        return changed_paths.status_fingerprint(self, without)

    # Work trees, commits, branches

    def add_worktree(self, folder: Path, commit: str) -> None:
        """Check `commit` out, whole and detached, into `folder`; no hook runs."""
        worktrees.add_worktree(self, folder, _ref(commit))

    def reset_worktree(self, folder: Path, commit: str) -> None:
        """Make it exactly `commit` again, ignored files gone too. Raises Refused when it is not ours."""
        worktrees.reset_worktree(self, folder, _ref(commit))

    def prune(self) -> None:
        """Forget work trees whose folders are gone."""
        worktrees.prune(self)

    def commit_tree(self, base: str, files: Mapping[str, bytes | None], message: str) -> str:
        """A commit on top of `base` that has these contents (None removes a path); touches no work tree.

        Returns its hash, or that of `base` when nothing differs. No hook runs and no ref moves.
        """
        return committing.commit_tree(self, _ref(base), files, message)

    def commit_only(self, paths: Sequence[str], message: str) -> Output:
        """Commit exactly these paths in the user's work tree; hooks run; see what git said in the answer."""
        return committing.commit_only(self, paths, message)

    def commit_in_worktree(self, folder: Path, paths: Sequence[str], message: str) -> str:
        """Commit these paths in a work tree of our own, no hooks run; its HEAD when nothing differs."""
        return committing.commit_in_worktree(self, folder, paths, message)

    def create_branch(self, name: str, commit: str) -> None:
        """Make a branch that must not exist yet. Raises Conflict when it does, UsageError for the name."""
        if self.run(["check-ref-format", "--branch", name], check=False).code != 0:
            raise UsageError(f"{name!r} cannot be the name of a branch.")
        self.update_ref(f"refs/heads/{name}", commit, None)

    def update_ref(self, name: str, new: str, old: str | None) -> None:
        """Point a ref to `new` if it still points to `old` (None: does not exist). Raises Conflict if not."""
        _ref(name)
        commit = self.commit(new)
        if commit is None:
            raise NotFound(f"There is no commit {new} in {self.top}.")
        expected = "0" * len(commit) if old is None else old
        answer = self.run(["update-ref", name, commit, expected], check=False)
        if answer.code != 0:
            raise Conflict(f"{name} was not moved: {answer.words}.", "Somebody else moved it; look again.")

    def has_identity(self) -> bool:
        """Whether the user told git who makes commits."""
        return committing.has_identity(self)

    # Running git

    def run(
        self,
        args: Sequence[str],
        cwd: Path | None = None,
        input: bytes | None = None,
        *,
        check: bool = True,
        hooks: bool = False,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Output:
        """Run one git command; nothing in it can ask, and `timeout` seconds later all of it is ended.

        `hooks` lets the user's hooks run. A lock that another git holds for a moment is waited for. Raises
        GitFailed for a failure unless `check` is off, TaskdeckError for the time-out, NotFound without git.
        """
        end = time.monotonic() + _PATIENCE
        while True:
            answer = self._once(args, cwd or self.top, input, hooks, env, timeout)
            if not answer.locked or time.monotonic() > end:
                break
            time.sleep(random.uniform(0.02, 0.1))
        if check and answer.code != 0:
            where = "" if (cwd or self.top) == self.top else f" in {cwd}"
            raise GitFailed(f"git {args[0]} failed{where}: {answer.words}.", answer, advice(answer))
        return answer

    def _once(
        self,
        args: Sequence[str],
        cwd: Path,
        input: bytes | None,
        hooks: bool,
        env: Mapping[str, str] | None,
        timeout: float,
    ) -> Output:
        unset = [part for name in inherited() if name not in (env or {}) for part in ("-u", name)]
        literal = () if args[0] in _NO_PATHSPECS else ("--literal-pathspecs",)
        command = [
            *(["env", *unset] if unset else []),
            "git",
            # Named here, because a folder that is gone must fail and not mean the one we happen to be in.
            "-C",
            str(cwd),
            *literal,
            *_ALWAYS,
            *(() if hooks else _INTERNAL),
            *args,
        ]
        begun = time.monotonic()
        more: dict[str, Any] = {"start_new_session": True}
        stdin: Any = subprocess.PIPE if input is not None else None
        library = _library()
        try:
            process: Any = library.Git().execute(
                command, istream=stdin, as_process=True, env=environment(env), **more
            )
        except library.GitCommandNotFound:
            raise NotFound("There is no git on this machine.", "Install git, then try again.") from None
        try:
            out, err = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            _end_group(process)
            raise TaskdeckError(
                f"git {args[0]} was ended after {timeout:.0f} seconds.",
                "Look at the network, then try again.",
            ) from None
        except BaseException:
            _end_group(process)
            raise
        said = shown(err.decode("utf-8", "replace"))
        return Output(process.returncode, out, said, time.monotonic() - begun)

    # Reading objects

    def _listed(self, ref: str, paths: Sequence[str], *flags: str) -> dict[str, Entry]:
        args = ["ls-tree", "-z", "--full-tree", *flags, _ref(ref), "--", *paths]
        answer = self.run(args, check=False)
        found: dict[str, Entry] = {}
        for line in answer.out.split(b"\0") if answer.code == 0 else ():
            head, tab, path = line.partition(b"\t")
            if tab:
                found[path.decode("utf-8", "surrogateescape")] = Entry(*head.decode().split())
        return found


def _library() -> Any:
    # Imported when first used: it costs a start of git itself.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git

    return git


def _end_group(process: Any) -> None:
    """End git with all it started; it is asked first, because then it takes its locks away."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=2)


def _mode(file: Path) -> int:
    """What stands at a path, as the bits of its mode; 0 for nothing."""
    try:
        return file.lstat().st_mode
    except OSError:
        return 0


def _ref(name: str) -> str:
    if not name or name.startswith("-") or "\0" in name or "\n" in name:
        raise UsageError(f"{name!r} names nothing in a git repository.")
    return name
