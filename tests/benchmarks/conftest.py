"""What the benchmarks measure with: generated projects, CPU seconds of whole processes, a real terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

TASKDECK = str(Path(sys.executable).with_name("taskdeck"))
_TICKS = os.sysconf("SC_CLK_TCK")
_PROSE = "Implement the handler with validation, error mapping and tests; follow the standards file. "


def write_project(folder: Path, tasks: int, subtasks: int) -> Path:
    """A project whose tasks form diamonds, as real plans do: each waits for up to three earlier ones."""
    plan = [
        {
            "id": number,
            "title": f"Word{number} of the generated plan",
            "description": _PROSE,
            "details": _PROSE * 8,
            "testStrategy": _PROSE * 2,
            "priority": ("high", "medium", "low")[number % 3],
            "dependencies": sorted({n for n in (number - 1, number - 3, number // 2) if 0 < n < number}),
            "status": "done" if number < tasks // 3 else ("pending", "in-progress", "pending")[number % 3],
            "subtasks": [
                {
                    "id": part,
                    "title": f"Part {part} of {number}",
                    "description": _PROSE,
                    "details": _PROSE * 3,
                    "status": "pending",
                    "dependencies": [part - 1] if part > 1 else [],
                    "testStrategy": "",
                }
                for part in range(1, subtasks + 1)
            ],
        }
        for number in range(1, tasks + 1)
    ]
    path = folder / ".taskmaster" / "tasks" / "tasks.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"master": {"tasks": plan, "metadata": {}}}, indent=2), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 tasks, 72 subtasks."""
    return write_project(tmp_path_factory.mktemp("small"), 12, 6)


@pytest.fixture(scope="session")
def large_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5,000 tasks, 30,000 subtasks."""
    return write_project(tmp_path_factory.mktemp("large"), 5000, 6)


def cpu_seconds(command: Sequence[str], cwd: Path, runs: int = 5) -> float:
    """The median CPU seconds (user and system, with children) of a command's whole process."""
    figures: list[float] = []
    for _ in range(runs + 1):
        child = os.posix_spawn(
            "/bin/sh",
            ["/bin/sh", "-c", 'cd "$0" && exec "$@" >/dev/null 2>&1 </dev/null', str(cwd), *command],
            os.environ,
        )
        _, _, usage = os.wait4(child, 0)
        figures.append(usage.ru_utime + usage.ru_stime)
    return statistics.median(figures[1:])


@dataclass
class Screen:
    """A program in a pseudo-terminal of its own."""

    pid: int
    master: int

    def wait_for(self, text: bytes, timeout: float = 60.0) -> bool:
        """Read what the program draws until `text` comes by."""
        seen = b""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                seen += os.read(self.master, 65536)
            except OSError:
                return False
            if text in seen:
                return True
        return False

    def drain(self, quiet: float) -> None:
        """Read until nothing was drawn for `quiet` seconds."""
        while select.select([self.master], [], [], quiet)[0]:
            os.read(self.master, 65536)

    def press(self, key: bytes) -> float:
        """Seconds from a key to the first byte of the repaint it causes."""
        start = time.perf_counter()
        os.write(self.master, key)
        select.select([self.master], [], [], 5)
        return time.perf_counter() - start

    @property
    def cpu(self) -> float:
        """CPU seconds the program has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@pytest.fixture
def open_screen() -> Iterator[Callable[..., Screen]]:
    """Start a program in a terminal of 120x35; it is killed at the end of the test."""
    screens: list[Screen] = []

    def start(command: Sequence[str], cwd: Path) -> Screen:
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(cwd)
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execvp(command[0], list(command))
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 35, 120, 0, 0))
        screens.append(Screen(pid, master))
        return screens[-1]

    yield start
    for screen in screens:
        os.kill(screen.pid, signal.SIGKILL)
        os.waitpid(screen.pid, 0)
        os.close(screen.master)


@pytest.fixture
def taskdeck() -> str:
    """The installed command."""
    return TASKDECK


@pytest.fixture
def measure() -> Callable[..., float]:
    return cpu_seconds
