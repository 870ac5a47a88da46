"""Which task a written dependency means."""

from __future__ import annotations

from collections.abc import Container


def meant_key(written: str, parent: str | None, keys: Container[str]) -> str | None:
    """The key that `written` means in the task or subtask below `parent`; None when there is none.

    A bare id inside a subtask is a sibling first, a dotted one is taken as it is first.
    """
    if parent is None:
        return written if written in keys else None
    sibling = f"{parent}.{written}"
    choices = (written, sibling) if "." in written else (sibling, written)
    return next((key for key in choices if key in keys), None)


def written_forms(key: str, parent: str | None) -> set[str]:
    """The ways in which dependencies may name the task `key` that stands below `parent`."""
    forms = {key}
    if parent is not None and key.startswith(parent + "."):
        forms.add(key[len(parent) + 1 :])
    return forms
