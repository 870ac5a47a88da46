"""The two lines around a log: what each stream does with its throughput, and where in the log one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from tui.widgets.glyphs import one_line
from tui.widgets.log_signs import STREAM_SIGNS, amount, roughly, size_text, sparkline

_Part = tuple[str, str]
_STREAM_STYLES = {"connecting": "$warning", "live": "$success", "quiet": "$muted", "ended": "$foreground"}
_SPARK, _NARROW_SPARK = 20, 8


@dataclass(frozen=True, slots=True)
class Stream:
    """The state of one source."""

    name: str
    state: str
    """connecting, live, quiet or ended."""
    seconds: float
    """How long it has been in that state."""
    why: str = ""
    """Why it ended, in one sentence."""

    @property
    def words(self) -> str:
        match self.state:
            case "quiet":
                return f"quiet {roughly(self.seconds)}"
            case "connecting":
                return f"connecting {roughly(self.seconds)}" if self.seconds >= 2 else "connecting"
            case "ended":
                return f"ended: {self.why}" if self.why else "ended"
            case _:
                return self.state


@dataclass(frozen=True, slots=True)
class Throughput:
    """Lines and errors a second, for each of the last seconds."""

    lines: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()

    @property
    def now(self) -> float:
        return self.lines[-1] if self.lines else 0.0

    @property
    def errors_now(self) -> float:
        return self.errors[-1] if self.errors else 0.0


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the log one is, and what a filter and a search found."""

    following: bool = True
    behind: int = 0
    """Lines below the last one in view."""
    count: int = 0
    size: int = 0
    """Bytes of all sources."""
    left: int = 0
    filter: str = ""
    found: int = 0
    """Lines that passed the filter."""
    filter_part: float | None = None
    """How much of the log the filter has seen, 0 to 1; None when all."""
    search: str = ""
    hits: int = 0
    hit: int | None = None
    """Which of the hits the cursor is on, from 1."""
    search_part: float | None = None
    said: str = ""
    """What was just done, or cannot be."""
    failed: bool = False


class _Bar(Widget):
    """One line that is drawn again only when its words change."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[list[_Part], list[_Part]] | None = None

    def _set(self, left: list[_Part], right: list[_Part]) -> None:
        if (left, right) != self._shown:
            self._shown = (left, right)
            self.refresh()

    def render(self) -> Content:
        left, right = self._shown or ([], [])
        width = self.size.width
        end = sum(cell_len(text) for text, _ in right)
        if end > width * 2 // 3:
            right, end = [], 0
        start = _cut(left, width - end - 1)
        gap = width - end - sum(cell_len(text) for text, _ in start)
        return Content.assemble(*start, " " * max(0, gap), *right)


class StreamBar(_Bar):
    """Every source with its state; at the end lines and errors a second."""

    def show(self, streams: Sequence[Stream], throughput: Throughput) -> None:
        """Show these states."""
        right = self._throughput(throughput)
        used = sum(cell_len(text) for text, _ in right)
        self._set(self._streams(streams, self.size.width - used - 1), right)

    def _streams(self, streams: Sequence[Stream], width: int) -> list[_Part]:
        room = max(12, width // max(1, min(len(streams), 4)))
        parts: list[_Part] = []
        # What is wrong comes first: it must not be what a narrow terminal leaves out.
        for stream in sorted(streams, key=lambda stream: stream.state not in ("ended", "connecting")):
            words = one_line(stream.words, max(6, room - 4))
            name = one_line(stream.name, max(4, room - len(words) - 4)) if stream.name else ""
            sign = STREAM_SIGNS.get(stream.state, "?")
            style = _STREAM_STYLES.get(stream.state, "$muted")
            parts += [
                (f" {sign} ", style),
                (name + " " if name else "", "$foreground"),
                (words, style),
                (" ", ""),
            ]
        return parts

    def _throughput(self, throughput: Throughput) -> list[_Part]:
        wide = self.size.width >= 100
        width = _SPARK if wide else _NARROW_SPARK
        parts = [
            (sparkline(throughput.lines, width), "$primary"),
            (
                f" {amount(throughput.now):>5} lines/s " if wide else f" {amount(throughput.now):>5}/s ",
                "$muted",
            ),
        ]
        if any(throughput.errors):
            if wide:
                parts.append((sparkline(throughput.errors, width // 2), "$error"))
            parts.append((f" ✗ {amount(throughput.errors_now)}/s ", "$error"))
        return parts


class PositionBar(_Bar):
    """Following or paused and by how much; filter and search with their counts."""

    def show(self, position: Position) -> None:
        """Show this position; where room is short the words give way, the counts stay."""
        total: list[_Part] = [(f"{position.count:,} line{'s' * (position.count != 1)} ", "$muted")]
        size: list[_Part] = [(f" {size_text(position.size)} ", "$muted")] if position.size else []
        for short, end in ((False, total + size), (False, total), (False, []), (True, [])):
            parts = [*_follow(position, short), *_filter(position, short), *_search(position, short)]
            parts += _said(position)
            if sum(cell_len(text) for text, _ in (*parts, *end)) < self.size.width:
                self._set(parts, end)
                return
        # What was said goes in a moment; until then it may stand before the rest.
        self._set([*_said(position), *parts], [])


def _follow(position: Position, short: bool) -> list[_Part]:
    parts: list[_Part] = []
    behind = f"{position.behind:,} "
    if position.following:
        parts.append((" ▼ " if short else " ▼ following ", "bold $success"))
        if position.behind:
            parts.append((f"behind {behind}" if short else f" behind by {behind}", "$warning"))
    else:
        parts.append((" ‖ " if short else " ‖ paused ", "bold $warning"))
        words = "behind " if short else " behind by "
        parts.append((words + behind if position.behind else " at the end ", "$foreground"))
    if position.left:
        parts.append((f" → {position.left} ", "$muted"))
    return parts


def _filter(position: Position, short: bool) -> list[_Part]:
    if not position.filter:
        return []
    seen = "" if position.filter_part is None else f" ({position.filter_part:.0%} seen)"
    whole = "" if short else f" of {position.count:,}"
    return [
        (" & ", "bold $accent"),
        (one_line(position.filter, 16 if short else 40), "$foreground"),
        (f"  {position.found:,}{whole}{seen} ", "$accent"),
    ]


def _search(position: Position, short: bool) -> list[_Part]:
    if not position.search:
        return []
    at = f"{position.hit:,} of " if position.hit is not None else ""
    noun = "" if short else " hit" if position.hits == 1 else " hits"
    seen = "" if position.search_part is None else f" ({position.search_part:.0%} seen)"
    style = "$accent" if position.hits or position.search_part is not None else "$error"
    keys = [("n N ", "$muted")] if position.hits and not short else []
    return [
        (" / ", "bold $accent"),
        (one_line(position.search, 16 if short else 40), "$foreground"),
        (f"  {at}{position.hits:,}{noun}{seen} ", style),
        *keys,
    ]


def _said(position: Position) -> list[_Part]:
    return [(f" {position.said} ", "$error" if position.failed else "$primary")] if position.said else []


def _cut(parts: list[_Part], width: int) -> list[_Part]:
    """As much of the parts as fits."""
    kept: list[_Part] = []
    for text, style in parts:
        size = cell_len(text)
        if size > width:
            kept.append((one_line(text, width), style))
            break
        kept.append((text, style))
        width -= size
    return kept
