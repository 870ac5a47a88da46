"""The checks of our settings: whether they can be read, and what they do not allow in this project."""

from __future__ import annotations

from collections import Counter

from core.doctor.check import Check
from core.errors import TaskdeckError
from core.project import Project
from core.settings.read_only import why_read_only


def settings_check(project: Project | None) -> Check:
    """Where settings come from; a fault is one because all that plans, runs or publishes refuses with it."""
    from core.config import load_settings

    try:
        loaded = load_settings(project)
    except TaskdeckError as error:
        message = error.message.rstrip(".")
        return Check("settings", "fail", f"{message}. Until it is mended nothing {_HELD}.", error.hint)
    if loaded.warnings:
        return Check(
            "settings", "warn", " ".join(loaded.warnings), "`taskdeck config show` shows what is in force."
        )
    sources = Counter(origin.source.partition(", line ")[0] for origin in loaded.origins.values())
    del sources["default"]
    listed = ", ".join(f"{number} from {source}" for source, number in sources.items())
    return Check("settings", "ok", f"{listed or 'All are the defaults'}.")


_HELD = "is planned, run or published here"


def stop_lines_check(project: Project) -> Check:
    """What the settings do not allow here: writing at all, or stages of a run."""
    from core.config import load_settings

    why = why_read_only(project.root)
    if why is not None:
        message = why.message.rstrip(".")
        return Check(
            "stop-lines", "warn", f"{message}. Whatever would write, publish or run refuses.", why.hint
        )
    try:
        forbidden = load_settings(project).get("publish.forbid")
    except TaskdeckError:
        return Check("stop-lines", "skip", "Which there are cannot be told before the settings are mended.")
    if forbidden.value:
        stages = ", ".join(forbidden.value)
        return Check("stop-lines", "ok", f"{forbidden.source} lets no run reach these stages: {stages}.")
    return Check(
        "stop-lines", "ok", "None: the project may be written to, and runs may go through all stages."
    )
