"""Where agents work: a pool of work trees at one commit, or of copied folders; never the user's own files."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

from core.errors import Refused, TaskdeckError
from core.paths import make_private_folder
from core.publishing.changed_paths import ChangedPath
from core.publishing.repository import Repository
from core.runs.copied_folder import Copied, CopiedSlot, copy_project, remove_tree

Result = TypeVar("Result")


class Slot(Protocol):
    """A folder one agent at a time works in; `project` is the project's root in it."""

    @property
    def folder(self) -> Path: ...
    @property
    def project(self) -> Path: ...

    def make(self) -> None:
        """Make it, fresh. Blocks. Raises TaskdeckError, OSError."""
        ...

    def changes(self) -> list[ChangedPath]:
        """Every path that is not as it was made, from `folder`. Raises Refused when nobody can tell."""
        ...

    def reset(self, commit: str = "") -> None:
        """Make it fresh again, at `commit` where that has a meaning."""
        ...

    def remove(self) -> None:
        """Take it away with everything in it."""
        ...


class WorktreeSlot:
    """A git work tree, detached at a commit."""

    def __init__(self, repository: Repository, folder: Path, commit: str) -> None:
        self.repository = repository
        self.folder = folder
        self.project = folder / repository.prefix
        self.commit = commit
        self._link = b""

    def make(self) -> None:
        make_private_folder(self.folder.parent)
        self.repository.add_worktree(self.folder, self.commit)
        self._link = self._read_link()

    def changes(self) -> list[ChangedPath]:
        # A `.git` that leads elsewhere would make git look at, or write to, another repository.
        if self._read_link() != self._link:
            raise Refused(
                f"The agent changed {self.folder / '.git'}.", "Its changes cannot be told any more."
            )
        return self.repository.changed_paths(self.folder, self.commit, ignored=True)

    def reset(self, commit: str = "") -> None:
        self.commit = commit or self.commit
        if self._read_link() == self._link:
            with contextlib.suppress(TaskdeckError):
                self.repository.reset_worktree(self.folder, self.commit)
                return
        self.remove()
        self.make()

    def remove(self) -> None:
        remove_tree(self.folder)
        self.repository.prune()

    def _read_link(self) -> bytes:
        link = self.folder / ".git"
        return link.read_bytes() if link.is_file() and not link.is_symlink() else b""


class Pool:
    """At most `count` slots, each made when it is first needed and made fresh before it is used again."""

    def __init__(self, make: Callable[[int], Slot], count: int) -> None:
        self._make = make
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for number in range(count):
            self._free.put_nowait(number)
        self._slots: dict[int, Slot] = {}
        self._fresh: set[int] = set()
        # Git makes and takes away one work tree of a repository at a time.
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def slot(self, commit: Callable[[], str]) -> AsyncGenerator[Slot]:
        """A fresh slot for one agent, at the commit that counts once one is free.

        Raises TaskdeckError, OSError.
        """
        number = await self._free.get()
        try:
            slot = await self._made(number)
            if number not in self._fresh:
                await finish(slot.reset, commit())
            self._fresh.discard(number)
            yield slot
        finally:
            self._free.put_nowait(number)

    async def warm(self) -> Path:
        """Make the first slot, so that it is known to be possible; returns its folder."""
        return (await self._made(0)).folder

    async def _made(self, number: int) -> Slot:
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = self._make(number)
            async with self._turn:
                await finish(slot.make)
            self._fresh.add(number)
        return slot

    async def close(self) -> None:
        """Take every slot away. Never raises: what cannot be removed is left to the next recovery."""
        for slot in [*self._slots.values()]:
            with contextlib.suppress(TaskdeckError, OSError):
                await finish(slot.remove)
        self._slots.clear()


async def finish(function: Callable[..., Result], *arguments: object) -> Result:
    """Run something that blocks in a thread; a cancelled caller waits for its end: nothing overlaps."""
    return await to_the_end(asyncio.to_thread(function, *arguments))


async def to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Await something that is not broken off: a cancelled caller waits for its end, then is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        # Looked at, or asyncio tells of it as forgotten; that the caller was cancelled counts for more.
        task.exception()
        raise


def worktrees(repository: Repository, commit: str, place: Callable[[int], Path], count: int) -> Pool:
    """A pool of work trees at `commit`, slot n at `place(n)`."""
    return Pool(lambda number: WorktreeSlot(repository, place(number), commit), count)


def copies(root: Path, place: Callable[[int], Path], pristine: Path, count: int) -> tuple[Pool, Copied]:
    """A pool of copies of the project at `root`, all from one copy in `pristine`. Blocks. Raises OSError."""
    remove_tree(pristine)
    copied = copy_project(root, pristine)
    return Pool(lambda number: CopiedSlot(place(number), pristine), count), copied
