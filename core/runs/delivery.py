"""What of a run leaves this machine: its input published with proof, its branch pushed, its pull request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.config import Loaded, load_settings
from core.documents.coverage import coverage
from core.errors import Refused, TaskdeckError
from core.project import Project, project_at
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.link import compare_link
from core.publishing.forge.model import PullRequest, Wanted
from core.publishing.publish import Step, publish
from core.publishing.publish_check import PublishRequest
from core.publishing.pull_request import ensure_pull_request
from core.publishing.pull_request_text import Facts, body_of, title_of
from core.publishing.refusals import PublishRefused
from core.publishing.remote import Target, look, push, target_of
from core.publishing.repository import Repository
from core.runs.folder import RunFolder
from core.runs.ledger import Judged
from core.runs.places import BranchPlace
from core.runs.request import RunRequest
from core.runs.stages import Stages
from core.runs.workspace import finish
from core.tasks.document import Tag


@dataclass(frozen=True)
class Delivered:
    """The end of a stage that left this machine: `words` in one line, `proof` to look at again."""

    words: str
    proof: Mapping[str, str]
    skipped: bool = False


class Delivery:
    """The stages publish, push and pull_request of one run. Each blocks, and may be done again."""

    def __init__(self, request: RunRequest, repository: Repository) -> None:
        self.request = request
        self.repository = repository

    def publish(self, told: Callable[[str], object], cancelled: Callable[[], bool]) -> tuple[str, Delivered]:
        """Publish the task file and what belongs to it; the commit agents work at, and the proof.

        Raises PublishRefused with its way out, Refused when another branch is checked out by now, Cancelled.
        """
        self._check_branch()
        done: dict[str, Step] = {}

        def listen(step: Step) -> None:
            if step.state == "done":
                done[step.name] = step
                told(step.words)

        try:
            published = publish(self.repository, self._publish_request(), listen, cancelled)
        except PublishRefused as refused:
            if "commit" in done and "push" not in done:
                refused.message += f" Commit {done['commit'].proof['commit'][:7]} was made here, not pushed."
            raise
        state = published.state
        main = state.main
        for remark in state.missing:
            told(remark)
        # Where the files were there already, HEAD may have commits nobody pushed; they stay at home.
        commit = (main.remote.commit if main else None) or published.commit
        proof = {"commit": commit, "remote": str(state.target), "address": state.address}
        if main is not None:
            hashes = {"local hash": main.file.hash or "", "remote hash": main.remote.hash or ""}
            proof |= {"task file": main.path, **hashes}
        made = "committed and pushed" if published.made else "was there already"
        return commit, Delivered(f"{state.target} holds the task file: {made}.", proof)

    def push(self, commit: str) -> Delivered:
        """Push the run's branch and ask the remote whether it is there. Raises PublishRefused, Refused."""
        target = target_of(self.repository, self.request.branch, self.request.remote)
        self._push(target, commit)
        there = look(self.repository, target).commit
        if there != commit:
            raise Refused(
                f"{target} stands at {(there or 'nothing')[:12]} after the push, not at {commit[:12]}.",
                "Somebody else pushed to the run's branch, or the server took it away: look there.",
            )
        address = self.repository.remote_address(self.request.remote)
        proof = {"remote": str(target), "commit": commit, "address": address}
        return Delivered(f"{target} is at {commit[:12]}, read back from the remote.", proof)

    def _push(self, target: Target, commit: str) -> None:
        try:
            push(self.repository, target, commit)
        except PublishRefused as refused:
            if refused.reason not in ("rejected", "hook"):
                raise
            # What helps with a branch of the user's own would publish that one; here the result waits.
            hint = (
                f"The result stays on {self.request.branch}. Meet the rule it names, then "
                f"`taskdeck runs retry {self.request.id}` pushes it again."
            )
            raise PublishRefused(refused.reason, refused.message, hint, refused.output, "retry") from None

    def pull_request(self, commit: str, facts: Facts) -> Delivered:
        """Make sure of the pull request and read it back; without a forge give the link that makes one.

        Raises Refused when it is not what was asked for, TaskdeckError with what the forge said.
        """
        request = self.request
        wanted = Wanted(request.remote_base, request.branch, commit, title_of(facts), body_of(facts))
        choice = choose_forge(self.repository.remote_address(request.remote), self._settings())
        if choice.forge is None:
            if choice.remote is None:
                raise TaskdeckError(
                    f"No pull request can be made: {choice.why}",
                    f"Make it by hand from {request.branch} to {request.remote_base}.",
                )
            link = compare_link(choice.remote, wanted, choice.kind == "gitlab")
            return Delivered(f"{choice.why} A person can make it: {link}", {"link": link}, skipped=True)
        ensured = ensure_pull_request(choice.forge, wanted)
        found = ensured.pull_request
        how = "made" if ensured.created else "was there already"
        name = f"{found.noun.capitalize()} {found.label}"
        words = f"{name} ({how}) goes from {found.head} to {found.base}: {found.url}"
        return Delivered(words, pull_request_proof(found))

    def _check_branch(self) -> None:
        branch = self.repository.branch
        if branch != self.request.source_branch:
            raise Refused(
                f"The branch {branch or '(detached)'} is checked out now, not {self.request.source_branch}.",
                "Start the run again on the branch it is meant for.",
            )

    def _publish_request(self) -> PublishRequest:
        request, settings = self.request, self._settings().settings.publish
        return PublishRequest(
            self._project(),
            remote=request.remote or None,
            include_unpushed=request.include_unpushed,
            protected=settings.protected,
            prd=Path(request.prd) if request.prd else None,
        )

    def _project(self) -> Project:
        return replace(project_at(Path(self.request.root)), tasks_file=Path(self.request.tasks_file))

    def _settings(self) -> Loaded:
        return load_settings(project_at(Path(self.request.root)), strict=False)


