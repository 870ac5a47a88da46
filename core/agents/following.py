"""Follows a child process to its end: reads what it writes, keeps its limits, ends what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.agents.line_splitting import LineSplitter
from core.agents.masking import Masking, ShapeMasking
from core.agents.process_tree import Identity, end_tree
from core.agents.view import Reason
from core.agents.watch import AgentWatch

_PIECE = 1 << 16
_LOOK = 0.2  # seconds between looks at the clock and at the process while nothing arrives


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. `grace` lies between TERM and KILL, `linger` after a result until it is ended."""

    timeout: float = 3600.0
    max_output: int = 256 * 1000 * 1000
    grace: float = 5.0
    linger: float = 20.0


@dataclass(frozen=True)
class Ended:
    """How a process ended. `exit_code` is negative for a signal, None when it could not be learned.

    `output` counts bytes it wrote, `stragglers` processes it left behind that we ended, `masked` how often a
    secret was in its output. `trouble` says why its output could not be kept, when that was so.
    """

    exit_code: int | None
    reason: Reason
    seconds: float
    output: int = 0
    stragglers: int = 0
    masked: int = 0
    trouble: str = ""


class Following:
    """Blocking, for a thread of its own. `out` is the end of the pipe to read, `woken` is readable when
    `asked` has a reason to end."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        identity: Identity,
        pipes: tuple[int, int],
        write: Callable[[bytes, float], None],
        limits: Limits,
        asked: Callable[[], Reason | None],
        secrets: Iterable[str] = (),
        watch: AgentWatch | None = None,
    ) -> None:
        self._child = child
        self._identity = identity
        self._out, self._woken = pipes
        self._write = write
        self._limits = limits
        self._asked = asked
        self._watch = watch
        self._masking = Masking(secrets)
        self._shapes = ShapeMasking()
        self._lines = LineSplitter()
        self._began = time.monotonic()
        self._output = 0
        self._open = True
        self._trouble = ""

    def follow(self) -> Ended:
        """Until the process and everything it started is gone."""
        os.set_blocking(self._out, False)
        try:
            reason = self._until_something()
        except BaseException:
            end_tree(self._identity, 0)
            self._child.wait()
            raise
        found = end_tree(self._identity, self._limits.grace)
        if not (self._trouble or reason == "too_much_output"):
            self._drain()
            self._take(self._shapes.feed(self._masking.finish()) + self._shapes.finish(), last=True)
        code = self._child.wait()
        # What we ended counts its leader too, what ended by itself left only others behind.
        stragglers = found if reason == "exited" else max(0, found - 1)
        seconds = time.monotonic() - self._began
        if self._watch is not None:
            self._watch.ended(code, time.time(), reason, self._trouble, self._masked)
        return Ended(code, reason, seconds, self._output, stragglers, self._masked, self._trouble)

    @property
    def _masked(self) -> int:
        return self._masking.count + self._shapes.count

    def _until_something(self) -> Reason:
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        poll.register(self._out, select.POLLIN)
        while True:
            poll.poll(_LOOK * 1000)
            if self._open and not self._read():
                poll.unregister(self._out)
            reason = self._reason()
            if reason is not None:
                return reason

    def _reason(self) -> Reason | None:
        """Why to end it now, None to go on."""
        if self._trouble:
            return "lost"
        if self._output > self._limits.max_output:
            return "too_much_output"
        asked = self._asked()
        if asked is not None:
            return asked
        if self._has_exited():
            return "exited"
        if time.monotonic() - self._began > self._limits.timeout:
            return "timeout"
        if self._watch is not None:
            now = time.time()
            self._watch.tick(now)
            hung = self._watch.hung_since
            if hung is not None and now - hung > self._limits.linger:
                return "lingered"
        return None

    def _has_exited(self) -> bool:
        if not hasattr(os, "waitid"):
            return self._child.poll() is not None
        # Not reaped yet: while it is a zombie nobody else gets its id, and its session is found by it.
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with contextlib.suppress(ChildProcessError):
            return os.waitid(os.P_PID, self._child.pid, options) is not None
        return True

    def _read(self) -> bool:
        """Take one piece of what it wrote; False when nothing can come any more."""
        try:
            piece = os.read(self._out, _PIECE)
        except BlockingIOError:
            return True
        self._open = bool(piece)
        self._take(piece)
        return self._open

    def _drain(self) -> None:
        """What is left in the pipe. Whoever escaped and still holds it is not waited for."""
        while self._open and self._output <= self._limits.max_output:
            before = self._output
            self._read()
            if self._output == before:
                return

    def _take(self, piece: bytes, last: bool = False) -> None:
        room = self._limits.max_output - self._output
        self._output += 0 if last else len(piece)
        kept = piece if last else self._shapes.feed(self._masking.feed(piece[: max(0, room)]))
        now = time.time()
        if kept and not self._trouble:
            try:
                self._write(kept, now)
            except OSError as error:
                self._trouble = error.strerror or type(error).__name__
        if self._watch is None:
            return
        for line in [*self._lines.feed(kept), *(self._lines.finish() if last else ())]:
            self._watch.feed_line(line, now)
