"""The options every command takes that begins a run, as one wish."""

from __future__ import annotations

import functools
from typing import Any

import click

from core.errors import UsageError
from core.runs.wish import Wish
from tui.cli.completing import TEXT
from tui.cli.invocation import Callback


def run_options(function: Callback) -> Callback:
    """Give a command the options of runs; its function gets a `wish` without kind and keys to go by."""

    @functools.wraps(function)
    def callback(
        *arguments: Any,
        agent: str | None,
        model: str | None,
        where: str,
        base: str | None,
        push: bool | None,
        pr: bool | None,
        force: bool,
        commit: bool,
        remote: str | None,
        include_unpushed: bool,
        waive: tuple[str, ...],
        jobs: int | None,
        attempts: int,
        **values: Any,
    ) -> int | None:
        _refuse_contradictions(push, pr, base)
        wish = Wish(
            "docs",
            agent=agent,
            model=model or None,
            where=where,
            base=base or None,
            commit=commit,
            push=bool(push),
            pr=bool(pr),
            remote=remote or "",
            include_unpushed=include_unpushed,
            waived=waive,
            force=force,
            concurrency=jobs,
            attempts=attempts,
        )
        return function(*arguments, wish=wish, **values)

    decorated: Callback = callback
    for decorate in reversed(_OPTIONS):
        decorated = decorate(decorated)
    return decorated


def _refuse_contradictions(push: bool | None, pr: bool | None, base: str | None) -> None:
    if pr and push is False:
        raise UsageError(
            "--no-push and --pr contradict each other: a pull request needs its branch pushed.",
            "Leave one of them out.",
        )
    if base and not pr:
        raise UsageError(
            "--base names the branch a pull request goes to, and none was asked for.",
            "Give --pr too, or leave --base out: the result is a branch from the commit that is checked out.",
        )


_OPTIONS = (
    click.option(
        "--agent", type=click.Choice(("builtin", "claude")), help="Who works; the settings say else."
    ),
    click.option("-m", "--model", type=TEXT, help="The agent's model; the settings say else."),
    click.option(
        "--where",
        type=click.Choice(("local", "cluster")),
        default="local",
        help="On this machine; as pods comes later.",
    ),
    click.option("--base", type=TEXT, metavar="BRANCH", help="With --pr: the branch it goes to."),
    click.option("--push/--no-push", default=None, help="Publish the task file first, push the result."),
    click.option("--pr/--no-pr", default=None, help="Push, and open a pull request to the base."),
    click.option("--remote", type=TEXT, metavar="NAME", help="The remote, where the branch has none yet."),
    click.option("--include-unpushed", is_flag=True, help="Let other unpushed commits go along."),
    click.option("--waive", type=TEXT, multiple=True, metavar="CHECK", help="Let a check pass that fails."),
    click.option("--force", is_flag=True, help="Also what is there and current."),
    click.option("--commit", is_flag=True, help="Commit the task file first if it differs."),
    click.option("-j", "--jobs", type=click.IntRange(1, 16), metavar="N", help="Agents at the same time."),
    click.option(
        "--attempts", type=click.IntRange(1, 5), default=1, metavar="N", help="Attempts at each task."
    ),
    click.option(
        "--dry-run", is_flag=True, help="Show every parameter and where it comes from; begin nothing."
    ),
    click.option("-d", "--detach", is_flag=True, help="Begin, print the run's name, and leave it to itself."),
    click.option("-y", "--yes", is_flag=True, hidden=True, expose_value=False),
)
