"""The files that the agents of a run wrote, the newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.bridges.stages import size_text
from tui.widgets import glyphs
from tui.widgets.line_view import NOTICE, Part
from tui.widgets.part_lines import CursorList, PartLine
from tui.widgets.run_signs import span

if TYPE_CHECKING:
    from pathlib import Path

    from core.agents.view import FileWrite
    from core.runs.watch import RunView


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file an agent wrote, where it lies while the agent works."""

    agent: str
    write: FileWrite
    workspace: Path | None

    @property
    def key(self) -> str:
        return f"{self.agent}\0{self.write.path}"


def changed_files(run: RunView | None) -> list[ChangedFile]:
    """What the agents of a run wrote, each file once, the newest first."""
    last: dict[str, ChangedFile] = {}
    for agent in run.agents if run else ():
        for write in agent.view.files if agent.view else ():
            changed = ChangedFile(agent.name, write, agent.workspace)
            last[changed.key] = changed
    return sorted(last.values(), key=lambda file: -file.write.time)


class ChangedFiles(CursorList):
    """Follows the newest file until somebody moves the cursor, and again at the top."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.files: dict[str, ChangedFile] = {}
        self.following = True

    def show(self, run: RunView | None) -> None:
        """Show the files of this run."""
        self.files = {file.key: file for file in changed_files(run)}
        keys = list(self.files)
        if self.following:
            self.keys = keys
            self.cursor_key = keys[0] if keys else None
        self.show_keys(keys)

    @property
    def chosen(self) -> ChangedFile | None:
        """The file under the cursor."""
        return self.files.get(self.cursor_key or "")

    def lay_out(self, width: int) -> list[PartLine]:
        if not self.files:
            return [self.notice("Nothing is written yet.", y, width) for y in range(NOTICE)]
        return [self._row(file, width) for file in self.files.values()]

    def _row(self, file: ChangedFile, width: int) -> list[Part]:
        size = size_text(file.write.size) if file.write.size is not None else ""
        age = span(self.now() - file.write.time)
        cursor = glyphs.CURSOR if file.key == self.cursor_key else " "
        room = width - 1 - 8 - 5 - 1
        return [
            (cursor, "line--strong"),
            (glyphs.fill(short_path(file.write.path), room), ""),
            (glyphs.fill_left(size, 8), "line--quiet"),
            (glyphs.fill_left(age, 5), "line--quiet"),
            (" ", ""),
        ]

    def move(self, rows: int) -> None:
        super().move(rows)
        self.following = bool(self.keys) and self.cursor_key == self.keys[0]

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        super().watch_cursor_key(old, new)
        self.update_lines()


def short_path(path: str) -> str:
    """A document's path without the folder all documents share."""
    return path.rpartition(".taskmaster/docs/")[2]
