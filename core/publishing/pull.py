"""The other direction: fetch, tell ahead from behind, fast-forward, or offer the remote's tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.errors import Conflict, DamagedFile, Refused
from core.project import Project
from core.publishing.branch_words import apart_words
from core.publishing.publish_paths import path_in
from core.publishing.refusals import PublishRefused, state_problems
from core.publishing.remote import RemoteLook, Target, fetch, nowhere, target_of
from core.publishing.repository import Repository
from core.settings.read_only import check_writable
from core.tasks.document import TaskDocument, parse
from core.tasks.merging.field_conflict import FieldConflict, Side

if TYPE_CHECKING:
    from core.tasks.store import Change, TaskStore

Relation = Literal["same", "ahead", "behind", "diverged", "absent"]
"""How the branch here stands to the one on the remote; absent: the remote has no such branch."""


@dataclass(frozen=True)
class Fetched:
    """What a fetch showed. `changes` are the paths the remote's new commits touch; `in_the_way` those of
    them that have changes of their own here."""

    branch: str
    target: Target
    relation: Relation
    ahead: int
    behind: int
    head: str
    remote: RemoteLook
    base: str | None
    changes: tuple[str, ...]
    in_the_way: tuple[str, ...]

    @property
    def can_forward(self) -> bool:
        """Whether the branch can simply move on: nothing of our own is touched."""
        return self.relation == "behind" and not self.in_the_way


@dataclass(frozen=True)
class TaskProposal:
    """The remote's task file merged into ours by task id and field.

    `base` is what both began from, None where they share nothing. `text` is the whole merged file;
    `conflicts` are the fields both sides changed, each with the side that `text` follows. `added` and
    `removed` are the keys of tasks that come and go. `seen` is our content it was made for.
    """

    path: str
    commit: str
    seen: bytes
    text: str
    conflicts: tuple[FieldConflict, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether the remote has nothing that is not here, and nobody has to decide anything."""
        return self.text.encode() == self.seen and not self.conflicts


def fetch_state(repository: Repository, remote: str | None = None, protected: Sequence[str] = ()) -> Fetched:
    """Fetch the branch's own remote branch and compare; no file, no branch changes. Raises PublishRefused.

    Branches that match `protected` are not told to be published.
    """
    branch, head = repository.branch, repository.head
    for problem in state_problems(repository, (branch, head)):
        if problem.reason in ("detached", "unborn"):
            raise problem
    assert branch is not None
    assert head is not None
    if remote is None and repository.upstream_of(branch) is None:
        raise nowhere(repository, branch, protected)
    target = target_of(repository, branch, remote)
    return compare(repository, branch, head, target, fetch(repository, target))


def compare(repository: Repository, branch: str, head: str, target: Target, seen: RemoteLook) -> Fetched:
    """How `branch` at `head` stands to what the remote answered, whose commit is here already."""
    if seen.commit is None:
        return Fetched(branch, target, "absent", 0, 0, head, seen, None, (), ())
    counts = repository.run(["rev-list", "--left-right", "--count", f"{head}...{seen.commit}", "--"]).text
    ahead, behind = map(int, counts.split())
    relation: Relation = (
        "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "same"
    )
    bases = repository.run(["merge-base", head, seen.commit], check=False)
    base = bases.text if bases.code == 0 else None
    changes = _changes(repository, base, seen.commit) if behind else ()
    return Fetched(
        branch, target, relation, ahead, behind, head, seen, base, changes, in_the_way(repository, changes)
    )


def fast_forward(repository: Repository, fetched: Fetched) -> str:
    """Move the branch on to the remote's commit; returns it. Raises Refused, Conflict."""
    _check_quiet(repository)
    if not fetched.can_forward or fetched.remote.commit is None:
        raise Refused(_why_not(fetched), "`taskdeck pull` offers the task file alone.")
    return _forward(repository, fetched)


def propose(
    repository: Repository,
    project: Project,
    fetched: Fetched,
    choose: Mapping[tuple[str, str, str], Side] | None = None,
) -> TaskProposal | None:
    """The remote's task file as a merge into ours; None when the remote has none or the same.

    `choose` settles conflicts by tag, task and field. Raises DamagedFile when either side does not parse.
    """
    from core.tasks.merging.merge import merge_documents

    path, commit = path_in(repository, project.tasks_file), fetched.remote.commit
    theirs = repository.read(commit, path) if commit else None
    if commit is None or theirs is None:
        return None
    if not project.tasks_file.is_file():
        return TaskProposal(path, commit, b"", theirs.decode("utf-8", "replace"), (), _keys(theirs), ())
    ours = project.tasks_file.read_bytes()
    base = repository.read(fetched.base, path) if fetched.base else None
    merged = merge_documents(
        parse(ours, project.tasks_file), parse(theirs, f"{fetched.target}:{path}"), _readable(base), choose
    )
    proposal = TaskProposal(path, commit, ours, merged.text, merged.conflicts, merged.added, merged.removed)
    return None if proposal.empty else proposal


