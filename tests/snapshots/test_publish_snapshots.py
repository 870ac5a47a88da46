"""Pictures of publishing, of a run before it begins, its pull request, the doctor and an incident report."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from core.doctor.check import Check
from core.doctor.first_publication import FirstPublication
from core.publishing.forge.merging import Merging
from core.publishing.forge.model import Checks, PullRequest
from core.publishing.publish import Step
from core.publishing.publish_check import OtherCommit, PublishState
from core.publishing.refusals import PublishRefused
from core.publishing.remote import Target
from core.publishing.truths import Content, Truth, Truths
from core.publishing.upstream import Upstream
from core.runs.request import Parameter, RunRequest
from core.runs.wish import Wish
from tests.fakes.deck import make_deck_project
from tests.fakes.run_views import NOW, finished_run
from tui.app import TaskdeckApp
from tui.bridges.pull_requests import Card
from tui.screens.confirm_run import ConfirmRunScreen
from tui.screens.doctor import DoctorScreen
from tui.screens.incidents import IncidentsScreen
from tui.screens.publish import PublishScreen
from tui.screens.pull_request import PullRequestScreen

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pictures were taken on Python 3.11"
)

BRANCH = "feature/example-app"
PATH = "example/.taskmaster/tasks/tasks.json"
HERE, OLD = "3f9c2e1a77b0c2d14c8d5b1f6b6c0a9d6c2f6f10", "a5bc8816aa0d3f1c2b9e8d7c6b5a49382716f5e4"
HEAD, TIP = "d60a0fdf1a2dfbe821ad84e065cc978c53d1dcf6", "97242c8973c7baf52958b38de03a00adf888c803"
RUST, EXPRESS = (
    Content(12, "Set up the Cargo workspace", "Container image"),
    Content(6, "Scaffold Express", "pm2"),
)
SERVER = "remote: this server takes no push: ask for a review\nTo https://forge.example/team/service.git\n"


@pytest.fixture
def app(tmp_path: Path, snapshot_folder: str, utc: None, monkeypatch: pytest.MonkeyPatch) -> TaskdeckApp:
    """The application on a clock that stands still, without git and without runs of its own."""
    monkeypatch.setenv("TEXTUAL_SNAPSHOT_TEMPDIR", snapshot_folder)
    app = TaskdeckApp(make_deck_project(tmp_path / "taskhall"))
    app.animation_level = "none"
    app.activity.timed = False
    for part in (app.activity, app.runs, app.publishing, app.pull_requests):
        part.now = lambda: NOW

    async def nothing() -> None:
        return

    app.runs.look = nothing  # type: ignore[method-assign]
    app.publishing.local = nothing  # type: ignore[method-assign]
    return app


def truths(**hashes: str) -> Truths:
    """What the four places hold; those not named have the old file."""
    places: list[Truth] = []
    for place, ago in (("file", 5), ("head", 7_200), ("remembered", 90_000), ("remote", 90_000)):
        found = hashes.get(place, OLD)
        content = RUST if found == HERE else EXPRESS
        commit = None if place == "file" else HEAD if place == "head" else TIP
        made = None if place == "file" else NOW - ago
        word = "same" if found == HERE else "stale"
        written = NOW - ago if place == "file" else None
        places.append(
            Truth(place, place, found, word, NOW - 2, content, commit, made, modified=written)  # type: ignore[arg-type]
        )
    return Truths(PATH, *places)


def state(name: str, found: Truths, **more: Any) -> PublishState:
    address = "https://forge.example/team/service.git"
    target = Target(Upstream("origin", BRANCH, f"refs/remotes/origin/{BRANCH}"), "origin", address)
    report = Truths("example/.taskmaster/docs/prd.txt", *found.all)
    fields: dict[str, Any] = {
        "state": name, "branch": BRANCH, "commit": HEAD, "target": target,
        "address": address, "truths": (found, report), "task_path": PATH,
        "clean": False, "ahead": 1, "behind": 0,
        "others": (OtherCommit("fe927a62d57da38984ef2cb03ca08ccb4b19d0dd", "Add a module", "Ann"),),
        "outside": (".taskmaster/tasks/tasks.json", "lib/gone.py"), "problems": (), "notes": (),
        "missing": (
            "Deleted here, not committed: .taskmaster/tasks/tasks.json, lib/gone.py. `git -C .. restore "
            "--staged --worktree -- .taskmaster/tasks/tasks.json lib/gone.py` brings them back.",
        ),
        "gone": (".taskmaster/tasks/tasks.json", "lib/gone.py"),
    }  # fmt: skip
    return PublishState(**fields | more)


Prepare = Callable[[Pilot[None]], Awaitable[None]]


def shows(
    make: Callable[[TaskdeckApp], Screen[Any]], ready: Callable[[Any], object], theme: str = ""
) -> Prepare:
    """Open a screen when the tasks are shown, and wait until it is ready."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, TaskdeckApp)
        await until(pilot, lambda: app.session.snapshot is not None and app.plan.header.planner)
        if theme:
            app.theme = theme
        screen = make(app)
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and ready(screen))

    return prepare


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(600):
        await pilot.pause(0.01)
        if condition():
            break
    else:
        raise AssertionError("what the picture is to show did not come about")
    await pilot.pause(0.05)


SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 35)], ids=lambda s: f"{s[0]}x{s[1]}")


@SIZES
def test_four_truths(snap_compare: Any, app: TaskdeckApp, size: tuple[int, int]) -> None:
    async def check(_wish: Any) -> PublishState:
        return state("changed", truths(file=HERE))

    app.publishing.check = check  # type: ignore[method-assign,assignment]
    ready = shows(lambda app: PublishScreen(app.publishing), lambda screen: screen.publication.state)
    assert snap_compare(app, terminal_size=size, run_before=ready)


@pytest.mark.parametrize("theme", ["taskdeck-dark", "taskdeck-light"])
def test_refused_publish(snap_compare: Any, app: TaskdeckApp, theme: str) -> None:
    async def check(_wish: Any) -> PublishState:
        return state("committed", truths(file=HERE, head=HERE), others=())

    async def publish(_wish: Any, on_step: Callable[[Step], None], _cancelled: Any) -> None:
        on_step(Step("look", "done", f"{BRANCH} goes to origin/{BRANCH}.", {"head": HEAD}, 0.2))
        on_step(Step("commit", "done", f"Commit {HEAD[:7]} holds {PATH}.", {"commit": HEAD}, 0.1))
        hint = "The commit stays here, nothing is lost. `git switch -c NAME` and publish there."
        message = (
            f"The remote refused the push to origin/{BRANCH}: this server takes no push: ask for a review."
        )
        on_step(Step("push", "failed", message, {}, 0.4))
        raise PublishRefused("rejected", message, hint, SERVER)

    app.publishing.check = check  # type: ignore[method-assign,assignment]
    app.publishing.publish = publish  # type: ignore[method-assign,assignment]
    opened = shows(lambda app: PublishScreen(app.publishing), lambda screen: screen.publication.state, theme)

    async def prepare(pilot: Pilot[None]) -> None:
        await opened(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, PublishScreen)
        await pilot.press("p")
        await until(pilot, lambda: screen.publication.refusal and not screen.publication.busy)

    assert snap_compare(app, terminal_size=(120, 35), run_before=prepare)


REQUEST = RunRequest(
    id="261123-1415-abc", kind="docs", root="/w", tasks_file="tasks.json", tasks_path=PATH,
    tasks_sha256="0" * 64, tag="master", keys=("1", "2", "3"), names=("task.md", "prompt.md"), agent="claude",
    base=BRANCH, push=True, branch="taskdeck/docs-261123-1415-abc", commit=HEAD, pr=True,
    remote="origin", remote_base=BRANCH,
    parameters=(
        Parameter("tasks", "1 2 3", "missing or stale documents"),
        Parameter("task file", f"{PATH}, sha256 3f9c2e1a77b0", "its file, published first"),
        Parameter("works from", "the published commit", "HEAD"),
        Parameter("branch", "taskdeck/docs-261123-1415-abc", "this run"),
        Parameter("base", BRANCH, "checked out"),
        Parameter("agent", "claude", "--agent"),
        Parameter("model", "claude-sonnet-5-5", "agent.model in config.toml"),
        Parameter("budget", "$2", "TASKDECK_AGENT_BUDGET"),
        Parameter("push", "yes", "--push"),
        Parameter("pr", "yes", "--pr"),
        Parameter("force", "no", "default"),
    ),
)  # fmt: skip
CHECKS = [
    Check("project", "ok", "/home/ann/service/example."),
    Check("task file", "ok", f"{PATH}: tagged, 54 kB; master 12/68 (3 done)."),
    Check("git state", "ok", "A branch is checked out, and no merge or rebase is under way."),
    Check("remote", "ok", f"origin/{BRANCH} answered in 41 ms; it has {BRANCH} at 97242c8973c7."),
    Check("remote is writable", "fail", "A push would fail: 403.", "Log in, or ask for the right."),
    Check("forge", "warn", "GitHub at forge.example knows us as ann; it is slow.", "Wait."),
    Check("planner", "skip", "No key for Claude."),
]


