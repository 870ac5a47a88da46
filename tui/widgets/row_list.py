"""The rows of a tree as a list that knows what is unfolded and filtered, and where each task stands in it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from tui.widgets.task_filter import FilterIndex, read_filter
from tui.widgets.visible_rows import (
    Row,
    ancestors,
    every_row,
    found_rows,
    nearest_survivor,
    unfolded_rows,
    with_ancestors,
)


class RowList:
    """Every change makes `rows` and `line_of` (key -> line) again; nothing here knows the screen."""

    def __init__(self) -> None:
        self.tag: Tag | None = None
        self.rows: list[Row] = []
        self.line_of: dict[str, int] = {}
        self.filter_text = ""
        self.filtered = False
        self._graph: TaskGraph | None = None
        self._index: FilterIndex | None = None
        self._every: list[Row] = []
        self._found: set[str] = set()
        self._unfolded: set[str] = set()
        self._folded_in_filter: set[str] = set()

    def show(self, tag: Tag, graph: TaskGraph) -> None:
        """Take new content; what was unfolded and still exists stays so."""
        self.tag, self._graph, self._index = tag, graph, None
        self._every = []
        self._unfolded &= tag.nodes.keys()
        self._rebuild()

    @property
    def found(self) -> int:
        """How many tasks match the filter."""
        return len(self._found)

    def is_context(self, key: str) -> bool:
        """Whether a row is shown only because something below it matches the filter."""
        return self.filtered and key not in self._found

    def filter(self, text: str) -> None:
        """Show only what matches `text`, everything found unfolded."""
        self.filter_text = text
        self.filtered = bool(read_filter(text))
        self._folded_in_filter.clear()
        self._rebuild()

    def is_unfolded(self, key: str) -> bool:
        return key not in self._folded_in_filter if self.filtered else key in self._unfolded

    def set_unfolded(self, key: str, unfolded: bool) -> None:
        if self.filtered:
            (self._folded_in_filter.discard if unfolded else self._folded_in_filter.add)(key)
        else:
            (self._unfolded.add if unfolded else self._unfolded.discard)(key)
        self._rebuild()

    def unfold_all(self) -> None:
        assert self.tag is not None
        self._folded_in_filter.clear()
        self._unfolded = {key for key, task in self.tag.nodes.items() if task.subtasks}
        self._rebuild()

    def fold_all(self) -> None:
        self._unfolded.clear()
        if self.filtered:
            self._folded_in_filter = {row.key for row in self.rows}
        self._rebuild()

    def unfold_to(self, key: str) -> None:
        """Unfold everything above a task; drop a filter that hides it."""
        assert self.tag is not None
        if key in self.line_of:
            return
        self.filter_text, self.filtered = "", False
        self._unfolded.update(ancestors(self.tag.nodes[key]))
        self._rebuild()

    def nearest(self, key: str, old_rows: list[Row], old_line: int) -> str | None:
        """Where a cursor goes that was on `key`: a folded task's parent, a vanished task's neighbour."""
        if key in self.line_of:
            return key
        task = self.tag.nodes.get(key) if self.tag else None
        above = ancestors(task) if task else []
        parent = next((parent for parent in above if parent in self.line_of), None)
        near = parent or nearest_survivor(old_rows, old_line, self.line_of)
        return near or (self.rows[0].key if self.rows else None)

    def in_order(self, keys: AbstractSet[str]) -> tuple[str, ...]:
        """`keys` from top to bottom of the whole tag, folded and filtered ones in their place."""
        if self.tag is None or not keys:
            return ()
        return tuple(task.key for task in self.tag.walk() if task.key in keys)

    def _rebuild(self) -> None:
        if self.tag is None or self._graph is None:
            return
        if self.filtered:
            if self._index is None:
                self._index = FilterIndex(self.tag, self._graph)
                self._every = every_row(self.tag)
            self._found = self._index.matches(self.filter_text)
            wanted = with_ancestors(self.tag, self._found)
            self.rows = found_rows(self._every, wanted, self._folded_in_filter)
        else:
            self.rows = unfolded_rows(self.tag, self._unfolded)
        self.line_of = {row.key: line for line, row in enumerate(self.rows)}
