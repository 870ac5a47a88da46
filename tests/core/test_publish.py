"""Publishing to real remotes: only the named files are committed, and proof is what the remote holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Cancelled
from core.project import project_at
from core.publishing.publish import Published, Step, publish
from core.publishing.publish_check import PublishRequest, PublishState, check
from core.publishing.refusals import PublishRefused
from core.publishing.repository import Repository
from tests.fakes.git_remotes import KINDS, PASSWORD, Clone, clone_with_project, serve, tasks_text


@pytest.fixture(params=KINDS)
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clone]:
    with serve(request.param, tmp_path / "server") as remote:
        yield clone_with_project(remote, tmp_path / "work")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Clone]:
    """The same by the quickest remote, for what does not depend on the way there."""
    with serve("file", tmp_path / "server") as remote:
        yield clone_with_project(remote, tmp_path / "work")


def request_for(clone: Clone, *paths: Path, **more: object) -> PublishRequest:
    return PublishRequest(project_at(clone.project), paths, **more)  # type: ignore[arg-type]


def run(clone: Clone, *paths: Path, **more: object) -> Published:
    return publish(Repository.open(clone.project), request_for(clone, *paths, **more))


def look(clone: Clone, *paths: Path, **more: object) -> PublishState:
    return check(Repository.open(clone.project), request_for(clone, *paths, **more))


def edit(clone: Clone, *titles: str) -> str:
    clone.tasks.write_text(tasks_text(*titles))
    return clone.git("hash-object", clone.task_path)


def test_remote_holds_the_file_afterwards(clone: Clone) -> None:
    wanted = edit(clone, "Rust service", "Database")
    done = run(clone)
    assert clone.remote.hash(clone.branch, clone.task_path) == wanted
    assert clone.remote.tip(clone.branch) == done.commit == done.made
    assert done.state.proven
    assert [step.name for step in done.steps] == ["look", "commit", "push", "prove"]
    assert wanted in done.steps[-1].proof[clone.task_path]


def test_a_branch_the_remote_does_not_have_is_said_not_to_exist_yet(local: Clone) -> None:
    edit(local, "Rust service")
    local.git("switch", "-q", "-c", "topic")
    assert "origin/topic, which does not exist yet" in run(local, remote="origin").steps[0].words


def test_only_the_named_file_is_in_the_commit_and_the_rest_stays(clone: Clone) -> None:
    edit(clone, "Rust service")
    clone.write("README.md", "staged\n")
    clone.git("add", "README.md")
    clone.write("README.md", "and changed again\n")
    clone.git("rm", "-q", "--cached", ".taskmaster/tasks/tasks.json")
    (clone.top / ".taskmaster/tasks/tasks.json").unlink()
    clone.write("notes.txt")
    repository = Repository.open(clone.project)
    before = repository.status_fingerprint([clone.task_path])
    done = run(clone)
    assert clone.git("show", "--format=", "--name-only", done.commit) == clone.task_path
    assert repository.status_fingerprint([clone.task_path]) == before
    assert clone.remote.read(clone.branch, ".taskmaster/tasks/tasks.json") is not None
    assert ".taskmaster/tasks/tasks.json" in done.state.outside


def test_check_climbs_from_changed_to_proven(clone: Clone) -> None:
    assert look(clone).state == "proven"
    edit(clone, "Rust service")
    assert look(clone).state == "changed"
    clone.git("commit", "-qam", "mine")
    assert look(clone).state == "committed"
    clone.git("push", "-q")
    assert look(clone).state == "proven"


def test_check_changes_nothing(clone: Clone) -> None:
    edit(clone, "Rust service")
    repository = Repository.open(clone.project)
    before = (repository.status_fingerprint(), clone.git("for-each-ref"), clone.remote.tip(clone.branch))
    look(clone)
    assert (
        repository.status_fingerprint(),
        clone.git("for-each-ref"),
        clone.remote.tip(clone.branch),
    ) == before


def test_clean_work_tree_is_not_taken_for_published(clone: Clone) -> None:
    edit(clone, "Rust service")
    clone.git("commit", "-qam", "mine")
    done = run(clone)
    assert done.made is None
    assert done.steps[1].state == "skipped"
    assert done.steps[1].words.startswith("No commit was made")
    assert clone.remote.hash(clone.branch, clone.task_path) == clone.git("hash-object", clone.task_path)


def test_second_publish_commits_and_pushes_nothing(clone: Clone) -> None:
    edit(clone, "Rust service")
    first = run(clone)
    again = run(clone)
    assert (again.commit, again.made) == (first.commit, None)
    assert [step.state for step in again.steps] == ["done", "skipped", "skipped", "done"]


def test_remote_that_others_pushed_to_is_never_proven_nor_pushed_over(clone: Clone, tmp_path: Path) -> None:
    theirs = _colleague(clone, tmp_path)
    wanted = edit(clone, "Mine")
    state = look(clone)
    assert state.state == "changed"
    assert state.behind == 1
    assert [problem.reason for problem in state.problems] == ["diverged"]
    truth = state.truths[0]
    assert [place.word for place in truth.all] == ["same", "stale", "stale", "differs"]
    assert truth.remote.content is not None
    assert truth.remote.content.first == "Theirs"
    head = clone.git("rev-parse", "HEAD")
    with pytest.raises(PublishRefused) as refused:
        run(clone)
    assert refused.value.reason == "diverged"
    assert "taskdeck pull" in refused.value.hint
    assert clone.git("rev-parse", "HEAD") == head
    assert clone.git("hash-object", clone.task_path) == wanted
    assert clone.remote.tip(clone.branch) == theirs


def _colleague(clone: Clone, tmp_path: Path) -> str:
    other = tmp_path / "colleague"
    clone.git("clone", "-q", "-b", clone.branch, clone.git("config", "remote.origin.url"), str(other))
    file = other / clone.task_path
    file.write_text(tasks_text("Theirs"))
    author = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    clone.git("-C", str(other), *author, "commit", "-qam", "theirs")
    clone.git("-C", str(other), "push", "-q")
    return clone.git("-C", str(other), "rev-parse", "HEAD")


def test_push_that_loses_a_race_keeps_both_commits(local: Clone, tmp_path: Path) -> None:
    edit(local, "Mine")
    seen: list[str] = []

    def colleague_is_quicker(step: Step) -> None:
        if (step.name, step.state) == ("push", "running"):
            seen.append(_colleague(local, tmp_path))

    with pytest.raises(PublishRefused) as refused:
        publish(Repository.open(local.project), request_for(local), colleague_is_quicker)
    assert refused.value.reason == "diverged"
    assert local.remote.tip(local.branch) == seen[0]
    assert local.git("hash-object", local.task_path) == local.git("rev-parse", f"HEAD:{local.task_path}")


def test_two_publishes_at_once_end_proven_or_refused(local: Clone) -> None:
    edit(local, "Mine")
    outcomes: list[str] = []

    def work() -> None:
        try:
            outcomes.append(run(local).state.state)
        except PublishRefused as refused:
            outcomes.append(refused.reason)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "proven" in outcomes
    assert set(outcomes) <= {"proven", "moved", "locked", "commit", "diverged", "hook"}
    assert local.remote.hash(local.branch, local.task_path) == local.git("hash-object", local.task_path)


def test_other_unpushed_commits_go_along_only_when_allowed(clone: Clone) -> None:
    clone.write("secret-plan.md")
    clone.git("add", "secret-plan.md")
    clone.git("commit", "-qm", "not for everybody")
    edit(clone, "Rust service")
    before = clone.remote.tip(clone.branch)
    with pytest.raises(PublishRefused, match="not for everybody") as refused:
        run(clone)
    assert refused.value.reason == "other_commits"
    assert "--include-unpushed" in refused.value.hint
    assert clone.remote.tip(clone.branch) == before
    assert run(clone, include_unpushed=True).state.proven


def test_own_commit_that_could_not_be_pushed_is_no_other_commit(local: Clone) -> None:
    edit(local, "Rust service")
    local.remote.hook("pre-receive", "#!/bin/sh\nexit 1\n")
    with pytest.raises(PublishRefused):
        run(local)
    local.remote.hook("pre-receive", "#!/bin/sh\nexit 0\n")
    edit(local, "Rust service", "More")
    assert run(local).state.proven


def test_first_push_of_a_branch_by_naming_the_remote(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "feature/new one/ä".replace(" ", "-"))
    edit(clone, "Rust service")
    with pytest.raises(PublishRefused) as refused:
        run(clone)
    assert refused.value.reason == "no_upstream"
    assert "--remote origin" in refused.value.hint
    assert run(clone, remote="origin").state.proven
    assert run(clone).state.proven


@pytest.mark.parametrize(
    "name",
    ["with space.md", "-dash.md", "ünïcode/日本.md", ":(glob)*.md", "a'b\"c.md", "*.md", "new\nline.md"],
)
def test_odd_names_are_only_names(local: Clone, name: str) -> None:
    file = local.write(f"example/{name}", "text\n")
    local.write("example/other.md")
    done = run(local, file)
    assert done.state.proven
    assert local.remote.read(local.branch, f"example/{name}") == "text\n"
    assert local.remote.read(local.branch, "example/other.md") is None


def test_usual_files_are_published_with_the_task_file(local: Clone) -> None:
    for name in ("state.json", "config.json", "reports/task-complexity-report.json", "docs/prd.txt"):
        local.write(f"example/.taskmaster/{name}", "{}\n")
    local.write("example/.taskmaster/docs/task-1/task.md")
    local.write(".gitignore", "state.json\n")
    done = run(local)
    published = {truths.path.removeprefix("example/.taskmaster/") for truths in done.state.truths}
    assert published == {
        "tasks/tasks.json", "config.json", "reports/task-complexity-report.json", "docs/prd.txt"
    }  # fmt: skip
    assert done.state.notes == ("example/.taskmaster/state.json is left out: it is ignored by git.",)


def test_line_ends_and_filters_of_the_repository_hold(clone: Clone) -> None:
    clone.write(".gitattributes", "*.json text eol=crlf\n*.md filter=upper\n")
    clone.git("config", "filter.upper.clean", "tr a-z A-Z")
    clone.git("config", "core.autocrlf", "true")
    clone.tasks.write_bytes(tasks_text("Rust").replace("\n", "\r\n").encode())
    note = clone.write("example/note.md", "loud\n")
    assert run(clone, clone.tasks, note).state.proven
    assert clone.remote.read(clone.branch, clone.task_path) == tasks_text("Rust")
    assert clone.remote.read(clone.branch, "example/note.md") == "LOUD\n"


def test_rules_in_a_subfolder_count_from_any_folder(local: Clone) -> None:
    local.write("example/.gitattributes", "*.json -text\n")
    local.git("config", "core.autocrlf", "true")
    local.tasks.write_bytes(tasks_text("Rust").replace("\n", "\r\n").encode())
    assert run(local).state.proven
    assert "\r\n" in (local.remote.read(local.branch, local.task_path) or "")


def test_hooks_of_the_user_run(local: Clone) -> None:
    local.hook("pre-commit", "#!/bin/sh\necho ran >> .git/ran\n")
    local.hook("pre-push", "#!/bin/sh\necho pushed >> .git/ran\n")
    edit(local, "Rust service")
    run(local)
    assert (local.top / ".git/ran").read_text().split() == ["ran", "pushed"]


def test_works_in_a_second_work_tree(local: Clone, tmp_path: Path) -> None:
    other = tmp_path / "second"
    local.git("worktree", "add", "-q", "-b", "feature/second", str(other))
    second = Clone(other, other / "example", local.remote, "feature/second")
    edit(second, "From the second")
    first = Repository.open(local.project).status_fingerprint()
    assert run(second, remote="origin").state.proven
    assert Repository.open(local.project).status_fingerprint() == first


def test_works_in_a_sparse_work_tree(local: Clone) -> None:
    local.git("sparse-checkout", "set", "--cone", "example")
    assert not (local.top / "lib").exists()
    edit(local, "Rust service")
    done = run(local)
    assert done.state.proven
    assert done.state.outside == ()
    assert local.remote.read(local.branch, "lib/gone.py") == "print()\n"


def test_works_in_a_shallow_clone(local: Clone, tmp_path: Path) -> None:
    other = tmp_path / "shallow"
    local.git("clone", "-q", "--depth=1", "-b", local.branch, local.remote.url, str(other))
    shallow = Clone(other, other / "example", local.remote, local.branch)
    for key, value in (("user.name", "Ann"), ("user.email", "ann@example.org")):
        shallow.git("config", key, value)
    edit(shallow, "Rust service")
    assert run(shallow).state.proven


def test_push_address_that_differs_is_the_one_that_is_proven(local: Clone, tmp_path: Path) -> None:
    with serve("file", tmp_path / "mirror") as mirror:
        local.git("config", "remote.origin.pushurl", mirror.url)
        edit(local, "Rust service")
        assert run(local, include_unpushed=True).state.proven
        assert mirror.hash(local.branch, local.task_path) == local.git("hash-object", local.task_path)


def test_steps_are_told_as_they_begin_and_end_and_can_be_stopped(local: Clone) -> None:
    edit(local, "Rust service")
    told: list[tuple[str, str]] = []
    before = local.remote.tip(local.branch)
    with pytest.raises(Cancelled, match="Done so far: Commit"):
        publish(
            Repository.open(local.project), request_for(local),
            lambda step: told.append((step.name, step.state)), lambda: ("commit", "done") in told,
        )  # fmt: skip
    assert told == [("look", "running"), ("look", "done"), ("commit", "running"), ("commit", "done")]
    assert local.remote.tip(local.branch) == before
    assert run(local).state.proven


def test_password_in_the_address_is_never_shown(tmp_path: Path) -> None:
    with serve("http", tmp_path / "server") as remote:
        clone = clone_with_project(remote, tmp_path / "work")
        edit(clone, "Rust service")
        told: list[Step] = []
        publish(Repository.open(clone.project), request_for(clone), told.append)
        shown = repr(told) + repr(look(clone).address)
        assert PASSWORD not in shown
        assert "127.0.0.1" in shown
        remote.hook("pre-receive", "#!/bin/sh\nexit 1\n")
        edit(clone, "Again")
        with pytest.raises(PublishRefused) as refused:
            run(clone)
        assert PASSWORD not in refused.value.message + refused.value.output


def test_file_that_changes_while_it_is_published_is_not_proven(local: Clone) -> None:
    edit(local, "Rust service")

    def change_it(step: Step) -> None:
        if (step.name, step.state) == ("prove", "running"):
            edit(local, "Something newer")

    with pytest.raises(PublishRefused) as refused:
        publish(Repository.open(local.project), request_for(local), change_it)
    assert refused.value.reason == "not_proven"
    assert look(local).state == "changed"
