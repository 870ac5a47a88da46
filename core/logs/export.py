"""Save or copy lines exactly as they stand in their logs, bytes and line ends untouched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import Cancelled, Refused, TaskdeckError
from core.logs.feed import Feed
from core.logs.filter import Filtered
from core.logs.lines import CHUNK

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Exported:
    """What was saved."""

    path: Path
    lines: int
    size: int
    gone: int = 0
    """Lines whose bytes nobody has any more, left out."""


def export(
    rows: Feed | Filtered,
    path: Path,
    first: int = 0,
    count: int | None = None,
    *,
    replace: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    """Save `count` rows from `first` (all of them) to `path`, whole or not at all.

    A line that is not finished gets a line end only when another follows it. Raises Refused when `path`
    exists and `replace` is not set, Cancelled, TaskdeckError when it cannot be written. Blocks on the disk.
    """
    if path.exists() and not replace:
        raise Refused(f"{path} exists already.", "Choose another name, or allow it to be replaced.")
    temporary = path.with_name(f".{path.name}.taskdeck-{os.getpid()}.tmp")
    last = rows.count if count is None else min(rows.count, first + count)
    try:
        try:
            with temporary.open("xb") as file:
                lines, gone = _write(rows, range(first, last), file, cancelled)
                size = file.tell()
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise TaskdeckError(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}.", "Choose another place."
        ) from error
    return Exported(path, lines, size, gone)


def raw_text(feed: Feed, rows: Sequence[int], limit: int = 16 << 20) -> str:
    """The lines at these feed rows as text to copy, control characters included, without the last line end.

    Raises Refused above `limit` bytes: such an amount belongs in a file.
    """
    pieces: list[bytes] = []
    size = 0
    for row in rows:
        source, number = feed.place_of(row)
        size += feed.logs[source].size_of(number)
        if size > limit:
            raise Refused(
                f"The lines chosen are larger than {limit >> 20} MB.", "Save them to a file instead."
            )
        piece = feed.raw(row)
        if pieces and not pieces[-1].endswith(b"\n"):
            pieces.append(b"\n")
        pieces.append(piece)
    text = b"".join(pieces).decode("utf-8", "replace")
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _write(
    rows: Feed | Filtered, wanted: range, file: BinaryIO, cancelled: Callable[[], bool]
) -> tuple[int, int]:
    """Answers how many lines were written, and how many are gone."""
    feed = rows.feed if isinstance(rows, Filtered) else rows
    written = asked = 0
    last = b"\n"
    for source, first, end in _runs(feed, _feed_rows(rows, wanted)):
        asked += end - first
        for chunk in feed.logs[source].scan(first, end):
            if last != b"\n":
                file.write(b"\n")
            for piece in feed.logs[source].pieces(chunk.first, CHUNK) if chunk.giant else (chunk.data,):
                if cancelled():
                    raise Cancelled("Saving was cancelled; nothing was written.")
                file.write(piece)
                last = piece[-1:]
            written += 1 if chunk.giant else chunk.data.count(b"\n") + (last != b"\n")
    return written, asked - written


def _runs(feed: Feed, rows: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Rows as stretches of one log: its place in the feed, the first line, the one after the last."""
    source, first, end = -1, 0, 0
    for row in rows:
        here, number = feed.place_of(row)
        if here == source and number == end:
            end += 1
            continue
        if end > first:
            yield source, first, end
        source, first, end = here, number, number + 1
    if end > first:
        yield source, first, end


def _feed_rows(rows: Feed | Filtered, wanted: range) -> Iterable[int]:
    if isinstance(rows, Feed):
        yield from wanted
        return
    for first in range(wanted.start, wanted.stop, _PAGE):
        yield from rows.feed_rows(first, min(_PAGE, wanted.stop - first))
