"""The command publish: commit the task file and what belongs to it, push, and prove it by hash."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import TaskdeckError, UsageError
from core.plain_text import printable
from core.services import Workspace
from tui.cli.completing import TEXT
from tui.cli.invocation import Invocation, command
from tui.cli.output import Cell, Column, flush_output, plural, table, write_text

if TYPE_CHECKING:
    from core.publishing.publish import Published, Step
    from core.publishing.publish_check import Looked, PublishRequest, PublishState
    from core.publishing.refusals import PublishRefused
    from core.publishing.repository import Repository
    from core.publishing.truths import Truth, Truths

_SAID = 40
_PLACES = {"file": "file here", "head": "HEAD", "remembered": "remote, as fetched", "remote": "remote, now"}
_STYLES = {"same": "green", "stale": "yellow", "differs": "red", "missing": "yellow", "unknown": "dim"}
_STATES = {
    "changed": "not committed: these files differ from HEAD",
    "clean": "git sees nothing to commit, and yet HEAD does not hold these files",
    "committed": "committed here, not pushed",
    "pushed": "pushed as far as we remember; the remote did not confirm it",
    "proven": "the remote holds exactly these files",
}


@command("publish")
@click.option("--check", is_flag=True, help="Change nothing; exit 0 only when the remote holds the files.")
@click.option(
    "--path", "paths", multiple=True, metavar="PATH", type=click.Path(),
    help="Publish this file or folder instead of the usual files; may be repeated.",
)  # fmt: skip
@click.option("-m", "--message", type=TEXT, help="The commit's message.")
@click.option("--remote", metavar="NAME", help="Push to this remote when the branch has none yet.")
@click.option("--include-unpushed", is_flag=True, help="Let other unpushed commits go along.")
def publish(
    invocation: Invocation,
    check: bool,
    paths: tuple[str, ...],
    message: str | None,
    remote: str | None,
    include_unpushed: bool,
) -> int:
    """Commit the task file and what belongs to it, push it to the branch's own remote branch, prove it.

    Only the named files are committed. Nothing is forced, amended, merged or rebased.
    """
    from core.publishing.kept_proof import keep_proof
    from core.publishing.publish_check import check as check_state
    from core.publishing.repository import Repository

    _check_words(paths, message)
    workspace = invocation.workspace
    if invocation.tag is not None:
        # Every tag lies in the one file; a name that is none is a mistake all the same.
        _ = workspace.tag_name
    repository = Repository.open(workspace.project.root)
    named = tuple(Path(path).absolute() for path in paths)
    request = publish_request(workspace, named, message or "", remote, include_unpushed)
    try:
        if check:
            state = check_state(repository, request)
            keep_proof(workspace.project.root, state)
            _show_state(invocation, repository, state)
            return 0 if state.proven else 1
        return _publish(invocation, repository, request)
    finally:
        repository.close()


def _check_words(paths: tuple[str, ...], message: str | None) -> None:
    """Refuse what a shell makes of an unset variable. Raises UsageError."""
    if any(not path.strip() for path in paths):
        raise UsageError("--path names nothing: it is empty.", "Name a file or folder; . is this folder.")
    if message is not None and not message.strip():
        raise UsageError("The commit's message is empty.", "Leave -m out for the usual one.")


def publish_request(
    workspace: Workspace,
    paths: tuple[Path, ...] = (),
    message: str = "",
    remote: str | None = None,
    include_unpushed: bool = False,
) -> PublishRequest:
    """What to publish by the project's settings. Raises UsageError, DamagedFile for the settings."""
    from core.publishing.publish_check import PublishRequest

    settings = workspace.settings.settings.publish
    forbidden = "publish.forbid" if "publish" in settings.forbid else ""
    return PublishRequest(
        workspace.project,
        paths,
        message,
        remote,
        include_unpushed,
        settings.protected,
        forbidden,
        workspace.prd,
    )


def _publish(invocation: Invocation, repository: Repository, request: PublishRequest) -> int:
    from core.publishing.kept_proof import keep_proof
    from core.publishing.publish import publish as publish_files
    from core.publishing.refusals import PublishRefused

    steps: list[Step] = []
    seen: list[Looked] = []

    def tell(step: Step) -> None:
        if step.state != "running":
            steps.append(step)
        if step.state in ("done", "skipped"):
            sign = invocation.paint("✓", "green") if step.state == "done" else "·"
            invocation.say(f"{sign} {printable(step.words)}")

    try:
        done = publish_files(repository, request, tell, on_look=seen.append)
    except TaskdeckError as refused:
        if invocation.as_json and seen:
            with contextlib.suppress(TaskdeckError):
                invocation.emit(_refused_json(repository, seen, steps, refused))
        said = _said(refused) if isinstance(refused, PublishRefused) else []
        if len(said) < 2:
            raise
        # The plain sentence first, then every word behind it, then the way out.
        flush_output()
        invocation.note(f"taskdeck: {refused.message}")
        for line in said:
            invocation.note(f"    {line}")
        invocation.note(f"  {refused.hint}")
        return refused.exit_code
    keep_proof(request.project.root, done.state)
    _show_done(invocation, repository, done)
    return 0


def _said(refused: PublishRefused) -> list[str]:
    """What a server or a hook said, without git's own lines around it."""
    from core.publishing.remote import server_words

    lines = [line for line in refused.output.splitlines() if line.strip()]
    return (server_words(refused.output) or lines)[:_SAID]


def _show_done(invocation: Invocation, repository: Repository, done: Published) -> None:
    state = done.state
    for note in _remarks(repository, state):
        invocation.note(note)
    invocation.emit(_state_json(state) | {"made": done.made, "steps": _steps_json(done.steps)})


