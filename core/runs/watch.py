"""Watches a run from outside, from its files alone: whoever looks, whenever, sees the same state."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.documents.catalogue import paths_of
from core.logs.rate import Rate
from core.plain_text import plural
from core.runs.agent_log import AgentLog
from core.runs.estimate import time_left
from core.runs.folder import RunFolder
from core.runs.kept_look import last_look
from core.runs.ledger import AttemptView, Entry, RunState, fold, read_entries
from core.runs.request import RunRequest
from core.runs.view import AgentRow, RunStateName, RunView, Signal

__all__ = ["AgentRow", "RunStateName", "RunView", "RunWatch", "Signal", "summary"]


class RunWatch:
    """Follows one run. `poll` reads only what is new and blocks a little: one thread at a time."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._entries: list[Entry] = []
        self._offset = 0
        self._logs: dict[tuple[str, int], AgentLog] = {}
        self._rate = Rate(10)
        self.is_behind = False
        """Whether the last poll left lines of long logs to the next one."""
        self._memory: tuple[float, int] = (0.0, 0)

    def poll(self) -> RunView:
        """The run as it is now. A run whose worker is gone without a verdict reads as interrupted.

        Raises NotFound, DamagedFile when its request cannot be read.
        """
        request, now = self.folder.request, time.time()
        self.is_behind = False
        # Looked at before the ledger: a worker that ends between the two has written its verdict by then.
        alive = self.folder.is_alive()
        new, self._offset = read_entries(self.folder.ledger_file, self._offset)
        self._entries += new
        state = fold(request.stages, self._entries)
        last = {attempt.began.agent: attempt for attempt in state.attempts}
        rows = tuple(self._row(key, last.get(request.agent_of(key)), now, alive) for key in request.keys)
        lines = sum(log.lines for log in self._logs.values())
        if self.is_behind:
            # Old lines that are only read now say nothing about how many come.
            self._rate = Rate(10)
        self._rate.sample(now, lines)
        written = self._written(request, rows)
        name = _state_name(state, alive)
        over = state.verdict is not None or not alive
        return RunView(
            id=self.folder.id,
            kind=request.kind,
            tag=request.tag,
            keys=request.tasks,
            agent=request.agent,
            state=name,
            words=_words(state, name),
            alive=alive,
            began=request.created,
            ended=_ended(state, alive),
            stages=state.stages,
            agents=rows,
            files_written=written,
            files_expected=request.files_expected,
            lines=lines,
            lines_per_second=0.0 if over else self._rate.lines_per_second(now),
            cost=self._cost(state),
            eta=None if over else _eta(state, written, request.files_expected, now),
            verdict=state.verdict,
            health=() if over else tuple(self._health(state, rows, now)),
            notes=state.notes,
            branch=request.branch,
            commit=state.result or request.continues,
            base=request.base,
            retry_of=request.retry_of,
            attempt=request.attempt,
            cancel_asked=self.folder.cancel_file.exists(),
            into=request.remote_base or request.base,
            look=last_look(self.folder.path),
        )

    def whole(self) -> RunView:
        """`poll` until everything that is there now has been read; for long logs that takes seconds."""
        while (view := self.poll()) and self.is_behind:
            pass
        return view

    def _row(self, key: str, attempt: AttemptView | None, now: float, alive: bool) -> AgentRow:
        request = self.folder.request
        name, title = request.agent_of(key), request.titles.get(key, "")
        if attempt is None:
            return AgentRow(name, key, title)
        number, ended = attempt.began.number, attempt.ended
        path = self.folder.agent(name, number) / "log"
        log = self._read_log(path, attempt, now, alive)
        return AgentRow(
            name,
            key,
            title,
            number,
            log.watch.view if log else None,
            attempt.began.time,
            ended.time if ended else None,
            attempt.judged,
            path,
            Path(attempt.began.workspace) if attempt.began.workspace else None,
            log.lines if log else ended.lines if ended else 0,
        )

    def _read_log(self, path: Path, attempt: AttemptView, now: float, alive: bool) -> AgentLog | None:
        which = attempt.began.agent, attempt.began.number
        log = self._logs.get(which)
        if log is None:
            log = self._logs[which] = AgentLog(path, attempt, self.folder.request.silence)
        if not log.advance(attempt, now, alive):
            self.is_behind = True
        return log

    def _written(self, request: RunRequest, rows: Sequence[AgentRow]) -> int:
        """How many of the expected documents there are: written, as agents say, or past the gate."""
        if request.kind != "docs":
            return len({path for row in rows if row.judged for path in row.judged.files})
        expected = paths_of(request.keys, request.names)
        said = {write.path for row in rows if row.view for write in row.view.files}
        passed = {path for row in rows if row.judged and row.judged.passed for path in row.judged.files}
        failed = {row.task for row in rows if row.judged and not row.judged.passed}
        return sum(
            path in passed or (path in said and key not in failed) for path, (key, _) in expected.items()
        )

    def _cost(self, state: RunState) -> float | None:
        """What every attempt has cost so far, as far as it was said."""
        costs = [log.watch.view.cost for log in self._logs.values()]
        told = {(a.began.agent, a.began.number) for a in state.attempts} - set(self._logs)
        costs += [a.ended.cost for a in state.attempts if a.ended and (a.began.agent, a.began.number) in told]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if known else None

    def _health(self, state: RunState, rows: Sequence[AgentRow], now: float) -> Iterator[Signal]:
        yield Signal("worker", "alive", 0.0)
        running = [row for row in rows if row.view is not None and not row.view.state.over]
        waiting = sum(row.attempt == 0 for row in rows)
        yield Signal("agents", f"{len(running)} running, {waiting} waiting", 0.0)
        last = max((log.last_time for log in self._logs.values()), default=0.0)
        if last:
            yield Signal("last line", plural(sum(row.lines for row in rows), "line"), max(0.0, now - last))
        silent = [row for row in running if row.view and row.view.state == "stalled"]
        for row in silent:
            assert row.view is not None
            yield Signal("stalled", row.name, max(0.0, now - row.view.last_event))
        refused = sum(row.view.denied for row in rows if row.view)
        errors = sum(row.view.errors for row in rows if row.view)
        yield Signal("tool errors", f"{errors}, {refused} refused", 0.0)
        pids = [a.began.pid for a in state.attempts if a.ended is None and a.began.pid]
        if pids:
            at, size = self._measure(pids, now)
            yield Signal("memory of agents", f"{size >> 20} MB", now - at)

    def _measure(self, pids: Sequence[int], now: float) -> tuple[float, int]:
        """Resident bytes of the agents' own processes, measured every two seconds at most."""
        if now - self._memory[0] > 2:
            import psutil

            size = 0
            for pid in pids:
                with contextlib.suppress(psutil.Error):
                    size += int(psutil.Process(pid).memory_info().rss)
            self._memory = (now, size)
        return self._memory


