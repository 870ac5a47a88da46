"""From a draft back to a document: the new text, the splices that lead to it, and positions moved along."""

from __future__ import annotations

from collections.abc import Callable

from core.tasks.document import Tag, TaskDocument, nodes_of
from core.tasks.editing.draft import Draft, Element
from core.tasks.json_text import Item, Member, Span, Splice, apply_splices
from core.tasks.model import Task
from core.tasks.ordering import longest_ascending

_Move = Callable[[Span], Span]


def finished(draft: Draft) -> tuple[TaskDocument, tuple[Splice, ...]]:
    """The document the draft has become; the old one itself when nothing changed."""
    document = draft.document
    splices = tuple(_splices(draft))
    if not splices:
        return document, ()
    text = apply_splices(document.text, list(splices))
    tag_name, list_end = draft.tag.name, draft.tag.list_span.end
    delta = len(text) - len(document.text)

    def moved(span: Span) -> Span:
        start, end = span
        return Span(start + delta if start >= list_end else start, end + delta if end >= list_end else end)

    tags = {
        name: _edited_tag(draft, moved) if name == tag_name else _moved_tag(tag, moved, delta, list_end)
        for name, tag in document.tags.items()
    }
    members = [Member(m.key, m.value, moved(m.entry), moved(m.span)) for m in document.members]
    return TaskDocument(text, document.dialect, tags, members), splices


def trimmed(start: int, old: str, new: str) -> Splice | None:
    """The smallest splice that makes `new` of `old`, which stands at `start`; None when they are equal."""
    if old == new:
        return None
    head = _common(old, new, min(len(old), len(new)), from_end=False)
    tail = _common(old, new, min(len(old), len(new)) - head, from_end=True)
    return Splice(start + head, old[head : len(old) - tail], new[head : len(new) - tail])


def _common(old: str, new: str, limit: int, from_end: bool) -> int:
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if from_end:
            same = old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]
        else:
            same = old[low:middle] == new[low:middle]
        low, high = (middle, high) if same else (low, middle - 1)
    return low


def _splices(draft: Draft) -> list[Splice]:
    text = draft.document.text
    splices: list[Splice | None] = []
    kept = _in_old_order(draft.elements)
    at = draft.tag.list_span.start + 1
    fresh: list[str] = []
    for element in draft.elements:
        fresh.append(element.gap)
        if element.span is None or element not in kept:
            fresh.append(element.text)
            continue
        splices.append(trimmed(at, text[at : element.span.start], "".join(fresh)))
        fresh.clear()
        at = element.span.end
        if element.changed:
            splices.append(trimmed(element.span.start, text[slice(*element.span)], element.text))
    end = draft.tag.list_span.end - 1
    splices.append(trimmed(at, text[at:end], "".join(fresh) + draft.pieces.tail))
    return [splice for splice in splices if splice is not None]


def _in_old_order(elements: list[Element]) -> set[Element]:
    """As many old elements as possible that still follow each other in the old order."""
    old = [element for element in elements if element.span is not None]
    places = [element.span.start for element in old if element.span is not None]
    return {old[index] for index in longest_ascending(places)}


def _edited_tag(draft: Draft, moved: _Move) -> Tag:
    old = draft.tag
    at = old.list_span.start + 1
    items: list[Item] = []
    for element in draft.elements:
        at += len(element.gap)
        old_span = element.span
        length = len(element.text) if element.changed or old_span is None else old_span.end - old_span.start
        items.append(Item(element.value, Span(at, at + length)))
        at += length
    list_span = Span(old.list_span.start, at + len(draft.pieces.tail) + 1)
    tag = Tag(old.name, items, list_span, old.metadata, moved(old.container))
    nodes = _patched_nodes(draft)
    if nodes is not None:
        tag.__dict__["nodes"] = nodes
    return tag


def _patched_nodes(draft: Draft) -> dict[str, Task] | None:
    """The nodes of the old tag with those of the changed tasks replaced, where that is safe."""
    old = draft.tag.nodes
    if draft.reshaped or draft.numbered_keys:
        return None
    nodes = dict(old)
    for position, element in enumerate(draft.elements):
        if element.changed:
            renewed = nodes_of([element.value])
            for task in renewed.values():
                if task.parent is None:
                    task.position = position
            nodes.update(renewed)
    return nodes


def _moved_tag(tag: Tag, moved: _Move, delta: int, list_end: int) -> Tag:
    if delta == 0 or (tag.container.end < list_end):
        return tag
    if tag.list_span.start < list_end:
        items = tag.items
    else:
        items = [Item(item.value, moved(item.span)) for item in tag.items]
    result = Tag(tag.name, items, moved(tag.list_span), tag.metadata, moved(tag.container))
    if "nodes" in tag.__dict__:
        result.__dict__["nodes"] = tag.nodes
    return result
