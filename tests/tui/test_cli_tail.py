"""The command tail: lines for programs, a screen for people, and the ends of both."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine, command, in_terminal
from tests.test_imports import loaded

LINES = [
    json.dumps({"ts": "2026-01-01T10:00:00Z", "level": "info", "msg": "began"}),
    "plain [bold]words[/bold] \x1b[31mred\x1b[0m 日本語",
    json.dumps({"ts": "2026-01-01T11:00:00Z", "level": "warn", "msg": "slow"}),
    json.dumps({"ts": "2026-01-01T12:00:00Z", "level": "error", "msg": "broken"}),
]


@pytest.fixture
def log(bare_cli: CommandLine) -> Path:
    """A log of four lines in an empty folder."""
    path = bare_cli.folder / "app.log"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return path


def test_without_a_terminal_it_prints_the_lines_exactly_and_ends(bare_cli: CommandLine, log: Path) -> None:
    done = bare_cli.process("tail", "app.log")
    assert (done.code, done.err) == (0, "")
    assert done.out == log.read_text()


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--lines", "2"], [2, 3]),
        (["-n", "0"], []),
        (["--level", "warning"], [2, 3]),
        (["--level", "info,error"], [0, 1, 3]),
        (["--grep", "plain"], [1]),
        (["--grep", "!plain"], [0, 2, 3]),
        (["--grep", "/b(egan|roken)/"], [0, 3]),
        (["--grep", "o", "--level", "warning", "-n", "1"], [3]),
        (["--since", "2026-01-01T11:00:00+00:00"], [2, 3]),
        (["--since", "1d"], []),
    ],
)
def test_options_choose_lines(
    bare_cli: CommandLine, log: Path, options: list[str], wanted: list[int]
) -> None:
    assert bare_cli("tail", "app.log", *options).out.splitlines() == [LINES[number] for number in wanted]


def test_json_is_one_object_a_line(bare_cli: CommandLine, log: Path) -> None:
    done = bare_cli.process("tail", "--json", "app.log")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [record["text"] for record in records] == LINES
    assert [record["level"] for record in records] == ["info", "info", "warning", "error"]
    assert records[3] | {"text": ""} == {
        "source": "app.log", "line": 4, "time": "2026-01-01T12:00:00.000Z",
        "level": "error", "kind": "", "text": "",
    }  # fmt: skip
    assert "\x1b" not in done.out


def test_standard_input_is_read_to_its_end(bare_cli: CommandLine) -> None:
    text = "one\ntwo\nthree without an end"
    assert bare_cli.process("tail", "-", stdin=text).out == text + "\n"
    assert bare_cli.process("tail", "-", "-n", "1", stdin=text).out == "three without an end\n"


def test_lines_of_several_files_name_their_source(bare_cli: CommandLine, log: Path) -> None:
    (bare_cli.folder / "other.log").write_text("from elsewhere\n")
    out = bare_cli("tail", "app.log", "other.log", "--grep", "/began|elsewhere/").out
    assert sorted(out.splitlines()) == [f"app.log\t{LINES[0]}", "other.log\tfrom elsewhere"]


def test_a_line_longer_than_any_buffer_comes_whole(bare_cli: CommandLine) -> None:
    line = "x" * 3_000_000
    (bare_cli.folder / "long.log").write_text(f"{line}\nshort\n")
    assert bare_cli.process("tail", "long.log").out == f"{line}\nshort\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nothing.log"], 1, "There is no file nothing.log"),
        (["old.log.gz"], 2, "old.log.gz is compressed"),
        (["."], 2, "is a folder"),
        ([], 2, "No file was named."),
        (["app.log", "--level", "loud"], 2, "There is no level loud"),
        (["app.log", "--grep", "/(/"], 2, "is no regular expression"),
        (["app.log", "--since", "someday"], 2, "--since does not understand"),
        (["-", "-"], 2, "named twice"),
    ],
)
def test_what_cannot_be_is_said_in_two_lines(
    bare_cli: CommandLine, log: Path, arguments: list[str], code: int, words: str
) -> None:
    (bare_cli.folder / "old.log.gz").write_bytes(gzip.compress(b"text"))
    done = bare_cli.process("tail", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert len(done.err.splitlines()) <= 2


def _start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*command(), "tail", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture
def following(bare_cli: CommandLine, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command following the log, its first lines read."""
    process = _start(bare_cli.folder, "app.log", "--follow")
    assert process.stdout is not None
    for line in LINES:
        assert process.stdout.readline().decode() == f"{line}\n"
    yield process
    process.kill()
    process.communicate()


