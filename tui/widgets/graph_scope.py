"""Which tasks a dependency graph shows: the open and connected, a chain, the nearest; and what it hides."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from core.tasks.document import Tag
from core.tasks.graph import TaskGraph
from tui.widgets.graph_layout import Edge, back_edges, without_implied

LIMIT = 120
"""Tasks that are drawn at once; of more, those nearest to the focus."""


class TopLevelGraph:
    """Edges between top-level tasks; what a subtask waits for counts for the task it belongs to."""

    def __init__(self, tag: Tag, graph: TaskGraph) -> None:
        self.tag = tag
        self.before: dict[str, list[str]] = {task.key: [] for task in tag.tasks}
        self.after: dict[str, list[str]] = {task.key: [] for task in tag.tasks}
        for key, needed in graph.edges.items():
            if needed:
                root = tag.nodes[key].root.key
                for other in needed:
                    self._add(tag.nodes[other].root.key, root)

    def _add(self, before: str, after: str) -> None:
        if before != after and before not in self.before[after]:
            self.before[after].append(before)
            self.after[before].append(after)

    def neighbours(self, key: str) -> list[str]:
        return [*self.before[key], *self.after[key]]

    def chain(self, key: str) -> set[str]:
        """The task, everything it waits for and everything that waits for it."""
        return _reach(key, self.before) | _reach(key, self.after)


def _reach(key: str, edges: dict[str, list[str]]) -> set[str]:
    seen = {key}
    waiting = [key]
    while waiting:
        for other in edges[waiting.pop()]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


@dataclass(frozen=True, slots=True)
class Scope:
    """What is drawn (`nodes` in file order, `edges` without implied ones) and how much is not."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    finished_hidden: int = 0
    loose_hidden: int = 0
    far_hidden: int = 0
    chain_hidden: int = 0
    implied_hidden: int = 0


def choose(
    graph: TopLevelGraph,
    focus: str | None,
    *,
    everything: bool = False,
    chain: bool = False,
    limit: int = LIMIT,
) -> Scope:
    """What to draw around `focus`.

    Finished and unconnected tasks are left out unless `everything`; `chain` keeps only what is connected
    through the focus; of more than `limit` tasks the nearest to the focus stay. The focus always stays, a
    finished one with its neighbours.
    """
    every = list(graph.before)
    kept = set(every) if everything else {key for key in every if not _over(graph, key)}
    if focus is not None and focus in graph.before and focus not in kept:
        kept |= {focus, *graph.neighbours(focus)}
    finished = len(every) - len(kept)
    loose: set[str] = set()
    if not everything:
        loose = {key for key in kept if key != focus and not any(n in kept for n in graph.neighbours(key))}
        # When nothing is connected a list of boxes is still better than an empty screen.
        loose = loose if len(loose) < len(kept) else set()
        kept -= loose
    in_chain = kept & graph.chain(focus) if chain and focus is not None and focus in kept else kept
    near = _nearest(graph, in_chain, focus, limit)
    nodes = [key for key in every if key in near]
    edges = [(before, key) for key in nodes for before in graph.before[key] if before in near]
    backward = back_edges(nodes, edges)
    forward = [edge for edge in edges if edge not in backward]
    needed = set(without_implied(nodes, forward)) | backward
    return Scope(
        tuple(nodes),
        tuple(edge for edge in edges if edge in needed),
        finished_hidden=finished,
        loose_hidden=len(loose),
        far_hidden=len(in_chain) - len(near),
        chain_hidden=len(kept) - len(in_chain),
        implied_hidden=len(edges) - len(needed),
    )


def _over(graph: TopLevelGraph, key: str) -> bool:
    task = graph.tag.nodes[key]
    return task.finished or task.status == "cancelled"


def _nearest(graph: TopLevelGraph, kept: AbstractSet[str], focus: str | None, limit: int) -> set[str]:
    """At most `limit` of `kept`, by the number of edges to the focus, then in file order."""
    if len(kept) <= limit:
        return set(kept)
    in_order = [key for key in graph.before if key in kept]
    starts = [focus] if focus is not None and focus in kept else []
    seen: set[str] = set()
    for start in (*starts, *in_order):
        _spread(graph, start, kept, seen, limit)
        if len(seen) >= limit:
            break
    return seen


def _spread(graph: TopLevelGraph, start: str, kept: AbstractSet[str], seen: set[str], limit: int) -> None:
    queue = deque([start])
    while queue and len(seen) < limit:
        key = queue.popleft()
        if key in seen:
            continue
        seen.add(key)
        queue.extend(other for other in graph.neighbours(key) if other in kept and other not in seen)


def in_cycles(cycles: Iterable[Iterable[str]], tag: Tag) -> set[str]:
    """The top-level tasks that take part in a cycle."""
    return {tag.nodes[key].root.key for cycle in cycles for key in cycle}
