"""What holds of a publication: clean, committed, pushed or proven, and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import NotFound, TaskdeckError
from core.project import Project
from core.publishing.missing_files import gone_files, missing_remarks, no_task_file
from core.publishing.publish_paths import Chosen, choose_paths, path_in
from core.publishing.refusals import PublishRefused, path_problems, protected_problem, state_problems
from core.publishing.remote import RemoteLook, Target, bring, look, target_of
from core.publishing.remote_news import news_problem
from core.publishing.repository import Repository
from core.publishing.truths import TruthReader, Truths
from core.settings.read_only import why_read_only

State = Literal["changed", "clean", "committed", "pushed", "proven"]
"""The strongest that holds of every path; each but "clean" includes those before it.

changed: there is something to commit; clean: git sees nothing to commit (which proves nothing); committed:
HEAD holds exactly these files; pushed: so does the remote's branch as we remember it; proven: so does the
remote, asked just now.
"""


@dataclass(frozen=True)
class PublishRequest:
    """What to publish and what is allowed. `paths` are files or folders; none are the usual files.

    `remote` names a remote for a branch that has none; `protected` are patterns of branches that are never
    pushed to; `forbidden` says which setting forbids publishing at all.
    """

    project: Project
    paths: tuple[Path, ...] = ()
    message: str = ""
    remote: str | None = None
    include_unpushed: bool = False
    protected: tuple[str, ...] = ()
    forbidden: str = ""
    prd: Path | None = None


@dataclass(frozen=True)
class OtherCommit:
    """A commit that a push would take along although it holds more than the published paths."""

    commit: str
    subject: str
    author: str


@dataclass(frozen=True)
class PublishState:
    """Everything that is known about a publication, by looking only."""

    state: State
    branch: str | None
    commit: str | None
    target: Target | None
    address: str
    truths: tuple[Truths, ...]
    task_path: str
    clean: bool
    ahead: int | None
    behind: int | None
    others: tuple[OtherCommit, ...]
    outside: tuple[str, ...]
    """Tracked files that are gone from the work tree or the index; they are never committed here."""
    problems: tuple[PublishRefused, ...]
    notes: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """What to say of `outside`, with commands for somebody in the project's folder."""
    gone: tuple[str, ...] = ()
    """Those of `outside` at which nothing lies, so that they can be brought back."""

    @property
    def proven(self) -> bool:
        return self.state == "proven"

    @property
    def main(self) -> Truths | None:
        """The task file's truths, or those of the first path."""
        named = [truths for truths in self.truths if truths.path == self.task_path]
        return (named or list(self.truths) or [None])[0]


@dataclass(frozen=True)
class Looked:
    """What both `check` and `publish` begin with."""

    chosen: Chosen
    branch: str | None
    head: str | None
    target: Target | None
    look: RemoteLook | None
    problems: tuple[PublishRefused, ...]


def look_around(repository: Repository, request: PublishRequest) -> Looked:
    """All that can be known before a commit; the remote is asked meanwhile. Raises NotFound, UsageError."""
    branch, head = repository.branch, repository.head
    problems: list[PublishRefused] = []
    target: Target | None = None
    if branch is not None:
        try:
            target = target_of(repository, branch, request.remote)
        except PublishRefused as refused:
            problems.append(refused)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(look, repository, target) if target else None
        if not request.paths and not request.project.tasks_file.is_file():
            raise _no_task_file(repository, request, target, asked)
        chosen = choose_paths(repository, request.project, request.paths, request.prd)
        problems = [*state_problems(repository, (branch, head)), *problems]
        problems += path_problems(repository, chosen.paths, chosen.task_path)
        problems = _with_forbidden(problems, _forbidden(request, branch, target))
        problems = [*_read_only(request), *problems]
        found = _answer(asked, problems)
    if branch and target and found and head:
        news = news_problem(repository, request.project, branch, target, found, head)
        problems += [news] if news else []
    return Looked(chosen, branch, head, target, found, tuple(problems))


def check(repository: Repository, request: PublishRequest) -> PublishState:
    """What holds and what stands in the way; only looks, also at the remote. Raises NotFound, UsageError."""
    looked = look_around(repository, request)
    return state_of(repository, looked, why_unanswered(looked.problems))


def why_unanswered(problems: Sequence[PublishRefused]) -> str:
    """Why the remote did not say what it holds; empty where it did."""
    return next((p.message for p in problems if p.reason in ("credentials", "unreachable")), "")


def state_of(
    repository: Repository, looked: Looked, why: str = "", fetched: list[str] | None = None
) -> PublishState:
    """The state of what was looked at; the files, HEAD and what is remembered are read again now.

    `fetched` says that the remote was just fetched, and holds the deletions, which are known then.
    """
    problems, seen = list(looked.problems), looked.look
    chosen, target = looked.chosen, looked.target
    try:
        reader = TruthReader(repository, target, seen, why, chosen.paths, looked.branch, fetched is not None)
    except PublishRefused as refused:
        problems.append(refused)
        seen = None
        reader = TruthReader(repository, target, None, refused.message, chosen.paths)
    truths = tuple(reader.read(path, path == chosen.task_path) for path in chosen.paths)
    clean = all(one.committed for one in truths) or not _dirty(repository, chosen.paths)
    there = seen.commit if seen else repository.commit(target.upstream.tracking) if target else None
    ahead, behind = _distance(repository, reader.head, there)
    others = other_commits(repository, target, chosen.paths, there) if target and ahead != 0 else ()
    outside = deletions(repository, chosen.paths) if fetched is None else fetched
    return PublishState(
        _state(truths, clean),
        looked.branch,
        reader.head,
        target,
        target.shown if target else "",
        truths,
        chosen.task_path,
        clean,
        ahead,
        behind,
        others,
        tuple(outside),
        tuple(problems),
        chosen.notes,
        tuple(missing_remarks(repository, outside, repository.top / repository.prefix)),
        tuple(gone_files(repository, outside)),
    )


