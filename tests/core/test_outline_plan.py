"""The plan made without a model is one that a lead would accept: right pieces, order, sources, every time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import TaskdeckError, UsageError
from core.planning.outline.planner import OutlinePlanner
from core.planning.outline.tasks import Outline, outline_prd
from core.planning.planner import Done, Problem, TaskBegun, TaskComplete, TaskDraft
from core.tasks.document import parse
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph
from tui.demo.demo import demo_text

DEMO = demo_text("prd.md")
BROWSER = "BjornMelin__ai-docs-vector-db-hybrid-scraper/.taskmaster/docs"


def plan(text: str, count: int | None = None) -> Outline:
    return outline_prd(text, count)


def findings(drafts: Sequence[TaskDraft]) -> list[str]:
    tasks = [
        {**d.task_fields(), "id": d.id, "dependencies": d.dependencies, "status": "pending", "subtasks": []}
        for d in drafts
    ]
    graph = TaskGraph(parse(json.dumps({"master": {"tasks": tasks}}).encode()).tag())
    return [finding.text for finding in tag_findings(graph)]


def above(drafts: Sequence[TaskDraft], number: int) -> set[int]:
    """Every task that `number` needs, directly or not."""
    needs = {draft.id: draft.dependencies for draft in drafts}
    found: set[int] = set()
    waiting = list(needs[number])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += needs[one]
    return found


def titled(drafts: Sequence[TaskDraft], *words: str) -> TaskDraft:
    return next(draft for draft in drafts if all(word in draft.title.lower() for word in words))


def sourced_in(draft: TaskDraft, text: str, heading: str) -> bool:
    """Whether the draft cites a line of the section with this heading."""
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines, 1) if line.startswith("#") and heading in line)
    level = len(lines[start - 1]) - len(lines[start - 1].lstrip("#"))
    ends = (
        at
        for at, line in enumerate(lines[start:], start + 1)
        if line.startswith("#" * 1) and len(line) - len(line.lstrip("#")) <= level
    )
    end = next(ends, len(lines) + 1)
    assert draft.source_lines
    first, last = draft.source_lines
    return first < end and last >= start


def test_an_eleven_section_prd_gives_about_a_dozen_tasks() -> None:
    outline = plan(DEMO)
    assert 8 <= len(outline.drafts) <= 25
    assert not outline.problems
    titles = [draft.title for draft in outline.drafts]
    assert len(set(titles)) == len(titles)
    assert [draft.id for draft in outline.drafts] == list(range(1, len(titles) + 1))


def test_work_comes_in_the_order_in_which_it_must_exist() -> None:
    drafts = plan(DEMO).drafts
    assert "workspace" in drafts[0].title.lower()
    assert drafts[0].dependencies == []
    assert all(draft.dependencies for draft in drafts[1:])
    order = [
        titled(drafts, "protocol buffers"),
        titled(drafts, "schema"),
        titled(drafts, "authentication"),
        titled(drafts, "task management"),
        titled(drafts, "the status workflow"),
        titled(drafts, "tests"),
        titled(drafts, "container"),
    ]
    assert [draft.id for draft in order] == sorted(draft.id for draft in order)


def test_tests_and_deployment_rest_on_the_services() -> None:
    drafts = plan(DEMO).drafts
    services = {
        titled(drafts, *words).id for words in (("authentication",), ("task", "management"), ("live",))
    }
    assert services <= above(drafts, titled(drafts, "integration", "tests").id)
    assert titled(drafts, "tests").id in above(drafts, titled(drafts, "container").id)
    assert titled(drafts, "protocol").id in above(drafts, titled(drafts, "authentication").id)


def test_dependencies_are_few_and_free_of_circles() -> None:
    drafts = plan(DEMO).drafts
    assert findings(drafts) == []
    assert all(len(draft.dependencies) <= 6 for draft in drafts)
    for draft in drafts:
        for need in draft.dependencies:
            others = set(draft.dependencies) - {need}
            assert not any(need in above(drafts, other) for other in others), "says the same twice"


@pytest.mark.parametrize(
    "heading",
    ["Overview and vision", "Non-goals", "Who uses it", "Success measures", "Future ideas", "Open questions"],
)
def test_vision_measures_and_ideas_make_no_tasks(heading: str) -> None:
    for draft in plan(DEMO).drafts:
        assert not sourced_in(draft, DEMO, heading)
        assert "graphql" not in draft.title.lower()


@pytest.mark.parametrize(
    "heading",
    [
        "User accounts",
        "Boards and",
        "Task management",
        "Status workflow",
        "Live updates",
        "API contract",
        "Data model",
        "Performance",
        "Observability",
        "Testing",
        "Deployment",
    ],
)
def test_every_section_that_asks_for_work_has_a_task(heading: str) -> None:
    assert any(sourced_in(draft, DEMO, heading) for draft in plan(DEMO).drafts)


def test_details_quote_the_prd_and_name_its_lines() -> None:
    lines = DEMO.splitlines()
    for draft in plan(DEMO).drafts:
        assert draft.source_lines
        first, last = draft.source_lines
        assert 1 <= first <= last <= len(lines)
        assert "(PRD line" in draft.details
        quotes = [line for line in draft.details.splitlines() if line.startswith("- ") and "(line " in line]
        assert quotes
        for quote in quotes:
            text, _, place = quote[2:].rpartition(" (line ")
            assert text.split()[0].strip("`:") in lines[int(place.rstrip(")")) - 1]
        assert draft.description
        assert draft.test_strategy


def test_acceptance_criteria_become_the_test_strategy() -> None:
    assert "UNAUTHENTICATED" in titled(plan(DEMO).drafts, "authentication").test_strategy


def test_foundations_come_first_and_maybes_last() -> None:
    assert plan(DEMO).drafts[0].priority == "high"
    text = "# Features of the app\n## Login\n- Users must log in.\n## Themes\n- Users could choose a theme.\n"
    assert titled(plan(text).drafts, "theme").priority == "low"


def test_the_same_prd_gives_the_same_plan() -> None:
    assert plan(DEMO) == plan(DEMO)


@pytest.mark.parametrize("count", [3, 6, 10, 20])
def test_a_wished_number_of_tasks_is_met(count: int) -> None:
    drafts = plan(DEMO, count).drafts
    assert abs(len(drafts) - count) <= 1
    assert findings(drafts) == []


def test_too_high_a_number_is_answered_honestly() -> None:
    outline = plan("The tool must sort.\nThe tool must print.\n", 40)
    assert len(outline.drafts) < 10
    assert any("40 tasks were asked for" in problem for problem in outline.problems)


def test_a_prd_that_lists_its_tasks_is_taken_at_its_word(corpus: Path) -> None:
    text = (corpus / "tasks/5dlabs__cto-parallel-test/docs/.taskmaster/docs/prd.txt").read_text()
    drafts = plan(text).drafts
    assert len(drafts) == 7
    needs = {d.title: {drafts[n - 1].title for n in d.dependencies} for d in drafts}
    schema, auth, catalog = (titled(drafts, word).title for word in ("schema", "authentication", "catalog"))
    assert needs[titled(drafts, "endpoints").title] == {schema}
    assert needs[titled(drafts, "cart").title] == {auth, catalog}
    assert needs[schema] == needs[auth] == set()


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        (f"{BROWSER}/prd.txt", 10, 25),
        (f"{BROWSER}/browser-use-v032-implementation-prd.txt", 18, 25),
        ("AcidicSoil__OSPAiN2/.taskmaster/docs/prd.txt", 8, 16),
        ("eyaltoledano__claude-task-master/.taskmaster/docs/prd.txt", 12, 20),
        ("eyaltoledano__claude-task-master/.taskmaster/docs/test-prd.txt", 3, 5),
        ("eyaltoledano__claude-task-master/.taskmaster/docs/loop-prd.md", 8, 16),
        ("5dlabs__taskmaster-sync/.taskmaster/docs/task-master-sync-prd.txt", 8, 16),
    ],
)
def test_real_prds_give_plans_of_a_sensible_size(corpus: Path, name: str, least: int, most: int) -> None:
    text = (corpus / "tasks" / name).read_text(encoding="utf-8")
    drafts = plan(text).drafts
    assert least <= len(drafts) <= most
    assert findings(drafts) == []
    assert all(draft.source_lines and draft.source_lines[1] <= text.count("\n") + 1 for draft in drafts)
    assert len({draft.title for draft in drafts}) == len(drafts)
    assert all(5 <= len(draft.title) <= 120 for draft in drafts)


def test_sections_that_are_done_make_no_tasks_and_are_named(corpus: Path) -> None:
    name = "tasks/BjornMelin__ai-docs-vector-db-hybrid-scraper/.taskmaster/docs/prd.txt"
    outline = plan((corpus / name).read_text(encoding="utf-8"))
    assert any("done" in problem for problem in outline.problems)
    assert not any("anti-detection" in draft.details.lower() for draft in outline.drafts)


def test_a_table_of_requirements_is_a_list_of_work() -> None:
    text = (
        "# Shop API\nA REST service in Python.\n# Requirements\n| ID | Requirement | Priority |\n|--|--|--|\n"
        "| FR-1 | Users shall log in | Must |\n| FR-2 | Customers shall pay with Stripe | Must |\n"
        "| FR-3 | Customers could rate products | Could |\n"
    )
    drafts = plan(text).drafts
    assert titled(drafts, "stripe").priority == "high"
    assert titled(drafts, "rate products").priority == "low"


def test_other_languages_and_other_matters_are_said_to_be_so() -> None:
    german = (
        "# Mitglieder\n- Mitglieder werden angelegt und gelöscht.\n"
        "# Beiträge\n- Beiträge werden jährlich berechnet und eingezogen.\n"
    )
    outline = plan(german)
    assert [draft.title for draft in outline.drafts] == ["Mitglieder", "Beiträge"]
    assert any("English" in problem for problem in outline.problems)
    wedding = plan(
        "# The wedding\n## Venue\n- Visit three gardens\n- Rent chairs\n## Food\n- Order the cake\n"
    )
    assert any("software" in problem for problem in wedding.problems)
    assert not any("repository" in draft.title.lower() for draft in wedding.drafts)


def test_a_prd_without_work_says_so() -> None:
    with pytest.raises(TaskdeckError, match="No work was found"):
        plan("# Vision\nWe will be big.\n# Risks\n- Rain\n")


async def test_the_planner_streams_tasks_and_ends_with_done() -> None:
    planner = OutlinePlanner()
    assert "no model" in planner.name
    events = [event async for event in planner.plan(DEMO)]
    assert isinstance(events[-1], Done)
    begun = [event.id for event in events if isinstance(event, TaskBegun)]
    complete = [event.draft.id for event in events if isinstance(event, TaskComplete)]
    assert begun == complete == list(range(1, len(complete) + 1))


async def test_new_ids_go_on_from_the_present_tasks() -> None:
    tag = parse(b'{"master": {"tasks": [{"id": 7, "title": "Add new todos"}]}}').tag()
    events = [
        event
        async for event in OutlinePlanner().plan("1. Add new todos\n2. Delete todos\n", existing=tag.tasks)
    ]
    drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
    assert [draft.id for draft in drafts] == list(range(8, 8 + len(drafts)))
    problems = [event.text for event in events if isinstance(event, Problem)]
    assert any("in the plan already" in problem for problem in problems)
    with pytest.raises(UsageError):
        [event async for event in OutlinePlanner().plan(DEMO, count=0)]


_BLOCKS = st.sampled_from(
    [
        "# Features\n",
        "## 1.2 Search and filter\n",
        "- A user must be able to find things.\n",
        "**Task 1: Do it**\n",
        "- Dependencies: Task 1\n",
        "| a | b |\n|--|--|\n| FR-1 | must go |\n",
        "```\ncode {\n```\n",
        "plain text. \n",
        "## Phase 1\n",
        "1. **Cart**\n   - must add up\n",
        "## Logical dependency chain\n",
        "- Depends on cart\n",
        "## Data model\n",
        "- `users`: name, mail\n",
        "\n",
        "## Non-goals\n",
        "* x\n",
        "Acceptance: it works\n",
    ]
)


@settings(max_examples=120, deadline=None)
@given(st.lists(_BLOCKS, max_size=25), st.none() | st.integers(1, 30))
def test_any_markdown_gives_a_sound_plan_or_a_reason(blocks: list[str], count: int | None) -> None:
    text = "".join(blocks)
    try:
        drafts = plan(text, count).drafts
    except TaskdeckError:
        return  # empty, or without work in it, and said so
    assert findings(drafts) == []
    assert len({draft.title for draft in drafts}) == len(drafts)
    assert all(draft.title and draft.source_lines for draft in drafts)
