"""Publishes files with proof: commit only them, push that commit, fetch, compare the hashes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal, TypeVar

from core.errors import Cancelled, TaskdeckError
from core.plain_text import plural, printable
from core.project import Project
from core.publishing.publish_check import (
    Looked,
    OtherCommit,
    PublishRequest,
    PublishState,
    deletions,
    look_around,
    other_commits,
    state_of,
)
from core.publishing.refusals import PublishRefused, commit_refused
from core.publishing.remote import Target, fetch, push, remember_upstream
from core.publishing.repository import Repository

StepName = Literal["look", "commit", "push", "prove"]
StepState = Literal["running", "done", "skipped", "failed"]


@dataclass(frozen=True)
class Step:
    """One step of a publication. `words` is one plain sentence; `proof` what it rests on, by name."""

    name: StepName
    state: StepState
    words: str
    proof: dict[str, str]
    seconds: float = 0.0
    output: str = ""


Listener = Callable[[Step], None]
Answer = TypeVar("Answer")
_TEXTS = frozenset((".md", ".txt", ".rst", ".adoc"))
_LONGEST = 50


@dataclass(frozen=True)
class Published:
    """A publication that is proven. `commit` is the commit of the branch that was pushed and fetched again.

    `made` is the commit this call made; None when HEAD held the files already.
    """

    commit: str
    made: str | None
    state: PublishState
    steps: tuple[Step, ...]


def publish(
    repository: Repository,
    request: PublishRequest,
    listener: Listener = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    on_look: Callable[[Looked], None] = lambda _: None,
) -> Published:
    """Commit the files, push that commit to the branch's own remote branch, and prove it by the hashes.

    Never forces, amends, merges or rebases; the user's index and all other files stay as they are. Steps are
    told to `listener` as they begin and end, what was seen of files and remote to `on_look`; `cancelled` is
    asked between them. Raises PublishRefused (with what was done already said in its message), NotFound,
    UsageError, Cancelled, TaskdeckError.
    """
    return _Publication(repository, request, listener, cancelled, on_look).run()


def default_subject(project: Project, paths: Sequence[str], task_path: str) -> str:
    """The first line of the commit's message when nobody gives one: what of `paths` is committed.

    They and `task_path`, the task file's, count from the top of the repository.
    """
    if not paths or task_path in paths:
        return f"chore: publish tasks of {project.name}"
    kind = "docs" if all(PurePosixPath(path).suffix in _TEXTS for path in paths) else "chore"
    path = _in_project(project, paths[0], task_path)
    is_short = len(path) <= _LONGEST and path.isprintable()
    what = path if len(paths) == 1 and is_short else plural(len(paths), "file")
    return f"{kind}: publish {what} of {project.name}"


def _in_project(project: Project, path: str, task_path: str) -> str:
    """The path as somebody in the project's folder names it."""
    own = project.tasks_file.absolute()
    if own.is_relative_to(project.root.absolute()):
        prefix = task_path.removesuffix(own.relative_to(project.root.absolute()).as_posix())
        return path.removeprefix(prefix)
    return path


