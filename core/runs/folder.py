"""A run's folder on disk: what lies where in it, who holds it, and how a run is named."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from core.errors import NotFound, UsageError
from core.runs.ledger import RunState, fold, read_entries
from core.runs.request import RunRequest, read_request

if TYPE_CHECKING:
    from core.tasks.document import Tag

_LAST = 64 << 10


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run. Everything that is asked for is read when asked, unless said otherwise."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def state(self) -> Path:
        """The state folder of the project the run belongs to."""
        return self.path.parent.parent

    @property
    def request_file(self) -> Path:
        return self.path / "request.json"

    @property
    def tasks_file(self) -> Path:
        """The run's own copy of the task file, exactly as it was asked for."""
        return self.path / "tasks.json"

    @property
    def prd_file(self) -> Path:
        """The run's own copy of the PRD; there is none where the project has none."""
        return self.path / "prd"

    @property
    def ledger_file(self) -> Path:
        return self.path / "ledger.jsonl"

    @property
    def lock_file(self) -> Path:
        return self.path / "worker.lock"

    @property
    def worker_log(self) -> Path:
        """What the worker itself printed; empty unless something went wrong."""
        return self.path / "worker.log"

    @property
    def cancel_file(self) -> Path:
        return self.path / "cancel"

    @property
    def kept(self) -> Path:
        """Results that failed the gate, for inspection."""
        return self.path / "kept"

    @property
    def results(self) -> Path:
        """Without git: the documents that passed the gate, by their paths in the project."""
        return self.path / "results"

    def agent(self, name: str, attempt: int = 1) -> Path:
        """The folder of an attempt: `log`, `log.times`, `brief.json`, and `input`, what the agent gets."""
        return self.path / "agents" / (name if attempt == 1 else f"{name}.{attempt}")

    def worktree(self, slot: int) -> Path:
        return self.state / "worktrees" / f"{self.id}-{slot}"

    @cached_property
    def request(self) -> RunRequest:
        """What was asked for, read once: it never changes. Raises DamagedFile, NotFound."""
        try:
            return read_request(self.request_file)
        except OSError:
            raise NotFound(f"There is no run in {self.path}.", "`taskdeck runs list` shows them.") from None

    def tag(self) -> Tag:
        """The tasks as the run was asked about them. Raises DamagedFile, NotFound, OSError."""
        from core.tasks.document import parse

        return parse(self.tasks_file.read_bytes(), self.tasks_file).tag(self.request.tag)

    def worked_at(self) -> str:
        """The commit agents work at: the one that was published, else that of the request."""
        stages = {stage.name: stage for stage in self.ledger().stages}
        published = stages["publish"].proof.get("commit", "") if "publish" in stages else ""
        return published or self.request.commit

    def ledger(self) -> RunState:
        """What happened so far."""
        return fold(self.request.stages, read_entries(self.ledger_file)[0])

    def has_verdict(self) -> bool:
        """Whether its ledger ends with a verdict; reads its last lines only."""
        try:
            with self.ledger_file.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST))
                lines = file.read().splitlines()
        except OSError:
            return False
        return any(b'"type": "Verdict"' in line[:40] for line in lines[-3:])

    @property
    def worker(self) -> tuple[int, float] | None:
        """Process id and start time (seconds since the epoch) of the worker, once it began."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            raw = cast("dict[str, Any]", json.loads((self.path / "worker.json").read_bytes()))
            return int(raw["pid"]), float(raw["created"])
        return None

    def is_alive(self) -> bool:
        """Whether its worker lives: it holds the lock. The lock of a killed worker is free at once."""
        with self.hold(shared=True) as held:
            return not held

    @contextlib.contextmanager
    def hold(self, *, shared: bool = False) -> Generator[bool]:
        """Take the run's lock for a moment if nobody has it; yields whether it was taken."""
        try:
            descriptor = os.open(self.lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            yield True
            return
        try:
            taken = True
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except OSError:
                taken = False
            yield taken
        finally:
            os.close(descriptor)


def runs_folder(state: Path) -> Path:
    """Where the runs of a project lie; `state` is its `core.paths.state_folder`."""
    return state / "runs"


def list_runs(state: Path) -> list[RunFolder]:
    """Every run of a project, the newest first. One that is being made this moment may be missing."""
    try:
        entries = [Path(entry.path) for entry in os.scandir(runs_folder(state))]
    except OSError:
        return []
    found = [RunFolder(path) for path in entries if (path / "request.json").is_file()]
    return sorted(found, key=_begun, reverse=True)


def _begun(run: RunFolder) -> tuple[int, str]:
    # The request is written once, as the last thing before the run begins; reading them all would be slow.
    with contextlib.suppress(OSError):
        return run.request_file.stat().st_mtime_ns, run.id
    return 0, run.id


def find_run(state: Path, name: str) -> RunFolder:
    """The run `name` means: its id, a unique beginning or end of it, `last`. Raises NotFound, UsageError."""
    runs = list_runs(state)
    if not runs:
        raise NotFound("No agent has run here yet.", "`taskdeck docs generate` begins with documents.")
    if name in ("last", ""):
        return runs[0]
    exact = [run for run in runs if run.id == name]
    close = exact or [run for run in runs if run.id.startswith(name) or run.id.endswith(name)]
    if len(close) == 1:
        return close[0]
    if not close:
        raise NotFound(f"There is no run {name}.", "`taskdeck runs list` shows them.")
    named = ", ".join(run.id for run in close[:4]) + (f" and {len(close) - 4} more" if len(close) > 4 else "")
    raise UsageError(f"{name} may be several runs: {named}.", "Name one whole, or `last`.")
