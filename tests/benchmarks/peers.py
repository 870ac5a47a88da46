"""The programs `taskdeck tail` is measured beside, each put where it does not disturb; why one is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

FLOOR = """
import sys
from textual.app import App
from textual.widgets import Static
class Floor(App):
    def compose(self):
        yield Static("step 0 ran, 999999 ran")
Floor().run()
"""
"""The smallest Textual app that shows a line: what no screen of ours can be below."""


@dataclass(frozen=True)
class Peer:
    """How a program is started on a file, and what its screen says when something is reached."""

    name: str
    command: tuple[str, ...]
    last: str | None = r"999999 ran"
    """On the screen when the end of the log is shown or indexed; None when the program keeps no index."""
    top: tuple[str, ...] = ()
    """Keys to the top."""
    search: tuple[str, ...] = ()
    """Keys that open a search."""
    go: tuple[str, ...] = ("Enter",)
    hit: str = r"NEEDLE-7f3a9c rare|01:45:00\.00"
    follow: tuple[str, ...] = ()
    """How it follows a file that is written; empty when it does as it is."""
    to_end: tuple[str, ...] = field(default=())
    """Keys to the end, pressed before lines are written."""


def taskdeck() -> Peer:
    """Ours."""
    command = str(Path(sys.executable).with_name("taskdeck"))
    return Peer("taskdeck tail", (command, "tail"), top=("Home",), search=("/",))


def floor() -> Peer:
    """Textual and nothing else."""
    return Peer("floor: empty Textual app", (sys.executable, "-c", FLOOR))


def less() -> Peer | str:
    """The pager; it has no index of lines, and searching ends where the text is."""
    found = shutil.which("less")
    if not found:
        return "less is not installed"
    return Peer(
        "less (no line index)", (found,), None, search=("/",), hit=r"NEEDLE-7f3a9c rare", follow=(found, "+F")
    )


def tail() -> Peer | str:
    """The floor of the method for following."""
    found = shutil.which("tail")
    return Peer("tail -F (method floor)", (found, "-n", "40", "-F"), None) if found else "there is no tail"


def toolong(folder: Path) -> Peer | str:
    """Toolong in a virtual environment of its own, for it needs an old Textual."""
    home = folder / "toolong"
    uv = shutil.which("uv")
    make = [uv, "venv", "-q", str(home)] if uv else [sys.executable, "-m", "venv", str(home)]
    python = str(home / "bin" / "python")
    install = (
        [uv, "pip", "install", "-q", "--python", python] if uv else [python, "-m", "pip", "install", "-q"]
    )
    said = _done(make) or _done([*install, "toolong==1.5.0"])
    if said:
        return f"toolong could not be installed: {said}"
    return Peer(
        "toolong 1.5.0",
        (str(home / "bin" / "tl"),),
        top=("Home",),
        search=("C-f",),
        go=("Down",),
        to_end=("End",),
    )


def lnav() -> Peer | str:
    """The Log File Navigator, from the system's packages where we may install some."""
    if not shutil.which("lnav"):
        apt = shutil.which("apt-get")
        said = _done([apt, "install", "-y", "-qq", "lnav"]) if apt else "no apt-get here"
        if said or not shutil.which("lnav"):
            return f"lnav is not installed and could not be: {said}"
    return Peer(
        "lnav (plain text)", (shutil.which("lnav") or "", "-N"), r"L9999\d\d|999999 ran",
        top=("g",), search=("/",), hit=r"1 hits? for|NEEDLE-7f3a9c rare", to_end=("G",),
    )  # fmt: skip


def _done(command: list[str]) -> str:
    """Why a command failed, in one line; empty when it did not."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (ran.stderr or ran.stdout).strip().splitlines()
    return "" if not ran.returncode else (said[-1] if said else f"exit {ran.returncode}")
