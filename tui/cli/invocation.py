"""What every command gets: the options all of them share, the project, and where its words go."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import click

from core.errors import Cancelled
from core.plain_text import printable
from core.secrets import redact
from core.services import Workspace, open_project
from tui.cli.completing import TAG
from tui.cli.output import OutputFailed, Paint, flush_output, write_json, write_text


class Invocation:
    """One run of one command: its shared options and the project they name."""

    format = ""
    """What `--format` named, where the command has it."""

    def __init__(self, project: str | None, tag: str | None, as_json: bool, no_color: bool, file: str | None):
        self.file = Path(file).absolute() if file else None
        self.start = Path(project or os.environ.get("TASKDECK_PROJECT") or ".")
        if self.file and not project:
            self.start = next(folder for folder in self.file.parents if folder.is_dir())
        self.tag = tag
        self.as_json = as_json
        self.paint = Paint(not no_color and colours_wanted(sys.stdout))

    @cached_property
    def workspace(self) -> Workspace:
        workspace = open_project(self.start, self.tag, tasks_file=self.file)
        workspace.on_wait = lambda: self.note(
            f"Waiting for another program that is writing {workspace.project.tasks_file} …"
        )
        return workspace

    @property
    def editing(self) -> Workspace:
        """The project for a command that changes tasks: read through the store, so that it is parsed once."""
        _ = self.workspace.store
        return self.workspace

    @property
    def has_edited(self) -> bool:
        """Whether this command has written the task file."""
        opened = vars(self).get("workspace")
        return opened is not None and "store" in vars(opened) and opened.store.has_written

    def say_which_tag(self) -> None:
        """A remark when the tag that was worked on is not the one that a file names."""
        if "workspace" not in vars(self) or "tag_choice" not in vars(self.workspace):
            return  # the command asked for no tag
        choice = self.workspace.tag_choice
        if choice.note:
            self.note(f"{choice.note} This was about {choice.name}.")

    def say(self, *lines: str) -> None:
        """Lines for a person; with --json standard output is for the document alone and they are left out."""
        if not self.as_json:
            write_text("".join(f"{line}\n" for line in lines))

    def note(self, line: str) -> None:
        """A remark beside the result, on standard error."""
        print(printable(redact(line)), file=sys.stderr, flush=True)

    def emit(self, document: dict[str, Any]) -> None:
        """The one JSON document of this command; nothing without --json."""
        if self.as_json:
            write_json(document)


def colours_wanted(stream: IO[str]) -> bool:
    """Colours only on a terminal that has them, and never against NO_COLOR (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def somebody_answers() -> bool:
    """Whether a question can be asked: both input and output are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str, yes: bool) -> None:
    """Ask before something is taken away. Without a terminal nothing asks. Raises Cancelled on a no."""
    if yes or not somebody_answers():
        return
    if not click.confirm(printable(question), default=False):
        raise Cancelled("Nothing was changed.")


def choose(question: str, choices: Sequence[str]) -> str:
    """Let the person at the terminal choose one of `choices`."""
    answer: str = click.prompt(question, type=click.Choice(choices, case_sensitive=False))
    return answer


_DONE_HINT = "`taskdeck undo --list` shows it; do not run the command again."

Callback = Callable[..., int | None]


def command(
    name: str,
    *,
    short_tag: bool = False,
    short_project: bool = False,
    formats: Sequence[str] = (),
    file_option: Sequence[str] = ("-f", "--file"),
    **attributes: Any,
) -> Callable[[Callback], click.Command]:
    """A command with the options all of them share; its function gets an Invocation, then its own options.

    Task Master gives some of them short names and spells `--json` as `--format json` where the rest of
    its flags allow it; `short_tag`, `short_project`, `formats` and `file_option` say where.
    """

    def decorate(function: Callback) -> click.Command:
        @functools.wraps(function)
        def callback(
            project: str | None, tag: str | None, as_json: bool, no_color: bool, **values: Any
        ) -> int | None:
            chosen = values.pop("output_format", None)
            file = values.pop("tasks_file", None)
            invocation = Invocation(project, tag, as_json or chosen == "json", no_color, file)
            invocation.format = chosen or ""
            try:
                code = function(invocation, **values)
                invocation.say_which_tag()
                flush_output()
            except OutputFailed as error:
                if invocation.has_edited:
                    message = error.message[:1].lower() + error.message[1:]
                    raise OutputFailed(f"The edit was done, but {message}", _DONE_HINT) from None
                raise
            return code

        made = click.command(name, **attributes)(callback)
        made.params += _shared_options(short_tag, short_project, formats, file_option)
        return made

    return decorate


def _shared_options(
    short_tag: bool, short_project: bool, formats: Sequence[str], file_option: Sequence[str]
) -> list[click.Parameter]:
    project = ["-p", "--project", "project"] if short_project else ["--project", "project"]
    tag = ["-t", "--tag", "tag"] if short_tag else ["--tag", "tag"]
    options: list[click.Parameter] = []
    if file_option:
        path = click.Path()
        options.append(click.Option([*file_option, "tasks_file"], type=path, help="Another task file."))
    if formats:
        choice = click.Choice(formats)
        short = [] if "-f" in file_option else ["-f"]
        help_text = "How to print it; json is the same as --json."
        options.append(click.Option([*short, "--format", "output_format"], type=choice, help=help_text))
    return [
        *options,
        click.Option(
            project, metavar="DIR", type=click.Path(), help="The project's folder, instead of this one."
        ),
        click.Option(tag, metavar="TAG", type=TAG, help="The tag to work on, instead of the current one."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
        click.Option(["--no-color"], is_flag=True, help="Print no colours."),
        # Task Master prints a banner that scripts switch off; here is none.
        click.Option(["--no-banner"], is_flag=True, hidden=True, expose_value=False),
    ]
