"""Kinds of planner events that say more than the plain ones they can be read as."""

from __future__ import annotations

from dataclasses import dataclass

from core.planning.planner import Problem, TaskBegun


@dataclass(frozen=True)
class SubtaskBegun(TaskBegun):
    """A subtask is arriving below the task `parent_key`."""

    parent_key: str = ""


@dataclass(frozen=True)
class StartedAgain(Problem):
    """The planner begins again: forget the drafts shown so far (those of `parent_key`, when it has one)."""

    parent_key: str = ""
