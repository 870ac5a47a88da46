"""Runs that leave this machine: input published with proof, branch pushed, one pull request to the base."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.doctor.check import Check
from core.doctor.preflight import preflight
from core.errors import Refused
from core.paths import config_file, make_private_folder, state_folder
from core.publishing.refusals import PublishRefused
from core.runs.folder import RunFolder
from core.runs.preflight import make_request
from core.runs.retry import retry_wish
from core.runs.start import Wish, start_now
from core.runs.view import RunView
from core.runs.watch import RunWatch
from core.services import open_project
from tests.fakes.forge_server import TOKEN, Fault, ForgeServer
from tests.fakes.git_remotes import (
    DECLINE,
    PASSWORD,
    Clone,
    Kind,
    clone_with_project,
    serve,
    tasks_text,
    with_login,
)

BRANCH = "feature/example-app"


@pytest.fixture(params=["daemon", "http"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def clone(kind: Kind, tmp_path: Path) -> Iterator[Clone]:
    """A clone whose remote's address names `team/service`, as on a forge."""
    with serve(kind, tmp_path / "server") as remote:
        (tmp_path / "server" / "team").mkdir()
        (tmp_path / "server" / "team" / "service.git").symlink_to(remote.folder)
        made = clone_with_project(remote, tmp_path / "work")
        made.git("config", "remote.origin.url", with_login(remote).replace("/repo.git", "/team/service.git"))
        yield made


@pytest.fixture
def forge(clone: Clone) -> Iterator[ForgeServer]:
    with ForgeServer(clone.remote.folder) as running:
        settings(f'[publish]\napi_url = "{running.api_url}"\ntoken = "{TOKEN}"\n')
        yield running


def settings(text: str) -> None:
    make_private_folder(config_file().parent)
    config_file().write_text(text)


def run(clone: Clone, *keys: str, **more: object) -> tuple[RunFolder, RunView]:
    wish = replace(Wish("docs", keys), **more)  # type: ignore[arg-type]
    return finished(start_now(open_project(clone.project), wish))


def retry(clone: Clone, folder: RunFolder) -> tuple[RunFolder, RunView]:
    return finished(start_now(open_project(clone.project), retry_wish(folder)))


def finished(folder: RunFolder) -> tuple[RunFolder, RunView]:
    end = time.monotonic() + 60
    watch = RunWatch(folder)
    while (view := watch.poll()).alive:
        assert time.monotonic() < end, view
        time.sleep(0.02)
    return folder, view


def stages(view: RunView) -> dict[str, str]:
    return {stage.name: stage.state for stage in view.stages}


def proof(view: RunView, name: str) -> dict[str, str]:
    return dict(next(stage.proof for stage in view.stages if stage.name == name))


def test_a_run_goes_from_the_changed_file_to_a_pull_request_on_the_users_branch(
    clone: Clone, forge: ForgeServer
) -> None:
    clone.tasks.write_text(tasks_text("Rust service", "Database"))
    local = clone.git("hash-object", clone.task_path)
    folder, view = run(clone, pr=True)
    assert view.state == "done", view.words
    assert list(stages(view).items()) == [
        (name, "done") for name in ("publish", "prepare", "agent", "gate", "commit", "push", "pull_request")
    ]
    published = proof(view, "publish")
    assert (
        published["local hash"]
        == published["remote hash"]
        == clone.remote.hash(BRANCH, clone.task_path)
        == local
    )
    assert proof(view, "prepare")["commit"] == published["commit"] == clone.remote.tip(BRANCH)
    branch = folder.request.branch
    assert clone.remote.tip(branch) == proof(view, "push")["commit"] == view.commit
    [call] = forge.made()
    assert (call.body["base"], call.body["head"]) == (BRANCH, branch)
    made = proof(view, "pull_request")
    assert (made["base"], made["head"], made["commit"], made["number"]) == (BRANCH, branch, view.commit, "1")
    assert "| 1 Rust service | present | present | present | present |" in call.body["body"]
    assert made["url"] in view.words
    documents = clone.remote.read(branch, "example/.taskmaster/docs/task-2/task.md")
    assert documents is not None
    assert "Database" in documents
    texts = [path.read_text("utf-8", "replace") for path in folder.path.rglob("*") if path.is_file()]
    assert not any(secret in text for text in texts for secret in (TOKEN, PASSWORD))


