"""How an agent's work ended, judged by everything that tells: process, result, reasons and refusals."""

from __future__ import annotations

from dataclasses import dataclass

from core.agents.events import Result
from core.agents.view import AgentState, Reason
from core.agents.words import several
from core.plain_text import printable, shorten
from core.secrets import redact

_SIGNALLED = range(129, 160)
"""Exit codes by which a shell reports a signal: 128 and its number."""
_COMPLETED = frozenset(("", "completed"))
_MOST_WORDS = 300


@dataclass(frozen=True)
class Outcome:
    """`state` is one that is over; `words` one printable sentence; `evidence` names and values it rests on.

    `doubts` are sentences about what a success leaves open (a refused tool call): for the gate and a person.
    """

    state: AgentState
    words: str
    evidence: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """True when nothing speaks against the work; the gate decides whether it is whole."""
        return self.state is AgentState.SUCCEEDED


@dataclass(frozen=True)
class Ending:
    """What is known when the process is gone. `exit_code` None: not known (a log that is replayed)."""

    result: Result | None
    exit_code: int | None = None
    reason: Reason = "exited"
    denied: tuple[str, ...] = ()
    """Tool calls that were refused, in words."""
    files: int = 0
    """Files it wrote."""
    background: int = 0
    """Pieces of background work that still ran."""
    last: str = ""
    """What it did last, in words."""
    said: str = ""
    """Its last words beside the stream of events, such as those on standard error."""
    trouble: str = ""
    """Why its output could not be kept."""
    masked: int = 0
    """How often a secret was in its output."""


def judge(ending: Ending) -> Outcome:
    """The outcome. A subtype "success" alone counts for nothing: any other sign of failure wins."""
    state, words = _verdict(ending)
    doubts = _doubts(ending) if state is AgentState.SUCCEEDED else ()
    return Outcome(state, shorten(printable(redact(words)), _MOST_WORDS), _evidence(ending), doubts)


def _verdict(ending: Ending) -> tuple[AgentState, str]:
    process = _process_verdict(ending)
    if process is not None:
        return process
    result = ending.result
    if result is None:
        after = f" after {ending.last}" if ending.last else ""
        said = f": {ending.said.rstrip('.')}" if ending.said else ""
        words = f"The agent ended without a result{after}{_code(ending)}{said}."
        return AgentState.ENDED_WITHOUT_RESULT, words
    if bad := trouble(result):
        return AgentState.FAILED, bad
    if ending.exit_code and ending.reason == "exited":
        return AgentState.FAILED, f"The agent reported success but ended badly{_code(ending)}."
    if ending.denied and not ending.files:
        return AgentState.FAILED, f"The agent wrote nothing: it was refused {_list(ending.denied)}."
    return AgentState.SUCCEEDED, f"The agent finished after {several(result.turns, 'turn')}."


def _process_verdict(ending: Ending) -> tuple[AgentState, str] | None:
    """The verdict where the way the process ended decides alone."""
    after = f" after {ending.last}" if ending.last else ""
    if ending.reason == "cancelled":
        return AgentState.CANCELLED, f"The agent was cancelled{after}."
    if ending.reason == "timeout":
        return AgentState.FAILED, f"The agent was ended: its time was over{after}."
    if ending.reason == "too_much_output":
        return AgentState.FAILED, f"The agent was ended: it wrote more output than it may{after}."
    if ending.trouble:
        return AgentState.FAILED, f"The agent was ended: its output could not be kept ({ending.trouble})."
    if ending.reason == "lost":
        return AgentState.FAILED, f"The agent's process was lost{after}."
    return None


def trouble(result: Result) -> str:
    """What speaks against a result, "" for nothing."""
    said = next((words for words in (*result.errors, result.text) if words.strip()), "").strip()
    reason = result.terminal_reason
    named = reason if reason not in _COMPLETED else ""
    if not named and result.subtype != "success":
        named = result.subtype or "no word about success"
    if not named and result.is_error:
        named = result.startup_failure or result.stop_reason or "error"
    if not (result.is_error or named):
        return ""
    status = f" {result.api_status}" if result.api_status else ""
    return f"The agent failed ({named}{status})" + (f": {said}" if said else ".")


def _doubts(ending: Ending) -> tuple[str, ...]:
    doubts: list[str] = []
    if ending.denied:
        doubts.append(f"It was refused {_list(ending.denied)}.")
    if ending.background:
        doubts.append(f"It ended while {several(ending.background, 'background task')} still ran.")
    if ending.masked:
        doubts.append(f"A key was in its output ({several(ending.masked, 'time')}); the log has it masked.")
    if ending.reason == "lingered":
        doubts.append("It did not end by itself after its result.")
    return tuple(shorten(printable(redact(doubt)), _MOST_WORDS) for doubt in doubts)


def _list(calls: tuple[str, ...]) -> str:
    shown = "; ".join(calls[:3])
    return f"{shown} and {len(calls) - 3} more" if len(calls) > 3 else shown


def _code(ending: Ending) -> str:
    code = ending.exit_code
    if code is None:
        return ""
    if code < 0 or code in _SIGNALLED:
        return f", killed (signal {-code if code < 0 else code - 128})"
    return f", exit code {code}"


def _evidence(ending: Ending) -> tuple[tuple[str, str], ...]:
    code = "unknown" if ending.exit_code is None else str(ending.exit_code)
    found = [("end of the process", ending.reason), ("exit code", code)]
    result = ending.result
    if result is None:
        found.append(("result", "none"))
    else:
        found += [
            ("result", result.subtype),
            ("is_error", str(result.is_error).lower()),
            ("terminal_reason", result.terminal_reason),
            ("stop_reason", result.stop_reason),
        ]
    found += [("refused tool calls", str(len(ending.denied))), ("files written", str(ending.files))]
    found.append(("background tasks", str(ending.background)))
    found += [("masked keys", str(ending.masked)), ("output not kept", ending.trouble)]
    return tuple((name, printable(redact(value))) for name, value in found if value)
