"""The command pull: fetch, move the branch on where nothing is in the way, else merge by task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import Cancelled, DamagedFile, Refused, TaskdeckError
from core.plain_text import printable
from tui.cli.invocation import Invocation, command, somebody_answers
from tui.cli.output import plural

if TYPE_CHECKING:
    from core.publishing.pull import Fetched, TaskProposal
    from core.publishing.pull_changes import TaskChange
    from core.publishing.repository import Repository

_SHOWN = 20


@command("pull")
@click.option("--dry-run", is_flag=True, help="Fetch and say what would come; change nothing.")
@click.option("--remote", metavar="NAME", help="Fetch from this remote when the branch has none yet.")
@click.option(
    "--take", type=click.Choice(["ours", "theirs"]),
    help="Which side wins where both changed one field of a task.",
)  # fmt: skip
@click.option("-y", "--yes", is_flag=True, help="Apply without asking; where both changed, ours wins.")
def pull(invocation: Invocation, dry_run: bool, remote: str | None, take: str | None, yes: bool) -> None:
    """Bring the remote's commits here, or its tasks when your own changes are in the way.

    The branch is only ever moved forward; nothing is merged or rebased by git. Merged tasks are an edit that
    `taskdeck undo` takes back. Exit 0 means that nothing of the remote is left out.
    """
    from core.publishing.publish_paths import path_in
    from core.publishing.pull import fetch_state
    from core.publishing.repository import Repository

    workspace = invocation.workspace
    repository = Repository.open(workspace.project.root)
    try:
        path = path_in(repository, workspace.project.tasks_file)
        fetched = fetch_state(repository, remote, workspace.settings.settings.publish.protected)
        _Pull(invocation, repository, fetched, path, dry_run).run(take, yes)
    finally:
        repository.close()


@dataclass
class _Pull:
    """One pull after its fetch; `path` is the task file's from the top of the repository."""

    invocation: Invocation
    repository: Repository
    fetched: Fetched
    path: str
    dry_run: bool
    did: str = "nothing"
    proposal: TaskProposal | None = None
    edit: int = 0

    def run(self, take: str | None, yes: bool) -> None:
        """Say what there is, do it, say what is left out. Raises TaskdeckError for what is left out."""
        if self.invocation.file and not self._is_held():
            raise self._no_task_file()
        _tell(self.invocation, self.fetched)
        self.proposal = self._propose(take)
        changes = self._changes()
        self._show(changes)
        if not self.fetched.behind:
            problem = None
        elif self.fetched.can_forward:
            problem = self._forward()
        else:
            problem = self._merge(take, yes)
        if problem is None and self.proposal is None and self._is_held() and not self._file.is_file():
            problem = self._no_task_file()
        self.invocation.emit(_document(self, changes, problem))
        if problem is not None:
            raise problem

    @property
    def _file(self) -> Path:
        return self.invocation.workspace.project.tasks_file

    def _is_held(self) -> bool:
        """Whether the task file is here, in HEAD or on the remote's branch."""
        places = ("HEAD", self.fetched.remote.commit)
        return self._file.is_file() or any(
            self.repository.blob_hash(place, self.path) for place in places if place
        )

    def _no_task_file(self) -> TaskdeckError:
        from core.publishing.missing_files import no_task_file

        there, commit = str(self.fetched.target), self.fetched.remote.commit
        return no_task_file(self.repository, self._file, self.path, Path.cwd(), there, commit)

    def _propose(self, take: str | None) -> TaskProposal | None:
        from core.publishing.pull import propose

        fetched, project = self.fetched, self.invocation.workspace.project
        if not fetched.behind:
            return None
        if fetched.can_forward:
            try:
                return propose(self.repository, project, fetched) if self.path in fetched.changes else None
            except DamagedFile:
                return None  # nothing is merged then: the file comes as the commit holds it
        proposal = propose(self.repository, project, fetched)
        if proposal is not None and take == "theirs":
            chosen = {(one.tag, one.key, one.field): "theirs" for one in proposal.conflicts}
            proposal = propose(self.repository, project, fetched, chosen)  # type: ignore[arg-type]
        return proposal

    def _changes(self) -> list[TaskChange]:
        from core.publishing.pull_changes import task_changes

        return task_changes(self.proposal) if self.proposal is not None else []

    def _show(self, changes: list[TaskChange]) -> None:
        """Every task that changes, and the other files that come where the branch moves on."""
        from core.publishing.pull_changes import SIGNS, change_words

        say = self.invocation.say
        if self.proposal is not None and not changes:
            say("  ~ what the task file says of itself, no task")
        for change in changes:
            say(f"  {SIGNS[change.kind]} {change_words(change)}")
        others = [path for path in self.fetched.changes if path != self.path]
        if not self.fetched.can_forward or not others:
            return
        say(*(f"  ~ {printable(path)}" for path in others[:_SHOWN]))
        if len(others) > _SHOWN:
            say(f"  and {plural(len(others) - _SHOWN, 'more file')}")

    def _forward(self) -> TaskdeckError | None:
        from core.publishing.pull import fast_forward

        if self.dry_run:
            at = (self.fetched.remote.commit or "")[:7]
            self.invocation.say(f"The branch would move on to {at}.")
            return None
        commit = fast_forward(self.repository, self.fetched)
        self._tick(f"{self.fetched.branch} is at {commit[:7]}.")
        self.did = "forwarded"
        return None

    def _merge(self, take: str | None, yes: bool) -> TaskdeckError | None:
        """Take the remote's tasks, and its commits where only the task file is changed here."""
        from core.publishing.left_out import left_out
        from core.publishing.pull import apply_proposal, forward_around

        fetched, proposal = self.fetched, self.proposal
        there = str(fetched.target)
        moved = False
        if proposal is None:
            self.invocation.say(f"The tasks of {printable(there)} are all here already.")
        if not self.dry_run:
            if proposal is not None:
                _ask(fetched, proposal, take, yes)
                change = apply_proposal(self.invocation.workspace.store, proposal, there)
                self.did, self.edit = "merged", change.entry.number
                self._tick(f"The tasks of {there} are merged; `taskdeck undo` takes it back.")
            moved = forward_around(self.repository, fetched, self.path)
        if moved:
            self.did = "merged and forwarded" if proposal is not None else "forwarded"
            at = (fetched.remote.commit or "")[:7]
            self._tick(f"{fetched.branch} is at {at}; what you changed in the task file is not committed.")
            return None
        if self.dry_run and set(fetched.in_the_way) <= {self.path} and fetched.relation == "behind":
            self.invocation.say("The branch would move on, and your task file stay a change of your own.")
            return None
        return left_out(self.repository, fetched, self.path, Path.cwd())

    def _tick(self, words: str) -> None:
        self.invocation.say(f"{self.invocation.paint('✓', 'green')} {printable(words)}")


