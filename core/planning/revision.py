"""One task as it should read instead, or with a note below it: a difference first, then edits."""

from __future__ import annotations

from datetime import UTC, datetime

from core.planning.planner import TaskDraft
from core.planning.proposal import SHOWN_FIELDS, Proposal, ProposalItem, difference, make_item, task_texts
from core.tasks.edits import Edit, EditField, SetDependencies
from core.tasks.model import Task


def revision_proposal(task: Task, draft: TaskDraft) -> Proposal:
    """The fields of `task` that `draft` words differently; of a subtask only its texts.

    A field that came back empty stays as it is, and so does a priority nobody had set.
    """
    before = task_texts(task)
    after: dict[str, str] = {**before, **{name: text for name, text in draft.task_fields().items() if text}}
    if task.is_subtask or "priority" not in task.raw:
        after["priority"] = before["priority"]
    edits: list[Edit] = [
        EditField(task.key, name, after[name]) for name in SHOWN_FIELDS if before[name] != after[name]
    ]
    written = task.written_dependencies
    numbers = [str(number) for number in draft.dependencies]
    # Ids that are no plain numbers cannot be said in a draft: they stay.
    kept = [name for name in written if name in numbers or not name.isdecimal()]
    wanted = tuple(dict.fromkeys([*kept, *numbers]))
    if not task.is_subtask and set(wanted) != set(written):
        edits.append(SetDependencies(task.key, wanted))
        before["dependencies"], after["dependencies"] = ", ".join(written), ", ".join(wanted)
    lines = difference(before, after)
    return _OneTask(make_item("changed", task.key, after["title"], lines) if edits else None, tuple(edits))


def note_proposal(task: Task, text: str, moment: datetime | None = None) -> Proposal:
    """`text` below the details of `task`, in the frame Task Master puts around what it adds."""
    stamp = (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
    frame = f"info added on {stamp.removesuffix('+00:00')}Z"
    added = f"<{frame}>\n{text.strip()}\n</{frame}>"
    details = f"{task.details.rstrip()}\n\n{added}" if task.details.strip() else added
    lines = [f"+ details: {line}" for line in added.splitlines()]
    return _OneTask(
        make_item("changed", task.key, task.title, lines), (EditField(task.key, "details", details),)
    )


class _OneTask(Proposal):
    def __init__(self, item: ProposalItem | None, edits: tuple[Edit, ...]) -> None:
        super().__init__([item] if item else [])
        self._edits = edits

    def _edits_for(self, accepted: set[str]) -> tuple[Edit, ...]:
        return self._edits if accepted else ()
