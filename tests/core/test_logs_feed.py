"""Several logs merged by time: order, nothing lost, nothing twice, rows that never move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.logs import merge_table, merging
from core.logs.bookmarks import Bookmark, Bookmarks
from core.logs.feed import Feed
from core.logs.lines import LineLog
from core.logs.merge_table import MergeTable
from core.logs.merging import Merging


class Times:
    """A log of which only the times count."""

    def __init__(self, times: Sequence[float | None]) -> None:
        self.all = list(times)

    @property
    def line_count(self) -> int:
        return len(self.all)

    def times(self, first: int, last: int) -> list[float | None]:
        return self.all[first:last]


MakeLog = Callable[..., LineLog]


@pytest.fixture
def make_log(tmp_path: Path) -> MakeLog:
    def make(name: str, *lines: str) -> LineLog:
        (tmp_path / name).write_text("".join(line + "\n" for line in lines))
        log = LineLog.open_file(tmp_path / name)
        log.refresh()
        return log

    return make


def add_lines(log: LineLog, *lines: str) -> None:
    with log.path.open("a") as file:
        file.writelines(line + "\n" for line in lines)
    log.refresh()


def place(feed: Feed) -> None:
    while feed.advance():
        pass


def texts(feed: Feed) -> list[str]:
    return [line.text for line in feed.rows(0, feed.count)]


def at(second: int, text: str) -> str:
    return f"2026-01-01T00:00:{second:02}Z {text}"


def test_one_log_is_its_own_feed(make_log: MakeLog) -> None:
    feed = Feed([make_log("a", "one", "two")])
    place(feed)
    assert texts(feed) == ["one", "two"]
    assert feed.index_of("a", 1) == 1
    assert feed.index_of("a", 2) is None
    assert feed.index_of("b", 0) is None
    with pytest.raises(IndexError):
        feed.place_of(2)


def test_lines_of_several_logs_stand_in_order_of_time(make_log: MakeLog) -> None:
    feed = Feed(
        [
            make_log("a", at(1, "a"), at(4, "a"), at(5, "a")),
            make_log("b", at(2, "b"), "  more of it", at(4, "b")),
            make_log("c", "banner", at(3, "c")),
        ]
    )
    place(feed)
    assert texts(feed) == [
        at(1, "a"),
        at(2, "b"),
        "  more of it",
        "banner",
        at(3, "c"),
        at(4, "a"),
        at(4, "b"),
        at(5, "a"),
    ]


def test_rows_keep_their_place_when_older_lines_come_late(make_log: MakeLog) -> None:
    a, b = make_log("a", at(1, "a")), make_log("b", at(9, "b"))
    feed = Feed([a, b])
    place(feed)
    before = texts(feed)
    add_lines(a, at(3, "late"), at(12, "a"))
    add_lines(b, at(11, "b"))
    place(feed)
    assert texts(feed) == [*before, at(3, "late"), at(11, "b"), at(12, "a")]


def test_a_log_added_while_another_is_shown_moves_no_row(make_log: MakeLog) -> None:
    a = make_log("a", at(5, "a"), at(6, "a"))
    feed = Feed([a])
    place(feed)
    feed.add(make_log("b", at(1, "b")))
    place(feed)
    add_lines(a, at(7, "a"))
    place(feed)
    assert texts(feed) == [at(5, "a"), at(6, "a"), at(1, "b"), at(7, "a")]
    assert [feed.place_of(row) for row in range(4)] == [(0, 0), (0, 1), (1, 0), (0, 2)]


def test_the_version_grows_when_the_new_rows_can_be_read_not_before(
    make_log: MakeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = make_log("a", "one")
    feed = Feed([log])
    feed.advance()
    seen: list[int] = []

    class Watched(LineLog):
        @property
        def line_count(self) -> int:
            seen.append(feed.version)
            return super().line_count

    before = feed.version
    log.version += 1
    log.__class__ = Watched
    feed.advance()
    assert seen == [before]
    assert feed.version == before + 1


def test_the_version_tells_of_new_lines_and_of_a_line_that_grew(make_log: MakeLog) -> None:
    log = make_log("a", "one")
    feed = Feed([log])
    place(feed)
    versions = [feed.version]
    for piece in ("par", "tial"):
        with log.path.open("a") as file:
            file.write(piece)
        log.refresh()
        place(feed)
        versions.append(feed.version)
    assert versions == sorted(set(versions))
    assert feed.count == 2
    assert texts(feed) == ["one", "partial"]


def model(logs: Sequence[Sequence[float | None]]) -> list[int]:
    """The simple merge: every line's time, or that of the line before it, sorted."""
    keyed: list[tuple[float, int]] = []
    for source, times in enumerate(logs):
        last = next((time for time in times if time is not None), -inf)
        for time in times:
            last = max(last, time) if time is not None else last
            keyed.append((last, source))
    return [source for _, source in sorted(keyed)]


