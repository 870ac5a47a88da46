"""The checks of planning: who plans and with which key, and what the calls of the project used so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.doctor.check import Check
from core.errors import TaskdeckError
from core.plain_text import dollars, plural
from core.project import Project


def planner_checks(project: Project | None) -> Iterator[Check]:
    """Runs no key command and calls nobody."""
    from core.config import load_settings
    from core.planning.choice import choose
    from core.planning.key import HOW

    try:
        loaded = load_settings(project, strict=False)
    except TaskdeckError as error:
        yield Check("planner", "fail", error.message, error.hint)
        return
    choice = choose(loaded)
    yield Check("planner", "ok", " ".join(choice.sentences()), "" if choice.key else HOW)
    if project is not None:
        yield _calls(project, loaded.settings.planner.budget)


def _calls(project: Project, budget: float | None) -> Check:
    used = usage(project)
    limit = f" The budget is ${budget:.2f}." if budget is not None else ""
    if not used["calls"]:
        return Check("calls of a model", "skip", f"None so far.{limit}")
    unpriced = f", {used['unpriced']} of them of unknown price" if used["unpriced"] else ""
    evidence = (
        f"{plural(used['calls'], 'call')}{unpriced}: {used['inputTokens']:,} tokens in, "
        f"{used['outputTokens']:,} out, {dollars(used['dollars'])} "
        f"by the price list of {used['prices']}.{limit}"
    )
    if budget is not None and used["dollars"] >= budget:
        return Check("calls of a model", "warn", evidence, "`taskdeck config set planner.budget` raises it.")
    return Check("calls of a model", "ok", evidence)


def usage(project: Project) -> dict[str, Any]:
    """What the calls of this project used in all, and per task, from its ledger."""
    from core.planning.usage import Ledger, Total, by_task, ledger_path, prices, total

    def as_json(part: Total) -> dict[str, Any]:
        return {
            "calls": part.calls,
            "inputTokens": part.input_tokens,
            "outputTokens": part.output_tokens,
            "dollars": round(part.dollars, 6),
            "unpriced": part.unpriced,
        }

    path = ledger_path(project.root)
    entries = Ledger(path).entries()
    tasks = [{"taskId": key, **as_json(part)} for key, part in by_task(entries).items()]
    return {**as_json(total(entries)), "prices": prices().date, "tasks": tasks, "ledger": str(path)}
