"""The pages of the builtin writer: nothing invented, everything cited, whole for any task and any stack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents.catalogue import path_of
from core.documents.content import content_hash
from core.documents.front_matter import parse
from core.documents.gate import check
from core.documents.places import FolderPlace, MemoryPlace
from core.documents.stack_words import stacks_of
from core.documents.standards import Standards, find_standards, read_standards, rules_of
from core.documents.writer import Context, write_documents
from core.planning.outline.planner import OutlinePlanner
from core.planning.planner import TaskComplete
from core.planning.proposal import plan_proposal
from core.tasks.document import Tag
from core.tasks.document import parse as parse_tasks
from core.tasks.store import TaskStore
from tests.fakes.documents import NAMES, PRD, documents_of, tag_of, tasks
from tui.demo.demo import demo_text


def pages(tag: Tag, key: str = "2", prd: str = PRD, standards: str = "") -> dict[str, str]:
    files = (Standards("standards.md", standards),) if standards else ()
    context = Context(tag, NAMES, prd, "prd.md", files)
    return write_documents(tag.find(key), context)


def one(**fields: Any) -> Tag:
    return tag_of([{"id": 1, "title": "Do it", **fields}])


async def planned(folder: Path, prd: str) -> Tag:
    """The tasks the outline planner makes of a PRD."""
    store = TaskStore(folder / ".taskmaster/tasks/tasks.json", folder / "state")
    store.path.parent.mkdir(parents=True)
    drafts = [event.draft async for event in OutlinePlanner().plan(prd) if isinstance(event, TaskComplete)]
    return store.apply(plan_proposal(drafts, None).edits(), create=True).document.tag()


def test_the_same_task_gives_the_same_text_and_its_front_matter() -> None:
    tag = tag_of()
    assert pages(tag) == pages(tag_of())
    for name, text in pages(tag).items():
        matter, _ = parse(text)
        assert (matter.task, matter.title, matter.document) == ("2", "Lend books", name)
        assert matter.hash == content_hash(tag.find("2"))
        assert (matter.tag, matter.written_by) == ("master", "builtin")


def test_a_changed_status_writes_the_same_documents() -> None:
    values = tasks()
    values[0]["status"] = values[1]["status"] = "done"
    values[1]["priority"] = "low"
    assert documents_of(tag_of(values)) == documents_of(tag_of())


def test_each_page_has_what_its_reader_looks_for() -> None:
    written = pages(tag_of(), standards="# Standards\n\n- `cargo clippy` is clean.\n- No `unwrap`.\n")
    task, prompt = written["task.md"], written["prompt.md"]
    design, criteria = written["design-spec.md"], written["acceptance-criteria.md"]
    assert "**1 Set up the workspace: crates, tools**: A workspace that builds." in task
    # The second subtask must come first: the first depends on it.
    assert task.index("2.2 Design the loan") < task.index("2.1 Store loans")
    assert "After 2.2." in task
    assert "2 Lend books" in pages(tag_of(), "1")["task.md"]
    assert "The service must lend a book to one reader at a time. (PRD line 5)" in prompt
    assert "`.taskmaster/docs/task-2/acceptance-criteria.md`" in prompt
    assert "stop and say so" in prompt
    assert "No payments. (PRD line 14)" in prompt
    assert "`Loan`" in design
    assert "Does a loan end on holidays? (PRD line 18)" in design
    boxes = [line for line in criteria.splitlines() if line.startswith("- [ ] ")]
    assert "- [ ] Two readers asking at once get one `Loan` and one refusal." in boxes
    assert "- [ ] The service must lend a book to one reader at a time. (PRD line 5)" in boxes
    assert criteria.index("It must") < criteria.index("It should, or can")
    assert "`cargo clippy` is clean. (`standards.md` line 3)" in criteria


def test_a_bare_title_is_not_filled_up() -> None:
    written = pages(one(), "1", prd="")
    assert "The plan gives the task no description." in written["task.md"]
    assert "names no test strategy" in written["task.md"]
    assert "gives no details" in written["design-spec.md"]
    assert check(
        [], one(), ["1"], NAMES, MemoryPlace({path_of("1", n): t for n, t in written.items()})
    ).passed


def test_code_in_details_stays_whole_and_its_names_are_named() -> None:
    code = "1. Create the model in src/models/user.rs:\n"
    code += "```rust\n# [x]\npub struct User {\n    id: i32,\n}\n```\n"
    written = pages(one(details=code), "1", prd="")
    for name in ("task.md", "prompt.md"):
        assert "```rust\n# [x]\npub struct User {\n    id: i32,\n}\n```" in written[name]
    assert "`src/models/user.rs`" in written["design-spec.md"]
    assert "`User`" in written["design-spec.md"]
    assert "- [ ] Create the model in src/models/user.rs." in written["acceptance-criteria.md"]


def test_texts_of_a_task_do_not_break_the_page() -> None:
    evil = "# Heading\n---\ntask: 9\n---\n```\nopen fence"
    written = pages(one(details=evil, description=evil, testStrategy=evil), "1", prd="")
    for text in written.values():
        assert parse(text)[0].task == "1"
        assert "\n# Heading" not in text
    assert written["task.md"].count("```") % 2 == 0
    assert "## Standards" not in written["task.md"]


def test_an_edited_prd_is_told() -> None:
    assert "no longer say" not in pages(tag_of())["task.md"]
    moved = PRD.replace("lend a book to one reader at a time", "sell every item online").replace(
        "extend a loan twice", "return goods"
    )
    assert "no longer say what it repeats" in pages(tag_of(), prd=moved)["task.md"]


def test_words_that_nobody_can_test_are_named() -> None:
    written = pages(one(details="- The page must be user-friendly."), "1", prd="")
    assert '"user-friendly"' in written["acceptance-criteria.md"]
    assert "user-friendly" in written["design-spec.md"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400), st.text(max_size=200))
def test_any_text_passes_the_gate(title: str, details: str, test: str) -> None:
    tag = one(title=title, details=details, testStrategy=test, description=details[:50])
    place = MemoryPlace({path: text.encode() for path, text in documents_of(tag, "").items()})
    assert check([], tag, ["1"], NAMES, place).findings == ()


def test_a_huge_task_stays_within_the_gate() -> None:
    tag = one(details="- must hold the line\n" * 20_000, description="word " * 50_000)
    place = MemoryPlace(documents_of(tag))
    assert check([], tag, ["1"], NAMES, place).findings == ()


def test_a_setting_with_other_files_is_written_too() -> None:
    context = Context(tag_of(), ("notes.md",))
    assert "# Task 2: Lend books" in write_documents(tag_of().find("2"), context)["notes.md"]


async def test_the_documents_of_the_demonstration_pass_and_cite_true_lines(tmp_path: Path) -> None:
    prd = demo_text("prd.md")
    tag = await planned(tmp_path, prd)
    (tmp_path / "standards.md").write_text(demo_text("standards.md"))
    place = FolderPlace(tmp_path)
    paths = find_standards(place, (), prd)
    assert paths == ("standards.md",)
    context = Context(tag, NAMES, prd, ".taskmaster/docs/prd.md", read_standards(place, paths))
    files = {path_of(t.key, n): x for t in tag.tasks for n, x in write_documents(t, context).items()}
    keys = [task.key for task in tag.tasks]
    result = check([], tag, keys, NAMES, MemoryPlace(files), prd=prd)
    assert result.findings == ()
    assert result.warnings == ()
    assert len(files) == len(keys) * 4
    lines = prd.splitlines()
    for text in files.values():
        for said, number in re.findall(r"^- (?:\[ \] )?(.+?) \(PRD line (\d+)[^)]*\)$", text, re.MULTILINE):
            words = set(re.findall(r"[a-z]{4,}", said.removeprefix("As the PRD asks: ").lower()))
            there = set(re.findall(r"[a-z]{4,}", lines[int(number) - 1].lower()))
            assert words <= there, (said, number)


STACKS = {
    "Python": "# Bot\n\n## Stack\n\n- Python with FastAPI, tested with pytest.\n\n## Features\n\n"
    "- The bot must answer within 2 seconds.\n- An admin must be able to export chats as CSV.\n",
    "Node.js": "# Shop\n\n## Stack\n\n- Express.js with TypeScript and npm.\n\n## Features\n\n"
    "- A buyer must be able to pay by card.\n- The shop should send receipts.\n",
    "": "# Kitchen\n\n## Requirements\n\n- The menu must list allergens.\n- Guests should book by phone.\n",
}


@pytest.mark.parametrize("stack", STACKS)
async def test_no_page_speaks_of_a_stack_that_the_prd_does_not_name(tmp_path: Path, stack: str) -> None:
    prd = STACKS[stack]
    tag = await planned(tmp_path, prd)
    context = Context(tag, NAMES, prd, "prd.md")
    for task in tag.tasks:
        for text in write_documents(task, context).values():
            assert stacks_of(text) <= ({stack} if stack else set())


@pytest.mark.parametrize(
    "name",
    [
        "5dlabs__cto-parallel-test",
        "5dlabs__rust-basic-api",
        "AleksNeStu__keyproxy",
        "BjornMelin__ai-docs-vector-db-hybrid-scraper",
    ],
)
def test_documents_of_real_task_files_pass(corpus: Path, name: str) -> None:
    file = next((corpus / "tasks" / name).rglob("tasks.json"))
    tag = next(iter(parse_tasks(file.read_bytes()).tags.values()))
    prd = next((path.read_text() for path in file.parents[1].rglob("prd.txt")), "")
    place = MemoryPlace(documents_of(tag, prd))
    keys = [task.key for task in tag.tasks]
    assert check([], tag, keys, NAMES, place, prd=prd).findings == ()


def test_standards_are_found_where_settings_or_the_prd_say(tmp_path: Path) -> None:
    for name in ("own.md", "CONTRIBUTING.md", "style/rules.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# Rules\n\n- Be kind.\n")
    (tmp_path.parent / "outside.md").write_text("x")
    place = FolderPlace(tmp_path)
    assert find_standards(place, ("own.md", "gone.md")) == ("own.md",)
    assert find_standards(place, (), "The standards in `style/rules.md` apply.") == ("style/rules.md",)
    assert find_standards(place, (), "See `own.md`.") == ("CONTRIBUTING.md",)
    assert find_standards(place, ("../outside.md",)) == ("CONTRIBUTING.md",)
    rules = rules_of(read_standards(place, ("own.md",)))
    assert [(rule.text, rule.path, rule.line, rule.section) for rule in rules] == [
        ("Be kind.", "own.md", 3, "Rules")
    ]
