"""One field that two sides of a merge have differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["ours", "theirs"]


@dataclass(frozen=True)
class FieldConflict:
    """A field that both sides changed, or that differs where no common base is known.

    `key` addresses the task and is empty for the tag or the file; `field` is empty where one side removed
    the whole task. `ours` and `theirs` are the parsed values, None where it is missing. `chosen` is the
    side that the merged text follows.
    """

    tag: str
    key: str
    field: str
    ours: Any
    theirs: Any
    chosen: Side = "ours"
