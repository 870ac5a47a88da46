"""The command line on a small project: in this process for breadth, as a real process where that matters."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tui.cli.boundary import run

TASKS = ".taskmaster/tasks/tasks.json"


def sample_tasks() -> dict[str, Any]:
    """Five tasks: one done, one in progress with subtasks, one ready, one waiting, one odd."""

    def subtask(number: int, status: str, *after: int) -> dict[str, Any]:
        return {
            "id": number,
            "title": f"Part {number}",
            "description": f"What part {number} does",
            "details": "",
            "status": status,
            "dependencies": list(after),
            "testStrategy": "",
        }

    def task(number: int, title: str, status: str, priority: str, *after: int, **more: Any) -> dict[str, Any]:
        return {
            "id": number,
            "title": title,
            "description": f"Description of {title}",
            "details": f"Details of {title}",
            "testStrategy": f"Test of {title}",
            "priority": priority,
            "dependencies": list(after),
            "status": status,
            "subtasks": [],
        } | more

    return {
        "master": {
            "tasks": [
                task(1, "Set up the repository", "done", "high"),
                task(
                    2, "Database schema", "in-progress", "high", 1,
                    subtasks=[subtask(1, "done"), subtask(2, "pending", 1), subtask(3, "pending", 2)],
                ),
                task(3, "Command line", "pending", "medium", 1),
                task(4, "Service", "pending", "high", 2, 3, estimate=1.5),
                task(5, "Überblick 日本語 [red]\x1b[31m", "deferred", "low"),
            ],
            "metadata": {"created": "2025-07-10T00:00:00.000Z", "description": "Tasks of the sample"},
        },
        "later": {"tasks": [task(1, "Some day", "pending", "low")], "metadata": {}},
    }  # fmt: skip


NOWHERE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    "NO_PROXY": "127.0.0.1,localhost",
}
"""An environment in which a process reaches this machine only: to all others stands a proxy that is none."""


@dataclass
class Result:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value


class CommandLine:
    """Runs commands in a project folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch

    @property
    def file(self) -> Path:
        return self.folder / TASKS

    @property
    def text(self) -> str:
        return self.file.read_bytes().decode("utf-8")

    @property
    def data(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.text)
        return value

    def task(self, key: str, tag: str = "master") -> dict[str, Any]:
        """A task or subtask as the file has it now."""
        number, _, rest = key.partition(".")
        found = next(task for task in self.data[tag]["tasks"] if str(task["id"]) == number)
        return next(sub for sub in found["subtasks"] if str(sub["id"]) == rest) if rest else found

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Result:
        """Run a command in this process, standard streams being no terminals."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n") for _ in range(2))
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(arguments)
        return Result(code, _written(out), _written(err))

    def process(
        self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None, wrap: Sequence[str] = ()
    ) -> Result:
        """Run a command as a process of its own."""
        done = subprocess.run(
            [*wrap, *command(), *arguments], cwd=self.folder, input=stdin.encode(), capture_output=True,
            env=os.environ | NOWHERE | (env or {}), timeout=60, check=False,
        )  # fmt: skip
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_terminal(
    cli: CommandLine,
    *arguments: str,
    answer: str = "",
    asks: str = ": ",
    env: Mapping[str, str] | None = None,
    columns: int = 80,
) -> tuple[int, str]:
    """Run a command with a terminal for all its streams; `answer` is typed when it shows what `asks`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cli.folder)
        settings = {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "24"}
        os.execvpe(command()[0], [*command(), *arguments], os.environ | NOWHERE | settings | dict(env or {}))
    shown = bytearray()
    typed = not answer
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
        if not typed and asks.encode() in shown:
            os.write(terminal, answer.encode())
            typed = True
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode("utf-8", "replace")


def command() -> list[str]:
    """How to start taskdeck from any folder with the code of this checkout."""
    root = str(Path(__file__).resolve().parents[2])
    start = f"import sys; sys.path.insert(0, {root!r}); from tui.__main__ import main; sys.exit(main())"
    return [sys.executable, "-c", start]


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8")


def make_project(folder: Path, tasks: dict[str, Any] | None = None) -> Path:
    """A project with a task file as Task Master writes it."""
    file = folder / TASKS
    file.parent.mkdir(parents=True)
    text = json.dumps(sample_tasks() if tasks is None else tasks, indent=2, ensure_ascii=False)
    file.write_bytes(text.encode("utf-8"))
    return folder
