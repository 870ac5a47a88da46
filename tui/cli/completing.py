"""Parameter types that the shell completes: task ids with their titles, tags, statuses."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import TaskdeckError, UsageError
from core.plain_text import plural
from core.tasks.model import PRIORITIES, STATUSES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from core.services import Workspace


class Text(click.types.StringParamType):
    """Any text that can be stored: a byte the shell passed that is no UTF-8 is refused, not mangled."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise UsageError("That text is not UTF-8.", "Check the terminal's encoding.") from None
        return text


class TaskIds(Text):
    """Ids as people type them: 5 or 5,6.1."""

    name = "ids"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from core.plain_text import printable, shorten

        behind_comma = incomplete.rpartition(",")[2]
        before = incomplete[: len(incomplete) - len(behind_comma)]
        workspace = _workspace(ctx)
        if workspace is None:
            return []
        # Subtasks only once their task is typed: hundreds of ids help nobody choose.
        with_subtasks = "." in behind_comma
        return [
            CompletionItem(before + key, help=shorten(printable(task.title), 60))
            for key, task in workspace.tag.nodes.items()
            if key.startswith(behind_comma) and (with_subtasks or not task.is_subtask) and " " not in key
        ]


class TagName(Text):
    """The name of a tag."""

    name = "tag"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        workspace = _workspace(ctx)
        tags = workspace.document.tags if workspace else {}
        return [
            CompletionItem(name, help=plural(len(tag.items), "task"))
            for name, tag in tags.items()
            if name.startswith(incomplete) and name.isprintable()
        ]


class OneOf(Text):
    """A word of which some are usual; others are the business of whoever reads it."""

    name = "word"

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]


class IdsThenStatus(TaskIds):
    """What may stand behind `set-status`: ids, then a status."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        named = ctx.params.get("words") or ctx.params.get("task_ids")
        statuses = STATUS.shell_complete(ctx, param, incomplete) if named else []
        return statuses or super().shell_complete(ctx, param, incomplete)


def _workspace(ctx: click.Context) -> Workspace | None:
    """The project to complete from; None when there is none or it cannot be read: then nothing is offered."""
    from core.services import open_project

    project = ctx.params.get("project") or os.environ.get("TASKDECK_PROJECT") or "."
    with contextlib.suppress(TaskdeckError, OSError):
        workspace = open_project(Path(project), ctx.params.get("tag"))
        if workspace.tag:
            return workspace
    return None


TEXT = Text()
TASK_IDS = TaskIds()
TAG = TagName()
STATUS = OneOf(STATUSES)
PRIORITY = OneOf(PRIORITIES)
IDS_THEN_STATUS = IdsThenStatus()
