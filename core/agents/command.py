"""The Claude Code command: where it is, and how it is called so that it does only what it was asked to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import NotFound, TaskdeckError
from core.plain_text import printable, shorten
from core.settings.schema import AgentSettings

Kind = Literal["docs", "task"]

READING = ("Read", "Glob", "Grep")
WRITING = ("Write", "Edit")
PLANNING = ("TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet")

_SECONDS = 10.0
_PASSED_ON = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
        *("CARGO_HOME", "RUSTUP_HOME", "GOPATH", "GOROOT", "JAVA_HOME", "VIRTUAL_ENV", "NVM_DIR"),
    )
)
_OURS = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "GIT_TERMINAL_PROMPT": "0",
    # Results leave this machine by us alone, once they passed: every address is one nobody can push to.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "url.taskdeck-lets-no-agent-push://.pushInsteadOf",
    "GIT_CONFIG_VALUE_0": "",
}
_CLAUDE = {
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    "CLAUDE_CODE_DISABLE_TERMINAL_TITLE": "1",
    # Work in the background would outlive the turn, and with it what was asked to be whole.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
}
_RULE_WORD = re.compile(r"[\w./ -]+")


@dataclass(frozen=True)
class AgentCommand:
    """A process to start: `env` is its whole environment, `stdin` all that its standard input holds.

    `secrets` are texts that its output must not show.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    stdin: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class FoundAgent:
    """The command that was found; `version` is its own word for it, "" when it does not say."""

    path: Path
    version: str


def find_agent(command: str = "claude", path: str | None = None) -> FoundAgent:
    """Find `command` (a name or a path) on PATH, or on `path`, and ask its version. Blocking, 10 s at most.

    Raises NotFound when there is none, TaskdeckError when it does not start.
    """
    found = shutil.which(os.fspath(Path(command).expanduser()) if command else "", path=path)
    if found is None:
        raise NotFound(
            f"There is no agent command {printable(command)}.",
            "Install Claude Code, or set agent.command to its path; --agent builtin needs none.",
            "other_agent",
        )
    try:
        done = subprocess.run(
            [found, "--version"],
            env=agent_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        late = isinstance(error, subprocess.TimeoutExpired)
        why = f"did not answer within {_SECONDS:.0f} s" if late else f"does not start: {error.strerror}"
        raise TaskdeckError(
            f"The agent command {found} {why}.", f"Try `{command} --version`; --agent builtin needs none."
        ) from None
    said = done.stdout.decode("utf-8", "replace").strip().split("\n")[0]
    return FoundAgent(Path(found).absolute(), shorten(printable(said), 80))


def claude_command(
    settings: AgentSettings,
    prompt: str,
    cwd: Path,
    kind: Kind,
    *,
    program: Path | str = "",
    writable: Sequence[str] = (".taskmaster/docs",),
    protected: Sequence[str] = (".taskmaster/tasks",),
    readable: Sequence[Path] = (),
    key: str = "",
    base_url: str = "",
    model: str = "",
    config_folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> AgentCommand:
    """How Claude Code is called for `prompt` in `cwd`.

    An agent for documents has no tools but those that read, and may write below the folders `writable` of
    `cwd` only; one for tasks may write in all of `cwd` but `protected` and use the settings' `tools`.
    `readable` are folders outside `cwd` that it may read too. Raises ValueError for a folder that no rule of
    Claude Code can name.

    `key` and `base_url` are the only credentials it gets; without `key` it uses its own login.
    `config_folder` is its own place for settings and transcripts: it keeps them out of the user's home, and
    holds no login, so give it with a `key`. `environ` is the environment the allowed names are taken from.

    Settings, hooks, plugins, skills and MCP servers of the repository and of the user count for nothing.
    """
    # The prompt goes over standard input: an argument may be 128 kB long, and every user's `ps` shows it.
    argv = [str(program or settings.command), "-p", "--output-format", "stream-json", "--verbose"]
    argv += ["--setting-sources", "", "--strict-mcp-config", "--disable-slash-commands"]
    argv += ["--no-session-persistence", "--max-turns", str(settings.max_turns)]
    if settings.budget is not None:
        argv += ["--max-budget-usd", f"{settings.budget:g}"]
    if chosen := model or settings.model:
        argv += ["--model", chosen]
    argv += _permissions(settings, kind, writable)
    argv += ["--disallowedTools", *(f"Edit({_rule_path(folder)}/**)" for folder in protected)]
    argv += ["--permission-mode", "dontAsk" if kind == "docs" else "acceptEdits"]
    for folder in readable:
        argv += ["--add-dir", str(folder)]
    env = agent_environment(environ) | _CLAUDE | {"CLAUDE_CODE_MAX_RETRIES": str(settings.retries)}
    if key:
        env["ANTHROPIC_API_KEY"] = key
    if base_url:
        env["ANTHROPIC_BASE_URL"] = base_url
    if config_folder is not None:
        env["CLAUDE_CONFIG_DIR"] = str(config_folder)
    return AgentCommand(tuple(argv), cwd, env, (key,) if key else (), prompt.encode("utf-8", "replace"))


def agent_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment every agent gets: what programs need to run, and no keys or tokens."""
    given = os.environ if environ is None else environ
    kept = {name: value for name, value in given.items() if name in _PASSED_ON or name.startswith("LC_")}
    return kept | _OURS


def _permissions(settings: AgentSettings, kind: Kind, writable: Iterable[str]) -> list[str]:
    """Flags that let it do its work and refuse the rest; nobody is there to be asked.

    The mode acceptEdits would allow every edit below `cwd`, so documents use dontAsk, where only rules allow.
    A rule for Edit holds for every tool that writes files; one for Write would be taken and never looked at.
    What lies below `cwd` can be read without a rule, and with none nothing else.
    """
    if kind == "docs":
        tools = [*READING, *WRITING, *PLANNING]
        rules = [*PLANNING, *(f"Edit({_rule_path(folder)}/**)" for folder in writable)]
    else:
        extra = [tool.partition("(")[0].strip() for tool in settings.tools]
        tools = list(dict.fromkeys([*READING, *WRITING, *PLANNING, *filter(None, extra)]))
        rules = [*PLANNING, *settings.tools]
    # A variadic flag, so another flag must follow it.
    return ["--tools", ",".join(tools), "--allowedTools", *rules]


def _rule_path(folder: str) -> str:
    """A folder below the working directory as a rule can name it. Raises ValueError for any other text."""
    path = folder.strip("/")
    if not _RULE_WORD.fullmatch(path) or ".." in path.split("/"):
        raise ValueError(f"no folder a rule can name: {folder!r}")
    return path
