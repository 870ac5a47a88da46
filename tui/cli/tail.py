"""The command tail: files and standard input on a screen of their own, or printed as lines."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import NotFound, TaskdeckError, UsageError
from core.plain_text import printable
from tui.cli.boundary import long_running

if TYPE_CHECKING:
    from core.logs.follow import Source

STANDARD_INPUT = "-"
_COMPRESSED = {b"\x1f\x8b": "zcat", b"BZh": "bzcat", b"\xfd7zXZ": "xzcat", b"\x28\xb5\x2f\xfd": "zstdcat"}
"""How a compressed file begins, and what prints its text."""


@click.command("tail")
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--since", metavar="TIME", help="From this time on: 10m, 2h, 3d, 14:30, or a date and time.")
@click.option("-n", "--lines", type=click.IntRange(min=0), metavar="N", help="Print the last N lines only.")
@click.option(
    "-f/-F", "--follow/--no-follow", default=None, help="Go on as lines arrive; on the screen that is usual."
)
@click.option(
    "--grep", metavar="TEXT", help="Only lines with TEXT; /TEXT/ is a regular expression, !TEXT without."
)
@click.option("--level", metavar="LEVEL", help="Only lines of this level and worse; a,b for just these.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--plain", is_flag=True, help="Print lines, on a terminal too.")
@click.option("--no-color", is_flag=True, help="Show no colours.")
@click.option("--project", "--tag", hidden=True, expose_value=False)
@click.option("--no-banner", is_flag=True, hidden=True, expose_value=False)
def tail(
    files: tuple[str, ...],
    since: str | None,
    lines: int | None,
    follow: bool | None,
    grep: str | None,
    level: str | None,
    as_json: bool,
    plain: bool,
    no_color: bool,
) -> int:
    """Follow FILES, or standard input (-), on a screen; without a terminal, print them."""
    if not files:
        raise UsageError(
            "No file was named.", "Name some, or - for standard input; `taskdeck logs` follows a run."
        )
    if no_color:
        os.environ["NO_COLOR"] = "1"
    from tui.widgets.log_query import filter_words, options_filter
    from tui.widgets.log_since import moment_of

    words = filter_words(grep or "", level or "")
    wanted = options_filter(grep or "", level or "")
    start = None if since is None else moment_of(since)
    screen = not plain and not as_json and sys.stdout.isatty()
    follows = screen if follow is None else follow
    present, absent = _present(files, follows)
    for error in absent:
        print(error.message, file=sys.stderr, flush=True)
    with _sources(present, follows) as sources:
        if screen:
            return _show(sources, follow is not False and start is None, words, start)
        from tui.cli.tail_print import print_lines

        long_running()
        print_lines(sources, wanted, start, lines, as_json)
    return 1 if absent else 0


def _present(files: Sequence[str], follow: bool) -> tuple[list[str], list[NotFound]]:
    """The files that can be read, and what is to be said of those that are not there.

    Raises TaskdeckError when none is there, or one is something else than a log.
    """
    present: list[str] = []
    absent: list[NotFound] = []
    for name in files:
        try:
            if name != STANDARD_INPUT:
                _check(Path(name), follow)
        except NotFound as error:
            absent.append(error)
        else:
            present.append(name)
    if not present:
        raise absent[0]
    return present, absent


@contextlib.contextmanager
def _sources(files: Sequence[str], follow: bool) -> Generator[list[Source]]:
    """The sources that FILES name; what standard input brings is spilled to a folder that goes at the end."""
    from core.logs.follow import FileSource, StdinSource

    if files.count(STANDARD_INPUT) > 1:
        raise UsageError("Standard input was named twice.", "Name - once.")
    names = _names([Path(name) for name in files])
    spill: Path | None = None
    sources: list[Source] = []
    try:
        for name, shown in zip(files, names, strict=True):
            if name == STANDARD_INPUT:
                spill = Path(tempfile.mkdtemp(prefix="taskdeck-tail-"))
                sources.append(StdinSource(_take_standard_input(), spill / "stdin"))
            else:
                sources.append(FileSource(Path(name), shown, follow=follow))
        yield sources
    finally:
        for source in sources:
            source.log.close()
        if spill is not None:
            shutil.rmtree(spill, ignore_errors=True)


def _names(paths: Sequence[Path]) -> list[str]:
    """What the files are called: their last names, with folders where two would be the same."""
    last = [path.name for path in paths]
    return [printable(str(path) if last.count(path.name) > 1 else path.name or str(path)) for path in paths]


def _check(path: Path, follow: bool) -> None:
    """Raises TaskdeckError for what cannot be followed at all; a file that is not there yet can."""
    shown = printable(str(path))
    if path.is_dir():
        raise UsageError(f"{shown} is a folder.", "Name the files in it.")
    if not path.exists():
        if follow and path.parent.is_dir():
            return
        raise NotFound(f"There is no file {shown}.", "Check the name; - reads standard input.")
    if not os.access(path, os.R_OK):
        raise TaskdeckError(f"{shown} cannot be read: you have no right to.", "Ask its owner, or use sudo.")
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(8)
        for mark, command in _COMPRESSED.items():
            if head.startswith(mark):
                raise UsageError(f"{shown} is compressed.", f"{command} {shown} | taskdeck tail -")


def _take_standard_input() -> int:
    """Standard input as a descriptor of its own. Where a screen is shown, keys come from the terminal."""
    if sys.stdin.isatty():
        raise UsageError("Standard input is the terminal.", "Pipe something in: COMMAND | taskdeck tail -")
    taken = os.dup(0)
    if sys.stdout.isatty():
        try:
            terminal = os.open("/dev/tty", os.O_RDWR)
        except OSError:
            raise UsageError(
                "There is no terminal to take keys from.", "With --plain lines are printed."
            ) from None
        os.dup2(terminal, 0)
        os.close(terminal)
    return taken


def _show(sources: list[Source], follow: bool, words: str, since: float | None) -> int:
    from tui.screens.tail import TailApp

    app = TailApp(sources, follow=follow, filter_words=words, since=since)
    app.run()
    return app.return_code or 0


COMMANDS = {"tail": tail}
