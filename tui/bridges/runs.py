"""The runs of the open project: looked at in a thread, handed over as views whenever something changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from core.errors import NotFound, Refused, TaskdeckError
from tui.bridges.activity import Activity
from tui.bridges.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from core.documents.apply import Applied
    from core.runs.folder import RunFolder
    from core.runs.kept_look import Look
    from core.runs.request import RunRequest
    from core.runs.start import Wish, Workspace
    from core.runs.watch import RunView, RunWatch

BUSY_SECONDS = 0.4
IDLE_SECONDS = 2.0
"""How often it is looked while a run is under way, and while none is."""


class Runs:
    """All runs of a session's project. `listen` hears of every change, on the event loop."""

    def __init__(self, session: Session, activity: Activity) -> None:
        self.session = session
        self.activity = activity
        self.views: tuple[RunView, ...] = ()
        """The newest first."""
        self.looked = False
        """Whether anybody looked yet: before that nobody can say that there are none."""
        self.now: Callable[[], float] = time.time
        self._state: Path | None = None
        self._watches: dict[str, RunWatch] = {}
        self._over: dict[str, RunView] = {}
        self._unreadable: set[str] = set()
        self._seen_live: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._wake = asyncio.Event()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every change from now on."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[], None]) -> None:
        """Do not call `listener` any more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def view(self, run_id: str) -> RunView | None:
        """The run of that id as it was last seen."""
        return next((view for view in self.views if view.id == run_id), None)

    @property
    def live(self) -> tuple[RunView, ...]:
        """The runs that are under way, or were since we look."""
        return tuple(view for view in self.views if not view.is_over or view.id in self._seen_live)

    def of_task(self, key: str, root: str) -> RunView | None:
        """The run about a task of the open tag: one under way first, else the newest.

        `root` is the top-level task that it is or belongs to: a run of that one, or of another of its
        subtasks, is about the task too, where none names the task itself.
        """
        snapshot = self.session.snapshot
        tag = snapshot.tag.name if snapshot is not None else ""
        about = [
            view for view in self.views if view.tag == tag and any(_belongs(one, root) for one in view.keys)
        ]
        return min(about, key=lambda view: (view.is_over, key not in view.keys, -view.began), default=None)

    @property
    def newest_live(self) -> RunView | None:
        """The run under way that began last."""
        live = [view for view in self.views if not view.is_over]
        return max(live, key=lambda view: view.began, default=None)

    def folder(self, run_id: str) -> RunFolder:
        """The folder of a run. Raises NotFound."""
        watch = self._watches.get(run_id)
        if watch is None:
            raise NotFound(f"There is no run {run_id}.", "r shows the runs there are.")
        return watch.folder

    def budget(self, run_id: str) -> float | None:
        """Dollars one agent of a run may cost, where it has a limit. May read a file."""
        with suppress(TaskdeckError):
            return self.folder(run_id).request.budget
        return None

    # Looking -------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Look for runs until cancelled: often while one is under way, else now and then."""
        with suppress(TaskdeckError, NotImplementedError):
            await asyncio.to_thread(self._recover)
        while True:
            await self.look()
            busy = any(view.alive or not view.is_over for view in self.views)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BUSY_SECONDS if busy else IDLE_SECONDS)
            self._wake.clear()

    async def look(self) -> None:
        """Look once, now."""
        views, troubles = await asyncio.to_thread(self._poll)
        for trouble in troubles:
            self.activity.add("warning", trouble.message, trouble.hint)
        self.show(views)

    def show(self, views: tuple[RunView, ...]) -> None:
        """Take these views over; listeners are called when anything is new."""
        if views == self.views and self.looked:
            return
        self._seen_live |= {view.id for view in views if not view.is_over}
        self._seen_live |= {view.id for view in views if self.looked and self.view(view.id) is None}
        self.views, self.looked = views, True
        for listener in self._listeners:
            listener()

    def take_look(self, run_id: str, look: Look) -> None:
        """A forge just said this of the pull request of a run: all screens show it at once."""
        if run_id in self._over:
            self._over[run_id] = replace(self._over[run_id], look=look)
        self.show(tuple(replace(view, look=look) if view.id == run_id else view for view in self.views))

    def _recover(self) -> None:
        from core.paths import state_folder
        from core.runs.recover import recover_all

        recover_all(state_folder(self.session.root))

    def _poll(self) -> tuple[tuple[RunView, ...], list[TaskdeckError]]:
        from core.paths import state_folder
        from core.runs.folder import list_runs
        from core.runs.kept_look import last_look
        from core.runs.lineage import related
        from core.runs.watch import RunWatch

        state = state_folder(self.session.root)
        if state != self._state:
            self._state = state
            self._watches.clear()
            self._over.clear()
        views: list[RunView] = []
        troubles: list[TaskdeckError] = []
        for folder in list_runs(state):
            if folder.id in self._over:
                # What is over does not change, but its pull request does; another program may have asked.
                known = self._over[folder.id]
                if (look := last_look(folder.path)) != known.look:
                    known = self._over[folder.id] = replace(known, look=look)
                views.append(known)
                continue
            watch = self._watches.setdefault(folder.id, RunWatch(folder))
            try:
                view = watch.poll()
            except TaskdeckError as error:
                if folder.id not in self._unreadable:
                    troubles.append(error)
                self._unreadable.add(folder.id)
                continue
            views.append(view)
            if view.is_over and not view.alive and not watch.is_behind:
                # Its files need not be read again.
                self._over[folder.id] = view
        return related(views), troubles

    # Doing ---------------------------------------------------------------------------------------------

    async def prepare(self, wish: Wish) -> RunRequest:
        """The request a wish makes, with every parameter and its source. Raises as core.runs.start does."""
        from core.runs.start import prepare

        return await prepare(self._fresh_workspace(), wish)

    async def start(self, wish: Wish) -> RunFolder:
        """Begin a run. Raises as `core.runs.start` does."""
        from core.runs.start import start

        with self.activity.step(f"begin a run: {_about(wish)}") as step:
            folder = await start(self._fresh_workspace(), wish)
            step.detail = folder.id
        self._wake.set()
        return folder

    def _fresh_workspace(self) -> Workspace:
        """The project as it is on disk now: what a workspace has read before may be old."""
        from core.services import open_project

        session = self.session
        found = open_project(session.root, session.tag_name, session.name, session.tasks_file)
        return cast("Workspace", found)

    async def cancel(self, run_id: str) -> bool:
        """Ask a run to end; False when it is over already."""
        from core.runs.cancel import cancel

        with self.activity.step(f"cancel the run {run_id}") as step:
            asked = await asyncio.to_thread(cancel, self.folder(run_id))
            step.detail = "asked to end" if asked else "it is over already"
        self._wake.set()
        return asked

    async def retry_wish(self, run_id: str) -> Wish:
        """The wish for what a run did not do. Raises Refused, UsageError."""
        from core.runs.retry import retry_wish

        folder = self.folder(run_id)
        wish = await asyncio.to_thread(retry_wish, folder)
        if folder.request.tag != self.session.workspace.tag_name:
            raise Refused(
                f'The run {run_id} is about tasks of the tag "{folder.request.tag}".',
                "t on the plan goes to it.",
            )
        return wish

    async def apply(self, run_id: str) -> Applied:
        """Copy the documents of a run into the project. Raises TaskdeckError."""
        from tui.bridges.documents import apply_run

        with self.activity.step(f"apply the documents of {run_id}", "write") as step:
            applied = await asyncio.to_thread(apply_run, self.session, self.folder(run_id))
            refused = f", {len(applied.refused)} left alone" if applied.refused else ""
            step.detail = f"{len(applied.written)} written, {len(applied.same)} the same{refused}"
        return applied


def _belongs(key: str, root: str) -> bool:
    return key == root or key.startswith(f"{root}.")


def _about(wish: Wish) -> str:
    what = "documents" if wish.kind == "docs" else "task"
    if wish.only_delivers:
        return f"deliver {what} of {', '.join(wish.earlier[:6])}"
    return f"{what} of {', '.join(wish.keys[:6])}" if wish.keys else f"all {what} that are needed"
