"""Looks at the text of one document: whose it is, whether it is whole, and what must not stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.documents.content import short_hash
from core.documents.front_matter import FrontMatter, Malformed, parse
from core.documents.hidden_text import find_hidden
from core.documents.secret_findings import find_passwords, find_secrets
from core.documents.stack_words import strange_words

FindingKind = Literal[
    "task-file", "foreign-task", "outside", "symlink", "deleted", "mode", "other",
    "missing", "empty", "too-small", "too-large", "damaged", "wrong-task", "stale", "secret", "control",
    "wrong-stack", "link-with-password", "more",
]  # fmt: skip

MOST_BYTES = 1024 * 1024
"""A larger document is no document."""
FEWEST_CHARACTERS = 80
"""A document with fewer characters below its front matter, blanks not counted, says nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a plain sentence, where, and the evidence. Never holds the secret itself."""

    kind: FindingKind
    what: str
    path: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a document must be about."""

    path: str
    name: str
    key: str
    title: str
    hash: str


def inspect(data: bytes, expected: Expected) -> Iterator[Finding]:
    """What forbids to take this document."""
    path = expected.path
    if not data.strip():
        yield Finding("empty", f"{path} is empty.", path)
        return
    if len(data) > MOST_BYTES:
        yield Finding(
            "too-large",
            f"{path} is larger than a document may be.",
            path,
            f"{len(data):,} bytes; {MOST_BYTES:,} are allowed",
        )
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Finding("damaged", f"{path} is not UTF-8 text.", path, f"byte {error.start}")
        return
    yield from _forbidden(text, path)
    try:
        matter, body = parse(text)
    except Malformed as error:
        yield Finding("damaged", f"{path} does not say whose it is: {error}.", path)
        return
    yield from _about(matter, expected)
    yield from _size(body, path)


def suspect(data: bytes, expected: Expected, stacks: frozenset[str]) -> Iterator[Finding]:
    """What a person should look at, though it forbids nothing. `stacks`: what the project is built with."""
    text = data.decode("utf-8", "replace")
    path = expected.path
    for stack, word, line in strange_words(text, stacks):
        yield Finding(
            "wrong-stack",
            f"{path} speaks of {stack}, which neither the PRD nor the task names.",
            path,
            f'line {line}: "{word}"',
        )
    for line in find_passwords(text):
        yield Finding(
            "link-with-password",
            f"{path} holds an address with a password; check that it is only an example.",
            path,
            f"line {line}",
        )


def _forbidden(text: str, path: str) -> Iterator[Finding]:
    hidden = find_hidden(text)
    if hidden:
        what = f"{path} holds characters that are not shown or steer a terminal."
        yield Finding("control", what, path, f"line {hidden[0]}: {hidden[1]}")
    for line, kind in find_secrets(text):
        yield Finding("secret", f"{path} holds a secret.", path, f"line {line}: {kind}")


def _about(matter: FrontMatter, expected: Expected) -> Iterator[Finding]:
    path = expected.path
    if matter.task != expected.key:
        yield Finding(
            "wrong-task",
            f"{path} is about another task.",
            path,
            f'it names task "{matter.task}", expected "{expected.key}"',
        )
    elif not matter.names(expected.key, expected.title):
        yield Finding(
            "wrong-task",
            f"{path} gives the task another title.",
            path,
            f'it has "{matter.title}", the task file "{expected.title}"',
        )
    if matter.hash != expected.hash:
        yield Finding(
            "stale",
            f"{path} was not written from the present content of task {expected.key}.",
            path,
            f"hash {short_hash(matter.hash)}, expected {short_hash(expected.hash)}",
        )
    if matter.document and matter.document != expected.name:
        yield Finding("damaged", f"{path} says that it is {matter.document}.", path)


def _size(body: str, path: str) -> Iterator[Finding]:
    count = sum(map(len, body.split()))
    if not count:
        yield Finding("empty", f"{path} has nothing below its front matter.", path)
    elif count < FEWEST_CHARACTERS:
        yield Finding(
            "too-small",
            f"{path} is too short to be of use.",
            path,
            f"{count} characters without blanks; {FEWEST_CHARACTERS} are the least",
        )
