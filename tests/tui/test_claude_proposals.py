"""Claude in the app, against a server on loopback: growing proposals, costs, cancelling, every fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content

from core.paths import state_folder
from tests.fakes.claude import KEY, item, score, scores, subitem, subtasks, tasks, use
from tests.fakes.deck import Deck, make_deck_project, open_deck
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, fails, refusal, says
from tui.screens.menus import Menu
from tui.screens.proposal import ProposalScreen

THREE = (item(1, "Cellar"), item(2, "Ground floor", 1), item(3, "Roof", 2))
QUICK = {"retry_after_ms": "20"}
Serve = Callable[..., MessagesApi]
PRICED = "claude-sonnet-5-5"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "sample")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return make_deck_project(tmp_path / "empty", {"master": {"tasks": [], "metadata": {}}})


@pytest.fixture
def twelve(tmp_path: Path) -> Path:
    every: list[dict[str, Any]] = [
        {"id": n, "title": f"Task {n}", "status": "pending", "dependencies": []} for n in range(1, 13)
    ]
    return make_deck_project(tmp_path / "twelve", {"master": {"tasks": every}})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts the server with a script, and lets the app plan with it."""
    running: list[MessagesApi] = []

    def start(*script: Scenario, answer: Callable[[Request], Scenario] | None = None, **settings: object):
        api = MessagesApi(*script, answer=answer)
        api.__enter__()
        running.append(api)
        use(api, monkeypatch, **settings)
        return api

    yield start
    for api in running:
        api.__exit__(None, None, None)


async def at_work(deck: Deck, keys: str, ready: int) -> ProposalScreen:
    """Press `keys` and wait until that many items are ready in the proposal."""
    await deck.press(*keys.split())
    view: ProposalScreen = await deck.shown(ProposalScreen)
    await deck.until(lambda: sum(row.whole for row in view.rows) == ready)
    return view


async def ended(deck: Deck) -> ProposalScreen:
    view: ProposalScreen = await deck.shown(ProposalScreen)
    await deck.until(lambda: not view.working)
    return view


def kept_files(deck: Deck) -> Iterator[Path]:
    places = (deck.folder, state_folder(deck.folder).parent)
    return (path for place in places for path in place.rglob("*") if path.is_file())


def shows_key(deck: Deck) -> bool:
    return KEY in deck.screen_text() + deck.log_text() + deck.app.export_screenshot()


def with_cut(kind: str, after: int = 32, title: str = "Roof") -> Scenario:
    return tasks(THREE[0], THREE[1], item(3, title, 2), cut=kind, cut_after=after)


async def test_tasks_appear_one_by_one_and_the_unfinished_one_is_dim(empty: Path, serve: Serve) -> None:
    # The item that is arriving is looked at ten times a second.
    serve(replace(with_cut("stall", 51), pace=0.15), timeout=60)
    async with open_deck(empty) as deck:
        view = await at_work(deck, "p", 2)
        await deck.until(lambda: "…" in [row.sign for row in view.rows])
        assert [(row.title, row.whole) for row in view.rows] == [
            ("Cellar", True),
            ("Ground floor", True),
            ("Roof", False),
        ]
        assert "2 ready so far" in deck.screen_text()
        prompt = view.options.get_option_at_index(2).prompt
        assert isinstance(prompt, Content)
        assert any("muted italic" in str(span.style) for span in prompt.spans)
        # Nothing can be taken yet.
        await deck.press("enter")
        assert deck.app.screen is view


async def test_a_whole_plan_is_taken_and_its_cost_is_shown(empty: Path, serve: Serve) -> None:
    big = {"input_tokens": 40_000, "output_tokens": 9_000}
    serve(tasks(*THREE, usage=big), model=PRICED)
    async with open_deck(empty) as deck:
        await deck.press("p")
        view = await ended(deck)
        assert view.whole
        assert all(row.whole for row in view.rows)
        assert f"planning with {PRICED} at 127.0.0.1" in deck.log_text()
        assert "Key from ANTHROPIC_API_KEY" in deck.log_text()
        assert deck.plan.header.cost == "$0.17"
        assert "$0.17" in deck.screen_text()
        await deck.press("enter")
        await deck.until(lambda: deck.keys() == ["1", "2", "3"])
        assert deck.task("3")["dependencies"] == [2]
        assert PRICED in deck.text_of(deck.plan.header)
        assert not shows_key(deck)


