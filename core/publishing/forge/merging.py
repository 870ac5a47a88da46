"""Whether a pull request could be merged now, as its forge says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

MergeState = Literal["unknown", "clean", "conflicts", "behind", "blocked"]


@dataclass(frozen=True, slots=True)
class Merging:
    """`state`: clean, nothing is in the way; conflicts, the branches changed the same lines; behind, the base
    went on and must come in first; blocked, a rule of the forge is not met yet; unknown, it does not tell or
    is still counting. `behind` is how many commits the base is ahead, None where it does not tell.
    """

    state: MergeState = "unknown"
    behind: int | None = None


UNTOLD = Merging()

_GITHUB: Mapping[str, MergeState] = {
    "clean": "clean",
    "unstable": "clean",
    "has_hooks": "clean",
    "dirty": "conflicts",
    "behind": "behind",
    "blocked": "blocked",
}
_GITLAB: Mapping[str, MergeState] = {
    "mergeable": "clean",
    "can_be_merged": "clean",
    "conflict": "conflicts",
    "cannot_be_merged": "conflicts",
    "need_rebase": "behind",
}
_COUNTING = (
    "",
    "checking",
    "unchecked",
    "preparing",
    "cannot_be_merged_recheck",
    "cannot_be_merged_rechecking",
)


def on_github(row: Mapping[str, Any]) -> Merging:
    """Source: `mergeable` and `mergeable_state` of one pull; null and "unknown" while GitHub counts."""
    if row.get("mergeable") is False:
        return Merging("conflicts")
    return Merging(_GITHUB.get(str(row.get("mergeable_state")), "unknown"))


def on_gitlab(row: Mapping[str, Any]) -> Merging:
    """Source: `has_conflicts`, `detailed_merge_status` (first `merge_status`), `diverged_commits_count`."""
    count = row.get("diverged_commits_count")
    behind = count if isinstance(count, int) and not isinstance(count, bool) else None
    status = str(row.get("detailed_merge_status") or row.get("merge_status") or "")
    if row.get("has_conflicts") is True:
        return Merging("conflicts", behind)
    state: MergeState = "unknown" if status in _COUNTING else _GITLAB.get(status, "blocked")
    return Merging(state, behind)


def on_gitea(row: Mapping[str, Any]) -> Merging:
    """Source: `mergeable`, which is false for conflicts, rules that are not met, and while it is counted."""
    mergeable = row.get("mergeable")
    return Merging("clean" if mergeable is True else "blocked" if mergeable is False else "unknown")
