"""What a model gets wrong is mended where that is safe, and asked for again once where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from core.planning.claude import ClaudePlanner
from core.planning.events import StartedAgain
from core.planning.failures import RefusedByModel
from core.planning.gather import Gathered
from core.planning.planner import Problem, TaskComplete
from tests.fakes.claude import (
    PRD,
    events_of,
    item,
    options,
    score,
    scores,
    subitem,
    subtasks,
    task,
    tasks,
)
from tests.fakes.messages_api import MessagesApi
from tests.fakes.messages_replies import Scenario, refusal, says


async def planned(*script: Scenario) -> tuple[Gathered, int]:
    """What a plan against the script gathers, and the number of requests."""
    gathered = Gathered()
    with MessagesApi(*script) as api:
        async for event in ClaudePlanner(options(api)).plan(PRD):
            gathered.take(event)
        return gathered, len(api.calls)


async def test_numbers_that_restart_at_one_are_renumbered() -> None:
    present = [task(str(number)) for number in range(1, 13)]
    with MessagesApi(tasks(item(21), item(22, "", 21), item(23, "", 22, 12))) as api:
        first = await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present))
    with MessagesApi(tasks(item(1), item(2), item(3))) as api:
        second = await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present))
        assert len(api.calls) == 1
    drafts = [event.draft for event in first if isinstance(event, TaskComplete)]
    assert [(draft.id, draft.dependencies) for draft in drafts] == [(13, []), (14, [13]), (15, [14, 12])]
    assert [event.draft.id for event in second if isinstance(event, TaskComplete)] == [13, 14, 15]
    assert any("numbered from 13" in event.text for event in second if isinstance(event, Problem))


async def test_numbers_of_its_own_are_followed_as_the_model_means_them() -> None:
    gathered, requests = await planned(tasks(item(2, "A"), item(3, "B", 2), item(4, "C", 3)))
    assert [draft.dependencies for draft in gathered.tasks.values()] == [[], [1], [2]]
    assert requests == 1


async def test_after_a_cut_our_numbers_count() -> None:
    first = tasks(item(2, "A"), item(1, "B"), stop_reason="max_tokens")
    gathered, requests = await planned(first, tasks(item(3, "C", 1)))
    assert {key: (draft.title, draft.dependencies) for key, draft in gathered.tasks.items()} == {
        1: ("A", []),
        2: ("B", []),
        3: ("C", [1]),
    }
    assert requests == 2


async def test_a_dependency_on_itself_is_left_out_without_asking() -> None:
    gathered, requests = await planned(tasks(item(1, "A", 1), item(2, "B", 1)))
    assert [draft.dependencies for draft in gathered.tasks.values()] == [[], [1]]
    assert requests == 1


async def test_a_dependency_that_could_mean_two_things_is_asked_again() -> None:
    present = [task("1"), task("2")]
    restarted = tasks(item(1, "New one"), item(2, "New two", 1))
    with MessagesApi(restarted, tasks(item(4, "New two", 3))) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).plan(PRD, existing=present)):
            gathered.take(event)
        again = api.calls[1].body["messages"][2]["content"][0]["text"]
    assert "id 4: dependency 1 could mean 1 or 3" in again
    assert [(draft.id, draft.dependencies) for draft in gathered.tasks.values()] == [(3, []), (4, [3])]


async def test_a_broken_reference_is_asked_again_once_and_then_left_out() -> None:
    bad = item(2, "Second", 1, 99)
    gathered, requests = await planned(tasks(item(1), bad), tasks(bad))
    assert requests == 2
    assert gathered.tasks[2].dependencies == [1]
    assert any("dependency 99 does not exist: left out" in text for text in gathered.problems)


async def test_only_the_item_that_is_wrong_is_asked_again() -> None:
    bad = item(2, "Second", 1, priority="someday")
    other = item(3, "Third", 2)
    with MessagesApi(tasks(item(1), bad, other), tasks(item(2, "Second", 1), item(9, "Stranger"))) as api:
        events = await events_of(ClaudePlanner(options(api)).plan(PRD))
        [_, again] = api.calls
    gathered = Gathered()
    for event in events:
        gathered.take(event)
    assert sorted(gathered.tasks) == [1, 2, 3]
    assert gathered.tasks[2].priority == "high"
    assert gathered.tasks[3].dependencies == [2]
    said = again.body["messages"][2]["content"][0]["text"]
    assert "id 2: priority:" in said
    assert "someday" in said
    assert "id 3" not in said
    assert any("not asked for again" in text for text in gathered.problems)


async def test_circles_are_asked_again_and_then_broken() -> None:
    circle = (item(1, "A", 2), item(2, "B", 1), item(3, "C", 3))
    gathered, _ = await planned(tasks(*circle), tasks(*circle[:2]))
    drafts = gathered.tasks
    assert {key: draft.dependencies for key, draft in drafts.items()} == {1: [], 2: [1], 3: []}
    assert any("in a circle" in text for text in gathered.problems)
    assert any("depended on itself" in text for text in gathered.problems)


async def test_a_task_that_comes_twice_is_kept_once() -> None:
    gathered, requests = await planned(tasks(item(1, "A"), item(1, "A"), item(2, "B", 1)))
    assert [draft.title for draft in gathered.tasks.values()] == ["A", "B"]
    assert gathered.tasks[2].dependencies == [1]
    assert requests == 1


async def test_scores_that_are_missing_are_asked_again_and_strangers_dropped() -> None:
    script = [
        scores(score("1"), score("1", 9), score("7"), score("2", 40)),
        scores(score("2", 4), score("3", 3)),
    ]
    with MessagesApi(*script) as api:
        gathered = Gathered()
        for event in await events_of(ClaudePlanner(options(api)).analyse([task("1"), task("2"), task("3")])):
            gathered.take(event)
        again = api.calls[1].body["messages"][2]["content"][0]["text"]
    assert {key: found.score for key, found in gathered.scores.items()} == {"1": 5, "2": 4, "3": 3}
    assert 'taskId "2": complexityScore: Input should be less than or equal to 10' in again
    assert 'taskId "3": there is no entry for it' in again
    assert 'taskId "1"' not in again
    said = "\n".join(gathered.problems)
    assert "task 7, which was not asked for" in said
    assert "Task 1 was scored twice" in said


async def test_a_group_that_fails_leaves_the_other_scores() -> None:
    def answer(request: Any) -> Scenario:
        return (
            refusal()
            if '"id": "3"' in request.body["messages"][0]["content"][-1]["text"]
            else scores(score("1"), score("2"))
        )

    with MessagesApi(answer=answer) as api:
        events: list[Any] = []
        every = [task(key) for key in "1234"]
        with pytest.raises(RefusedByModel, match="Of 4 tasks, 2 had been scored"):
            await events_of(ClaudePlanner(options(api, group_size=2)).analyse(every), events)
    assert "Done" not in [type(event).__name__ for event in events]


async def test_subtasks_restart_for_their_own_task_only() -> None:
    broken = subtasks(subitem(1), subitem(2), subitem(3), cut="drop", cut_after=32)
    with MessagesApi(broken, subtasks(subitem(1, "New"))) as api:
        events = await events_of(ClaudePlanner(options(api)).expand(task("5")))
    assert [event.parent_key for event in events if isinstance(event, StartedAgain)] == ["5"]


async def test_only_those_on_the_circle_are_asked_again() -> None:
    plan = (item(1, "A", 3), item(2, "B"), item(3, "C", 4), item(4, "D", 3), item(5, "E", 4))
    with MessagesApi(tasks(*plan), tasks(item(3, "C", 2))) as api:
        gathered = Gathered()
        async for event in ClaudePlanner(options(api)).plan(PRD):
            gathered.take(event)
        again = api.calls[1].body["messages"][2]["content"][0]["text"]
    assert [number for number in range(1, 6) if f"id {number}:" in again] == [3, 4]
    found = {key: draft.dependencies for key, draft in gathered.tasks.items()}
    assert found == {1: [3], 2: [], 3: [2], 4: [3], 5: [4]}


async def test_an_answer_of_another_shape_is_asked_for_whole() -> None:
    broken = says('{"tasks": [{"id": 1}, {"id": 2}], }')
    with MessagesApi(broken, tasks(item(1))) as api:
        gathered = Gathered()
        async for event in ClaudePlanner(options(api)).plan(PRD):
            gathered.take(event)
        roles = [message["role"] for message in api.calls[1].body["messages"]]
        said = api.calls[1].body["messages"][2]["content"][0]["text"]
    assert roles == ["user", "assistant", "user"]
    assert "not valid JSON" in said
    assert list(gathered.tasks) == [1]
    assert gathered.done is not None
