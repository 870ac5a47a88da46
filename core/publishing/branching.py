"""Goes on with the same files on a new branch: the way out where nothing may be pushed to this one."""

from __future__ import annotations

from core.errors import Refused, UsageError
from core.publishing.repository import Repository
from core.settings.read_only import check_writable


def switch_to_new(repository: Repository, name: str) -> None:
    """Make the branch `name` at HEAD and check it out; files, index and the old branch stay as they are.

    Raises UsageError for a name that cannot be, Refused when git does not do it or the project is read-only.
    """
    check_writable(repository.folder)
    checked = repository.run(["check-ref-format", "--branch", name], check=False)
    if checked.code != 0 or name.startswith("-"):
        raise UsageError(f"{name!r} cannot be the name of a branch.", "For example: feature/example.")
    answer = repository.run(["switch", "--quiet", "--no-track", "--create", name], hooks=True, check=False)
    if repository.branch != name:
        raise Refused(f"The branch {name} was not made: {answer.words}.", "Choose another name.")
