"""The log view on real files: what a person sees and does, whatever stands in the lines."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.screen import Screen

from core.logs.facts import LineFacts
from core.logs.feed import Feed
from core.logs.filter import Filter
from core.logs.follow import FileSource
from core.logs.lines import Line, LineLog
from core.logs.scan import Scan
from tests.fakes.widget_host import HOSTILE_TITLES
from tui.actions import ACTIONS
from tui.screens.log_line import LogLineScreen
from tui.screens.tail import TailApp
from tui.widgets.log_bar import LogBar
from tui.widgets.log_content import LogContent
from tui.widgets.log_row import Look
from tui.widgets.log_view import LogView


class Tail:
    """`taskdeck tail` on files, driven by keys."""

    def __init__(self, app: TailApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.view: LogView = app.log_view

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str, *keys: str) -> None:
        names = {" ": "space", "/": "slash", "&": "ampersand", "!": "exclamation_mark", ":": "colon"}
        names |= {"-": "minus", ".": "full_stop", "\\": "backslash", "_": "underscore"}
        await self.pilot.press(*(names.get(character, character) for character in text), *keys)

    @property
    def text(self) -> str:
        """The characters on the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def rows(self) -> list[str]:
        """The rows of the log in view."""
        region = self.view.rows.region
        return [line[region.x : region.right - 1] for line in self.text.split("\n")[region.y : region.bottom]]

    @property
    def place(self) -> str:
        """The line below the log."""
        return self.text.split("\n")[self.view.place.region.y]

    @property
    def streams(self) -> str:
        """The line above the log."""
        return self.text.split("\n")[self.view.streams.region.y]

    async def until(self, condition: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + 15
        while not condition():
            if loop.time() > end:
                raise AssertionError(f"did not come about; the screen shows:\n{self.text}")
            await self.pilot.pause()
            await asyncio.sleep(0.01)

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text)


@asynccontextmanager
async def open_tail(*paths: Path, size: tuple[int, int] = (100, 20), **options: Any) -> AsyncIterator[Tail]:
    sources = [FileSource(path) for path in paths]
    app = TailApp(sources, **options)
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        tail = Tail(app, pilot)
        await tail.until(lambda: tail.view.content.count or not any(path.exists() for path in paths))
        await pilot.pause()
        yield tail
    for source in sources:
        source.log.close()


def write(path: Path, lines: Sequence[str | bytes]) -> Path:
    with path.open("ab") as file:
        for line in lines:
            file.write((line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line) + b"\n")
    return path


def numbered(count: int, start: int = 0) -> list[str]:
    return [f"line {number}" for number in range(start, start + count)]


def test_every_declared_action_is_there() -> None:
    assert [a.name for a in ACTIONS["log_view"] if not hasattr(LogView, f"action_{a.name}")] == []


async def test_it_opens_at_the_end_and_follows(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(500))
    async with open_tail(path) as tail:
        await tail.shows("line 499")
        assert "following" in tail.place
        write(path, ["a new line"])
        await tail.shows("a new line")
        assert "501 lines" in tail.place
        with path.open("ab") as file:
            file.write(b"begun")
        await tail.shows("begun")
        with path.open("ab") as file:
            file.write(b" and ended\n")
        await tail.shows("begun and ended")


async def test_who_scrolls_up_is_left_in_peace_and_told_how_far_behind(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(500))
    async with open_tail(path) as tail:
        await tail.shows("line 499")
        await tail.press("pageup")
        await tail.until(lambda: "paused" in tail.place)
        before = tail.rows
        behind = int(re.findall(r"behind by (\d+)", tail.place)[0])
        write(path, numbered(40, 500))
        await tail.shows(f"behind by {behind + 40}")
        assert tail.rows == before
        await tail.press("end")
        await tail.shows("line 539")
        assert "following" in tail.place