def summary(folder: RunFolder) -> RunView:
    """A run as its ledger alone tells it, cheap enough for a long list: agents have no view."""
    return LedgerWatch(folder).poll()


class LedgerWatch(RunWatch):
    """Follows a run by its ledger only; no log is read."""

    def _read_log(self, path: Path, attempt: AttemptView, now: float, alive: bool) -> AgentLog | None:
        return None


def _state_name(state: RunState, alive: bool) -> RunStateName:
    if state.verdict is not None:
        return state.verdict.state
    if not alive:
        return "interrupted"
    running = {stage.name for stage in state.stages if stage.state == "running"}
    if "agent" in running:
        return "running"
    if running & {"gate", "commit", "apply", "push", "pull_request"}:
        return "gating"
    begun = any(
        stage.name not in ("prepare", "publish") and stage.state != "waiting" for stage in state.stages
    )
    return "gating" if begun else "preparing"


def _words(state: RunState, name: RunStateName) -> str:
    if state.verdict is not None:
        return state.verdict.said
    if name == "interrupted":
        from core.runs.recover import STAGE_WORDS

        stage = state.running_stage
        return f"Its worker ended {STAGE_WORDS.get(stage, f'in the stage {stage}')}."
    return ""


def _ended(state: RunState, alive: bool) -> float | None:
    if state.verdict is not None:
        return state.verdict.time
    if alive:
        return None
    times = [stage.ended or stage.began or 0.0 for stage in state.stages]
    return max(times, default=0.0) or None


def _eta(state: RunState, written: int, expected: int, now: float) -> tuple[float, float] | None:
    began = next((stage.began for stage in state.stages if stage.name == "agent"), None)
    return time_left(written, expected, now - began) if began else None
