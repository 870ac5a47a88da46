"""Keys: where they come from, that nothing shows them, and that a repository gets none and runs nothing."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.paths import config_file, state_folder
from tests.fakes.claude import KEY, MODEL, item, subitem, subtasks, tasks, use
from tests.fakes.command_line import CommandLine
from tests.fakes.messages_api import MessagesApi, Request
from tests.fakes.messages_replies import Scenario, fails, refusal, says

OTHER = "sk-another-key-0815"
NO_MODEL = "outline, no model"


def subtasks_always(_request: Request) -> Scenario:
    return subtasks(subitem(1), subitem(2))


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    with MessagesApi(answer=subtasks_always) as running:
        yield running


@pytest.fixture
def at(api: MessagesApi, cli: CommandLine) -> CommandLine:
    """The project, with an address that leads to `api` and no key."""
    cli.monkeypatch.setenv("TASKDECK_PLANNER_BASE_URL", api.base_url)
    cli.monkeypatch.setenv("TASKDECK_PLANNER_MODEL", MODEL)
    return cli


def key_of(api: MessagesApi) -> str:
    return api.calls[-1].headers["authorization"].removeprefix("Bearer ")


def user_settings(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def script(folder: Path, text: str) -> Path:
    path = folder / "key.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


# Where keys come from


def test_without_a_key_rules_plan_and_nobody_is_called(
    at: CommandLine, api: MessagesApi, loopback_only: list[str]
) -> None:
    (at.folder / "prd.md").write_text("# P\n\n## Features\n\n- The tool must export tasks as CSV.\n")
    for arguments in (
        ["parse-prd", "prd.md", "--append"], ["analyze-complexity"], ["expand", "3"],
        ["add-task", "--prompt", "Export as CSV"], ["update-task", "3", "--prompt", "Mind the locale"],
        ["update-subtask", "2.2", "--append", "--prompt", "Mind it"], ["draft-prd", "A shop", "-o", "x.md"],
        ["doctor"], ["config", "show"], ["list"],
    ):  # fmt: skip
        result = at(*arguments)
        assert result.code == 0, result
        plans = arguments[0] not in ("doctor", "config", "list")
        said = "There is no key for Claude, so rules plan: outline, no model."
        assert result.err.count(said) == plans
    assert api.requests == []
    assert loopback_only == []
    assert "Mind the locale" in at.task("3")["details"]
    assert "Mind it" in at.task("2.2")["details"]


def test_rules_that_were_chosen_are_not_remarked_on(at: CommandLine) -> None:
    assert at("expand", "3", "--planner", "outline").err == ""
    at("config", "set", "planner.kind", "outline")
    assert at("expand", "4").err == ""


def test_the_key_of_the_environment(at: CommandLine, api: MessagesApi) -> None:
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    result = at("expand", "3")
    assert (result.code, key_of(api)) == (0, KEY)
    host = api.base_url.removeprefix("http://")
    assert result.err.splitlines()[0] == f"Planning with {MODEL} at {host}, key from ANTHROPIC_API_KEY."
    assert "tokens go to" in result.err.splitlines()[1]
    assert result.err.splitlines()[2:] == [f"{MODEL}: 100 tokens in, 50 out, price not known"]


def test_a_key_in_the_users_settings_is_private(at: CommandLine, api: MessagesApi) -> None:
    user_settings('theme = "nord"\n')
    assert at("config", "set", "planner.key", "-", stdin=KEY + "\n").code == 0
    assert config_file().stat().st_mode & 0o077 == 0
    assert at("expand", "3").code == 0
    assert key_of(api) == KEY
    for arguments in (["config", "show"], ["config", "get", "planner.key"], ["doctor"]):
        for form in ([], ["--json"]):
            result = at(*arguments, *form)
            assert KEY not in result.out + result.err
    assert at("config", "get", "planner.key").out == "(set, not shown)\n"
    assert "config.toml, line" in at("config", "show", "--json").json["planner"]["key"]


def test_the_environment_wins_over_the_settings_and_our_own_variable_over_both(
    at: CommandLine, api: MessagesApi
) -> None:
    user_settings(f'planner.key = "{OTHER}"\n')
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at("expand", "3")
    assert key_of(api) == KEY
    at.monkeypatch.setenv("TASKDECK_PLANNER_KEY", OTHER)
    at("expand", "4")
    assert key_of(api) == OTHER


def test_a_key_command_runs_when_a_call_is_made(at: CommandLine, api: MessagesApi) -> None:
    log = at.folder / "runs"
    command = script(at.folder.parent, f'echo run >> "{log}"; echo noise >&2; echo {KEY}')
    user_settings(f'planner.key_command = "{command}"\n')
    for arguments in (["doctor"], ["config", "show"], ["list"], ["expand", "--help"]):
        assert KEY not in at(*arguments).out
    assert not log.exists()
    result = at("expand", "--all")
    assert (result.code, key_of(api)) == (0, KEY)
    assert log.read_text() == "run\n"  # once, for several calls side by side
    assert "noise" not in result.err
    assert f"the command of {config_file()}, line 1" in result.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo sk-secret-on-stderr >&2; exit 3", "ended with exit code 3"),
        ("true", "printed nothing"),
        ("echo one; echo two", "printed more than one line"),
        ("", "cannot be started"),
    ],
)
def test_a_key_command_that_fails(at: CommandLine, api: MessagesApi, text: str, words: str) -> None:
    command = script(at.folder.parent, text)
    if not text:
        command.unlink()
    user_settings(f'planner.key_command = "{command}"\n')
    before = at.text
    result = at("expand", "--all")
    assert result.code == 1
    assert words in result.err
    assert "sk-secret" not in result.err
    assert at.text == before
    assert api.requests == []


def test_the_key_ring(at: CommandLine, api: MessagesApi) -> None:
    ring = types.ModuleType("keyring")
    asked: list[tuple[str, str]] = []

    def get_password(service: str, user: str) -> str:
        asked.append((service, user))
        return KEY

    ring.get_password = get_password  # type: ignore[attr-defined]
    ring.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    at.monkeypatch.setitem(sys.modules, "keyring", ring)
    assert at("expand", "3").code == 0
    assert key_of(api) == KEY
    assert set(asked) == {("taskdeck", "anthropic")}
    assert "key ring" in at("doctor").out

    def locked(*_: str) -> str:
        raise RuntimeError(f"locked, but {KEY} was in it")

    ring.get_password = locked  # type: ignore[attr-defined]
    result = at("expand", "4")
    assert (result.code, NO_MODEL in result.out) == (0, True)
    assert KEY not in result.out + result.err


def test_claude_by_name_needs_a_key(at: CommandLine) -> None:
    result = at("expand", "3", "--planner", "claude")
    assert result.code == 2
    assert "no key for Claude" in result.err
    assert "ANTHROPIC_API_KEY" in result.err
    assert at("expand", "3", "--research").code == 2
    at("config", "set", "planner.kind", "claude")
    assert NO_MODEL in at("expand", "3").out


def test_doctor_and_config_say_who_plans_and_where_each_value_comes_from(at: CommandLine) -> None:
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    for document in (at("doctor", "--json").json, at("config", "show", "--json").json):
        planner = document["planner"]
        assert (planner["kind"], planner["key"]) == ("claude", "ANTHROPIC_API_KEY")
        assert planner["model"] == {"value": MODEL, "source": "TASKDECK_PLANNER_MODEL"}
        assert planner["endpoint"]["source"] == "TASKDECK_PLANNER_BASE_URL"
    out = at("config", "show").out
    assert "Key from ANTHROPIC_API_KEY." in out
    assert KEY not in out
    at.monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert at("doctor", "--json").json["planner"]["key"] is None
    assert "no key for Claude was found" in at("doctor").out


def test_a_key_never_goes_into_a_project(at: CommandLine) -> None:
    result = at("config", "set", "planner.key", KEY, "--in-project")
    assert (result.code, KEY in result.err) == (2, False)
    assert not (at.folder / ".taskmaster/taskdeck.toml").exists()


def test_a_key_that_is_held_is_said_even_where_rules_plan(at: CommandLine, api: MessagesApi) -> None:
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at("config", "set", "planner.kind", "outline")
    out = at("doctor").out
    assert "outline, no model: chosen by" in out
    assert "Key from ANTHROPIC_API_KEY." in out
    assert NO_MODEL in at("expand", "3").out
    assert api.requests == []


# Nothing shows a key


def test_the_sdks_own_log_shows_no_key(at: CommandLine, api: MessagesApi) -> None:
    env = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_LOG": "debug"}
    result = at.process("expand", "3", env=env)
    assert result.code == 0
    assert KEY not in result.out + result.err


def test_a_password_in_an_address_is_not_shown(cli: CommandLine) -> None:
    cli.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    cli.monkeypatch.setenv("TASKDECK_PLANNER_RETRIES", "0")
    address = "http://someone:pass-word-12@127.0.0.1:9/x"
    (cli.folder / ".taskmaster/taskdeck.toml").write_text(f'planner.base_url = "{address}"\n')
    for arguments in (
        ["config", "show"], ["config", "show", "--json"], ["doctor"], ["expand", "3"],
        ["config", "trust", "planner.base_url", "--yes"], ["config", "show"], ["doctor"], ["expand", "3"],
    ):  # fmt: skip
        result = cli(*arguments)
        assert "pass-word-12" not in result.out + result.err
    assert "http://…@127.0.0.1:9/x" in cli("config", "get", "planner.base_url").out


def test_a_key_shows_nowhere(at: CommandLine, api: MessagesApi) -> None:
    (at.folder / "prd.md").write_text("# Shop\n\n- It must sell.\n")
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    leaky = [
        tasks(item(1)), fails(401, "authentication_error", f"key {KEY}"), refusal(f"No, {KEY}."),
        fails(400, "invalid_request_error", f"{KEY} in the words of the endpoint"), says("not JSON"),
    ]  # fmt: skip
    shown = ""
    for scenario in leaky:
        api.answer = lambda _request, scenario=scenario: scenario
        for arguments in (
            ["parse-prd", "prd.md", "--append"],
            ["expand", "3"],
            ["draft-prd", "x", "-o", "x"],
        ):
            result = at(*arguments)
            shown += result.out + result.err
    for arguments in (["doctor", "--json"], ["config", "show", "--json"], ["config", "set", "nope", KEY]):
        result = at(*arguments)
        shown += result.out + result.err
    result = at.process("expand", "4")
    shown += result.out + result.err
    assert KEY not in shown
    places = (at.folder, state_folder(at.folder).parent, config_file().parent)
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert any(path.name == "calls.jsonl" for path in files)
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    ledger = next(path for path in files if path.name == "calls.jsonl")
    assert ledger.stat().st_mode & 0o077 == 0
    assert ledger.parent.stat().st_mode & 0o077 == 0


def test_a_key_given_as_an_argument_is_in_no_crash_file(at: CommandLine) -> None:
    at.monkeypatch.setattr("core.config.write_setting", lambda *_, **__: 1 / 0)
    result = at("config", "set", "planner.key", KEY)
    assert "fault of Taskdeck itself" in result.err
    path = Path(result.err.split("The details are in ")[1].split(";")[0])
    assert "planner.key" in path.read_text()
    assert KEY not in path.read_text()


# What a repository says is data


def hostile(cli: CommandLine, address: str, mark: Path) -> None:
    """Every way in which a repository's files could name an address, a key or a command."""
    command = script(cli.folder, f'touch "{mark}"; echo {OTHER}')
    (cli.folder / ".taskmaster/taskdeck.toml").write_text(
        f'[planner]\nbase_url = "{address}"\nkey_command = "{command}"\nkey = "{OTHER}"\n'
        'confirm_tokens = 9000000\nbudget = 1000\nstandards = ["../../secret.md"]\n'
    )
    role = {"provider": "anthropic", "modelId": "claude-haiku-4-5", "baseURL": f"{address}/v1"}
    models = {"main": role, "research": role, "fallback": role}
    (cli.folder / ".taskmaster/config.json").write_text(json.dumps({"models": models}))
    (cli.folder / ".taskmasterconfig").write_text(json.dumps({"models": models}))
    (cli.folder / ".env").write_text(
        f"ANTHROPIC_API_KEY={OTHER}\nANTHROPIC_BASE_URL={address}\nTASKDECK_PLANNER_BASE_URL={address}\n"
    )
    (cli.folder / ".mcp.json").write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": address}}))