class _Publication:
    def __init__(
        self,
        repository: Repository,
        request: PublishRequest,
        listener: Listener,
        cancelled: Callable[[], bool],
        on_look: Callable[[Looked], None],
    ) -> None:
        self.repository = repository
        self.request = request
        self.listener = listener
        self.cancelled = cancelled
        self.on_look = on_look
        self.steps: list[Step] = []

    def run(self) -> Published:
        looked = self._step("look", "looking at the repository and its remote", self._look)
        with ThreadPoolExecutor(1) as pool:
            # Takes its time among many files, and nothing that follows changes the answer.
            outside = pool.submit(deletions, self.repository, looked.chosen.paths)
            return self._go_on(looked, outside)

    def _go_on(self, looked: Looked, outside: Future[list[str]]) -> Published:
        target = looked.target
        assert target is not None
        made = self._step("commit", "committing", lambda: self._commit(looked))
        commit = made or looked.head or ""
        self._step("push", f"pushing to {target}", lambda: self._push(looked, target, commit))
        state = self._step("prove", f"asking {target}", lambda: self._prove(looked, target, commit, outside))
        return Published(commit, made, state, tuple(self.steps))

    def _step(self, name: StepName, words: str, work: Callable[[], tuple[Step, Answer]]) -> Answer:
        if self.cancelled():
            raise Cancelled(f"Publishing was stopped before the step {name}.{self._so_far()}")
        begun = time.monotonic()
        self.listener(Step(name, "running", words, {}))
        try:
            step, answer = work()
        except TaskdeckError as error:
            output = error.output if isinstance(error, PublishRefused) else ""
            self.listener(Step(name, "failed", error.message, {}, time.monotonic() - begun, output))
            raise
        step = replace(step, seconds=time.monotonic() - begun)
        self.steps.append(step)
        self.listener(step)
        return answer

    def _so_far(self) -> str:
        done = [step.words for step in self.steps if step.state == "done" and step.name != "look"]
        return " Done so far: " + " ".join(done) if done else " Nothing was changed."

    def _look(self) -> tuple[Step, Looked]:
        looked = look_around(self.repository, self.request)
        self.on_look(looked)
        if looked.problems:
            raise looked.problems[0]
        target = looked.target
        assert target is not None
        others = self._others(looked, target)
        if others and not self.request.include_unpushed and self._needs_push(looked):
            raise _would_take_along(target, others)
        held = looked.look.commit if looked.look else None
        proof = {"branch": looked.branch or "", "remote": str(target), "head": looked.head or ""}
        proof |= {"remoteCommit": held or "none", "paths": ", ".join(looked.chosen.paths)}
        along = f", {_counted(len(others))} along" if others else ""
        there = f"is at {held[:7]}" if held else "does not exist yet"
        words = f"{looked.branch} goes to {target}, which {there}{along}."
        return Step("look", "done", words, proof), looked

    def _others(self, looked: Looked, target: Target) -> Sequence[OtherCommit]:
        base = looked.look.commit if looked.look else None
        if base is not None and base == looked.head:
            return ()
        return other_commits(self.repository, target, looked.chosen.paths, base)

    def _needs_push(self, looked: Looked) -> bool:
        """Whether the remote's branch does not hold the files as they are here."""
        there = looked.look.commit if looked.look else None
        if there is None:
            return True
        paths = looked.chosen.paths
        return self.repository.blob_hashes(there, paths) != self.repository.file_hashes(paths)

    def _commit(self, looked: Looked) -> tuple[Step, str | None]:
        repository, head = self.repository, looked.head or ""
        held = repository.blob_hashes(head, looked.chosen.paths)
        here = repository.file_hashes(looked.chosen.paths)
        paths = [path for path in looked.chosen.paths if held[path] != here[path]]
        if not paths:
            words = f"No commit was made: {head[:7]} holds these files already."
            return Step("commit", "skipped", words, {"commit": head}), None
        output = repository.commit_only(paths, self._message(paths, looked.chosen.task_path))
        if output.code != 0:
            raise commit_refused(output)
        made, parents, changes = self._tip(looked.branch or "")
        if made == head:
            words = f"No commit was made: git finds nothing to commit in {', '.join(paths)}."
            return Step("commit", "skipped", words, {"commit": head}, 0.0, output.err), None
        _check_commit(made, parents == head, set(changes) - set(paths))
        proof = {"commit": made, "parent": head, "paths": ", ".join(paths)}
        proof["changes"] = "\n".join(changes.values())
        words = f"Commit {made[:7]} holds {', '.join(paths)}."
        return Step("commit", "done", words, proof, 0.0, output.err), made

    def _tip(self, branch: str) -> tuple[str, str, dict[str, str]]:
        """The branch's last commit, its parents, and what it changes by path."""
        args = ["log", "--no-show-signature", "--max-count=1", "-z", "--format=%H%x00%P%x00", "--no-renames"]
        told = self.repository.run([*args, "--numstat", f"refs/heads/{branch}", "--"]).text
        commit, parents, rest = told.split("\0", 2)
        counts = [line.strip("\n").split("\t", 2) for line in rest.split("\0") if line.strip("\n")]
        return commit, parents, {path: f"+{added} -{removed} {path}" for added, removed, path in counts}

    def _message(self, paths: Sequence[str], task_path: str) -> str:
        if self.request.message:
            return self.request.message
        listed = "".join(f"{printable(path)}\n" for path in paths)
        return f"{default_subject(self.request.project, paths, task_path)}\n\n{listed}"

    def _push(self, looked: Looked, target: Target, commit: str) -> tuple[Step, None]:
        held = looked.look.commit if looked.look else None
        if held and commit == looked.head and not self._needs_push(looked):
            words = f"Nothing was pushed: {target} holds these files already."
            return Step("push", "skipped", words, {"remote": str(target)}), None
        output = push(self.repository, target, commit)
        proof = {"commit": commit, "remote": str(target), "before": held or "none"}
        words = f"Pushed {commit[:7]} to {target}."
        return Step("push", "done", words, proof, 0.0, f"{output.err}\n{output.text}".strip()), None

    def _prove(
        self, looked: Looked, target: Target, commit: str, outside: Future[list[str]]
    ) -> tuple[Step, PublishState]:
        seen = fetch(self.repository, target)
        if target.is_new and seen.commit:
            remember_upstream(self.repository, target, looked.branch or "")
        looked = replace(looked, look=seen, problems=())
        self.on_look(looked)
        state = state_of(self.repository, looked, fetched=outside.result())
        proof = {"remote": str(target), "remoteCommit": seen.commit or "none"}
        for truths in state.truths:
            proof[truths.path] = f"{truths.file.hash} = {truths.remote.hash}"
        if not state.proven:
            raise _not_proven(target, commit, state)
        main = state.main
        digest = (main.remote.hash or "")[:7] if main else ""
        return Step(
            "prove", "done", f"{target} holds git blob {digest}, the same as the file here.", proof
        ), state


