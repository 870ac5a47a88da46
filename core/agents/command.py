"""The Claude Code command: where it is, and how it is called so that it does only what it was asked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import NotFound
from core.settings.schema import AgentSettings

Kind = Literal["docs", "task"]


@dataclass(frozen=True)
class AgentCommand:
    """A process to start: `env` is its whole environment, standard input is closed.

    `secrets` are texts that its output must not show; they are in `env` and nowhere else.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class FoundAgent:
    """The command that was found; `version` is its own word for it, "" when it does not say."""

    path: Path
    version: str


def find_agent(command: str = "claude", path: str | None = None) -> FoundAgent:
    """Find `command` (a name or a path) on PATH, or on `path`, and ask its version. Blocking, 10 s at most.

    Raises NotFound when there is none, TaskdeckError when it does not start.
    """
    raise NotFound(f"The agent's command {command} is not there.")


def claude_command(
    settings: AgentSettings,
    prompt: str,
    cwd: Path,
    kind: Kind,
    *,
    program: Path | str = "",
    writable: Sequence[str] = (".taskmaster/docs",),
    key: str = "",
    base_url: str = "",
    model: str = "",
    config_folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> AgentCommand:
    """How Claude Code is called for `prompt` in `cwd`.

    `writable` are folders below `cwd` that an agent for documents may write in. `key` and `base_url` are the
    only credentials it gets; without `key` it uses its own login. `config_folder` is its own place for
    settings and transcripts (needed to keep them out of the user's home; it holds no login then). `environ`
    is the environment the allowed names are taken from.
    """
    return AgentCommand((str(program or settings.command), "-p", prompt), cwd, {})


def builtin_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for an agent of ours that calls no model: no keys."""
    return {}
