"""The command lint-prd: what a reader would send a PRD back for."""

from __future__ import annotations

from pathlib import Path

import click

from core.plain_text import printable
from tui.cli.invocation import Invocation, command
from tui.cli.output import plural
from tui.cli.planner_run import read_prd
from tui.cli.planning import named_prd


@command("lint-prd", file_option=())
@click.argument("file", required=False, type=click.Path())
def lint_prd(invocation: Invocation, file: str | None) -> int:
    """Look a PRD through for vague words, gaps and contradictions. Exit 1 with findings."""
    from core.planning import prd_lint

    path = Path(file) if file else named_prd(invocation.workspace, None)
    findings = prd_lint.lint_prd(read_prd(path))
    name, paint = printable(path.name), invocation.paint
    for found in findings:
        place = f"{name}:{found.line}" + (f":{found.column}" if found.column else "")
        invocation.say(f"{paint(place, 'cyan')}  {printable(found.text)}", f"    {printable(found.hint)}")
    if findings:
        invocation.say("", f"{plural(len(findings), 'finding')} in {name}.")
    else:
        invocation.say(f"{paint('✓', 'green')} Nothing to find fault with in {name}.")
    invocation.emit(
        {
            "file": str(path),
            "findings": [
                {"kind": one.kind, "line": one.line, "column": one.column, "text": one.text, "hint": one.hint}
                for one in findings
            ],
        }
    )
    return 1 if findings else 0


COMMANDS = {"lint-prd": lint_prd}
