"""Filter and search: what they find, live, in slices, cancellable; lines saved and copied exactly."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, Refused, UsageError
from core.logs import lines, scan
from core.logs.export import export, raw_text
from core.logs.facts import LineFacts, plain_reader
from core.logs.feed import Feed
from core.logs.filter import Filter, Filtered
from core.logs.line import Line
from core.logs.lines import LineLog
from core.logs.search import Search

MakeFeed = Callable[..., Feed]


def feed_of(folder: Path, *logs: bytes) -> Feed:
    feed = Feed()
    for number, data in enumerate(logs):
        path = folder / f"log{number}"
        path.write_bytes(data)
        log = LineLog.open_file(path)
        while log.refresh():
            pass
        feed.add(log)
    while feed.advance():
        pass
    return feed


@pytest.fixture
def make_feed(tmp_path: Path) -> MakeFeed:
    return lambda *logs: feed_of(tmp_path, *logs)


def write(feed: Feed, data: bytes, log: int = 0) -> None:
    with feed.logs[log].path.open("ab") as file:
        file.write(data)
    while feed.logs[log].refresh():
        pass
    while feed.advance():
        pass


def shown(feed: Feed, wanted: Filter) -> list[str]:
    filtered = Filtered(feed, wanted)
    while filtered.advance():
        pass
    assert filtered.done
    return [line.text for line in filtered.rows(0, filtered.count)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("error", ["an Error", "ERROR 5"]),
        ("Error", ["an Error"]),
        ("!error", ["fine", "GRÜN 你好"]),
        ("/^an|5$/", ["an Error", "ERROR 5"]),
        ("!/^an|5$/", ["fine", "GRÜN 你好"]),
        ("grün", ["GRÜN 你好"]),
        ("/^.{7}$/", ["ERROR 5", "GRÜN 你好"]),
        (r"/\w+ 你/", ["GRÜN 你好"]),
        ("好", ["GRÜN 你好"]),
        ("", ["fine", "an Error", "ERROR 5", "GRÜN 你好"]),
    ],
)
def test_what_a_person_types_finds(make_feed: MakeFeed, words: str, found: list[str]) -> None:
    feed = make_feed("fine\nan Error\r\nERROR 5\nGRÜN 你好\n".encode())
    assert shown(feed, Filter.parse(words)) == found


def test_anchors_hold_for_each_line_of_plain_ascii(make_feed: MakeFeed) -> None:
    feed = make_feed(b"xE 5\r\nE 5 \r\nE 5\r\n", b"xE\nE\n")
    assert shown(feed, Filter("5$", regex=True, sources=frozenset({"log0"}))) == ["xE 5", "E 5"]
    assert shown(feed, Filter(r"\AE\Z", regex=True)) == ["E"]


def test_what_is_found_in_several_logs_stands_in_the_order_of_the_feed(make_feed: MakeFeed) -> None:
    feed = make_feed(
        *(b"".join(b"%d x\n" % (1_700_000_000 + n) for n in range(log, 40, 3)) for log in range(3))
    )
    assert shown(feed, Filter("x")) == [f"{1_700_000_000 + n} x" for n in range(40)]


def test_a_bad_expression_and_an_unknown_level_are_said() -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        Filter.parse("/a(b/")
    with pytest.raises(UsageError, match="no level"):
        Filter.parse("", levels=frozenset({"loud"}))


LINES = st.lists(
    st.one_of(
        st.text("ab\\ E1é", max_size=8).map(str.encode),
        st.binary(max_size=6).filter(lambda data: b"\n" not in data and not data.endswith(b"\r")),
    ),
    max_size=40,
)
PATTERNS = st.sampled_from(
    [
        "a",
        "^a",
        "a$",
        "a.*b",
        "[^a]b",
        r"\s",
        r"a\s*b",
        "b|1",
        "(?s)a.+b",
        "a*",
        r"\bE",
        "é",
        r"a(?!b)",
        r"\AE",
    ]
)


@example([b"\x1c"], r"\s", False, False, 8)
@settings(deadline=None)
@given(LINES, PATTERNS, st.booleans(), st.booleans(), st.integers(8, 64))
def test_an_expression_finds_the_same_lines_as_asking_each_by_itself(
    tmp_path_factory: pytest.TempPathFactory,
    data: list[bytes],
    pattern: str,
    ignore_case: bool,
    inverse: bool,
    chunk: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK", chunk)
        feed = feed_of(tmp_path_factory.mktemp("log"), b"".join(line + b"\n" for line in data))
        filtered = Filtered(feed, Filter(pattern, regex=True, ignore_case=ignore_case, inverse=inverse))
        while filtered.advance():
            pass
        asked = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
        wanted = [
            number
            for number, line in enumerate(data)
            if len(line) < chunk and bool(asked.search(line.decode("utf-8", "replace"))) != inverse
        ]
        found = [row for row in filtered.feed_rows(0, 999) if len(data[row]) < chunk]
        assert found == wanted
        feed.close()


@settings(deadline=None)
@given(
    st.lists(LINES, min_size=1, max_size=3), st.sampled_from(["a", "ab", "E", "é", "\\", "e1"]), st.booleans()
)
def test_a_text_finds_the_same_rows_in_any_slices(
    tmp_path_factory: pytest.TempPathFactory, logs: list[list[bytes]], text: str, ignore_case: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_START", 5)
        feed = feed_of(tmp_path_factory.mktemp("log"), *(b"".join(x + b"\n" for x in log) for log in logs))
        search = Search(feed, Filter(text, ignore_case=ignore_case))
        while search.advance(0.0):
            pass
        wanted: list[int] = []
        for row, line in enumerate(feed.rows(0, feed.count)):
            held = line.text.lower() if ignore_case else line.text
            if (text.lower() if ignore_case else text) in held:
                wanted.append(row)
        assert [row for row in range(feed.count) if search.is_marked(row)] == wanted
        assert search.count == len(wanted)
        feed.close()


def test_a_filter_goes_on_as_lines_arrive(make_feed: MakeFeed) -> None:
    feed = make_feed(b"error 1\nfine\n", b"error 2\n")
    filtered = Filtered(feed, Filter.parse("error"))
    filtered.advance()
    version = filtered.version
    write(feed, b"error 3\nfine\n", log=1)
    assert not filtered.done
    filtered.advance()
    assert filtered.done
    assert filtered.version > version
    assert [line.text for line in filtered.rows(0, 9)] == ["error 1", "error 2", "error 3"]
    assert filtered.feed_rows(0, 9) == [0, 2, 3]
    assert filtered.position_of(2) == 1


def test_an_unfinished_line_comes_and_goes_as_it_grows(make_feed: MakeFeed) -> None:
    feed = make_feed(b"one\nerr")
    hit, miss = Filtered(feed, Filter.parse("error")), Filtered(feed, Filter.parse("!error"))
    for filtered in (hit, miss):
        filtered.advance()
    assert (hit.count, miss.count) == (0, 2)
    write(feed, b"or")
    for filtered in (hit, miss):
        filtered.advance()
    assert (hit.count, miss.count) == (1, 1)
    write(feed, b"\nnext\n")
    for filtered in (hit, miss):
        filtered.advance()
    assert hit.feed_rows(0, 9) == [1]
    assert miss.feed_rows(0, 9) == [0, 2]


def test_levels_kinds_and_sources_go_through_the_reader(make_feed: MakeFeed) -> None:
    feed = make_feed(
        b'{"level":"error","msg":"broken"}\r\nINFO fine\nERROR bad\n{"level":50,"msg":"pino"}\n', b"ERROR b\n"
    )
    errors = frozenset({"error"})
    assert shown(feed, Filter(levels=errors, sources=frozenset({"log0"}))) == [
        '{"level":"error","msg":"broken"}',
        "ERROR bad",
        '{"level":50,"msg":"pino"}',
    ]
    assert shown(feed, Filter("b", levels=errors, sources=frozenset({"log1"}))) == ["ERROR b"]

    def reader(line: Line) -> LineFacts:
        return LineFacts("info", "tool" if b"fine" in line.data else "")

    filtered = Filtered(feed, Filter(kinds=frozenset({"tool"})), reader)
    filtered.advance()
    assert [line.text for line in filtered.rows(0, 9)] == ["INFO fine"]


@pytest.mark.parametrize("level", ["warning", "error"])
def test_the_hint_of_the_plain_reader_hides_no_line_of_its_level(make_feed: MakeFeed, level: str) -> None:
    words = ["trace", "debug", "info", "notice", "warn", "warning", "error", "err", "fatal", "critical"]
    words += ["crit", "alert", "emergency", "emerg", "panic", "severe", "dpanic"]
    data = [f'{{"severity":"{word}","msg":"x"}}' for word in words]
    data += [f'{{"LEVEL":"{word}","lvl": "{word.upper()}","message":"x"}}' for word in words]
    data += [f'{{"level":{number},"msg":"x"}}' for number in range(10, 70, 5)]
    data += [f"{word.upper()} x" for word in words] + [f"[{word}] x" for word in words]
    data += [f"{letter}1123 13:25:00.123456  1 main.go:12] x" for letter in "IWEF"]
    data += ["Traceback (most recent call last):", "Exception in thread main"]
    feed = make_feed("".join(line + "\n" for line in data).encode())
    rows = feed.rows(0, feed.count)
    wanted = [line.text for line in rows if plain_reader(line).level == level]
    assert len(wanted) > 5
    assert shown(feed, Filter(levels=frozenset({level}))) == wanted


def test_a_text_at_the_end_of_a_100_mb_line_is_found(make_feed: MakeFeed, tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * ((1 << 20) - 1))
            file.write(b" ")
        file.write(b"needle\nother\n")
    log = LineLog.open_file(tmp_path / "big")
    while log.refresh():
        pass
    feed = Feed([log])
    feed.advance()
    for wanted in (Filter("needle"), Filter("n[e]+dle", regex=True), Filter("x needle", ignore_case=False)):
        search = Search(feed, wanted)
        while search.advance():
            pass
        assert (search.next_after(-1), search.count) == (0, 1)
    assert [row.text for row in feed.rows(1, 1)] == ["other"]
    (tmp_path / "big").unlink()


def test_marks_are_walked_forward_and_back(make_feed: MakeFeed) -> None:
    feed = make_feed(b"x\ny\nx\ny\nx\n")
    search = Search(feed, Filter("x"))
    search.advance()
    assert [search.next_after(row) for row in (-1, 0, 2, 4)] == [0, 2, 4, None]
    assert [search.next_after(row, -1) for row in (5, 4, 2, 0)] == [4, 2, 0, None]
    assert [search.position_of(row) for row in range(5)] == [1, 1, 2, 2, 3]
    assert (search.scanned, search.total) == (5, 5)


def test_where_in_a_line_the_text_stands(make_feed: MakeFeed) -> None:
    feed = make_feed(b"")
    assert Search(feed, Filter("ab")).spans(b"xABxab") == [(1, 3), (4, 6)]
    data = "é你ab\ufffdab".encode() + b"\xffab\xe4\xbd ab"
    spans = Search(feed, Filter("ab|é", regex=True)).spans(data)
    assert [data[start:end] for start, end in spans] == ["é".encode(), b"ab", b"ab", b"ab", b"ab"]
    assert Search(feed, Filter("x*", regex=True)).spans(b"axb") == [(1, 2)]
    assert Search(feed, Filter("a", inverse=True)).spans(b"a") == []


def test_a_scan_works_in_slices_and_ends_when_cancelled(make_feed: MakeFeed) -> None:
    feed = make_feed(b"".join(b"line %d\n" % number for number in range(200_000)))
    search = Search(feed, Filter("9999"))
    assert search.advance(0.0)
    assert 0 < search.scanned < search.total
    search.cancel()
    scanned = search.scanned
    assert not search.advance()
    assert (search.scanned, search.done) == (scanned, False)


def test_a_cancel_ends_a_slice_that_is_under_way(make_feed: MakeFeed) -> None:
    feed = make_feed(b"".join(b"line %d\n" % number for number in range(50_000)))
    reached, go_on = threading.Event(), threading.Event()

    def reader(line: Line) -> LineFacts:
        reached.set()
        go_on.wait(30)
        return LineFacts("error")

    filtered = Filtered(feed, Filter(levels=frozenset({"error"})), reader)
    thread = threading.Thread(target=filtered.advance, args=(3600.0,))
    thread.start()
    reached.wait(30)
    filtered.cancel()
    go_on.set()
    thread.join(30)
    assert not thread.is_alive()
    assert filtered.count == 0


def test_lines_are_saved_exactly(make_feed: MakeFeed, tmp_path: Path) -> None:
    data = b"a\r\n\x00\xff[b]\x1b[31m\n" + b"x" * (2 << 20) + b"\nlast"
    feed = make_feed(data)
    saved = export(feed, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert (saved.lines, saved.size, saved.gone) == (4, len(data), 0)
    filtered = Filtered(feed, Filter("x", inverse=True))
    filtered.advance()
    export(filtered, tmp_path / "some", 1)
    assert (tmp_path / "some").read_bytes() == b"\x00\xff[b]\x1b[31m\nlast"
    assert raw_text(feed, [0, 1]) == "a\r\n\x00\ufffd[b]\x1b[31m"


def test_an_unfinished_line_of_one_log_does_not_run_into_the_next(
    make_feed: MakeFeed, tmp_path: Path
) -> None:
    feed = make_feed(b"half", b"other\n")
    export(feed, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"half\nother\n"
    assert raw_text(feed, [0, 1]) == "half\nother"


def test_saving_replaces_nothing_unasked_and_leaves_nothing_half(make_feed: MakeFeed, tmp_path: Path) -> None:
    feed = make_feed(b"a\nb\n")
    target = tmp_path / "out"
    target.write_bytes(b"mine")
    with pytest.raises(Refused):
        export(feed, target)
    with pytest.raises(Cancelled):
        export(feed, target, replace=True, cancelled=lambda: True)
    assert target.read_bytes() == b"mine"
    export(feed, target, replace=True)
    assert target.read_bytes() == b"a\nb\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log0", "out"]
    with pytest.raises(Refused):
        raw_text(feed, [0, 1], limit=3)
