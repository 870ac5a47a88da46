"""One small plan by the real API. Runs only with a key in TASKDECK_LIVE_KEY, and costs a few cents."""

from __future__ import annotations

import os

import pytest

from core.planning.claude import ClaudePlanner
from core.planning.gather import Gathered
from core.planning.options import DEFAULT_MODEL, ClaudeOptions

# Read here, before the fixture that hides the environment of whoever runs the tests.
KEY = os.environ.get("TASKDECK_LIVE_KEY", "")
MODEL = os.environ.get("TASKDECK_LIVE_MODEL", DEFAULT_MODEL)
PRD = "# Notes\n\n- The command must add a note to a file.\n- The command must list all notes.\n"


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """This test alone may leave the machine."""


@pytest.mark.skipif(not KEY, reason="needs a key in TASKDECK_LIVE_KEY")
async def test_a_small_plan_by_the_real_api() -> None:
    gathered = Gathered()
    planner = ClaudePlanner(ClaudeOptions(api_key=KEY, model=MODEL, max_tokens=8000, budget=0.5))
    async for event in planner.plan(PRD, count=2):
        gathered.take(event)
    assert gathered.done is not None
    assert gathered.tasks
    assert all(draft.title and draft.details for draft in gathered.tasks.values())
    assert gathered.usage[-1].output_tokens > 0