def _ask(fetched: Fetched, proposal: TaskProposal, take: str | None, yes: bool) -> None:
    if proposal.conflicts and not (take or yes) and not somebody_answers():
        raise Refused(
            f"You and {fetched.target} changed the same {plural(len(proposal.conflicts), 'field')}.",
            "Say who wins: --take ours or --take theirs; --dry-run shows them.",
        )
    if not (take or yes) and somebody_answers() and not click.confirm("Apply these tasks?", default=True):
        raise Cancelled("Nothing was changed.")


def _tell(invocation: Invocation, fetched: Fetched) -> None:
    from core.publishing.branch_words import both_ways_words

    there = str(fetched.target)
    words = {
        "same": f"{fetched.branch} and {there} are the same.",
        "ahead": f"{plural(fetched.ahead, 'commit')} not on {there} yet; nothing to pull.",
        "behind": f"{plural(fetched.behind, 'commit')} of {there} not here.",
        "diverged": both_ways_words(fetched.target, fetched.ahead, fetched.behind),
        "absent": f"The remote has no branch {there} yet.",
    }
    invocation.say(printable(words[fetched.relation]))


def _document(pulled: _Pull, changes: list[TaskChange], problem: TaskdeckError | None) -> dict[str, Any]:
    fetched, proposal = pulled.fetched, pulled.proposal
    document: dict[str, Any] = {
        "did": pulled.did,
        "branch": fetched.branch,
        "remote": str(fetched.target),
        "relation": fetched.relation,
        "ahead": fetched.ahead,
        "behind": fetched.behind,
        "commit": fetched.remote.commit,
        "changes": list(fetched.changes),
        "inTheWay": list(fetched.in_the_way),
        "problems": [{"message": problem.message, "hint": problem.hint}] if problem else [],
    }
    if proposal is not None:
        document["proposal"] = {
            "path": proposal.path,
            "added": list(proposal.added),
            "removed": list(proposal.removed),
            "tasks": [_task_json(change) for change in changes if change.kind != "conflict"],
            "conflicts": [
                {
                    "tag": c.tag,
                    "taskId": c.key,
                    "field": c.field,
                    "ours": c.ours,
                    "theirs": c.theirs,
                    "chosen": c.chosen,
                }
                for c in proposal.conflicts
            ],
        }
    if pulled.edit:
        document["edit"] = pulled.edit
    return document


def _task_json(change: TaskChange) -> dict[str, Any]:
    fields = {field.name: {"from": field.old, "to": field.new} for field in change.fields}
    return {
        "tag": change.tag,
        "taskId": change.key,
        "title": change.title,
        "change": change.kind,
        "fields": fields,
    }


COMMANDS: dict[str, click.Command] = {"pull": pull}
