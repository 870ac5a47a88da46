"""A program in a tmux pane of 160x45, and what it costs: what is on the screen when, CPU seconds, memory."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_POLL = 0.01


class Pane:
    """A running program. Seconds count from its start."""

    def __init__(self, socket: str, command: Sequence[str]) -> None:
        self._socket = socket
        self.began = time.monotonic()
        line = f"env TERM=xterm-256color COLORTERM=truecolor {shlex.join(command)}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "m", "-x", "160", "-y", "45", line)
        self.pid = int(self._tmux("list-panes", "-F", "#{pane_pid}").split()[0])

    def _tmux(self, *arguments: str) -> str:
        # Compiled code is kept as for everybody who runs a program twice.
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], capture_output=True, text=True, check=False, env=env
        )
        return done.stdout

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p", "-t", "m")

    def press(self, *keys: str) -> None:
        """Send keys by tmux's names."""
        self._tmux("send-keys", "-t", "m", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-t", "m", "-l", text)

    def wait_for(self, pattern: str, timeout: float = 60.0) -> float | None:
        """Seconds on the clock when `pattern` was first seen; None when it did not come."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if re.search(pattern, self.text):
                return time.monotonic()
            time.sleep(_POLL)
        return None

    def settle(self, timeout: float = 30.0) -> float:
        """Wait until it uses less than 3 % of a core; its CPU seconds then."""
        end = time.monotonic() + timeout
        before = self.cpu
        while time.monotonic() < end:
            time.sleep(1.0)
            now = self.cpu
            if now - before < 0.03:
                return now
            before = now
        return self.cpu

    @property
    def cpu(self) -> float:
        """CPU seconds of the program and its children so far."""
        return sum(_cpu(pid) for pid in _tree(self.pid))

    def memory(self, field: str = "VmRSS") -> float:
        """Megabytes of the program and its children; VmHWM is the peak."""
        return sum(_status(pid, field) for pid in _tree(self.pid)) / 1000

    def close(self) -> None:
        """End the program and its terminal."""
        self._tmux("kill-server")


@contextmanager
def pane(command: Sequence[str]) -> Iterator[Pane]:
    """Run a program in a terminal of its own; it ends with the block."""
    shown = Pane(f"taskdeck-bench-{os.getpid()}-{time.monotonic_ns()}", command)
    try:
        yield shown
    finally:
        shown.close()


def _tree(pid: int) -> list[int]:
    pids = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                pids += _tree(int(child))
    except OSError:
        pass  # it ended meanwhile
    return pids


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _status(pid: int, field: str) -> int:
    try:
        found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