async def publish_input(stages: Stages, delivery: Delivery, cancelled: Callable[[], bool]) -> str:
    """The stage publish; returns the commit agents work at: what the remote provably holds.

    Raises as `Delivery.publish`.
    """
    stages.begin("publish")
    commit, done = await finish(delivery.publish, stages.note, cancelled)
    stages.end("publish", "done", done.words, **done.proof)
    return commit


async def deliver(
    stages: Stages, delivery: Delivery, commit: str, facts: Callable[[], Facts]
) -> tuple[str, dict[str, str]]:
    """The stages push and pull_request, each proven by asking back; what to say of it, and the evidence.

    `facts` blocks and is asked once the branch is there. Raises as `Delivery.push` and `pull_request`.
    """
    stages.begin("push")
    pushed = await finish(delivery.push, commit)
    stages.end("push", "done", pushed.words, **pushed.proof)
    evidence = {"remote": pushed.proof["remote"]}
    if not delivery.request.pr:
        return pushed.words, evidence
    stages.begin("pull_request")
    made = await finish(delivery.pull_request, commit, await finish(facts))
    stages.end("pull_request", "skipped" if made.skipped else "done", made.words, **made.proof)
    return made.words, evidence | {name: made.proof[name] for name in ("url", "link") if name in made.proof}


def pull_request_facts(
    request: RunRequest,
    repository: Repository,
    commit: str,
    tag: Tag | None,
    judged: Mapping[str, Judged],
    folder: RunFolder,
) -> Facts:
    """What the pull request says of the run: read from the branch itself, not from what was hoped. Blocks."""
    keys = (*request.earlier, *request.keys)
    tag = folder.tag() if tag is None else tag
    states: dict[str, dict[str, str]] = {}
    if request.kind == "docs":
        place = BranchPlace(repository, f"refs/heads/{request.branch}", f"branch {request.branch}")
        matrix = coverage(tag, request.names, [place], keys)
        states = {row.key: {file.name: file.state for file in row.files} for row in matrix.rows}
    gate = [f"{one.agent}: {one.words or 'passed'}" for one in judged.values()]
    # What is only delivered was made by an earlier run: its commit and task file are where it comes from.
    origin = _origin(folder)
    made_at, tasks_sha256 = (
        (commit, request.tasks_sha256)
        if origin.id == folder.id
        else (origin.worked_at(), origin.request.tasks_sha256)
    )
    return Facts(
        run=request.id,
        kind=request.kind,
        agent=request.agent,
        model=request.model,
        tasks=[(key, request.titles.get(key, "")) for key in keys],
        names=request.names,
        coverage=states,
        sources=[
            ("commit", made_at),
            ("task file", f"{request.tasks_path} sha256 {tasks_sha256}"),
            ("base", request.remote_base),
        ],
        gate=gate or ["it passed in the run before"],
        warnings=[f"{one.agent}: {words}" for one in judged.values() for words in one.warnings][:20],
    )


def _origin(folder: RunFolder) -> RunFolder:
    """The run whose agents made what `folder` delivers: itself, unless it had no task of its own."""
    while not folder.request.keys and folder.request.retry_of:
        before = RunFolder(folder.path.parent / folder.request.retry_of)
        if not before.request_file.is_file():
            return folder
        folder = before
    return folder


def pull_request_proof(found: PullRequest) -> dict[str, str]:
    """What a pull request is known by, as the proof of its stage."""
    proof = {
        "number": str(found.number),
        "name": f"{found.noun} {found.label}",
        "url": found.url,
        "base": found.base,
        "head": found.head,
        "commit": found.head_commit,
        "state": found.state,
    }
    if found.files is not None:
        proof["files"] = str(found.files)
    if found.checks is not None:
        proof["checks"] = found.checks.state
    return proof


def offered_status(state: str) -> str:
    """The status a task may get by the state of its pull request; empty for none. Nobody sets it unasked."""
    return {"open": "review", "merged": "done"}.get(state, "")
