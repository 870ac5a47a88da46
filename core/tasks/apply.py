"""Apply edits to a document, each on the result of the former."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.tasks.document import TaskDocument
from core.tasks.edit_values import Edit
from core.tasks.json_text import Splice


@dataclass(frozen=True)
class AppliedEdits:
    """What applying gave. `splices` lead from the old text to the new one, ascending in the old.

    `inverse`, applied to the new document, gives back the old bytes. `created` holds the keys of new tasks.
    """

    document: TaskDocument
    splices: tuple[Splice, ...]
    inverse: tuple[Edit, ...]
    created: tuple[str, ...]


def apply_edits(document: TaskDocument, edits: Sequence[Edit], tag: str | None = None) -> AppliedEdits:
    """Apply `edits` in order to one tag of `document`.

    Raises NotFound (task, tag), UsageError (unknown status, malformed id), Refused (duplicate id, cycle,
    loss of data), Conflict (an inverse edit finds another value than it expects). Nothing is changed then.
    """
    raise NotImplementedError
