"""The agents of a run, one row each; those that need somebody stand first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.widgets import glyphs
from tui.widgets.line_view import Part
from tui.widgets.part_lines import CursorList, PartLine
from tui.widgets.run_signs import agent_sign, agent_words, agents_in_order, cost_words, span

if TYPE_CHECKING:
    from core.runs.watch import AgentRow, RunView

_NUMBERS = (("for", 5), ("try", 4), ("files", 6), ("cost", 9))


class RunAgents(CursorList):
    """The agents of one run."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.run: RunView | None = None
        self.agents: dict[str, AgentRow] = {}
        self.following = True
        """The cursor is on the row that stands first, until somebody moves it."""
        self.head = 1

    def show(self, run: RunView | None) -> None:
        """Show the agents of this run; the cursor stays on the first row, or where somebody put it."""
        self.following |= run is None or self.run is None or run.id != self.run.id
        self.run = run
        self.agents = {agent.name: agent for agent in agents_in_order(run)} if run else {}
        keys = list(self.agents)
        if self.following:
            self.keys = keys
            self.cursor_key = keys[0] if keys else None
        self.show_keys(keys)

    def choose(self, name: str) -> None:
        """Put the cursor on an agent and leave it there."""
        self.following = False
        self.cursor_key = name

    def move(self, rows: int) -> None:
        super().move(rows)
        self.following = bool(self.keys) and self.cursor_key == self.keys[0]

    @property
    def chosen(self) -> AgentRow | None:
        """The agent under the cursor."""
        return self.agents.get(self.cursor_key or "")

    def lay_out(self, width: int) -> list[PartLine]:
        if not self.agents:
            return []
        name = min(max(len(agent.name) for agent in self.agents.values()), 16)
        # What is only delivered was made in an earlier run, mostly all of it in one.
        makers = {agent.of_run for agent in self.agents.values()}
        doing = f"of run {makers.pop()}" if len(makers) == 1 and "" not in makers else "doing"
        head = glyphs.fill(
            f"   {glyphs.fill('agent', name)} {doing}", width - sum(n for _, n in _NUMBERS) - 1
        )
        head += "".join(glyphs.fill_left(word, size) for word, size in _NUMBERS)
        return [
            [(head, "line--quiet")],
            *(self._row(agent, name, width, whose=bool(makers)) for agent in self.agents.values()),
        ]

    def _row(self, agent: AgentRow, name: int, width: int, *, whose: bool) -> list[Part]:
        """`whose` says to name the earlier run an agent worked in."""
        sign = agent_sign(agent)
        values = ("", "", "", "")
        if agent.view is not None:
            values = (
                self._how_long(agent),
                str(agent.attempt),
                str(len(agent.view.files) or ""),
                cost_words(self.run, agent.view.cost) if self.run else "",
            )
        numbers = [
            (glyphs.fill_left(value, size), "line--quiet")
            for value, (_, size) in zip(values, _NUMBERS, strict=True)
        ]
        room = width - 3 - name - 1 - sum(size for _, size in _NUMBERS) - 1
        cursor = glyphs.CURSOR if agent.name == self.cursor_key else " "
        over = agent.view is None or agent.view.state.over
        return [
            (cursor, "line--strong"),
            (f"{sign.glyph} ", sign.style),
            (glyphs.fill(agent.name, name) + " ", "line--quiet" if over else "line--strong"),
            *self._doing(agent, room, f"of run {agent.of_run}: " if whose and agent.of_run else ""),
            *numbers,
            (" ", ""),
        ]

    def _how_long(self, agent: AgentRow) -> str:
        """How long it has been in its state; of one that is over, how long it was at work."""
        assert agent.view is not None
        if not agent.view.state.over:
            since = agent.view.since or agent.began
            return span(self.now() - since) if since else ""
        ended = agent.ended or agent.view.since
        if not agent.began or not ended:
            return ""
        return span(ended - agent.began) if ended - agent.began >= 1 else "<1s"

    @staticmethod
    def _doing(agent: AgentRow, room: int, whose: str) -> list[Part]:
        """The state in a word, then what it is about; the title for who has not begun."""
        sign = agent_sign(agent)
        if agent.view is None:
            return [(glyphs.fill(agent.title, room), "line--quiet")]
        if agent.judged is not None and not agent.judged.passed:
            return [(glyphs.fill(f"{sign.label}: {agent.judged.words}", room), sign.style)]
        words = agent_words(agent.view)
        said = words if words.startswith(sign.label.split()[0]) else f"{sign.label}: {words}"
        loud = sign.style in ("line--next", "line--alarm")
        quiet = "line--quiet" if agent.view.state.over else ""
        if agent.view.state in ("working", "starting", "finished_running"):
            said = words
        return [(glyphs.fill(f"{whose}{said}", room), sign.style if loud else quiet)]

    def watch_cursor_key(self, old: str | None, new: str | None) -> None:
        super().watch_cursor_key(old, new)
        self.update_lines()
