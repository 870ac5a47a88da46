"""The root command: finds commands by name and imports only the module of the one that runs."""

from __future__ import annotations

import difflib
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from core.errors import UsageError
from tui.cli.catalogue import ALIASES, MODULES, NEAREST, NOT_YET, SECTIONS


class Root(click.Group):
    """`taskdeck`: a command, or a project to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in SECTIONS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        path = ALIASES.get(cmd_name, (cmd_name,))
        if path[0] not in MODULES:
            return None
        commands = cast("dict[str, click.Command]", import_module(f"tui.cli.{MODULES[path[0]]}").COMMANDS)
        command = commands[path[0]]
        for name in path[1:]:
            assert isinstance(command, click.Group)
            found = command.get_command(ctx, name)
            assert found is not None
            command = found
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # `taskdeck`, `taskdeck DIR` and `taskdeck --tag TAG` open the app: that is a command like any other.
        args = _command_first(args)
        if not ctx.resilient_parsing and _opens_the_app(args):
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise _unknown(args[0])
        return args[0], command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(name) for name in self.list_commands(ctx))
        for heading, names in SECTIONS.items():
            rows: list[tuple[str, str]] = []
            for name in names:
                command = self.get_command(ctx, name)
                help_text = command.get_short_help_str(limit=90) if command else ""
                rows.append((name.ljust(width), help_text))
            with formatter.section(heading):
                formatter.write_dl(rows)


_SHARED_VALUES = frozenset({"--project", "--tag"})
_SHARED_FLAGS = frozenset({"--json", "--no-color", "--no-banner"})


def _command_first(args: list[str]) -> list[str]:
    """`taskdeck --project DIR list` means what `taskdeck list --project DIR` means."""
    at = 0
    while at < len(args):
        name, equals, _ = args[at].partition("=")
        if name in _SHARED_VALUES:
            at += 1 if equals else 2
        elif args[at] in _SHARED_FLAGS:
            at += 1
        else:
            break
    if not 0 < at < len(args) or args[at].startswith("-") or _is_place(args[at]):
        return args
    before, rest = args[:at], args[at:]
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *before, *rest[end:]]


def _is_command(word: str) -> bool:
    return any(word in names for names in (MODULES, ALIASES, NEAREST, NOT_YET))


def _opens_the_app(args: list[str]) -> bool:
    if not args:
        return True
    first = args[0]
    if _is_command(first):
        return False
    if first in ("--help", "-h", "--version", "-V"):
        return False
    return first.startswith("-") or _is_place(first)


def _is_place(word: str) -> bool:
    """Whether a word that may be a command names a project to open instead."""
    return not _is_command(word) and ("/" in word or word in (".", "..") or Path(word).exists())


def _unknown(name: str) -> UsageError:
    if name in NEAREST:
        return UsageError(f"Taskdeck has no command {name}.", f"The nearest: {NEAREST[name]}.")
    if name in NOT_YET:
        return UsageError(
            f"This version of Taskdeck has no command {name} yet.", "`taskdeck --help` lists what it has."
        )
    close = difflib.get_close_matches(name, [*MODULES, *ALIASES], 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return UsageError(
        f"There is no command {name}, and no folder of that name to open.",
        f"{hint}`taskdeck --help` lists the commands.",
    )


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"taskdeck {version('taskdeck')}")
        ctx.exit()


@click.command(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[PROJECT] | COMMAND [ARGS]...",
    options_metavar="",
    epilog="Every command takes --project DIR, --tag TAG, --json and --no-color.",
)
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Print the version.",
)  # fmt: skip
def root() -> None:
    """Plan, watch and edit a project's tasks. Without a command, the app opens on PROJECT."""
