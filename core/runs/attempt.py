"""One attempt of one agent at one task: handed over, run, judged, and its result committed or kept."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.agents.command import AgentCommand
from core.agents.process import AgentProcess, Ended, Identity, Limits
from core.agents.watch import AgentWatch
from core.documents.coverage import FolderPlace, Place
from core.errors import TaskdeckError
from core.logs.writer import LineWriter
from core.paths import make_private_folder
from core.plain_text import dollars
from core.publishing.repository import Repository
from core.runs import commands, task_work
from core.runs.branch import RunBranch, commit_message
from core.runs.briefing import Handed, hand_over
from core.runs.folder import RunFolder
from core.runs.judging import Judgement, as_mappings, judge_documents
from core.runs.keep import keep_changes
from core.runs.ledger import AttemptBegan, AttemptEnded, Judged, Ledger
from core.runs.surroundings import Surroundings, surroundings
from core.runs.workspace import Slot, finish, to_the_end
from core.tasks.document import Tag


@dataclass
class Desk:
    """What every attempt of a run works with. `begin` marks that a stage has begun."""

    folder: RunFolder
    ledger: Ledger
    tag: Tag
    repository: Repository | None
    branch: RunBranch | None
    places: list[Place]
    begin: Callable[[str], None]
    prd: str = ""
    ended: dict[str, AttemptEnded] = field(default_factory=dict[str, AttemptEnded])
    judged: dict[str, Judged] = field(default_factory=dict[str, Judged])
    # One result at a time goes onto the branch.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    all_ended: Callable[[], None] = lambda: None

    def base(self) -> str:
        """The commit the next attempt begins at: tasks build on what passed before them."""
        if self.branch is None:
            return ""
        return self.branch.head if self.folder.request.kind == "task" else self.branch.base

    def note_end(self, key: str, ended: AttemptEnded) -> None:
        """An agent's process ended; where no further attempt can follow, the last one ends the stage."""
        self.ended[key] = ended
        request = self.folder.request
        if request.attempts == 1 and len(self.ended) == len(request.keys):
            self.all_ended()

    def succeeded(self, key: str) -> bool:
        """Whether the last attempt at that task ended well, whatever the gate said."""
        ended = self.ended.get(key)
        return ended is not None and ended.outcome == "succeeded"

    def proof(self) -> dict[str, str]:
        """What the agents cost together."""
        costs = [ended.cost for ended in self.ended.values() if ended.cost is not None]
        return {"cost": dollars(sum(costs))} if costs else {}


