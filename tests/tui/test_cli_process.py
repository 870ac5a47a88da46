"""The command as a process: exit codes, broken pipes, Ctrl-C, terminals and their questions, faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from core.plain_text import cell_width
from core.tasks.storage import writer
from tests.fakes.command_line import TASKS, CommandLine, command, in_terminal, make_project
from tui.cli.invocation import Invocation

ROOT = Path(__file__).resolve().parents[2]


def test_exit_codes_and_streams(cli: CommandLine) -> None:
    assert cli.process("list").code == 0
    missing = cli.process("show", "99", "--json")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("taskdeck: There is no task 99")
    assert cli.process("set-status", "4", "nonsense").code == 2
    cli.file.write_text("{")
    refused = cli.process("list", "--json")
    assert (refused.code, refused.out) == (3, "")
    assert len(refused.err.splitlines()) == 2


def test_the_installed_console_script_is_this_command(cli: CommandLine) -> None:
    script = Path(command()[0]).with_name("taskdeck")
    if not script.is_file():
        pytest.skip("the package is not installed in this environment")
    done = subprocess.run([script, "next", "--json"], cwd=cli.folder, capture_output=True, check=True)
    assert json.loads(done.stdout)["task"]["id"] == "2.2"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [{"id": number, "title": "x" * 80, "status": "pending"} for number in range(20_000)]
    cli = CommandLine(make_project(tmp_path / "large", {"master": {"tasks": tasks}}), monkeypatch)
    for arguments in (["list"], ["list", "--json"], ["list", "--compact"]):
        process = subprocess.Popen(
            [*command(), *arguments], cwd=cli.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0
        process.stderr.close()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", ["list --json", "remove-task 5", "show 99"])
def test_closed_streams_are_no_fault(cli: CommandLine, closed: str, arguments: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {arguments} {closed}', "sh", *command()],
        cwd=cli.folder, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == (1 if "99" in arguments else 0)
    assert b"fault" not in done.stderr


def test_the_app_opens_and_q_leaves_it(cli: CommandLine) -> None:
    for arguments in ([], [str(cli.file)], ["--tag", "later"]):
        code, shown = in_terminal(
            cli, *arguments, answer="q", asks="Some day" if "--tag" in arguments else "Service"
        )
        assert code == 0
        assert "\x1b[?1049l" in shown  # the screen that was there before is back


def test_a_full_disk_behind_the_output_is_said(cli: CommandLine) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as device:
        done = subprocess.run(
            [*command(), "list"], cwd=cli.folder, stdout=device, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


def test_ctrl_c_ends_with_130_and_without_a_traceback(cli: CommandLine) -> None:
    process = subprocess.Popen(
        [*command(), "edit", "4", "--details", "-"], cwd=cli.folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    before = cli.text
    status = Path(f"/proc/{process.pid}/wchan")
    # It is interrupted when it waits for standard input: until then it has not begun.
    _wait_until_it_reads(process.pid) if status.exists() else time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err) == (b"", b"taskdeck: Cancelled.\n")
    assert cli.text == before


def _wait_until_it_reads(pid: int) -> None:
    """Until the process has imported the command's module and waits for standard input."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        called = Path(f"/proc/{pid}/syscall")
        try:
            words = called.read_text().split()
        except OSError:
            time.sleep(1)
            return
        if words[:2] == ["0", "0x0"]:  # read(0, ...)
            return
        time.sleep(0.02)


def test_a_fault_of_our_own_is_one_sentence_and_a_file(cli: CommandLine) -> None:
    breaking = command()[-1].replace(
        "from tui.__main__", "import tui.cli.reading as r; r.printable = None; from tui.__main__"
    )
    done = subprocess.run(
        [*command()[:-1], breaking, "list"], cwd=cli.folder, capture_output=True, check=False
    )
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "Traceback" not in said
    assert "fault of Taskdeck itself" in said
    path = Path(said.split("The details are in ")[1].split(";")[0])
    assert "Traceback" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_colours_only_on_a_terminal_that_wants_them(cli: CommandLine) -> None:
    code, shown = in_terminal(cli, "list")
    assert code == 0
    assert "\x1b[32m✓ done" in shown
    assert "\x1b[" not in in_terminal(cli, "list", "--no-color")[1]
    assert "\x1b[" not in in_terminal(cli, "list", env={"NO_COLOR": "1"})[1]
    assert "\x1b[" not in in_terminal(cli, "list", env={"TERM": "dumb"})[1]
    assert "\x1b[" not in cli.process("list").out


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_tables_fit_the_terminal(cli: CommandLine, columns: int) -> None:
    cli("edit", "4", "--title", "日本語のとても長いタイトル " * 6)
    shown = in_terminal(cli, "list", "--no-header", "--no-color", columns=columns)[1]
    widest = max(cell_width(line.rstrip("\r")) for line in shown.split("\n"))
    assert widest <= columns
    assert "…" in shown or columns == 200


