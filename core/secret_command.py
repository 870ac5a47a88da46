"""Runs a command of the user's that prints a secret, such as `pass show name`."""

from __future__ import annotations

import shlex
import subprocess

from core.errors import TaskdeckError
from core.secrets import remember

_SECONDS = 60


def read_secret(command: str, source: str, name: str) -> str:
    """What `command` prints, run without a shell; from now on it is hidden wherever something is shown.

    `name` says what the command is ("key command") and `source` which setting names it. Blocking. Raises
    TaskdeckError; what the command said goes nowhere, since it could hold the secret.
    """
    hint = f"Run it yourself to see why; {source} names it."
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise TaskdeckError(f"The {name} cannot be read: {error}.", hint) from None
    failure, text = _output(words)
    if not failure and len(text.splitlines()) != 1:
        failure = "printed nothing" if not text else "printed more than one line"
    if failure:
        raise TaskdeckError(f"The {name} {words[0] if words else ''} {failure}.", hint)
    remember(text)
    return text


def _output(words: list[str]) -> tuple[str, str]:
    """Why the command failed, else nothing, and what it printed."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except OSError as error:
        return f"cannot be started: {error.strerror or type(error).__name__}", ""
    except subprocess.TimeoutExpired:
        return f"did not end within {_SECONDS} s", ""
    except ValueError:
        return "cannot be started", ""
    failure = f"ended with exit code {done.returncode}" if done.returncode else ""
    return failure, done.stdout.decode("utf-8", "replace").strip()
