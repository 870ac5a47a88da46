"""Titles and stack of the outline planner: what a PRD denies, and sentences that only tell."""

from __future__ import annotations

import pytest

from core.planning.outline.stack import stack_of
from core.planning.outline.tasks import outline_prd
from core.planning.prd import parse_prd


def language(text: str) -> str:
    return stack_of(parse_prd(text)).language


def title(requirement: str, *others: str) -> str:
    """The title of the one task that a requirement of a small software PRD becomes."""
    rest = others or ("The service must keep an audit log.", "A user must be able to delete an export.")
    lines = "\n".join(f"- {line}" for line in (requirement, *rest))
    prd = f"# Shop\n\n## Requirements\n\n{lines}\n\n## Technology\n- Python 3.12 with a database\n"
    [draft] = [one for one in outline_prd(prd, None).drafts if "(line 5)" in one.details]
    return draft.title


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("The page works without JavaScript. It is a Go binary.", "Go"),
        ("No Node.js, no Docker. Go 1.23, one binary.", "Go"),
        ("It is not a Python script but a program in Rust.", "Rust"),
        ("Without Python, Ruby or Perl on the machine; in Elixir.", "Elixir"),
        ("JavaScript is not used. Phoenix LiveView serves the pages.", "Elixir"),
        ("A JavaScript-free page, served by Rails.", "Ruby"),
        ("Unlike Python bots this is one service in Kotlin.", "Kotlin"),
        ("Replaces the PHP system of 2009 by a Spring Boot service.", "Java"),
        ("A pipeline in Python instead of Java.", "Python"),
        ("It doesn't need Java. C++20 and CMake.", "C++"),
        ("An ASP.NET Core service.", ".NET"),
        ("Users must not need JavaScript.", ""),
        ("Players go to the next round.", ""),
    ],
)
def test_what_is_denied_does_not_choose_the_language(said: str, meant: str) -> None:
    assert language(f"# Tool\n\n{said}\n") == meant


def test_the_stack_that_is_settled_counts_before_what_is_only_mentioned() -> None:
    text = "# Board\n\nReads exports of Python scripts.\n\n## Out of scope\n- Apps in Swift\n\n## Stack\n{}\n"
    assert language(text.format("TypeScript, React, Fastify")) == "TypeScript"
    assert language(text.format("PostgreSQL")) == "Python"
    assert language("# A to-do list in Rust\n\n- It must list what is open.\n") == "Rust"


def test_a_database_that_is_not_wanted_makes_no_schema() -> None:
    lines = "\n".join(f"### {name}\n- A user must {name} a note.\n" for name in ("Write", "Find", "Print"))
    prd = f"# Notes\n\nA command line tool in Go.\n\n## Constraints\n- {{}}\n\n## Features\n{lines}"
    made = [draft.title for draft in outline_prd(prd.format("Plain files, no database"), None).drafts]
    assert not any("database" in one for one in made)
    made = [draft.title for draft in outline_prd(prd.format("SQLite as the database"), None).drafts]
    assert any("database" in one for one in made)


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (
            "A customer must be able to order bread until 18:00 for the next morning.",
            "Order bread until 18:00 for the next morning",
        ),
        (
            "If the fetch fails, it tries again after 30 seconds.",
            "Try again after 30 seconds if the fetch fails",
        ),
        ("The page shows today's incidents.", "Show today's incidents"),
        ("The page must load in under 200 ms.", "Make the page load in under 200 ms"),
        ("It reads a file and shows its tables.", "Read a file and show its tables"),
        ("The baker sees tomorrow's list.", "Let the baker see tomorrow's list"),
        ("Price: the sum is shown with VAT.", "Show the sum with VAT"),
        ("Shows the tables of a file.", "Show the tables of a file"),
        ("At most 200 members.", "Support at most 200 members"),
        ("Must work without JavaScript.", "Work without JavaScript"),
        (
            "If the connection drops, changes are queued and sent later.",
            "Queue changes and send later if the connection drops",
        ),
        (
            "As a carer, I want to see whether a pill was taken.",
            "Let a carer see whether a pill was taken",
        ),
    ],
)
def test_a_sentence_becomes_an_order(requirement: str, expected: str) -> None:
    assert title(requirement) == expected


def test_a_heading_that_names_only_a_kind_of_work_is_put_in_words() -> None:
    prd = "# Shop\n\nA web service in Python.\n\n## Requirements\n\n### R1 Orders\n- A user must order.\n\n"
    prd += "### R2 Stock\n- A clerk must count.\n\n## Quality\n- The list prints on one page.\n"
    titles = [draft.title for draft in outline_prd(prd, None).drafts]
    assert "Meet the quality requirements" in titles
    assert "Implement orders" in titles
    assert not any("quality" in one and "Implement" in one for one in titles)


def test_a_plain_text_makes_no_task_of_its_title_or_of_what_it_is_written_in() -> None:
    prd = "Weather station\n\nIt reads a sensor every minute.\nA mail must be sent in a storm.\n\n"
    titles = [draft.title for draft in outline_prd(prd + "Written in Python, for the web.\n", None).drafts]
    assert not any("station" in one or "ritten in" in one for one in titles)
    assert titles[0] == "Set up the Python project and its tools"