def test_removing_asks_on_a_terminal_only(cli: CommandLine) -> None:
    before = cli.text
    code, shown = in_terminal(cli, "remove-task", "2", answer="n\n")
    assert code == 130
    assert "Remove 2 Database schema with 3 subtasks?" in shown
    assert cli.text == before
    assert in_terminal(cli, "remove-task", "2", answer="y\n")[0] == 0
    assert [task["id"] for task in cli.data["master"]["tasks"]] == [1, 3, 4, 5]
    assert in_terminal(cli, "remove-task", "3", "--yes")[0] == 0


def test_parse_prd_asks_what_to_do_with_the_tasks_that_are_there(cli: CommandLine) -> None:
    (cli.folder / "prd.md").write_text(
        "# P\n\n## Features\n\n### Export\n- The tool must export tasks as CSV.\n"
    )
    before = cli.text
    code, shown = in_terminal(cli, "parse-prd", "prd.md", answer="cancel\n")
    assert code == 130
    assert "5 tasks already" in shown
    assert cli.text == before
    assert in_terminal(cli, "parse-prd", "prd.md", answer="append\n")[0] == 0
    assert len(cli.data["master"]["tasks"]) > 5


def test_many_processes_lose_no_edit(cli: CommandLine) -> None:
    processes = [
        subprocess.Popen([*command(), "set-status", key, "review"], cwd=cli.folder, stdout=subprocess.DEVNULL)
        for key in ("1", "2.1", "2.2", "2.3", "3", "4", "5")
    ]
    assert [process.wait(60) for process in processes] == [0] * 7
    assert all(cli.task(key)["status"] == "review" for key in ("1", "2.1", "2.2", "2.3", "3", "4", "5"))


AS_SOMEBODY_ELSE = """
import importlib, os, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import core.tasks, tui.cli.boundary, tui.cli.fields, tui.cli.group, tui.cli.reading
for module in pkgutil.walk_packages(core.tasks.__path__, "core.tasks."):
    importlib.import_module(module.name)  # the rights to read the code are given up next
os.getuid() or os.setuid(65534)
sys.exit(tui.cli.boundary.run(sys.argv[2:]))
"""


def test_a_folder_that_cannot_be_written_is_said_and_stays_as_it_was() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        root = Path(folder)
        make_project(root / "project")
        (root / "own").mkdir()
        (root / "own").chmod(0o777)
        for path in (root, root / "project", root / "project/.taskmaster"):
            path.chmod(0o755)
        tasks = root / "project" / TASKS
        tasks.parent.chmod(0o555)
        before = tasks.read_bytes()
        done = subprocess.run(
            [sys.executable, "-c", AS_SOMEBODY_ELSE, str(ROOT), "set-status", "3", "done"],
            cwd=root / "project",
            env=os.environ
            | dict.fromkeys(("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"), str(root / "own")),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        tasks.parent.chmod(0o755)
        assert "Traceback" not in done.stderr
        assert tasks.read_bytes() == before
        assert [path.name for path in tasks.parent.iterdir()] == [tasks.name]
        assert done.returncode == 1
        assert "you have no right to write" in done.stderr
        assert len(done.stderr.splitlines()) <= 2


def test_an_edit_whose_result_cannot_be_written_is_said_to_be_done(cli: CommandLine) -> None:
    with Path("/dev/full").open("wb") as full:
        for arguments in (["set-status", "3", "done"], ["set-status", "4", "done", "--json"]):
            done = subprocess.run(
                [*command(), *arguments], cwd=cli.folder, stdout=full, stderr=subprocess.PIPE, check=False
            )
            assert done.returncode == 1
            said = done.stderr.decode()
            assert "The edit was done, but standard output could not be written" in said
            assert "Traceback" not in said
            assert "Exception" not in said
        read = subprocess.run(
            [*command(), "list"], cwd=cli.folder, stdout=full, stderr=subprocess.PIPE, check=False
        )
        assert read.returncode == 1
        assert b"edit was done" not in read.stderr
        assert b"Standard output could not be written" in read.stderr
    assert [cli.task(key)["status"] for key in "34"] == ["done", "done"]


def test_a_long_wait_for_another_writer_is_told_on_standard_error(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = cli.file.with_name(f"{cli.file.name}.lock")
    lock.mkdir()

    def note(_: Invocation, line: str) -> None:
        told.append(line)
        lock.rmdir()  # the other program ends as soon as somebody waits for it

    told: list[str] = []
    monkeypatch.setattr(writer, "_PATIENCE", 0.05)
    monkeypatch.setattr(Invocation, "note", note)
    assert cli("set-status", "3", "done").code == 0
    assert [line[:7] for line in told] == ["Waiting"]
    assert cli.task("3")["status"] == "done"