async def test_keys_are_answered_while_a_plan_streams(empty: Path, serve: Serve) -> None:
    serve(with_cut("stall", 51), timeout=60)
    async with open_deck(empty) as deck:
        view = await at_work(deck, "p", 2)
        await deck.press("down")
        assert view.options.highlighted == 1
        assert "Ground floor" in deck.text_of(view.detail)
        await deck.press("space")
        assert view.taken() == {"+1"}


async def test_escape_hangs_up_keeps_what_came_and_writes_nothing(empty: Path, serve: Serve) -> None:
    api = serve(with_cut("stall", 51), timeout=60)
    async with open_deck(empty) as deck:
        before = deck.tasks_file.read_bytes()
        view = await at_work(deck, "p", 2)
        assert "esc stop" in deck.text_of(view.query_one("FooterBar"))
        await deck.press("escape")
        await deck.until(lambda: view.stopped)
        assert "2 of 2 taken" in deck.screen_text()
        await deck.until(lambda: "esc close" in deck.text_of(view.query_one("FooterBar")))
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        await deck.until(lambda: "What came is kept (2 items)" in deck.log_text())
        await deck.until(lambda: api.calls[0].ended.is_set())
        assert api.calls[0].outcome == "hung up"
        await deck.until(lambda: "warning Tasks from prd.txt | cancelled" in deck.log_text())
        assert deck.tasks_file.read_bytes() == before


async def test_retries_are_seen_and_what_came_before_is_forgotten(empty: Path, serve: Serve) -> None:
    serve(with_cut("drop", 51), tasks(item(1, "Tent")))
    async with open_deck(empty) as deck:
        await deck.press("p")
        view = await ended(deck)
        assert [row.title for row in view.rows] == ["Tent"]
        assert "Trying again" in deck.log_text()
        assert "Trying again" in deck.screen_text()


FAULTS: list[tuple[str, list[Scenario], str, int]] = [
    ("401", [fails(401, "authentication_error", f"invalid x-api-key {KEY}")], "key was not accepted", 1),
    ("403", [fails(403, "permission_error")], "does not allow", 1),
    ("404", [fails(404, "not_found_error", "model: nope")], "no such model", 1),
    ("400", [fails(400, "invalid_request_error", "prompt is too long")], "too long", 1),
    ("402", [fails(402, "billing_error")], "cannot pay", 1),
    ("429", [fails(429, "rate_limit_error", **QUICK)] * 3, "3 times in a row", 3),
    ("429, wait long", [fails(429, "rate_limit_error", retry_after="900")], "wait 900 s", 1),
    ("529", [fails(529, "overloaded_error", **QUICK)] * 3, "overloaded", 3),
    ("500", [fails(500, "api_error", **QUICK)] * 3, "error of its own", 3),
    ("no headers", [Scenario(headers_never=True)] * 3, "no answer within 0.5 s", 3),
    ("stall", [with_cut("stall")] * 3, "fell silent in the middle", 3),
    ("drop", [with_cut("drop")] * 3, "broke off in the middle", 3),
    ("clean early end", [with_cut("end")] * 3, "ended in the middle", 3),
    ("error event", [tasks(*THREE, error_event="overloaded_error")] * 3, "overloaded", 3),
    ("broken line", [tasks(*THREE, broken_line=True)] * 3, "broke off", 3),
    ("truncated", [says('{"tasks": [{"id": 1, ', stop_reason="max_tokens")], "longer than the model", 1),
    ("refusal", [refusal("It could do harm.")], "declined", 1),
    ("malformed", [says('{"tasks": [{"id": 1,, }]}')] * 2, "not valid JSON", 2),
    ("wrong schema", [says({"tasks": [{"id": 1}]})] * 2, "title: Field required", 2),
    ("nonsense", [Scenario(raw=b"<html><body>Sign in</body></html>")] * 3, "ended in the middle", 3),
]


