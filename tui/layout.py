"""How the screen divides itself: two panes side by side where they fit, one at a time where not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

from textual.content import Content

PaneName = Literal["tree", "task", "prd", "heatmap", "graph", "documents", "log"]
RunPaneName = Literal["runs", "stages", "agents", "plan", "files", "log", "preview"]
Name = TypeVar("Name", PaneName, RunPaneName)

WIDE = 110
"""From this many columns tree and middle stand side by side."""

HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (170, "-very-wide")]
VERTICAL_BREAKPOINTS = [(0, "-short"), (33, "-tall"), (48, "-very-tall")]

PANES: dict[PaneName, str] = {
    "tree": "Tasks",
    "task": "Task",
    "prd": "PRD",
    "heatmap": "Heatmap",
    "graph": "Graph",
    "documents": "Documents",
    "log": "Log",
}
"""Every pane of planning with its title; its place in the order is the digit that shows it."""

MIDDLE: tuple[PaneName, ...] = ("task", "prd", "heatmap", "graph", "documents")
"""The panes that share the middle."""

RUN_PANES: dict[RunPaneName, str] = {
    "runs": "Runs",
    "stages": "Stages",
    "agents": "Agents",
    "plan": "Plan",
    "files": "Files",
    "log": "Log",
    "preview": "Preview",
}
"""The same for the screen of runs."""


def tab_titles(
    panes: Mapping[Name, str], shown: tuple[Name, ...], active: Name, marks: Mapping[Name, str]
) -> Content:
    """The row of tabs in a pane's border; each can be clicked. `marks` adds a sign such as an unsaved dot."""
    digits = {name: number for number, name in enumerate(panes, 1)}
    parts: list[Content] = []
    for name in shown:
        style = "$foreground bold" if name == active else "$muted"
        label = f"{panes[name]}{marks.get(name, '')}"
        parts.append(
            Content.from_markup(
                f"[@click=screen.show_pane('{name}')][$muted]$digit[/] [{style}]$label[/][/]",
                digit=str(digits[name]),
                label=label,
            )
        )
    return Content.styled(" ─ ", "$border-quiet").join(parts)
