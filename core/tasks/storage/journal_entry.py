"""One entry of the journal: who changed what when, and how to take it back."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from core.errors import Refused
from core.tasks.edits import Edit, edit_from_json, edit_to_json
from core.tasks.json_text import Splice

Kind = Literal["edit", "undo", "redo"]

_LONG = 256 * 1024
"""Lines longer than this (a whole file was replaced) are kept compressed."""


@dataclass(frozen=True)
class JournalEntry:
    """A change of the task file, as the journal tells it.

    `before` and `after` are the sha256 of the file's bytes in hexadecimal; `target` is the number of the
    edit that an undo or redo is about. `note` says what was found out about an interrupted change, and
    `dropped` that it never reached the file. Number 0 stands for an edit that changed nothing.
    """

    number: int
    time: str
    session: str
    title: str
    tag: str | None
    kind: Kind
    edits: tuple[Edit, ...]
    undone: bool
    before: str
    after: str
    target: int | None = None
    created: tuple[str, ...] = ()
    note: str = ""
    dropped: bool = False
    splices: tuple[Splice, ...] = field(default=(), repr=False)
    inverse_data: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def inverse(self) -> tuple[Edit, ...]:
        """The edits that take it back. Raises Refused when another version of Taskdeck wrote them."""
        return tuple(edit_from_json(data) for data in self.inverse_data)


def inverse_to_data(inverse: Sequence[Edit]) -> tuple[dict[str, Any], ...]:
    """Inverse edits in the form that `JournalEntry` holds."""
    return tuple(edit_to_json(edit) for edit in inverse)


def intent_record(entry: JournalEntry) -> dict[str, Any]:
    """The entry as the record that is written before the task file changes."""
    return {
        "record": "intent",
        "number": entry.number,
        "time": entry.time,
        "session": entry.session,
        "title": entry.title,
        "tag": entry.tag,
        "kind": entry.kind,
        "target": entry.target,
        "before": entry.before,
        "after": entry.after,
        "created": list(entry.created),
        "edits": [edit_to_json(edit) for edit in entry.edits],
        "inverse": list(entry.inverse_data),
        "splices": [[splice.start, splice.old, splice.new] for splice in entry.splices],
    }


def entry_from_record(record: dict[str, Any]) -> JournalEntry:
    """The entry that `intent_record` told. Raises KeyError, TypeError or ValueError for anything else."""
    return JournalEntry(
        number=int(record["number"]),
        time=str(record["time"]),
        session=str(record["session"]),
        title=str(record["title"]),
        tag=record["tag"],
        kind=record["kind"],
        edits=_known_edits(record["edits"]),
        undone=False,
        before=str(record["before"]),
        after=str(record["after"]),
        target=record.get("target"),
        created=tuple(record.get("created", ())),
        splices=tuple(Splice(int(start), str(old), str(new)) for start, old, new in record["splices"]),
        inverse_data=tuple(record["inverse"]),
    )


def _known_edits(data: list[dict[str, Any]]) -> tuple[Edit, ...]:
    # The history of a newer version can still be listed; only undoing needs to understand it.
    try:
        return tuple(edit_from_json(edit) for edit in data)
    except Refused:
        return ()


def to_line(record: dict[str, Any]) -> bytes:
    """A record as one line of the journal, with its line end."""
    line = json.dumps(record, separators=(",", ":")).encode()
    if len(line) > _LONG:
        packed = base64.b64encode(zlib.compress(line, 1)).decode()
        line = json.dumps({"record": "packed", "number": record["number"], "zlib": packed}).encode()
    return line + b"\n"


def from_line(line: bytes) -> dict[str, Any] | None:
    """The record of a line; None when the line is torn or is no record."""
    try:
        record: Any = json.loads(line)
        if isinstance(record, dict) and cast("dict[str, Any]", record).get("record") == "packed":
            record = json.loads(zlib.decompress(base64.b64decode(cast("dict[str, Any]", record)["zlib"])))
    except (ValueError, KeyError, TypeError, zlib.error, RecursionError):
        return None
    if not isinstance(record, dict) or not isinstance(cast("dict[str, Any]", record).get("number"), int):
        return None
    return cast("dict[str, Any]", record)
