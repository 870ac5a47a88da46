"""Every effective parameter of a run with where it comes from, as it is shown and kept."""

from __future__ import annotations

from core.config import Loaded
from core.documents.content import short_hash
from core.plain_text import shorten
from core.runs.request import Parameter, RunRequest
from core.runs.wish import Wish
from core.secrets import redact

FLAGS = {"--kind": "--agent", "--concurrency": "--jobs"}
"""Flags whose names are not those of the settings they stand for."""
_FIELDS = {"agent.kind": "agent", "agent.model": "model", "agent.concurrency": "concurrency"}
"""Settings that a wish has a field for."""
_TOLD = 300


class _Sources:
    """Where the values of one request come from."""

    def __init__(self, request: RunRequest, loaded: Loaded, wish: Wish) -> None:
        self.request = request
        self.loaded = loaded
        self.wish = wish
        self.before = f"from run {request.retry_of}"

    def given(self, field: str, flag: str) -> str:
        """The source of a field that was given: the run before, the sheet, or the flag."""
        if field in self.wish.picked:
            return "on the sheet"
        return self.before if field in self.wish.inherited else flag

    def setting(self, name: str, key: str, value: object) -> Parameter:
        source = self.loaded.get(key).source
        if source.startswith("--"):
            source = self.given(_FIELDS.get(key, key), FLAGS.get(source, source))
        return Parameter(name, str(value), source)

    def flag(self, name: str, value: bool, by: str = "") -> Parameter:
        given = value or name in self.wish.picked
        source = self.given(name, f"--{by or name}") if given else "default"
        return Parameter(name, "yes" if value else "no", source)


def parameters(request: RunRequest, loaded: Loaded, wish: Wish, branch: str | None) -> tuple[Parameter, ...]:
    """The rows to show. `branch` is what is checked out."""
    sources = _Sources(request, loaded, wish)
    file = f"{request.tasks_path or request.tasks_file}, sha256 {short_hash(request.tasks_sha256)}"
    base = sources.given("base", "--base") if wish.base else "checked out" if branch else "no branch"
    rows = [
        Parameter("tasks", " ".join(request.tasks), _tasks_source(sources)),
        *_documents(sources),
        Parameter("tag", request.tag, "the project"),
        Parameter("task file", file, _file_source(request)),
        Parameter("works from", _works_at(request), _works_at_source(sources)),
        Parameter("branch", request.branch or "none", sources.before if wish.branch else "this run"),
        Parameter("base", request.base or "none", base),
        *_work(sources),
        sources.flag("push", request.push, "pr" if request.pr else ""),
        *_destination(sources),
        sources.flag("pr", request.pr),
        sources.flag("force", request.force),
    ]
    if request.waived:
        rows.append(Parameter("waived checks", ", ".join(request.waived), sources.given("waived", "--waive")))
    if request.retry_of:
        rows.append(Parameter("retry of", request.retry_of, f"attempt {request.attempt}"))
    return tuple(rows)


def _documents(sources: _Sources) -> list[Parameter]:
    if sources.request.kind != "docs":
        return []
    return [sources.setting("documents", "documents.files", ", ".join(sources.request.names))]


def _work(sources: _Sources) -> list[Parameter]:
    """What agents get to go by; a run that only delivers has none."""
    request, agent = sources.request, sources.loaded.settings.agent
    setting = sources.setting
    if sources.wish.only_delivers:
        return [Parameter("agent", f"none; {request.agent} made it before", sources.before)]
    attempts = "default" if request.attempts == 1 else sources.given("attempts", "--attempts")
    rows = [
        setting("agent", "agent.kind", request.agent),
        setting("model", "agent.model", request.model or "the agent's own"),
        setting("agents at a time", "agent.concurrency", request.concurrency)
        if request.kind == "docs"
        else Parameter("agents at a time", "1", "tasks share a branch"),
        Parameter("where", request.where, "default"),
        Parameter("attempts", str(request.attempts), attempts),
        setting("time limit", "agent.timeout", f"{request.timeout:g} s"),
        setting("silence", "agent.silence", f"{request.silence:g} s"),
        setting("output limit", "agent.max_output", f"{agent.max_output} MB"),
        setting("turns", "agent.max_turns", request.max_turns),
        setting("budget", "agent.budget", "none" if agent.budget is None else f"${agent.budget:g}"),
    ]
    if request.command:
        rows.append(setting("command", "agent.command", request.command))
    told = " ".join(f"{key}: {' '.join(words.split())}" for key, words in request.context.items() if words)
    if told:
        rows.append(Parameter("agents are told", shorten(redact(told), _TOLD), sources.before))
    return rows


def _destination(sources: _Sources) -> list[Parameter]:
    """Where the result goes; only a run that is pushed has one."""
    request = sources.request
    if not request.push:
        return []
    rows = [Parameter("remote", request.remote, f"the branch {request.source_branch}")]
    if request.pr:
        goes = f"{request.branch} to {request.remote_base}"
        checked_out = f"{request.source_branch}, which is checked out"
        by = sources.given("base", "--base") if sources.wish.base else checked_out
        rows.append(Parameter("pull request", goes, by))
    if request.include_unpushed:
        by = sources.given("include_unpushed", "--include-unpushed")
        rows.append(Parameter("other unpushed commits", "go along", by))
    return rows


def _tasks_source(sources: _Sources) -> str:
    wish = sources.wish
    if not wish.keys and not wish.only_delivers:
        return "missing or stale documents"
    return sources.given("keys", "named")


def _file_source(request: RunRequest) -> str:
    if not request.commit:
        return "its file"
    return "its file, published first" if "publish" in request.stages else "HEAD"


def _works_at_source(sources: _Sources) -> str:
    if sources.wish.only_delivers:
        return sources.before
    return "HEAD" if sources.request.commit else "no commit"


def _works_at(request: RunRequest) -> str:
    if not request.commit:
        return "a copied folder"
    if not request.keys:
        return request.continues[:12]
    return "the published commit" if request.push else request.commit[:12]
