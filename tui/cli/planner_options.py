"""The options that every command takes which asks a planner, as one value."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import click

from core.services import PLANNERS
from tui.cli.completing import TEXT
from tui.cli.invocation import Callback


@dataclass(frozen=True)
class Planning:
    """How this command is to plan; empty values leave it to the settings."""

    name: str | None = None
    model: str | None = None
    research: bool = False
    dry_run: bool = False
    yes: bool = False


def planner_options(function: Callback) -> Callback:
    """Give a command the options of planning; its function gets them as `planning`."""

    @functools.wraps(function)
    def callback(
        *arguments: Any,
        planner_name: str | None,
        model: str | None,
        research: bool,
        dry_run: bool,
        yes: bool,
        **values: Any,
    ) -> int | None:
        planning = Planning(planner_name, model or None, research, dry_run, yes)
        return function(*arguments, planning=planning, **values)

    decorated: Callback = callback
    for decorate in (
        click.option("-y", "--yes", is_flag=True, help="Do not ask; go on beyond the budget."),
        click.option("-r", "--research", is_flag=True, help="Let the model search the web first."),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Show what would change, write nothing. A model is asked, and costs, all the same.",
        ),
        click.option("-m", "--model", type=TEXT, help="Which model; the settings say without it."),
        click.option("--planner", "planner_name", type=click.Choice(PLANNERS), help="Who plans."),
    ):
        decorated = decorate(decorated)
    return decorated