@pytest.mark.parametrize(("script", "words", "requests"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
async def test_a_fault_is_said_and_changes_nothing(
    empty: Path, serve: Serve, script: list[Scenario], words: str, requests: int
) -> None:
    quick = {"timeout": 0.5} if words.startswith(("no answer", "fell")) else {}
    api = serve(*script, **quick)
    async with open_deck(empty) as deck:
        before = deck.tasks_file.read_bytes()
        await deck.press("p")
        view = await ended(deck)
        said = " ".join(deck.text_of(view.said).split())
        assert words in said
        assert "Nothing was saved." in said
        assert "--" not in said  # a screen has no flags
        assert "✗ claude-test-1 at 127.0.0.1" in said
        await deck.until(lambda: words in deck.log_text())
        assert deck.log_text().count("Trying again") == (requests - 1 if requests == 3 else 0)
        assert len(api.calls) == requests
        assert not view.takeable
        await deck.press("enter")
        assert deck.app.screen is view
        assert not shows_key(deck)
        await deck.press("escape")
        await deck.until(lambda: deck.app.screen is deck.plan)
        assert deck.tasks_file.read_bytes() == before
        assert not [path for path in kept_files(deck) if KEY.encode() in path.read_bytes()]


# Many calls: what came before a failure or a stop can be taken


async def test_expanding_runs_side_by_side_and_keeps_what_came_before_a_stop(
    twelve: Path, serve: Serve
) -> None:
    def answer(_request: Request) -> Scenario:
        return subtasks(subitem(1, "Dig"), subitem(2, "Lay", 1), **({} if len(api.calls) <= 3 else held))

    held = {"cut": "stall", "cut_after": 5}
    api = serve(answer=answer, concurrency=4, timeout=60)
    async with open_deck(twelve) as deck:
        view = await at_work(deck, "X", 6)
        await deck.until(lambda: len(api.calls) == 7)
        assert api.most_in_flight <= 4
        await deck.press("escape")
        await deck.until(lambda: not view.working)
        await deck.until(lambda: all(call.ended.is_set() for call in api.calls))
        assert "stopped" in deck.screen_text()
        assert "6 of 6 taken" in deck.screen_text()
        await deck.press("enter")
        await deck.until(lambda: deck.app.screen is deck.plan)
        data = json.loads(deck.tasks_file.read_text("utf-8"))["master"]["tasks"]
        assert sum(bool(task.get("subtasks")) for task in data) == 3
        assert len(api.calls) == 7


async def test_one_refused_expansion_leaves_the_others_to_take(project: Path, serve: Serve) -> None:
    serve(subtasks(subitem(1, "Dig")), refusal("No."), concurrency=1)
    async with open_deck(project) as deck:
        await deck.press("X")
        view = await ended(deck)
        assert "declined" in deck.text_of(view.said)
        assert "1 of 1 taken" in deck.text_of(view.said)
        await deck.press("enter")
        await deck.until(lambda: deck.task("3")["subtasks"])
        assert not deck.task("4")["subtasks"]


async def test_scores_that_came_before_a_failure_are_saved(twelve: Path, serve: Serve) -> None:
    first = scores(*(score(str(n)) for n in range(1, 11)))
    api = serve(first, refusal("No."), concurrency=1)
    async with open_deck(twelve) as deck:
        before = deck.tasks_file.read_bytes()
        await deck.press("a")
        view = await ended(deck)
        assert len(api.calls) == 2
        assert "10 had been scored" in " ".join(deck.text_of(view.said).split())
        await deck.press("enter")
        report = deck.folder / ".taskmaster" / "reports" / "task-complexity-report.json"
        await deck.until(report.exists)
        assert len(json.loads(report.read_text("utf-8"))["complexityAnalysis"]) == 10
        assert deck.tasks_file.read_bytes() == before


@pytest.mark.parametrize("answer", ["send", "stop"])
async def test_a_large_request_is_asked_about(empty: Path, serve: Serve, answer: str) -> None:
    api = serve(tasks(*THREE), confirm_tokens=10)
    async with open_deck(empty) as deck:
        await deck.press("p")
        await deck.shown(Menu)
        assert "1,000 tokens go to claude-test-1" in deck.screen_text()
        assert "asks above 10" in deck.screen_text()
        assert api.calls == []
        await deck.press("s" if answer == "send" else "escape")
        view = await ended(deck)
        assert view.whole is (answer == "send")
        assert len(api.calls) == (1 if answer == "send" else 0)
        if answer == "stop":
            said = " ".join(deck.text_of(view.said).split())
            assert "Nothing was sent" in said
            assert "planner.confirm_tokens" in said
            assert "--yes" not in said


async def test_without_a_key_the_planner_is_named_once(empty: Path) -> None:
    async with open_deck(empty) as deck:
        for _ in range(2):
            await deck.press("p")
            await ended(deck)
            await deck.press("escape")
            await deck.until(lambda: deck.app.screen is deck.plan)
        assert deck.log_text().count("no key for Claude") == 1
        assert "outline, no model" in deck.text_of(deck.plan.header)
