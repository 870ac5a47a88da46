"""The schema of the settings: every setting there is, with its type, limits, default and purpose."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.settings.stages import Stage


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


class DocumentSettings(_Section):
    """The files an agent works from."""

    files: tuple[str, ...] = Field(
        ("task.md", "prompt.md", "design-spec.md", "acceptance-criteria.md"),
        description="the documents of each task, by file name",
    )


class AgentSettings(_Section):
    """Who writes documents and does tasks, and within which limits."""

    kind: Literal["builtin", "claude"] = Field(
        "builtin", description="builtin writes documents without a model; claude is the Claude Code command"
    )
    command: str = Field("claude", min_length=1, description="the Claude Code command")
    model: str = Field("", description="the model of the agent; empty is its own default")
    concurrency: int = Field(3, ge=1, le=16, description="agents at the same time")
    timeout: float = Field(3600, gt=0, description="seconds after which an agent is ended")
    silence: float = Field(
        180, gt=0, description="seconds without a word after which you are told; it ends nothing"
    )
    retries: int = Field(3, ge=0, le=10, description="further attempts of the agent to reach its model")
    max_turns: int = Field(60, ge=1, le=1000, description="turns after which an agent is ended")
    max_output: int = Field(
        256, ge=1, le=100_000, description="megabytes of output after which an agent is ended"
    )
    budget: float | None = Field(None, gt=0, description="dollars one agent may cost; none is no limit")
    tools: tuple[str, ...] = Field(
        (),
        description="further tools of an agent that does tasks, as Claude Code names them",
    )


class NotifySettings(_Section):
    """How you hear that a run waits, failed, stalled, is over budget or finished."""

    bell: bool = Field(True, description="the terminal's bell")
    desktop: bool = Field(False, description="a notification of the desktop")
    command: str = Field("", description="a command of yours, run with the words as its last argument")


class PublishSettings(_Section):
    """What may be pushed, and to where pull requests go."""

    protected: tuple[str, ...] = Field(
        ("main", "master"), description="branches that are never pushed to; they get pull requests"
    )
    forbid: tuple[Stage, ...] = Field((), description="stages of a run that are not allowed here")
    read_only: bool = Field(
        False,
        description="true lets nothing be written, published or submitted here; reading goes on, and so do "
        "your own settings",
    )
    forge: Literal["auto", "github", "gitlab", "gitea", "forgejo", "gh", "link"] = Field(
        "auto", description="how pull requests are made"
    )
    api_url: str = Field("", pattern=r"^(https?://\S+)?$", description="the address of the forge's API")
    token: str = Field("", description="the forge's token; never shown, and counts only in your own settings")
    token_command: str = Field("", description="a command that prints the forge's token")


class Settings(_Section):
    """Every setting there is. Dotted keys name them: `planner.model`."""

    theme: str = Field("taskdeck-dark", min_length=1, description="a theme's name")
    motion: Literal["full", "reduced"] = Field("full", description="reduced stops animations")
    prd: str = Field("", description="the PRD's path in the project; empty looks in the usual places")
    planner: PlannerSettings = PlannerSettings()  # type: ignore[call-arg]
    counts: CountSettings = CountSettings()  # type: ignore[call-arg]
    documents: DocumentSettings = DocumentSettings()  # type: ignore[call-arg]
    agent: AgentSettings = AgentSettings()  # type: ignore[call-arg]
    notify: NotifySettings = NotifySettings()  # type: ignore[call-arg]
    publish: PublishSettings = PublishSettings()  # type: ignore[call-arg]


SECRET = frozenset({"planner.key", "publish.token"})
"""Settings whose values are never shown."""
