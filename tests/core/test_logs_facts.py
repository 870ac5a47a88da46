"""What is read from a line: its time, its level and words; and how many lines a second come."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.logs.clock import Clock
from core.logs.facts import LineFacts, plain_reader
from core.logs.line import Line
from core.logs.rate import Rate

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (b"2026-01-02T12:00:00Z x", NOON),
        (b"2026-01-02T12:00:00.250000000Z x", NOON + 0.25),
        (b"2026-01-02 12:00:00,250 INFO x", NOON + 0.25),
        (b"[2026-01-02T14:00:00+02:00] x", NOON),
        (b"2026-01-02 14:00:00 +0200 x", NOON),
        (b"INFO 2026-01-02T12:00:00Z x", NOON),
        (b"pod-1 2026-01-02T12:00:00.5Z x", NOON + 0.5),
        (b'{"ts": "2026-01-02T12:00:00Z", "msg": "x"}', NOON),
        (b'{"msg":"x","timestamp":"2026-01-02T12:00:00.125Z"}', NOON + 0.125),
        (b'{"@timestamp":"2026-01-02T12:00:00Z"}', NOON),
        (b'{"time":%d}' % NOON, NOON),
        (b'{"time":%d.5,"x":1}' % NOON, NOON + 0.5),
        (b'{"ts":%d}' % (NOON * 1e3), NOON),
        (b'{"ts":%d}' % (NOON * 1e9), NOON),
        (b'{"ts":"%d"}' % NOON, NOON),
        (b'{"ts":1.7673552e9}', NOON),
        (b'{"type":"assistant","content":"%s","timestamp":"2026-01-02T12:00:00Z"}' % (b"x" * 50_000), NOON),
        (b"%d.500 x" % NOON, NOON + 0.5),
        (b"%d x" % (NOON * 1e3), NOON),
        (b"no time at all", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"2026-13-45T99:00:00Z x", None),
        (b"build 12026-01-02T12:00:00Z", None),
        (b"1234567 items", None),
        (b'{"content":"{\\"ts\\": \\"2026-01-02T12:00:00Z\\"}"}', None),
        (b"word " * 20 + b"2026-01-02T12:00:00Z", None),
    ],
)
def test_the_time_of_a_line(line: bytes, seconds: float | None) -> None:
    clock = Clock()
    for _ in range(2):  # the second time with what the first one taught
        assert clock.of(line) == (pytest.approx(seconds, abs=1e-6) if seconds is not None else None)


def test_a_stamp_without_a_year_lies_in_the_last_twelve_months() -> None:
    now = datetime.now(UTC)
    for line in (now.strftime("%b %d %H:%M:%S host x").encode(), now.strftime("I%m%d %H:%M:%S.0 x").encode()):
        assert Clock().of(line) == pytest.approx(int(now.timestamp()), abs=1)
    later = datetime.fromtimestamp(now.timestamp() + 5 * 86_400, UTC)
    found = Clock().of(later.strftime("%b %d %H:%M:%S host x").encode())
    assert found is None or found < now.timestamp()  # the 29th of February is in no other year


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.from_regex(rb'[\[{"ts:]{0,9}20\d\d-\d\d-\d\d[T ]\d\d:')),
        max_size=9,
    )
)
def test_a_clock_survives_any_lines_and_does_not_learn_wrongly(lines: list[bytes]) -> None:
    clock = Clock()
    for line in lines:
        assert clock.of(line) == Clock().of(line)


def facts(data: bytes) -> LineFacts:
    return plain_reader(Line(0, "a", None, data, len(data)))


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b"2026-01-01T00:00:00Z ERROR broken", "error"),
        (b"[warn] careful", "warning"),
        (b"warning: unused", "warning"),
        (b"error[E0308]: mismatched types", "error"),
        (b"level=error msg=x", "error"),
        (b"Traceback (most recent call last):", "error"),
        (b"E1123 13:25:00.123456       1 main.go:12] x", "error"),
        (b"DEBUG x", "debug"),
        (b"0 errors, no warnings", "info"),
        (b"ERRORS_TOTAL 5", "info"),
        (b"the terror of it", "info"),
        (b'{"level":"WARN","msg":"x"}', "warning"),
        (b'{"severity":"ERROR","message":"x"}', "error"),
        (b'{"level":50,"msg":"x"}', "error"),
        (b'{"level":true,"msg":"x"}', "info"),
        (b'{"msg":"an ERROR in words"}', "info"),
        (b"{broken ERROR json", "error"),
    ],
)
def test_the_level_of_a_line(line: bytes, level: str) -> None:
    assert facts(line).level == level


def test_a_json_line_shows_its_message_and_its_other_fields() -> None:
    read = facts(
        b'{"ts":"2026-01-01T00:00:00Z","level":"error","logger":"api","msg":"[b]no[/b]","n":1,"at":{"x":2}}'
    )
    assert (read.glyph, read.label, read.text) == ("✗", "api", "[b]no[/b]")
    assert read.detail == 'n=1  at={"x": 2}'


@pytest.mark.parametrize("line", [b'{"odd":1}', b"[1,2]", b"{", b'"x"', b"{" * 100_000, b'{"msg":5}'])
def test_json_that_is_not_understood_is_shown_as_it_is(line: bytes) -> None:
    assert facts(line).text == line.decode()


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_the_plain_reader_never_raises(data: bytes) -> None:
    facts(data)
    facts(b'{"level":' + data + b"}")


def test_rates_count_whole_seconds() -> None:
    rate = Rate(10)
    rate.sample(100.0, 5000)  # what was there before
    rate.sample(100.5, 5010, 1)
    rate.sample(100.9, 5030, 1)
    rate.sample(102.1, 5130, 3)
    assert rate.series(103.0, 3) == [30, 0, 100]
    assert rate.error_series(103.0, 3) == [1, 0, 2]
    assert rate.lines_per_second(103.0, 3) == pytest.approx(130 / 3)
    assert rate.errors_per_second(103.0, 3) == 1.0
    assert rate.series(102.5, 2) == [30, 0]
    assert rate.series(200.0) == [0] * 10
