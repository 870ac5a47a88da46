"""The PRD on the plan screen: saving, conflicts, sections, and the lines that tasks cite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.running import app_of
from tui.screens.panes import Panes

if TYPE_CHECKING:
    from core.tasks.model import Task
    from tui.widgets.prd_editor import PrdEditor


class PrdWork(Panes):
    """What a person does with the PRD beyond typing."""

    @property
    def prd_in_conflict(self) -> bool:
        editor = self.prd
        return editor is not None and editor.in_conflict

    async def save_prd(self) -> bool:
        editor = self.prd
        return editor is None or await editor.save()

    def on_prd_editor_edited(self) -> None:
        self.title_panes()

    def on_prd_editor_left(self) -> None:
        self.action_show_pane("tree")

    def action_prd_conflict(self, answer: str) -> None:
        if self.prd is not None:
            self.start(self.prd.settle(answer), group="prd")

    def action_show_source(self) -> None:
        """Open the PRD at the first line the task under the cursor cites."""
        task = self.task_of(self.task_tree.cursor_key)
        line = cited_line(task) if task else None
        if line is None:
            self.deck.say("this task names no line of the PRD")
            return
        self.action_show_pane("prd")
        self.start(self._go_to_line(line), group="prd")

    async def _go_to_line(self, line: int) -> None:
        editor = self.prd
        if editor is not None:
            await editor.loaded.wait()
            editor.go_to(line)

    def on_prd_editor_difference_wanted(self, event: PrdEditor.DifferenceWanted) -> None:
        from tui.screens.difference import DifferenceScreen

        app_of(self).push_screen(DifferenceScreen("Theirs (−) and mine (+)", event.theirs, event.mine))

    def on_prd_editor_outline_wanted(self) -> None:
        self.start(self._choose_section(), group="dialog")

    async def _choose_section(self) -> None:
        from tui.screens.menus import Choice, ask

        editor = self.prd
        if editor is None:
            return
        sections = editor.sections
        choices = [
            Choice(str(section.line), "  " * (section.depth - 1) + section.title, f"line {section.line}")
            for section in sections
        ]
        here = max((section.line for section in sections if section.line <= editor.line), default=0)
        answer = await ask(app_of(self), "Sections", choices, chosen=str(here), filtered=True)
        if answer:
            editor.go_to(int(answer))


_CITED = re.compile(r"\bPRD,? lines? (\d+)", re.IGNORECASE)


def cited_line(task: Task) -> int | None:
    """The first line of the PRD that a task names; a subtask without one stands for its parent."""
    for one in (task, task.root):
        match = _CITED.search(f"{one.description}\n{one.details}\n{one.test_strategy}")
        if match:
            return int(match[1])
    return None
