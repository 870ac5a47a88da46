"""Settings: which source wins, what is said about mistakes, and what a project's file may not do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.config import (
    PROJECT_FILE,
    explain,
    load_settings,
    set_setting,
    setting_keys,
    trust_value,
    unset_setting,
)
from core.errors import Conflict, DamagedFile, Refused, UsageError
from core.paths import config_file
from core.project import Project, project_at
from core.settings.trust import NEVER_FROM_PROJECT, trust_file


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".taskmaster").mkdir()
    return project_at(tmp_path)


def user_file(text: str) -> Path:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)
    return config_file()


def project_file(project: Project, text: str) -> Path:
    path = project.root / PROJECT_FILE
    path.write_text(text)
    return path


def test_flag_over_environment_over_project_over_user_over_default(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def model() -> tuple[str, str]:
        origin = load_settings(project, flags).get("planner.model")
        return origin.value, origin.source

    flags: dict[str, str | None] = {"planner.model": None}
    assert model() == ("", "default")
    user = user_file('theme = "u"\n[planner]\nmodel = "user"\n')
    assert model() == ("user", f"{user}, line 3")
    own = project_file(project, 'planner.model = "project"\n')
    assert model() == ("project", f"{own}, line 1")
    monkeypatch.setenv("TASKDECK_PLANNER_MODEL", "env")
    assert model() == ("env", "TASKDECK_PLANNER_MODEL")
    flags["planner.model"] = "flag"
    assert model() == ("flag", "--model")
    settings = load_settings(project, flags).settings
    assert (settings.planner.model, settings.theme, settings.motion) == ("flag", "u", "full")


def test_values_of_the_environment_are_texts_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKDECK_PLANNER_CONCURRENCY", "8")
    monkeypatch.setenv("TASKDECK_PLANNER_BUDGET", "2.5")
    monkeypatch.setenv("TASKDECK_TAG", "not a setting")
    settings = load_settings().settings
    assert (settings.planner.concurrency, settings.planner.budget) == (8, 2.5)


def test_an_unknown_key_is_named_with_its_line_and_passed_over() -> None:
    path = user_file('# mine\ntheme = "x"\n\n[planner]\nmodle = "m"\n')
    loaded = load_settings()
    assert loaded.settings.theme == "x"
    assert loaded.warnings == (
        f"{path}, line 5: there is no setting planner.modle; planner.model is one; it is passed over.",
    )


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ('planner.kind = "gpt"', 'planner.kind cannot be "gpt"; allowed: auto, claude, outline.'),
        ("planner.concurrency = 99", "allowed: a whole number from 1 to 16."),
        ("planner.budget = -1", "allowed: a number above 0, or none."),
        ('planner.base_url = "ftp://x"', "allowed: an address that begins with http:// or https://."),
        ("theme = [1]", "allowed: a text."),
        ("planner = 3", ""),
    ],
)
def test_a_value_that_is_not_allowed_is_one_plain_sentence(text: str, allowed: str) -> None:
    path = user_file(text)
    if not allowed:
        assert "there is no setting planner" in load_settings().warnings[0]
        return
    with pytest.raises(Refused) as caught:
        load_settings()
    assert caught.value.message.startswith(f"{path}, line 1: ")
    assert caught.value.message.endswith(allowed)
    loaded = load_settings(strict=False)
    assert allowed in loaded.warnings[0]
    assert loaded.settings == load_settings(strict=False, flags={}).settings


def test_a_file_that_is_not_toml_is_said_with_its_place() -> None:
    path = user_file("theme = 'x'\nbroken = = 1\n")
    with pytest.raises(DamagedFile) as caught:
        load_settings()
    assert (caught.value.path, caught.value.line) == (path, 2)
    with pytest.raises(DamagedFile):
        set_setting("theme", "y")
    assert path.read_text() == "theme = 'x'\nbroken = = 1\n"
    assert "not valid TOML" in load_settings(strict=False).warnings[0]


def test_writing_keeps_comments_and_everything_else(project: Project) -> None:
    path = user_file('# my settings\ntheme = "a"  # for the evening\n\n[other]\nx = 1.10\n')
    set_setting("theme", "b")
    set_setting("planner.concurrency", "3")
    assert path.read_text().startswith('# my settings\ntheme = "b"  # for the evening\n\n[other]\nx = 1.10\n')
    assert load_settings().settings.planner.concurrency == 3
    unset_setting("planner.concurrency")
    unset_setting("counts.tasks")
    assert load_settings().get("planner.concurrency").source == "default"
    assert set_setting("prd", "notes/prd.md", "project", project) == project.root / PROJECT_FILE
    assert load_settings(project).settings.prd == "notes/prd.md"


def test_only_settings_that_exist_and_values_that_are_allowed_are_written() -> None:
    for key, value in (("planner.modle", "m"), ("planner.kind", "gpt"), ("planner", "x")):
        with pytest.raises(UsageError):
            set_setting(key, value)
    with pytest.raises(UsageError):
        set_setting("theme", "x", "project", None)
    assert not config_file().exists()


def test_a_budget_can_be_taken_away_again() -> None:
    set_setting("planner.budget", "5")
    assert load_settings().settings.planner.budget == 5
    set_setting("planner.budget", "none")
    assert load_settings().settings.planner.budget is None


def test_what_a_project_may_not_set_counts_only_once_trusted(project: Project) -> None:
    project_file(project, '[planner]\nbase_url = "https://evil.example"\nkey_command = "cat key"\n')
    loaded = load_settings(project)
    assert (loaded.settings.planner.base_url, loaded.settings.planner.key_command) == ("", "")
    assert [origin.key for origin in loaded.untrusted] == ["planner.base_url", "planner.key_command"]
    assert "https://evil.example" in loaded.warnings[0]
    trust_value(project, "planner.base_url", "https://evil.example")
    loaded = load_settings(project)
    assert (loaded.settings.planner.base_url, loaded.settings.planner.key_command) == (
        "https://evil.example",
        "",
    )
    assert trust_file().stat().st_mode & 0o077 == 0
    assert not trust_file().is_relative_to(project.root)


def test_trust_is_for_exactly_one_value_of_exactly_one_project(project: Project, tmp_path: Path) -> None:
    text = 'planner.base_url = "https://one.example"\n'
    project_file(project, text)
    trust_value(project, "planner.base_url")
    other = project_at(tmp_path / "other")
    other.folder.mkdir(parents=True)
    project_file(other, text)
    assert load_settings(other).settings.planner.base_url == ""
    project_file(project, 'planner.base_url = "https://two.example"\n')
    assert load_settings(project).settings.planner.base_url == ""
    with pytest.raises(Conflict):
        trust_value(project, "planner.base_url", "https://one.example")
    with pytest.raises(UsageError):
        trust_value(project, "planner.model")


@pytest.mark.parametrize("text", ["", "[]", '{"x": 1}', "\xff"])
def test_a_damaged_store_of_trust_trusts_nothing(project: Project, text: str) -> None:
    project_file(project, 'planner.base_url = "https://one.example"\n')
    trust_value(project, "planner.base_url")
    trust_file().write_text(text)
    assert load_settings(project).settings.planner.base_url == ""


def test_the_users_own_file_and_environment_need_no_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    user_file('planner.base_url = "http://localhost:1"\n')
    assert load_settings().settings.planner.base_url == "http://localhost:1"
    monkeypatch.setenv("TASKDECK_PLANNER_BASE_URL", "http://localhost:2")
    assert load_settings().settings.planner.base_url == "http://localhost:2"


@pytest.mark.parametrize("prd", ["/etc/passwd", "../other/prd.md"])
def test_a_project_cannot_name_a_document_outside_itself(project: Project, prd: str) -> None:
    project_file(project, f'prd = "{prd}"\nplanner.budget = 1000\n')
    loaded = load_settings(project)
    assert (loaded.settings.prd, loaded.settings.planner.budget) == ("", None)
    assert len(loaded.warnings) == 2


def test_every_setting_can_be_explained() -> None:
    assert "theme" in setting_keys()
    assert all(explain(key) for key in setting_keys())
    with pytest.raises(UsageError, match=r"planner\.model is one"):
        explain("planner.modle")


def test_only_settings_load_pydantic() -> None:
    code = (
        "import sys, core.project, core.tasks.graph, core.tasks.complexity, core.doctor;"
        "heavy = ('pydantic', 'textual', 'tomlkit', 'core.tasks.edits');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# mine\n[counts]\ntasks = 5\n", "# mine\n"),
        ("[counts]\n# why\ntasks = 5\n", "[counts]\n# why\n"),
        ("[counts]\ntasks = 5\nsubtasks = 3\n", "[counts]\nsubtasks = 3\n"),
        ("counts.tasks = 5\nprd = 'x.md'\n", "prd = 'x.md'\n"),
    ],
)
def test_unset_leaves_no_empty_table(before: str, after: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(before)
    unset_setting("counts.tasks")
    assert config_file().read_text() == after


@pytest.mark.parametrize("key", sorted(NEVER_FROM_PROJECT))
def test_what_counts_only_in_ones_own_settings_is_not_set_in_the_project(project: Project, key: str) -> None:
    with pytest.raises(UsageError, match="counts only in your own settings; nothing was changed"):
        set_setting(key, "5", "project", project)
    assert not (project.root / PROJECT_FILE).exists()


def test_a_file_outside_the_project_is_not_set_in_it(project: Project) -> None:
    for key, value in (("prd", "../prd.md"), ("planner.standards", "a.md,~/b.md")):
        with pytest.raises(UsageError, match="must stay inside the project"):
            set_setting(key, value, "project", project)
        set_setting(key, value)
    assert not (project.root / PROJECT_FILE).exists()


def test_a_value_that_cannot_be_set_is_said_plainly() -> None:
    with pytest.raises(UsageError, match=r'^planner.effort cannot be "huge"; allowed: '):
        set_setting("planner.effort", "huge")


@pytest.mark.parametrize("said", ["pr", "pull-request", "pull_requests", "push, nope"])
def test_a_stage_there_is_not_cannot_be_forbidden(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        set_setting("publish.forbid", said)
    wrong = said.removeprefix("push, ")
    assert caught.value.message.startswith(f'publish.forbid cannot hold "{wrong}"; allowed: any of publish, ')
    assert "push, pull_request, separated by commas." in caught.value.message
    assert load_settings().settings.publish.forbid == ()
    set_setting("publish.forbid", "push, pull_request")
    assert load_settings().settings.publish.forbid == ("push", "pull_request")


@pytest.mark.parametrize(
    "text", ['forbid = ["pr"]', 'forbid = "push"', "read_only = 'maybe'", "read_only = 3"]
)
def test_a_stop_line_in_a_file_that_cannot_be_understood_holds_back_what_asks_for_it(
    project: Project, text: str
) -> None:
    path = project_file(project, f"[publish]\n{text}\n")
    with pytest.raises(Refused) as caught:
        load_settings(project)
    assert caught.value.message.startswith(f"{path}, line 2: publish.")
    assert "--in-project" in caught.value.hint


def test_true_and_false_are_named_as_what_is_allowed() -> None:
    with pytest.raises(UsageError, match=r'^publish.read_only cannot be "maybe"; allowed: true or false\.$'):
        set_setting("publish.read_only", "maybe")
    assert explain("notify.bell").endswith(": true or false")


def test_a_project_can_make_itself_read_only_but_not_end_what_its_user_says(project: Project) -> None:
    project_file(project, "[publish]\nread_only = true\n")
    assert load_settings(project).settings.publish.read_only
    project_file(project, "[publish]\nread_only = false\n")
    assert not load_settings(project).settings.publish.read_only
    set_setting("publish.read_only", "true")
    assert load_settings(project).get("publish.read_only").source.endswith("config.toml, line 2")


def test_a_file_of_which_nothing_is_left_is_removed(project: Project) -> None:
    path = set_setting("publish.read_only", "true", "project", project)
    unset_setting("publish.read_only", "project", project)
    assert not path.exists()
    path.write_text("# ours\n[publish]\nread_only = true\n")
    unset_setting("publish.read_only", "project", project)
    assert path.read_text() == "# ours\n"
    unset_setting("theme", "user")
    assert not config_file().exists()