async def test_home_keys_and_pages_move(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(300))
    async with open_tail(path) as tail:
        await tail.shows("line 299")
        await tail.press("home")
        await tail.until(lambda: tail.rows[0].split() == ["›", "line", "0"])
        height = tail.view.rows.height
        await tail.press("pagedown")
        await tail.until(lambda: f"line {height - 1}" in tail.rows[0])
        await tail.press("pageup")
        await tail.until(
            lambda: (
                tail.rows[0].endswith("line 0".ljust(len(tail.rows[0]) - 4)[-6:]) or "line 0" in tail.rows[0]
            )
        )
        await tail.press("down", "down")
        await tail.until(lambda: "›" in tail.rows[2])
        await tail.press("f")
        await tail.shows("following")


async def test_it_opens_at_a_time_also_while_lines_come_without_end(tmp_path: Path) -> None:
    begun = 1_767_225_600
    stamps = [datetime.fromtimestamp(begun + n, UTC).isoformat() for n in range(3_000)]
    path = write(tmp_path / "app.log", [f"{stamp} line {n}" for n, stamp in enumerate(stamps)])
    over = asyncio.Event()

    async def go_on() -> None:
        while not over.is_set():
            write(path, [f"{stamps[-1]} one more"])
            await asyncio.sleep(0.005)

    writing = asyncio.create_task(go_on())
    async with open_tail(path, since=begun + 500.0) as tail:
        await tail.until(lambda: "line 500" in tail.rows[0])
        assert "paused" in tail.place
        over.set()
        await writing


async def test_the_wheel_pauses_and_its_end_follows_again(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(300))
    async with open_tail(path) as tail:
        await tail.shows("line 299")
        tail.view.rows.scroll_relative(y=-5, animate=False)
        await tail.shows("paused")
        tail.view.rows.scroll_end(animate=False)
        await tail.shows("following")


async def test_a_new_size_does_not_pause(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(300))
    async with open_tail(path) as tail:
        await tail.shows("line 299")
        for size in ((80, 12), (120, 40), (80, 24)):
            await tail.pilot.resize_terminal(*size)
            await tail.until(lambda size=size: tail.view.rows.size.height == size[1] - 3)  # type: ignore[misc]
            await tail.until(lambda: any("line 299" in row for row in tail.rows[-2:]))
            assert "following" in tail.place


async def test_search_marks_counts_and_jumps(tmp_path: Path) -> None:
    lines = [f"line {n} {'needle' if n % 100 == 50 else 'hay'}" for n in range(1000)]
    path = write(tmp_path / "app.log", lines)
    async with open_tail(path) as tail:
        await tail.press("slash")
        await tail.type("needle")
        await tail.shows("10 hits")
        await tail.press("enter")
        await tail.shows("10 of 10 hits")
        assert any("›" in row and "line 950 needle" in row for row in tail.rows)
        await tail.press("N")
        await tail.shows("9 of 10 hits")
        await tail.press("n")
        await tail.shows("10 of 10 hits")
        write(path, ["one more needle"])
        await tail.shows("10 of 11 hits")
        await tail.press("n")
        await tail.shows("11 of 11 hits")
        await tail.press("n")
        await tail.shows("No hit below")
        await tail.press("escape")
        await tail.until(lambda: "hits" not in tail.place)


async def test_a_hit_on_the_last_page_is_gone_to_while_following(tmp_path: Path) -> None:
    lines = [f"line {n} {'needle' if n % 100 == 95 else 'hay'}" for n in range(300)]
    path = write(tmp_path / "app.log", lines)
    async with open_tail(path) as tail:
        await tail.press("slash")
        await tail.type("needle")
        await tail.shows("3 hits")
        await tail.press("enter")
        await tail.shows("3 of 3 hits")
        write(path, numbered(50, 300))
        await tail.shows("350 lines")
        assert "paused" in tail.place
        assert any("›" in row and "line 295 needle" in row for row in tail.rows)


