"""What surrounds every command: exit codes, plain errors, an interrupted or broken-off run."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from collections.abc import Sequence

import click

from core.errors import TaskdeckError
from core.plain_text import printable
from core.secrets import redact
from tui.cli.output import flush_output

COMPLETE_VARIABLE = "_TASKDECK_COMPLETE"


def run(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name and return the exit code.

    0 done, 1 not done, 2 wrong usage, 3 refused to protect data, 130 cancelled.
    """
    _open_missing_streams()
    try:
        code = _dispatch(arguments)
        flush_output()
        return code
    except BrokenPipeError:
        return _reader_is_gone()
    except BaseException as error:
        return _explain(error, arguments)


def long_running() -> None:
    """The command that calls this stays a while: collect garbage again (`tui.__main__` switched it off)."""
    gc.enable()


def _open_missing_streams() -> None:
    """`taskdeck list >&-`: Python leaves a stream that was closed by the caller as None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, mode), "utf-8"))


def _dispatch(arguments: Sequence[str]) -> int:
    from tui.cli.group import root

    if instruction := os.environ.get(COMPLETE_VARIABLE):
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, "taskdeck", COMPLETE_VARIABLE, instruction)
    with root.make_context("taskdeck", list(arguments)) as context:
        result = root.invoke(context)
    return result if isinstance(result, int) else 0


def _explain(error: BaseException, arguments: Sequence[str]) -> int:
    match error:
        case TaskdeckError():
            return _say(error.message, error.hint, error.exit_code)
        case click.exceptions.Exit():
            return error.exit_code
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case click.exceptions.Abort() | KeyboardInterrupt() | EOFError():
            return _say("Cancelled.", "", 130)
        case click.exceptions.NoArgsIsHelpError():
            print(error.format_message(), file=sys.stderr)
            return 2
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "taskdeck"
            return _say(error.format_message(), f"`{command} --help` shows how it is used.", 2)
        case click.ClickException():
            return _say(error.format_message(), "", error.exit_code)
        case MemoryError():
            return _say("There is not enough memory for this.", "", 1)
        case OSError():
            return _say(_os_error(error), "", 1)
        case _:
            return _crash(error, arguments)


def _os_error(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _say(message: str, hint: str, code: int) -> int:
    """Write the reason to standard error, the hint on a line of its own."""
    lines = [f"taskdeck: {printable(redact(message))}"] + ([f"  {printable(redact(hint))}"] if hint else [])
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _drop_output()
    # Where nobody is left to read it, the exit code still says it.
    with contextlib.suppress(OSError, ValueError):
        print("\n".join(lines), file=sys.stderr, flush=True)
    return code


def _reader_is_gone() -> int:
    """`taskdeck list | head`: the reader had enough, which is not our failure."""
    _drop_output()
    return 0


def _drop_output() -> None:
    """Let what is still to be written go nowhere; else Python complains of it when the process ends."""
    with contextlib.suppress(OSError, ValueError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())


def _crash(error: BaseException, arguments: Sequence[str]) -> int:
    from core.crash_file import write_crash_file

    where = write_crash_file(error, arguments)
    hint = f"The details are in {where}" if where else "The details could not be written anywhere"
    return _say(
        f"This is a fault of Taskdeck itself ({type(error).__name__}); your files are as the last finished "
        "edit left them.",
        f"{hint}; please report it with that file.",
        1,
    )