def _check_commit(made: str, is_next: bool, extra: set[str]) -> None:
    """That the commit is ours and holds nothing else, whatever ran at the same time."""
    if not is_next:
        raise PublishRefused(
            "moved",
            f"Somebody else committed or changed the branch meanwhile; commit {made[:7]} was not pushed.",
            "Look at `git log`, then publish again.",
        )
    if extra:
        raise PublishRefused(
            "hook_added",
            f"A commit hook put more into commit {made[:7]}: {', '.join(sorted(extra))}. It was not pushed.",
            "If that is meant, publish again with --include-unpushed.",
            way="include_unpushed",
        )


def _counted(count: int) -> str:
    return "1 other commit" if count == 1 else f"{count} other commits"


def _would_take_along(target: Target, others: Sequence[OtherCommit]) -> PublishRefused:
    listed = [f"{one.commit[:7]} {one.subject}" for one in others[:5]]
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return PublishRefused(
        "other_commits",
        f"Pushing to {target} would publish {_counted(len(others))} too: {'; '.join(listed)}{more}.",
        f"--include-unpushed allows that; `git log {target}..` shows them.",
        way="include_unpushed",
    )


def _not_proven(target: Target, commit: str, state: PublishState) -> PublishRefused:
    wrong = [truths for truths in state.truths if not truths.proven]
    first = wrong[0] if wrong else None
    what = ""
    if first:
        place = "HEAD" if not first.committed else str(target)
        there = first.head.hash if not first.committed else first.remote.hash
        here = f"git blob {first.file.hash[:7]}" if first.file.hash else "gone"
        what = f": {first.path} is {here} here and {(there or 'missing')[:7]} in {place}"
    return PublishRefused(
        "not_proven",
        f"{commit[:7]} is on its way, but {target} does not hold what is here{what}.",
        "The file or the remote changed meanwhile; publish again.",
    )
