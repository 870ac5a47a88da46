"""The stages a run can go through, by the names that settings, ledgers and proofs use."""

from __future__ import annotations

from typing import Literal, get_args

Stage = Literal["publish", "prepare", "agent", "gate", "commit", "apply", "push", "pull_request"]

STAGES: tuple[Stage, ...] = get_args(Stage)
"""Every stage there can be, in order; `RunRequest.stages` says which of them a run goes through."""
