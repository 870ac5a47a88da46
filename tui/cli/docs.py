"""The command docs: the documents that agents work from."""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS = {
    "generate": ("docs_generate", "generate"),
    "status": ("docs_status", "status"),
    "verify": ("docs_status", "verify"),
    "apply": ("docs_generate", "apply_run"),
}


class Docs(click.Group):
    """Imports only the module of the command that runs: looking is quicker than writing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        made: click.Command = getattr(import_module(f"tui.cli.{module}"), name)
        return made


@click.command("docs", cls=Docs)
def docs() -> None:
    """Let agents write the documents of tasks, see which there are, check them, take them over."""


COMMANDS = {"docs": docs}
