"""The command config: show, get, set, unset and trust settings."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from core.errors import NotFound, UsageError
from core.plain_text import printable, wrap
from core.project import Project
from tui.cli.applying import text_value
from tui.cli.completing import TEXT, Text
from tui.cli.invocation import Callback, Invocation, command, confirm
from tui.cli.output import Cell, Column, reading_width, table, terminal_width, write_text

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from core.config import Loaded, Origin, Scope


class SettingKey(Text):
    """A dotted setting, completed with what it is for."""

    name = "key"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from core.config import explain, setting_keys

        return [
            CompletionItem(key, help=explain(key)) for key in setting_keys() if key.startswith(incomplete)
        ]


_KEY = click.argument("key", type=SettingKey())
_SCOPE = click.option(
    "--user/--in-project", "user", default=True, help="Your own settings, or the project's file."
)


@click.group("config")
def config() -> None:
    """Show and change settings: flag, TASKDECK_*, project, user, default, in this order."""


def _subcommand(name: str) -> Any:
    def decorate(function: Callback) -> click.Command:
        made = command(name, file_option=())(function)
        config.add_command(made)
        return made

    return decorate


def _project(invocation: Invocation) -> Project | None:
    """The project, if there is one: settings can be looked at and changed without."""
    with contextlib.suppress(NotFound):
        return invocation.workspace.project
    return None


@_subcommand("show")
@click.argument("key", type=SettingKey(), required=False)
def show(invocation: Invocation, key: str | None) -> None:
    """Show every setting in force, or one, and where it comes from."""
    from core.config import explain, load_settings
    from core.planning.choice import choose

    project = _project(invocation)
    loaded = load_settings(project, strict=False)
    for warning in loaded.warnings:
        invocation.note(warning)
    if key is not None:
        _show_one(invocation, loaded, key, str(project.root) if project else "")
        return
    origins = list(loaded.origins.values())
    choice = choose(loaded)
    invocation.emit(
        {
            "settings": [_origin(origin) for origin in origins],
            "planner": choice.as_json(),
            "warnings": list(loaded.warnings),
        }
    )
    if invocation.as_json:
        return
    root = str(project.root) if project else ""
    wide = (terminal_width() or _WIDE) >= _WIDE
    rows = [
        [
            Cell(origin.key, "bold" if origin.source != "default" else ""),
            Cell(_value(origin.shown)),
            Cell(_place(origin.source, root), "dim" if origin.source == "default" else ""),
            Cell(explain(origin.key) if wide else "", "dim"),
        ]
        for origin in origins
    ]
    # A list of files may be cut before the place that it is to be changed at is.
    far = any(len(row[2].text) > _PLACE for row in rows)
    columns = [Column("setting"), Column("value", flexible=True), Column("from", flexible=far)]
    write_text(table([*columns, Column("what for", flexible=True)], rows, invocation.paint))
    if not wide:
        invocation.say("", f"From {_WIDE} columns on each line says what the setting is for.")
    invocation.say("", *wrap(printable(" ".join(["Planner:", *choice.sentences()])), reading_width()))


def _show_one(invocation: Invocation, loaded: Loaded, key: str, root: str) -> None:
    from core.config import explain

    origin = loaded.get(key)
    invocation.emit(_origin(origin) | {"what": explain(key), "warnings": list(loaded.warnings)})
    row = [Cell(key, "bold"), Cell(_value(origin.shown)), Cell(_place(origin.source, root))]
    columns = [Column("setting"), Column("value", flexible=True), Column("from")]
    if not invocation.as_json:
        write_text(table(columns, [row], invocation.paint))
    invocation.say("", *wrap(printable(explain(key)), reading_width()))


def _origin(origin: Origin) -> dict[str, Any]:
    return {"key": origin.key, "value": origin.shown, "source": origin.source}


_WIDE = 120
_PLACE = 36


def _place(source: str, root: str) -> str:
    """Where a value comes from; files of the project from its folder on, those of the user from home on."""
    for folder, short in ((root, ""), (str(Path.home()), "~/")):
        if folder and source.startswith(folder + "/"):
            return printable(short + source[len(folder) + 1 :])
    return printable(source)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return printable(", ".join(str(part) for part in cast("tuple[object, ...]", value))) or "none"
    if isinstance(value, bool):
        return str(value).lower()  # as it is written in a file
    return "none" if value is None else printable(str(value)) or '""'


@_subcommand("get")
@_KEY
def get(invocation: Invocation, key: str) -> None:
    """Print one setting."""
    from core.config import load_settings

    origin = load_settings(_project(invocation)).get(key)
    invocation.emit(_origin(origin))
    invocation.say("" if origin.value in (None, (), "") else _value(origin.shown))


@_subcommand("set")
@_KEY
@click.argument("value", type=TEXT)
@_SCOPE
def set_value(invocation: Invocation, key: str, value: str, user: bool) -> None:
    """Change one setting; - reads the value from standard input."""
    from core.config import SECRET, needs_trust, only_own, set_setting

    value = text_value(value)
    if key == "theme":
        _check_theme(value)
    path = set_setting(key, value, _scope(user), _project(invocation))
    said = "set" if key in SECRET else value
    _changed(invocation, f"{key} is {said} in {path}", key, str(path))
    if user and not only_own(key):
        invocation.say("  These are your own settings; --in-project sets it for this project alone.")
    elif not user and needs_trust(key):
        invocation.say(f"  It counts for whoever trusts it: `taskdeck config trust {key}`.")


@_subcommand("unset")
@_KEY
@_SCOPE
def unset(invocation: Invocation, key: str, user: bool) -> None:
    """Remove one setting from a file, so that the next source counts."""
    from core.config import unset_setting

    path = unset_setting(key, _scope(user), _project(invocation))
    _changed(invocation, f"{key} is no longer set in {path}", key, str(path))


@_subcommand("trust")
@_KEY
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def trust(invocation: Invocation, key: str, yes: bool) -> None:
    """Let a value count that the project's file sets and that could send your key somewhere."""
    from core.config import load_settings, trust_value

    project = invocation.workspace.project
    asked = [origin for origin in load_settings(project, strict=False).untrusted if origin.key == key]
    if asked:
        confirm(f"The project sets {key} to {asked[-1].shown}. Trust this value?", yes)
    origin = trust_value(project, key, asked[-1].value if asked else None)
    _changed(invocation, f"{key} = {origin.shown} of this project is trusted", key, origin.source)


def _check_theme(name: str) -> None:
    """Raises UsageError for a theme there is not; which there are only the app knows."""
    from textual.theme import BUILTIN_THEMES

    from tui.themes import THEMES

    known = [*(theme.name for theme in THEMES), *BUILTIN_THEMES]
    if name not in known:
        raise UsageError(f"There is no theme {printable(name)}.", f"There are: {', '.join(known)}.")


def _scope(user: bool) -> Scope:
    return "user" if user else "project"


def _changed(invocation: Invocation, line: str, key: str, path: str) -> None:
    invocation.say(f"{invocation.paint('✓', 'green')} {printable(line)}")
    invocation.emit({"done": [line], "key": key, "file": path})


COMMANDS = {"config": config}
