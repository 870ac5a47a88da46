"""What a PRD is sent back for, with few false alarms; and its outline with roles."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning.prd_lint import PrdFinding, lint_prd
from core.planning.prd_outline import prd_outline

HEAD = "# Product\n\n## Functional requirements\n\n"


def findings(*lines: str, kind: str | None = None) -> list[PrdFinding]:
    found = lint_prd(HEAD + "\n".join(lines) + "\n")
    return [one for one in found if kind is None or one.kind == kind]


def words(*lines: str) -> list[str]:
    return [one.text for one in findings(*lines, kind="untestable")]


@pytest.mark.parametrize(
    "word", ["fast", "user-friendly", "robust", "scalable", "easy to use", "intuitive", "efficient"]
)
def test_a_word_nobody_can_test_is_named_where_it_stands(word: str) -> None:
    (found,) = findings(f"- The search must be {word}.")
    assert (found.kind, found.line, found.column) == ("untestable", 5, 22)
    assert f'"{word}"' in found.text
    assert found.hint


@pytest.mark.parametrize(
    "line",
    [
        "- The search must be fast: 95 of 100 answers within 200 ms.",
        "- The set-up must be easy: a new user finishes in five minutes.",
        "- The index must be faster than a scan of the table.",
        "- The import must fail fast on the first bad row.",
        "- The service must be written with FastAPI.",
        "- The flag `--fast` must skip the checks.",
        '- The button must read "Easy mode".',
        "- The site must use a responsive layout.",
    ],
)
def test_a_word_with_a_measure_or_another_meaning_is_no_finding(line: str) -> None:
    assert words(line) == []


def test_a_measure_in_the_points_below_or_in_the_acceptance_criteria_counts() -> None:
    assert words("- A robust importer", "  - It retries 3 times.") == []
    assert words("- A robust importer", "  - It reads files.") != []
    assert words("- The importer must be robust", "- Acceptance: it survives a broken row") == []


def test_only_requirements_are_looked_at_not_code_quotes_or_context() -> None:
    assert findings("> It must be fast, TBD.", "", "```", "must be fast, TBD", "```") == []
    prd = "# P\n\n## Overview\n\nA fast and robust shop.\n\n## Features\n\n- Staff must add products.\n"
    assert lint_prd(prd) == []


CONTRADICTIONS = [
    ("- p95 latency must be below 100 ms", "- The p95 must stay under 200 ms"),
    ("- The service must support up to 50 users", "- It must handle 100 users"),
    ("- It must support 1,000 concurrent users", "- It must support 2000 concurrent users"),
    ("- Carts must be kept for 30 days", "- A cart must be kept for 90 days"),
    ("- API response time below 200 ms", "- Response times of the API must be under 500ms"),
    ("- Search must return within 2 seconds", "- Search returns in 5 s"),
    ("- Test coverage of at least 80%", "- Coverage of tests must be at least 90%"),
]


@pytest.mark.parametrize("lines", CONTRADICTIONS)
def test_two_figures_for_one_quantity_are_a_contradiction(lines: tuple[str, str]) -> None:
    (found,) = findings(*lines, kind="contradiction")
    assert found.line == 6
    assert "line 5" in found.text
    assert (HEAD + "\n".join(lines)).split("\n")[5][(found.column or 0) - 1].isdigit()


@pytest.mark.parametrize(
    "lines",
    [
        ("- p95 of reads below 100 ms", "- p95 of writes below 200 ms"),
        ("- p50 below 20 ms", "- p95 below 200 ms"),
        ("- 1000 registered users", "- 2000 concurrent users"),
        ("- At least 5 users", "- Up to 100 users"),
        ("- Up to 100 users", "- A test with 50 users"),
        ("- Carts are kept for 1 day", "- A cart is kept for 24 hours"),
        ("- Search returns within 2 seconds", "- Search returns within 2000 ms"),
        ("- Retry after 1 s, 2 s and 4 s", "- Retry after 8 s"),
        ("- Bring the search from 900 ms to 300 ms", "- Search within 200 ms"),
        ("- 100 requests per minute", "- 100 requests per second", "- 5 requests per hour"),
        ("### Search", "- p95 below 100 ms", "### Upload", "- p95 below 200 ms"),
        ("- Uploads up to 10 MB", "- Uploads above 20 MB are refused"),
    ],
)
def test_figures_that_go_together_are_no_contradiction(lines: tuple[str, ...]) -> None:
    assert findings(*lines, kind="contradiction") == []


@pytest.mark.parametrize(
    "line",
    ["- Limits: TBD", "- Deletion asks ???", "- The price is to be decided.", "- TODO: name the fields"],
)
def test_what_is_still_open_is_named(line: str) -> None:
    assert [one.kind for one in findings(line)] == ["placeholder"]


@pytest.mark.parametrize(
    "line", ["- Users must keep a TODO list.", "- `TBD` must be refused.", "- No TODO comments may remain."]
)
def test_what_only_looks_like_a_placeholder_is_none(line: str) -> None:
    assert findings(line) == []


def test_an_empty_section_is_named_and_one_with_sections_or_code_is_not() -> None:
    prd = "# P\n\n## Features\n\n### Search\n\n### Cart\n- Put in.\n\n## Contract\n```\nrpc A\n```\n"
    assert [(one.kind, one.line) for one in lint_prd(prd)] == [("empty", 5)]


def test_a_whole_document_should_say_what_will_not_be_built() -> None:
    prd = (
        "# P\n\n## Overview\n\nA shop.\n\n## Features\n\n- Staff must add goods.\n- Staff can remove goods.\n"
    )
    more = "\n## Testing\n\n- Every command must have a test.\n"
    assert [one.kind for one in lint_prd(prd + more)] == ["non-goals"]
    for heading in ("Non-goals", "Out of scope", "What it will not do"):
        assert lint_prd(prd + more + f"\n## {heading}\n\n- No mobile app.\n") == []
    assert lint_prd(prd) == []  # two sections are a note, not a document


def test_a_requirement_without_acceptance_criteria_is_named_where_its_neighbours_have_them() -> None:
    areas = "".join(
        f"### {name}\n- The user must {name}.\n\nAcceptance: the {name} is listed.\n\n"
        for name in ("buy", "sell")
    )
    (found,) = findings(areas + "### Lend", "- The user must lend.", kind="acceptance")
    assert found.line == 15
    assert '"Lend"' in found.text
    assert (
        findings("### A", "- Must buy.", "### B", "- Must sell.", "### C", "- Go.", kind="acceptance") == []
    )


def test_a_requirement_that_is_said_twice_is_named() -> None:
    lines = ("- A customer must pay by card through Stripe", "- Customers must pay through Stripe, by card")
    (found,) = findings(*lines)
    assert (found.kind, found.line) == ("duplicate", 6)
    assert findings(lines[0], "- A customer must not pay by card through Stripe") == []
    others = ("- Export 5 orders of a day to CSV", "- Export 50 orders of a day to CSV")
    assert findings(*others, kind="duplicate") == []


def test_real_documents_give_few_findings(corpus: Path) -> None:
    for path in [path for path in corpus.rglob("*prd*") if path.suffix in (".txt", ".md")]:
        text = path.read_text("utf-8")
        found = lint_prd(text)
        lines = text.split("\n")
        assert len(found) <= 3 + len(lines) / 50, path
        assert all(1 <= one.line <= len(lines) for one in found)
        assert not [one for one in found if one.kind in ("contradiction", "empty", "placeholder")], path


def test_real_vague_requirements_are_found(corpus: Path) -> None:
    path = corpus / "tasks/5dlabs__taskmaster-sync/.taskmaster/docs/task-master-sync-prd.txt"
    found = lint_prd(path.read_text("utf-8"))
    assert [(one.line, one.kind) for one in found] == [
        (1, "non-goals"), (44, "untestable"), (58, "untestable"), (121, "untestable"), (179, "untestable"),
    ]  # fmt: skip


OUTLINE = """# Shop

