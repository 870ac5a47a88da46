"""What happened in a run, entry by entry: an append-only file of JSON lines, each on disk before the next."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from core.atomic_write import flush
from core.secrets import redact_values

StageState = Literal["waiting", "running", "done", "failed", "skipped"]
VerdictState = Literal["done", "failed", "cancelled", "interrupted", "refused"]
Proof = Mapping[str, str]


def _proof() -> Proof:
    return {}


@dataclass(frozen=True, slots=True)
class StageBegan:
    stage: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class StageEnded:
    """`proof` holds what can be looked at again: a hash, a branch, a path."""

    stage: str
    state: StageState
    words: str = ""
    proof: Proof = dataclasses.field(default_factory=_proof)
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class AttemptBegan:
    """An agent was started; `pid`, `created` (seconds since the epoch) and `mark` identify its process."""

    agent: str
    task: str
    number: int
    pid: int
    created: float
    mark: str = ""
    workspace: str = ""
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """The process of an agent ended. `outcome` is core.agents' judgement, `reason` why the process ended."""

    agent: str
    number: int
    outcome: str
    words: str = ""
    reason: str = "exited"
    exit_code: int | None = None
    seconds: float = 0.0
    cost: float | None = None
    turns: int = 0
    tools: int = 0
    errors: int = 0
    denied: int = 0
    lines: int = 0
    output: int = 0
    masked: int = 0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """The gate on exactly what one agent changed. What failed is kept in the folder `kept`."""

    agent: str
    number: int
    passed: bool
    words: str = ""
    findings: tuple[Mapping[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    commit: str = ""
    kept: str = ""
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Note:
    words: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Waived:
    """A check somebody let pass on purpose."""

    check: str
    words: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the run ended; the first one counts. `hint` and `way` are those of the error that ended it."""

    state: VerdictState
    words: str
    evidence: Proof = dataclasses.field(default_factory=_proof)
    time: float = 0.0
    hint: str = ""
    way: str = ""

    @property
    def said(self) -> str:
        """The words with the hint."""
        return f"{self.words} {self.hint}".strip()


Entry = StageBegan | StageEnded | AttemptBegan | AttemptEnded | Judged | Note | Waived | Verdict
_TYPES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (StageBegan, StageEnded, AttemptBegan, AttemptEnded, Judged, Note, Waived, Verdict)
}


class Ledger:
    """The ledger of a run that is being written; only the holder of the run's lock may have one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        size = self._file.seek(0, os.SEEK_END)
        if size:
            # A writer that was killed can leave half a line; what comes next begins a new one.
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def append(self, entry: Entry) -> Entry:
        """Write an entry, timed now, and return it once it is on the disk. Raises OSError."""
        entry = dataclasses.replace(entry, time=entry.time or time.time())
        values = redact_values({"type": type(entry).__name__, **dataclasses.asdict(entry)})
        data = (json.dumps(values, ensure_ascii=False) + "\n").encode("utf-8", "replace")
        while data:
            data = data[self._file.write(data) :]
        flush(self._file.fileno())
        return entry

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_entries(path: Path, offset: int = 0) -> tuple[list[Entry], int]:
    """The whole entries behind `offset`, and the offset to go on from; none where there is no file yet."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    whole = data[: data.rfind(b"\n") + 1]
    entries = [entry for line in whole.splitlines() if (entry := _entry(line)) is not None]
    return entries, offset + len(whole)


def _entry(line: bytes) -> Entry | None:
    """An entry; None for half a line of a killed writer, or a kind a later version writes."""
    with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
        raw = cast("dict[str, Any]", json.loads(line))
        kind = _TYPES[raw.pop("type")]
        names = {field.name for field in dataclasses.fields(kind)}
        values = {
            name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
            for name, value in raw.items()
            if name in names
        }
        return cast("Entry", kind(**values))
    return None


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage as the ledger tells of it; times are seconds since the epoch."""

    name: str
    state: StageState = "waiting"
    words: str = ""
    proof: Proof = dataclasses.field(default_factory=_proof)
    began: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt of one agent: its process, how that ended, what the gate said."""

    began: AttemptBegan
    ended: AttemptEnded | None = None
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """What the ledger says, without looking at logs or processes."""

    stages: tuple[StageView, ...]
    attempts: tuple[AttemptView, ...] = ()
    notes: tuple[Note, ...] = ()
    waived: tuple[Waived, ...] = ()
    verdict: Verdict | None = None

    @property
    def current(self) -> tuple[AttemptView, ...]:
        """The last attempt of each agent."""
        last = {attempt.began.agent: attempt for attempt in self.attempts}
        return tuple(last.values())

    @property
    def running_stage(self) -> str:
        """The stage that is under way, the last one where several are; empty when none is."""
        return next((stage.name for stage in reversed(self.stages) if stage.state == "running"), "")

    @property
    def result(self) -> str:
        """The commit of the last result that passed: where the branch stands; empty without one."""
        commits = [(a.judged.time, a.judged.commit) for a in self.attempts if a.judged and a.judged.commit]
        return max(commits)[1] if commits else ""


def fold(stages: Iterable[str], entries: Iterable[Entry]) -> RunState:
    """What the entries say together. The order of two stages that overlap is that of `stages`."""
    views = {name: StageView(name) for name in stages}
    attempts: dict[tuple[str, int], AttemptView] = {}
    notes: list[Note] = []
    waived: list[Waived] = []
    verdict: Verdict | None = None
    for entry in entries:
        match entry:
            case StageBegan():
                views[entry.stage] = StageView(entry.stage, "running", began=entry.time)
            case StageEnded():
                began = views[entry.stage].began if entry.stage in views else None
                views[entry.stage] = StageView(
                    entry.stage, entry.state, entry.words, entry.proof, began, entry.time
                )
            case AttemptBegan():
                attempts[entry.agent, entry.number] = AttemptView(entry)
            case AttemptEnded() | Judged():
                _settle(attempts, entry)
            case Note():
                notes.append(entry)
            case Waived():
                waived.append(entry)
            case Verdict():
                verdict = verdict or entry
    return RunState(tuple(views.values()), tuple(attempts.values()), tuple(notes), tuple(waived), verdict)


def _settle(attempts: dict[tuple[str, int], AttemptView], entry: AttemptEnded | Judged) -> None:
    attempt = attempts.get((entry.agent, entry.number))
    if attempt is None:
        return
    changes: dict[str, Any] = {"ended" if isinstance(entry, AttemptEnded) else "judged": entry}
    attempts[entry.agent, entry.number] = dataclasses.replace(attempt, **changes)
