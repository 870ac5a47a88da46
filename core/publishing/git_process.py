"""What running git means here: its answer, its environment without prompts, and which lock it met."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import NotFound, Refused, TaskdeckError
from core.plain_text import printable
from core.secrets import redact

_OURS = re.compile(
    r"GIT_(PYTHON_|SSL_|HTTP_|PROXY_|SSH|AUTHOR_|COMMITTER_|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_|VALUE_)|EXEC_PATH)"
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_LOCK = re.compile(r"Unable to create '[^']*\.lock': File exists")
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_EDITOR": ":",
    "GIT_SEQUENCE_EDITOR": ":",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_PAGER": "cat",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}


@dataclass(frozen=True)
class Output:
    """What one git command answered; `out` exactly, `err` as text that is safe to show.

    `hook` is the hook of the repository that ended it, where somebody looked; empty when none did.
    """

    code: int
    out: bytes
    err: str
    seconds: float
    hook: str = ""

    @property
    def text(self) -> str:
        """The answer as text without its last line end."""
        return self.out.decode("utf-8", "surrogateescape").rstrip("\n")

    @property
    def words(self) -> str:
        """The last thing git said, as one line: what a message quotes."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        return lines[-1] if lines else f"git ended with exit code {self.code}"

    @property
    def locked(self) -> bool:
        """Whether another git held a lock for a moment; nothing was done then."""
        return self.code != 0 and _LOCK.search(self.err) is not None


class GitFailed(TaskdeckError):  # noqa: N818
    """A git command that should have worked did not; `output` is all it said."""

    def __init__(self, message: str, output: Output, hint: str = "") -> None:
        super().__init__(message, hint)
        self.output = output


class Git(Protocol):
    """Something that runs git in one repository."""

    top: Path

    def run(
        self,
        args: Sequence[str],
        cwd: Path | None = None,
        input: bytes | None = None,
        *,
        check: bool = True,
        hooks: bool = False,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Output: ...


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What git's environment has beyond ours: nothing can ask, nothing opens an editor or a pager."""
    values = dict(_QUIET)
    # A repository may say GIT_SSH; without a terminal of its own ssh cannot ask then either.
    if "GIT_SSH" not in os.environ and _is_ssh(os.environ.get("GIT_SSH_COMMAND", "ssh")):
        values["GIT_SSH_COMMAND"] = os.environ.get("GIT_SSH_COMMAND", "ssh") + " -oBatchMode=yes"
    return values | dict(extra or {})


def inherited() -> list[str]:
    """Variables that would turn git to another repository, index or terminal: they come from a hook, say."""
    return [
        name
        for name in os.environ
        if name == "GPG_TTY" or (name.startswith("GIT_") and not _OURS.match(name) and name not in _QUIET)
    ]


def shown(text: str) -> str:
    """What git or a server said, without secrets, credentials in addresses and control characters."""
    text = "\n".join(line.rpartition("\r")[2] or line.rstrip("\r") for line in text.split("\n"))
    return printable(redact(_CREDENTIALS.sub("…@", text)), newlines=True).strip()


def no_repository(folder: Path, answer: Output) -> TaskdeckError:
    """Why git found no work tree around `folder`."""
    if "dubious ownership" in answer.err:
        return Refused(
            f"Git does not trust {folder}: it belongs to another user.",
            f"If you trust it: git config --global --add safe.directory {folder}",
        )
    if "must be run in a work tree" in answer.err:
        return Refused(f"{folder} has no work tree: it is git's own folder.", "Name the project's folder.")
    return NotFound(
        f"There is no git repository around {folder}.", "`git init` makes one; then commit and add a remote."
    )


def advice(answer: Output) -> str:
    """What to do about a failed command, where that is plain."""
    if answer.locked:
        return "Another git holds a lock in there; let it end. If none runs, remove the file that it names."
    return ""


def _is_ssh(command: str) -> bool:
    first = command.split(maxsplit=1)[0] if command.strip() else ""
    return first.rpartition("/")[2] == "ssh"
