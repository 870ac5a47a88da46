"""Editing tasks from any pane: status, priority, texts, dependencies, order, tags, undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.errors import TaskdeckError
from core.plain_text import plural
from core.tasks.model import PRIORITIES, STATUSES
from tui.running import app_of
from tui.screens.menus import Choice, ask, ask_line
from tui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from core.tasks.model import Task
    from tui.widgets.task_detail import TaskDetail
    from tui.widgets.task_tree import TaskTree

_STATUS_KEYS = {
    "pending": "p",
    "in-progress": "i",
    "review": "r",
    "done": "d",
    "blocked": "b",
    "deferred": "f",
    "cancelled": "c",
}
_PRIORITY_KEYS = {"critical": "c", "high": "h", "medium": "m", "low": "l"}


class Editing(WorkScreen):
    """The actions that change tasks. Each runs beside the screen and writes through the session."""

    def on_task_tree_request(self, event: TaskTree.Request) -> None:
        event.stop()
        self.request(event.action, event.keys)

    def on_task_detail_request(self, event: TaskDetail.Request) -> None:
        event.stop()
        self.request(event.action, event.keys)

    def request(self, action: str, keys: Sequence[str]) -> None:
        """Do what a widget asks for, by the name of its action, to the tasks it names."""
        tasks = [task for task in map(self.task_of, keys) if task is not None]
        works = {
            "status": self.set_status,
            "priority": self.set_priority,
            "edit": self.edit,
            "add": self.add_task,
            "add_subtask": self.add_subtask,
            "remove": self.remove_tasks,
            "move_up": self.move_up,
            "move_down": self.move_down,
            "edit_dependencies": self.edit_dependencies,
        }
        work = works.get(action)
        if work is not None and (tasks or action == "add"):
            self.start(work(tasks), group="edit")
        elif work is not None:
            self.lacks_tasks()

    async def set_status(self, tasks: Sequence[Task]) -> None:
        """Choose a status and give it to all `tasks`."""
        from core.tasks.edits import SetStatus
        from tui.widgets.glyphs import status_sign

        choices = [
            Choice(
                status, f"{status_sign(status).glyph} {status_sign(status).label}", key=_STATUS_KEYS[status]
            )
            for status in STATUSES
        ]
        status = await ask(app_of(self), f"Status of {_names(tasks)}", choices, chosen=tasks[0].status)
        changed = [task for task in tasks if status and task.status != status]
        if status and changed:
            edits = [SetStatus(task.key, status) for task in changed]
            title = f"set {_names(changed)} to {status}" if len(changed) > 1 else None
            await self.apply(edits, title)

    async def set_priority(self, tasks: Sequence[Task]) -> None:
        """Choose a priority and give it to all `tasks`."""
        from core.tasks.edits import EditField
        from tui.widgets.glyphs import priority_sign

        choices: list[Choice] = []
        for priority in PRIORITIES:
            sign = priority_sign(priority)
            choices.append(
                Choice(priority, f"{sign.glyph if sign else ' '} {priority}", key=_PRIORITY_KEYS[priority])
            )
        priority = await ask(app_of(self), f"Priority of {_names(tasks)}", choices, chosen=tasks[0].priority)
        changed = [task for task in tasks if priority and task.priority != priority]
        if changed:
            await self.apply(
                [EditField(task.key, "priority", priority) for task in changed],
                f"set priority of {_names(changed)} to {priority}",
            )

    async def edit(self, tasks: Sequence[Task]) -> None:
        """Edit the texts of the first of `tasks` in a form."""
        from core.tasks.edits import EditField
        from tui.screens.edit_form import EditForm, conflicting

        task = tasks[0]
        values = await app_of(self).push_screen_wait(EditForm.for_task(task))
        if not values:
            return
        try:
            fresh = (await self.session.reload()).tag.nodes.get(task.key)
        except TaskdeckError as error:
            self.deck.say_error(error)
            return
        if fresh is None:
            await self._add_removed(task, values)
            return
        kept = await conflicting(app_of(self), task, fresh, values)
        edits = [EditField(task.key, field, value) for field, value in kept.items()]
        title = f"edit {', '.join(kept)} of {task.key}" if len(kept) > 1 else None
        await self.apply(edits, title)

    async def _add_removed(self, task: Task, values: Mapping[str, str]) -> None:
        """The task was removed while its form was open: what was typed is not lost with it."""
        from core.tasks.edits import AddTask
        from tui.screens.edit_form import texts_of

        choices = [
            Choice("add", "Add it again as a new task, with what you typed", key="a"),
            Choice("drop", "Let it go", key="l"),
        ]
        title = f"{task.key} was removed outside while you edited it"
        if await ask(app_of(self), title, choices) == "add":
            texts = {name: text for name, text in {**texts_of(task), **values}.items() if text}
            await self._added(AddTask(texts))

    async def add_task(self, tasks: Sequence[Task]) -> None:
        """Add a task behind the one at the cursor."""
        from core.tasks.edits import AddTask
        from tui.screens.edit_form import EditForm

        fields = await app_of(self).push_screen_wait(EditForm.for_new("New task"))
        if fields:
            await self._added(AddTask(fields, before=self._behind(tasks[0].root if tasks else None)))

    async def add_subtask(self, tasks: Sequence[Task]) -> None:
        """Add a subtask to the task at the cursor."""
        from core.tasks.edits import AddSubtask
        from tui.screens.edit_form import EditForm

        parent = tasks[0].root
        fields = await app_of(self).push_screen_wait(EditForm.for_new(f"New subtask of {parent.key}"))
        if fields:
            await self._added(AddSubtask(parent.key, fields))

    async def _added(self, edit: object) -> None:
        change = await self.apply([edit])  # type: ignore[list-item]
        if change is not None and change.created:
            self.task_tree.move_to(change.created[-1])

    def _behind(self, task: Task | None) -> str | None:
        """The key of the task that follows `task` among its siblings."""
        siblings = self._siblings(task) if task else ()
        at = task.position + 1 if task else 0
        return next((sibling.key for sibling in siblings if sibling.position == at), None)

    def _siblings(self, task: Task) -> Sequence[Task]:
        if task.parent is not None:
            return task.parent.subtasks
        return self.snapshot.tag.tasks if self.snapshot else ()

    async def remove_tasks(self, tasks: Sequence[Task]) -> None:
        """Remove tasks, after saying what goes with them."""
        from core.tasks.edits import RemoveTask

        keys = {task.key for task in tasks}
        roots = [task for task in tasks if task.parent is None or task.parent.key not in keys]
        subtasks = sum(len(task.subtasks) for task in roots)
        graph = self.snapshot.graph if self.snapshot else None
        waiting = {
            d for task in roots for d in (graph.dependents(task.key) if graph else ()) if d not in keys
        }
        notes = [
            f"{plural(subtasks, 'subtask')} {'goes' if subtasks == 1 else 'go'} with it." if subtasks else ""
        ]
        notes.append(f"{', '.join(sorted(waiting))} will no longer wait for it." if waiting else "")
        choices = [
            Choice("remove", f"Remove {_names(roots)}", "u brings it back", key="y"),
            Choice("keep", "Keep", key="n"),
        ]
        title = f"Remove {_names(roots)}?"
        if await ask(app_of(self), title, choices, note="\n".join(filter(None, notes))) == "remove":
            edits = [RemoveTask(task.key) for task in reversed(roots)]
            await self.apply(edits, f"remove {_names(roots)}" if len(roots) > 1 else None)

    async def move_up(self, tasks: Sequence[Task]) -> None:
        """Move a task before the one above it."""
        await self._swap(tasks[0], -1)

    async def move_down(self, tasks: Sequence[Task]) -> None:
        """Move a task behind the one below it."""
        await self._swap(tasks[0], 1)

    async def _swap(self, task: Task, step: int) -> None:
        from core.tasks.edits import Reorder

        siblings = list(self._siblings(task))
        at = siblings.index(task)
        if not 0 <= at + step < len(siblings):
            return
        behind = at + step + (step > 0)
        before = siblings[behind].key if behind < len(siblings) else None
        change = await self.apply([Reorder(task.key, before)])
        if change is not None:
            self.task_tree.move_to(task.key)

    async def edit_dependencies(self, tasks: Sequence[Task]) -> None:
        """Tick what the task waits for; a tick that would close a cycle is refused, and says so."""
        from core.tasks.edits import AddDependency, RemoveDependency
        from tui.screens.dependencies import DependencyDialog

        snapshot = self.snapshot
        if snapshot is None:
            return
        task = tasks[0]
        before = set(snapshot.graph.dependencies(task.key))
        wanted = await app_of(self).push_screen_wait(DependencyDialog(task, snapshot.tag, snapshot.graph))
        if wanted is None or wanted == before:
            return
        edits = [RemoveDependency(task.key, key) for key in sorted(before - wanted)]
        added = [AddDependency(task.key, key) for key in sorted(wanted - before)]
        await self.apply([*edits, *added], f"{task.key} waits for {', '.join(sorted(wanted)) or 'nothing'}")

    def action_undo(self) -> None:
        self.start(self._step_back("undo"), group="edit")

    def action_redo(self) -> None:
        self.start(self._step_back("redo"), group="edit")

    async def _step_back(self, name: str) -> None:
        from core.errors import Conflict

        self.withdraw_offer()
        try:
            change = await (self.session.undo() if name == "undo" else self.session.redo())
        except Conflict as error:
            await self.show_conflict(error)
        except TaskdeckError as error:
            self.deck.say_error(error)
        else:
            self.tell(change.entry.title)

    def action_accept_offer(self) -> None:
        edits = self.offered
        if edits:
            self.withdraw_offer()
            self.start(self.apply(edits), group="edit")

    def action_dismiss_offer(self) -> None:
        self.withdraw_offer()

    def action_choose_tag(self) -> None:
        self.start(self._choose_tag(), group="edit")

    async def _choose_tag(self) -> None:
        from tui.screens.tags import manage_tags

        if self.snapshot is not None:
            await manage_tags(self, ask_line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "accept_offer":
            return bool(self.offered)
        if action == "dismiss_offer":
            return self.notice.display and bool(self.offered)
        if action == "repair":
            return self.session.damage is not None
        if action == "prd_conflict":
            return self.prd_in_conflict
        return super().check_action(action, parameters)


def _names(tasks: Sequence[Task]) -> str:
    """The tasks as a title names them: up to four ids, else how many."""
    return ", ".join(task.key for task in tasks) if len(tasks) <= 4 else f"{len(tasks)} tasks"
