"""Tags: switch, compare by numbers, add, copy, rename and remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from core.plain_text import plural
from core.tasks.document import Tag
from tui.running import app_of
from tui.screens.menus import Choice, ask

if TYPE_CHECKING:
    from tui.screens.work_screen import WorkScreen

AskLine = Callable[..., Awaitable[str | None]]


def tag_choices(tags: dict[str, Tag], current: str) -> list[Choice]:
    """One row a tag with its numbers, so that tags compare at a glance."""
    choices: list[Choice] = []
    for name, tag in tags.items():
        done = sum(task.finished for task in tag.tasks)
        subtasks = len(tag.nodes) - len(tag.tasks)
        sign = "● " if name == current else "  "
        tasks = f"{len(tag.tasks):>4} {'task' if len(tag.tasks) == 1 else 'tasks':<5}"
        note = f"{tasks} {done:>4} done {subtasks:>5} {'subtask' if subtasks == 1 else 'subtasks'}"
        choices.append(Choice(f"use:{name}", sign + name, note))
    return choices


async def manage_tags(screen: WorkScreen, ask_line: AskLine) -> None:
    """Show the tags and do what is chosen. Runs in a worker."""
    snapshot = screen.snapshot
    if snapshot is None:
        return
    current = snapshot.tag.name
    own = [
        Choice("add", "New tag …", "an empty list of tasks", key="n"),
        Choice("copy", f"Copy {current} …", "with all its tasks", key="c"),
        Choice("rename", f"Rename {current} …", key="r"),
        Choice("remove", f"Remove {current} …", "u brings it back", key="d"),
    ]
    answer = await ask(
        app_of(screen),
        "Tags",
        [*tag_choices(snapshot.document.tags, current), *own],
        chosen=f"use:{current}",
        note=_shared_words(snapshot.document.tags),
    )
    if answer is None:
        return
    if answer.startswith("use:"):
        if answer != f"use:{current}":
            await screen.session.choose(answer.removeprefix("use:"))
        return
    await _change(screen, answer, current, ask_line)


def _shared_words(tags: dict[str, Tag]) -> str:
    if len(tags) < 2:
        return ""
    titles = [{task.title for task in tag.tasks} for tag in tags.values()]
    shared = titles[0].intersection(*titles[1:])
    if not shared:
        return "No task title is in every tag."
    return f"{plural(len(shared), 'task title')} {'is' if len(shared) == 1 else 'are'} in every tag."


async def _change(screen: WorkScreen, what: str, current: str, ask_line: AskLine) -> None:
    from core.tasks.edits import AddTag, CopyTag, RemoveTag, RenameTag

    if what == "remove":
        sure = [
            Choice("remove", f"Remove {current} with its tasks", key="y"),
            Choice("keep", "Keep", key="n"),
        ]
        if await ask(app_of(screen), f"Remove the tag {current}?", sure) == "remove":
            rest = [
                name for name in (screen.snapshot.document.tags if screen.snapshot else ()) if name != current
            ]
            if not rest:
                screen.deck.say("the last tag of a file stays")
                return
            await screen.session.choose(rest[0])
            await screen.apply([RemoveTag(current)])
        return
    headings = {"add": "Name of the new tag", "copy": f"Copy {current} as", "rename": f"Rename {current} to"}
    name = await ask_line(app_of(screen), headings[what], current if what == "rename" else "")
    name = (name or "").strip()
    if not name or name == current:
        return
    edits = {"add": AddTag(name), "copy": CopyTag(current, name), "rename": RenameTag(current, name)}
    if await screen.apply([edits[what]]) is not None:
        await screen.session.choose(name)
