"""What is really written of a proposal when only a part of it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.planning.proposal import ProposalItem
from core.tasks.edits import AddDependency, AddTask, Edit

_LINK = "+ dependencies: "


def as_written(taken: Sequence[ProposalItem], edits: Sequence[Edit]) -> tuple[ProposalItem, ...]:
    """The taken items with the dependencies their `edits` give them, without those that change nothing.

    A dependency on a task that was left out is not made, or leads to what that task needs.
    """
    found: dict[str, list[str]] = {}
    for edit in edits:
        if isinstance(edit, AddDependency):
            found.setdefault(f"~{edit.key}", []).append(edit.depends_on)
        elif isinstance(edit, AddTask):
            found[f"+{edit.fields['id']}"] = [", ".join(map(str, edit.fields["dependencies"]))]
    shown = (_with_links(item, found.get(item.id, [])) for item in taken)
    return tuple(item for item in shown if item.kind != "changed" or _changes(item))


def _with_links(item: ProposalItem, links: Sequence[str]) -> ProposalItem:
    if item.kind == "removed":
        return item
    rest = [line for line in item.lines if not line.startswith(_LINK)]
    at = next((at for at, line in enumerate(rest) if line.startswith("  ")), len(rest))
    new = [_LINK + link for link in links if link]
    return replace(item, lines=(*rest[:at], *new, *rest[at:]))


def _changes(item: ProposalItem) -> bool:
    return any(not line.startswith("  ") for line in item.lines)