COMMANDS = [
    ["expand", "3"],
    ["analyze-complexity"],
    ["update-task", "3", "--prompt", "better"],
    ["add-task", "--prompt", "more"],
    ["doctor"],
    ["config", "show"],
]


def test_a_hostile_repository_gets_no_key_no_request_and_runs_nothing(
    cli: CommandLine, tmp_path: Path, loopback_only: list[str]
) -> None:
    mark = tmp_path / "was run"
    cli.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    cli.monkeypatch.setenv("TASKDECK_PLANNER_RETRIES", "0")
    with MessagesApi(answer=subtasks_always) as theirs:
        hostile(cli, theirs.base_url, mark)
        for arguments in COMMANDS:
            result = cli(*arguments)
            assert result.code in (0, 1), result
            assert KEY not in result.out + result.err
        process = cli.process("expand", "3")
        assert (process.code, "api.anthropic.com" in process.err) == (1, True)
        assert theirs.requests == []
    assert not mark.exists()
    # With a key of the user's own it went to Anthropic, which a test does not reach.
    assert set(loopback_only) == {"api.anthropic.com"}
    result = cli("expand", "3")
    assert "the project sets planner.base_url" in result.err
    assert "taskdeck config trust planner.base_url" in result.err
    assert "at api.anthropic.com" in result.err


