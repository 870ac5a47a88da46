"""What depends on what in one tag: readiness, chains, cycles, the critical path, layers to draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, cast

from core.tasks import graph_order
from core.tasks.document import Tag
from core.tasks.identifiers import id_text, repeated_texts
from core.tasks.model import FINISHED, Task

OddDependency = tuple[str, str, str | None]


class TaskGraph:
    """Dependencies of a tag's tasks and subtasks, resolved to keys. Building it is linear in their number.

    `weights` (key -> complexity score) makes `critical_path` weigh tasks; without it each weighs 1.
    A dependency resolves so: an exact key wins; inside a subtask a bare id means the sibling, and if there
    is none but a top-level task of that id, that task (kept as a finding, since Task Master sees none).
    """

    def __init__(self, tag: Tag, weights: Mapping[str, float] | None = None) -> None:
        self.tag = tag
        self.weights = weights or {}
        self.odd_dependencies: list[OddDependency] = []
        """(key, as written, key meant or None) of dangling, ambiguous and self dependencies."""
        self.repeated_dependencies: list[tuple[str, str]] = []
        self.edges: dict[str, tuple[str, ...]] = {}
        """Every key and the keys it depends on, in file order."""
        for key, task in tag.nodes.items():
            values: list[Any] | Any = task.raw.get("dependencies")
            listed = cast("list[Any]", values) if isinstance(values, list) else ()
            self.edges[key] = self._resolve(key, task, listed) if listed else ()

    def _resolve(self, key: str, task: Task, values: list[Any]) -> tuple[str, ...]:
        nodes = self.tag.nodes
        prefix = f"{task.parent.key}." if task.parent else ""
        found: list[str] = []
        for value in values:
            text = value if isinstance(value, str) else id_text(value)
            exact = prefix + text if prefix and "." not in text else text
            if exact not in nodes:
                exact = self._resolve_odd(key, prefix, text)
            elif exact == key:
                self.odd_dependencies.append((key, text, key))
            if exact:
                found.append(exact)
        if len(found) > 1 and len(set(found)) < len(found):
            self.repeated_dependencies += ((key, text) for text in repeated_texts(values))
            return tuple(dict.fromkeys(found))
        return tuple(found)

    def _resolve_odd(self, key: str, prefix: str, text: str) -> str:
        """The key a dependency means that names no task in the usual reading; empty when there is none."""
        nodes = self.tag.nodes
        if prefix and "." in text and prefix + text in nodes:
            return prefix + text  # a nested id, such as 3.1 inside 5
        if prefix and text in nodes:
            self.odd_dependencies.append((key, text, text))
            return text
        self.odd_dependencies.append((key, text, None))
        return ""

    @cached_property
    def _dependents(self) -> dict[str, list[str]]:
        return graph_order.reverse(self.edges)

    @cached_property
    def _odd(self) -> dict[str, list[tuple[str, str | None]]]:
        odd: dict[str, list[tuple[str, str | None]]] = {}
        for key, text, meaning in self.odd_dependencies:
            odd.setdefault(key, []).append((text, meaning))
        return odd

    def dependencies(self, key: str) -> tuple[str, ...]:
        """The keys this task depends on, each once, in written order; dangling ones left out."""
        return self.edges.get(key, ())

    def dangling(self, key: str) -> tuple[str, ...]:
        """Dependencies of this task, as written, that name no task."""
        return tuple(text for text, meaning in self._odd.get(key, ()) if meaning is None)

    def ambiguous(self, key: str) -> tuple[str, ...]:
        """Top-level tasks that this subtask's bare ids are read as for want of such a sibling."""
        return tuple(meaning for _, meaning in self._odd.get(key, ()) if meaning and meaning != key)

    def written(self, key: str, dependency: str) -> str:
        """How the file writes the dependency of `key` on the task `dependency`."""
        task = self.tag.nodes[key]
        prefix = f"{task.parent.key}." if task.parent else ""
        for text in task.written_dependencies:
            if dependency in (prefix + text if "." not in text else text, text, prefix + text):
                return text
        return dependency

    def dependents(self, key: str) -> tuple[str, ...]:
        """The keys that depend on this task directly, in file order."""
        return tuple(self._dependents.get(key, ()))

    def blocked_by(self, key: str) -> tuple[str, ...]:
        """The dependencies of this task that are not done."""
        nodes = self.tag.nodes
        return tuple(target for target in self.edges.get(key, ()) if nodes[target].status not in FINISHED)

    def ready(self, key: str) -> bool:
        """Whether every dependency is done; as for Task Master, a dangling or ambiguous one never is.

        Says nothing about the task's own status.
        """
        return key not in self._odd and not self.blocked_by(key)

    def unblocks(self, key: str) -> tuple[str, ...]:
        """Unfinished tasks that become ready the moment this one is done."""
        nodes = self.tag.nodes
        return tuple(
            dependent
            for dependent in self._dependents.get(key, ())
            if not nodes[dependent].finished
            and dependent not in self._odd
            and all(blocker == key for blocker in self.blocked_by(dependent))
        )

    def chain_up(self, key: str) -> frozenset[str]:
        """Everything this task waits for, directly or not; without itself."""
        return _reachable(key, self.edges)

    def chain_down(self, key: str) -> frozenset[str]:
        """Everything that waits for this task, directly or not; without itself."""
        return _reachable(key, self._dependents)

    @cached_property
    def cycle_components(self) -> tuple[tuple[list[str], tuple[str, ...]], ...]:
        """Each knot of tasks that wait for each other (file order) with one short cycle through it."""
        edges = self.edges
        rest = graph_order.topological(edges)[1]
        if not rest:
            return ()
        position = {key: number for number, key in enumerate(edges)}
        knots: list[tuple[list[str], tuple[str, ...]]] = []
        for component in graph_order.components(rest, edges):
            if len(component) > 1:
                component.sort(key=position.__getitem__)
                knots.append((component, graph_order.cycle_through(component[0], component, edges)))
        return tuple(sorted(knots, key=lambda knot: position[knot[1][0]]))

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """One cycle for each knot: every key depends on the next one, the last on the first.

        A task that depends on itself is a finding of its own, not a cycle.
        """
        return tuple(path for _, path in self.cycle_components)

    @cached_property
    def critical_path(self) -> tuple[str, ...]:
        """The heaviest chain of unfinished top-level tasks, what must come first at its beginning."""
        unfinished = [task.key for task in self.tag.tasks if not task.finished and task.status != "cancelled"]
        order, edges = graph_order.acyclic(self._rolled_up(unfinished))
        length: dict[str, float] = {}
        before: dict[str, str] = {}
        for key in order:
            best = max(edges[key], key=length.__getitem__, default="")
            if best:
                before[key] = best
            length[key] = max(self.weights.get(key, 1.0), 0.0) + (length[best] if best else 0.0)
        path: list[str] = []
        at = max(unfinished, key=length.__getitem__, default="")
        while at:
            path.append(at)
            at = before.get(at, "")
        return tuple(reversed(path))

    def layers(self, parent: str | None = None) -> list[list[str]]:
        """The top-level tasks, or the subtasks of `parent`, in columns: each behind all it depends on.

        Dependencies inside a cycle are passed over, so members of a cycle share a column. Raises NotFound.
        """
        family = self.tag.tasks if parent is None else self.tag.find(parent).subtasks
        keys = [task.key for task in family]
        order, edges = graph_order.acyclic(self._rolled_up(keys))
        level: dict[str, int] = {}
        for key in order:
            level[key] = 1 + max((level[target] for target in edges[key]), default=-1)
        layers: list[list[str]] = [[] for _ in range(1 + max(level.values(), default=-1))]
        for key in keys:
            layers[level[key]].append(key)
        return layers

    def _rolled_up(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """The graph on `keys` alone; depending on a subtask counts as depending on its task."""
        inside = dict.fromkeys(keys)
        edges: dict[str, list[str]] = {}
        for key in inside:
            targets = (self._inside(target, inside) for target in self.edges[key])
            edges[key] = [target for target in dict.fromkeys(targets) if target and target != key]
        return edges

    def _inside(self, key: str, inside: Mapping[str, None]) -> str:
        task: Task | None = self.tag.nodes[key]
        while task is not None and task.key not in inside:
            task = task.parent
        return task.key if task else ""


def _reachable(start: str, edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    reached: set[str] = set()
    queue = list(edges.get(start, ()))
    while queue:
        key = queue.pop()
        if key not in reached:
            reached.add(key)
            queue.extend(edges.get(key, ()))
    reached.discard(start)
    return frozenset(reached)
