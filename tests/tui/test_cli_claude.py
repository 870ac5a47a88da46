"""Planning with Claude from the command line: what is asked and written, what it costs and who decides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.paths import state_folder
from core.services import open_project
from tests.fakes.claude import KEY, MODEL, item, score, scores, subitem, subtasks, tasks, use
from tests.fakes.command_line import NOWHERE, CommandLine, in_terminal
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, says, searches
from tui.demo.demo import make_demo

PRICED = "claude-sonnet-5-5"
DRAFT = "# Shop\n\n## Goals\n\nSell things – “größer” 🚀\n"


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    with MessagesApi() as running:
        yield running


@pytest.fixture
def claude(api: MessagesApi, cli: CommandLine) -> CommandLine:
    """The command line with a key, on the sample project with a PRD."""
    (cli.folder / "prd.md").write_text("# Shop\n\n- The shop must show its wares.\n- It must take orders.\n")
    use(api, cli.monkeypatch, model=PRICED)
    return cli


def text_of(request: Request) -> str:
    return "".join(block["text"] for block in request.body["messages"][-1]["content"])


# What is written


def test_parse_prd(claude: CommandLine, api: MessagesApi) -> None:
    api.script.append(tasks(item(6, "Wares", 1), item(7, "Orders", 6)))
    document = claude("parse-prd", "prd.md", "--append", "--json").json
    assert document["planner"] == PRICED
    assert document["created"] == ["6", "7"]
    assert document["usage"] == {"calls": 1, "inputTokens": 100, "outputTokens": 50, "dollars": 0.0007}
    assert claude.task("7")["dependencies"] == [6]
    assert claude.task("6")["dependencies"] == [1]
    assert claude.task("6")["details"] == "Über alles 🚀 und mehr"
    [request] = api.calls
    assert request.body["output_config"]["format"]["type"] == "json_schema"
    assert claude("undo").code == 0


def test_numbers_that_restart_at_one_never_meet_the_tasks_there_are(
    claude: CommandLine, api: MessagesApi
) -> None:
    api.script.append(tasks(item(1, "Wares"), item(2, "Orders")))
    before = claude.task("1")
    result = claude("parse-prd", "prd.md", "--append")
    assert result.code == 0
    assert "numbered from 6 here" in result.err
    assert claude.task("1") == before
    assert [claude.task(key)["title"] for key in ("6", "7")] == ["Wares", "Orders"]
    assert len(api.calls) == 1


def test_who_plans_and_what_it_cost_stand_on_standard_error(claude: CommandLine, api: MessagesApi) -> None:
    api.script.append(tasks(item(6)))
    lines = claude("parse-prd", "prd.md", "--append").err.splitlines()
    host = api.base_url.removeprefix("http://")
    assert lines[0] == f"Planning with {PRICED} at {host}, key from ANTHROPIC_API_KEY."
    assert re.fullmatch(rf"About [\d,]+ tokens go to {PRICED}, at most \$0\.\d\d\.", lines[1])
    assert lines[2:] == [f"{PRICED}: 100 tokens in, 50 out, $0.0007"]


def test_a_dry_run_writes_no_task(claude: CommandLine, api: MessagesApi) -> None:
    before = claude.text
    api.script += [tasks(item(6)), scores(*(score(key) for key in "2345")), subtasks(subitem(1))]
    api.script += [tasks(item(3, "Better")), tasks(item(6)), says(DRAFT)]
    for arguments in (
        ["parse-prd", "prd.md", "--append"], ["analyze-complexity"], ["expand", "3"],
        ["update-task", "3", "--prompt", "x"], ["add-task", "--prompt", "x"], ["draft-prd", "x"],
    ):  # fmt: skip
        result = claude(*arguments, "--dry-run")
        assert result.code == 0, result
        assert "nothing was written" in result.out + result.err
    assert claude.text == before
    assert len(api.calls) == 6
    assert sorted(path.name for path in claude.folder.rglob("*") if path.is_file()) == [
        "prd.md",
        "tasks.json",
    ]


def test_analyse_then_expand_by_what_it_recommends(claude: CommandLine, api: MessagesApi) -> None:
    api.script.append(scores(*(score(key, 8, expansionPrompt=f"Seams of {key}") for key in "2345")))
    api.script.append(subtasks(subitem(1), subitem(2, "", 1)))
    assert claude("analyze-complexity").code == 0
    report = json.loads((claude.folder / ".taskmaster/reports/task-complexity-report.json").read_text())
    assert [entry["complexityScore"] for entry in report["complexityAnalysis"]] == [8, 8, 8, 8]
    document = claude("expand", "3", "--prompt", "Mind Windows", "--json").json
    assert document["expanded"][0]["created"] == ["3.1", "3.2"]
    assert claude.task("3.2")["dependencies"] == [1]
    asked = text_of(api.calls[1])
    assert "Seams of 3" in asked
    assert "Mind Windows" in asked
    assert "About 3 subtasks" in asked


def test_add_task_by_prompt_keeps_what_was_given(claude: CommandLine, api: MessagesApi) -> None:
    api.script.append(tasks(item(6, "Export as CSV", 3)))
    result = claude(
        "add-task", "--prompt", "an export", "--priority", "low", "--dependencies", "1,2", "--before", "4"
    )
    assert result.code == 0, result
    added = claude.task("6")
    assert (added["title"], added["priority"], added["dependencies"]) == ("Export as CSV", "low", [1, 2])
    assert [task["id"] for task in claude.data["master"]["tasks"]] == [1, 2, 3, 6, 4, 5]
    assert "an export" in text_of(api.calls[0])
    assert '"title": "Service"' in text_of(api.calls[0])


def revised(claude: CommandLine, key: str, **changes: object) -> dict[str, object]:
    task = claude.task(key)
    texts = {
        name: task.get(name, "") for name in ("title", "description", "details", "testStrategy", "priority")
    }
    return item(
        int(task["id"]), **{**texts, "dependencies": task["dependencies"], "sourceLines": []} | changes
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "form",
    [
        ["4", "--prompt", "Use PostgreSQL"], ["--id=4", "-p", "Use PostgreSQL"],
        ["4", "Use", "PostgreSQL"], ["-i", "4", "Use PostgreSQL"],
    ],
)  # fmt: skip
def test_update_task_changes_what_was_asked_and_undoes(
    claude: CommandLine, api: MessagesApi, form: list[str]
) -> None:
    before = claude.text
    task = claude.task("4")
    api.script.append(tasks(revised(claude, "4", details="PostgreSQL, not SQLite", dependencies=[2])))
    result = claude("update-task", *form)
    assert result.code == 0, result
    assert "- details: Details of Service" in result.out
    assert "+ details: PostgreSQL, not SQLite" in result.out
    assert claude.task("4") == {**task, "details": "PostgreSQL, not SQLite", "dependencies": [2]}
    assert "Use PostgreSQL" in text_of(api.calls[0])
    assert claude("undo").code == 0
    assert claude.text == before


def test_an_update_that_changes_nothing_writes_nothing(claude: CommandLine, api: MessagesApi) -> None:
    before = claude.text
    api.script.append(tasks(revised(claude, "4", details="", testStrategy="")))
    assert "nothing to change" in claude("update-task", "4", "--prompt", "x").out
    assert claude.text == before


def test_update_subtask_rewrites_or_adds(claude: CommandLine, api: MessagesApi) -> None:
    api.script += [
        tasks(revised(claude, "2.2", title="Second part", priority="high")),
        says("- The new\n- endpoint\n"),
    ]
    assert claude("update-subtask", "2.2", "--prompt", "name it").code == 0
    assert (claude.task("2.2")["title"], "priority" in claude.task("2.2")) == ("Second part", False)
    claude("edit", "2.2", "--details", "What was there")
    assert claude("update-subtask", "--id=2.2", "--append", "--prompt", "the endpoint").code == 0
    details = claude.task("2.2")["details"]
    frame = r"What was there\n\n<(info added on \d{4}-\d\d-\d\dT[\d:.]+Z)>\n- The new\n- endpoint\n</\1>"
    assert re.fullmatch(frame, details)
    assert claude("update-subtask", "2", "--prompt", "x").code == 2
    assert claude("update-task", "2").code == 2
    assert claude("update-task", "99", "--prompt", "x").code == 1
    assert len(api.calls) == 2


def test_an_update_never_writes_over_what_changed_meanwhile(claude: CommandLine, api: MessagesApi) -> None:
    async def edit_meanwhile() -> None:
        claude.file.write_text(claude.text.replace("Details of Service", "By somebody else"))

    api.script.append(replace(tasks(revised(claude, "4", details="Mine")), hook=edit_meanwhile))
    result = claude("update-task", "4", "--prompt", "x")
    assert result.code == 3
    assert "changed while" in result.err
    assert claude.task("4")["details"] == "By somebody else"


# draft-prd


def test_draft_prd_goes_to_the_usual_place(bare_cli: CommandLine, api: MessagesApi) -> None:
    use(api, bare_cli.monkeypatch)
    bare_cli("init")
    api.script.append(says(DRAFT))
    result = bare_cli("draft-prd", "A", "shop")
    prd = bare_cli.folder / ".taskmaster/docs/prd.txt"  # the template was there: it is no PRD
    assert (result.code, result.out, prd.read_text()) == (0, DRAFT, DRAFT)
    assert "A shop" in text_of(api.calls[0])
    assert bare_cli("parse-prd", "--dry-run", "--planner", "outline").code in (0, 1)


def test_draft_prd_never_goes_over_a_prd_unasked(claude: CommandLine, api: MessagesApi) -> None:
    prd = claude.folder / ".taskmaster/docs/prd.md"
    prd.parent.mkdir()
    prd.write_text("Mine")
    for place in ([], ["-o", "prd.md"]):
        result = claude("draft-prd", "a shop", *place)
        assert result.code == 3
        assert "--force" in result.err
    assert api.requests == []
    api.script += [says(DRAFT), says(DRAFT)]
    assert claude("draft-prd", "-", "-o", "new/prd.md", "--json", stdin="a shop\n").json["text"] == DRAFT
    assert (claude.folder / "new/prd.md").read_text() == DRAFT
    assert prd.read_text() == "Mine"
    result = claude("draft-prd", "a shop", "--force")
    assert prd.read_text() == DRAFT
    kept = Path(result.err.split("is kept in ")[1].strip().removesuffix("."))
    assert kept.read_text() == "Mine"
    assert claude("draft-prd", " ").code == 2


def test_a_prd_that_appears_meanwhile_stays(claude: CommandLine, api: MessagesApi) -> None:
    async def appear() -> None:
        (claude.folder / "new.md").write_text("Mine")

    api.script.append(says(DRAFT, hook=appear))
    result = claude("draft-prd", "a shop", "-o", "new.md")
    assert result.code == 3
    assert (claude.folder / "new.md").read_text() == "Mine"


def test_a_draft_that_begins_again_is_written_once(claude: CommandLine, api: MessagesApi) -> None:
    api.script += [says("# Wrong shop, all of it", cut="drop", cut_after=2), says(DRAFT)]
    result = claude("draft-prd", "a shop", "-o", "new.md")
    assert (result.code, result.out) == (0, DRAFT)
    assert (claude.folder / "new.md").read_text() == DRAFT
    assert "Trying again" in result.err


def test_a_terminal_shows_the_draft_and_no_control_sequences_of_it(
    claude: CommandLine, api: MessagesApi
) -> None:
    api.script.append(says("# Shop\n\n\x1b]0;owned\x07\x1b[2Jred\n"))
    code, shown = in_terminal(claude, "draft-prd", "a shop", "-o", "new.md")
    assert code == 0
    assert "# Shop" in shown
    assert "\x1b]0;" not in shown
    assert "\x1b[2J" not in shown


# Limits


def test_a_budget_stops_before_it_is_passed(claude: CommandLine, api: MessagesApi) -> None:
    claude("config", "set", "planner.budget", "0.05")
    before = claude.text
    result = claude("expand", "3")
    assert result.code == 3
    assert "this call may cost $0.08; of the budget of $0.05 $0.05 is left" in result.err
    assert "--yes" in result.err
    assert claude.text == before
    assert api.requests == []
    api.script.append(subtasks(subitem(1)))
    assert claude("expand", "3", "--yes").code == 0
    claude("config", "set", "planner.budget", "0.05")
    checks = {check["name"]: check for check in claude("doctor", "--json").json["checks"]}
    assert "1 call:" in checks["calls of a model"]["evidence"]
    assert "The budget is $0.05." in checks["calls of a model"]["evidence"]


def test_much_is_not_sent_unasked(claude: CommandLine, api: MessagesApi) -> None:
    claude("config", "set", "planner.confirm_tokens", "500")
    api.tokens_counted = 4321
    result = claude("expand", "3")
    assert result.code == 3
    assert f"4,321 tokens go to {PRICED}" in result.err
    assert "above planner.confirm_tokens (500)" in result.err
    assert "--yes sends it" in result.err
    assert "config set planner.confirm_tokens" in result.err
    assert api.calls == []
    api.script.append(subtasks(subitem(1)))
    assert claude("expand", "3", "--yes").code == 0


@pytest.mark.parametrize(("answer", "code", "calls"), [("y\n", 0, 3), ("n\n", 130, 0)])
def test_on_a_terminal_it_asks_once(
    claude: CommandLine, api: MessagesApi, answer: str, code: int, calls: int
) -> None:
    api.answer = lambda _request: subtasks(subitem(1))
    env = {"TASKDECK_PLANNER_CONFIRM_TOKENS": "500", "TASKDECK_PLANNER_CONCURRENCY": "1"} | NOWHERE
    ended, shown = in_terminal(claude, "expand", "3,4,5", answer=answer, asks="Send it?", env=env)
    assert ended == code, shown
    assert shown.count("Send it?") == 1
    assert len(api.calls) == calls


# What is sent


def test_research_searches_with_its_own_model_and_keeps_the_sources(
    claude: CommandLine, api: MessagesApi
) -> None:
    claude("config", "set", "planner.research_model", "claude-haiku-5-5")
    claude("config", "set", "planner.web_search", "web_search_20260209")
    api.script += [
        searches("shops", [("About shops", "https://shops.example/")], "Shops sell."),
        subtasks(subitem(1) | {"sources": [1]}),
    ]
    assert claude("expand", "3", "--research").code == 0
    assert [request.body["model"] for request in api.calls] == ["claude-haiku-5-5", PRICED]
    assert api.calls[0].body["tools"][0]["type"] == "web_search_20260209"
    assert "https://shops.example/" in claude.task("3.1")["details"]


def test_settings_reach_the_model(claude: CommandLine, api: MessagesApi) -> None:
    (claude.folder / "CLAUDE.md").write_text("Use tabs.")
    for key, value in (("effort", "low"), ("language", "German"), ("standards", "CLAUDE.md")):
        assert claude("config", "set", f"planner.{key}", value, "--in-project").code == 0
    api.script.append(subtasks(subitem(1)))
    assert claude("expand", "3", "--model", MODEL).code == 0
    [request] = api.calls
    assert request.body["model"] == MODEL
    assert request.body["output_config"]["effort"] == "low"
    assert "German" in request.said
    assert "Use tabs." in request.said
    assert "cache_control" in request.body["system"][-1]
    assert claude("config", "get", "planner.standards").out == "CLAUDE.md\n"


@pytest.mark.parametrize("case", ["missing", "outside", "link", "no text", "large"])
def test_standards_that_cannot_be_sent_stop_before_a_token_is_spent(
    claude: CommandLine, api: MessagesApi, case: str
) -> None:
    secret = claude.folder.parent / "secret.md"
    secret.write_text("private")
    standards = claude.folder / "CLAUDE.md"
    if case == "link":
        standards.symlink_to(secret)
    elif case in ("no text", "large"):
        standards.write_bytes(b"\xff\x00" if case == "no text" else b"x" * 300_000)
    name = "../secret.md" if case == "outside" else "CLAUDE.md"
    claude("config", "set", "planner.standards", name)
    result = claude("expand", "3")
    assert result.code == 1, result
    assert name in result.err
    assert api.requests == []


def test_a_project_cannot_name_standards_outside_itself(claude: CommandLine, api: MessagesApi) -> None:
    (claude.folder.parent / "secret.md").write_text("private")
    (claude.folder / ".taskmaster/taskdeck.toml").write_text('planner.standards = ["../secret.md"]\n')
    api.script.append(subtasks(subitem(1)))
    result = claude("expand", "3")
    assert result.code == 0
    assert "points outside the project" in result.err
    assert "private" not in api.calls[0].said


def test_the_ledger_is_outside_the_project_and_counts_per_task(claude: CommandLine, api: MessagesApi) -> None:
    api.script += [subtasks(subitem(1)), subtasks(subitem(1)), Scenario(status=500, error="api_error")]
    claude.monkeypatch.setenv("TASKDECK_PLANNER_RETRIES", "0")
    claude("expand", "3")
    claude("expand", "4")
    claude("expand", "5")
    lines = (state_folder(claude.folder) / "calls.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [(entry["keys"], entry["outcome"]) for entry in entries] == [
        (["3"], "end_turn"),
        (["4"], "end_turn"),
        (["5"], "Overloaded"),
    ]
    usage = claude("doctor", "--json").json["usage"]
    assert (usage["calls"], usage["inputTokens"], usage["dollars"]) == (3, 200, 0.0014)
    assert [(task["taskId"], task["calls"]) for task in usage["tasks"]] == [("3", 1), ("4", 1), ("5", 1)]
    assert KEY not in "".join(lines)


def test_the_demonstration_uses_no_key(
    tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(api, monkeypatch)
    project = make_demo(tmp_path / "demo")
    assert open_project(project).planner().name == "outline, no model"
