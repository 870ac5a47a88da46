"""Task Master's own `config.json` and `state.json`, read tolerantly: a broken one is said, never fatal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

CONFIG_PLACES = (".taskmaster/config.json", ".taskmasterconfig")
"""Where Task Master keeps its settings, below the project's root; the first that exists counts."""

_RETIRED = ("claude-1", "claude-2", "claude-3", "claude-instant", "claude-sonnet-4-2", "claude-opus-4-2")
_RETIRED_NAMES = frozenset({"claude-sonnet-4-0", "claude-opus-4-0", "sonnet", "opus"})


def is_retired(model: str) -> bool:
    """Whether this is a model of Anthropic's that is no longer served, or a nickname only other tools know.

    The list ends with the models of May 2025, which Task Master still writes into new projects.
    """
    return model.startswith(_RETIRED) or model in _RETIRED_NAMES


@dataclass(frozen=True, slots=True)
class ModelRole:
    """What Task Master would call for `main`, `research` or `fallback`.

    `base_url` is a repository's word: whoever sends a key there asks the user first.
    """

    provider: str
    model: str
    max_tokens: int | None = None
    temperature: float | None = None
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class TaskMasterConfig:
    """`config.json`; None or empty where it says nothing usable. `problem`: why it could not be read."""

    path: Path | None = None
    problem: str = ""
    project_name: str = ""
    default_tasks: int | None = None
    default_subtasks: int | None = None
    default_priority: str = ""
    response_language: str = ""
    default_tag: str = ""
    models: Mapping[str, ModelRole] = field(default_factory=dict[str, ModelRole])


@dataclass(frozen=True, slots=True)
class ProjectState:
    """`state.json`: the tag chosen last and the tags of git branches. `problem`: why it could not be read."""

    path: Path | None = None
    problem: str = ""
    current_tag: str = ""
    branch_tags: Mapping[str, str] = field(default_factory=dict[str, str])


def read_object(path: Path) -> tuple[dict[str, Any] | None, str]:
    """The JSON object in a small file, or None with a sentence on what is wrong (empty: no such file)."""
    try:
        value: Any = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror or error}."
    except UnicodeDecodeError:
        return None, f"{path} is not UTF-8 text; what it says is passed over."
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return None, f"{path}: {place}: not valid JSON; what it says is passed over."
    except (ValueError, RecursionError):
        return None, f"{path} is not usable JSON; what it says is passed over."
    if not isinstance(value, dict):
        return None, f"{path} does not hold a JSON object; what it says is passed over."
    return cast("dict[str, Any]", value), ""


def read_config(*candidates: Path) -> TaskMasterConfig:
    """The first of the files that exists."""
    for path in candidates:
        raw, problem = read_object(path)
        if problem:
            return TaskMasterConfig(path, problem)
        if raw is not None:
            return _config(path, raw)
    return TaskMasterConfig()


def _config(path: Path, raw: dict[str, Any]) -> TaskMasterConfig:
    shared = _object(raw.get("global"))
    models = {
        role: ModelRole(
            _text(entry.get("provider")),
            _text(entry.get("modelId")),
            _count(entry.get("maxTokens")),
            _number(entry.get("temperature")),
            _text(entry.get("baseURL")),
        )
        for role, entry in ((role, _object(value)) for role, value in _object(raw.get("models")).items())
        if entry
    }
    return TaskMasterConfig(
        path=path,
        project_name=_text(shared.get("projectName")),
        default_tasks=_count(shared.get("defaultNumTasks")),
        default_subtasks=_count(shared.get("defaultSubtasks")),
        default_priority=_text(shared.get("defaultPriority")),
        response_language=_text(shared.get("responseLanguage")),
        default_tag=_text(shared.get("defaultTag")),
        models=models,
    )


def read_state(path: Path) -> ProjectState:
    """`state.json`, in either core's spelling of the current tag."""
    raw, problem = read_object(path)
    if raw is None:
        return ProjectState(path if problem else None, problem)
    mapping = _object(raw.get("branchTagMapping"))
    return ProjectState(
        path=path,
        current_tag=_text(raw.get("currentTag")) or _text(raw.get("activeTag")),
        branch_tags={branch: tag for branch, tag in mapping.items() if isinstance(tag, str) and tag},
    )


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    # Old versions wrote numbers as texts.
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