def _refused_json(
    repository: Repository, seen: Sequence[Looked], steps: Sequence[Step], refused: TaskdeckError
) -> dict[str, Any]:
    """How things stand after a publication that was not done whole; of the remote, what it said last."""
    from core.publishing.publish_check import state_of, why_unanswered
    from core.publishing.refusals import PublishRefused

    last = seen[-1]
    state = state_of(repository, last, why_unanswered(last.problems))
    reason = refused.reason if isinstance(refused, PublishRefused) else "failed"
    return _state_json(state) | {
        "made": state.commit if state.commit != last.head else None,
        "steps": _steps_json(steps),
        "refused": {"reason": reason, "message": refused.message, "hint": refused.hint},
    }


def _steps_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "state": s.state, "words": s.words, "proof": s.proof, "seconds": round(s.seconds, 3)}
        for s in steps
    ]


def _remarks(repository: Repository, state: PublishState) -> list[str]:
    from core.publishing.missing_files import missing_remarks

    return [*state.notes, *missing_remarks(repository, state.outside, Path.cwd())]


def _show_state(invocation: Invocation, repository: Repository, state: PublishState) -> None:
    invocation.emit(_state_json(state))
    if not invocation.as_json:
        _show_truths(invocation, state)
        flush_output()
    for note in _remarks(repository, state):
        invocation.note(note)
    for problem in state.problems:
        invocation.note(f"{problem.message} {problem.hint}")
    if not state.proven and not state.problems:
        invocation.note("Not proven: `taskdeck publish` does the rest.")
    colour = "green" if state.proven else "yellow"
    none = "no branch on a remote yet" if repository.remotes else "no remote"
    where = f"{state.branch or 'no branch'} → {state.target or none}"
    invocation.say(f"{invocation.paint(state.state, colour)}  {printable(where)}: {_STATES[state.state]}.")


def _show_truths(invocation: Invocation, state: PublishState) -> None:
    """A line for each file that is the same everywhere, all places of the others, the commits between."""
    same = [truths for truths in state.truths if all(truth.word == "same" for truth in truths.all)]
    for truths in same:
        tick = invocation.paint("✓", "green")
        invocation.say(f"{tick} {printable(truths.path)}  git blob {(truths.file.hash or '')[:10]}")
    for truths in state.truths:
        if truths not in same:
            invocation.say(
                *([""] if truths is not state.truths[0] else []),
                invocation.paint(printable(truths.path), "bold"),
            )
            write_text(_truths_table(invocation, truths))
    if len(same) < len(state.truths):
        invocation.say("")
    there = printable(str(state.target))
    if state.ahead:
        invocation.say(f"{plural(state.ahead, 'commit')} not on {there} yet.")
    if state.behind:
        invocation.say(f"{plural(state.behind, 'commit')} of {there} not here.")
    for one in state.others:
        invocation.say(f"would go along: {one.commit[:7]} {printable(one.subject)} ({printable(one.author)})")


def _truths_table(invocation: Invocation, truths: Truths) -> str:
    columns = [Column("place"), Column(""), Column("git blob"), Column("tasks", right=True)]
    columns += [Column("first task", flexible=True, rank=1), Column("commit"), Column("age", rank=2)]
    return table(columns, [_truth_row(truths, truth) for truth in truths.all], invocation.paint)


def _truth_row(truths: Truths, truth: Truth) -> list[Cell]:
    content = truth.content
    commit = (truth.commit or "")[:7]
    if truth.place == "file" and truth.hash and not truths.committed:
        commit = "not committed"
    return [
        Cell(_PLACES[truth.place]),
        Cell("" if truth.place == "file" else truth.word, _STYLES[truth.word]),
        Cell((truth.hash or "")[:10]),
        Cell(str(content.tasks) if content else ""),
        Cell(printable(content.first) if content else ""),
        Cell(commit, "dim"),
        Cell(_age(truth)),
    ]


def _age(truth: Truth) -> str:
    made = truth.modified if truth.place == "file" else truth.committed
    if made is None:
        return ""
    seconds = max(0, truth.seen - made)
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name} ago"
    return f"{seconds:.0f} s ago"


def _state_json(state: PublishState) -> dict[str, Any]:
    main = state.main
    return {
        "state": state.state,
        "branch": state.branch,
        "commit": state.commit,
        "remote": str(state.target) if state.target else None,
        "address": state.address,
        "localHash": main.file.hash if main else None,
        "remoteHash": main.remote.hash if main else None,
        "paths": [_truths_json(truths) for truths in state.truths],
        "clean": state.clean,
        "ahead": state.ahead,
        "behind": state.behind,
        "otherCommits": [
            {"commit": one.commit, "subject": one.subject, "author": one.author} for one in state.others
        ],
        "deletedElsewhere": list(state.outside),
        "problems": [{"reason": p.reason, "message": p.message, "hint": p.hint} for p in state.problems],
        "notes": list(state.notes),
    }


def _truths_json(truths: Truths) -> dict[str, Any]:
    places = {"file": "local", "head": "head", "remembered": "tracking", "remote": "remote"}
    hashes = {f"{places[truth.place]}Hash": truth.hash for truth in truths.all}
    contents = {
        places[truth.place]: {
            "where": truth.where,
            "word": truth.word,
            "commit": truth.commit,
            "tasks": truth.content.tasks if truth.content else None,
            "firstTitle": truth.content.first if truth.content else None,
        }
        for truth in truths.all
    }
    return {"path": truths.path, **hashes, "proven": truths.proven, "places": contents}


COMMANDS: dict[str, click.Command] = {"publish": publish}
