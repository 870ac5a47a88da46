"""The PRD on the plan screen: saving, conflicts, sections, and the lines that tasks cite."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from tui.running import app_of
from tui.screens.menus import Choice, ask
from tui.screens.panes import Panes

if TYPE_CHECKING:
    from core.planning.prd_outline import OutlineRow
    from core.tasks.model import Task
    from tui.bridges.prd_file import Section
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
        editor = self.prd
        if editor is None:
            return
        text = editor.area.text
        tasks = self.snapshot.tag.tasks if self.snapshot else ()
        choices = await asyncio.to_thread(_section_choices, text, editor.sections, tasks)
        lines = [int(choice.id) for choice in choices]
        here = max((line for line in lines if line <= editor.line), default=0)
        note = await asyncio.to_thread(self._standards_words)
        answer = await ask(app_of(self), "Sections", choices, chosen=str(here), filtered=True, note=note)
        if answer:
            editor.go_to(int(answer))

    def _standards_words(self) -> str:
        """The files that every request to a model carries along. Blocking."""
        try:
            names: Sequence[str] = self.session.workspace.settings.get("planner.standards").value
        except TaskdeckError:
            return ""  # whoever plans is told what is wrong with the settings
        return f"Standards that go along with every request: {', '.join(names)}" if names else ""

    def on_prd_editor_review_wanted(self) -> None:
        self.start(self._review_prd(), group="dialog")

    async def _review_prd(self) -> None:
        """List what a reader would find fault with; Enter goes to the place."""
        from core.planning.prd_lint import lint_prd

        editor = self.prd
        if editor is None:
            return
        findings = await asyncio.to_thread(lint_prd, editor.area.text)
        if not findings:
            self.deck.say("nothing to find fault with in the PRD")
            return
        choices = [
            Choice(str(at), f"{found.line:>4}  {found.text}\n      {found.hint}")
            for at, found in enumerate(findings)
        ]
        heading = f"{len(findings)} finding{'s' * (len(findings) != 1)}"
        answer = await ask(app_of(self), heading, choices, wide=True)
        if answer:
            found = findings[int(answer)]
            editor.go_to(found.line, found.column or 1)


def _section_choices(text: str, sections: Sequence[Section], tasks: Sequence[Task]) -> list[Choice]:
    """Every heading with what planning takes from it, and the tasks that came from it. Blocking."""
    from core.planning.prd_outline import prd_outline

    rows = {row.line: row for row in prd_outline(text)}
    titles = {section.line: ("  " * (section.depth - 1) + section.title) for section in sections}
    for line, row in rows.items():
        titles.setdefault(line, "  " * (row.depth + 1) + row.title)
    made = _tasks_of(sorted(titles), tasks)

    def note(line: int) -> str:
        words = [_makes(rows[line])] if line in rows else []
        if made.get(line):
            words.append(f"→ {', '.join(made[line])}")
        return f"line {line:<4} {'  '.join(words)}".rstrip()

    return [Choice(str(line), titles[line], note(line)) for line in sorted(titles)]


def _tasks_of(lines: Sequence[int], tasks: Sequence[Task]) -> dict[int, list[str]]:
    """The tasks that cite a line of each section; `lines` are those of the headings."""
    made: dict[int, list[str]] = {}
    for task in tasks:
        cited = cited_line(task)
        section = max((line for line in lines if cited is not None and line <= cited), default=None)
        if section is not None:
            made.setdefault(section, []).append(task.key)
    return made


def _makes(row: OutlineRow) -> str:
    """What planning takes from a section."""
    if row.done:
        return "– done already"
    if row.makes == "tasks":
        return f"✓ tasks · asks for {row.requirements}" if row.requirements else "✓ tasks"
    return "· context" if row.makes == "context" else "– no tasks"


_CITED = re.compile(r"\bPRD,? lines? (\d+)", re.IGNORECASE)


def cited_line(task: Task) -> int | None:
    """The first line of the PRD that a task names; a subtask without one stands for its parent."""
    for one in (task, task.root):
        match = _CITED.search(f"{one.description}\n{one.details}\n{one.test_strategy}")
        if match:
            return int(match[1])
    return None
