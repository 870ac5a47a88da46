"""What a planner answered, kept in the project's state as it arrives, until somebody takes it.

Answers of a model are paid for: one that was not taken, or that arrived in an app that was killed, is offered
again when it is asked for the same work.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.atomic_write import write_atomic
from core.paths import make_private_folder, state_folder
from core.planning.events import StartedAgain
from core.planning.expand_all import Expansion
from core.planning.planner import (
    Done,
    PlannerEvent,
    ScoreComplete,
    ScoreDraft,
    SubtaskComplete,
    SubtaskDraft,
    TaskComplete,
    TaskDraft,
    Usage,
)
from core.secrets import redact_known
from core.tasks.model import Task

Heard = PlannerEvent | Expansion


@dataclass(frozen=True)
class Work:
    """What is asked for: `name` of the kind of work, and a fingerprint of what each part is made from.

    The parts are the keys of the tasks that are divided or scored; a whole plan has one part, "".
    """

    name: str
    prints: Mapping[str, str]


def plan_work(name: str, tag: str, prd: str) -> Work:
    """A plan of this PRD; `name` tells plans that are asked for in different ways."""
    return Work(f"{name}-{_digest(tag)}", {"": _digest(prd)})


def task_work(name: str, tag: str, tasks: Iterable[Task]) -> Work:
    """Something that is made from each of these tasks as they are."""
    prints = {
        task.key: _digest(
            task.title, task.description, task.details, task.test_strategy, *(s.title for s in task.subtasks)
        )
        for task in tasks
    }
    return Work(f"{name}-{_digest(tag)}", prints)


@dataclass(frozen=True)
class Kept:
    """What is kept of some work: the parts that are whole, in the order they came."""

    time: str
    events: tuple[Heard, ...] = ()
    parts: frozenset[str] = frozenset()
    """The parts that are whole; empty where a plan broke off."""
    items: int = 0
    dollars: float = 0.0


@dataclass
class Keeper:
    """Writes down what arrives for `work`. Its methods block; where the disk is full they keep nothing."""

    root: Path
    work: Work

    @property
    def path(self) -> Path:
        return state_folder(self.root) / "answers" / f"{self.work.name}.jsonl"

    def find(self) -> Kept | None:
        """What is kept of this very work, made from the same material; None where nothing is."""
        lines = [line for line in self._read() if self._fits(line)]
        kept = _gather(lines)
        return kept if kept.items else None

    def begin(self, *, again: bool) -> None:
        """Write from now on. With `again` what is kept of this work stays, else it makes place."""
        kept = [line for line in self._read() if again or not self._asked(line)]
        with suppress(OSError):
            make_private_folder(self.path.parent)
            write_atomic(self.path, b"".join(map(_encoded, kept)), mode=0o600)

    def take(self, event: Heard) -> None:
        """Write down an event, if it is one that somebody could want again."""
        said = _said(event)
        if said is None:
            return
        part = said["part"]
        line = {**said, "print": self.work.prints.get(part, ""), "time": datetime.now(UTC).isoformat()}
        with suppress(OSError):
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, _encoded(line))
            finally:
                os.close(handle)

    def drop(self, parts: Collection[str] | None = None) -> None:
        """Nobody needs these parts any more; all of this work without it."""
        gone = set(self.work.prints) if parts is None else set(parts)
        kept = [line for line in self._read() if line.get("part") not in gone | {"*"}]
        with suppress(OSError):
            if kept:
                write_atomic(self.path, b"".join(map(_encoded, kept)), mode=0o600)
            else:
                self.path.unlink(missing_ok=True)

    def _asked(self, line: Mapping[str, Any]) -> bool:
        return line.get("part") in self.work.prints or line.get("part") == "*"

    def _fits(self, line: Mapping[str, Any]) -> bool:
        part = str(line.get("part"))
        return part == "*" or (part in self.work.prints and line.get("print") == self.work.prints[part])

    def _read(self) -> list[dict[str, Any]]:
        try:
            text = self.path.read_text("utf-8", errors="replace")
        except OSError:
            return []
        found: list[dict[str, Any]] = []
        for line in text.splitlines():
            with suppress(ValueError):
                value = json.loads(line)
                if isinstance(value, dict):
                    found.append(value)  # pyright: ignore[reportUnknownArgumentType]
        return found


async def keeping(stream: AsyncIterator[Heard], keeper: Keeper) -> AsyncGenerator[Heard, None]:
    """The events of `stream`, each written down before it is handed on. Blocks for a line at a time."""
    try:
        async for event in stream:
            keeper.take(event)
            yield event
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


async def resumed(
    make: Callable[[], AsyncIterator[Heard]] | None, keeper: Keeper, kept: Kept | None
) -> AsyncGenerator[Heard, None]:
    """What is kept, and then what `make` (None: nothing more) answers to the rest, kept as it comes."""
    for event in kept.events if kept else ():
        yield event
    if make is None:
        return
    keeper.begin(again=kept is not None)
    async with aclosing(keeping(make(), keeper)) as events:
        async for event in events:
            yield event


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _encoded(line: Mapping[str, Any]) -> bytes:
    return (redact_known(json.dumps(line)) + "\n").encode("ascii", "replace")


def _said(event: Heard) -> dict[str, Any] | None:
    """An event as it is written down; `part` is the task it belongs to, "" a plan, "*" all of it."""
    match event:
        case TaskComplete(draft):
            return {"kind": "task", "part": "", "draft": draft.model_dump()}
        case SubtaskComplete(parent_key, draft):
            return {"kind": "subtask", "part": parent_key, "draft": draft.model_dump()}
        case ScoreComplete(score):
            return {"kind": "score", "part": score.task_id, "draft": score.model_dump()}
        case Expansion(parent_key, _, summary):
            return {"kind": "whole", "part": parent_key, "text": summary}
        case Done(summary):
            return {"kind": "done", "part": "", "text": summary}
        case StartedAgain(parent_key=parent):
            return {"kind": "again", "part": parent}
        case Usage():
            return {"kind": "usage", "part": "*", "dollars": event.dollars or 0.0}
        case _:
            return None


def _gather(lines: Iterable[Mapping[str, Any]]) -> Kept:
    """What the lines add up to; a line that cannot be read (a crash, a full disk) is left out."""
    drafts: dict[str, dict[object, Heard]] = {}
    whole: dict[str, str] = {}
    last, dollars = "", 0.0
    for line in lines:
        part, last = str(line.get("part")), str(line.get("time", last))
        if line.get("kind") == "usage":
            dollars += float(line.get("dollars") or 0.0)
        elif line.get("kind") == "again":
            drafts.pop(part, None)
        elif line.get("kind") in ("whole", "done"):
            whole[part] = str(line.get("text"))
        else:
            with suppress(ValidationError, KeyError):
                event = _draft(line)
                drafts.setdefault(part, {})[_id(event)] = event
    return _whole(last, dollars, drafts, whole)


def _draft(line: Mapping[str, Any]) -> Heard:
    if line["kind"] == "subtask":
        return SubtaskComplete(str(line["part"]), SubtaskDraft.model_validate(line["draft"]))
    if line["kind"] == "score":
        return ScoreComplete(ScoreDraft.model_validate(line["draft"]))
    return TaskComplete(TaskDraft.model_validate(line["draft"]))


def _id(event: Heard) -> object:
    return event.draft.id if isinstance(event, TaskComplete | SubtaskComplete) else 0


def _whole(
    time: str, dollars: float, drafts: Mapping[str, Mapping[object, Heard]], whole: Mapping[str, str]
) -> Kept:
    events: list[Heard] = []
    parts: set[str] = set()
    items = 0
    for part, found in drafts.items():
        subtasks = tuple(e.draft for e in found.values() if isinstance(e, SubtaskComplete))
        scored = any(isinstance(event, ScoreComplete) for event in found.values())
        if subtasks and part not in whole:
            continue  # half of the subtasks of a task are none
        events += found.values()
        items += len(found)
        if subtasks:
            events.append(Expansion(part, subtasks, whole[part]))
        if subtasks or scored or part in whole:
            parts.add(part)
    if "" in parts:
        events.append(Done(whole[""]))
    return Kept(time, tuple(events), frozenset(parts), items, dollars)
