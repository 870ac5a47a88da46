"""The command pr: how a run's pull request stands on its forge now, and making one afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from core.errors import TaskdeckError
from core.plain_text import plural, printable
from core.runs.folder import RunFolder, find_run
from core.runs.standing import pull_request_stage
from core.runs.view import RunView
from tui.cli.invocation import Invocation, command
from tui.cli.run_json import age, iso
from tui.cli.runs import state_of

if TYPE_CHECKING:
    from core.publishing.forge.model import PullRequest
    from core.runs.pull_request_look import Asked

_SIGNS = {
    "open": ("●", "cyan"),
    "draft": ("◌", "yellow"),
    "closed": ("✕", "red"),
    "merged": ("✓", "green"),
}
_ALIVE = ("open", "draft", "merged")


@dataclass(frozen=True)
class _Card:
    """A run's pull request with what the forge just said. `named` is the run somebody named."""

    named: str
    run: RunView
    folder: RunFolder
    asked: Asked
    wrong: tuple[str, ...]
    made: bool = False

    @property
    def is_right(self) -> bool:
        found = self.asked.found
        return found is not None and found.state in _ALIVE and not self.wrong

    @property
    def link(self) -> str:
        """Where a person sees it, or can make it."""
        if self.asked.found is not None:
            return self.asked.found.url
        stage = pull_request_stage(self.run)
        return (stage.proof.get("url", "") or stage.proof.get("link", "")) if stage is not None else ""


@command("pr")
@click.argument("run", default="last")
@click.option("--make", is_flag=True, help="Make it where a finished run that was pushed has none.")
def pull_request(invocation: Invocation, run: str, make: bool) -> int:
    """Ask the forge how the pull request of RUN stands; exit 0 when open or merged with the right base."""
    from core.runs.lineage import family, maker_of, related
    from core.runs.pull_request_look import make_pull_request
    from core.runs.watch import summary

    folder = find_run(state_of(invocation), run)
    views = related([summary(one) for one in family(folder)])
    view = maker_of(next(one for one in views if one.id == folder.id), views)
    folder, named = RunFolder(folder.path.parent / view.id), folder.id
    card = _look(invocation, named, view, folder)
    if make and card.asked.found is None:
        done = make_pull_request(folder, invocation.workspace.project)
        invocation.say(printable(done.words))
        if done.skipped:
            invocation.emit(_card_json(card) | {"link": done.proof.get("link", "")})
            return 1
        card = _look(invocation, named, view, folder, int(done.proof["number"]))
    invocation.emit(_card_json(card))
    invocation.say(*_lines(invocation, card))
    return 0 if card.is_right else 1


def _look(
    invocation: Invocation, named: str, view: RunView, folder: RunFolder, made: int | None = None
) -> _Card:
    from core.publishing.forge.words import wrong_words
    from core.runs.pull_request_look import Asked, ask_forge, recorded_number

    request = folder.request
    try:
        number = made if made is not None else recorded_number(view)
        if request.push:
            asked = ask_forge(folder, invocation.workspace.project, number)
        else:
            asked = Asked(None, why="The run was not asked to push anything.")
    except TaskdeckError as error:
        asked = Asked(None, why=f"{error.message} {error.hint}".strip())
    found = asked.found
    wanted = (request.remote_base or request.base, request.branch)
    wrong = (
        wrong_words((found.base, found.head), wanted, found.state, found.url, _again(view, wanted[0]))
        if found
        else ()
    )
    return _Card(named, view, folder, asked, tuple(wrong), made is not None)


def _again(run: RunView, base: str) -> str:
    """How another one is made."""
    if run.is_over and run.state != "done" and not run.finished_by:
        return f"`taskdeck runs retry {run.id}` makes one into {base}."
    does = "docs generate --force" if run.kind == "docs" else "submit"
    return f"`taskdeck {does} {','.join(run.keys)} --pr --base {base}` makes one into it."


