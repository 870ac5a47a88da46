"""What each forge says of merging comes to one of few words, and nothing is made of what it does not say."""

from __future__ import annotations

import pytest

from core.publishing.forge.merging import Merging, on_gitea, on_github, on_gitlab


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"mergeable": True, "mergeable_state": "clean"}, Merging("clean")),
        ({"mergeable": True, "mergeable_state": "unstable"}, Merging("clean")),
        ({"mergeable": True, "mergeable_state": "behind"}, Merging("behind")),
        ({"mergeable": True, "mergeable_state": "blocked"}, Merging("blocked")),
        ({"mergeable": False, "mergeable_state": "dirty"}, Merging("conflicts")),
        ({"mergeable": None, "mergeable_state": "unknown"}, Merging()),
        ({}, Merging()),
    ],
)
def test_github(row: dict[str, object], told: Merging) -> None:
    assert on_github(row) == told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"detailed_merge_status": "mergeable", "diverged_commits_count": 0}, Merging("clean", 0)),
        ({"detailed_merge_status": "mergeable", "has_conflicts": True}, Merging("conflicts")),
        ({"detailed_merge_status": "need_rebase", "diverged_commits_count": 3}, Merging("behind", 3)),
        ({"detailed_merge_status": "not_approved"}, Merging("blocked")),
        ({"detailed_merge_status": "checking"}, Merging()),
        ({"merge_status": "cannot_be_merged"}, Merging("conflicts")),
        ({"diverged_commits_count": True}, Merging()),
    ],
)
def test_gitlab(row: dict[str, object], told: Merging) -> None:
    assert on_gitlab(row) == told


def test_gitea() -> None:
    assert [on_gitea({"mergeable": said}) for said in (True, False, None)] == [
        Merging("clean"),
        Merging("blocked"),
        Merging(),
    ]