def test_what_is_there_is_printed_beside_a_file_that_is_not(bare_cli: CommandLine, log: Path) -> None:
    done = bare_cli("tail", "app.log", "missing.log")
    assert (done.code, done.out.splitlines()) == (1, LINES)
    assert done.err == "There is no file missing.log.\n"
    assert bare_cli("tail", "missing.log", "gone.log").out == ""


def test_grep_counts_to_its_last_space(bare_cli: CommandLine) -> None:
    (bare_cli.folder / "a.log").write_text("ab\na b\nERROR a b\n")
    assert bare_cli("tail", "a.log", "--grep", "a ").out.splitlines() == ["a b", "ERROR a b"]
    assert bare_cli("tail", "a.log", "--grep", "a ", "--level", "error").out.splitlines() == ["ERROR a b"]
    assert bare_cli("tail", "a.log", "--grep", "a level:error").out.splitlines() == ["ERROR a b"]


def test_following_prints_lines_as_they_come_and_ctrl_c_ends_it(
    log: Path, following: subprocess.Popen[bytes]
) -> None:
    assert following.stdout is not None
    with log.open("a") as file:
        for words in ("begun", " and ended\n", "next\n"):
            file.write(words)
            file.flush()
            time.sleep(0.1)  # a line in pieces is printed once, whole
    assert following.stdout.readline() == b"begun and ended\n"
    assert following.stdout.readline() == b"next\n"
    following.send_signal(signal.SIGINT)
    _, said = following.communicate(timeout=30)
    assert following.returncode == 130
    assert said == b"taskdeck: Cancelled.\n"


def test_a_reader_that_goes_away_is_no_error(bare_cli: CommandLine) -> None:
    (bare_cli.folder / "app.log").write_text("words that are many\n" * 200_000)
    for more in ([], ["--json"], ["--follow"]):
        process = _start(bare_cli.folder, "app.log", *more)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0
        process.stderr.close()


def test_a_full_disk_behind_the_output_is_said(bare_cli: CommandLine, log: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as device:
        done = subprocess.run(
            [*command(), "tail", "app.log"],
            cwd=bare_cli.folder,
            stdout=device,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left" in done.stderr


def test_on_a_terminal_it_is_a_screen_and_q_leaves_it(bare_cli: CommandLine, log: Path) -> None:
    code, shown = in_terminal(bare_cli, "tail", "app.log", answer="q", asks="following")
    assert code == 0
    assert "broken" in shown
    assert "\x1b[31mred" not in shown
    assert "\x1b[?1049l" in shown


def test_ctrl_c_on_the_screen_is_130(bare_cli: CommandLine, log: Path) -> None:
    assert in_terminal(bare_cli, "tail", "app.log", answer="\x03", asks="following")[0] == 130


def test_plain_on_a_terminal_prints_what_no_terminal_obeys(bare_cli: CommandLine, log: Path) -> None:
    code, shown = in_terminal(bare_cli, "tail", "--plain", "app.log")
    assert code == 0
    assert "␛[31mred" in shown
    assert "\x1b" not in shown


PIPE = """
import os, sys
os.execvp("sh", ["sh", "-c", 'printf "%s\\\\n" piped lines | "$@" tail -', "sh", *sys.argv[1:]])
"""


def test_standard_input_on_a_screen_leaves_the_keys_to_the_terminal(
    bare_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes import command_line

    ours = command()
    monkeypatch.setattr(command_line, "command", lambda: [sys.executable, "-c", PIPE, *ours])
    (bare_cli.folder / "spill").mkdir()
    spill = {"TMPDIR": str(bare_cli.folder / "spill")}
    code, shown = in_terminal(bare_cli, answer="q", asks="ended", env=spill)
    assert code == 0
    assert "piped" in shown
    assert list((bare_cli.folder / "spill").iterdir()) == []


def test_it_starts_light(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("one\n")
    run = "from tui.cli.boundary import run; assert run(['tail', 'app.log']) == 0"
    assert not loaded(run, tmp_path) & {"textual", "rich", "pydantic", "anthropic", "git", "tomlkit"}
    screen = loaded("import tui.screens.tail", tmp_path)
    assert not screen & {"pydantic", "anthropic", "git", "tomlkit", "watchfiles", "psutil"}
