"""The screen of planning: pipeline bar, task tree, the middle pane with its tabs, log and footer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from core.errors import DamagedFile, TaskdeckError
from tui.actions import bindings
from tui.bridges.activity import Activity
from tui.bridges.session import Session
from tui.bridges.snapshot import Snapshot
from tui.bridges.task_file import follow_task_file
from tui.layout import MIDDLE, PANES, WIDE, PaneName, tab_titles
from tui.running import app_of
from tui.screens.editing import Editing
from tui.screens.planning import Planning
from tui.widgets.footer_bar import FooterBar
from tui.widgets.header_bar import HeaderBar
from tui.widgets.log_panel import LogPanel
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.pipeline_bar import PipelineBar
from tui.widgets.task_detail import TaskDetail
from tui.widgets.task_tree import TaskTree

if TYPE_CHECKING:
    from core.tasks.changes import TaskChanges
    from core.tasks.model import Task
    from tui.widgets.complexity_heatmap import ComplexityHeatmap
    from tui.widgets.dependency_graph import DependencyGraph
    from tui.widgets.filter_bar import FilterBar
    from tui.widgets.prd_editor import PrdEditor


class PlanScreen(Editing, Planning):
    """Shows one snapshot after another; panes that are not in view are made when they are first asked for."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("plan")

    pane: reactive[PaneName] = reactive("tree", init=False)
    """The pane that has, or last had, the focus. The only one in view on a narrow screen."""
    middle: reactive[PaneName] = reactive("task", init=False)
    """The pane in the middle of a wide screen."""

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.header = HeaderBar(id="header")
        self.pipeline = PipelineBar(id="pipeline")
        self.task_tree = TaskTree(id="tree")
        self.detail = TaskDetail(id="detail")
        self.log_panel = LogPanel(activity, id="log")
        self.notice = NoticeBar(id="notice")
        self.tree_box = Vertical(self.task_tree, id="tree-pane", classes="pane")
        self.middle_box = Vertical(self.detail, id="middle-pane", classes="pane")
        self.log_box = Vertical(self.log_panel, id="log-pane", classes="pane")
        self.cost = 0.0

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
        self.header.project = self.session.folder.name
        self.add_class("show-tree")
        self._title_panes()
        self.task_tree.focus()
        self.deck.start_opening()

    @property
    def prd(self) -> PrdEditor | None:
        """The PRD editor, once it was opened."""
        return cast("PrdEditor | None", self.query_one_optional("#prd"))

    def add_cost(self, dollars: float) -> None:
        self.cost += dollars
        self.header.cost = f"${self.cost:.2f}"

    @property
    def prd_in_conflict(self) -> bool:
        editor = self.prd
        return editor is not None and editor.in_conflict

    @property
    def unsaved(self) -> bool:
        """Whether something typed would be lost by leaving."""
        editor = self.prd
        return editor is not None and editor.unsaved

    async def save_prd(self) -> bool:
        editor = self.prd
        return editor is None or await editor.save()

    def watch_outside(self) -> None:
        """From now on follow what other programs write."""
        self.start(follow_task_file(self.session), group="watch")

    # What the session hands over

    def show_snapshot(self, snapshot: Snapshot, changes: TaskChanges | None) -> None:
        """Show a snapshot in the header, the bar and every pane in view."""
        self.header.project = snapshot_name(self.session)
        self.header.branch = snapshot.branch
        self.header.tag = snapshot.tag.name
        self.pipeline.stages = snapshot.stages
        self.task_tree.show(snapshot.tag, snapshot.graph, snapshot.report)
        if changes is not None:
            self.task_tree.flash({*changes.added, *changes.changed, *changes.moved})
        if self.has_class("damaged") and self.session.damage is None:
            self.remove_class("damaged")
            self.notice.hide()
        self._show_middle()
        self._title_panes()
        editor = self.prd
        if editor is not None:
            self.start(editor.look_outside(), group="prd")

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

    def _show_middle(self) -> None:
        """Bring the middle pane up to date with the snapshot and the cursor."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        if self.middle == "task":
            self.detail.show(self.task_of(self.task_tree.cursor_key), snapshot.graph, snapshot.report)
        elif self.middle == "heatmap":
            heatmap = cast("ComplexityHeatmap", self._pane_widget("heatmap"))
            heatmap.show(snapshot.tag, snapshot.graph, snapshot.report)
        elif self.middle == "graph":
            graph = cast("DependencyGraph", self._pane_widget("graph"))
            graph.show(snapshot.tag, snapshot.graph, snapshot.report, self.task_tree.cursor_key)

    def _pane_widget(self, name: PaneName) -> Widget:
        """The widget of a middle pane, made and mounted at its first use."""
        if name == "task":
            return self.detail
        found = self.query_one_optional(f"#{name}")
        if found is not None:
            return found
        widget = _make_pane(name, self.session)
        self.middle_box.mount(widget)
        return widget

    # Panes

    def action_show_pane(self, name: PaneName) -> None:
        """Bring a pane into view and give it the focus."""
        if name in MIDDLE:
            self.middle = name
            widget = self._pane_widget(name)
            for child in self.middle_box.children:
                child.display = child is widget
            if widget.is_mounted:
                self._show_middle()
            else:
                self.call_after_refresh(self._show_middle)
        else:
            widget = self.task_tree if name == "tree" else self.log_panel
        self.pane = name
        self.call_after_refresh(self._focus_pane, widget)

    def _focus_pane(self, widget: Widget) -> None:
        editor = self.prd
        if editor is not None and widget is editor:
            editor.take_focus()
            return
        target = widget if widget.focusable else next((w for w in widget.query("*") if w.focusable), None)
        if target is not None:
            self.set_focus(target)

    def watch_pane(self, pane: PaneName) -> None:
        place = "middle" if pane in MIDDLE else pane
        for name in ("tree", "middle", "log"):
            self.set_class(name == place, f"show-{name}")
        self._title_panes()

    def on_descendant_focus(self) -> None:
        focused = self.focused
        if focused is None:
            return
        for box, pane in ((self.tree_box, "tree"), (self.middle_box, self.middle), (self.log_box, "log")):
            if box in focused.ancestors:
                self.pane = cast(PaneName, pane)

    def on_resize(self) -> None:
        self._title_panes()

    @property
    def one_pane(self) -> bool:
        """Whether only one pane is in view."""
        return self.size.width < WIDE or self.has_class("-zoom")

    def _title_panes(self) -> None:
        marks: dict[PaneName, str] = {"prd": " ●"} if self.unsaved else {}
        if self.one_pane:
            tabs = tab_titles(tuple(PANES), self.pane, marks)
            for box in (self.tree_box, self.middle_box, self.log_box):
                box.border_title = tabs  # type: ignore[assignment]
        else:
            self.tree_box.border_title = tab_titles(("tree",), self.pane, {})  # type: ignore[assignment]
            self.middle_box.border_title = tab_titles(MIDDLE, self.middle, marks)  # type: ignore[assignment]
            self.log_box.border_title = tab_titles(("log",), self.pane, {})  # type: ignore[assignment]
        self.tree_box.border_subtitle = Content(self._progress_words())  # type: ignore[assignment]

    # The PRD

    def on_prd_editor_edited(self) -> None:
        self._title_panes()

    def on_prd_editor_left(self) -> None:
        self.action_show_pane("tree")

    def action_prd_conflict(self, answer: str) -> None:
        if self.prd is not None:
            self.start(self.prd.settle(answer), group="prd")

    def action_show_source(self) -> None:
        """Open the PRD at the first line the task under the cursor cites."""
        task = self.task_of(self.task_tree.cursor_key)
        line = cited_line(task) if task else None
        if line is None:
            self.deck.say("this task names no line of the PRD")
            return
        self.action_show_pane("prd")
        self.start(self._go_to_line(line), group="prd")

    async def _go_to_line(self, line: int) -> None:
        editor = self.prd
        if editor is not None:
            await editor.loaded.wait()
            editor.go_to(line)

    def _progress_words(self) -> str:
        if self.snapshot is None:
            return "reading …"
        tasks = self.snapshot.tag.tasks
        done = sum(task.finished for task in tasks)
        marked = f"{len(self.task_tree.marked)} marked · " if self.task_tree.marked else ""
        return f"{marked}{done}/{len(tasks)} done"

    def on_log_panel_changed(self) -> None:
        count = len(self.activity.entries)
        follow = "" if self.log_panel.following else " · not following, f follows"
        self.log_box.border_subtitle = Content(f"{count} lines{follow}")  # type: ignore[assignment]

    def action_zoom(self) -> None:
        self.toggle_class("-zoom")
        self._title_panes()

    def action_focus_pipeline(self) -> None:
        self.pipeline.focus()

    def on_pipeline_bar_left(self) -> None:
        self.task_tree.focus()

    def on_pipeline_bar_proof_wanted(self, event: PipelineBar.ProofWanted) -> None:
        from tui.screens.proof import ProofScreen

        def go(pane: str | None) -> None:
            if pane:
                self.action_show_pane(cast(PaneName, pane))

        app_of(self).push_screen(ProofScreen(event.stage), go)

    # The tree, and what it and its companions say

    def on_task_tree_highlighted(self, event: TaskTree.Highlighted) -> None:
        event.stop()
        if self.middle in ("task", "graph"):
            self._show_middle()

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

    def on_dependency_graph_highlighted(self, event: DependencyGraph.Highlighted) -> None:
        event.stop()
        current = self.task_of(self.task_tree.cursor_key)
        if current is None or current.root.key != event.key:
            self.jump(event.key)

    def on_task_detail_jump_requested(self, event: TaskDetail.JumpRequested) -> None:
        event.stop()
        self.jump(event.key)

    def action_next_task(self) -> None:
        from core.tasks.next_task import next_task

        snapshot = self.snapshot
        if snapshot is None:
            return
        found = next_task(snapshot.tag, snapshot.graph)
        why = "; ".join(found.reasons)
        if found.task is None:
            self.deck.say("no task is ready", why)
            return
        self.jump(found.task.key)
        self.deck.say(f"next is {found.task.key}  {found.task.title}", why)

    def jump(self, key: str, *, open_task: bool = False) -> None:
        """Move the tree's cursor to a task; with `open_task` show it too."""
        self.task_tree.move_to(key)
        if open_task:
            self.action_show_pane("task")

    def on_filter_bar_filtered(self, event: FilterBar.Filtered) -> None:
        self.task_tree.filter_text = event.text
        self._title_panes()

    def on_filter_bar_left(self) -> None:
        self.task_tree.focus()

    def action_filter(self) -> None:
        bar = self._filter_bar()
        self.pane = "tree"
        bar.display = True
        self.call_after_refresh(bar.focus)

    def _filter_bar(self) -> FilterBar:
        found = self.query_one_optional("#filter")
        if found is not None:
            return cast("FilterBar", found)
        from tui.widgets.filter_bar import FilterBar

        bar = FilterBar(id="filter")
        self.tree_box.mount(bar, before=self.task_tree)
        return bar


_CITED = re.compile(r"\bPRD,? lines? (\d+)", re.IGNORECASE)


def cited_line(task: Task) -> int | None:
    """The first line of the PRD that a task names; a subtask without one stands for its parent."""
    for one in (task, task.root):
        match = _CITED.search(f"{one.description}\n{one.details}\n{one.test_strategy}")
        if match:
            return int(match[1])
    return None


def snapshot_name(session: Session) -> str:
    """The project's name: that of its folder."""
    return session.workspace.project.name


def _make_pane(name: PaneName, session: Session) -> Widget:
    if name == "heatmap":
        from tui.widgets.complexity_heatmap import ComplexityHeatmap

        return ComplexityHeatmap(id="heatmap")
    if name == "graph":
        from tui.widgets.dependency_graph import DependencyGraph

        return DependencyGraph(id="graph")
    if name == "prd":
        from tui.widgets.prd_editor import PrdEditor

        return PrdEditor(session, id="prd")
    raise TaskdeckError(f"There is no pane {name}.")
