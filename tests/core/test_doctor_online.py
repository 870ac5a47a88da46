"""The doctor on git, remotes, the forge, the agent and the model, each of them a real one on loopback."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.doctor import Check, run_checks
from core.paths import config_file, make_private_folder
from tests.fakes.forge_server import TOKEN, ForgeServer
from tests.fakes.forges import KINDS as KINDS_OF_FORGES
from tests.fakes.forges import SERVERS
from tests.fakes.forges import Kind as KindOfForge
from tests.fakes.git_remotes import KINDS, PASSWORD, Clone, clone_with_project, serve, tasks_text
from tests.fakes.gitlab_forge import GitLabForge
from tests.fakes.messages_api import MessagesApi

KEY = "sk-ant-test-key-of-the-doctor-000"


@pytest.fixture(params=KINDS)
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clone]:
    with serve(request.param, tmp_path / "server") as remote:
        yield clone_with_project(remote, tmp_path / "work")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Clone]:
    with serve("file", tmp_path / "server") as remote:
        yield clone_with_project(remote, tmp_path / "work")


def checks(clone: Clone, *, online: bool = False) -> dict[str, Check]:
    return {check.name: check for check in run_checks(clone.project, online=online)}


def settings(text: str) -> None:
    make_private_folder(config_file().parent)
    config_file().write_text(text)


def test_a_published_project_is_well_online(clone: Clone) -> None:
    found = checks(clone, online=True)
    for name in ("repository", "git state", "clock", "remote", "remote is writable", "publication"):
        assert found[name].state == "ok", found[name]
    assert "the project in example/" in found["repository"].evidence
    assert "origin/feature/example-app" in found["remote"].evidence
    everything = " ".join(f"{check.evidence} {check.repair}" for check in found.values())
    assert PASSWORD not in everything
    assert clone.git("status", "--porcelain") == ""
    assert clone.remote.tip("taskdeck/doctor-probe") == ""


def test_nobody_is_asked_without_online(clone: Clone) -> None:
    clone.remote.requests.clear()
    found = checks(clone)
    assert found["remote"].state == "skip"
    assert "--online" in found["remote"].repair
    assert clone.remote.requests == []


def test_a_changed_task_file_is_not_proven(local: Clone) -> None:
    local.tasks.write_text(tasks_text("Rust service"))
    check = checks(local, online=True)["publication"]
    assert check.state == "warn"
    assert "example/.taskmaster/tasks/tasks.json is changed, not proven" in check.evidence
    assert "taskdeck publish" in check.repair


def test_the_file_that_differs_is_named_and_not_one_that_does_not(local: Clone) -> None:
    report = local.project / ".taskmaster" / "reports" / "task-complexity-report.json"
    report.parent.mkdir()
    report.write_text('{"meta": {}, "complexityAnalysis": []}')
    check = checks(local, online=True)["publication"]
    assert check.state == "warn"
    assert "task-complexity-report.json is" in check.evidence
    assert "tasks.json" not in check.evidence


def test_a_remote_that_is_gone_is_named(local: Clone) -> None:
    local.remote.folder.rename(local.remote.folder.with_name("moved.git"))
    found = checks(local, online=True)
    assert found["remote"].state == found["remote is writable"].state == "fail"
    assert "repo.git" in found["remote"].evidence


def test_a_wrong_password_fails_at_once(tmp_path: Path) -> None:
    with serve("http", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        clone.git("config", "remote.origin.url", remote.url.replace("http://", "http://ann:wrong@"))
        found = checks(clone, online=True)
    assert found["remote"].state == "fail"
    assert "wrong@" not in found["remote"].evidence + found["remote is writable"].evidence


def test_a_merge_under_way_and_a_detached_head_are_said(local: Clone) -> None:
    local.git("checkout", "-q", "--detach")
    found = checks(local, online=True)
    assert "HEAD is detached" in found["git state"].evidence
    assert found["remote"].state == "skip"


def test_a_clock_that_is_behind_is_noticed(local: Clone) -> None:
    future = "2099-01-01T00:00:00Z"
    os.environ["GIT_COMMITTER_DATE"] = future
    try:
        local.git("commit", "-q", "--allow-empty", "-m", "from the future", "--date", future)
    finally:
        del os.environ["GIT_COMMITTER_DATE"]
    assert checks(local)["clock"].state == "warn"


def test_without_a_repository_it_says_what_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / ".taskmaster" / "tasks").mkdir(parents=True)
    (tmp_path / ".taskmaster" / "tasks" / "tasks.json").write_text(tasks_text("One"))
    check = {check.name: check for check in run_checks(tmp_path)}["repository"]
    assert check.state == "skip"
    assert "copied folder" in check.repair


def test_a_branch_without_an_upstream_is_asked_for_at_the_only_remote(clone: Clone) -> None:
    clone.git("branch", "--unset-upstream")
    found = checks(clone, online=True)
    assert found["upstream"].state == "warn"
    assert "taskdeck pull --remote origin" in found["upstream"].repair
    for name in ("remote", "remote is writable", "publication"):
        assert found[name].state == "ok", found[name]
    assert clone.git("config", "--get", f"branch.{clone.branch}.merge", check=False) == ""


def test_a_protected_branch_is_never_told_to_publish(local: Clone) -> None:
    settings(f'[publish]\nprotected = ["{local.branch}"]\n')
    local.tasks.write_text(tasks_text("Rust service"))
    followed = checks(local, online=True)["publication"]
    assert "`taskdeck publish" not in followed.repair
    assert "pull request" in followed.repair
    local.git("branch", "--unset-upstream")
    for online in (True, False):
        for check in checks(local, online=online).values():
            assert "`taskdeck publish" not in check.repair, check


def test_the_forge_is_asked_for_a_branch_without_an_upstream(local: Clone) -> None:
    with ForgeServer(local.remote.folder) as forge:
        local.git("config", "remote.origin.pushurl", f"http://{forge.host}/team/service.git")
        local.git("branch", "--unset-upstream")
        settings(f'[publish]\napi_url = "{forge.api_url}"\ntoken = "{TOKEN}"\n')
        check = checks(local, online=True)["forge"]
    assert check.state == "ok", check
    assert "knows us as octo-person" in check.evidence


def test_the_forge_says_who_we_are(local: Clone) -> None:
    with ForgeServer(local.remote.folder) as forge:
        local.git("config", "remote.origin.pushurl", f"http://{forge.host}/team/service.git")
        settings(f'[publish]\napi_url = "{forge.api_url}"\ntoken = "{TOKEN}"\n')
        check = checks(local, online=True)["forge"]
        assert check.state == "ok", check
        assert "knows us as octo-person" in check.evidence
        forge.token = "another"
        check = checks(local, online=True)["forge"]
    assert check.state == "fail"
    assert "answered 401" in check.evidence
    assert TOKEN not in check.evidence + check.repair


@pytest.mark.parametrize("kind", KINDS_OF_FORGES)
def test_each_forge_is_named_with_what_we_may_there(local: Clone, kind: KindOfForge) -> None:
    with SERVERS[kind](local.remote.folder) as forge:
        address = f"http://{forge.host}{forge.prefix.partition('/api/')[0]}/team/service.git"
        local.git("config", "remote.origin.pushurl", address)
        settings(f'[publish]\napi_url = "{forge.api_url}"\ntoken = "{forge.token}"\n')
        check = checks(local, online=True)["forge"]
        assert check.state == "ok", check
        assert re.search(r"^(GitHub|GitLab|Gitea) at .* knows us as octo-person; .* We may ", check.evidence)
        assert all(call.method == "GET" for call in forge.calls), "nothing is changed"
        right, forge.token = forge.token, "another-token"
        check = checks(local, online=True)["forge"]
    assert check.state == "fail"
    assert "answered 401" in check.evidence
    assert re.match(r"The forge does not accept the token of .*, line 3: is it expired", check.repair)
    assert right not in check.evidence + check.repair


def test_a_token_that_may_only_read_is_said_before_a_run(local: Clone) -> None:
    with GitLabForge(local.remote.folder) as forge:
        local.git("config", "remote.origin.pushurl", f"http://{forge.host}/gitlab/team/service.git")
        settings(f'[publish]\napi_url = "{forge.api_url}"\ntoken = "{forge.token}"\n')
        forge.token_scopes = ["read_api"]
        check = checks(local, online=True)["forge"]
        assert check.state == "fail"
        assert "The token has only the scope read_api, and api is needed." in check.evidence
        forge.token_scopes = ["api"]
        forge.project["permissions"] = {"project_access": {"access_level": 20}}
        check = checks(local, online=True)["forge"]
    assert check.state == "fail"
    assert "We are Reporter there" in check.evidence


def test_a_missing_agent_command_is_a_failure_with_a_way_out(local: Clone) -> None:
    assert checks(local)["agent"].state == "ok"
    settings('[agent]\nkind = "claude"\ncommand = "no-such-agent"\n')
    check = checks(local)["agent"]
    assert check.state == "fail"
    assert "no-such-agent" in check.evidence
    assert "--agent builtin" in check.repair


def test_a_key_is_checked_without_a_message(local: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    with MessagesApi() as api:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", api.base_url)
        api.models = ("claude-test-1",)
        settings('[planner]\nmodel = "claude-test-1"\n')
        check = checks(local, online=True)["model"]
        assert check.state == "ok", check
        assert "names 1 models" in check.evidence
        assert api.calls == []
        settings('[planner]\nmodel = "claude-other"\n')
        assert checks(local, online=True)["model"].state == "warn"
        assert "model" not in checks(local)
    gone = checks(local, online=True)["model"]
    assert gone.state == "fail"
    assert KEY not in gone.evidence + gone.repair
