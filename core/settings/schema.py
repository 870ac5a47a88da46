"""The schema of the settings: every setting there is, with its type, limits, default and purpose."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannerSettings(_Section):
    """Who plans, and within which limits."""

    kind: Literal["auto", "claude", "outline"] = Field(
        "auto", description="auto is claude when there is a key"
    )
    model: str = Field("", description="a model id; empty is the planner's own default")
    research_model: str = Field("", description="the model that searches the web; empty is the main one")
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] = Field(
        "", description="how hard the model thinks; empty is the model's own default"
    )
    language: str = Field("", description="the language of generated text; empty follows the PRD")
    standards: tuple[str, ...] = Field(
        (), description="Markdown files with the project's standards, sent with every request"
    )
    concurrency: int = Field(4, ge=1, le=16, description="requests at the same time")
    retries: int = Field(2, ge=0, le=10, description="further attempts after a failure that may pass")
    timeout: float = Field(120, gt=0, description="seconds of silence after which a call is given up")
    budget: float | None = Field(None, gt=0, description="dollars a project may cost; none is no limit")
    confirm_tokens: int = Field(
        50_000, ge=0, le=10_000_000, description="above so many tokens sent at once you are asked"
    )
    web_search: str = Field("web_search_20250305", min_length=1, description="the web search tool's version")
    base_url: str = Field("", pattern=r"^(https?://\S+)?$", description="another address for the model's API")
    key: str = Field("", description="the API key; never shown, and counts only in your own settings")
    key_command: str = Field("", description="a command that prints the API key")


class CountSettings(_Section):
    """How many tasks and subtasks to plan; 0 follows the PRD and the complexity report."""

    tasks: int = Field(0, ge=0, le=200)
    subtasks: int = Field(0, ge=0, le=50)


class Settings(_Section):
    """Every setting there is. Dotted keys name them: `planner.model`."""

    theme: str = Field("taskdeck-dark", min_length=1, description="a theme's name")
    motion: Literal["full", "reduced"] = Field("full", description="reduced stops animations")
    prd: str = Field("", description="the PRD's path in the project; empty looks in the usual places")
    planner: PlannerSettings = PlannerSettings()  # type: ignore[call-arg]
    counts: CountSettings = CountSettings()  # type: ignore[call-arg]


SECRET = frozenset({"planner.key"})
"""Settings whose values are never shown."""
