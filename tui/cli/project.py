"""Commands about a project as a whole: open, init, demo, doctor."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import click

from core.errors import NotFound, TaskdeckError, UsageError
from core.plain_text import printable, wrap
from core.project import find_project, init_project
from tui.cli.boundary import long_running
from tui.cli.completing import TAG, TEXT
from tui.cli.invocation import Invocation, command, somebody_answers
from tui.cli.output import reading_width, terminal_width


@click.command("open", hidden=True)
@click.argument("project", required=False, type=click.Path())
@click.option("--project", "option", type=click.Path(), metavar="DIR", help="The same as PROJECT.")
@click.option("--tag", type=TAG, metavar="TAG", help="The tag to open.")
@click.option("--no-color", is_flag=True, help="Show no colours.")
@click.option("--no-banner", is_flag=True, hidden=True, expose_value=False)
def open_app(project: str | None, option: str | None, tag: str | None, no_color: bool) -> int:
    """Open the app on a project."""
    folder = Path(project or option or os.environ.get("TASKDECK_PROJECT") or ".")
    if not folder.exists():
        raise NotFound(f"There is no folder {folder}.", "Name the folder of a project.")
    if not somebody_answers():
        raise UsageError(
            "The app needs a terminal for input and output.",
            "`taskdeck list` and `taskdeck next` print without.",
        )
    if no_color:
        os.environ["NO_COLOR"] = "1"
    long_running()
    from tui.app import TaskdeckApp

    app = TaskdeckApp(folder.parent if folder.is_file() else folder, tag=tag)
    app.run()
    return app.return_code or 0


@command("init", file_option=())
@click.argument("folder", required=False, type=click.Path())
@click.option("-n", "--name", type=TEXT, default="", help="What to call the project.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask; nothing is asked here.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, make nothing.")
@click.option("-d", "--description", type=TEXT, hidden=True)
@click.option("-v", "--version", "project_version", type=TEXT, hidden=True)
@click.option("-a", "--author", type=TEXT, hidden=True)
@click.option("-r", "--rules", type=TEXT, hidden=True, multiple=True)
@click.option("--skip-install", is_flag=True, hidden=True)
@click.option("--aliases/--no-aliases", hidden=True, default=False)
@click.option("--git/--no-git", hidden=True, default=False)
@click.option("--git-tasks/--no-git-tasks", hidden=True, default=False)
def init(invocation: Invocation, folder: str | None, name: str, dry_run: bool, **ignored: object) -> None:
    """Make a project in FOLDER, or here: an empty task file, settings and a PRD to fill in."""
    root = Path(folder) if folder else invocation.start
    if dry_run:
        invocation.say(f"A project would be made in {printable(str(root.resolve()))}.")
        invocation.emit({"dryRun": True, "root": str(root.resolve())})
        return
    project = init_project(root, name)
    prd = project.prd or project.folder / "docs" / "prd.txt"
    invocation.say(
        f"{invocation.paint('✓', 'green')} A project is in {printable(str(project.root))}",
        f"  tasks  {printable(str(project.tasks_file))}",
        f"  PRD    {printable(str(prd))}",
        'Next: taskdeck draft-prd "what to build", or write the PRD; then taskdeck parse-prd',
    )
    invocation.emit({"root": str(project.root), "tasksFile": str(project.tasks_file), "prd": str(prd)})


_STATES = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✕", "red"), "skip": ("·", "dim")}


@command("doctor", file_option=())
@click.option("--tools", is_flag=True, help="Start slow programs too, to learn their versions.")
@click.option("--online", is_flag=True, help="Ask the git remote, the forge and the model's API too.")
def doctor(invocation: Invocation, tools: bool, online: bool) -> int:
    """Check the project, its task file, this terminal and the versions. Exit 1 when something cannot work."""
    from core.doctor import run_checks

    checks = run_checks(invocation.start, invocation.tag, run_tools=tools, online=online)
    width = max(len(check.name) for check in checks)
    # In a pipe every sentence stays on its line, so that a path can be searched for and copied.
    room = reading_width() - width - 4 if terminal_width() else None
    for check in checks:
        glyph, style = _STATES[check.state]
        mark = invocation.paint(glyph, style)
        evidence = _set(check.evidence, room)
        repair = _set(check.repair, room) if check.repair else []
        lines = [*evidence, *(invocation.paint(line, "dim") for line in repair)]
        invocation.say(f"{mark} {printable(check.name).ljust(width)}  {lines[0]}")
        invocation.say(*(f"  {' ' * width}  {line}" for line in lines[1:]))
    invocation.emit(
        {
            "checks": [
                {"name": c.name, "state": c.state, "evidence": c.evidence, "repair": c.repair} for c in checks
            ],
            **_planning(invocation),
        }
    )
    return 1 if any(check.state == "fail" for check in checks) else 0


def _set(text: str, room: int | None) -> list[str]:
    return wrap(printable(text), room) if room else [printable(text)]


def _planning(invocation: Invocation) -> dict[str, Any]:
    """Who plans and what the calls used, for the JSON document; nothing of it without a project."""
    from core.config import load_settings
    from core.doctor.planner import usage
    from core.planning.choice import choose

    project = find_project(invocation.start)
    if not invocation.as_json or project is None:
        return {}
    try:
        choice = choose(load_settings(project, strict=False))
        return {"planner": choice.as_json(), "usage": usage(project)}
    except TaskdeckError:
        return {}  # the checks say what is wrong


@command("demo", file_option=())
@click.argument("folder", required=False, type=click.Path())
@click.option("--headless", is_flag=True, help="Run it all without a screen and print what was done.")
@click.option("--keep", is_flag=True, help="Leave the copy on the disk and say where it is.")
def demo(invocation: Invocation, folder: str | None, headless: bool, keep: bool) -> None:
    """Show Taskdeck on a throw-away copy of a sample project, made in FOLDER or a temporary one."""
    if not headless and not somebody_answers():
        raise UsageError("The demo's screen needs a terminal.", "`taskdeck demo --headless` runs without.")
    long_running()
    where = Path(folder) if folder else None
    if headless:
        _demo_headless(invocation, where, keep)
        return
    # A demonstration costs nothing and sends nothing, whatever keys there are.
    os.environ["TASKDECK_PLANNER_KIND"] = "outline"
    from tui.app import TaskdeckApp
    from tui.demo.demo import PACE, make_demo, remove_demo

    project = make_demo(where)
    app = TaskdeckApp(project)
    app.pace, app.costs_nothing = PACE, True
    try:
        app.run()
    finally:
        if not (keep or where):
            remove_demo(project)
    if keep or where:
        invocation.say(f"The project is in {printable(str(project))}")


def _demo_headless(invocation: Invocation, where: Path | None, keep: bool) -> None:
    from tui.demo.headless import run_headless

    result = run_headless(where, keep=keep, say=lambda line: invocation.say(printable(line)))
    invocation.emit(dataclasses.asdict(result) | {"project": str(result.project)})


COMMANDS = {"open": open_app, "init": init, "doctor": doctor, "demo": demo}
