"""The command logs: what the agents of a run say, as readable rows, as JSON Lines, or exactly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from core.errors import NotFound
from core.runs.folder import RunFolder, find_run
from core.runs.ledger import RunState
from tui.cli.boundary import long_running
from tui.cli.invocation import Invocation, command
from tui.cli.runs import state_of

if TYPE_CHECKING:
    from core.logs.follow import Source

_LOOK = 0.2


@command("logs", file_option=())
@click.argument("run", default="last")
@click.option("--agent", "agents", multiple=True, metavar="NAME", help="Only this agent, such as docs-5.")
@click.option("--since", metavar="TIME", help="From this time on: 10m, 2h, 3d, 14:30, or a date and time.")
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), metavar="N", help="Of what is there the last N only."
)
@click.option(
    "-f/-F", "--follow/--no-follow", default=True, help="Go on until the run is over; that is usual."
)
@click.option(
    "--grep", metavar="TEXT", help="Only lines with TEXT; /TEXT/ is a regular expression, !TEXT without."
)
@click.option("--level", metavar="LEVEL", help="Only lines of this level and worse; a,b for just these.")
@click.option("--raw", is_flag=True, help="The lines exactly as the agents wrote them.")
@click.option("--plain", is_flag=True, hidden=True, expose_value=False)
def logs(
    invocation: Invocation,
    run: str,
    agents: tuple[str, ...],
    since: str | None,
    lines: int | None,
    follow: bool,
    grep: str | None,
    level: str | None,
    raw: bool,
) -> int:
    """Follow what the agents of RUN say; --json prints JSON Lines.

    RUN is the id of a run, a beginning or end of it that no other has, or `last`, which is meant without any.
    """
    from core.agents.rows import AgentReader
    from tui.cli.log_rows import print_log
    from tui.widgets.log_query import options_filter
    from tui.widgets.log_since import moment_of

    long_running()
    folder = find_run(state_of(invocation), run)
    wanted = options_filter(grep or "", level or "")
    sources = _sources(folder, agents, follow)
    reader = AgentReader()
    for source in sources:
        reader.know(source.log)
    try:
        print_log(
            sources,
            wanted,
            None if since is None else moment_of(since),
            lines,
            as_json=invocation.as_json,
            raw=raw,
            reader=reader,
            paint=invocation.paint,
        )
    finally:
        for source in sources:
            source.log.close()
    return 0


def _sources(folder: RunFolder, wanted: tuple[str, ...], follow: bool) -> list[Source]:
    """One source for each attempt there is or, while the run lives, can still be."""
    from core.logs.follow import SpillSource

    ledger = _Ledger(folder)
    request = folder.request
    known = set(request.agents)
    if not known:
        raise NotFound(
            f"No agent works in the run {folder.id}: it only delivers what was made before.",
            f"`taskdeck logs {request.retry_of}` shows the run before it.",
        )
    for name in wanted:
        if name not in known:
            raise NotFound(
                f"The run {folder.id} has no agent {name}.", f"It has: {', '.join(request.agents)}."
            )
    sources: list[Source] = []
    for name in request.agents:
        if wanted and name not in wanted:
            continue
        for number in range(1, request.attempts + 1):
            path = folder.agent(name, number) / "log"
            shown = name if number == 1 else f"{name}.{number}"
            if follow or path.exists():
                sources.append(SpillSource(path, _end_of(ledger, name, number, follow), shown))
    return sources


def _end_of(ledger: _Ledger, agent: str, number: int, follow: bool) -> Callable[[], str | None]:
    def why() -> str | None:
        if not follow:
            return "what was there is printed"
        return ledger.why_over(agent, number)

    return why


class _Ledger:
    """The run's ledger, read again when it is asked for and some time has passed."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._read = 0.0
        self._state: RunState | None = None
        self._alive = True

    def why_over(self, agent: str, number: int) -> str | None:
        """Why nothing more will come from that attempt; None while more may."""
        state = self._now()
        for attempt in state.attempts:
            if (attempt.began.agent, attempt.began.number) == (agent, number) and attempt.ended is not None:
                return attempt.ended.words or "the agent ended"
        if state.verdict is not None:
            return state.verdict.said
        return None if self._alive else "the run lost its worker"

    def _now(self) -> RunState:
        if self._state is None or time.monotonic() - self._read > _LOOK:
            self._alive = self.folder.is_alive()
            self._state = self.folder.ledger()
            self._read = time.monotonic()
        return self._state


for option in logs.params:
    if option.name == "as_json" and isinstance(option, click.Option):
        option.help = "Print one JSON object a line."

COMMANDS = {"logs": logs}
