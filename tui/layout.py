"""How the screen divides itself: two panes side by side where they fit, one at a time where not."""

from __future__ import annotations

from typing import Literal

from textual.content import Content

PaneName = Literal["tree", "task", "prd", "heatmap", "graph", "log"]

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
    "log": "Log",
}
"""Every pane with its title; its place in the order is the digit that shows it."""

MIDDLE: tuple[PaneName, ...] = ("task", "prd", "heatmap", "graph")
"""The panes that share the middle."""


def tab_titles(shown: tuple[PaneName, ...], active: PaneName, marks: dict[PaneName, str]) -> Content:
    """The row of tabs in a pane's border; each can be clicked. `marks` adds a sign such as an unsaved dot."""
    digits = {name: number for number, name in enumerate(PANES, 1)}
    parts: list[Content] = []
    for name in shown:
        style = "$foreground bold" if name == active else "$muted"
        label = f"{PANES[name]}{marks.get(name, '')}"
        parts.append(
            Content.from_markup(
                f"[@click=screen.show_pane('{name}')][$muted]$digit[/] [{style}]$label[/][/]",
                digit=str(digits[name]),
                label=label,
            )
        )
    return Content.styled(" ─ ", "$border-quiet").join(parts)
