"""Publishing and pulling from the app: looked at and done in threads, every step handed on as it happens."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from core.errors import TaskdeckError
from core.plain_text import plural
from tui.bridges.activity import Activity
from tui.bridges.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from core.publishing.publish import Published, Step
    from core.publishing.publish_check import PublishRequest, PublishState
    from core.publishing.pull import Fetched, TaskProposal
    from core.publishing.pull_changes import TaskChange
    from core.publishing.repository import Repository
    from core.runs.view import RunView
    from core.services import Workspace
    from core.tasks.merging.field_conflict import Side

AGAIN_SECONDS = 1.0
"""What git says here is looked at no more often."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class PublishWish:
    """What somebody allowed and named beside the usual files."""

    include_unpushed: bool = False
    remote: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Standing:
    """How the published files stand as far as is known. `asked` says when the remote was, None: not yet.

    `digest` is the sha256 of the task file it was told of.
    """

    state: PublishState | None
    seen: float
    digest: str
    asked: float | None = None
    why: str = ""
    """Why nothing can be said."""
    proven: float | None = None
    """When another process saw the remote hold all this, nothing having changed since."""


class Publishing:
    """Publishing of the open project. `listen` hears of every new standing, on the event loop.

    `local` looks at this machine only; nothing else asks the network but what a person called for.
    """

    def __init__(self, session: Session, activity: Activity) -> None:
        self.session = session
        self.activity = activity
        self.standing: Standing | None = None
        self.fetched: Fetched | None = None
        self.now: Callable[[], float] = time.time
        self._listeners: list[Callable[[], None]] = []
        self._wanted = asyncio.Event()
        self._heard: set[tuple[str, str]] = set()
        """How far runs are with their own publishing."""

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` with every new standing from now on."""
        self._listeners.append(listener)

    def subject_of(self, state: PublishState) -> str:
        """What the commit is called when nobody gives it another message."""
        from core.publishing.publish import default_subject

        paths = [truths.path for truths in state.truths if not truths.committed]
        return default_subject(self.session.workspace.project, paths, state.task_path)

    def look_again(self) -> None:
        """Something here may have changed: look soon."""
        self._wanted.set()

    def hear_of(self, runs: Sequence[RunView]) -> None:
        """Runs changed: where one published something, or was refused and left a commit here, look soon."""
        heard = {(run.id, stage.state) for run in runs for stage in run.stages if stage.name == "publish"}
        if heard != self._heard:
            self._heard = heard
            self.look_again()

    async def follow(self) -> None:
        """Look at this machine's side whenever that was asked for, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self.local()
            await asyncio.sleep(AGAIN_SECONDS)

    async def local(self) -> None:
        """What git here says of the task file; the remote is not asked, what it said before is kept."""
        standing = await asyncio.to_thread(self._local)
        before = self.standing
        if before is not None and before.asked is not None and _same_place(before, standing):
            return  # nothing moved since the remote itself was asked
        self._take(standing)

    def _local(self) -> Standing:
        digest = self._digest()
        try:
            state = self._in_repository(_local_state, publish_request(self.session.workspace))
        except TaskdeckError as error:
            return Standing(None, self.now(), digest, why=error.message)
        from core.publishing.kept_proof import proven_at

        return Standing(state, self.now(), digest, proven=proven_at(self.session.root, state))

    def _take(self, standing: Standing) -> None:
        self.standing = standing
        for listener in self._listeners:
            listener()

    def _digest(self) -> str:
        try:
            return hashlib.sha256(self.session.tasks_file.read_bytes()).hexdigest()
        except OSError:
            return ""

    def _in_repository(self, work: Callable[..., Answer], *arguments: object) -> Answer:
        from core.publishing.repository import Repository

        repository = Repository.open(self.session.root)
        try:
            return work(repository, *arguments)
        finally:
            repository.close()

    # Publishing ----------------------------------------------------------------------------------------

    async def check(self, wish: PublishWish = PublishWish()) -> PublishState:
        """Everything about a publication by looking only, also at the remote. Raises TaskdeckError."""
        from core.publishing.publish_check import check

        request = await asyncio.to_thread(publish_request, self.session.workspace, wish)
        digest = await asyncio.to_thread(self._digest)
        with self.activity.step("look at what is published") as step:
            state = await asyncio.to_thread(self._in_repository, check, request)
            step.detail = f"{state.state}, {state.target or 'no remote'}"
        asked = self.now() if _answered(state) else None
        self._take(Standing(state, self.now(), digest, asked))
        return state

    async def publish(
        self, wish: PublishWish, on_step: Callable[[Step], None], cancelled: threading.Event
    ) -> Published:
        """Commit, push and prove. `on_step` is called on the event loop. Raises PublishRefused, Cancelled."""
        from core.publishing.publish import publish

        loop = asyncio.get_running_loop()

        def tell(step: Step) -> None:
            loop.call_soon_threadsafe(on_step, step)

        def work(repository: Repository) -> Published:
            request = publish_request(self.session.workspace, wish)
            return publish(repository, request, tell, cancelled.is_set)

        digest = await asyncio.to_thread(self._digest)
        with self.activity.step("publish", "write") as step:
            done = await asyncio.to_thread(self._in_repository, work)
            step.detail = f"{done.commit[:7]} proven on {done.state.target}"
        self._take(Standing(done.state, self.now(), digest, self.now()))
        return done

    async def new_branch(self, name: str) -> None:
        """Make a branch here and go to it. Raises UsageError, Refused."""
        from core.publishing.branching import switch_to_new

        with self.activity.step(f"make the branch {name}", "write"):
            await asyncio.to_thread(self._in_repository, switch_to_new, name)
        await self.session.refresh()

    async def bring_back(self, paths: Sequence[str]) -> list[str]:
        """Write files of the repository that are gone; those that were written. Raises TaskdeckError."""
        from core.publishing.missing_files import bring_back

        with self.activity.step(f"bring back {_some(paths)}", "write") as step:
            written = await asyncio.to_thread(self._in_repository, bring_back, paths)
            step.detail = _some(written) or "nothing is gone any more"
        return written

    async def gone(self, paths: Sequence[str]) -> list[str]:
        """Those of `paths` that are gone from the disk, so that nothing stands in their place."""
        from core.publishing.missing_files import gone_files

        return await asyncio.to_thread(self._in_repository, gone_files, paths)

    async def remotes(self) -> list[str]:
        """The names of the remotes there are. Raises TaskdeckError."""

        def names(repository: Repository) -> list[str]:
            return repository.remotes

        return await asyncio.to_thread(self._in_repository, names)

    # Pulling -------------------------------------------------------------------------------------------

    async def fetch(self, remote: str | None = None) -> Fetched:
        """Fetch and compare. Raises PublishRefused."""
        from core.publishing.pull import fetch_state

        request = await asyncio.to_thread(publish_request, self.session.workspace)
        with self.activity.step("fetch") as step:
            self.fetched = await asyncio.to_thread(
                self._in_repository, fetch_state, remote, request.protected
            )
            step.detail = f"{self.fetched.target}: {self.fetched.relation}"
        self._take(_after_fetch(self.standing or Standing(None, self.now(), ""), self.fetched))
        return self.fetched

    async def forward(self, fetched: Fetched) -> str:
        """Move the branch on to the remote's commit. Raises Refused, Conflict."""
        from core.publishing.pull import fast_forward

        await self.session.check_writable()
        with self.activity.step(f"pull {fetched.target}", "write") as step:
            commit = await asyncio.to_thread(self._in_repository, fast_forward, fetched)
            step.detail = f"{fetched.branch} is at {commit[:7]}, {plural(len(fetched.changes), 'file')}"
        await self._pulled()
        return commit

    async def propose(
        self, fetched: Fetched, choose: Mapping[tuple[str, str, str], Side] | None = None
    ) -> TaskProposal | None:
        """The remote's tasks merged into ours; None when all of them are here. Raises DamagedFile."""
        from core.publishing.pull import propose

        project = self.session.workspace.project

        def work(repository: Repository) -> TaskProposal | None:
            return propose(repository, project, fetched, choose)

        return await asyncio.to_thread(self._in_repository, work)

    async def task_changes(self, fetched: Fetched) -> Sequence[TaskChange]:
        """What the remote's commits do to the tasks; empty when nothing or when that cannot be told."""
        from core.publishing.pull_changes import task_changes

        try:
            proposal = await self.propose(fetched) if fetched.behind else None
            return await asyncio.to_thread(task_changes, proposal) if proposal is not None else ()
        except TaskdeckError:
            return ()  # it is told when somebody takes them

    async def take(
        self, fetched: Fetched, proposal: TaskProposal | None = None, text: str = ""
    ) -> TaskdeckError | None:
        """Write the tasks that were taken of a proposal, as one edit that undoes; then the branch moves on.

        Answers why commits of the remote are left out; None when it moved on. Raises Conflict when the task
        file changed since, Refused.
        """
        from core.publishing.left_out import left_out
        from core.publishing.publish_paths import path_in
        from core.publishing.pull import apply_proposal, forward_around

        await self.session.check_writable()
        store, project = self.session.workspace.store, self.session.workspace.project

        def work(repository: Repository) -> TaskdeckError | None:
            if proposal is not None and text.encode() != proposal.seen:
                apply_proposal(store, replace(proposal, text=text), str(fetched.target))
            path = path_in(repository, project.tasks_file)
            if forward_around(repository, fetched, path):
                return None
            return left_out(repository, fetched, path, project.root)

        with self.activity.step(f"take tasks of {fetched.target}", "write") as step:
            left = await asyncio.to_thread(self._in_repository, work)
            step.detail = "the branch stays where it is" if left else "the branch moved on"
        await self._pulled()
        return left

    async def _pulled(self) -> None:
        self.fetched = None
        await self.session.reload()
        self.look_again()


def publish_request(
    workspace: Workspace, wish: PublishWish = PublishWish(), paths: tuple[Path, ...] = ()
) -> PublishRequest:
    """What to publish by the project's settings as they are now. Blocking. Raises UsageError, DamagedFile."""
    from core.config import load_settings
    from core.project import find_prd
    from core.publishing.publish_check import PublishRequest

    project = workspace.project
    settings = load_settings(project).settings
    publish = settings.publish
    forbidden = "publish.forbid" if "publish" in publish.forbid else ""
    prd = find_prd(project.root, settings.prd or None)
    return PublishRequest(
        project,
        paths,
        wish.message,
        wish.remote,
        wish.include_unpushed,
        publish.protected,
        forbidden,
        prd if prd is not None and prd.is_file() else None,
    )


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


def _local_state(repository: Repository, request: PublishRequest) -> PublishState:
    """As `check`, but nobody is asked: what is known of the remote is what was fetched."""
    from core.publishing.publish_check import Looked, state_of
    from core.publishing.publish_paths import Chosen, path_in
    from core.publishing.refusals import PublishRefused
    from core.publishing.remote import target_of

    path = path_in(repository, request.project.tasks_file)
    branch, target, problems = repository.branch, None, ()
    try:
        target = target_of(repository, branch, request.remote) if branch else None
    except PublishRefused as refused:
        problems = (refused,)
    looked = Looked(Chosen((path,), path), branch, repository.head, target, None, problems)
    return state_of(repository, looked, "not asked")


def _answered(state: PublishState) -> bool:
    """Whether the remote said what it holds."""
    main = state.main
    return main is not None and main.remote.word != "unknown"


def _after_fetch(standing: Standing, fetched: Fetched) -> Standing:
    """What is known now of how far the branch is from the remote's."""
    if standing.state is None or standing.state.branch != fetched.branch:
        return standing
    state = replace(standing.state, ahead=fetched.ahead, behind=fetched.behind)
    return replace(standing, state=state)


def _same_place(before: Standing, now: Standing) -> bool:
    old, new = before.state, now.state
    if old is None or new is None or before.digest != now.digest:
        return False
    return (old.branch, old.commit, old.target) == (new.branch, new.commit, new.target)
