"""Follows standard input and child processes: what comes is spilled to a file and read back from there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import threading
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.logs.file_source import LOOK_EVERY
from core.logs.lines import LineLog
from core.logs.state import QUIET_AFTER, StateOf, StreamState
from core.logs.writer import LineWriter, times_path

_READ = 1 << 18
_GRACE = 2.0
"""Seconds a process group gets to end after SIGTERM, and a pipe to be closed after its process ended."""


class Pump(threading.Thread):
    """Copies a descriptor to a spill file in a thread of its own, so that no flood reaches the event loop."""

    def __init__(self, descriptor: int, writer: LineWriter) -> None:
        super().__init__(name="log pump", daemon=True)
        self.trouble = ""
        """Why it stopped before the end of the stream, in one sentence."""
        self._descriptor = descriptor
        self._writer = writer
        self._wake, self._waker = os.pipe()

    def run(self) -> None:
        """Copy until the end of the stream or `stop`."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._descriptor, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._wake in ready:
                return
            try:
                data = os.read(self._descriptor, _READ)
            except BlockingIOError:
                continue
            except OSError:
                return  # a terminal whose other side is gone
            if not data:
                return
            try:
                self._writer.write(data, time.time())
            except OSError as error:
                self.trouble = f"{self._writer.path} cannot be written: {(error.strerror or '').lower()}."
                return

    def stop(self) -> None:
        """End the thread and wait for it: at most one read and write. What was read is written."""
        if self.is_alive():
            os.write(self._waker, b".")
            self.join()
        if self._wake >= 0:
            os.close(self._wake)
            os.close(self._waker)
            self._wake = self._waker = -1


class _PipeSource:
    """What sources have in common whose stream is spilled by a pump."""

    def __init__(self, spill: Path, name: str) -> None:
        self.name = name
        self.log = LineLog.open_file(spill, name, times_path(spill))
        self.state = StateOf(StreamState.CONNECTING, time.time())
        self._spill = spill

    def _open_spill(self) -> LineWriter | None:
        try:
            return LineWriter(self._spill)
        except OSError as error:
            self._end(f"{self._spill} cannot be written: {(error.strerror or '').lower()}.")
            return None

    async def _follow(self, pump: Pump) -> None:
        """Show what the pump copies until it is done."""
        last = time.time()
        self.state = StateOf(StreamState.LIVE, last)
        while True:
            alive = pump.is_alive()
            changed = await asyncio.to_thread(self.log.refresh)
            now = time.time()
            if changed:
                last = now
                if self.state.state is not StreamState.LIVE:
                    self.state = StateOf(StreamState.LIVE, now)
            elif not alive:
                return
            elif now - last >= QUIET_AFTER and self.state.state is StreamState.LIVE:
                self.state = StateOf(StreamState.QUIET, last)
            await asyncio.sleep(LOOK_EVERY)

    def _end(self, why: str) -> None:
        self.state = StateOf(StreamState.ENDED, time.time(), why)


class StdinSource(_PipeSource):
    """A descriptor read to its end and spilled to `spill`; closed afterwards only when it is `owned`."""

    def __init__(
        self, descriptor: int, spill: Path, name: str = "standard input", *, owned: bool = False
    ) -> None:
        super().__init__(spill, name)
        self._descriptor = descriptor
        self._owned = owned

    async def run(self) -> None:
        """Read until the end of the stream or until cancelled; no thread is left behind."""
        try:
            writer = await asyncio.to_thread(self._open_spill)
            if writer:
                await self._copy(writer)
        finally:
            if self._owned:
                os.close(self._descriptor)

    async def _copy(self, writer: LineWriter) -> None:
        pump = Pump(self._descriptor, writer)
        pump.start()
        try:
            await self._follow(pump)
            self._end(pump.trouble or f"{self.name} ended.")
        except asyncio.CancelledError:
            self._end("Following it was ended.")
            raise
        finally:
            pump.stop()
            writer.close()


class ProcessSource(_PipeSource):
    """The output of a child process, both streams in order of arrival.

    The child has a session of its own; on cancel its process group ends by SIGTERM, after 2 s by SIGKILL.
    """

    def __init__(
        self,
        argv: Sequence[str],
        spill: Path,
        name: str | None = None,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(spill, name or Path(argv[0]).name)
        self.exit_code: int | None = None
        """Negative: the signal that ended it."""
        self._argv = list(argv)
        self._cwd = cwd
        self._env = env

    async def run(self) -> None:
        """Run the child to its end. Never raises for what it does."""
        writer = await asyncio.to_thread(self._open_spill)
        if not writer:
            return
        read, write = os.pipe()
        pump = Pump(read, writer)
        process: Process | None = None
        try:
            process = await self._start(write)
            os.close(write)
            write = -1
            if process:
                pump.start()
                await self._watch(process, pump)
        except asyncio.CancelledError:
            self._end(f"{self.name} was ended.")
            raise
        finally:
            if write >= 0:
                os.close(write)
            if process:
                await _end_group(process)
            pump.stop()
            os.close(read)
            writer.close()

    async def _start(self, output: int) -> Process | None:
        try:
            return await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                cwd=self._cwd,
                env=self._env,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or str(error)
            self._end(f"{self._argv[0]} cannot be started: {what.lower()}.")
            return None

    async def _watch(self, process: Process, pump: Pump) -> None:
        following = asyncio.create_task(self._follow(pump))
        try:
            self.exit_code = await process.wait()
            # A child of the child may hold the pipe open for ever.
            await asyncio.wait([following], timeout=_GRACE)
            pump.stop()
            await following
        finally:
            following.cancel()
        code = self.exit_code
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        self._end(pump.trouble or f"{self.name} ended {how}.")


async def _end_group(process: Process) -> None:
    """End what is left of the child's process group. Shielded by its caller's `finally`."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        if process.returncode is not None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE)