def test_without_pr_the_branch_is_pushed_and_read_back(clone: Clone) -> None:
    folder, view = run(clone, push=True)
    assert (view.state, stages(view)["push"]) == ("done", "done")
    assert clone.remote.tip(folder.request.branch) == view.commit
    assert "pull_request" not in stages(view)


def test_nothing_is_pushed_unasked(clone: Clone) -> None:
    clone.git("add", "-A")
    before = clone.remote.tip(BRANCH)
    folder, view = run(clone)
    assert view.state == "done"
    assert clone.remote.tip(BRANCH) == before
    assert clone.remote.tip(folder.request.branch) == ""


def test_the_base_can_be_named_and_is_never_replaced(clone: Clone, forge: ForgeServer) -> None:
    clone.git("push", "-q", "origin", f"{BRANCH}:refs/heads/release/2")
    _, view = run(clone, pr=True, base="release/2")
    assert proof(view, "pull_request")["base"] == "release/2"
    folder, view = run(clone, pr=True, base="gone", force=True)
    assert view.state == "failed"
    assert "has no branch gone" in view.words
    assert len(forge.made()) == 1
    assert clone.remote.tip(folder.request.branch) == view.commit


def test_a_refused_publish_ends_the_run_before_any_agent(clone: Clone) -> None:
    if clone.remote.kind == "daemon":
        clone.remote.hook("pre-receive", DECLINE)
    else:
        clone.remote.hook("update", DECLINE)
    clone.tasks.write_text(tasks_text("Rust service"))
    _, view = run(clone, push=True)
    assert view.state == "refused"
    assert stages(view)["publish"] == "failed"
    assert stages(view)["agent"] == "waiting"
    assert "this server takes no push" in view.words
    head = clone.git("rev-parse", "HEAD")
    assert f"Commit {head[:7]} was made here, not pushed." in view.words
    assert all(row.attempt == 0 for row in view.agents)


def test_other_unpushed_commits_go_along_only_when_that_is_said(clone: Clone) -> None:
    clone.write("lib/mine.py")
    clone.git("add", "lib/mine.py")
    clone.git("commit", "-qm", "not yet for others")
    clone.tasks.write_text(tasks_text("Rust service"))
    before = clone.remote.tip(BRANCH)
    _, view = run(clone, push=True)
    assert view.state == "refused"
    assert "not yet for others" in view.words
    assert "--include-unpushed" in view.words
    assert clone.remote.tip(BRANCH) == before
    _, view = run(clone, push=True, include_unpushed=True)
    assert view.state == "done", view.words


def test_the_checks_before_a_run_name_the_commits_that_would_go_along(clone: Clone) -> None:
    def publishing(**more: object) -> Check:
        wish = replace(Wish("docs", push=True), **more)  # type: ignore[arg-type]
        request, _ = make_request(open_project(clone.project), wish)
        return next(check for check in preflight(request) if check.name == "publishing first")

    assert publishing().state == "ok"
    clone.write("lib/mine.py")
    clone.git("add", "lib/mine.py")
    clone.git("commit", "-qm", "not yet for others")
    clone.tasks.write_text(tasks_text("Rust service"))
    check = publishing()
    assert check.state == "warn"
    assert "another commit too" in check.evidence
    assert "not yet for others" in check.evidence
    assert "--include-unpushed" in check.repair
    assert publishing(include_unpushed=True).state == "ok"


