"""Lines of one file: exact bytes, partial lines, rotation, truncation, removal, giant lines, small memory."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.logs import part, tracking
from core.logs.lines import LineLog
from core.logs.part import BLOCK
from core.logs.writer import LineWriter, times_path


def read_all(log: LineLog) -> None:
    while log.refresh():
        pass


def texts(log: LineLog) -> list[str]:
    return [line.text for line in log.lines(0, log.line_count)]


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def opened(path: Path, data: bytes = b"") -> LineLog:
    if data:
        path.write_bytes(data)
    log = LineLog.open_file(path)
    read_all(log)
    return log


def test_a_line_keeps_its_exact_bytes_and_loses_only_its_end_in_data(path: Path) -> None:
    data = b"plain\r\n\x00nul\x00\n\xff\xfe bad\n" + "grüße 你好\n".encode() + b"\n\rinner\rreturn\nlast"
    log = opened(path, data)
    lines = log.lines(0, 99)
    assert [line.data for line in lines] == [
        b"plain",
        b"\x00nul\x00",
        b"\xff\xfe bad",
        "grüße 你好".encode(),
        b"",
        b"\rinner\rreturn",
        b"last",
    ]
    assert b"".join(log.raw(number) for number in range(log.line_count)) == data
    assert lines[2].text == "\ufffd\ufffd bad"
    assert log.byte_count == len(data)


def test_a_partial_last_line_is_seen_at_once_and_completes_under_its_number(path: Path) -> None:
    log = opened(path, b"one\ntw")
    assert texts(log) == ["one", "tw"]
    assert log.open_line == 1
    version = log.version
    append(path, b"o\nthree\n")
    read_all(log)
    assert texts(log) == ["one", "two", "three"]
    assert log.open_line is None
    assert log.version > version


def test_a_character_split_between_two_writes_is_read_whole(path: Path) -> None:
    character = "你".encode()
    log = opened(path, b"a " + character[:2])
    append(path, character[2:] + b"\n")
    read_all(log)
    assert texts(log) == ["a 你"]


def test_a_file_that_does_not_exist_yet_is_read_when_it_comes(path: Path) -> None:
    log = opened(path)
    assert log.line_count == 0
    assert "does not exist yet" in log.trouble
    path.write_bytes(b"here\n")
    assert log.refresh()
    assert texts(log) == ["here"]
    assert log.trouble == ""


def test_a_file_in_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    log = opened(tmp_path / "later" / "app.log")
    assert "does not exist yet" in log.trouble
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "app.log").write_bytes(b"x\n")
    read_all(log)
    assert texts(log) == ["x"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so_and_is_read_once_allowed(path: Path) -> None:
    path.write_bytes(b"secret\n")
    path.chmod(0)
    log = opened(path)
    assert "permission denied" in log.trouble
    path.chmod(0o600)
    read_all(log)
    assert texts(log) == ["secret"]


def test_an_error_of_the_file_system_is_said_and_does_not_raise(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    log = opened(loop)
    assert "cannot be read" in log.trouble


def test_a_folder_is_hopeless(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert log.hopeless
    assert "folder" in log.trouble


def test_a_rotated_file_goes_on_and_its_old_lines_stay(path: Path) -> None:
    log = opened(path, b"old 1\nold 2\n")
    append(path, b"old 3\n")  # not looked at before the rename
    path.rename(path.with_name("app.log.1"))
    path.write_bytes(b"new 1\n")
    read_all(log)
    assert texts(log) == ["old 1", "old 2", "old 3", "new 1"]
    path.with_name("app.log.1").unlink()
    assert log.raw(0) == b"old 1\n"


def test_late_lines_to_the_renamed_file_are_not_lost(path: Path) -> None:
    log = opened(path, b"old 1\n")
    with path.open("ab") as writer:
        path.rename(path.with_name("app.log.1"))
        path.write_bytes(b"new 1\n")
        read_all(log)
        writer.write(b"late\nunfin")
        writer.flush()
        read_all(log)
        append(path, b"new 2\n")
        read_all(log)
        writer.write(b"ished\n")
        writer.flush()
        read_all(log)
    append(path, b"new 3\n")
    read_all(log)
    assert texts(log) == ["old 1", "new 1", "late", "new 2", "unfinished", "new 3"]


def test_a_renamed_file_may_finish_its_line_before_the_new_one_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "_FINISH_LINE", 3600.0)
    log = opened(path, b"half")
    with path.open("ab") as writer:
        path.rename(path.with_name("app.log.1"))
        path.write_bytes(b"new\n")
        read_all(log)
        assert texts(log) == ["half"]
        writer.write(b" whole\n")
    read_all(log)
    assert texts(log) == ["half whole", "new"]


def test_a_renamed_file_that_never_finishes_its_line_does_not_hold_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "_FINISH_LINE", 0.0)
    log = opened(path, b"half")
    path.rename(path.with_name("app.log.1"))
    path.write_bytes(b"new\n")
    read_all(log)
    read_all(log)
    assert texts(log) == ["half", "new"]


def test_copytruncate_keeps_the_old_lines_through_the_copy(path: Path) -> None:
    log = opened(path, b"".join(b"old %d\n" % n for n in range(1000)))
    shutil.copy(path, path.with_name("app.log.1"))
    os.truncate(path, 0)
    append(path, b"new\n")
    read_all(log)
    assert log.line_count == 1001
    assert log.lines(0, 1)[0].text == "old 0"
    assert log.raw(999) == b"old 999\n"
    assert log.lines(1000, 1)[0].text == "new"


def test_a_truncated_file_without_a_copy_says_which_lines_are_gone(path: Path) -> None:
    log = opened(path, b"old 1\nold 2\n")
    path.with_name("app.log.other").write_bytes(b"odd 1\nodd 2\nodd 3\n")
    path.write_bytes(b"new\n")
    read_all(log)
    lines = log.lines(0, 9)
    assert [line.gone for line in lines] == [True, True, False]
    assert lines[2].text == "new"
    assert log.raw(0) == b""


def test_a_file_written_over_with_more_than_before_is_not_read_on_in_the_middle(path: Path) -> None:
    log = opened(path, b"old 1\nold 2\n")
    with path.open("r+b") as file:
        file.truncate()
        file.write(b"new content, longer than the old was\nand more\n")
    read_all(log)
    assert [line.text for line in log.lines(0, 9) if not line.gone] == [
        "new content, longer than the old was",
        "and more",
    ]


def test_a_file_written_over_in_the_same_size_is_noticed(path: Path) -> None:
    log = opened(path, b"aaaa\nbbbb\n")
    path.write_bytes(b"cccc\ndddd\n")
    os.utime(path, ns=(1, 1))
    read_all(log)
    assert [line.gone for line in log.lines(0, 9)] == [True, True, False, False]
    assert [line.text for line in log.lines(2, 9)] == ["cccc", "dddd"]


def test_a_removed_file_stays_readable_and_goes_on_when_it_comes_back(path: Path) -> None:
    log = opened(path, b"one\n")
    path.unlink()
    read_all(log)
    assert "was removed" in log.trouble
    assert texts(log) == ["one"]
    path.write_bytes(b"two\n")
    read_all(log)
    assert texts(log) == ["one", "two"]
    assert log.trouble == ""


def test_many_rotations_keep_a_bounded_number_of_files_open(path: Path) -> None:
    log = opened(path, b"0\n")
    for number in range(1, 60):
        path.unlink()
        path.write_bytes(b"%d\n" % number)
        read_all(log)
    open_files = [name for name in Path("/proc/self/fd").iterdir() if str(path) in _target(name)]
    lines = log.lines(0, 99)
    assert [line.text for line in lines if not line.gone] == [str(number) for number in range(28, 60)]
    assert len(lines) == 60
    assert len(open_files) <= 32


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def test_a_line_of_100_mb_costs_only_the_prefix_asked_for(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"before\n")
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"end\r\nafter\n")
    log = opened(path)
    tracemalloc.start()
    try:
        lines = log.lines(0, 3, limit=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [line.size for line in lines] == [6, (100 << 20) + 3, 5]
    assert lines[1].cut
    assert len(lines[1].data) == 1000
    assert lines[2].text == "after"
    assert peak < 4 << 20
    assert sum(len(piece) for piece in log.pieces(1)) == (100 << 20) + 5
    path.unlink()


def test_the_index_of_many_lines_takes_little_memory(path: Path) -> None:
    with path.open("wb") as file:
        block = b"".join(b"%063d\n" % number for number in range(16_384))
        for _ in range(64):
            file.write(block)
    tracemalloc.start()
    try:
        log = opened(path)
        assert log.line_count == 1 << 20
        assert log.lines(777_777, 1)[0].data == b"%063d" % (777_777 % 16_384)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1 << 20
    assert peak < 6 << 20
    path.unlink()


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\n", b"\r\n", b"\n\n", b"a", b"\x00", "你\n".encode(), b"x" * 300 + b"\n"]),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(PIECES, st.integers(16, 64), st.integers(1, 400))
def test_whatever_is_written_in_whatever_pieces_is_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], block: int, limit: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "app.log"
    path.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, "BLOCK", block)  # many blocks in little data
        log = opened(path)
        for piece in pieces:
            append(path, piece)
            read_all(log)
            log.lines(max(0, log.line_count - 2), 2)
        data = b"".join(pieces)
        wanted = data.split(b"\n")
        ended = [line + b"\n" for line in wanted[:-1]] + ([wanted[-1]] if wanted[-1] else [])
        assert [log.raw(number) for number in range(log.line_count)] == ended
        assert b"".join(chunk.data for chunk in log.scan(0, log.line_count)) == data
        for number, line in enumerate(log.lines(0, 999, limit)):
            whole = ended[number].removesuffix(b"\n")
            whole = whole.removesuffix(b"\r") if ended[number].endswith(b"\r\n") else whole
            assert (line.number, line.data, line.size) == (number, whole[:limit], len(whole))
        log.close()


def test_lines_across_block_ends(path: Path) -> None:
    data = b"".join(b"%07d %s\n" % (number, b"y" * (number % 200)) for number in range(20_000))
    assert len(data) > 6 * BLOCK
    log = opened(path, data)
    wanted = data.split(b"\n")
    for first in range(0, 20_000, 997):
        assert [line.data for line in log.lines(first, 50)] == wanted[first : first + 50][: 20_000 - first]


def test_spilled_lines_have_the_time_they_arrived(path: Path) -> None:
    with LineWriter(path) as writer:
        writer.write(b"one\ntw", 1000.5)
        writer.write(b"o\n", 1001.0)
        writer.write(b"2026-01-01T00:00:00Z three\n\nfive", 1002.25)
    log = LineLog.open_file(path, times=times_path(path))
    read_all(log)
    assert [(line.text, line.time) for line in log.lines(0, 9)] == [
        ("one", 1000.5),
        ("two", 1000.5),
        ("2026-01-01T00:00:00Z three", 1002.25),
        ("", 1002.25),
        ("five", 1002.25),
    ]
    assert log.times(1, 4) == [1000.5, 1002.25, 1002.25]


def test_a_writer_that_comes_back_goes_on_with_lines_and_times(path: Path) -> None:
    with LineWriter(path) as writer:
        writer.write(b"one\nhalf", 1.0)
    with times_path(path).open("ab") as file:
        file.write(b"\x01\x02\x03")  # killed while it wrote a time
    with LineWriter(path) as writer:
        assert writer.line_count == 2
        writer.write(b" whole\nthree\n", 3.0)
    log = LineLog.open_file(path, times=times_path(path))
    read_all(log)
    assert [(line.text, line.time) for line in log.lines(0, 9)] == [
        ("one", 1.0),
        ("half whole", 1.0),
        ("three", 3.0),
    ]


def test_a_writer_whose_times_were_lost_keeps_later_lines_at_their_own_times(path: Path) -> None:
    with LineWriter(path) as writer:
        writer.write(b"one\ntwo\n", 1.0)
    os.truncate(times_path(path), 8)
    os.utime(path, (50, 50))
    with LineWriter(path) as writer:
        writer.write(b"three\n", 3.0)
    log = LineLog.open_file(path, times=times_path(path))
    read_all(log)
    assert [line.time for line in log.lines(0, 9)] == [1.0, 50.0, 3.0]


def test_a_spill_is_readable_by_its_owner_only(path: Path) -> None:
    LineWriter(path).close()
    assert path.stat().st_mode & 0o077 == 0
    assert times_path(path).stat().st_mode & 0o077 == 0


def test_a_log_at_rest_is_read_like_any_other_without_a_file_left_open(path: Path) -> None:
    with LineWriter(path) as writer:
        writer.write(b"one\ntwo\n", 1000.5)
    log = LineLog.open_file(path, times=times_path(path))
    before = psutil.Process().num_fds()
    log.refresh()
    assert log.lines(0, 9)[1].time == 1000.5
    log.rest()
    assert psutil.Process().num_fds() == before
    assert [(line.text, line.time) for line in log.lines(0, 9)] == [("one", 1000.5), ("two", 1000.5)]
    assert log.raw(0) == b"one\n"
    assert log.times(0, 2) == [1000.5, 1000.5]
    append(path, b"three\n")
    read_all(log)
    assert texts(log) == ["one", "two", "three"]
    assert psutil.Process().num_fds() == before
    log.close()
    assert log.raw(0) == b""


def test_a_log_at_rest_never_shows_another_file_for_its_own(path: Path) -> None:
    log = opened(path, b"mine\n")
    log.rest()
    (path.parent / "other").write_bytes(b"else\n")
    (path.parent / "other").replace(path)
    assert log.raw(0) == b""
    assert log.lines(0, 1)[0].gone
    path.unlink()
    assert log.raw(0) == b""


def test_a_file_that_was_renamed_away_stays_open_at_rest(path: Path) -> None:
    log = opened(path, b"mine\n")
    path.rename(path.parent / "app.log.1")
    log.rest()
    assert log.raw(0) == b"mine\n"
    log.close()