def other_commits(
    repository: Repository, target: Target, paths: Sequence[str], base: str | None = None
) -> tuple[OtherCommit, ...]:
    """The commits that a push would publish beside those that hold nothing but `paths`, the newest first."""
    known = base or repository.commit(target.upstream.tracking)
    without = [f"^{known}"] if known else ["--not", f"--remotes={target.upstream.remote}"]
    args = [
        "log",
        "--no-show-signature",
        "-z",
        "--max-count=500",
        "--format=%x01%H%x02%s%x02%an%x02",
        "--name-only",
    ]
    told = repository.run(
        [*args, "--no-renames", "--diff-merges=first-parent", "HEAD", *without, "--"], check=False
    )
    others: list[OtherCommit] = []
    for block in told.text.split("\x01")[1:]:
        commit, subject, author, names = block.split("\x02", 3)
        touched = {name for name in names.strip("\n\0").split("\0") if name}
        if not touched or not touched <= set(paths):
            others.append(OtherCommit(commit, subject, author))
    return tuple(others)


def deletions(repository: Repository, paths: Sequence[str] = ()) -> list[str]:
    """Tracked files that are missing in the work tree or removed from the index, but for `paths`."""
    args = ["diff-index", "-z", "--name-only", "--no-renames", "--diff-filter=D", "--ignore-submodules"]
    listed = repository.run([*args, "HEAD", "--"], check=False).out.split(b"\0")
    found = [path.decode("utf-8", "surrogateescape") for path in listed if path]
    return [path for path in found if path not in paths]


def _read_only(request: PublishRequest) -> Sequence[PublishRefused]:
    why = why_read_only(request.project.root)
    return [PublishRefused("read_only", why.message, why.hint)] if why else []


def _forbidden(
    request: PublishRequest, branch: str | None, target: Target | None
) -> Sequence[PublishRefused]:
    problems: list[PublishRefused] = []
    if request.forbidden:
        hint = f"`taskdeck config show {request.forbidden}` says where that is set."
        problems.append(
            PublishRefused(
                "forbidden", f"The setting {request.forbidden} does not allow publishing here.", hint
            )
        )
    for name in dict.fromkeys(n for n in (target.upstream.branch if target else None, branch) if n):
        protected = protected_problem(name, request.protected)
        if protected:
            problems.append(protected)
            break
    return problems


def _with_forbidden(
    problems: Sequence[PublishRefused], forbidden: Sequence[PublishRefused]
) -> list[PublishRefused]:
    """All of them; but a protected branch is not told how to make its branch on the remote."""
    if any(problem.reason == "protected" for problem in forbidden):
        problems = [problem for problem in problems if problem.reason != "no_upstream"]
    return [*problems, *forbidden]


def _no_task_file(
    repository: Repository, request: PublishRequest, target: Target | None, asked: Future[RemoteLook] | None
) -> NotFound:
    found = _answer(asked, [])
    if target and found:
        with suppress(TaskdeckError):
            bring(repository, target, found)
    file, commit = request.project.tasks_file, found.commit if found else None
    path = path_in(repository, file)
    return no_task_file(repository, file, path, Path.cwd(), str(target), commit)


def _answer(asked: Future[RemoteLook] | None, problems: list[PublishRefused]) -> RemoteLook | None:
    if asked is None:
        return None
    try:
        return asked.result()
    except PublishRefused as refused:
        problems.append(refused)
    except TaskdeckError as error:
        problems.append(PublishRefused("unreachable", error.message, error.hint))
    return None


def _distance(repository: Repository, head: str | None, there: str | None) -> tuple[int | None, int | None]:
    """How many commits HEAD has that the remote's branch has not, and the other way round."""
    if head is None or there is None:
        return None, None
    if head == there:
        return 0, 0
    args = ["rev-list", "--left-right", "--count", f"{head}...{there}", "--"]
    counts = repository.run(args, check=False).text.split()
    return (int(counts[0]), int(counts[1])) if len(counts) == 2 else (None, None)


def _dirty(repository: Repository, paths: Sequence[str]) -> bool:
    args = ["status", "--porcelain", "-z", "--untracked-files=all", "--", *paths]
    return bool(repository.run(args, env={"GIT_OPTIONAL_LOCKS": "0"}).out)


def _state(truths: Sequence[Truths], clean: bool) -> State:
    if not truths or not all(one.committed for one in truths):
        return "clean" if clean else "changed"
    if all(one.proven for one in truths):
        return "proven"
    return "pushed" if all(one.pushed for one in truths) else "committed"
