"""Generated task files: every dialect, layout and oddity that real ones have."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


class Literal(float):
    """A number that is written as given, such as 1.10."""

    def __new__(cls, text: str) -> Literal:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


@dataclass(frozen=True)
class Layout:
    indent: str | None
    newline: str
    bom: bool
    final_newline: bool
    ascii_only: bool
    flat_lists: bool
    spaced: bool


class Pairs(list[tuple[str, Any]]):
    """An object as pairs, so that a key can come twice."""


def write(value: Any, layout: Layout, depth: int = 0) -> str:
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=layout.ascii_only)
        return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    if isinstance(value, Pairs):
        colon = ": " if layout.spaced else ":"
        parts = [write(k, layout) + colon + write(v, layout, depth + 1) for k, v in value]
        return _brackets("{}", parts, layout, depth, one_line=False)
    if isinstance(value, list):
        parts = [write(v, layout, depth + 1) for v in value]
        plain = layout.flat_lists and not any(isinstance(v, list) for v in value)
        return _brackets("[]", parts, layout, depth, one_line=plain)
    return json.dumps(value)


def _brackets(brackets: str, parts: list[str], layout: Layout, depth: int, one_line: bool) -> str:
    if not parts:
        return brackets
    if layout.indent is None or one_line:
        return brackets[0] + (", " if layout.spaced else ",").join(parts) + brackets[1]
    lead = "\n" + layout.indent * (depth + 1)
    return brackets[0] + lead + ("," + lead).join(parts) + "\n" + layout.indent * depth + brackets[1]


layouts = st.builds(
    Layout,
    indent=st.sampled_from([None, "  ", "    ", "\t"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    final_newline=st.booleans(),
    ascii_only=st.booleans(),
    flat_lists=st.booleans(),
    spaced=st.booleans(),
)
texts = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from('aé→"\\\n\t\x00\u2028😀')), max_size=12
)
titles = texts.filter(lambda text: bool(text.strip()))
statuses = st.sampled_from(["pending", "done", "in-progress", "todo", ""])


def _own_ids(kind: str, parent: str, count: int) -> list[Any]:
    numbers = range(1, count + 1)
    return {
        "int": list(numbers),
        "str": [str(n) for n in numbers],
        "dotted": [f"{parent}.{n}" for n in numbers],
        "float": [Literal(f"{parent}.{n}") if parent.isdigit() else n for n in numbers],
        "words": [f"é-{n}" for n in numbers],
        "twice": [max(1, n - 1) for n in numbers],
    }[kind]


@st.composite
def entries(draw: st.DrawFn, own_id: Any, siblings: list[Any], others: list[Any], subtasks: Any) -> Pairs:
    pairs = Pairs([("id", own_id), ("title", draw(titles))])
    optional: list[tuple[str, Any]] = [
        ("description", draw(texts)),
        ("details", draw(st.one_of(texts, st.none()))),
        ("x-cost", draw(st.sampled_from([Literal("1.10"), Literal("1E3"), 7, [Literal("0.0")], Pairs()]))),
        ("priority", "high"),
        (
            "dependencies",
            draw(st.lists(st.sampled_from([*siblings, *others, "98"]), max_size=3, unique_by=str)),
        ),
        ("status", draw(statuses)),
        ("agentHint", draw(texts)),
    ]
    pairs += [pair for pair in optional if draw(st.booleans())]
    if subtasks is not None:
        pairs.append(("subtasks", subtasks))
    if draw(st.integers(0, 5)) == 0:
        pairs.append(draw(st.sampled_from([("status", "review"), ("title", "again"), ("x-cost", 1)])))
    return pairs


@st.composite
def task_lists(draw: st.DrawFn) -> list[Any]:
    kind = draw(st.sampled_from(["int", "int", "str", "words", "twice"]))
    sub_kind = draw(st.sampled_from(["int", "int", "str", "dotted", "float", "words", "twice"]))
    ids = _own_ids(kind, "", draw(st.integers(0, 4)))
    tasks: list[Any] = []
    for place, own_id in enumerate(ids):
        sub_ids = _own_ids(sub_kind, str(own_id), draw(st.integers(0, 3)))
        inner = [draw(entries(sub, sub_ids[:i], [], None)) for i, sub in enumerate(sub_ids)]
        subtasks = inner or draw(st.sampled_from([[], None]))
        tasks.append(draw(entries(own_id, ids[:place], ["99"], subtasks)))
        if draw(st.integers(0, 15)) == 0:
            draw(st.sampled_from([tasks, inner])).append(draw(st.sampled_from([None, 5, "x", Pairs()])))
    return tasks


@st.composite
def task_files(draw: st.DrawFn) -> bytes:
    layout = draw(layouts)
    first = draw(task_lists())
    if draw(st.booleans()):
        top = Pairs([("tasks", first), ("meta", Pairs([("projectName", draw(texts))]))])
    else:
        top = Pairs([("master", Pairs([("tasks", first), ("metadata", Pairs([("created", "2025")]))]))])
        if draw(st.booleans()):
            top.append(("other", Pairs([("tasks", draw(task_lists()))])))
        if draw(st.booleans()):
            top.insert(0, ("_rawTaggedData", Pairs([("tasks", [])])))
    text = write(top, layout) + ("\n" if layout.final_newline else "")
    text = text.replace("\n", layout.newline)
    return ("\ufeff" if layout.bom else "").encode() + text.encode()
