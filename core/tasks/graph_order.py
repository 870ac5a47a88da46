"""Order and cycles of a dependency graph, in linear time and without recursion.

A graph is a mapping from each key to the keys it depends on; every key that occurs is in the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Edges = Mapping[str, Sequence[str]]


def topological(edges: Edges) -> tuple[list[str], list[str]]:
    """Keys with dependencies first; then, apart, the keys that lie on a cycle or behind one.

    Both keep the mapping's order as far as dependencies allow.
    """
    waiting = {key: len(targets) for key, targets in edges.items()}
    dependents = reverse(edges)
    order = [key for key, count in waiting.items() if not count]
    for key in order:  # grows while it is walked
        for dependent in dependents.get(key, ()):
            waiting[dependent] -= 1
            if not waiting[dependent]:
                order.append(dependent)
    if len(order) == len(waiting):
        return order, []
    return order, [key for key, count in waiting.items() if count]


def reverse(edges: Edges) -> dict[str, list[str]]:
    """Who depends on each key; keys nobody depends on are left out."""
    dependents: dict[str, list[str]] = {}
    for key, targets in edges.items():
        for target in targets:
            if target in dependents:
                dependents[target].append(key)
            else:
                dependents[target] = [key]
    return dependents


def components(keys: Sequence[str], edges: Edges) -> list[list[str]]:
    """Strongly connected components of the graph on `keys`, dependencies before dependents (Tarjan)."""
    inside = set(keys)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_keys: list[str] = []
    is_open: set[str] = set()
    found: list[list[str]] = []
    for start in keys:
        if start in index:
            continue
        work = [(start, iter(edges[start]))]
        index[start] = low[start] = len(index)
        open_keys.append(start)
        is_open.add(start)
        while work:
            key, targets = work[-1]
            child = next((t for t in targets if t in inside and (t not in index or t in is_open)), None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    found.append(_close(key, open_keys, is_open))
            elif child in index:
                low[key] = min(low[key], index[child])
            else:
                index[child] = low[child] = len(index)
                open_keys.append(child)
                is_open.add(child)
                work.append((child, iter(edges[child])))
    return found


def _close(first: str, open_keys: list[str], is_open: set[str]) -> list[str]:
    at = len(open_keys) - 1
    while open_keys[at] != first:
        at -= 1
    component = open_keys[at:]
    del open_keys[at:]
    is_open.difference_update(component)
    return component


def cycle_through(start: str, component: Sequence[str], edges: Edges) -> tuple[str, ...]:
    """A shortest cycle through `start`: each key depends on the next one, the last on `start`."""
    inside = set(component)
    came_from: dict[str, str] = {}
    queue = [start]
    for key in queue:  # grows while it is walked
        for target in edges[key]:
            if target == start:
                return _path(start, key, came_from)
            if target in inside and target not in came_from:
                came_from[target] = key
                queue.append(target)
    raise ValueError(f"{start} is not on a cycle")


def _path(start: str, end: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    path = [end]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))


def closing_edges(component: Sequence[str], edges: Edges) -> list[tuple[str, str]]:
    """Edges (key, dependency) of the component without which no cycle is left.

    The walk begins at the component's last key, so that what goes is rather "an earlier task waits for a
    later one" than the other way round. Give `component` in file order.
    """
    inside = set(component)
    closing: list[tuple[str, str]] = []
    walked: set[str] = set()
    on_path: set[str] = set()
    for start in reversed(component):
        if start in walked:
            continue
        work = [(start, iter(edges[start]))]
        walked.add(start)
        on_path.add(start)
        while work:
            key, targets = work[-1]
            child = next((target for target in targets if target in inside), None)
            if child is None:
                on_path.discard(key)
                work.pop()
            elif child in on_path:
                closing.append((key, child))
            elif child not in walked:
                walked.add(child)
                on_path.add(child)
                work.append((child, iter(edges[child])))
    return closing


def acyclic(edges: Edges) -> tuple[list[str], Edges]:
    """A full order (dependencies first) and the graph without the edges inside cycles."""
    order, rest = topological(edges)
    if not rest:
        return order, edges
    groups = components(rest, edges)
    group_of = {key: number for number, group in enumerate(groups) for key in group}
    position = {key: number for number, key in enumerate(edges)}
    pruned: dict[str, Sequence[str]] = dict(edges)
    for group in groups:
        group.sort(key=position.__getitem__)
        for key in group:
            pruned[key] = [target for target in edges[key] if group_of.get(target) != group_of[key]]
        order += group
    return order, pruned