def _lines(invocation: Invocation, card: _Card) -> Iterator[str]:
    from core.publishing.forge.words import STATE_WORDS
    from core.runs.standing import failing_words

    found = card.asked.found
    if found is None:
        yield f"○ {printable(_none_words(card))}"
    else:
        failing = failing_words(found)
        sign, style = ("✕", "red") if failing else _SIGNS[found.state]
        told = ", ".join(filter(None, (f"{found.label} {STATE_WORDS[found.state]}", failing)))
        yield f"{invocation.paint(f'{sign} {printable(told)}', style)}  {printable(found.title)}"
    for words in card.wrong:
        yield invocation.paint(f"✕ {printable(words)}", "red")
    for name, value in _rows(card):
        yield f"  {name:<8} {printable(value)}"


def _none_words(card: _Card) -> str:
    """Why there is none to show, and what to do about it."""
    from core.runs.pull_request_look import has_pushed

    stage = pull_request_stage(card.run)
    if stage is not None and card.link:
        return stage.words
    if not card.run.is_over:
        return "The run is still under way; its pull request comes last."
    if not has_pushed(card.folder):
        return "No pull request was made: the run pushed nothing."
    return f"No pull request was made. `taskdeck pr {card.run.id} --make` makes it."


def _rows(card: _Card) -> Iterator[tuple[str, str]]:
    request, found = card.folder.request, card.asked.found
    yield "into", found.base if found else request.remote_base or request.base or "no base"
    yield "from", found.head if found else request.branch
    if found is not None:
        yield from _read_rows(found)
    for agent in card.run.agents:
        if agent.judged is not None:
            sign = "✓" if agent.judged.passed else "✕"
            yield "gate", f"{sign} {agent.name}: {agent.judged.words or 'passed'}"
    what = "documents of " if card.run.kind == "docs" else ""
    keys = ", ".join(card.run.keys[:8]) + (" …" if len(card.run.keys) > 8 else "")
    yield "run", f"{card.run.id}, {what}task{'s' * (len(card.run.keys) != 1)} {keys}"
    if card.named != card.run.id:
        yield "finishes", f"run {card.named}"
    if card.link:
        yield "link", card.link
    if card.asked.read_at is not None:
        yield "read", f"{age(time.time() - card.asked.read_at)} ago from {card.asked.forge}"
    if card.asked.why:
        yield "forge" if card.asked.forge else "not read", card.asked.why


def _read_rows(found: PullRequest) -> Iterator[tuple[str, str]]:
    from core.publishing.forge.words import checks_words, merging_words

    yield "commit", found.head_commit
    if found.files is not None:
        yield "files", f"{plural(found.files, 'file')} changed"
    if found.checks is not None:
        yield "checks", checks_words(found.checks)
    if words := merging_words(found):
        yield "merging", words


def _card_json(card: _Card) -> dict[str, Any]:
    request, found = card.folder.request, card.asked.found
    stage = pull_request_stage(card.run)
    document: dict[str, Any] = {
        "run": card.run.id,
        "finishes": card.named if card.named != card.run.id else None,
        "right": card.is_right,
        "made": card.made,
        "wantedBase": request.remote_base or request.base,
        "wantedHead": request.branch,
        "link": card.link,
        "forge": card.asked.forge,
        "readAt": iso(card.asked.read_at),
        "why": card.asked.why,
        "wrong": list(card.wrong),
        "gate": [
            {"agent": agent.name, "passed": agent.judged.passed, "words": agent.judged.words}
            for agent in card.run.agents
            if agent.judged is not None
        ],
        "atItsMaking": dict(stage.proof) if stage is not None else None,
        "pullRequest": None if found is None else _found_json(found),
    }
    return document


def _found_json(found: PullRequest) -> dict[str, Any]:
    checks = found.checks
    return {
        "number": found.number,
        "label": found.label,
        "kind": found.noun,
        "state": found.state,
        "title": found.title,
        "url": found.url,
        "base": found.base,
        "head": found.head,
        "commit": found.head_commit,
        "files": found.files,
        "checks": None
        if checks is None
        else {
            "state": checks.state,
            "passed": checks.passed,
            "failed": checks.failed,
            "pending": checks.pending,
            "failing": list(checks.failing),
        },
        "merging": {"state": found.merging.state, "behind": found.merging.behind},
    }


COMMANDS = {"pr": pull_request}
