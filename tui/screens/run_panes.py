"""The panes of the run screen: which are in view, which has the focus, and what their borders say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from core.plain_text import printable
from tui.bridges.runs import Runs
from tui.layout import RUN_PANES, WIDE, RunPaneName, tab_titles
from tui.screens.plan_bars import PlanBars
from tui.widgets.agent_plan import AgentPlanView
from tui.widgets.changed_files import ChangedFiles
from tui.widgets.document_preview import DocumentPreview
from tui.widgets.footer_bar import FooterBar
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.run_agents import RunAgents
from tui.widgets.run_signs import agents_in_order, attention, files_words, left_words, tasks_words
from tui.widgets.run_stages import RunStages
from tui.widgets.run_table import RunTable

_LEFT: tuple[RunPaneName, ...] = ("plan", "files")
_RIGHT: tuple[RunPaneName, ...] = ("log", "preview")


class RunPanes(PlanBars):
    """Table, stages, agents, plan, files, log and preview in their boxes."""

    leads_to_cards = True
    pane: reactive[RunPaneName] = reactive("runs", init=False)
    """The pane that has, or last had, the focus. The only one in view on a narrow screen."""
    left: reactive[RunPaneName] = reactive("plan", init=False)
    right: reactive[RunPaneName] = reactive("log", init=False)
    """Which of two panes has its half of the lower part of a wide screen."""

    def __init__(self, runs: Runs) -> None:
        super().__init__(runs.session, runs.activity)
        self.runs = runs
        self.notice = NoticeBar(id="notice")
        self.table = RunTable(runs.now, id="runs")
        self.stages = RunStages(runs.now, id="stages")
        self.agents = RunAgents(runs.now, id="agents")
        self.agent_plan = AgentPlanView(id="agent-plan")
        self.files = ChangedFiles(runs.now, id="files")
        self.preview = DocumentPreview(id="preview")
        self.log_box = Vertical(id="log-box", classes="pane")
        self.boxes: Mapping[RunPaneName, Vertical] = {
            "runs": Vertical(self.table, id="runs-box", classes="pane"),
            "stages": Vertical(self.stages, id="stages-box", classes="pane"),
            "agents": Vertical(self.agents, id="agents-box", classes="pane"),
            "plan": Vertical(self.agent_plan, id="plan-box", classes="pane"),
            "files": Vertical(self.files, id="files-box", classes="pane"),
            "log": self.log_box,
            "preview": Vertical(self.preview, id="preview-box", classes="pane"),
        }

    def compose(self) -> ComposeResult:
        boxes = self.boxes
        yield self.header
        yield self.pipeline
        with Vertical(id="run-panes"):
            yield boxes["runs"]
            with Horizontal(id="run-middle"):
                yield boxes["stages"]
                yield boxes["agents"]
            with Horizontal(id="run-low"):
                yield boxes["plan"]
                yield boxes["files"]
                yield boxes["preview"]
                yield boxes["log"]
        yield self.notice
        yield FooterBar(id="footer")

    @property
    def one_pane(self) -> bool:
        """Whether only one pane is in view."""
        return self.size.width < WIDE or self.has_class("-zoom")

    def action_show_pane(self, name: RunPaneName) -> None:
        """Bring a pane into view and give it the focus."""
        self.pane = name
        self.call_after_refresh(self._focus_pane, name)

    def _focus_pane(self, name: RunPaneName) -> None:
        widget = next((child for child in self.boxes[name].query("*") if child.focusable), None)
        if widget is not None:
            self.set_focus(widget)

    def watch_pane(self, pane: RunPaneName) -> None:
        if pane in _LEFT:
            self.left = pane
        elif pane in _RIGHT:
            self.right = pane
        if pane != "runs":
            self.table.stay()
        self.divide()

    def divide(self) -> None:
        """Show the boxes of the panes that are in view."""
        shown = {self.pane} if self.one_pane else {"runs", "stages", "agents", self.left, self.right}
        for name, box in self.boxes.items():
            # On a narrow screen the log keeps a row.
            box.display = name in shown or (self.one_pane and name == "log")
            box.set_class(self.one_pane and name == "log" and self.pane != "log", "-row")
        self.query_one("#run-middle").display = bool(shown & {"stages", "agents"})
        low = self.query_one("#run-low")
        low.set_class(self.one_pane and not shown & {*_LEFT, *_RIGHT}, "-row")
        self.title_panes()

    def on_descendant_focus(self) -> None:
        focused = self.focused
        if focused is None:
            return
        for name, box in self.boxes.items():
            if box in focused.ancestors:
                self.pane = name

    def on_resize(self) -> None:
        self.divide()

    def action_zoom(self) -> None:
        self.toggle_class("-zoom")
        self.divide()

    # Titles --------------------------------------------------------------------------------------------

    def title_panes(self) -> None:
        """What the borders say of what is in them."""
        if self.one_pane:
            tabs = tab_titles(RUN_PANES, tuple(RUN_PANES), self.pane, {})
            for box in self.boxes.values():
                _title(box, tabs)
        else:
            for names in (("runs",), ("stages",), ("agents",), _LEFT, _RIGHT):
                group = cast("tuple[RunPaneName, ...]", names)
                active = self.left if group is _LEFT else self.right if group is _RIGHT else group[0]
                for name in group:
                    _title(self.boxes[name], tab_titles(RUN_PANES, group, active, {}))
        for name, words in self._subtitles().items():
            self.boxes[name].border_subtitle = Content(printable(words))  # type: ignore[assignment]

    def _subtitles(self) -> dict[RunPaneName, str]:
        run, agent = self.table.chosen, self.agents.chosen
        about = f"{tasks_words(run)} · {run.id}" if run else ""
        name = agent.name if agent else ""
        ahead = " · ".join(filter(None, (files_words(run), left_words(run.eta)))) if run else ""
        return {
            "runs": self._runs_words(),
            "stages": about,
            "agents": self._agents_words(),
            "plan": " · ".join(filter(None, (name, self.agent_plan.counts))),
            "files": ahead,
        }

    def _runs_words(self) -> str:
        runs = self.runs.views
        if not runs:
            return "" if self.runs.looked else "looking …"
        live = sum(not run.is_over for run in runs)
        needy = sum(attention(run) is not None for run in runs if not run.is_over)
        words = [f"{len(runs)} run{'s' * (len(runs) != 1)}", f"{live} under way" if live else ""]
        words.append(f"{needy} need{'s' * (needy == 1)} you" if needy else "")
        return " · ".join(filter(None, words))

    def _agents_words(self) -> str:
        run = self.table.chosen
        if run is None:
            return ""
        begun = [agent.view for agent in agents_in_order(run) if agent.view is not None]
        busy = sum(not view.state.over for view in begun)
        over = len(begun) - busy
        to_come = len(run.agents) - len(begun)
        words = [(busy, "at work"), (over, "ended"), (to_come, "never began" if run.is_over else "to come")]
        return " · ".join(f"{count} {what}" for count, what in words if count)


def _title(box: Widget, title: Content) -> None:
    box.border_title = title  # type: ignore[assignment]
