"""Makes a new project in Task Master's layout, never touching a file that is already there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import Refused, TaskdeckError
from core.project.find import FOLDER, OLD_TASKS, TASKS, Project, find_prd, project_at
from core.project.tags import DEFAULT_TAG, fresh_state, now
from core.settings.read_only import check_writable
from core.tasks.editing.fresh import new_file_text

PRD_TEMPLATE = """\
# Product requirements

Replace the lines in angle brackets and delete what you do not need. Work is planned from what the
product must do; vision, measures of success and ideas for later are read as context.

## Overview
<What is it, for whom, and which problem does it solve?>

## Users and their stories
<Who does what with it, and why?>

## Features
<For each feature: what it does, why it matters, how it works in broad strokes.>

## Architecture and technology
<Parts of the system, data, interfaces, languages and libraries that are decided.>

## Quality
<Performance, security, reliability, accessibility: what must hold, with figures.>

## Delivery
<How it is tested, packaged, deployed and watched.>

## Later
<Ideas that are not part of this plan.>
"""


def init_project(folder: Path, name: str = "") -> Project:
    """Make `.taskmaster` with an empty task file, settings and a PRD template in `folder` (made if missing).

    Raises Refused when there is a task file already or the settings allow no writing, TaskdeckError when the
    folder cannot be written.
    """
    root = folder.expanduser().resolve()
    # A folder in a read-only project is a part of it.
    for around in (root, *root.parents):
        check_writable(around)
    for place in (TASKS, OLD_TASKS):
        if (root / place).exists():
            raise Refused(
                f"{root} already holds a project: {place} exists.",
                "Nothing was changed. Open it with `taskdeck`, or choose another folder.",
            )
    try:
        _make(root, name or root.name)
    except OSError as error:
        where = error.filename or root
        raise TaskdeckError(
            f"The project cannot be made: {where}: {error.strerror or error}.",
            "Choose a folder you may write to.",
        ) from None
    return project_at(root)


def _make(root: Path, name: str) -> None:
    home = root / FOLDER
    for part in ("tasks", "docs", "reports", "templates"):
        (home / part).mkdir(parents=True, exist_ok=True)
    if find_prd(root) is None:
        _write_new(home / "docs" / "prd.txt", PRD_TEMPLATE)
    _write_new(home / "config.json", json.dumps(_config(name), indent=2, ensure_ascii=False))
    _write_new(home / "state.json", fresh_state(DEFAULT_TAG))
    _write_new(root / TASKS, new_file_text(now()))


def _write_new(path: Path, text: str) -> None:
    """Write a file unless there is one; creating it exclusively, so that two makers never mix."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        return


def _config(name: str) -> dict[str, Any]:
    claude = {"provider": "anthropic", "modelId": "claude-sonnet-4-20250514", "maxTokens": 64000}
    return {
        "models": {
            "main": {**claude, "temperature": 0.2},
            "research": {
                "provider": "perplexity",
                "modelId": "sonar-pro",
                "maxTokens": 8700,
                "temperature": 0.1,
            },
            "fallback": {**claude, "temperature": 0.2},
        },
        "global": {
            "logLevel": "info",
            "debug": False,
            "defaultNumTasks": 10,
            "defaultSubtasks": 5,
            "defaultPriority": "medium",
            "projectName": name,
            "responseLanguage": "English",
            "defaultTag": DEFAULT_TAG,
            "enableCodebaseAnalysis": True,
            "anonymousTelemetry": False,
        },
        "claudeCode": {},
    }