def test_a_hostile_repository_without_a_key_of_the_user(cli: CommandLine, tmp_path: Path) -> None:
    mark = tmp_path / "was run"
    with MessagesApi(answer=subtasks_always) as theirs:
        hostile(cli, theirs.base_url, mark)
        for arguments in COMMANDS:
            assert cli(*arguments).code == 0
        assert theirs.requests == []
    assert not mark.exists()
    assert cli("config", "show", "--json").json["planner"]["key"] is None


def test_only_the_value_that_was_trusted_counts(cli: CommandLine, tmp_path: Path) -> None:
    mark = tmp_path / "was run"
    cli.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    cli.monkeypatch.setenv("TASKDECK_PLANNER_RETRIES", "0")
    with MessagesApi(answer=subtasks_always) as trusted, MessagesApi(answer=subtasks_always) as later:
        hostile(cli, trusted.base_url, mark)
        assert cli("config", "trust", "planner.base_url", "--yes").code == 0
        assert cli("expand", "3").code == 0
        assert len(trusted.calls) == 1
        assert key_of(trusted) == KEY
        hostile(cli, later.base_url, mark)
        assert cli("expand", "4").code == 1
        assert later.requests == []
        assert len(trusted.calls) == 1
    assert not mark.exists()


def test_a_trusted_key_command_runs(cli: CommandLine, tmp_path: Path, api: MessagesApi) -> None:
    mark = tmp_path / "was run"
    cli.monkeypatch.setenv("TASKDECK_PLANNER_BASE_URL", api.base_url)
    hostile(cli, "http://127.0.0.1:9", mark)
    assert cli("config", "trust", "planner.key_command", "--yes").code == 0
    assert cli("expand", "3").code == 0
    assert mark.exists()
    assert key_of(api) == OTHER


