"""A small project whose documents are written by the builtin writer, to be spoiled by tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.documents.catalogue import path_of
from core.documents.writer import Context, write_documents
from core.tasks.document import Tag, parse

NAMES = ("task.md", "prompt.md", "design-spec.md", "acceptance-criteria.md")
TASKS = ".taskmaster/tasks/tasks.json"
PRD = """\
# Shelf

## Features

- The service must lend a book to one reader at a time.
- A reader should be able to extend a loan twice.

## Technology

- Rust with tokio and SQLx; `cargo test` runs the tests.

## Out of scope

- No payments.

## Open questions

- Does a loan end on holidays?
"""


def tasks() -> list[dict[str, Any]]:
    """Two tasks, the second after the first."""
    return [
        {
            "id": 1,
            "title": "Set up the workspace: crates, tools",
            "description": "A workspace that builds.",
            "details": "",
            "testStrategy": "It builds.",
            "dependencies": [],
            "status": "pending",
            "subtasks": [],
        },
        {
            "id": 2,
            "title": "Lend books",
            "description": "Lend a book.",
            "details": "From the PRD:\n- The service must lend a book to one reader at a time. (line 5)\n"
            "- A reader should be able to extend a loan twice. (line 6)\n\nAccepted when:\n"
            "- two readers asking at once get one `Loan` and one refusal.",
            "testStrategy": "Run two readers at once.",
            "dependencies": [1],
            "status": "pending",
            "subtasks": [
                {"id": 1, "title": "Store loans", "description": "Table of loans.", "dependencies": [2]},
                {"id": 2, "title": "Design the loan", "description": "What a loan is.", "dependencies": []},
            ],
        },
    ]


def tag_of(values: list[dict[str, Any]] | None = None) -> Tag:
    """The tag of those tasks."""
    return parse(json.dumps({"master": {"tasks": tasks() if values is None else values}}).encode()).tag()


def context_of(tag: Tag, prd: str = PRD) -> Context:
    return Context(tag, NAMES, prd, ".taskmaster/docs/prd.txt")


def documents_of(tag: Tag, prd: str = PRD) -> dict[str, str]:
    """Path -> text of every document of every task."""
    context = context_of(tag, prd)
    return {
        path_of(task.key, name): text
        for task in tag.tasks
        for name, text in write_documents(task, context).items()
    }


def make_documented(folder: Path, tag: Tag | None = None) -> Path:
    """A project folder with tasks, PRD and all documents."""
    written = documents_of(tag or tag_of())
    written[TASKS] = json.dumps({"master": {"tasks": tasks()}}, indent=2)
    written[".taskmaster/docs/prd.txt"] = PRD
    for path, text in written.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder
