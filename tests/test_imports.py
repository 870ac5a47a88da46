"""What each way of starting loads: SDKs only when used, no screen for commands that show none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.command_line import make_project

ROOT = Path(__file__).resolve().parents[1]
SCREEN = ("textual", "rich")
SDKS = ("anthropic", "git", "kubernetes", "kubernetes_asyncio", "keyring", "httpx", "httpx2")


def loaded(code: str, folder: Path) -> set[str]:
    """The top-level packages that a fresh process has imported after running `code`."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}\nsys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.decode().split()}


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["list", "--json"],
        ["next"],
        ["show", "2"],
        ["set-status", "4", "done"],
        ["add-task", "-t", "x"],
        ["validate-dependencies"],
        ["graph"],
        ["tags"],
        ["undo", "--list"],
        ["complexity-report", "--help"],
        ["--help"],
    ],
)
def test_commands_without_a_screen_load_no_screen_library_and_no_sdk(
    tmp_path: Path, arguments: list[str]
) -> None:
    project = make_project(tmp_path / "p")
    names = loaded(f"from tui.cli.boundary import run; assert run({arguments!r}) == 0", project)
    assert "click" in names
    assert not names & {*SCREEN, *SDKS, "pydantic", "asyncio"}


@pytest.mark.parametrize("arguments", [["config", "show"], ["parse-prd", "--dry-run", "--append", "prd.md"]])
def test_planning_and_settings_load_no_screen_library_and_no_sdk(
    tmp_path: Path, arguments: list[str]
) -> None:
    project = make_project(tmp_path / "p")
    (project / "prd.md").write_text("# P\n\n## Features\n\n- The tool must export tasks as CSV.\n")
    names = loaded(f"from tui.cli.boundary import run; assert run({arguments!r}) == 0", project)
    assert not names & {*SCREEN, *SDKS}


@pytest.mark.parametrize(
    "arguments", [["config", "show"], ["doctor"], ["expand", "3", "--planner", "outline"]]
)
def test_a_key_alone_loads_no_sdk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    project = make_project(tmp_path / "p")
    names = loaded(f"from tui.cli.boundary import run; assert run({arguments!r}) == 0", project)
    # The doctor looks at the repository, which it reads by GitPython.
    assert not names & ({*SCREEN, *SDKS} - ({"git"} if arguments == ["doctor"] else set()))


def test_the_app_loads_no_sdk(tmp_path: Path) -> None:
    names = loaded("import tui.app", tmp_path)
    assert "textual" in names
    assert not names & set(SDKS)


def test_core_knows_no_screen(tmp_path: Path) -> None:
    names = loaded("import core.services, core.tasks.store, core.tasks.graph, core.doctor", tmp_path)
    assert not names & {*SCREEN, *SDKS, "click", "tui"}