# Task Master's settings


def task_master(cli: CommandLine, **models: dict[str, str]) -> None:
    (cli.folder / ".taskmaster/config.json").write_text(json.dumps({"models": models}))


def test_task_masters_models_are_the_lowest_word(at: CommandLine, api: MessagesApi) -> None:
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at.monkeypatch.delenv("TASKDECK_PLANNER_MODEL")
    main = {"provider": "anthropic", "modelId": "claude-opus-5-5"}
    research = {"provider": "anthropic", "modelId": "claude-haiku-5-5"}
    task_master(at, main=main, research=research)
    planner = at("config", "show", "--json").json["planner"]
    assert planner["model"]["value"] == "claude-opus-5-5"
    assert planner["model"]["source"].endswith("config.json")
    assert planner["researchModel"]["value"] == "claude-haiku-5-5"
    at("expand", "3")
    assert api.calls[-1].body["model"] == "claude-opus-5-5"
    user_settings('planner.model = "claude-sonnet-5"\n')
    at("expand", "4")
    assert api.calls[-1].body["model"] == "claude-sonnet-5"
    at("expand", "4", "--append", "--model", "claude-test-9")
    assert api.calls[-1].body["model"] == "claude-test-9"


@pytest.mark.parametrize(
    "main",
    [
        {"provider": "openai", "modelId": "gpt-x", "baseURL": "http://127.0.0.1:9/v1"},
        {"provider": "anthropic", "modelId": "claude-sonnet-4-20250514"},
        {"provider": "claude-code", "modelId": "sonnet"},
    ],
)
def test_models_of_others_and_models_nobody_serves_are_passed_over(
    at: CommandLine, main: dict[str, str]
) -> None:
    at.monkeypatch.delenv("TASKDECK_PLANNER_MODEL")
    task_master(at, main=main)
    model = at("config", "show", "--json").json["planner"]["model"]
    assert model == {"value": "claude-sonnet-5-5", "source": "default"}


def test_a_model_nobody_serves_any_more_is_named_where_settings_are_shown(at: CommandLine) -> None:
    at.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at.monkeypatch.delenv("TASKDECK_PLANNER_MODEL")
    task_master(at, main={"provider": "anthropic", "modelId": "claude-opus-4-20250514"})
    for arguments in (["config", "show"], ["doctor"]):
        said = " ".join(at(*arguments).out.split())
        assert "names claude-opus-4-20250514, which is no longer served: it does not count" in said


def test_task_masters_address_counts_once_it_is_trusted_and_loses_its_v1(
    cli: CommandLine, api: MessagesApi
) -> None:
    cli.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    cli.monkeypatch.setenv("TASKDECK_PLANNER_RETRIES", "0")
    main = {"provider": "anthropic", "modelId": MODEL, "baseURL": f"{api.base_url}/v1"}
    task_master(cli, main=main)
    assert cli("expand", "3").code == 1
    assert api.requests == []
    assert cli("config", "trust", "planner.base_url", "--yes").code == 0
    assert cli("expand", "3").code == 0
    assert api.calls[0].path == "/v1/messages"


def test_an_address_in_the_environment_is_the_users_own(cli: CommandLine, api: MessagesApi) -> None:
    use(api, cli.monkeypatch)
    cli.monkeypatch.delenv("TASKDECK_PLANNER_BASE_URL")
    cli.monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{api.base_url}/")
    assert cli("expand", "3").code == 0
    assert len(api.calls) == 1
