"""Makes commits: of a few paths in somebody's work tree, or of bytes on a branch without any work tree."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import UsageError
from core.publishing.git_process import Git, Output

_UNKNOWN = "did not match any file(s) known to git"
_NAME, _MAIL = "Taskdeck", "taskdeck@localhost"


def commit_tree(git: Git, base: str, files: Mapping[str, bytes | None], message: str) -> str:
    """A commit on top of `base` with these contents (None removes a path); `base` itself if none differs."""
    for path in files:
        _check(path)
    with tempfile.TemporaryDirectory(prefix="taskdeck-index-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run(["read-tree", base], env=env)
        lines = b"".join(_index_line(git, base, path, data, env) for path, data in files.items())
        git.run(["update-index", "--replace", "-z", "--index-info"], input=lines, env=env)
        tree = git.run(["write-tree"], env=env).text
    if tree == git.run(["rev-parse", f"{base}^{{tree}}"]).text:
        return git.run(["rev-parse", f"{base}^{{commit}}"]).text
    args = ["commit-tree", tree, "-p", base, "-F", "-"]
    return git.run(args, input=message.encode(), env=own_identity(git)).text


def commit_only(git: Git, paths: Sequence[str], message: str, timeout: float = 600) -> Output:
    """Commit exactly these paths in the user's work tree, hooks included; the rest of the index stays.

    Returns what git said, whatever its exit code, and which hook ended it. New files are registered first;
    when the commit fails that is taken back.
    """
    done = _commit(git, paths, message, timeout)
    if done.code == 0 or _UNKNOWN not in done.err:
        return done
    known = git.run(["ls-files", "-z", "--", *paths]).out.split(b"\0")
    tracked = {path.decode("utf-8", "surrogateescape") for path in known if path}
    new = [path for path in paths if path not in tracked]
    added = git.run(["add", "-N", "--", *new], check=False)
    if added.code != 0:
        return added
    done = _commit(git, paths, message, timeout)
    if done.code != 0:
        git.run(["update-index", "--force-remove", "--", *new], check=False)
    return done


def _commit(git: Git, paths: Sequence[str], message: str, timeout: float) -> Output:
    args = ["commit", "--quiet", "--only", "-F", "-", "--", *paths]
    with tempfile.TemporaryDirectory(prefix="taskdeck-commit-") as folder:
        # Its exit code is the same whether a hook refused or it found nothing to do: here it tells which.
        events = Path(folder) / "events"
        env = {"GIT_TRACE2_EVENT": str(events)}
        done = git.run(args, input=message.encode(), hooks=True, check=False, env=env, timeout=timeout)
        return replace(done, hook=_failed_hook(events) if done.code != 0 else "")


def _failed_hook(events: Path) -> str:
    """The hook that ended with a failure, by git's own record of what it started; empty for none.

    Source of the format: git's `Documentation/technical/api-trace2`, events child_start and child_exit.
    """
    hooks: dict[int, str] = {}
    for event in _own_events(events):
        child = event.get("child_id", -1)
        if event.get("event") == "child_start" and event.get("child_class") == "hook":
            hooks[child] = str(event.get("hook_name", "hook"))
        elif event.get("event") == "child_exit" and child in hooks and event.get("code") != 0:
            return hooks[child]
    return ""


def _own_events(file: Path) -> Iterator[dict[str, Any]]:
    """What git wrote, without what the git commands say that a hook runs."""
    with contextlib.suppress(OSError), file.open("rb") as lines:
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                event: dict[str, Any] = json.loads(line)
                if "/" not in str(event["sid"]):
                    yield event


def commit_in_worktree(git: Git, folder: Path, paths: Sequence[str], message: str) -> str:
    """Commit these paths in a work tree of our own, no hooks run; its HEAD when nothing differs."""
    git.run(["add", "--all", "--force", "--", *paths], folder)
    if git.run(["diff", "--cached", "--quiet", "--", *paths], folder, check=False).code != 0:
        args = ["commit", "--quiet", "--no-verify", "--no-gpg-sign", "--only", "-F", "-", "--", *paths]
        git.run(args, folder, message.encode(), env=own_identity(git))
    return git.run(["rev-parse", "HEAD"], folder).text


def own_identity(git: Git) -> dict[str, str]:
    """An author of our own for git's environment; empty when the user has told git a name and an address."""
    if has_identity(git):
        return {}
    return {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _NAME), ("EMAIL", _MAIL))
    }


def has_identity(git: Git) -> bool:
    """Whether the user told git who makes commits; git's own guess from the machine's name does not count."""
    answers = [
        git.run(["-c", "user.useConfigOnly=true", "var", f"GIT_{who}_IDENT"], check=False)
        for who in ("AUTHOR", "COMMITTER")
    ]
    return all(answer.code == 0 for answer in answers)


def _index_line(git: Git, base: str, path: str, data: bytes | None, env: Mapping[str, str]) -> bytes:
    name = path.encode("utf-8", "surrogateescape")
    if data is None:
        return b"0 " + b"0" * len(git.run(["rev-parse", base]).text) + b"\t" + name + b"\0"
    # With the path, so that the repository's rules for line ends and filters hold as they would for `add`.
    made = git.run(["hash-object", "-w", "--stdin", f"--path={path}"], input=data, env=env)
    listed = git.run(["ls-tree", "-z", base, "--", path]).out
    mode = listed[:6] if listed[:6] in (b"100644", b"100755") else b"100644"
    return mode + b" " + made.out.strip() + b"\t" + name + b"\0"


def _check(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or ".git" in {part.lower() for part in parts}:
        raise UsageError(f"{path!r} is no path inside a repository.")
