"""Title and body of a run's pull request: what was generated, from which bytes, and what was checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.plain_text import printable, shorten
from core.secrets import redact

_LONGEST_TITLE = 72
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~])")
_REFERENCE = re.compile(r"([#@!$%&~^])(?=[\w\"'])")
"""What makes a reference on GitHub, Gitea or GitLab: to issues, people, requests, snippets, epics."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run knows about its result when it asks for a pull request.

    `tasks` are keys and titles in order; `coverage` says per task key which state each of `names` has, and
    is empty for a run that did tasks. `sources` are names with values (commit, hash of the task file).
    """

    run: str
    kind: str
    agent: str
    model: str
    tasks: Sequence[tuple[str, str]]
    names: Sequence[str]
    coverage: Mapping[str, Mapping[str, str]]
    sources: Sequence[tuple[str, str]]
    gate: Sequence[str]
    warnings: Sequence[str] = ()


def title_of(facts: Facts) -> str:
    """One line: what for which tasks."""
    keys = [key for key, _ in facts.tasks]
    if facts.kind == "docs":
        what = f"task {keys[0]}" if len(keys) == 1 else f"{len(keys)} tasks"
        return f"docs: documents for {what}"
    if len(facts.tasks) == 1:
        key, title = facts.tasks[0]
        return shorten(_clean(f"Task {key}: {title}"), _LONGEST_TITLE)
    return shorten(_clean(f"Tasks {', '.join(keys)}"), _LONGEST_TITLE)


def body_of(facts: Facts) -> str:
    """The body as Markdown; text of the project in it is text, not markup."""
    who = f"`{facts.agent}`" + (f" with `{_code(facts.model)}`" if facts.model else "")
    what = "Documents written" if facts.kind == "docs" else "Work done"
    parts = [f"{what} by the agent {who}, run `{_code(facts.run)}` of Taskdeck."]
    if facts.sources:
        parts.append(_list("Generated from", [f"{name}: `{_code(value)}`" for name, value in facts.sources]))
    parts.append(_table(facts) if facts.coverage else _list("Tasks", [_task(*task) for task in facts.tasks]))
    parts.append(_list("Gate: passed", [_plain(line) for line in facts.gate]))
    if facts.warnings:
        parts.append(_list("Worth a look", [_plain(line) for line in facts.warnings]))
    return redact("\n\n".join(parts) + "\n")


def _table(facts: Facts) -> str:
    rows = [
        "| task | " + " | ".join(map(_plain, facts.names)) + " |",
        "|" + " --- |" * (len(facts.names) + 1),
    ]
    for key, title in facts.tasks:
        states = facts.coverage.get(key, {})
        cells = " | ".join(_plain(states.get(name, "missing")) for name in facts.names)
        rows.append(f"| {_task(key, title)} | {cells} |")
    return "## Coverage\n\n" + "\n".join(rows)


def _task(key: str, title: str) -> str:
    return f"{_plain(key)} {_plain(title)}"


def _list(heading: str, lines: Sequence[str]) -> str:
    return f"## {heading}\n\n" + "\n".join(f"- {line}" for line in lines)


def _plain(text: str) -> str:
    """Text in Markdown that means only itself: no markup, no mention of people, no reference to issues."""
    # Forges make references after Markdown was read, so a backslash does not stop them; a word joiner does.
    return _REFERENCE.sub("\\1\u2060", _MARKDOWN.sub(r"\\\1", _clean(text)))


def _code(text: str) -> str:
    return _clean(text).replace("`", "'")


def _clean(text: str) -> str:
    """Text on one line without secrets: once it is cut or escaped, what is left of one is not known again."""
    return printable(redact(text))
