"""What a forge is to us: find, make and read back one pull request."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal, Protocol

from core.errors import TaskdeckError
from core.publishing.forge.merging import UNTOLD, Merging

State = Literal["open", "draft", "closed", "merged"]
Noun = Literal["pull request", "merge request"]
CheckState = Literal["none", "pending", "passed", "failed"]


@dataclass(frozen=True, slots=True)
class Checks:
    """What the forge's own checks say about a commit: how many of each, and all of them in one word.

    `failing` names those that failed, as far as the forge gives them names.
    """

    passed: int = 0
    failed: int = 0
    pending: int = 0
    failing: tuple[str, ...] = ()

    @property
    def state(self) -> CheckState:
        if self.failed:
            return "failed"
        if self.pending:
            return "pending"
        return "passed" if self.passed else "none"


def checks_of(told: Sequence[tuple[str, str]], passed: Set[str]) -> Checks:
    """The checks of these names and states: those of `passed` passed, "pending" is pending, others failed."""
    good = sum(state in passed for _, state in told)
    pending = sum(state == "pending" for _, state in told)
    failing = [name for name, state in told if state != "pending" and state not in passed]
    return Checks(good, len(failing), pending, tuple(dict.fromkeys(filter(None, failing))))


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge tells it. `head_commit` is the commit its branch stands at there.

    `files` is how many files it changes, `checks` None where they were not asked for, `merging` whether the
    forge would merge it now.
    """

    number: int
    url: str
    state: State
    base: str
    head: str
    title: str
    head_commit: str
    body: str = ""
    files: int | None = None
    checks: Checks | None = None
    noun: Noun = "pull request"
    merging: Merging = UNTOLD

    @property
    def label(self) -> str:
        """How the forge writes its number: `#12`, of a merge request `!12`."""
        return label_of(self.noun, self.number)


def label_of(noun: str, number: int | str) -> str:
    """`#12` for a pull request, `!12` for a merge request."""
    return f"{'!' if noun == 'merge request' else '#'}{number}"


@dataclass(frozen=True, slots=True)
class Rights:
    """Whether these credentials may push and open a request, as far as the forge tells; `words` says it."""

    may: bool
    words: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The pull request that shall exist: from branch `head` at `head_commit` to branch `base`."""

    base: str
    head: str
    head_commit: str
    title: str
    body: str


class ForgeFailed(TaskdeckError):  # noqa: N818 - named as its siblings in core.errors
    """A forge did not do what was asked. `status` is its answer's, 0 without an answer.

    The message names the method, the address without credentials, and the cause.
    """

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class Forge(Protocol):
    """One repository on one forge. All calls block and raise ForgeFailed."""

    @property
    def name(self) -> str:
        """How it is spoken of: "GitHub at github.com"."""
        ...

    @property
    def noun(self) -> Noun:
        """What it calls what is made there."""
        ...

    def find(self, head: str) -> list[PullRequest]:
        """The pull requests from branch `head`, in any state, newest first."""
        ...

    def create(self, wanted: Wanted) -> PullRequest: ...

    def read(self, number: int) -> PullRequest:
        """One pull request with its files and checks."""
        ...

    def branch_commit(self, branch: str) -> str | None:
        """The commit a branch stands at on the forge; None when it has no such branch."""
        ...

    def who(self) -> str:
        """Who we are there, which proves that the credentials hold."""
        ...

    def rights(self) -> Rights:
        """What we may do there. Changes nothing."""
        ...
