"""The screen of planning: pipeline bar, task tree, the middle pane with its tabs, log and footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from core.errors import DamagedFile
from tui.actions import bindings
from tui.bridges.activity import Activity
from tui.bridges.outside import follow_project
from tui.bridges.publish_stages import sync_words, with_publishing
from tui.bridges.session import Session
from tui.bridges.snapshot import Snapshot
from tui.bridges.work_stages import task_activity, with_work
from tui.layout import PaneName
from tui.running import app_of
from tui.screens.agent_work import AgentWork
from tui.screens.editing import Editing
from tui.screens.notices import Notices
from tui.screens.plan_bars import PlanBars
from tui.screens.planning import Planning
from tui.screens.prd_drafting import PrdDrafting
from tui.screens.publish_work import PublishWork
from tui.widgets.footer_bar import FooterBar
from tui.widgets.header_bar import HeaderBar
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.pipeline_bar import PipelineBar
from tui.widgets.task_detail import TaskDetail
from tui.widgets.task_tree import TaskTree

if TYPE_CHECKING:
    from core.tasks.changes import TaskChanges
    from tui.widgets.complexity_heatmap import ComplexityHeatmap
    from tui.widgets.dependency_graph import DependencyGraph
    from tui.widgets.documents_pane import DocumentsPane


class PlanScreen(PrdDrafting, Editing, Planning, AgentWork, PublishWork, Notices):
    """Shows one snapshot after another, and passes on what the widgets on it say."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("plan")
    scope = "plan"

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.header = HeaderBar(id="header")
        self.pipeline = PipelineBar(id="pipeline")
        self.notice = NoticeBar(id="notice")
        self._written: tuple[tuple[str, str, int], ...] = ()

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.pipeline
        with Horizontal(id="panes"):
            yield self.tree_box
            yield self.middle_box
        yield self.log_box
        yield self.notice
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        self.session.on_snapshot = self.show_snapshot
        self.session.on_damage = self._show_damage
        self.session.on_stop = self._show_stop
        self.header.project = self.session.folder.name
        self.add_class("show-tree")
        self.title_panes()
        self.task_tree.focus()
        self.call_after_refresh(self.begin_log)
        self.deck.start_opening()

    def _show_stop(self) -> None:
        """The header says while nothing may be written; why, say the keys that would write."""
        stop = self.session.stop
        self.header.stop = "read only" if stop else ""
        if stop is not None:
            self.activity.add("warning", stop.message, stop.hint)

    def show_planner(self, name: str, cost: str) -> None:
        self.header.planner = name or self.header.planner
        self.header.cost = cost

    def watch_outside(self) -> None:
        """From now on follow what other programs write."""
        self.start(follow_project(self.session), group="watch")

    # What the session hands over

    def show_snapshot(self, snapshot: Snapshot, changes: TaskChanges | None) -> None:
        """Show a snapshot in the header, the bar and every pane in view."""
        self.header.project = snapshot_name(self.session)
        self.header.branch = snapshot.branch
        self.header.tag = snapshot.tag.name
        self.show_work()
        self.deck.documents.count_again()
        self.deck.publishing.look_again()
        self.task_tree.show(snapshot.tag, snapshot.graph, snapshot.report)
        if changes is not None:
            self.task_tree.flash({*changes.added, *changes.changed, *changes.moved})
        if self.has_class("damaged") and self.session.damage is None:
            self.remove_class("damaged")
            self.notice.hide()
        self.show_middle()
        self.title_panes()
        self.size_tree()
        self.refresh_bindings()
        editor = self.prd
        if editor is not None:
            self.start(editor.look_outside(), group="prd")

    # What agents do

    def follow_work(self) -> None:
        """From now on follow runs and documents."""
        self.deck.runs.listen(self._runs_changed)
        self.deck.documents.listen(self.show_work)
        self.deck.publishing.listen(self.show_work)
        # Not yet as coroutines: who leaves at this moment would leave them without an end.
        self.run_worker(self.deck.runs.follow, group="runs", exit_on_error=False)
        self.run_worker(self.deck.documents.follow, group="documents", exit_on_error=False)
        self.run_worker(self.deck.publishing.follow, group="publishing", exit_on_error=False)
        self.deck.documents.count_again()

    def _runs_changed(self) -> None:
        written = tuple((run.id, run.state, run.files_written) for run in self.deck.runs.views)
        if written != self._written:
            self._written = written
            self.deck.documents.count_again()
        self.deck.publishing.hear_of(self.deck.runs.views)
        self.follow_agents()
        self.tell_news()
        self.show_work()

    def show_work(self) -> None:
        """Show what agents do and made: in the bar, in the tree and in the documents pane."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        runs, documents = self.deck.runs, self.deck.documents
        tag, now, publishing = snapshot.tag, runs.now(), self.deck.publishing
        stages = with_work(snapshot.stages, tag, documents.matrix, runs.views, now, looked=runs.looked)
        digest = snapshot.document.digest
        self.pipeline.stages = with_publishing(stages, publishing.standing, digest, tag, runs.views, now)
        self.header.sync = sync_words(publishing.standing)
        self.task_tree.set_activity(task_activity(runs.views, snapshot.tag.name))
        self.task_tree.set_covered(documents.by_task)
        if self.middle == "documents":
            self.show_middle()
        for screen in self.deck.screen_stack:
            if isinstance(screen, PlanBars) and screen.is_mounted:
                screen.take_bars()

    @property
    def story_step(self) -> str:
        """What comes next on the way from a PRD to work: plan, score, divide, document, then work."""
        snapshot = self.snapshot
        if snapshot is None:
            return ""
        tasks = snapshot.tag.tasks
        if not tasks:
            return "parse_prd"
        if snapshot.report is None or not any(snapshot.report.of(task) for task in tasks):
            return "analyse"
        if not any(task.subtasks for task in tasks):
            return "expand_all"
        matrix = self.deck.documents.matrix
        begun = any(task.finished for task in tasks) or (matrix is not None and matrix.whole)
        return "next_task" if begun else "documents"

    def _show_damage(self, damage: DamagedFile) -> None:
        self.add_class("damaged")
        self.notice.show(
            f"{damage.path.name} is damaged now: line {damage.line}, column {damage.column}: {damage.what}. "
            "Shown is the last good content.",
            [("F5", "repair", "screen.repair")],
            "error",
        )

    def action_repair(self) -> None:
        from tui.screens import first

        if self.session.damage is not None:
            self.start(first.show(self.deck, "damaged", self.session.damage), group="first")

    def action_focus_pipeline(self) -> None:
        self.pipeline.focus()

    def on_pipeline_bar_left(self) -> None:
        self.task_tree.focus()

    def on_pipeline_bar_proof_wanted(self, event: PipelineBar.ProofWanted) -> None:
        from tui.screens.proof import ProofScreen

        if event.stage.name == "Published":
            self.action_publish()
            return
        if self.show_card(event.stage.run):
            return

        def go(pane: str | None) -> None:
            if pane:
                self.action_show_pane(cast(PaneName, pane))

        app_of(self).push_screen(ProofScreen(event.stage), go)

    # The tree, and what it and its companions say

    def on_task_tree_highlighted(self, event: TaskTree.Highlighted) -> None:
        event.stop()
        if self.middle in ("task", "graph", "heatmap", "documents"):
            self.show_middle()

    def on_task_tree_opened(self, event: TaskTree.Opened) -> None:
        event.stop()
        self.action_show_pane("task")

    def on_complexity_heatmap_opened(self, event: ComplexityHeatmap.Opened) -> None:
        event.stop()
        self.jump(event.key, open_task=True)

    def on_complexity_heatmap_expand_requested(self, event: ComplexityHeatmap.ExpandRequested) -> None:
        event.stop()
        task = self.task_of(event.key)
        self.propose_subtasks([task.root] if task else [])

    def on_dependency_graph_opened(self, event: DependencyGraph.Opened) -> None:
        event.stop()
        self.jump(event.key, open_task=True)

    def on_documents_pane_highlighted(self, event: DocumentsPane.Highlighted) -> None:
        event.stop()
        self._follow(event.key)

    def on_complexity_heatmap_highlighted(self, event: ComplexityHeatmap.Highlighted) -> None:
        event.stop()
        self._follow(event.key)

    def on_dependency_graph_highlighted(self, event: DependencyGraph.Highlighted) -> None:
        event.stop()
        self._follow(event.key)

    def _follow(self, key: str) -> None:
        """The tree's cursor goes where another pane's went; on a subtask of that task it stays."""
        current = self.task_of(self.task_tree.cursor_key)
        if current is None or current.root.key != key:
            self.jump(key)

    def on_task_detail_jump_requested(self, event: TaskDetail.JumpRequested) -> None:
        event.stop()
        self.jump(event.key)

    def action_next_task(self) -> None:
        from core.tasks.next_task import next_task

        snapshot = self.snapshot
        if snapshot is None:
            return
        found = next_task(snapshot.tag, snapshot.graph)
        why = " ".join(found.reasons)
        if found.task is None:
            self.deck.say("no task is ready", why)
            return
        self.jump(found.task.key)
        if self.one_pane and self.pane != "task":
            self.action_show_pane("tree")
        self.deck.say(f"next is {found.task.key}  {found.task.title}", why)

    def jump(self, key: str, *, open_task: bool = False) -> None:
        """Move the tree's cursor to a task; with `open_task` show it too."""
        self.task_tree.move_to(key)
        if open_task:
            self.action_show_pane("task")


def snapshot_name(session: Session) -> str:
    """The project's name: that of its folder."""
    return session.workspace.project.name
