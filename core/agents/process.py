"""Runs an agent as a child process and ends it, all of it, whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import subprocess
import tempfile
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import IO, TypeVar

from core.agents.command import AgentCommand
from core.agents.following import Ended, Following, Limits
from core.agents.process_tree import MARK, Identity, end_orphan, identity_of, is_running
from core.agents.view import Reason
from core.agents.watch import AgentWatch
from core.errors import TaskdeckError

__all__ = ["AgentProcess", "Ended", "Identity", "Limits", "end_orphan", "is_running"]

T = TypeVar("T")


class AgentProcess:
    """One run of an agent's command, in a session of its own.

    Its output, stdout and stderr as one stream, goes in arrival order through `write(data, time)` in pieces
    of any size, with the command's secrets masked. `watch`, when given, is fed with every line, ticked, told
    the end, and lets us notice a process that hangs after its result. `write` and `watch` are called in a
    thread of this object: read `watch.view` only, from elsewhere.

    Everything the process starts carries a mark in its environment, by which it is found and ended with it,
    even when it left the group. What clears its environment *and* leaves session and parent escapes.
    """

    def __init__(
        self,
        command: AgentCommand,
        write: Callable[[bytes, float], None],
        limits: Limits | None = None,
        watch: AgentWatch | None = None,
    ) -> None:
        self.command = command
        self.write = write
        self.limits = limits or Limits()
        self.watch = watch
        self.identity: Identity | None = None
        self._asked: Reason | None = None
        self._stopped, self._wake = -1, -1
        self._lock = threading.RLock()
        self._over: Future[Ended] = Future()

    @property
    def ended(self) -> Ended | None:
        """How it ended, None while it runs. Raises what went wrong with us."""
        return self._over.result() if self._over.done() else None

    async def start(self) -> Identity:
        """Start it. Raises TaskdeckError when that is not possible."""
        loop = asyncio.get_running_loop()
        try:
            return await _uncancelled(loop.run_in_executor(None, self._start))
        except asyncio.CancelledError:
            await self._end_after_all()
            raise

    async def wait(self) -> Ended:
        """Until it and everything it started is gone. A cancelled wait ends it first."""
        try:
            return await asyncio.shield(asyncio.wrap_future(self._over))
        except asyncio.CancelledError:
            await self._end_after_all()
            raise

    async def cancel(self) -> Ended:
        """End it: TERM, then KILL, for it and everything it started."""
        self.stop("cancelled")
        return await self.wait()

    async def run(self) -> Ended:
        """Start it and wait for its end."""
        await self.start()
        return await self.wait()

    def stop(self, reason: Reason = "cancelled") -> None:
        """Ask for the end from any thread or signal handler; returns at once."""
        with self._lock, contextlib.suppress(OSError):
            self._asked = self._asked or reason
            if self._wake >= 0:
                os.write(self._wake, b"x")

    async def _end_after_all(self) -> None:
        if self.identity is not None:
            self.stop("cancelled")
            with contextlib.suppress(asyncio.CancelledError):
                await _uncancelled(asyncio.wrap_future(self._over))

    def _start(self) -> Identity:
        mark = secrets.token_hex(12)
        out, into = os.pipe()
        try:
            with _input(self.command.stdin) as given:
                child = subprocess.Popen(
                    self.command.argv,
                    cwd=self.command.cwd,
                    env={**self.command.env, MARK: mark},
                    stdin=given,
                    stdout=into,
                    stderr=into,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            os.close(out)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise TaskdeckError(
                f"The agent's command {self.command.argv[0]} does not start: {reason}.",
                "See `taskdeck config get agent.command`.",
            ) from None
        finally:
            os.close(into)
        identity = identity_of(child.pid, mark)
        with self._lock:
            self._stopped, self._wake = os.pipe()
            os.set_blocking(self._wake, False)
        self.identity = identity
        threading.Thread(target=self._follow, args=(child, out), name="agent", daemon=True).start()
        return identity

    def _follow(self, child: subprocess.Popen[bytes], out: int) -> None:
        assert self.identity is not None
        following = Following(
            child,
            self.identity,
            (out, self._stopped),
            self.write,
            self.limits,
            lambda: self._asked,
            self.command.secrets,
            self.watch,
        )
        try:
            ended = following.follow()
        except BaseException as error:
            self._close(out)
            self._over.set_exception(error)
        else:
            self._close(out)
            self._over.set_result(ended)

    def _close(self, out: int) -> None:
        with self._lock:
            for descriptor in (out, self._stopped, self._wake):
                os.close(descriptor)
            self._stopped, self._wake = -1, -1


@contextlib.contextmanager
def _input(data: bytes) -> Generator[IO[bytes]]:
    """A file without a name that holds `data`: unlike a pipe it needs nobody who writes while it is read."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


async def _uncancelled(future: asyncio.Future[T]) -> T:
    """The result of `future`, awaited to its end even when the waiting task is cancelled meanwhile."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        with contextlib.suppress(Exception):
            future.result()
        raise cancelled
    return future.result()
