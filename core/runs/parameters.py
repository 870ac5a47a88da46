"""Every effective parameter of a run with where it comes from, as it is shown and kept."""

from __future__ import annotations

from core.config import Loaded
from core.documents.content import short_hash
from core.runs.request import Parameter, RunRequest

FLAGS = {"--kind": "--agent", "--concurrency": "--jobs"}
"""Flags whose names are not those of the settings they stand for."""


def parameters(
    request: RunRequest, loaded: Loaded, *, named: bool, branch: str | None, base: bool
) -> tuple[Parameter, ...]:
    """The rows to show. `named`: the tasks were; `branch`: what is checked out; `base`: it was named."""

    def setting(name: str, key: str, value: object) -> Parameter:
        source = loaded.get(key).source
        if source.startswith("--") and request.retry_of:
            source = f"the run {request.retry_of}"
        return Parameter(name, str(value), FLAGS.get(source, source))

    def flag(name: str, value: bool, by: str = "") -> Parameter:
        return Parameter(name, "yes" if value else "no", f"--{by or name}" if value else "default")

    agent = loaded.settings.agent
    file = f"{request.tasks_path or request.tasks_file} {short_hash(request.tasks_sha256)}"
    here = "checked out" if branch else "no branch"
    rows = [
        Parameter("tasks", " ".join(request.keys), "named" if named else "missing or stale documents"),
        Parameter("tag", request.tag, "the project"),
        Parameter("task file", file, _file_source(request)),
        Parameter("works at", _works_at(request), "HEAD" if request.commit else "no commit"),
        Parameter("branch", request.branch or "none", "this run"),
        Parameter("base", request.base or "none", "--base" if base else here),
        setting("agent", "agent.kind", request.agent),
        setting("model", "agent.model", request.model or "the agent's own"),
        Parameter("where", request.where, "default"),
        Parameter("attempts", str(request.attempts), "default" if request.attempts == 1 else "--attempts"),
        setting("time limit", "agent.timeout", f"{request.timeout:g} s"),
        setting("silence", "agent.silence", f"{request.silence:g} s"),
        setting("output limit", "agent.max_output", f"{agent.max_output} MB"),
        setting("turns", "agent.max_turns", request.max_turns),
        setting("budget", "agent.budget", "none" if agent.budget is None else f"${agent.budget:g}"),
        flag("push", request.push, "pr" if request.pr else ""),
        *_destination(request, base),
        flag("pr", request.pr),
        flag("force", request.force),
    ]
    if request.kind == "docs":
        rows.insert(1, setting("documents", "documents.files", ", ".join(request.names)))
        rows.insert(9, setting("agents at a time", "agent.concurrency", request.concurrency))
    else:
        rows.insert(8, Parameter("agents at a time", "1", "tasks share a branch"))
    if request.command:
        rows.append(setting("command", "agent.command", request.command))
    if request.retry_of:
        rows.append(Parameter("retry of", request.retry_of, f"attempt {request.attempt}"))
    return tuple(rows)


def _destination(request: RunRequest, named: bool) -> list[Parameter]:
    """Where the result goes; only a run that is pushed has one."""
    if not request.push:
        return []
    checked_out = f"{request.source_branch}, which is checked out"
    rows = [Parameter("remote", request.remote, f"the branch {request.source_branch}")]
    if request.pr:
        base = Parameter("pull request", f"{request.branch} to {request.remote_base}", checked_out)
        rows.append(Parameter(base.name, base.value, "--base") if named else base)
    if request.include_unpushed:
        rows.append(Parameter("other unpushed commits", "go along", "--include-unpushed"))
    if request.waived:
        rows.append(Parameter("waived checks", ", ".join(request.waived), "--waive"))
    return rows


def _file_source(request: RunRequest) -> str:
    if not request.commit:
        return "its file"
    return "its file, published first" if request.push else "HEAD"


def _works_at(request: RunRequest) -> str:
    if not request.commit:
        return "a copied folder"
    return "the published commit" if request.push else request.commit[:12]
