"""The plan an agent keeps for itself, as it stands, with its sub-agents and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.plain_text import plural
from tui.widgets import glyphs
from tui.widgets.line_view import NOTICE
from tui.widgets.part_lines import PartLine, PartLines, part_line
from tui.widgets.run_signs import PLAN_SIGNS
from tui.widgets.text_lines import rule, wrap

if TYPE_CHECKING:
    from core.agents.plan import PlanItem, SubAgent
    from core.runs.watch import AgentRow


class AgentPlanView(PartLines):
    """The plan of one agent, every step of it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.agent: AgentRow | None = None

    def show(self, agent: AgentRow | None) -> None:
        """Show the plan of this agent."""
        before, self.agent = self.agent, agent
        if agent is not None and before is not None and agent.name != before.name:
            self.scroll_home(animate=False)
        self.update_lines()

    @property
    def counts(self) -> str:
        """`2 of 5 steps`, empty without a plan."""
        steps = self.agent.view.plan if self.agent and self.agent.view else ()
        done = sum(step.status == "completed" for step in steps)
        return f"{done} of {plural(len(steps), 'step')}" if steps else ""

    def lay_out(self, width: int) -> list[PartLine]:
        if self.agent is None:
            return []
        view = self.agent.view
        title = glyphs.one_line(f" {self.agent.task}  {self.agent.title}", width - 1)
        lines: list[PartLine] = [[(title, "line--head")]]
        if view is None:
            return [*lines, *(self.notice("It has not begun.", y, width) for y in range(NOTICE))]
        if not view.plan:
            lines += [self.notice("It keeps no plan of its own.", y, width) for y in range(NOTICE)]
        owner = ""
        for step in view.plan:
            if step.agent != owner:
                owner = step.agent
                lines.append(part_line(rule(owner, width - 1)))
            lines += _step(step, width)
        if view.agents:
            lines.append(part_line(rule("Its own agents", width - 1)))
            lines += [_sub_agent(agent, width) for agent in view.agents]
        return lines


def _step(step: PlanItem, width: int) -> list[PartLine]:
    sign = PLAN_SIGNS.get(step.status, PLAN_SIGNS["pending"])
    active = step.status == "in_progress"
    words = step.doing if active and step.doing else step.subject
    style = "line--strong" if active else "line--quiet" if step.status == "completed" else ""
    first, *rest = wrap(words, width - 4) or [""]
    lines: list[PartLine] = [[(f" {sign.glyph} ", sign.style), (first, style)]]
    lines += [[(f"   {part}", style)] for part in rest]
    if step.blocked_by and step.status != "completed":
        lines.append([(f"   after {', '.join(map(glyphs.plain, step.blocked_by))}", "line--quiet")])
    return lines


def _sub_agent(agent: SubAgent, width: int) -> PartLine:
    sign = {"running": "⠿", "completed": "✓"}.get(agent.status, "·")
    words = f"{agent.name}: {agent.description}" if agent.description else agent.name
    more = f"  {agent.status}, {plural(agent.tools, 'tool call')}" if agent.tools else f"  {agent.status}"
    return [(f" {sign} ", "status--progress"), (glyphs.one_line(words + more, width - 4), "")]
