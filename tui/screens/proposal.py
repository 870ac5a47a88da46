"""A proposal: what a planner would change, growing as it works, to take whole or in part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from core.errors import TaskdeckError
from core.plain_text import printable
from tui.actions import bindings
from tui.bridges.proposals import Draft, Row
from tui.widgets.footer_bar import FooterBar

_SIGN_STYLES = {"+": "$success", "-": "$error", "~": "$warning", "…": "$muted"}


class _Items(OptionList):
    """The rows; Enter belongs to the whole proposal, not to a row."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.apply", "apply")]


class ProposalScreen(ModalScreen[set[str] | None]):
    """Answers the ids of the items to take; None when the proposal is discarded or cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("proposal"),
        # A dialog is cut off from what counts everywhere.
        Binding("question_mark", "app.help", "help", show=False),
    ]
    scope = "proposal"

    def __init__(self, heading: str, planner_name: str, draft: Draft) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.planner_name = printable(planner_name)
        self.draft = draft
        self.standing = False
        """Whether the rows can be shown."""
        self.shown = asyncio.Event()
        """Set when the screen was drawn once: before that, nothing that takes long should begin."""
        self.whole = False
        """The planner came to its end."""
        self.stopped = False
        self.stop: Callable[[], object] = lambda: None
        """Stops the planner."""
        self.cost = ""
        self.estimate = ""
        self.failure: TaskdeckError | None = None
        self.rows: Sequence[Row] = ()
        self.note_width = 0
        self._detailed: Row | None = None
        self.left: set[str] = set()
        """The ids that were unticked; everything else is taken."""
        self.options = _Items(markup=False, compact=True, id="items")
        self.detail = Static("", id="item-detail")
        self.said = Static("", id="proposal-said")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog proposal") as box:
            self.box = box
            yield self.said
            with Horizontal(id="proposal-body"):
                yield self.options
                with VerticalScroll(id="item-scroll", can_focus=False):
                    yield self.detail
            yield FooterBar()

    def on_mount(self) -> None:
        self.box.border_title = Content(self.heading)  # type: ignore[assignment]
        self.box.border_subtitle = Content(self.planner_name)  # type: ignore[assignment]
        self.options.focus()
        self.standing = True
        self.show_progress()
        self.call_after_refresh(self.shown.set)

    # What the planner says

    def show_progress(self) -> None:
        """Show what the draft holds by now."""
        if not self.standing:
            return
        before, self.rows = self.rows, self.draft.rows()
        self._fill(before)
        self._say()

    def say_estimate(self, words: str) -> None:
        """What the call that begins will use."""
        self.estimate = words
        if self.standing:
            self._say()

    def show_whole(self) -> None:
        """The planner is done: what is shown can be taken."""
        self.whole = True
        self.left |= self.draft.unticked()
        self._ended()

    def show_stopped(self) -> None:
        """Somebody stopped the planner: what came can be taken."""
        self.stopped = True
        self.draft.stop()
        self._ended()

    def show_failure(self, error: TaskdeckError) -> None:
        """The planner stopped with an error: only what is whole without the rest can be taken."""
        self.failure = error
        self._ended()

    def _ended(self) -> None:
        self.show_progress()
        self.refresh_bindings()

    @property
    def working(self) -> bool:
        return not (self.whole or self.stopped or self.failure)

    @property
    def takeable(self) -> bool:
        """Whether what is shown can be taken: all of it, or what came before the planner stopped."""
        if self.whole:
            return True
        return not self.working and self.draft.partial and any(row.whole for row in self.rows)

    def _say(self) -> None:
        total = sum(row.whole for row in self.rows)
        state = f"{len(self.taken())} of {total} taken. Nothing is written yet."
        lines: list[Content] = []
        if self.failure is not None:
            words = f"✗ {self.failure.message} {self.failure.hint}".strip()
            lines.append(Content.styled(printable(words), "$error"))
        elif self.working:
            what = "stops" if total else "cancels"
            words = f"▶ at work, {total} ready so far; esc {what}"
            lines.append(
                Content.assemble((words, "$status-progress"), (printable(f"   {self.estimate}"), "$muted"))
            )
        elif self.stopped:
            lines.append(Content.styled("■ stopped; what came is kept here", "$warning"))
        if self.whole:
            more = (f"   {state}", "bold") if total else ""
            lines.append(Content.assemble((printable(self.draft.summary), "$muted"), more))
        elif self.takeable:
            lines.append(Content.styled(state, "bold"))
        problems = self.draft.problems[-3:] if self.failure is None else ()
        lines += [Content.styled("▲ " + printable(text), "$warning") for text in problems]
        self.said.update(Content("\n").join(lines))
        cost = f" · {self.cost} for this" if self.cost else ""
        self.box.border_subtitle = Content(f"{self.planner_name}{cost}")  # type: ignore[assignment]

    # Rows

    def _fill(self, before: Sequence[Row]) -> None:
        """Bring the list up to date row by row, so that cursor and scroll stay where somebody put them."""
        options = self.options
        at = options.highlighted
        on = before[at].id if at is not None and at < len(before) else ""
        width = max((len(row.note) for row in self.rows), default=0)
        note_width = width + 2 if width else 0
        every, self.note_width = note_width != self.note_width, note_width
        for number, row in enumerate(self.rows[: len(before)]):
            if every or row != before[number] or not self.working:
                options.replace_option_prompt_at_index(number, self._row(row))
        if len(self.rows) > len(before):
            options.add_options([Option(self._row(row)) for row in self.rows[len(before) :]])
        for number in range(len(before) - 1, len(self.rows) - 1, -1):
            options.remove_option_at_index(number)
        if self.rows:
            ids = [row.id for row in self.rows]
            wanted = ids.index(on) if on in ids else min(at or 0, len(ids) - 1)
            if options.highlighted != wanted:
                options.highlighted = wanted
            self._show_detail(wanted)
        else:
            self.detail.update("")

    def _row(self, row: Row) -> Content:
        ticked = row.whole and row.id not in self.left
        box = "[x]" if ticked else "[ ]" if row.whole else " … "
        style = "$foreground" if ticked else "$muted"
        return Content.assemble(
            (box, "bold $primary" if ticked else "$muted"),
            (f" {row.sign} ", _SIGN_STYLES.get(row.sign, "$muted")),
            (f"{row.key:>5}  ", "$muted"),
            (row.note.ljust(self.note_width), "$muted"),
            (printable(row.title), style if row.whole else "$muted italic"),
        ).truncate(400)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_detail(event.option_index)

    def _show_detail(self, at: int) -> None:
        row = self.rows[at] if at < len(self.rows) else None
        if row != self._detailed:
            self._detailed = row
            self.detail.update(_detail(row) if row else "")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        # A click on a row ticks it; Enter is the screen's.
        event.stop()
        self._toggle(event.option_index)

    def taken(self) -> set[str]:
        """The ids of the items that would be applied now."""
        return {row.id for row in self.rows if row.whole and row.id not in self.left}

    def _toggle(self, at: int | None) -> None:
        if at is None or at >= len(self.rows) or not self.rows[at].whole:
            return
        row = self.rows[at]
        self.left ^= {row.id}
        self.options.replace_option_prompt_at_index(at, self._row(row))
        self._say()

    def action_take_or_leave(self) -> None:
        self._toggle(self.options.highlighted)

    def action_take_all(self) -> None:
        self._leave(set())

    def action_take_none(self) -> None:
        self._leave({row.id for row in self.rows})

    def _leave(self, ids: set[str]) -> None:
        self.left = ids
        for at, row in enumerate(self.rows):
            self.options.replace_option_prompt_at_index(at, self._row(row))
        self._say()

    def action_apply(self) -> None:
        if self.takeable:
            self.dismiss(self.taken())

    def action_stop(self) -> None:
        """Stop the planner; where nothing came that could be taken, there is nothing to stay for."""
        self.stop()
        if any(row.whole for row in self.rows):
            self.show_stopped()
        else:
            self.dismiss(None)

    def action_reject(self) -> None:
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "apply":
            return self.takeable
        if action in ("stop", "reject"):
            return self.working is (action == "stop")
        return super().check_action(action, parameters)


def _detail(row: Row) -> Content:
    parts = [Content.styled(printable(f"{row.key}  {row.title}".strip()), "bold")]
    last = ""
    for line in row.lines:
        style = {"+": "$success", "-": "$error"}.get(line[:1], "$foreground")
        field, colon, rest = line[2:].partition(": ")
        named = bool(colon) and field.isidentifier() and line[:1] in "+-"
        if named and field != last:
            parts.append(Content.styled(f"─ {field}", "bold $primary"))
            last = field
        parts.append(
            Content.assemble((line[:2], style), (printable(rest if named else line[2:]), "$foreground"))
        )
    if row.source:
        parts += [Content(""), Content.styled("From the PRD", "bold $primary")]
        parts += [Content.styled(printable(line), "$muted") for line in row.source.split("\n")]
    return Content("\n").join(parts)