def test_a_forge_that_fails_is_retried_without_running_agents_again(clone: Clone, forge: ForgeServer) -> None:
    forge.faults.append(Fault("POST", "/pulls", 403, {"message": "Resource not accessible"}))
    first, view = run(clone, pr=True)
    assert view.state == "failed"
    assert "Resource not accessible" in view.words
    assert TOKEN not in view.words
    assert stages(view)["push"] == "done"
    second, view = retry(clone, first)
    assert view.state == "done", view.words
    assert stages(view) == {"push": "done", "pull_request": "done"}
    assert second.request.branch == first.request.branch
    assert (second.request.retry_of, second.request.attempt) == (first.id, 2)
    [pull] = forge.pulls
    assert pull["head"]["ref"] == first.request.branch
    assert "| 1 Set up Express | present |" in pull["body"]
    assert f"commit: `{first.worked_at()}`" in pull["body"]
    assert first.request.tasks_sha256 in pull["body"]


def test_documents_of_a_task_that_changed_since_are_not_delivered(clone: Clone, forge: ForgeServer) -> None:
    forge.faults.append(Fault("POST", "/pulls", 403, {"message": "Resource not accessible"}))
    first, view = run(clone, pr=True)
    assert view.state == "failed"
    clone.tasks.write_text(tasks_text("A wholly other title"))
    with pytest.raises(Refused, match="are not those of task 1 any more") as refused:
        retry(clone, first)
    assert "docs generate 1 --pr" in refused.value.hint
    assert forge.pulls == []


def test_a_retry_that_fails_on_its_way_out_can_be_retried(clone: Clone, forge: ForgeServer) -> None:
    refuse = Fault("POST", "/pulls", 403, {"message": "Resource not accessible"})
    forge.faults.append(refuse)
    first, _ = run(clone, "1", pr=True)
    forge.faults.append(refuse)
    second, view = retry(clone, first)
    assert view.state == "failed"
    _, view = retry(clone, second)
    assert view.state == "done", view.words
    assert view.branch == first.request.branch
    assert len(forge.pulls) == 1


def test_without_a_token_the_run_ends_with_a_link(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    settings('[publish]\nforge = "link"\n')
    folder, view = run(clone, pr=True)
    assert view.state == "done"
    assert stages(view)["pull_request"] == "skipped"
    link = proof(view, "pull_request")["link"]
    assert f"/team/service/compare/{BRANCH}...{folder.request.branch}?" in link
    assert PASSWORD not in view.words


def test_what_the_project_forbids_is_not_begun(clone: Clone) -> None:
    file = clone.project / ".taskmaster" / "taskdeck.toml"
    file.write_text('[publish]\nforbid = ["push", "pull_request"]\n')
    with pytest.raises(Refused, match=r"taskdeck\.toml.* before pushing results"):
        run(clone, push=True)
    assert run(clone)[1].state == "done"
    file.write_text("[publish]\nread_only = true\n")
    with pytest.raises(Refused, match="read-only"):
        run(clone, force=True)


def test_without_a_branch_or_a_remote_there_is_a_way_out(clone: Clone) -> None:
    clone.git("checkout", "-q", "--detach")
    with pytest.raises(Refused, match="No branch is checked out"):
        run(clone, push=True)
    clone.git("switch", "-q", BRANCH)
    clone.git("remote", "remove", "origin")
    with pytest.raises(PublishRefused, match="no remote"):
        run(clone, push=True)


def test_a_remote_that_is_no_forge_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    with serve("file", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        with pytest.raises(Refused, match="names no repository on a forge"):
            run(clone, pr=True)
        assert run(clone, push=True)[1].state == "done"


def test_a_branch_changed_under_the_run_stops_it(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.runs import start

    begin: Callable[..., RunFolder] = start._begin  # pyright: ignore[reportPrivateUsage]

    def switch_first(*arguments: object) -> RunFolder:
        clone.git("switch", "-q", "-c", "elsewhere")
        return begin(*arguments)

    monkeypatch.setattr(start, "_begin", switch_first)
    _, view = run(clone, push=True)
    assert view.state == "refused"
    assert f"The branch elsewhere is checked out now, not {BRANCH}." in view.words


def test_waived_checks_are_kept_with_the_run(clone: Clone) -> None:
    folder, view = run(clone, waived=("clock",))
    assert view.state == "done"
    assert [waived.check for waived in folder.ledger().waived] == ["clock"]
    assert state_folder(clone.project) == folder.state