async def test_keys_count_also_while_lines_are_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "app.log", [*numbered(500), "one long line " * 30])
    async with open_tail(path) as tail:
        await tail.shows("one long line")
        content, reading, go_on = tail.view.content, threading.Event(), threading.Event()
        page = content.page

        def slow_page(*given: Any) -> Any:
            """The real page, handed over when the test says so."""
            found = page(*given)
            reading.set()
            go_on.wait(15)
            return found

        monkeypatch.setattr(content, "page", slow_page)
        tail.view.need()
        await tail.until(reading.is_set)
        await tail.press("w")
        go_on.set()
        await tail.until(lambda: sum("one long line" in row for row in tail.rows) > 2)
        go_on.clear()
        reading.clear()
        tail.view.need()
        await tail.until(reading.is_set)
        await tail.press("home")
        go_on.set()
        await tail.until(lambda: tail.rows[0].split()[-2:] == ["line", "0"])
        assert "line 3" in tail.text


async def test_search_that_is_not_there_says_so_and_escape_takes_it_back(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(100))
    async with open_tail(path) as tail:
        await tail.press("slash")
        await tail.type("nowhere", "enter")
        await tail.shows("There is no hit")
        await tail.press("slash")
        await tail.press("escape")
        await tail.until(lambda: tail.view.search_words == "")
        assert not tail.app.query_one(LogBar).display
        assert tail.app.focused is tail.view.rows


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("apple", 2),
        ("!apple", 4),
        ("/^an .*e$/", 1),
        ("level:error", 1),
        ("level:warning", 2),
        ("level:debug,error", 2),
        ("source:b.log", 2),
        ("source:a.log apple", 1),
        ("APPLE", 0),
    ],
)
async def test_filter_hides_the_rest(tmp_path: Path, words: str, found: int) -> None:
    a = write(tmp_path / "a.log", ["an apple", "ERROR all over", "WARN of it", "DEBUG of it"])
    b = write(tmp_path / "b.log", ["another apple there", "a pear"])
    async with open_tail(a, b) as tail:
        await tail.until(lambda: tail.view.content.count == 6)
        assert tail.view.show_only(words)
        await tail.shows(f"{found} of 6")
        await tail.until(lambda: sum(bool(row.strip()) for row in tail.rows) == (found or 1))
        await tail.press("escape")
        await tail.until(lambda: sum(bool(row.strip()) for row in tail.rows) == 6)


async def test_filter_is_live_keeps_its_place_and_a_bad_one_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(1000))
    async with open_tail(path) as tail:
        await tail.press("ampersand")
        await tail.type("/line [0-9]*7$/", "enter")
        await tail.shows("100 of 1,000")
        write(path, ["line 1007", "line 1008"])
        await tail.shows("101 of 1,002")
        await tail.shows("line 1007")
        await tail.press("home", "down", "down")
        await tail.until(lambda: "›" in tail.rows[2] and "line 27" in tail.rows[2])
        await tail.press("escape")
        await tail.until(lambda: any("›" in row and "line 27" in row for row in tail.rows))
        assert any("line 28" in row for row in tail.rows)
        tail.view.show_only("nothing like it")
        await tail.shows("No line passes the filter; Escape clears it")
        await tail.press("escape")
        assert not tail.view.show_only("/(/")
        await tail.shows("is no regular expression")
        assert tail.view.content.filtered is None


async def test_errors_and_bookmarks_are_jumped_to(tmp_path: Path) -> None:
    lines = [f"{'ERROR' if n in (40, 400) else 'INFO'} line {n}" for n in range(600)]
    path = write(tmp_path / "app.log", lines)
    async with open_tail(path) as tail:
        await tail.press("E")
        await tail.until(lambda: any("›" in row and "✗ ERROR line 400" in row for row in tail.rows))
        await tail.press("m")
        await tail.until(lambda: any("✦" in row and "line 400" in row for row in tail.rows))
        await tail.press("E")
        await tail.until(lambda: any("›" in row and "line 40" in row for row in tail.rows))
        await tail.press("e")
        await tail.until(lambda: any("✦" in row and "line 400" in row for row in tail.rows))
        await tail.press("home", "apostrophe")
        await tail.until(lambda: any("✦" in row and "line 400" in row for row in tail.rows))
        await tail.press("e")
        await tail.shows("No error below")


