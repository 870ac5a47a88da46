"""Runs the sample project without a screen: PRD, tasks, scores, subtasks, documents, with the app's parts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.documents.coverage import coverage
from core.errors import TaskdeckError
from core.paths import state_folder
from core.planning.outline.planner import OutlinePlanner
from core.planning.planner import Done, PlannerEvent, ScoreComplete, SubtaskComplete, TaskComplete
from core.planning.proposal import plan_proposal, subtask_proposal
from core.project import Project, project_at
from core.runs.folder import RunFolder
from core.runs.places import document_places
from core.runs.start import Wish, start
from core.runs.watch import RunView, RunWatch
from core.services import open_project
from core.tasks.complexity import Score, save_report
from core.tasks.document import Tag
from core.tasks.findings import tag_findings
from core.tasks.graph import TaskGraph
from core.tasks.next_task import next_task
from core.tasks.store import TaskStore
from tui.demo.demo import make_demo, remove_demo

Say = Callable[[str], object]
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class DemoResult:
    """What the run made. The folder exists only when it was kept."""

    project: Path
    tasks: int
    subtasks: int
    documents: int
    seconds: float
    kept: bool


def run_headless(folder: Path | None = None, *, keep: bool = False, say: Say = print) -> DemoResult:
    """Run the pipeline on a fresh copy of the sample project, saying each step with the time it took.

    The copy is removed at the end, also after an error, unless `keep` or a `folder` was given.
    Raises what making the copy, planning and saving raise.
    """
    began = time.perf_counter()
    root = make_demo(folder)
    kept = keep or folder is not None
    try:
        tasks, subtasks, documents = asyncio.run(_Run(root, say, began).all_steps())
    finally:
        if not kept:
            remove_demo(root)
    seconds = time.perf_counter() - began
    say(
        f"Done in {seconds:.1f} s. "
        + (f"The project is kept in {root}." if kept else "The copy was removed.")
    )
    return DemoResult(root, tasks, subtasks, documents, seconds, kept)


class _Run:
    def __init__(self, root: Path, say: Say, began: float) -> None:
        self.project: Project = project_at(root)
        self.store = TaskStore(self.project.tasks_file, state_folder(root), "demo")
        self.planner = OutlinePlanner()
        self.began = began
        self.say = say

    async def all_steps(self) -> tuple[int, int, int]:
        self._step(f"made the project in {self.project.root} (git branch feature/example-app)")
        await self._plan()
        scores = await self._analyse()
        await self._expand(scores)
        tasks, subtasks = await self._check()
        return tasks, subtasks, await self._document()

    def _step(self, what: str) -> None:
        self.say(f"{time.perf_counter() - self.began:5.2f} s  {what}")

    async def _tag(self) -> Tag:
        return (await asyncio.to_thread(self.store.load)).tag()

    async def _plan(self) -> None:
        prd = self.project.prd
        if prd is None:
            raise TaskdeckError(f"There is no PRD in {self.project.root}.")
        text = await asyncio.to_thread(prd.read_text, encoding="utf-8")
        self._step(f"read the PRD: {len(text.splitlines())} lines; planner: {self.planner.name}")
        events = await _whole(self.planner.plan(text))
        drafts = [event.draft for event in events if isinstance(event, TaskComplete)]
        edits = plan_proposal(drafts, await self._tag()).edits()
        await asyncio.to_thread(self.store.apply, edits, title="plan the PRD")
        for draft in drafts:
            first, last = draft.source_lines or (0, 0)
            needs = f", after {', '.join(map(str, draft.dependencies))}" if draft.dependencies else ""
            self.say(f"         {draft.id:3} {draft.title} (PRD lines {first}-{last}{needs})")
        self._step(f"planned and saved {len(drafts)} tasks")

    async def _analyse(self) -> dict[str, Score]:
        tag = await self._tag()
        events = await _whole(self.planner.analyse(tag.tasks))
        drafts = [event.score for event in events if isinstance(event, ScoreComplete)]
        scores = {
            d.task_id: Score(d.task_id, d.title, d.score, d.recommended, d.prompt, d.reasoning)
            for d in drafts
        }
        await asyncio.to_thread(save_report, self.project, tag.name, scores.values())
        listed = ", ".join(f"{score.key}: {score.score:.0f}" for score in scores.values())
        self._step(f"scored {len(scores)} tasks ({listed})")
        return scores

    async def _expand(self, scores: dict[str, Score]) -> None:
        made = 0
        for task in (await self._tag()).tasks:
            events = await _whole(self.planner.expand(task, score=scores.get(task.key)))
            drafts = [event.draft for event in events if isinstance(event, SubtaskComplete)]
            edits = subtask_proposal(task, drafts).edits()
            await asyncio.to_thread(self.store.apply, edits, title=f"expand {task.key}")
            made += len(drafts)
        self._step(f"divided the tasks into {made} subtasks")

    async def _check(self) -> tuple[int, int]:
        tag = await self._tag()
        graph = TaskGraph(tag)
        if wrong := tag_findings(graph):
            raise TaskdeckError(f"The demonstration made a faulty plan: {wrong[0].text}")
        found = next_task(tag, graph)
        first = f"{found.task.key} {found.task.title}" if found.task is not None else "nothing"
        self._step(f"checked the dependencies: no findings; next is {first}")
        return len(tag.tasks), sum(len(task.subtasks) for task in tag.tasks)

    async def _document(self) -> int:
        """Write the documents of every task: a run of its own, as the app and the command line begin it."""
        workspace = open_project(self.project.root, session="demo")
        run = await start(workspace, Wish("docs", agent="builtin", commit=True))
        request = run.request
        names = ", ".join(request.names)
        self._step(f"began the run {run.id}: {len(request.keys)} tasks, each {names}")
        view = await self._over(run)
        gate = next((stage.words for stage in view.stages if stage.name == "gate"), "")
        if view.verdict is None or view.verdict.state != "done":
            raise TaskdeckError(f"The documents were not written: {view.words}")
        self._step(f"wrote {view.files_written} documents; the gate: {gate}")
        self.say(f"         they are on the branch {view.branch}")
        return await self._cover(request.names)

    async def _over(self, run: RunFolder) -> RunView:
        """Watch a run to its end."""
        watch = RunWatch(run)
        while True:
            view = await asyncio.to_thread(watch.poll)
            if view.is_over and not view.alive:
                return view
            await asyncio.sleep(LOOK_SECONDS)

    async def _cover(self, names: Sequence[str]) -> int:
        """Count what is there now, in the project and on the branches of its runs."""
        root = self.project.root
        places = await asyncio.to_thread(document_places, root, state_folder(root))
        matrix = await asyncio.to_thread(coverage, await self._tag(), names, places)
        if not matrix.whole:
            raise TaskdeckError(f"Documents are missing for the tasks {', '.join(matrix.needed)}.")
        self._step(f"coverage is whole: {matrix.present}/{matrix.expected} documents are current")
        return matrix.present


async def _whole(events: AsyncIterator[PlannerEvent]) -> list[PlannerEvent]:
    """All events of a stream that came to its end."""
    found = [event async for event in events]
    if not found or not isinstance(found[-1], Done):
        raise TaskdeckError("The planner stopped before its end; nothing of this step was saved.")
    return found