## 1. Overview
A shop.

## 2. Functional requirements

### 2.1 Accounts
- A customer must sign up.
- A customer must sign in.

### 2.2 Cart
The cart must be kept for 30 days. It is blue.

## 3. Non-goals
- No mobile app.

## 4. Ideas
"""


def test_the_outline_tells_what_makes_tasks_and_how_many_requirements_there_are() -> None:
    rows = [(row.depth, row.title, row.line, row.makes, row.requirements) for row in prd_outline(OUTLINE)]
    assert rows == [
        (0, "1 Overview", 3, "context", 0),
        (0, "2 Functional requirements", 6, "tasks", 0),
        (1, "2.1 Accounts", 8, "tasks", 2),
        (1, "2.2 Cart", 12, "tasks", 1),
        (0, "3 Non-goals", 15, "none", 0),
        (0, "4 Ideas", 18, "none", 0),
    ]


def test_an_outline_of_a_roadmap_alone_makes_tasks_of_it() -> None:
    prd = "# P\n\n## Overview\nText.\n\n## Roadmap\n- Build the parser\n- Build the writer\n"
    assert [row.makes for row in prd_outline(prd)] == ["context", "tasks"]
    both = prd + "\n## Features\n- Parse files\n"
    assert [row.makes for row in prd_outline(both)] == ["context", "context", "tasks"]


def test_an_empty_document_has_no_findings_and_no_outline() -> None:
    assert lint_prd(" \n") == []
    assert prd_outline("") == []


PIECES = st.sampled_from(
    [
        *("# ", " ## Features", "### A", "- must be fast", "TBD", "> quote", "```", "| a | b |", "|---|---|"),
        *(
            "p95 below 100 ms",
            "p95 below 9 s",
            "<fill in",
            "1,000 users",
            "  - sub",
            "**Acceptance**:",
            "---",
        ),
        *("Acceptance: x", "\t", "???", "\0", "99999999999999 users", "1. x", "===", "\ufeff", ""),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=25).map("\n".join), st.text(max_size=200)))
def test_any_text_has_findings_within_its_lines(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for found in lint_prd(text):
        assert 1 <= found.line <= len(lines)
        assert found.column is None or 1 <= found.column <= len(lines[found.line - 1])
    for row in prd_outline(text):
        assert 1 <= row.line <= row.last <= len(lines)