TIMES = st.lists(st.one_of(st.none(), st.integers(0, 20).map(float)), max_size=40)


@settings(deadline=None)
@given(st.lists(TIMES, min_size=2, max_size=5))
def test_a_merge_is_what_sorting_everything_gives(logs: list[list[float | None]]) -> None:
    merge = Merging()
    for times in logs:
        merge.add(Times(times))
    placed: list[int] = []
    while order := merge.step():
        placed += order
    if sum(1 for times in logs if times) > 1:
        assert placed == model(logs)
    assert sorted(placed) == sorted(model(logs))


@settings(deadline=None)
@given(st.lists(TIMES.map(lambda times: sorted(t for t in times if t is not None)), min_size=2, max_size=5))
def test_a_merge_in_small_batches_is_the_same(logs: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "_BATCH", 3)
        merge = Merging()
        for times in logs:
            merge.add(Times(times))
        placed: list[int] = []
        while order := merge.step():
            placed += order
    assert placed == model(logs)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), TIMES), max_size=12), st.integers(1, 5))
def test_no_line_is_lost_or_repeated_however_they_arrive(
    arrivals: list[tuple[int, list[float | None]]], batch: int
) -> None:
    logs = [Times([]) for _ in range(5)]
    table, placed = MergeTable(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "_BATCH", batch)
        patch.setattr(merge_table, "CHUNK_ROWS", 8)
        patch.setattr(merge_table, "_MOST_SOURCES", 3)
        merge = Merging()
        for log in logs:
            merge.add(log)
            table.add_source()
        for source, times in arrivals:
            logs[source].all += times
            order = merge.step()  # only some of what there is
            placed += order
            table.append(order)
        while order := merge.step():
            placed += order
            table.append(order)
    counts = [0] * 5
    for row, source in enumerate(placed):
        assert table.place_of(row) == (source, counts[source])
        assert table.row_of(source, counts[source]) == row
        counts[source] += 1
    assert counts == [log.line_count for log in logs]
    assert table.count == sum(counts)
    check_windows(table, placed)


def check_windows(table: MergeTable, placed: list[int]) -> None:
    for first in range(0, len(placed), 5):
        last = min(len(placed), first + 11)
        window = placed[first:last]
        expected = {
            source: (placed[:first].count(source), placed[:last].count(source)) for source in set(window)
        }
        assert table.ranges(first, last) == expected
        for source in range(5):
            rows = [row for row in range(first, last) if placed[row] == source]
            assert table.rows_of(source, first, last) == rows


def test_more_logs_than_a_byte_can_name(make_log: MakeLog) -> None:
    table = MergeTable()
    for _ in range(600):
        table.add_source()
    order = [*range(600), *range(600)]
    table.append(order)
    assert [table.place_of(row) for row in range(1200)] == [(n, 0) for n in range(600)] + [
        (n, 1) for n in range(600)
    ]
    assert table.row_of(599, 1) == 1199


def test_bookmarks_stay_on_their_lines_when_a_log_is_added(make_log: MakeLog) -> None:
    a = make_log("a", "one", "two", "three")
    feed = Feed([a])
    place(feed)
    marks = Bookmarks()
    assert marks.toggle("a", 1, "here")
    marks.toggle("a", 2)
    feed.add(make_log("b", "other"))
    place(feed)
    add_lines(a, "four")
    place(feed)
    marks.toggle("b", 0)
    assert marks.rows(feed) == [1, 2, 3]
    assert marks.next_after(feed, 1) == 2
    assert marks.next_after(feed, 3) == 1
    assert marks.next_after(feed, 1, -1) == 3
    assert not marks.toggle("a", 2)
    assert marks.all() == [Bookmark("a", 1, "here"), Bookmark("b", 0)]
    assert ("a", 1) in marks
    assert marks.note_of("a", 1) == "here"
    assert Bookmarks().next_after(feed, 0) is None
