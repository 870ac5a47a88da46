"""The check of the model's API: whether the key is accepted, without spending a token."""

from __future__ import annotations

from core.config import Loaded
from core.doctor.check import Check
from core.errors import TaskdeckError
from core.project import Project


async def model_check(project: Project, loaded: Loaded) -> Check:
    """Ask the endpoint which models it has; that needs the key and costs nothing. Reads the key."""
    from core.planning.choice import choose, claude_options
    from core.planning.claude import ClaudeWire

    choice = choose(loaded)
    if choice.kind != "claude":
        return Check("model", "skip", f"{choice.name} plans, which asks nobody.")
    try:
        async with ClaudeWire(claude_options(choice, loaded, project.root)).connect() as connection:
            models = await connection.models()
    except TaskdeckError as error:
        return Check("model", "fail", error.message, error.hint)
    evidence = f"{choice.endpoint} accepts the key and names {len(models)} models."
    if models and choice.model.value not in models:
        # Not every endpoint lists all it serves, so this alone is no failure.
        return Check(
            "model", "warn", f"{evidence} {choice.model.value} is not among them.", "Try another model."
        )
    return Check("model", "ok", evidence)
