"""Where a project is, what Task Master keeps beside its task file, and which tag counts."""

from core.project.find import (
    Project,
    find_prd,
    find_project,
    nearby_projects,
    project_at,
    where_searched,
)
from core.project.setup import init_project
from core.project.tags import GUESSED, TagChoice, choose_tag, current_branch, current_tag, use_tag
from core.project.task_master import ModelRole, ProjectState, TaskMasterConfig, read_config, read_state

__all__ = [
    "GUESSED",
    "ModelRole",
    "Project",
    "ProjectState",
    "TagChoice",
    "TaskMasterConfig",
    "choose_tag",
    "current_branch",
    "current_tag",
    "find_prd",
    "find_project",
    "init_project",
    "nearby_projects",
    "project_at",
    "read_config",
    "read_state",
    "use_tag",
    "where_searched",
]
