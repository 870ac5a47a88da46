"""The checks of this machine: terminal, versions, git, task-master."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from typing import TextIO

from core.doctor.check import Check
from core.doctor.versions import package_version, program_version

_SMALLEST = (80, 24)
_GOOD = (120, 35)


def machine_checks(run_tools: bool) -> Iterator[Check]:
    """What this machine offers; `run_tools` starts even slow programs to learn their version."""
    yield _terminal()
    yield _encoding()
    yield _versions()
    yield _git()
    yield _task_master(run_tools)


def _output() -> TextIO | None:
    """Where the program writes; an application that draws the screen puts something else in its place."""
    return sys.stdout if hasattr(sys.stdout, "encoding") else sys.__stdout__


def _terminal() -> Check:
    output = _output()
    if output is None or not output.isatty():
        return Check(
            "terminal", "skip", "The output is no terminal.", "Run `taskdeck doctor` in one to check it."
        )
    kind = os.environ.get("TERM", "")
    size = shutil.get_terminal_size()
    evidence = f"TERM is {kind or 'not set'}, {_colours(kind)}, {size.columns}x{size.lines} cells."
    if kind in ("", "dumb"):
        return Check("terminal", "fail", evidence, "Set TERM, for example to xterm-256color.")
    if size.columns < _SMALLEST[0] or size.lines < _SMALLEST[1]:
        repair = (
            f"Make the window at least {_SMALLEST[0]}x{_SMALLEST[1]}; {_GOOD[0]}x{_GOOD[1]} shows everything."
        )
        return Check("terminal", "warn", evidence, repair)
    return Check("terminal", "ok", evidence)


def _colours(kind: str) -> str:
    if os.environ.get("NO_COLOR"):
        return "no colour (NO_COLOR is set)"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or kind.endswith("-direct"):
        return "16 million colours"
    return "256 colours" if "256" in kind else "16 colours"


def _encoding() -> Check:
    encoding = (getattr(_output(), "encoding", "") or "").lower()
    if encoding.replace("-", "") == "utf8":
        return Check("characters", "ok", "The output is UTF-8.")
    evidence = f"The output is {encoding or 'of an unknown encoding'}; the screen's glyphs need UTF-8."
    return Check(
        "characters", "warn", evidence, "Set LANG to a UTF-8 locale, such as C.UTF-8 or en_US.UTF-8."
    )


def _versions() -> Check:
    found = {
        "Python": platform.python_version(),
        "taskdeck": package_version("taskdeck"),
        "textual": package_version("textual"),
    }
    evidence = ", ".join(f"{name} {number or 'not installed'}" for name, number in found.items())
    evidence += f", {platform.system()} {platform.machine()}."
    if not found["textual"]:
        return Check(
            "versions", "fail", evidence, "Install taskdeck anew, for example with `uv tool install`."
        )
    return Check("versions", "ok", evidence)


def _git() -> Check:
    path = shutil.which("git")
    if path is None:
        return Check("git", "warn", "git is not installed; publishing needs it.", "Install git.")
    return Check("git", "ok", f"{program_version(path) or 'git'} at {path}.")


def _task_master(run_tools: bool) -> Check:
    path = shutil.which("task-master")
    if path is None:
        return Check("task-master", "skip", "task-master is not installed; nothing here needs it.")
    environment = {**os.environ, "TASKMASTER_SKIP_AUTO_UPDATE": "1"}
    number = program_version(path, environment) if run_tools else ""
    return Check("task-master", "ok", f"task-master {number} at {path}.".replace("  ", " "))
