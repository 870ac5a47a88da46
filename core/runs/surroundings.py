"""The user's own files and branches around an agent, which it has no business with."""

from __future__ import annotations

from dataclasses import dataclass

from core.plain_text import printable
from core.publishing.repository import Repository
from core.runs.request import RunRequest

_MOST = 5


@dataclass(frozen=True)
class Surroundings:
    """What git says at one moment: files that are not as committed, and refs with their commits."""

    files: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()

    def changed_since(self, before: Surroundings) -> list[str]:
        """What is otherwise now than it was, as sentences; none when nothing is."""
        changed = (("work tree", self.files - before.files), ("repository", self.refs - before.refs))
        return [
            f"In your own {place} {', '.join(printable(name) for name in sorted(names)[:_MOST])} changed "
            "while the agent ran: was that you?"
            for place, names in changed
            if names
        ]


def surroundings(repository: Repository | None, request: RunRequest) -> Surroundings:
    """How they are now; nothing for the builtin agent, which is ours and not watched. Blocks."""
    if repository is None or request.agent == "builtin":
        return Surroundings()
    args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]
    answer = repository.run(args, check=False, env={"GIT_OPTIONAL_LOCKS": "0"})
    lines = answer.out.decode("utf-8", "replace").split("\0") if answer.code == 0 else []
    files = frozenset(line[3:] for line in lines if line and line[3:] != request.tasks_path)
    return Surroundings(files, _refs(repository))


def _refs(repository: Repository) -> frozenset[str]:
    """Branches, tags and what git remembers of remotes, with their commits; branches of runs are ours."""
    answer = repository.run(["for-each-ref", "--format=%(refname) at %(objectname:short=12)"], check=False)
    names = answer.text.splitlines() if answer.code == 0 else []
    return frozenset(name for name in names if not name.startswith("refs/heads/taskdeck/"))