def apply_proposal(store: TaskStore, proposal: TaskProposal, where: str) -> Change:
    """Write the merged task file as one edit that undoes. Raises Conflict when ours changed since."""
    title = f"pull: tasks of {where}"
    return store.replace(proposal.text, title=title, expected=proposal.seen or None)


def forward_around(repository: Repository, fetched: Fetched, path: str) -> bool:
    """Once the remote's tasks are here: move the branch on, the task file at `path` staying a local change.

    Only when nothing else is in the way and the branch has no commit of its own; says whether it moved.
    """
    _check_quiet(repository)
    commit = fetched.remote.commit
    if commit is None or fetched.relation != "behind" or set(fetched.in_the_way) - {path}:
        return False
    entry = repository.entry(commit, path)
    before = repository.entry("HEAD", path)
    if entry is None or entry.mode not in ("100644", "100755"):
        return False
    # With the remote's content in the index git sees that the file needs no writing, and leaves it alone.
    _stage(repository, path, entry.mode, entry.hash)
    try:
        _forward(repository, fetched)
    except Conflict:
        if before is not None:
            _stage(repository, path, before.mode, before.hash)
        else:
            repository.run(["update-index", "--force-remove", "--", path])
        return False
    return True


def _stage(repository: Repository, path: str, mode: str, blob: str) -> None:
    line = f"{mode} {blob}\t".encode() + path.encode("utf-8", "surrogateescape") + b"\0"
    repository.run(["update-index", "-z", "--index-info"], input=line)


def _forward(repository: Repository, fetched: Fetched) -> str:
    commit = fetched.remote.commit or ""
    if repository.head != fetched.head or repository.branch != fetched.branch:
        raise Conflict("The branch moved since it was compared with the remote.", "Pull again.")
    args = ["merge", "--ff-only", "--no-verify-signatures", "--no-autostash", "--quiet", commit]
    answer = repository.run(args, hooks=True, check=False, timeout=600)
    if repository.head != commit:
        raise Conflict(
            f"The branch {fetched.branch} was not moved to {commit[:7]}: {answer.words}.",
            "Commit or undo your changes to those files, then pull again.",
        )
    return commit


def _check_quiet(repository: Repository) -> None:
    check_writable(repository.folder)
    problems: list[PublishRefused] = list(state_problems(repository))
    if problems:
        raise problems[0]


def _changes(repository: Repository, base: str | None, commit: str) -> tuple[str, ...]:
    if base is None:
        return tuple(repository.list(commit))
    args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", base, commit, "--"]
    return tuple(_split(repository.run(args).out))


def in_the_way(repository: Repository, changes: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `changes` that have changes of their own here now, untracked and ignored files too."""
    if not changes:
        return ()
    args = ["status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all", "--ignored"]
    told = repository.run(args, env={"GIT_OPTIONAL_LOCKS": "0"}).out
    changed = {_status_path(line) for line in _split(told)}
    folders = {folder for path in changed for folder in _above(path.rstrip("/"))}
    return tuple(path for path in changes if path in changed or path in folders or _covers(path, changed))


def _covers(path: str, changed: set[str]) -> bool:
    """Whether an untracked folder, or a file in a folder's place, stands where `path` is to be."""
    return f"{path}/" in changed or any(
        folder in changed or f"{folder}/" in changed for folder in _above(path)
    )


def _above(path: str) -> list[str]:
    """The folders that the path lies in."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _status_path(line: str) -> str:
    fields = {"1": 8, "u": 10, "?": 1, "!": 1}.get(line[:1], 1)
    return line.split(" ", fields)[-1]


def _split(data: bytes) -> list[str]:
    return [path.decode("utf-8", "surrogateescape") for path in data.split(b"\0") if path]


def _why_not(fetched: Fetched) -> str:
    if fetched.relation == "diverged":
        return apart_words(fetched.branch, fetched.target, fetched.ahead, fetched.behind)
    if fetched.in_the_way:
        return f"Your own changes are in the way: {', '.join(fetched.in_the_way[:5])}."
    return f"{fetched.target} has no commit that is not here."


def _readable(data: bytes | None) -> TaskDocument | None:
    if data is None:
        return None
    try:
        return parse(data)
    except DamagedFile:
        return None


def _keys(data: bytes) -> tuple[str, ...]:
    document = _readable(data)
    return tuple(key for tag in document.tags.values() for key in tag.nodes) if document else ()