class Attempt:
    """One attempt. `run` writes down its beginning, its end and the judgement."""

    def __init__(self, desk: Desk, key: str, number: int, slot: Slot, remarks: str) -> None:
        self.desk = desk
        self.key = key
        self.number = number
        self.slot = slot
        self.given = remarks
        self.request = desk.folder.request
        self.agent = self.request.agent_of(key)
        self.base = desk.base()
        self.watch = AgentWatch(time.time(), self.request.silence)
        self._around = Surroundings()

    async def run(self) -> Judged:
        """Raises TaskdeckError for what concerns the whole run, such as a branch that somebody moved."""
        handed = await finish(
            hand_over, self.desk.folder, self.desk.tag, self.key, self.number, self.slot.project, self.given
        )
        self._around = await finish(surroundings, self.desk.repository, self.request)
        try:
            ended = await self._agent(handed)
        except asyncio.CancelledError:
            await finish(self._cancelled)
            raise
        self.desk.note_end(self.key, ended)
        # What an agent finished was paid for: it is judged, and committed or kept, whoever cancels meanwhile.
        return await to_the_end(self._gate(handed, ended))

    async def _gate(self, handed: Handed, ended: AttemptEnded) -> Judged:
        self.desk.begin("gate")
        judgement = await finish(self._judge, handed)
        around = await finish(surroundings, self.desk.repository, self.request)
        judged = await self._settle(ended, judgement, around.changed_since(self._around))
        self.desk.ledger.append(judged)
        self.desk.judged[self.key] = judged
        return judged

    def remarks(self, judged: Judged) -> str:
        """What a next attempt should know about this one."""
        lines = [finding["what"] for finding in judged.findings] or [judged.words]
        return "\n".join(dict.fromkeys(lines[:12]))

    # The agent

    async def _agent(self, handed: Handed) -> AttemptEnded:
        try:
            command = await finish(self._command, handed)
        except TaskdeckError as error:
            return self._not_started(error)
        limits = Limits(timeout=self.request.timeout, max_output=self.request.max_output)
        with LineWriter(handed.home / "log") as writer:
            process = AgentProcess(command, writer.write, limits, self.watch)
            try:
                identity = await process.start()
            except TaskdeckError as error:
                return self._not_started(error)
            self._began(identity)
            ended = await process.wait()
            return self._write_end(ended, writer.line_count)

    def _command(self, handed: Handed) -> AgentCommand:
        if self.request.agent == "builtin":
            return commands.builtin(self.request, handed.brief_file, self.slot.project)
        if self.request.kind == "docs":
            from core.documents.instructions import instructions

            prompt = instructions(handed.brief)
        else:
            prompt = task_work.task_prompt(self.request, self.desk.tag, self.key, handed, self.desk.places)
        return commands.claude(self.request, handed.brief, prompt, self.slot.project)

    def _began(self, identity: Identity) -> None:
        self.desk.ledger.append(
            AttemptBegan(
                self.agent, self.key, self.number, identity.pid, identity.created, identity.mark,
                str(self.slot.folder),
            )
        )  # fmt: skip

    def _not_started(self, error: TaskdeckError) -> AttemptEnded:
        self.desk.ledger.append(AttemptBegan(self.agent, self.key, self.number, 0, 0.0))
        words = f"{error.message} {error.hint}".strip()
        ended = AttemptEnded(self.agent, self.number, "failed", words, "not started")
        self.desk.ledger.append(ended)
        return ended

    def _write_end(self, ended: Ended, lines: int) -> AttemptEnded:
        view, outcome = self.watch.view, self.watch.outcome
        entry = AttemptEnded(
            self.agent,
            self.number,
            str(outcome.state) if outcome else str(view.state),
            outcome.words if outcome else view.words,
            ended.reason,
            ended.exit_code,
            round(ended.seconds, 3),
            view.cost,
            view.turns,
            view.tools,
            view.errors,
            view.denied,
            lines,
            ended.output,
            ended.masked,
        )
        self.desk.ledger.append(entry)
        return entry

    def _cancelled(self) -> None:
        """The agent was ended with the run: what it had written is kept."""
        view = self.watch.view
        self.desk.ledger.append(
            AttemptEnded(self.agent, self.number, "cancelled", "It was ended with the run.", "cancelled",
                         cost=view.cost, turns=view.turns, tools=view.tools)
        )  # fmt: skip
        with contextlib.suppress(TaskdeckError, OSError):
            changes = [change for change in self.slot.changes() if not change.ignored]
            if changes:
                keep_changes(self.slot.folder, changes, self._kept)

    # The gate

    def _judge(self, handed: Handed) -> Judgement:
        desk = self.desk
        if self.request.kind == "docs":
            return judge_documents(
                self.request, desk.tag, self.key, self.slot, handed, self.watch.view, desk.prd
            )
        assert desk.repository is not None
        return task_work.judge_task(
            self.request, desk.repository, self.base, self.slot, handed, self.watch.view
        )

    async def _settle(self, ended: AttemptEnded, judgement: Judgement, warnings: list[str]) -> Judged:
        """Commit what passed, keep what did not."""
        if judgement.passed and ended.outcome == "succeeded":
            async with self.desk.turn:
                commit = await finish(self._commit, judgement)
            entry = self._entry(ended, judgement, commit=commit)
        else:
            kept = await finish(self._keep, judgement) if judgement.changes else ""
            entry = self._entry(ended, judgement, kept=kept)
        return replace(entry, warnings=(*entry.warnings, *warnings))

    def _commit(self, judgement: Judgement) -> str:
        task = self.desk.tag.find(self.key)
        facts = {"Run": self.desk.folder.id, "Agent": self.request.agent, "Task-Content": self._content()}
        what = "docs" if self.request.kind == "docs" else "feat"
        message = commit_message(f"{what}(task {self.key})", task.title, facts)
        repository, branch = self.desk.repository, self.desk.branch
        place = FolderPlace(self.slot.project)
        if repository is None or branch is None:
            for path in judgement.files:
                _write(self.desk.folder.results / path, place.read(path) or b"")
            return ""
        self.desk.begin("commit")
        if self.request.kind == "task":
            return branch.move(task_work.seal(repository, self.slot, message))
        files = {repository.prefix + path: place.read(path) for path in judgement.files}
        return branch.add(files, message)

    def _content(self) -> str:
        return self.request.contents.get(self.key, "")

    @property
    def _kept(self) -> Path:
        return self.desk.folder.kept / (self.agent if self.number == 1 else f"{self.agent}.{self.number}")

    def _keep(self, judgement: Judgement) -> str:
        keep_changes(self.slot.folder, judgement.changes, self._kept)
        if self.request.kind == "task" and self.desk.repository is not None:
            with contextlib.suppress(TaskdeckError):
                patch = task_work.patch_of(self.desk.repository, self.slot, self.base)
                if patch:
                    (self._kept / "commits.patch").write_bytes(patch)
        return str(self._kept)

    def _entry(self, ended: AttemptEnded, judgement: Judgement, commit: str = "", kept: str = "") -> Judged:
        failed = ended.outcome != "succeeded"
        outcome = self.watch.outcome
        warnings = [finding.what for finding in judgement.warnings]
        if ended.masked:
            warnings.append(f"Its output held a key ({ended.masked} times); the log shows it masked.")
        return Judged(
            self.agent,
            self.number,
            judgement.passed and not failed,
            ended.words if failed else judgement.words,
            as_mappings(judgement.findings),
            (*warnings, *(outcome.doubts if outcome else ())),
            judgement.files,
            commit,
            kept,
        )


def _write(path: Path, data: bytes) -> None:
    make_private_folder(path.parent)
    path.write_bytes(data)