@SIZES
def test_confirm_sheet(
    snap_compare: Any, app: TaskdeckApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepared(_wish: Wish) -> RunRequest:
        return REQUEST

    app.runs.prepare = prepared  # type: ignore[method-assign]

    published = state("changed", truths(file=HERE))
    first = FirstPublication(published, (PATH,), "chore: publish tasks of example", (), published.others)

    def checks(_request: RunRequest, told: Callable[[FirstPublication], object]) -> list[Check]:
        told(first)
        return CHECKS

    monkeypatch.setattr("core.doctor.preflight.preflight", checks)
    wish = Wish("docs", push=True, pr=True)
    ready = shows(
        lambda app: ConfirmRunScreen(app.runs, wish, "Write documents"), lambda screen: screen.found
    )
    assert snap_compare(app, terminal_size=size, run_before=ready)


CARD = Card(
    "261123-1415-abc", "task", ("5",), BRANCH, "taskdeck/task-5-261123-1415-abc", "made", "done",
    {"number": "4"}, NOW - 600, ((True, "task-5: what was to change has changed"),),
    "GitHub at forge.example",
    PullRequest(
        4, "https://forge.example/team/service/pull/4", "open", BRANCH, "taskdeck/task-5-261123-1415-abc",
        "feat: task service over gRPC", HEAD, files=48, checks=Checks(passed=3, pending=1),
        merging=Merging("behind", 2),
    ),
    NOW - 3,
)  # fmt: skip


@SIZES
@pytest.mark.parametrize("base", [BRANCH, "main"], ids=["wanted", "wrong"])
def test_pull_request_card(snap_compare: Any, app: TaskdeckApp, base: str, size: tuple[int, int]) -> None:
    assert CARD.found is not None
    card = replace(CARD, found=replace(CARD.found, base=base))

    async def given(_run: Any) -> Card:
        return card

    app.pull_requests.recorded = app.pull_requests.read = given  # type: ignore[method-assign,assignment]
    run = finished_run(id=card.run)
    ready = shows(lambda app: PullRequestScreen(app.pull_requests, run), lambda screen: screen.view.card)
    assert snap_compare(app, terminal_size=size, run_before=ready)


@SIZES
def test_doctor(
    snap_compare: Any, app: TaskdeckApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def checks(_session: Any, *, online: bool) -> list[Check]:
        return CHECKS

    monkeypatch.setattr("tui.screens.doctor.checks", checks)
    ready = shows(lambda app: DoctorScreen(app.session, app.activity), lambda screen: screen.checks.checks)
    assert snap_compare(app, terminal_size=size, run_before=ready)


REPORT = """\
# documents for tasks 1, 2: refused

| what | value |
| --- | --- |
| run | 261123-1415-abc |
| state | refused |

## What happened

The remote branch holds another task file than the one here.

## Log of docs-1, lines 4 to 6 of 9

```text
12:04:11 Read .taskmaster/tasks/tasks.json
12:04:12 ERROR the file is not there
```
"""


def test_incident(snap_compare: Any, app: TaskdeckApp) -> None:
    folder = app.session.folder / "issues"
    folder.mkdir()
    (folder / "2026-11-23-261123-1415-abc-documents.md").write_text(REPORT)
    (folder / "2026-11-20-no-pull-request.md").write_text("# No pull request was made\n")
    (folder / "2026-11-20-no-pull-request.resolution.md").write_text("The token was wrong.\n")
    ready = shows(lambda app: IncidentsScreen(app.session, app.activity), lambda screen: screen.text.text)
    assert snap_compare(app, terminal_size=(120, 35), run_before=ready)
