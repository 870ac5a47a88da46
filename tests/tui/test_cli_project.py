"""init, config, doctor, completion, help, version, and what is said about commands there are not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from tests.fakes.command_line import CommandLine, command
from tui.cli.catalogue import MODULES, NEAREST, NOT_YET, SECTIONS
from tui.cli.group import root


def test_init_makes_a_project_that_every_command_can_use(bare_cli: CommandLine) -> None:
    result = bare_cli("init", "--name", "Library", "-y")
    assert result.code == 0
    assert bare_cli("list").code == 0
    assert bare_cli("next", "--json").json["task"] is None
    assert (
        json.loads((bare_cli.folder / ".taskmaster/config.json").read_text())["global"]["projectName"]
        == "Library"
    )


def test_init_in_a_named_folder_and_as_dry_run(bare_cli: CommandLine) -> None:
    assert bare_cli("init", "--dry-run").code == 0
    assert list(bare_cli.folder.iterdir()) == []
    assert bare_cli("init", "new/place", "--json").json["root"].endswith("new/place")
    assert (bare_cli.folder / "new/place/.taskmaster/tasks/tasks.json").is_file()


def test_init_never_touches_a_project(cli: CommandLine) -> None:
    before = cli.text
    result = cli("init")
    assert result.code == 3
    assert "already" in result.err
    assert cli.text == before


def test_config_says_where_each_value_comes_from(cli: CommandLine) -> None:
    assert cli("config", "set", "theme", "taskdeck-light").code == 0
    assert cli("config", "set", "counts.tasks", "7", "--in-project").code == 0
    cli.monkeypatch.setenv("TASKDECK_MOTION", "reduced")
    settings = {entry["key"]: entry for entry in cli("config", "show", "--json").json["settings"]}
    assert settings["theme"]["value"] == "taskdeck-light"
    assert "config.toml" in settings["theme"]["source"]
    assert "taskdeck.toml" in settings["counts.tasks"]["source"]
    assert settings["motion"]["source"] == "TASKDECK_MOTION"
    assert cli("config", "get", "counts.tasks").out == "7\n"
    assert cli("config", "unset", "theme").code == 0
    assert cli("config", "get", "theme", "--json").json["source"] == "default"
    assert "what for" in cli("config", "show").out


def test_a_theme_there_is_not_is_not_set(cli: CommandLine) -> None:
    refused = cli("config", "set", "theme", "nosuch")
    assert (refused.code, "There is no theme nosuch" in refused.err) == (2, True)
    assert "taskdeck-contrast-dark" in refused.err
    assert cli("config", "get", "theme").out == "taskdeck-dark\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["config", "get", "colour"],
        ["config", "set", "motion", "fast"],
        ["config", "set", "motion"],
        ["config", "nope"],
    ],
)
def test_config_that_cannot_be(cli: CommandLine, arguments: list[str]) -> None:
    assert cli(*arguments).code == 2


def test_config_without_a_project(bare_cli: CommandLine) -> None:
    assert bare_cli("config", "get", "theme").code == 0
    assert bare_cli("config", "set", "theme", "x", "--in-project").code == 2
    assert bare_cli("config", "trust", "planner.base_url").code == 1


def test_doctor_finds_nothing_wrong_in_a_good_project(cli: CommandLine) -> None:
    result = cli("doctor")
    assert result.code == 0, result
    assert "task file" in result.out
    states = {check["name"]: check["state"] for check in cli("doctor", "--json").json["checks"]}
    assert states["task file"] == "ok"


def test_doctor_of_a_damaged_file_or_no_project(cli: CommandLine, bare_cli: CommandLine) -> None:
    cli.file.write_text("{ broken")
    result = cli("doctor")
    assert result.code == 1
    assert "line 1" in result.out
    assert bare_cli("doctor").code == 1


def test_help_lists_every_command_and_nothing_that_is_not_there(bare_cli: CommandLine) -> None:
    out = bare_cli("--help").out
    for names in SECTIONS.values():
        for name in names:
            assert f"  {name} " in out
    for name in (*NEAREST, *NOT_YET):
        assert f"\n  {name} " not in out


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_command_has_help_and_the_shared_options(bare_cli: CommandLine, name: str) -> None:
    for flag in ("--help", "-h"):
        result = bare_cli(name, flag)
        assert result.code == 0, result
        assert result.out.startswith(f"Usage: taskdeck {name}")
    made = root.get_command(click.Context(root), name)
    assert made is not None
    parts = list(made.commands.values()) if isinstance(made, click.Group) else [made]
    for part in parts:
        options = {option for parameter in part.params for option in parameter.opts}
        wanted = {"--project", "--tag", "--json", "--no-color"}
        assert name in ("open", "completion") or wanted <= options
        assert part.help


@pytest.mark.parametrize("name", sorted(NEAREST))
def test_other_task_master_commands_name_our_nearest(bare_cli: CommandLine, name: str) -> None:
    result = bare_cli(name, "--some-flag", "value")
    assert result.code == 2
    assert f"no command {name}." in result.err
    assert "nearest" in result.err
    assert result.out == ""


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_commands_of_later_versions_say_so(bare_cli: CommandLine, name: str) -> None:
    result = bare_cli(name, "5")
    assert result.code == 2
    assert "This version" in result.err


def test_an_unknown_command(bare_cli: CommandLine) -> None:
    result = bare_cli("set-statsu", "5", "done")
    assert result.code == 2
    assert "Did you mean set-status?" in result.err
    assert bare_cli("list", "--stauts", "done").code == 2


def test_version(bare_cli: CommandLine) -> None:
    assert bare_cli("--version").out.startswith("taskdeck ")
    assert bare_cli("-V").code == 0


def test_the_app_needs_a_terminal(cli: CommandLine) -> None:
    for arguments in ([], ["."], [str(cli.folder)], ["--tag", "later"]):
        result = cli(*arguments)
        assert result.code == 2
        assert "terminal" in result.err
    assert cli("./nowhere").code == 1


def test_the_demo_needs_a_terminal_or_headless(bare_cli: CommandLine) -> None:
    result = bare_cli("demo")
    assert result.code == 2
    assert "--headless" in result.err


def test_the_headless_demo_runs_the_whole_pipeline_and_leaves_nothing(bare_cli: CommandLine) -> None:
    result = bare_cli("demo", "--headless", "--json")
    assert result.code == 0, result
    assert result.json["tasks"] >= 8
    assert not Path(result.json["project"]).exists()
    out = bare_cli("demo", "--headless", "mine").out
    assert "outline, no model" in out
    assert bare_cli("validate-dependencies", "--project", "mine/rust-task-service").code == 0
    assert bare_cli("demo", "--headless", "mine").code == 3


def completions(cli: CommandLine, *words: str, shell: str = "zsh") -> str:
    """What the shell is offered for the last of `words`."""
    env = {"_TASKDECK_COMPLETE": f"{shell}_complete"}
    env |= {"COMP_WORDS": " ".join(["taskdeck", *words]), "COMP_CWORD": str(len(words))}
    result = cli.process(env=env)
    assert result.code == 0, result
    return result.out


def test_ids_are_completed_with_their_titles(cli: CommandLine) -> None:
    offered = completions(cli, "show", "")
    assert "4\nService" in offered
    assert "2.1" not in offered
    assert "2.2\nPart 2" in completions(cli, "show", "2.")
    assert "1,4\nService" in completions(cli, "show", "1,4")
    assert "\x1b" not in offered


def test_tags_statuses_and_commands_are_completed(cli: CommandLine) -> None:
    assert "later\n1 task" in completions(cli, "tags", "use", "")
    assert "later" in completions(cli, "list", "--tag", "l")
    assert "in-progress" in completions(cli, "set-status", "4", "in")
    assert "validate-dependencies" in completions(cli, "val")
    assert "planner.model" in completions(cli, "config", "get", "planner.")


def test_completion_in_a_damaged_project_offers_nothing_and_says_nothing(cli: CommandLine) -> None:
    cli.file.write_text("{ broken")
    assert completions(cli, "show", "").strip() == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_accepted_by_its_shell(bare_cli: CommandLine, shell: str) -> None:
    script = bare_cli("completion", shell)
    assert script.code == 0
    assert "_TASKDECK_COMPLETE" in script.out
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed; its script was not run")
    checked = subprocess.run([shell, "-n"], input=script.out.encode(), capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert bare_cli("completion", "tcsh").code == 2


def test_bash_completes_a_typed_command(cli: CommandLine, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    program = tmp_path / "bin" / "taskdeck"
    program.parent.mkdir()
    interpreter, flag, code = command()
    program.write_text(f"#!/bin/sh\nexec {interpreter} {flag} '{code.replace(chr(39), chr(34))}' \"$@\"\n")
    program.chmod(0o755)
    script = 'eval "$(taskdeck completion bash)"; COMP_WORDS=(taskdeck show 2.); COMP_CWORD=2; '
    script += '_taskdeck_completion taskdeck; printf "%s\\n" "${COMPREPLY[@]}"'
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=cli.folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split() == ["2.1", "2.2", "2.3"]


def test_config_alone_shows_its_commands(cli: CommandLine) -> None:
    result = cli("config")
    assert result.code == 2
    assert result.err.startswith("Usage: taskdeck config")
    assert "\n  unset " in result.err


def test_without_a_project_it_says_how_far_it_looked(bare_cli: CommandLine) -> None:
    (bare_cli.folder / ".git").mkdir()
    below = bare_cli.folder / "src"
    below.mkdir()
    assert "nothing above the git work tree" in bare_cli("list").err
    said = bare_cli("list", "--project", "src").err
    assert f"{below} or above it up to {bare_cli.folder}, the top of the git work tree" in said


def test_config_set_says_where_and_how_to_set_it_for_the_project_alone(cli: CommandLine) -> None:
    own = cli("config", "set", "counts.tasks", "5").out
    assert "config.toml" in own
    assert "--in-project" in own
    project = cli("config", "set", "counts.tasks", "6", "--in-project").out
    assert "taskdeck.toml" in project
    assert "--in-project" not in project


def test_config_show_fits_the_terminal(cli: CommandLine) -> None:
    cli("config", "set", "counts.tasks", "5", "--in-project")
    cli.monkeypatch.setenv("COLUMNS", "80")
    out = cli("config", "show").out
    assert max(map(len, out.splitlines())) <= 80
    assert ".taskmaster/taskdeck.toml, line 2" in out
    assert "what for" not in out
    cli.monkeypatch.setenv("COLUMNS", "160")
    assert "what for" in cli("config", "show").out


def test_a_hint_of_config_set_is_one_that_helps(cli: CommandLine) -> None:
    assert "--in-project" not in cli("config", "set", "planner.budget", "5").out
    refused = cli("config", "set", "planner.budget", "5", "--in-project")
    assert refused.code == 2
    assert "Leave --in-project out." in refused.err
    address = cli("config", "set", "planner.base_url", "https://example.test", "--in-project")
    assert "config trust planner.base_url" in address.out
