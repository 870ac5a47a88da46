"""The panes of the plan screen: which are in view, which has the focus, and what their borders say."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from core.errors import TaskdeckError
from tui.bridges.activity import Activity
from tui.bridges.documents import Documents
from tui.bridges.session import Session
from tui.layout import MIDDLE, PANES, WIDE, PaneName, tab_titles
from tui.screens.plan_log import PlanLog
from tui.widgets.task_detail import TaskDetail
from tui.widgets.task_tree import TaskTree

if TYPE_CHECKING:
    from tui.widgets.complexity_heatmap import ComplexityHeatmap
    from tui.widgets.dependency_graph import DependencyGraph
    from tui.widgets.documents_pane import DocumentsPane
    from tui.widgets.filter_bar import FilterBar
    from tui.widgets.prd_editor import PrdEditor


LEAST_TREE = 48


class Panes(PlanLog):
    """Tree, middle and log in their boxes. A pane of the middle is made when it is first asked for."""

    pane: reactive[PaneName] = reactive("tree", init=False)
    """The pane that has, or last had, the focus. The only one in view on a narrow screen."""
    middle: reactive[PaneName] = reactive("task", init=False)
    """The pane in the middle of a wide screen."""

    def __init__(self, session: Session, activity: Activity) -> None:
        super().__init__(session, activity)
        self.task_tree = TaskTree(id="tree")
        self.detail = TaskDetail(id="detail")
        self.tree_box = Vertical(self.task_tree, id="tree-pane", classes="pane")
        self.middle_box = Vertical(self.detail, id="middle-pane", classes="pane")
        self.log_box = Vertical(id="log-pane", classes="pane")

    @property
    def prd(self) -> PrdEditor | None:
        """The PRD editor, once it was opened."""
        return cast("PrdEditor | None", self.query_one_optional("#prd"))

    @property
    def unsaved(self) -> bool:
        """Whether something typed would be lost by leaving."""
        editor = self.prd
        return editor is not None and editor.unsaved

    def show_middle(self) -> None:
        """Bring the middle pane up to date with the snapshot and the cursor."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        if self.middle == "task":
            self.detail.show(self.task_of(self.task_tree.cursor_key), snapshot.graph, snapshot.report)
        elif self.middle == "heatmap":
            heatmap = cast("ComplexityHeatmap", self._pane_widget("heatmap"))
            heatmap.show(snapshot.tag, snapshot.graph, snapshot.report, self.task_tree.cursor_key)
        elif self.middle == "graph":
            graph = cast("DependencyGraph", self._pane_widget("graph"))
            graph.show(snapshot.tag, snapshot.graph, snapshot.report, self.task_tree.cursor_key)
        elif self.middle == "documents":
            documents = cast("DocumentsPane", self._pane_widget("documents"))
            task = self.task_of(self.task_tree.cursor_key)
            documents.show(task.root.key if task else None)

    def _pane_widget(self, name: PaneName) -> Widget:
        """The widget of a middle pane, made and mounted at its first use."""
        if name == "task":
            return self.detail
        found = self.query_one_optional(f"#{name}")
        if found is not None:
            return found
        widget = _make_pane(name, self.session, self.deck.documents)
        self.middle_box.mount(widget)
        return widget

    def action_show_pane(self, name: PaneName) -> None:
        """Bring a pane into view and give it the focus."""
        if name in MIDDLE:
            self.middle = name
            widget = self._pane_widget(name)
            for child in self.middle_box.children:
                child.display = child is widget
            if widget.is_mounted:
                self.show_middle()
            else:
                self.call_after_refresh(self.show_middle)
        else:
            widget = self.task_tree if name == "tree" else self.log_panel or self.log_box
        self.pane = name
        self.call_after_refresh(self._focus_pane, widget, self.deck.hold_keys())

    def _focus_pane(self, widget: Widget, hold: int) -> None:
        editor = self.prd
        if editor is not None and widget is editor:
            editor.take_focus(lambda: self.deck.keys.release(hold))
            return
        # Behind the keys that are on their way back from the widget that had the focus.
        self.call_later(self.deck.keys.release, hold)
        target = widget if widget.focusable else next((w for w in widget.query("*") if w.focusable), None)
        if target is not None:
            self.set_focus(target)

    def watch_pane(self, pane: PaneName) -> None:
        place = "middle" if pane in MIDDLE else pane
        for name in ("tree", "middle", "log"):
            self.set_class(name == place, f"show-{name}")
        self.title_panes()

    def on_descendant_focus(self) -> None:
        focused = self.focused
        if focused is None:
            return
        for box, pane in ((self.tree_box, "tree"), (self.middle_box, self.middle), (self.log_box, "log")):
            if box in focused.ancestors:
                self.pane = cast(PaneName, pane)

    def on_resize(self) -> None:
        self.title_panes()
        self.size_tree()

    def size_tree(self) -> None:
        """Beside the middle the tree is as wide as its titles need, up to its share of the screen."""
        wide = not self.one_pane
        self.tree_box.styles.max_width = max(LEAST_TREE, self.task_tree.natural_width) if wide else None

    @property
    def one_pane(self) -> bool:
        """Whether only one pane is in view."""
        return self.size.width < WIDE or self.has_class("-zoom")

    def title_panes(self) -> None:
        marks: dict[PaneName, str] = {"prd": " ●"} if self.unsaved else {}
        if self.one_pane:
            tabs = tab_titles(PANES, tuple(PANES), self.pane, marks)
            for box in (self.tree_box, self.middle_box, self.log_box):
                box.border_title = tabs  # type: ignore[assignment]
        else:
            self.tree_box.border_title = tab_titles(PANES, ("tree",), self.pane, {})  # type: ignore[assignment]
            self.middle_box.border_title = tab_titles(PANES, MIDDLE, self.middle, marks)  # type: ignore[assignment]
            self.log_box.border_title = tab_titles(PANES, ("log",), self.pane, {})  # type: ignore[assignment]
        self.tree_box.border_subtitle = Content(self._progress_words())  # type: ignore[assignment]

    def _progress_words(self) -> str:
        if self.snapshot is None:
            return "reading …"
        tasks = self.snapshot.tag.tasks
        done = sum(task.finished for task in tasks)
        marked = f"{len(self.task_tree.marked)} marked · " if self.task_tree.marked else ""
        return f"{marked}{self.task_tree.counts or f'{done}/{len(tasks)} done'}"

    def action_zoom(self) -> None:
        self.toggle_class("-zoom")
        self.title_panes()
        self.size_tree()

    def on_filter_bar_filtered(self, event: FilterBar.Filtered) -> None:
        self.task_tree.filter_text = event.text
        self.title_panes()

    def on_task_tree_filter_cleared(self, event: TaskTree.FilterCleared) -> None:
        event.stop()
        bar = cast("FilterBar | None", self.query_one_optional("#filter"))
        if bar is not None:
            bar.value = ""
            bar.display = False
        self.title_panes()

    def on_task_tree_marks_changed(self, event: TaskTree.MarksChanged) -> None:
        event.stop()
        self.title_panes()

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


def _make_pane(name: PaneName, session: Session, documents: Documents) -> Widget:
    if name == "heatmap":
        from tui.widgets.complexity_heatmap import ComplexityHeatmap

        return ComplexityHeatmap(id="heatmap")
    if name == "graph":
        from tui.widgets.dependency_graph import DependencyGraph

        return DependencyGraph(id="graph")
    if name == "prd":
        from tui.widgets.prd_editor import PrdEditor

        return PrdEditor(session, id="prd")
    if name == "documents":
        from tui.widgets.documents_pane import DocumentsPane

        return DocumentsPane(documents, id="documents")
    raise TaskdeckError(f"There is no pane {name}.")
