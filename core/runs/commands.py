"""How the agent of a run is called for one task: its prompt, its command, what of the keys it gets."""

from __future__ import annotations

from pathlib import Path

from core.agents.command import AgentCommand, agent_environment, claude_command
from core.config import load_settings
from core.documents.brief import Brief
from core.documents.catalogue import DOCS, folder_of
from core.runs.own_process import own_command
from core.runs.request import RunRequest


class _Root:
    def __init__(self, root: Path) -> None:
        self.root = root


def builtin(request: RunRequest, brief_file: Path, cwd: Path) -> AgentCommand:
    """The writer that needs no model, as a process of its own."""
    pace = ("--pace", f"{request.pace:g}") if request.pace else ()
    return AgentCommand(own_command("core.documents.agent", str(brief_file), *pace), cwd, agent_environment())


def claude(request: RunRequest, brief: Brief, prompt: str, cwd: Path) -> AgentCommand:
    """The Claude Code command; reads the key now. Raises TaskdeckError when a key command fails."""
    from core.planning.key import find_key

    loaded = load_settings(_Root(Path(request.root)), strict=False)
    key = find_key(loaded)
    settings = loaded.settings.agent.model_copy(
        update={
            "command": request.command,
            "model": request.model,
            "timeout": request.timeout,
            "silence": request.silence,
            "retries": request.retries,
            "max_turns": request.max_turns,
            "budget": request.budget,
            "tools": request.tools,
        }
    )
    held, base_url = key.read() if key else "", str(loaded.get("planner.base_url").value)

    def command(writable: tuple[str, ...]) -> AgentCommand:
        return claude_command(
            settings, prompt, cwd, request.kind, program=request.command, writable=writable,
            readable=(Path(brief.tasks_file).parent,), key=held, base_url=base_url,
        )  # fmt: skip

    try:
        return command(tuple(folder_of(task) for task in brief.task_keys))
    except ValueError:
        # Claude Code's rules cannot name every folder; the gate looks at each path in any case.
        return command((DOCS,))
