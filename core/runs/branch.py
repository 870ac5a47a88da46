"""The one branch a run leaves its results on, moved forward only, and only by this run."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Conflict
from core.plain_text import printable, shorten
from core.publishing.repository import Repository
from core.secrets import redact

_SUBJECT = 72


class RunBranch:
    """A run's branch; it comes into being with the first result that passed. `head` is where it stands.

    `continues` is the commit an earlier run left on it. Raises Conflict when it stands elsewhere by now.
    """

    def __init__(self, repository: Repository, name: str, base: str, continues: str = "") -> None:
        self.repository = repository
        self.name = name
        self.base = base
        self.head = continues or base
        if continues:
            check_stands(repository, name, continues)
        self.exists = bool(continues)

    def add(self, files: Mapping[str, bytes | None], message: str) -> str:
        """Commit files, by path from the repository's top, on top; no work tree, hook or index takes part.

        Returns the branch's new commit, the old one when nothing differs. Raises Conflict when somebody else
        moved the branch, TaskdeckError. Blocks; one at a time.
        """
        return self.move(self.repository.commit_tree(self.head, files, message))

    def move(self, commit: str) -> str:
        """Let the branch stand at `commit`, which descends from `head`. Raises Conflict, TaskdeckError."""
        if not self.exists:
            self.repository.create_branch(self.name, commit)
        elif commit != self.head:
            self.repository.update_ref(f"refs/heads/{self.name}", commit, self.head)
        self.exists = True
        self.head = commit
        return commit


def check_stands(repository: Repository, name: str, continues: str) -> None:
    """Raises Conflict when the branch stands elsewhere than at `continues`, where an earlier run left it."""
    there = repository.commit(f"refs/heads/{name}")
    if there != continues:
        where = f"at {there[:12]}" if there else "gone"
        raise Conflict(
            f"The branch {name} is {where}, not at {continues[:12]}, where the run before left it.",
            "Start anew instead: `taskdeck docs generate` or `submit`.",
        )


def commit_message(what: str, title: str, facts: Mapping[str, str]) -> str:
    """A message of one line, and what is known about the result below it. Titles are anybody's text."""
    subject = shorten(f"{what}: {_line(title)}", _SUBJECT)
    lines = [f"{name}: {_line(value)}" for name, value in facts.items() if value]
    return "\n".join([subject, "", *lines, ""])


def _line(text: str) -> str:
    """Text on one line without secrets: a commit is pushed, and what is cut is not known for one again."""
    return " ".join(printable(redact(text)).split())
