"""The command pull: fetch, move the branch on where nothing is in the way, else merge by task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.errors import Cancelled, Refused
from core.plain_text import printable
from tui.cli.invocation import Invocation, command, somebody_answers
from tui.cli.output import plural

if TYPE_CHECKING:
    from core.publishing.pull import Fetched, TaskProposal
    from core.publishing.repository import Repository
    from core.tasks.merging.field_conflict import FieldConflict

_SHOWN = 8


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
    `taskdeck undo` takes back.
    """
    from core.publishing.pull import fast_forward, fetch_state
    from core.publishing.repository import Repository

    workspace = invocation.workspace
    repository = Repository.open(workspace.project.root)
    try:
        fetched = fetch_state(repository, remote, workspace.settings.settings.publish.protected)
        _tell(invocation, fetched)
        if fetched.relation in ("same", "ahead", "absent"):
            _done(invocation, fetched, "nothing")
        elif fetched.can_forward and dry_run:
            invocation.say(f"The branch would move on to {(fetched.remote.commit or '')[:7]}.")
            _done(invocation, fetched, "nothing")
        elif fetched.can_forward:
            commit = fast_forward(repository, fetched)
            invocation.say(
                f"{invocation.paint('✓', 'green')} {printable(fetched.branch)} is at {commit[:7]}."
            )
            _done(invocation, fetched, "forwarded")
        else:
            _merge(invocation, repository, fetched, dry_run, take, yes)
    finally:
        repository.close()


def _merge(
    invocation: Invocation,
    repository: Repository,
    fetched: Fetched,
    dry_run: bool,
    take: str | None,
    yes: bool,
) -> None:
    from core.publishing.pull import apply_proposal, forward_around, propose

    workspace = invocation.workspace
    proposal = propose(repository, workspace.project, fetched)
    if proposal is not None and take == "theirs":
        chosen = {(one.tag, one.key, one.field): "theirs" for one in proposal.conflicts}
        proposal = propose(repository, workspace.project, fetched, chosen)  # type: ignore[arg-type]
    if proposal is None:
        invocation.say(f"The tasks of {printable(str(fetched.target))} are all here already.")
        _done(invocation, fetched, "nothing")
        return
    _show(invocation, proposal)
    if dry_run:
        _done(invocation, fetched, "nothing", proposal)
        return
    _ask(fetched, proposal, take, yes)
    change = apply_proposal(workspace.store, proposal, str(fetched.target))
    moved = forward_around(repository, fetched, proposal)
    tick = invocation.paint("✓", "green")
    invocation.say(
        f"{tick} The tasks of {printable(str(fetched.target))} are merged; `taskdeck undo` takes it back."
    )
    if moved:
        at = f"{printable(fetched.branch)} is at {proposal.commit[:7]}"
        invocation.say(f"{tick} {at}; the merged tasks are not committed.")
    else:
        invocation.note(_left(fetched))
    _done(invocation, fetched, "merged and forwarded" if moved else "merged", proposal, change.entry.number)


def _ask(fetched: Fetched, proposal: TaskProposal, take: str | None, yes: bool) -> None:
    if proposal.conflicts and not (take or yes) and not somebody_answers():
        raise Refused(
            f"You and {fetched.target} changed the same {plural(len(proposal.conflicts), 'field')}.",
            "Say who wins: --take ours or --take theirs; --dry-run shows them.",
        )
    if not (take or yes) and somebody_answers() and not click.confirm("Apply these tasks?", default=True):
        raise Cancelled("Nothing was changed.")


def _left(fetched: Fetched) -> str:
    if fetched.relation == "diverged":
        return (
            f"The commits of {fetched.branch} and {fetched.target} still differ; "
            "`git merge` or `git rebase` joins them."
        )
    return (
        f"The branch stays where it is: {', '.join(fetched.in_the_way[:5])} changed here too. "
        "Commit or undo that, then pull again."
    )


def _tell(invocation: Invocation, fetched: Fetched) -> None:
    there = printable(str(fetched.target))
    words = {
        "same": f"{printable(fetched.branch)} and {there} are the same.",
        "ahead": f"{plural(fetched.ahead, 'commit')} not on {there} yet; nothing to pull.",
        "behind": f"{plural(fetched.behind, 'commit')} of {there} not here.",
        "diverged": f"{plural(fetched.ahead, 'commit')} not on {there}, {fetched.behind} of it not here.",
        "absent": f"The remote has no branch {there} yet.",
    }
    invocation.say(words[fetched.relation])


def _show(invocation: Invocation, proposal: TaskProposal) -> None:
    for sign, keys in (("+", proposal.added), ("-", proposal.removed)):
        if keys:
            listed = ", ".join(printable(key) for key in keys[:20])
            invocation.say(f"  {sign} {listed}" + (" …" if len(keys) > 20 else ""))
    for conflict in proposal.conflicts[:_SHOWN]:
        invocation.say(f"  {_conflict(conflict)}")
    if len(proposal.conflicts) > _SHOWN:
        invocation.say(f"  and {len(proposal.conflicts) - _SHOWN} more")


def _conflict(conflict: FieldConflict) -> str:
    where = " ".join(part for part in (conflict.tag, conflict.key, conflict.field) if part)
    return f"! {printable(where)}: here {_short(conflict.ours)}, there {_short(conflict.theirs)}"


def _short(value: object) -> str:
    text = printable(str(value) if value is not None else "nothing")
    return text if len(text) <= 40 else text[:39] + "…"


def _done(
    invocation: Invocation, fetched: Fetched, did: str, proposal: TaskProposal | None = None, edit: int = 0
) -> None:
    document: dict[str, Any] = {
        "did": did,
        "branch": fetched.branch,
        "remote": str(fetched.target),
        "relation": fetched.relation,
        "ahead": fetched.ahead,
        "behind": fetched.behind,
        "commit": fetched.remote.commit,
        "changes": list(fetched.changes),
        "inTheWay": list(fetched.in_the_way),
    }
    if proposal is not None:
        document["proposal"] = {
            "path": proposal.path,
            "added": list(proposal.added),
            "removed": list(proposal.removed),
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
    if edit:
        document["edit"] = edit
    invocation.emit(document)


COMMANDS: dict[str, click.Command] = {"pull": pull}
