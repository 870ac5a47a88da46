"""The stages of one run, from the workspace to the verdict, with everything written down as it happens."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

from core.build import own_build
from core.documents.apply import apply
from core.documents.coverage import FolderPlace, Place
from core.errors import Cancelled, Refused, TaskdeckError
from core.plain_text import plural, printable
from core.runs.attempt import Attempt, Desk
from core.runs.branch import RunBranch
from core.runs.briefing import copy_prd
from core.runs.copied_folder import Copied, remove_tree
from core.runs.delivery import Delivery, Facts, deliver, publish_input, pull_request_facts
from core.runs.folder import RunFolder
from core.runs.inputs import check_input
from core.runs.ledger import Judged, Ledger, Verdict, Waived
from core.runs.places import document_places, open_repository
from core.runs.stages import Stages
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
        self.stages = Stages(ledger, self.request.stages)
        self.judged: dict[str, Judged] = {}
        self.not_begun: dict[str, str] = {}
        self._pool: Pool | None = None
        self._branch: RunBranch | None = None
        self._desk: Desk | None = None
        self._pristine = folder.worktree(0).with_name(f"{folder.id}-pristine")

    async def run(self) -> Verdict:
        """Do every stage and write the verdict. Raises OSError when the disk takes nothing more."""
        try:
            for check in self.request.waived:
                self.ledger.append(Waived(check, "let pass when the run was begun"))
            if "publish" in self.request.stages:
                self.commit = await publish_input(
                    self.stages, self._delivery(), self.folder.cancel_file.exists
                )
            verdict = await self._do_tasks()
            if verdict.state == "done" and self._branch is not None and self.request.push:
                words, more = await deliver(self.stages, self._delivery(), self._branch.head, self._facts)
                verdict = Verdict("done", f"{verdict.words} {words}", {**verdict.evidence, **more})
        except (asyncio.CancelledError, Cancelled):
            verdict = self._cancelled()
        except TaskdeckError as error:
            self.stages.end(self.stages.last, "failed", error.message)
            before = self.stages.last in ("", "publish", "prepare")
            state = "refused" if before and isinstance(error, Refused) else "failed"
            hint, way = error.hint, error.way or ""
            verdict = Verdict(state, error.message, self._evidence(), hint=hint, way=way)
        except OSError as error:
            where = f" ({printable(str(error.filename))})" if error.filename else ""
            verdict = self._faulty(f"It could not go on: {error.strerror or error}{where}.")
        except Exception as error:
            verdict = self._faulty(f"A fault of Taskdeck itself ended it ({type(error).__name__}).")
        self.stages.end_all("")
        self.ledger.append(verdict)
        return verdict

    def _faulty(self, words: str) -> Verdict:
        """What nobody expected: the agents are ended by now, and where it happened is kept."""
        traceback.print_exc()
        return Verdict("failed", words, self._evidence() | {"worker log": str(self.folder.worker_log)})

    async def close(self) -> None:
        """Take the workspaces away. Never raises."""
        if self._pool is not None:
            await self._pool.close()
            await finish(remove_tree, self._pristine)
        if self.repository is not None:
            self.repository.close()

    # Stages

    async def _do_tasks(self) -> Verdict:
        if not self.request.keys:
            self._branch = await finish(self._run_branch)
            return Verdict("done", f"What passed is on the branch {self._branch.name}.", self._evidence())
        desk = self._desk = await self._prepare()
        await self._agents(desk)
        return await self._finish(desk)

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
        self.stages.begin("prepare")
        if self.request.words:
            self.stages.note(self.request.words)
        tag, committed_prd = await finish(check_input, self.folder, self.repository, self.commit)
        await finish(copy_prd, self.folder, committed_prd)
        proof = {"task file": self.request.tasks_sha256, "taskdeck": await finish(own_build)}
        if self.repository is not None:
            self._branch = await finish(self._run_branch)
            # Tasks build on what an earlier run of them left; documents are written from the input alone.
            begin_at = self._branch.head if self.request.kind == "task" else self.commit
            self._pool = worktrees(self.repository, begin_at, self.folder.worktree, self.request.concurrency)
            proof["commit"] = begin_at
        else:
            self._pool = await self._copy(proof)
        await self._pool.warm()
        places = await finish(self._places)
        self.stages.end("prepare", "done", "", **proof)
        prd = self.folder.prd_file
        text = prd.read_bytes().decode("utf-8", "replace") if prd.is_file() else ""
        desk = Desk(
            self.folder, self.ledger, tag, self.repository, self._branch, places, self.stages.begin, text
        )
        desk.judged = self.judged
        desk.all_ended = lambda: self._end_agents(desk)
        return desk

    async def _copy(self, proof: dict[str, str]) -> Pool:
        pool, copied = await finish(
            copies, Path(self.request.root), self.folder.worktree, self._pristine, self.request.concurrency
        )
        self._note_copy(copied)
        proof["copied"] = f"{plural(copied.files, 'file')}, {plural(copied.size, 'byte')}"
        return pool

    def _note_copy(self, copied: Copied) -> None:
        shown = copied.left_out[:10]
        more = len(copied.left_out) - len(shown)
        for words in (*shown, *([f"{more} more were left out"] if more else [])):
            self.stages.note(f"Not in the copied folder: {words}.")

    def _places(self) -> list[Place]:
        if self.request.kind == "docs":
            return []
        return document_places(Path(self.request.root), self.folder.state, self.repository)

    async def _agents(self, desk: Desk) -> None:
        self.stages.begin("agent")
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
        self.stages.end("agent", state, f"{done} of {plural(total, 'agent')} succeeded", **desk.proof())

    async def _agent(self, desk: Desk, key: str) -> None:
        """Every attempt at one task, each in a fresh workspace."""
        assert self._pool is not None
        remarks = self.request.context.get(key, "")
        for number in range(1, self.request.attempts + 1):
            async with self._pool.slot(desk.base) as slot:
                blocked = self._blocked(desk.tag, key)
                if blocked:
                    self.not_begun[key] = blocked
                    self.stages.note(f"Task {key} was not begun: it builds on task {blocked}.")
                    return
                attempt = Attempt(desk, key, number, slot, remarks)
                judged = await attempt.run()
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
        self.stages.end(
            "gate", "done" if len(passed) == total else "failed", f"{len(passed)} of {total} passed"
        )
        trouble = ""
        if not passed:
            self.stages.skip("commit" if self._branch else "apply", "nothing passed the gate")
        elif self._branch is not None:
            self.stages.begin("commit")
            self.stages.end("commit", "done", "", branch=self._branch.name, commit=self._branch.head)
        else:
            trouble = await self._apply(desk, passed)
        if len(passed) == total and not trouble:
            return Verdict("done", self._success(), self._evidence())
        return Verdict("failed", trouble or self._failure(len(passed)), self._evidence())

    async def _apply(self, desk: Desk, passed: list[str]) -> str:
        """Without git: copy what passed into the project. Returns what is wrong, else an empty text."""
        self.stages.begin("apply")
        place = FolderPlace(self.folder.results, f"run {self.folder.id}")
        base = FolderPlace(self._pristine, "as the run began")
        applied = await finish(
            lambda: apply(place, Path(self.request.root), desk.tag, self.request.names, base, passed)
        )
        proof = {"written": str(len(applied.written)), "same": str(len(applied.same))}
        if applied.refused:
            path, why = applied.refused[0]
            many = len(applied.refused) > 1
            words = f"{len(applied.refused)} document{'s were' if many else ' was'} not copied: {path}: {why}"
            self.stages.end("apply", "failed", words, **proof, kept=str(self.folder.results))
            return words
        words = f"{plural(len(applied.written), 'document')} written into the project"
        self.stages.end("apply", "done", words, **proof)
        return ""

    def _success(self) -> str:
        request = self.request
        count = len(request.keys)
        where = f"on the branch {request.branch}" if request.commit else "in the project"
        if request.kind == "docs":
            verb = "is" if request.files_expected == 1 else "are"
            return f"{plural(request.files_expected, 'document')} of {plural(count, 'task')} {verb} {where}."
        return f"{plural(count, 'task')} done, the work is {where}."

    def _failure(self, passed: int) -> str:
        first = next(
            (
                f"task {key}: {self.judged[key].words}"
                for key in self.request.keys
                if key in self.judged and not self.judged[key].passed
            ),
            "",
        )
        return f"{passed} of {plural(len(self.request.keys), 'task')} passed" + (
            f"; {first}" if first else "."
        )

    def _cancelled(self) -> Verdict:
        passed = sum(judged.passed for judged in self.judged.values())
        self.stages.end_all("cancelled")
        words = f"Cancelled; {passed} of {plural(len(self.request.keys), 'task')} had passed."
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
