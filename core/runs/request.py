"""What a run was asked to do, whole and with the source of every value, as a file that outlives the asker."""

from __future__ import annotations

import dataclasses
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from core.errors import DamagedFile
from core.runs.safe_name import safe_name
from core.settings.stages import STAGES

Kind = Literal["docs", "task"]
_CHARACTERS = "abcdefghijklmnopqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One effective parameter of a run, as text, and where it comes from: a flag, a file, default."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Everything a run needs to know; nothing of it is looked up again later.

    `commit` is the commit the run works at, empty for a copied folder. `base` is the branch the result is
    meant for. `contents` holds the content hash of each task of `keys`. `context` says per task what an
    earlier run of it (`retry_of`) failed at. `tasks_path` is the task file's path from the repository's top,
    empty without git. `words` says what is worth knowing of where it works. Times are seconds, `max_output`
    bytes.

    For a run that is pushed: `source_branch` is checked out and published to `remote`, and `remote_base` is
    the branch there that the pull request goes to. `continues` is the commit an earlier run of the same work
    reached, with the results of the tasks `earlier`; without `keys` only those are delivered. `waived` names
    the checks somebody let pass.
    """

    id: str
    kind: Kind
    root: str
    tasks_file: str
    tasks_path: str
    tasks_sha256: str
    tag: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    agent: str = "builtin"
    model: str = ""
    command: str = ""
    where: str = "local"
    base: str = ""
    commit: str = ""
    branch: str = ""
    push: bool = False
    pr: bool = False
    force: bool = False
    concurrency: int = 3
    attempts: int = 1
    timeout: float = 3600.0
    silence: float = 180.0
    max_output: int = 256 << 20
    max_turns: int = 60
    retries: int = 3
    budget: float | None = None
    tools: tuple[str, ...] = ()
    pace: float = 0.0
    prd: str = ""
    standards: tuple[str, ...] = ()
    language: str = ""
    retry_of: str = ""
    attempt: int = 1
    words: str = ""
    source_branch: str = ""
    remote: str = ""
    remote_base: str = ""
    include_unpushed: bool = False
    waived: tuple[str, ...] = ()
    continues: str = ""
    earlier: tuple[str, ...] = ()
    created: float = 0.0
    titles: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    contents: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    context: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    parameters: tuple[Parameter, ...] = ()

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages this run goes through, in order."""
        left_out = {"apply" if self.commit else "commit"}
        if not self.push:
            left_out |= {"publish", "push"}
        if not self.pr:
            left_out.add("pull_request")
        if not self.keys:
            left_out |= {"publish", "prepare", "agent", "gate", "commit", "apply"}
        return tuple(stage for stage in STAGES if stage not in left_out)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks it is about: those it works on, else those whose results it only delivers."""
        return self.keys or self.earlier

    @property
    def agents(self) -> tuple[str, ...]:
        """The names of the agents, one a task, in the order of `keys`."""
        return tuple(self.agent_of(key) for key in self.keys)

    def agent_of(self, key: str) -> str:
        """The name of the agent that works on the task `key`: `docs-5`, `task-5`."""
        return f"{self.kind}-{safe_name(key)}"

    @property
    def files_expected(self) -> int:
        """How many documents there shall be in the end; 0 where that cannot be said."""
        return len(self.keys) * len(self.names) if self.kind == "docs" else 0

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2)


def new_run_id(now: float | None = None) -> str:
    """`YYMMDD-HHMM-xxx` in UTC; the last three tell runs of one minute apart."""
    stamp = time.strftime("%y%m%d-%H%M", time.gmtime(time.time() if now is None else now))
    return f"{stamp}-{''.join(secrets.choice(_CHARACTERS) for _ in range(3))}"


def read_request(path: Path) -> RunRequest:
    """The request in `path`. Raises DamagedFile, OSError. Members it does not know are passed over."""
    try:
        raw: Any = json.loads(path.read_bytes())
        return _request(cast("dict[str, Any]", raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DamagedFile(path, "not the request of a run", hint="The run cannot be shown.") from None


def _request(raw: dict[str, Any]) -> RunRequest:
    known = {field.name: field for field in dataclasses.fields(RunRequest)}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            continue
        values[name] = tuple(cast("list[Any]", value)) if isinstance(value, list) else value
    values["parameters"] = tuple(Parameter(**parameter) for parameter in values.get("parameters", ()))
    return RunRequest(**values)
