"""Runs again what a run did not do, with what failed as context for the agent."""

from __future__ import annotations

from core.runs.folder import RunFolder
from core.runs.start import Wish


def retry_wish(folder: RunFolder) -> Wish:
    """The wish for the part of a finished run that did not pass. Start it with `core.runs.start.start`.

    Raises Refused when the run is still under way, UsageError when nothing of it failed.
    """
    raise NotImplementedError