@pytest.mark.parametrize("keys", [(), ("w",), ("r",), ("r", "w"), ("t", "right")])
@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_hostile_lines_are_only_text_and_keep_the_columns(
    tmp_path: Path, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    hostile = [title.replace("\n", " ") for title in HOSTILE_TITLES]
    lines: list[str | bytes] = [
        *hostile,
        *(json.dumps({"msg": title, "level": "error"}) for title in hostile),
    ]
    lines += [b"\xff\xfe\x00\x9b31m", b"", b"\x1b]52;c;aGk=\x07", b"\r"]
    path = write(tmp_path / "odd.log", lines)
    async with open_tail(path, size=size) as tail:
        await tail.press(*keys)
        for jump in ("home", "end"):
            await tail.press(jump)
            await tail.pilot.pause()
            await tail.until(lambda: any(row.strip() for row in tail.rows))
            for y in range(tail.view.rows.size.height):
                strip = tail.view.rows.render_line(y)
                assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", strip.text)
                width = tail.view.rows.scrollable_content_region.width
                if strip.text.strip():
                    assert strip.cell_length == cell_len(strip.text) == width


async def test_wrapping_shows_a_long_line_whole_and_the_end_stays_in_view(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", ["first", "word " * 60 + "the end of it", "last"])
    async with open_tail(path, size=(60, 20)) as tail:
        assert "the end of it" not in tail.text
        await tail.press("w")
        await tail.shows("the end of it")
        assert "last" in tail.text
        await tail.press("w")
        await tail.until(lambda: "the end of it" not in tail.text)
        for _ in range(20):
            await tail.press("right")
        await tail.shows("the end of it")
        assert re.search(r"→ \d+", tail.place)
        for _ in range(30):
            await tail.press("left")
        await tail.until(lambda: "→" not in tail.place and "word word" in tail.text)


async def test_a_line_taller_than_the_screen_says_how_long_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", ["x" * 50_000, "last"])
    async with open_tail(path, size=(60, 14)) as tail:
        await tail.press("w")
        await tail.shows("50.0 kB in all")
        assert "last" in tail.text
        await tail.press("home", "enter")
        await tail.until(lambda: isinstance(tail.app.screen, LogLineScreen))
        await tail.shows("xxxx")


async def test_a_line_opens_whole_with_its_json_laid_out(tmp_path: Path) -> None:
    line = json.dumps({"level": "info", "msg": "made [b]it[/b]", "more": {"deep": [1, 2]}})
    path = write(tmp_path / "app.log", ["plain", line])
    async with open_tail(path) as tail:
        await tail.shows("made [b]it[/b]")
        await tail.press("enter")
        await tail.shows('"deep": [')
        await tail.press("r")
        await tail.shows(line)
        await tail.press("y")
        assert tail.app.clipboard == line
        await tail.press("escape")
        await tail.until(lambda: not isinstance(tail.app.screen, LogLineScreen))


async def test_copying_and_saving_keep_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "tab\there \x1b[31mred [bold]x[/bold] 日本語"
    path = write(tmp_path / "app.log", ["one", odd, b"\xff\xfe"])
    path.write_bytes(path.read_bytes() + b"no end")
    monkeypatch.chdir(tmp_path)
    async with open_tail(path) as tail:
        await tail.press("home", "down", "y")
        await tail.shows("Copied the line")
        assert tail.app.clipboard.rstrip("\n") == odd
        for name, words in (("all.log", ""), ("some.log", "level:error")):
            tail.view.show_only(words)
            await tail.until(lambda: tail.view.content.filtered is None or tail.view.content.filtered.done)
            tail.view.save_to(name)
            await tail.until((tmp_path / name).exists)
        assert (tmp_path / "all.log").read_bytes() == path.read_bytes()
        assert (tmp_path / "some.log").read_bytes() == b""
        tail.view.save_to("all.log")
        await tail.until(lambda: tail.view._said[1])
        assert (tmp_path / "all.log").read_bytes() == path.read_bytes()


async def test_a_selection_with_the_mouse_copies_what_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", ["alpha beta", "gamma delta", "epsilon"])
    async with open_tail(path) as tail:
        await tail.shows("epsilon")
        rows = tail.view.rows
        gutter = rows.look.gutter
        await tail.pilot.mouse_down(rows, offset=(gutter + 6, 0))
        await tail.pilot.hover(rows, offset=(gutter + 5, 1))
        await tail.pilot.mouse_up(rows, offset=(gutter + 5, 1))
        await tail.until(lambda: tail.app.screen.get_selected_text())
        await tail.press("y")
        assert tail.app.clipboard.startswith("beta\ngamma")


async def test_streams_say_what_they_do(tmp_path: Path) -> None:
    path = tmp_path / "late.log"
    async with open_tail(path) as tail:
        await tail.until(lambda: "connecting" in tail.streams)
        write(path, ["ERROR here it is"])
        await tail.shows("here it is")
        await tail.until(lambda: "● late.log live" in tail.streams)
        write(path, ["ERROR again", "and more"])
        await tail.until(lambda: "/s" in tail.streams and "✗" in tail.streams)


async def test_several_sources_have_a_sign_and_a_name_each(tmp_path: Path) -> None:
    a, b = (write(tmp_path / f"{name}.log", [f"from {name}"]) for name in "ab")
    async with open_tail(a, b) as tail:
        await tail.shows("from b")
        assert any("◆ a.log" in row and "from a" in row for row in tail.rows)
        assert any("● b.log" in row and "from b" in row for row in tail.rows)


async def test_below_another_screen_no_line_is_read_and_all_are_shown_when_it_is_gone(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(50))
    async with open_tail(path) as tail:
        await tail.shows("line 49")
        await tail.app.push_screen(Screen[None]())
        write(path, numbered(50, 50))
        await tail.until(lambda: tail.view.content.line_count == 100)
        assert tail.view.content.count == 50
        await tail.app.pop_screen()
        await tail.shows("line 99")
        await tail.press("question_mark")
        write(path, ["behind a dialog"])
        await tail.until(lambda: tail.view.content.count == 101)


async def test_remarks_steer_no_terminal(tmp_path: Path) -> None:
    async with open_tail(write(tmp_path / "app.log", numbered(3))) as tail:
        tail.view.say("saved to \x1b[2Jhere [b]now[/b]")
        await tail.shows("here [b]now[/b]")
        assert "\x1b" not in tail.text


async def test_a_filter_set_while_a_page_is_read_does_not_mix_with_it(tmp_path: Path) -> None:
    log = LineLog.open_file(write(tmp_path / "app.log", numbered(500)))
    log.refresh()
    feed = Feed([log])
    feed.advance()

    def reader(line: Line) -> LineFacts:
        """A key is pressed when the first line was read."""
        if content.filtered is None:
            content.set_filter(Filter("no such text"))
        return LineFacts(text=line.text)

    content = LogContent(feed, reader)
    page = content.page(0, 10, Look(80, wrap=True), {})
    assert (page.count, page.last_top) == (500, 490)
    log.close()


async def test_times_are_shown_whole_short_or_not_at_all(tmp_path: Path) -> None:
    line = json.dumps({"ts": "2026-01-31T08:09:10.500Z", "msg": "timed"})
    path = write(tmp_path / "app.log", [line])
    async with open_tail(path) as tail:
        await tail.until(lambda: re.search(r"\d\d:\d\d:10 +timed", tail.text))
        await tail.press("t")
        await tail.until(lambda: re.search(r"2026-01-31 \d\d:\d\d:10\.500 ", tail.text))
        await tail.press("t")
        await tail.until(lambda: re.search(r"^ +timed", tail.rows[0]))


async def test_what_a_row_shows_is_found_also_where_the_line_has_other_words(tmp_path: Path) -> None:
    record = {"level": "info", "msg": "asked the store", "dur_ms": 473, "who": "Übung"}
    coloured = "\x1b[32mINFO\x1b[0m user \x1b[1mMESSAGE\x1b[0m 29"
    path = write(tmp_path / "app.log", [*numbered(40), json.dumps(record), coloured, *numbered(40)])
    async with open_tail(path) as tail:
        for words in ("dur_ms=473", "store  dur_ms", "who=Übung", "/dur_ms=4.3/", "message 29", "INFO user"):
            tail.view.look_for(words)
            await tail.until(lambda: "1 hit" in tail.place)
            tail.view.show_only(words)
            await tail.until(lambda: tail.view.content.filtered.done and tail.view.content.count == 1)
            tail.view.show_only(f"!{words}")
            await tail.until(lambda: tail.view.content.filtered.done and tail.view.content.count == 81)
            tail.view.clear_filter()
        tail.view.look_for("Message 29")
        await tail.shows("0 hits")


async def test_colours_of_a_program_are_no_text_until_the_raw_lines_are_shown(tmp_path: Path) -> None:
    lines = ["\x1b[32mINFO\x1b[0m all is \x1b[1;38;5;9mwell", "\x1b[31mERROR\x1b[0m it broke\x1b[K"]
    path = write(tmp_path / "app.log", [*lines, json.dumps({"msg": "a \x1b[33mwarm\x1b[0m colour"})])
    async with open_tail(path) as tail:
        await tail.shows("INFO all is well")
        assert "✗ ERROR it broke" in tail.text
        assert "a warm colour" in tail.text
        assert "[3" not in tail.text
        await tail.press("r")
        await tail.shows("␛[32mINFO␛[0m")


async def test_hits_are_counted_and_visited_among_the_lines_the_filter_shows(tmp_path: Path) -> None:
    lines = [f"{'WARN' if at % 5 == 0 else 'INFO'} worker {at % 2}" for at in range(100)]
    path = write(tmp_path / "app.log", lines)
    async with open_tail(path) as tail:
        tail.view.look_for("worker 1")
        await tail.shows("50 hits")
        tail.view.show_only("level:warning")
        await tail.shows("10 hits")
        await tail.press("home", "n", "n")
        await tail.shows("2 of 10 hits")
        assert "n N" in tail.place
        tail.view.clear_filter()
        await tail.shows("50 hits")


async def test_the_error_before_is_looked_for_from_here_and_not_from_the_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scan, "advance", lambda _scan, _budget: True)  # from the top nobody ever arrives
    path = write(tmp_path / "app.log", [*numbered(3000), "ERROR it broke", *numbered(3000)])
    async with open_tail(path) as tail:
        await tail.press("E")
        await tail.shows("ERROR it broke")
        await tail.press("E")
        await tail.shows("looking for an error")


async def test_of_many_lines_only_those_around_the_view_are_read(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(f"line {number}\n" for number in range(300_000)))
    async with open_tail(path) as tail:
        await tail.shows("line 299999")
        await tail.press("home", "pagedown", "pagedown")
        await tail.until(lambda: "paused" in tail.place)
        assert len(tail.view.rows.page.rows) <= 3 * tail.view.rows.height
        assert "300,000 lines" in tail.place


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_counts_of_filter_and_search_are_in_view_on_small_screens(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    lines = [f"{'ERROR' if n % 2 else 'INFO'} line {n}" for n in range(20_000)]
    path = write(tmp_path / "app.log", lines)
    async with open_tail(path, size=size) as tail:
        tail.view.show_only("level:error")
        tail.view.look_for("line 19999")
        tail.view.first_hit()
        await tail.until(lambda: "1 of 1" in tail.place and "10,000" in tail.place)
        assert "paused" in tail.place or "‖" in tail.place


async def test_no_color_shows_levels_by_their_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    path = write(tmp_path / "app.log", ["WARN careful", "ERROR broken"])
    async with open_tail(path) as tail:
        await tail.shows("✗ ERROR broken")
        assert "▲ WARN careful" in tail.text


async def test_help_and_palette_know_the_keys(tmp_path: Path) -> None:
    path = write(tmp_path / "app.log", numbered(3))
    async with open_tail(path, size=(120, 40)) as tail:
        await tail.press("question_mark")
        await tail.shows("Show only what a filter lets through")
        await tail.press("escape")
        await tail.press("ctrl+p")
        await tail.shows("Search: mark every hit")
