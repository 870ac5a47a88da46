"""Advice that Taskdeck gives: every command and option that a message, hint or help names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

from tui.cli.group import root

ROOT = Path(__file__).resolve().parents[2]
ADVICE = re.compile(r"`taskdeck ([a-z][^`]*)`|^taskdeck ([a-z][^\n]*?)(?:  .*)?$", re.MULTILINE)


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module; a value that is put in stands as X."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            parts = (str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def advised() -> dict[str, str]:
    """What follows `taskdeck` wherever that is said, and the file that says it first."""
    found: dict[str, str] = {}
    for folder in ("core", "tui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for text in texts(ast.parse(path.read_text("utf-8"))):
                for match in ADVICE.finditer(text):
                    found.setdefault(match[1] or match[2], str(path.relative_to(ROOT)))
    return found


def fault(advice: str) -> str:
    """What is wrong with a command that is advised; empty when nothing is."""
    words = advice.split()
    context = click.Context(root)
    command: click.Command | None = root
    while words and isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z|-]+", words[0]):
        names = words.pop(0).split("|")
        found = [command.get_command(context, name) for name in names]
        if None in found:
            return f"no command {names}"
        command = found[0]
    assert command is not None
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    options |= set(context.help_option_names) | {"--help"}
    named = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    unknown = {name.rstrip(".,;:)") for name in named} - options
    return f"no option {', '.join(sorted(unknown))}" if unknown else ""


def test_every_command_that_is_advised_exists() -> None:
    found = advised()
    assert len(found) > 40, "the texts are found at all"
    assert {advice: (file, wrong) for advice, file in found.items() if (wrong := fault(advice))} == {}
