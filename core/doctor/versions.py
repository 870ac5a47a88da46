"""The exact versions of every part in play: without them nobody knows whether a fix was even run."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from core.build import own_build

PACKAGES = ("taskdeck", "textual", "pydantic", "anthropic", "GitPython")


def package_version(name: str) -> str:
    """The version of an installed distribution; empty when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def program_version(path: str, environment: dict[str, str] | None = None) -> str:
    """What a program prints as its version; empty when it does not within ten seconds. Blocking."""
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:80] if done.returncode == 0 and lines else ""


def all_versions() -> list[tuple[str, str]]:
    """Names with versions of the packages, Python, the system and git; and which files of ours run."""
    found = [(name, package_version(name) or "not installed") for name in PACKAGES]
    found.append(("Python", platform.python_version()))
    found.append(("system", f"{platform.system()} {platform.release()} {platform.machine()}"))
    git = shutil.which("git")
    found.append(("git", (program_version(git) or "git") + f" at {git}" if git else "not installed"))
    found.append(("program", sys.argv[0]))
    # Two installations side by side are told apart by where their code lies and when it was written.
    found.append(("build", own_build()))
    return found
