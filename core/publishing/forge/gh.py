"""Carries GitHub's REST calls through the `gh` command, which holds the login itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from core.plain_text import printable, shorten
from core.publishing.forge.answer import error_text
from core.publishing.forge.model import ForgeFailed
from core.secrets import redact

_SECONDS = 60


class GhTransport:
    """Calls `gh api` for `host`. Nothing of the request stands on the command line but method and path."""

    def __init__(self, host: str, command: str) -> None:
        self.host = host
        self.command = command

    @property
    def name(self) -> str:
        return f"{self.host}, by gh"

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        arguments = ["api", "--hostname", self.host, "--method", method, "--include", path.lstrip("/")]
        if body is not None:
            arguments += ["--input", "-"]
        where = f"gh api {method} {path}"
        code, out, err = run_gh(self.command, arguments, json.dumps(body) if body is not None else "")
        status, text = _split_answer(out)
        if code == 0:
            try:
                return json.loads(text)
            except ValueError:
                raise ForgeFailed(
                    f"{where} printed something that is not JSON.", "Is `gh` the GitHub CLI?"
                ) from None
        raise ForgeFailed(f"{where} failed: {_cause(text, err)}.", _hint(status, self.host), status)


def find_gh() -> str | None:
    """The `gh` command on the PATH, if there is one."""
    return shutil.which("gh")


def is_logged_in(command: str, host: str) -> bool:
    """Whether `gh` holds a login for the host. Blocking, some tenths of a second."""
    try:
        return run_gh(command, ["auth", "token", "--hostname", host])[0] == 0
    except ForgeFailed:
        return False


def run_gh(command: str, arguments: Sequence[str], stdin: str = "") -> tuple[int, str, str]:
    """Exit code, standard output and error of one call. Raises ForgeFailed when it does not run or end."""
    quiet = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "CLICOLOR": "0"}
    try:
        done = subprocess.run(
            [command, *arguments],
            input=stdin.encode(),
            env=os.environ | quiet,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except OSError as error:
        raise ForgeFailed(
            f"gh cannot be started: {error.strerror}.", "Set publish.forge to github or link."
        ) from None
    except subprocess.TimeoutExpired:
        raise ForgeFailed(
            f"gh did not end within {_SECONDS} s.", "Try again; the network may be slow."
        ) from None
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def _split_answer(out: str) -> tuple[int, str]:
    """Status and body of what `gh api --include` prints: a status line, headers, an empty line, the body."""
    head, separator, body = out.replace("\r\n", "\n").partition("\n\n")
    if not separator or not head.startswith("HTTP/"):
        return 0, out
    words = head.split(None, 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body


def _cause(text: str, err: str) -> str:
    try:
        said = error_text(json.loads(text))
    except ValueError:
        said = ""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return said or shorten(printable(redact(lines[-1] if lines else "no reason given")), 300).rstrip(".")


def _hint(status: int, host: str) -> str:
    if status in (0, 401, 403):
        return f"`gh auth status --hostname {host}` says whether you are logged in and what for."
    return "Try again later." if status >= 500 else "Correct what it names and try again."
