"""The command docs: the documents that agents work from."""

from __future__ import annotations

import click

from tui.cli.docs_status import status, verify


@click.group("docs")
def docs() -> None:
    """See which documents the tasks have, check them."""


docs.add_command(status)
docs.add_command(verify)

COMMANDS = {"docs": docs}
