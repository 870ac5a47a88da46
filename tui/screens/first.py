"""The screens for a project that cannot simply be shown: none there, damaged, several tags."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DamagedFile, NotFound, TaskdeckError
from core.tasks.document import parse
from tui.screens.menus import Choice, ask
from tui.screens.start import StartScreen

if TYPE_CHECKING:
    from core.tasks.merging.damage import Choice as Remedy
    from core.tasks.merging.damage import Diagnosis
    from core.tasks.storage.backups import Backup
    from core.tasks.store import TaskStore
    from tui.app import TaskdeckApp


async def show(app: TaskdeckApp, name: str, error: TaskdeckError | None) -> None:
    """Show the first screen of that name and do what is chosen on it. Runs in a worker."""
    if name == "tags":
        await _choose_tag(app)
    elif name == "damaged" and isinstance(error, DamagedFile):
        await _repair(app, error)
    else:
        await _welcome(app, error)


async def _choose_tag(app: TaskdeckApp) -> None:
    from tui.screens.tags import tag_choices

    document = app.session.workspace.store.last_good
    if document is None:
        document = await asyncio.to_thread(app.session.workspace.store.load)
    name = None
    while name is None:
        name = await ask(
            app,
            "Which tag?",
            tag_choices(document.tags, ""),
            note="The task file has several tags and none of them is current.",
        )
    await app.session.choose(name.removeprefix("use:"), document)
    app.opened()


async def _welcome(app: TaskdeckApp, error: TaskdeckError | None) -> None:
    folder = app.session.folder
    near = await asyncio.to_thread(_near, folder)
    choices = [
        *(Choice(str(path), f"Open the project in {path}", key=str(at)) for at, path in enumerate(near, 1)),
        Choice("prd", "Start from a PRD", "say what you want to build, then plan it", key="s"),
        Choice("init", "Initialise an empty project", "an empty task list, add tasks by hand", key="i"),
        Choice("demo", "Look around in the demo", "a sample project in a throw-away copy", key="d"),
    ]
    body = [f"{folder} holds no task list yet."]
    if error is not None and not folder.is_dir():
        body, choices = [error.message], choices[-1:]
    answer = await app.push_screen_wait(StartScreen("Welcome to Taskdeck", body, choices))
    if answer is None:
        app.exit()
    elif answer == "demo":
        await _demo(app)
    elif answer not in ("prd", "init"):
        app.session.folder = Path(answer)
        await app.open_session()
    else:
        await asyncio.to_thread(_initialise, folder)
        app.activity.add("write", "initialise a project", str(folder / ".taskmaster"))
        await app.open_session()
        if answer == "prd":
            app.plan.action_show_pane("prd")
            app.plan.start_draft()


def _near(folder: Path) -> tuple[Path, ...]:
    """Projects near by, for who is one folder off. Blocking."""
    from core.project import nearby_projects

    return nearby_projects(folder)[:3] if folder.is_dir() else ()


def _initialise(folder: Path) -> None:
    from core.project import init_project

    init_project(folder)


async def _demo(app: TaskdeckApp) -> None:
    from tui.demo.demo import PACE, make_demo

    folder = await asyncio.to_thread(make_demo)
    app.activity.add("write", "make a copy of the demo project", str(folder))
    app.session.folder = app.demo = folder
    app.pace, app.costs_nothing = PACE, True
    await app.open_session()


async def _repair(app: TaskdeckApp, damage: DamagedFile) -> None:
    """Say what is wrong and where, show the lines, and do what is chosen."""
    store = app.session.workspace.store
    data, diagnosis, backups = await asyncio.to_thread(_examine, store)
    if diagnosis is None:
        await app.open_session()
        return
    started = app.session.snapshot is None
    choices = [Choice(str(at), choice.label) for at, choice in enumerate(diagnosis.choices)]
    if started and backups:
        choices.append(Choice("read", "look at the last good backup", "for reading only; nothing is written"))
    choices.append(Choice("retry", "read the file again", "after you mended it yourself", key="r"))
    choices.append(Choice("leave", "leave it alone", "quit Taskdeck" if started else "", key="q"))
    body = [f"{damage.path}", f"line {diagnosis.line}, column {diagnosis.column}: {diagnosis.what}"]
    body += ["Nothing was changed, and nothing is before you choose it.", ""]
    body += broken_lines(data, diagnosis.line, diagnosis.column)
    answer = await app.push_screen_wait(StartScreen("The task file is damaged", body, choices, tone="error"))
    if answer in (None, "leave"):
        if started:
            app.exit()
    elif answer == "read":
        app.session.shows_backup = True
        await app.session.look_for_stop()
        await app.session.show(await asyncio.to_thread(lambda: parse(backups[0].read(), store.path)))
    else:
        if answer != "retry":
            await _settle(app, diagnosis.choices[int(answer or 0)], data)
        await app.open_session()


def _examine(store: TaskStore) -> tuple[bytes, Diagnosis | None, list[Backup]]:
    from core.tasks.merging.damage import diagnose

    data, backups = store.path.read_bytes(), store.backups()
    return data, diagnose(store.path, data, backups), backups


async def _settle(app: TaskdeckApp, choice: Remedy, data: bytes) -> None:
    store, text = app.session.workspace.store, choice.text
    if text is None:
        edit_outside(app, store.path)
        return
    with app.activity.step(choice.label, "write") as step:
        title = f"repair the file: {choice.label}"
        await asyncio.to_thread(lambda: store.replace(text, title=title, expected=data))
        step.detail = str(store.path)


def edit_outside(app: TaskdeckApp, path: Path) -> None:
    """Open a file in the person's own editor, which has the terminal meanwhile."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    editor = editor or next(filter(None, map(shutil.which, ("sensible-editor", "nano", "vi"))), None)
    if not editor:
        raise NotFound("No editor was found.", "Set EDITOR, or mend the file in another window.")
    with app.suspend():
        subprocess.run([*shlex.split(editor), str(path)], check=False)


def broken_lines(data: bytes, line: int, column: int, around: int = 3) -> list[str]:
    """The lines about the broken place with their numbers, and a mark under the column."""
    lines = data.decode("utf-8", "replace").split("\n")
    shown: list[str] = []
    for number in range(max(1, line - around), min(len(lines), line + around) + 1):
        text = lines[number - 1].replace("\t", " ").rstrip("\r")
        cut = max(0, column - 60) if number == line else 0
        shown.append(f"{number:>6} │ {text[cut : cut + 100]}")
        if number == line:
            shown.append(f"{'':>6} │ {' ' * (column - 1 - cut)}^")
    return shown
