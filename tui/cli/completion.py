"""The command completion: the script that lets a shell complete commands, ids and tags."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from core.errors import UsageError
from tui.cli.boundary import COMPLETE_VARIABLE
from tui.cli.output import write_text

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: eval "$(taskdeck completion bash)" in ~/.bashrc
    zsh:  eval "$(taskdeck completion zsh)" in ~/.zshrc, behind compinit
    fish: taskdeck completion fish > ~/.config/fish/completions/taskdeck.fish
    """
    from tui.cli.group import root

    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"There is no completion for {shell}.")
    write_text(made(root, {}, "taskdeck", COMPLETE_VARIABLE).source().strip("\n") + "\n")


COMMANDS = {"completion": completion}
