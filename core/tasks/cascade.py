"""What Task Master's status rule would let follow an edit; offered, never applied by itself."""

from __future__ import annotations

from collections.abc import Sequence

from core.tasks.document import TaskDocument
from core.tasks.edit_values import Edit


def cascade_for(document: TaskDocument, tag: str | None, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The status edits that Task Master would let follow `edits`; apply them after those.

    A parent is done when all its subtasks are, in progress when one is done or in progress, pending when
    all are pending. A task set to done or completed takes its unfinished subtasks along.
    """
    raise NotImplementedError
