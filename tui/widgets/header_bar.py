"""The top line: which project, branch and tag this is, who plans, and what it cost."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from core.plain_text import printable


class HeaderBar(Widget):
    """One row of facts; project, tag and planner are clickable."""

    project: reactive[str] = reactive("")
    stop: reactive[str] = reactive("")
    """That nothing may be written here, in a word or two."""
    branch: reactive[str] = reactive("")
    sync: reactive[str] = reactive("")
    """How the branch stands to its remote, as far as is known: `↑2 ↓1`."""
    tag: reactive[str] = reactive("")
    planner: reactive[str] = reactive("")
    cost: reactive[str] = reactive("")

    ALLOW_SELECT: ClassVar[bool] = False

    def render(self) -> Content:
        left = [Content.styled(" taskdeck ", "bold $primary")]
        if self.project:
            left.append(Content.styled(printable(self.project), "bold $foreground"))
        if self.stop:
            left.append(Content.styled(printable(self.stop), "bold $warning"))
        if self.tag:
            left.append(
                Content.from_markup(
                    "[@click=screen.choose_tag][$muted]tag[/] [$accent]$tag[/][/]", tag=printable(self.tag)
                )
            )
        if self.branch:
            left.append(Content.styled("⎇ " + printable(self.branch), "$muted"))
        if self.branch and self.sync:
            left.append(Content.styled(printable(self.sync), "$warning"))
        cost = f"   {self.cost}" if self.cost else ""
        right = Content.assemble((printable(self.planner), "$muted"), (cost, "$muted"), " ")
        line = Content("  ").join(left)
        room = self.size.width - right.cell_length - 2
        if room < 30:
            return line.truncate(self.size.width, ellipsis=True)
        line = line.truncate(room, ellipsis=True)
        return line + Content(" " * (self.size.width - line.cell_length - right.cell_length)) + right
