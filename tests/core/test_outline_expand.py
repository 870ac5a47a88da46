"""Scores without a model say how they come about; subtasks are specific to their task."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import UsageError
from core.planning.outline.planner import OutlinePlanner
from core.planning.outline.tasks import outline_prd
from core.planning.planner import (
    Done,
    Problem,
    ScoreComplete,
    ScoreDraft,
    SubtaskComplete,
    SubtaskDraft,
    TextDelta,
)
from core.planning.prd import parse_prd
from core.tasks.complexity import Score
from core.tasks.document import Tag, parse
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph
from tui.demo.demo import demo_text


def tag_of(*tasks: dict[str, Any]) -> Tag:
    return parse(json.dumps({"master": {"tasks": list(tasks)}}).encode()).tag()


@pytest.fixture(scope="module")
def demo() -> Tag:
    drafts = outline_prd(demo_text("prd.md"), None).drafts
    return tag_of(
        *(
            {
                **d.task_fields(),
                "id": d.id,
                "dependencies": d.dependencies,
                "status": "pending",
                "subtasks": [],
            }
            for d in drafts
        )
    )


async def scores_of(tag: Tag) -> dict[str, ScoreDraft]:
    events = [event async for event in OutlinePlanner().analyse(tag.tasks)]
    assert isinstance(events[-1], Done)
    return {event.score.task_id: event.score for event in events if isinstance(event, ScoreComplete)}


async def subtasks_of(tag: Tag, key: str, **options: Any) -> list[SubtaskDraft]:
    events = [event async for event in OutlinePlanner().expand(tag.find(key), **options)]
    assert isinstance(events[-1], Done)
    return [event.draft for event in events if isinstance(event, SubtaskComplete)]


async def all_subtasks(tag: Tag) -> dict[str, list[SubtaskDraft]]:
    scores = await scores_of(tag)
    found: dict[str, list[SubtaskDraft]] = {}
    for task in tag.tasks:
        s = scores[task.key]
        score = Score(s.task_id, s.title, s.score, s.recommended, s.prompt, s.reasoning)
        found[task.key] = await subtasks_of(tag, task.key, score=score)
    return found


async def test_scores_differ_and_add_up_to_what_they_list(demo: Tag) -> None:
    scores = await scores_of(demo)
    assert set(scores) == {task.key for task in demo.tasks}
    values = [score.score for score in scores.values()]
    assert all(1 <= value <= 10 for value in values)
    assert len(set(values)) >= 4
    assert max(values) >= 7
    assert min(values) <= 4
    for score in scores.values():
        assert "no model" in score.reasoning
        assert "Confidence" in score.reasoning
        assert score.title in score.prompt
        assert 2 <= score.recommended <= 10


async def test_a_harder_task_scores_higher() -> None:
    easy = {"id": 1, "title": "Write the README", "details": "- Say how to start it."}
    hard = {
        "id": 2,
        "title": "Implement payments",
        "details": "- Take payments with Stripe webhooks.\n"
        "- Retry idempotently under concurrent requests.\n"
        "- Refund within 30 days.\n- Store transactions in PostgreSQL.\n"
        "- Authenticate every call with OAuth2.\n",
        "dependencies": [1, 3],
    }
    scores = await scores_of(tag_of(easy, hard, {"id": 3, "title": "Set up"}))
    assert scores["2"].score >= scores["1"].score + 4
    assert "PostgreSQL" in scores["2"].reasoning
    assert "money" in scores["2"].reasoning


async def test_only_open_tasks_are_scored() -> None:
    tag = tag_of(
        {"id": 1, "title": "Old", "status": "done"},
        {"id": 2, "title": "New"},
        {"id": 3, "title": "No", "status": "cancelled"},
    )
    assert set(await scores_of(tag)) == {"2"}


async def test_expanding_the_sample_project_gives_sixty_to_eighty_subtasks(demo: Tag) -> None:
    found = await all_subtasks(demo)
    assert 60 <= sum(len(drafts) for drafts in found.values()) <= 80
    lists = [tuple(draft.title for draft in drafts) for drafts in found.values()]
    titles = [title for titles in lists for title in titles]
    assert len(set(lists)) == len(lists)
    assert len(set(titles)) == len(titles)
    assert all(10 <= len(title) <= 150 for title in titles)


async def test_subtasks_depend_on_earlier_siblings_and_end_with_proof(demo: Tag) -> None:
    for key, drafts in (await all_subtasks(demo)).items():
        assert [draft.id for draft in drafts] == list(range(1, len(drafts) + 1))
        for draft in drafts:
            assert all(need < draft.id for need in draft.dependencies)
            assert draft.description
            assert draft.details
            assert draft.test_strategy
        assert drafts[-1].dependencies, key


async def test_every_requirement_of_a_task_is_in_one_of_its_subtasks(demo: Tag) -> None:
    task = next(task for task in demo.tasks if "boards and membership" in task.title.lower())
    drafts = await subtasks_of(demo, task.key)
    together = "\n".join(draft.details for draft in drafts)
    for part in ("create, rename, archive", "invite users", "one role on a board", "at least one owner"):
        assert part in together


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12])
async def test_a_wished_number_of_subtasks_is_met_or_explained(demo: Tag, count: int) -> None:
    for task in demo.tasks:
        events = [event async for event in OutlinePlanner().expand(task, count=count)]
        made = sum(isinstance(event, SubtaskComplete) for event in events)
        assert made == count or any(isinstance(event, Problem) for event in events)
        assert 1 <= made <= count


async def test_the_score_sets_the_number_and_the_prompt_is_kept(demo: Tag) -> None:
    score = Score("5", "x", 7, 4)
    drafts = await subtasks_of(demo, "5", score=score, prompt="mind the lock")
    assert len(drafts) == 4
    assert "mind the lock" in drafts[0].details
    with pytest.raises(UsageError):
        await subtasks_of(demo, "5", count=0)


async def test_a_task_with_nothing_but_a_title_is_still_divided() -> None:
    tag = tag_of(
        {"id": 1, "title": "Implement search"},
        {"id": 2, "title": ""},
        {"id": 3, "title": "検索を作る", "details": "```\ncode\n```"},
    )
    for key in ("1", "2", "3"):
        drafts = await subtasks_of(tag, key)
        assert len(drafts) >= 2
        assert all(draft.title for draft in drafts)


async def test_subtasks_fit_the_task_file_without_findings(demo: Tag) -> None:
    found = await all_subtasks(demo)
    tasks = [
        {
            **task.raw,
            "subtasks": [
                {**d.task_fields(), "id": d.id, "dependencies": d.dependencies} for d in found[task.key]
            ],
        }
        for task in demo.tasks
    ]
    assert tag_findings(TaskGraph(tag_of(*tasks))) == ()


async def test_a_drafted_prd_is_a_skeleton_with_questions_that_can_be_planned_later() -> None:
    planner = OutlinePlanner()
    events = [event async for event in planner.draft_prd("Build a service that sends reminders by SMS")]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert "reminders" in text
    assert "no model" in text
    assert text.count("Question:") >= 8
    assert len([section for section in parse_prd(text).sections() if section.level == 2]) >= 11
    with pytest.raises(UsageError):
        [event async for event in planner.draft_prd("  ")]
