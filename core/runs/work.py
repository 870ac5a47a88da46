"""The stages of one run, from the workspace to the verdict, with everything written down as it happens."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

from core.build import own_build
from core.documents.apply import apply
from core.documents.coverage import FolderPlace, Place
from core.errors import Refused, TaskdeckError
from core.runs.attempt import Attempt, Desk
from core.runs.branch import RunBranch
from core.runs.briefing import copy_prd
from core.runs.copied_folder import Copied, remove_tree
from core.runs.delivery import Delivery, Facts, pull_request_facts
from core.runs.folder import RunFolder
from core.runs.inputs import check_input
from core.runs.ledger import Judged, Ledger, Note, StageBegan, StageEnded, StageState, Verdict, Waived
from core.runs.places import document_places, open_repository
from core.runs.workspace import Pool, copies, finish, worktrees
from core.tasks.document import Tag


class Work:
    """One run being done. `close` takes its workspaces away, whatever happened."""

    def __init__(self, folder: RunFolder, ledger: Ledger) -> None:
        self.folder = folder
        self.ledger = ledger
        self.request = folder.request
        self.repository = open_repository(Path(self.request.root)) if self.request.commit else None
        self.commit = self.request.commit
        self.stage = ""
        self.judged: dict[str, Judged] = {}
        self.not_begun: dict[str, str] = {}
        self._begun: set[str] = set()
        self._pool: Pool | None = None
        self._branch: RunBranch | None = None
        self._desk: Desk | None = None
        self._pristine = folder.worktree(0).with_name(f"{folder.id}-pristine")

    async def run(self) -> Verdict:
        """Do every stage and write the verdict. Raises OSError when the disk takes nothing more."""
        try:
            for check in self.request.waived:
                self.ledger.append(Waived(check, "let pass when the run was begun"))
            await self._publish()
            verdict = await self._do_tasks()
            if verdict.state == "done":
                verdict = await self._deliver(verdict)
        except asyncio.CancelledError:
            verdict = self._cancelled()
        except TaskdeckError as error:
            self._end(self.stage, "failed", error.message)
            before = self.stage in ("", "publish", "prepare")
            state = "refused" if before and isinstance(error, Refused) else "failed"
            verdict = Verdict(state, f"{error.message} {error.hint}".strip(), self._evidence())
        except Exception as error:
            # A fault of our own, or a disk that takes nothing more: the agents are ended, and it is told.
            traceback.print_exc()
            words = f"A fault of Taskdeck itself ended it ({type(error).__name__})."
            log = {"worker log": str(self.folder.worker_log)}
            verdict = Verdict("failed", words, self._evidence() | log)
        return self._write(verdict)

    async def close(self) -> None:
        """Take the workspaces away. Never raises."""
        if self._pool is not None:
            await self._pool.close()
            await finish(remove_tree, self._pristine)
        if self.repository is not None:
            self.repository.close()

    # Stages

    def begin(self, stage: str) -> None:
        """A stage begins; later beginnings of the same one are none."""
        if stage not in self._begun:
            self._begun.add(stage)
            self.stage = stage
            self.ledger.append(StageBegan(stage))

    def _end(self, stage: str, state: StageState, words: str, /, **proof: str) -> None:
        if stage in self._begun:
            self._begun.discard(stage)
            self.ledger.append(StageEnded(stage, state, words, proof))

    async def _publish(self) -> None:
        """Publish the input first, so that agents work from what the remote provably holds."""
        if "publish" not in self.request.stages:
            return
        self.begin("publish")
        self.commit, done = await finish(
            self._delivery().publish,
            self._note,
            self.folder.cancel_file.exists,
        )
        self._end("publish", "done", done.words, **done.proof)

    def _note(self, words: str) -> None:
        self.ledger.append(Note(words))

    async def _do_tasks(self) -> Verdict:
        if not self.request.keys:
            self._branch = await finish(self._run_branch)
            return Verdict("done", f"What passed is on the branch {self._branch.name}.", self._evidence())
        desk = self._desk = await self._prepare()
        await self._agents(desk)
        return await self._finish(desk)

    async def _deliver(self, verdict: Verdict) -> Verdict:
        """Push the branch and make sure of the pull request, each proven by asking back."""
        branch, words, evidence = self._branch, [verdict.words], dict(verdict.evidence)
        if branch is None or not self.request.push:
            return verdict
        self.begin("push")
        pushed = await finish(self._delivery().push, branch.head)
        self._end("push", "done", pushed.words, **pushed.proof)
        evidence |= {"remote": pushed.proof["remote"]}
        if not self.request.pr:
            return Verdict("done", f"{verdict.words} {pushed.words}", evidence)
        self.begin("pull_request")
        facts = await finish(self._facts)
        made = await finish(self._delivery().pull_request, branch.head, facts)
        self._end("pull_request", "skipped" if made.skipped else "done", made.words, **made.proof)
        words.append(made.words)
        evidence |= {name: made.proof[name] for name in ("url", "link") if name in made.proof}
        return Verdict("done", " ".join(words), evidence)

    def _delivery(self) -> Delivery:
        assert self.repository is not None
        return Delivery(self.request, self.repository)

    def _facts(self) -> Facts:
        assert self.repository is not None
        tag = self._desk.tag if self._desk else None
        return pull_request_facts(self.request, self.repository, self.commit, tag, self.judged, self.folder)

    def _run_branch(self) -> RunBranch:
        assert self.repository is not None
        return RunBranch(self.repository, self.request.branch, self.commit, self.request.continues)

    async def _prepare(self) -> Desk:
        self.begin("prepare")
        if self.request.words:
            self.ledger.append(Note(self.request.words))
        tag, committed_prd = await finish(check_input, self.folder, self.repository, self.commit)
        await finish(copy_prd, self.folder, committed_prd)
        proof = {"task file": self.request.tasks_sha256, "taskdeck": await finish(own_build)}
        if self.repository is not None:
            self._branch = await finish(self._run_branch)
            self._pool = worktrees(
                self.repository, self.commit, self.folder.worktree, self.request.concurrency
            )
            proof["commit"] = self.commit
        else:
            self._pool = await self._copy(proof)
        await self._pool.warm()
        places = await finish(self._places)
        self._end("prepare", "done", "", **proof)
        prd = self.folder.path / "prd"
        text = prd.read_bytes().decode("utf-8", "replace") if prd.is_file() else ""
        desk = Desk(self.folder, self.ledger, tag, self.repository, self._branch, places, self.begin, text)
        desk.all_ended = lambda: self._end_agents(desk)
        return desk

    async def _copy(self, proof: dict[str, str]) -> Pool:
        pool, copied = await finish(
            copies, Path(self.request.root), self.folder.worktree, self._pristine, self.request.concurrency
        )
        self._note_copy(copied)
        proof["copied"] = f"{copied.files} files, {copied.size} bytes"
        return pool

    def _note_copy(self, copied: Copied) -> None:
        shown = copied.left_out[:10]
        more = len(copied.left_out) - len(shown)
        for words in (*shown, *([f"{more} more were left out"] if more else [])):
            self.ledger.append(Note(f"Not in the copied folder: {words}."))

    def _places(self) -> list[Place]:
        if self.request.kind == "docs":
            return []
        return document_places(Path(self.request.root), self.folder.state, self.repository)

    async def _agents(self, desk: Desk) -> None:
        self.begin("agent")
        if not self.request.keys:
            raise TaskdeckError("The run has no task to work on.")
        try:
            async with asyncio.TaskGroup() as group:
                for key in self.request.keys:
                    group.create_task(self._agent(desk, key))
        except BaseExceptionGroup as error:
            raise error.exceptions[0] from None
        self._end_agents(desk)

    def _end_agents(self, desk: Desk) -> None:
        done = sum(desk.succeeded(key) for key in self.request.keys)
        total = len(self.request.keys)
        state = "done" if done == total else "failed"
        self._end("agent", state, f"{done} of {total} agents succeeded", **desk.proof())

    async def _agent(self, desk: Desk, key: str) -> None:
        """Every attempt at one task, each in a fresh workspace."""
        assert self._pool is not None
        remarks = self.request.context.get(key, "")
        for number in range(1, self.request.attempts + 1):
            async with self._pool.slot(desk.base) as slot:
                blocked = self._blocked(desk.tag, key)
                if blocked:
                    self.not_begun[key] = blocked
                    self.ledger.append(Note(f"Task {key} was not begun: it builds on task {blocked}."))
                    return
                attempt = Attempt(desk, key, number, slot, remarks)
                judged = await attempt.run()
            self.judged[key] = judged
            if judged.passed:
                return
            remarks = attempt.remarks(judged)

    def _blocked(self, tag: Tag, key: str) -> str:
        """The task of this run that `key` builds on and that did not pass."""
        if self.request.kind == "docs":
            return ""
        failed = {name for name, judged in self.judged.items() if not judged.passed} | set(self.not_begun)
        return next((name for name in tag.find(key).written_dependencies if name in failed), "")

    # The end

    async def _finish(self, desk: Desk) -> Verdict:
        passed = [key for key in self.request.keys if key in self.judged and self.judged[key].passed]
        total = len(self.request.keys)
        self._end("gate", "done" if len(passed) == total else "failed", f"{len(passed)} of {total} passed")
        trouble = ""
        if self._branch is not None:
            branch = {"branch": self._branch.name, "commit": self._branch.head} if passed else {}
            state = "done" if passed else "skipped"
            if passed:
                self.begin("commit")
            else:
                self.ledger.append(StageEnded("commit", "skipped", "nothing passed the gate"))
            self._end("commit", state, "", **branch)
        elif passed:
            trouble = await self._apply(desk, passed)
        else:
            self.ledger.append(StageEnded("apply", "skipped", "nothing passed the gate"))
        if len(passed) == total and not trouble:
            return Verdict("done", self._success(), self._evidence())
        return Verdict("failed", trouble or self._failure(len(passed)), self._evidence())

    async def _apply(self, desk: Desk, passed: list[str]) -> str:
        """Without git: copy what passed into the project. Returns what is wrong, else an empty text."""
        self.begin("apply")
        place = FolderPlace(self.folder.results, f"run {self.folder.id}")
        base = FolderPlace(self._pristine, "as the run began")
        applied = await finish(
            lambda: apply(place, Path(self.request.root), desk.tag, self.request.names, base, passed)
        )
        proof = {"written": str(len(applied.written)), "same": str(len(applied.same))}
        if applied.refused:
            path, why = applied.refused[0]
            words = f"{len(applied.refused)} documents were not copied: {path}: {why}"
            self._end("apply", "failed", words, **proof, kept=str(self.folder.results))
            return words
        self._end("apply", "done", f"{len(applied.written)} documents are in the project", **proof)
        return ""

    def _success(self) -> str:
        request = self.request
        count = len(request.keys)
        where = f"on the branch {request.branch}" if request.commit else "in the project"
        if request.kind == "docs":
            return f"{request.files_expected} documents of {_tasks(count)} are {where}."
        return f"{_tasks(count)} done, the work is {where}."

    def _failure(self, passed: int) -> str:
        first = next(
            (
                f"task {key}: {self.judged[key].words}"
                for key in self.request.keys
                if key in self.judged and not self.judged[key].passed
            ),
            "",
        )
        return f"{passed} of {_tasks(len(self.request.keys))} passed" + (f"; {first}" if first else ".")

    def _cancelled(self) -> Verdict:
        passed = sum(judged.passed for judged in self.judged.values())
        for stage in [name for name in self.request.stages if name in self._begun]:
            self._end(stage, "failed", "cancelled")
        words = f"Cancelled; {passed} of {_tasks(len(self.request.keys))} had passed."
        return Verdict("cancelled", words, self._evidence())

    def _evidence(self) -> dict[str, str]:
        evidence: dict[str, str] = {}
        if self._branch is not None and self._branch.exists:
            evidence |= {"branch": self._branch.name, "commit": self._branch.head}
        if self.folder.kept.is_dir():
            evidence["kept"] = str(self.folder.kept)
        failed = [judged.agent for judged in self.judged.values() if not judged.passed]
        if failed:
            evidence["failed"] = ", ".join(failed)
        return evidence

    def _write(self, verdict: Verdict) -> Verdict:
        for stage in [name for name in self.request.stages if name in self._begun]:
            self._end(stage, "failed", "")
        self.ledger.append(verdict)
        return verdict


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"
