"""One section of a PRD written anew by Claude: only that section is asked for, the rest goes along."""

from __future__ import annotations

import pytest

from core.errors import UsageError
from core.planning.claude import ClaudePlanner
from core.planning.gather import Gathered
from core.planning.outline.planner import OutlinePlanner
from core.planning.planner import Done, TextDelta
from tests.fakes.claude import events_of, options
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import says

SECTION = "## Requirements\n\n1. The shop must be fast.\n"
WHOLE = f"# Shop\n\n## Problem\n\nNo wäres.\n\n{SECTION}\n## Risks\n\nRain.\n"
NEW = "## Requirements\n\n1. A page must open within 200 ms – “größer” 🚀.\n"


async def test_only_the_section_is_asked_for_with_the_rest_as_context() -> None:
    with MessagesApi(says(NEW, piece=4, write=5)) as api:
        planner = ClaudePlanner(options(api))
        events = await events_of(planner.redraft(WHOLE, SECTION, "give a figure", idea="a shop"))
        [request] = api.calls
    document, how = request.body["messages"][0]["content"]
    assert WHOLE.strip() in document["text"]
    assert document["cache_control"] == {"type": "ephemeral"}
    assert SECTION.strip() in how["text"]
    assert "No wäres" not in how["text"]
    assert "nothing but this section" in how["text"]
    assert "give a figure" in how["text"]
    assert "a shop" in how["text"]
    assert "output_config" not in request.body
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 5
    assert "".join(pieces) == NEW
    assert isinstance(events[-1], Done)


async def test_two_sections_share_what_is_cached() -> None:
    with MessagesApi(says(NEW), says("## Risks\n\nSnow.\n")) as api:
        planner = ClaudePlanner(options(api))
        await events_of(planner.redraft(WHOLE, SECTION, ""))
        await events_of(planner.redraft(WHOLE, "## Risks\n\nRain.\n", ""))
        first, second = (request.body["messages"][0]["content"] for request in api.calls)
    assert first[0] == second[0]
    assert "Rain." in second[1]["text"]
    assert "should be different" not in second[1]["text"]
    assert "<idea>" not in second[1]["text"]


async def test_a_section_that_is_cut_off_goes_on_and_one_that_breaks_off_begins_again() -> None:
    script = (
        says("## Wrong, all of it", cut="drop", cut_after=1),
        says("## Requirements\n\n1. A page ", stop_reason="max_tokens"),
        says("must open.\n"),
    )
    with MessagesApi(*script) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).redraft(WHOLE, SECTION, "")):
            gathered.take(event)
        assert len(api.calls) == 3
    assert gathered.text == "## Requirements\n\n1. A page must open.\n"


async def test_rules_say_that_they_would_write_the_same() -> None:
    with pytest.raises(UsageError, match="the same again"):
        await events_of(OutlinePlanner().redraft(WHOLE, SECTION, "shorter"))
