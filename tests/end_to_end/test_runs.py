"""Whole runs by real processes: what passes, what misbehaving agents come to, what stays untouched."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from core.agents.rows import AgentReader
from core.agents.view import AgentState
from core.documents.catalogue import folder_of
from core.logs.lines import LineLog
from core.runs.folder import RunFolder
from core.runs.view import AgentRow, RunView
from tests.fakes.claude_command import Step
from tests.fakes.run_project import RunProject, StandIn, agent_pid, finished, is_gone, until

KEY = "sk-ant-api03-not-a-real-key-0123456789abcdef"


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in for Claude Code as the agent's command."""
    made = StandIn(tmp_path / "agent")
    monkeypatch.setenv("TASKDECK_AGENT_COMMAND", str(made.path))
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    return made


def row_of(view: RunView, task: str) -> AgentRow:
    return next(row for row in view.agents if row.task == task)


def kinds(row: AgentRow) -> set[str]:
    assert row.judged is not None
    return {finding["kind"] for finding in row.judged.findings}


def everything_written(folder: RunFolder) -> bytes:
    """Every byte of the run's folder, worker's log and ledger included."""
    return b"".join(path.read_bytes() for path in sorted(folder.path.rglob("*")) if path.is_file())


def test_documents_come_to_one_branch_and_nothing_else_changes(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project", tasks=4)
    (project.root / "src" / "main.txt").write_text("staged\n", "utf-8")
    project.git("add", "src/main.txt")
    (project.root / "notes.txt").write_text("mine\n", "utf-8")
    before = project.fingerprint()
    view = project.run("docs", concurrency=3)
    assert view.state == "done", view.words
    assert [stage.state for stage in view.stages] == ["done"] * 4
    assert project.branches() == [view.branch]
    assert len(project.files_on(view.branch)) == 16
    assert all(path.startswith(".taskmaster/docs/task-") for path in project.files_on(view.branch))
    assert project.git("merge-base", "main", view.branch) == project.git("rev-parse", "main")
    assert (view.files_written, view.files_expected) == (16, 16)
    assert view.commit == project.git("rev-parse", view.branch)
    assert project.fingerprint() == before
    assert project.leftovers() == []


def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    top = RunProject(tmp_path / "top", tasks=1)
    inner = RunProject(tmp_path / "top" / ".example", tasks=2, git=False)
    (inner.root / "CONTRIBUTING.md").write_text("# Rules\n\n- Every module has a test of its own.\n", "utf-8")
    top.commit("inner")
    before = top.fingerprint()
    view = inner.run("docs")
    assert view.state == "done", view.words
    changed = top.git("diff", "--name-only", "main", view.branch).splitlines()
    assert len(changed) == 8
    assert all(path.startswith(".example/.taskmaster/docs/task-") for path in changed)
    prompt = top.git("show", f"{view.branch}:.example/.taskmaster/docs/task-1/prompt.md")
    assert "CONTRIBUTING.md" in prompt
    assert top.fingerprint() == before


def test_without_git_a_copy_is_worked_in_and_documents_are_applied_at_once(tmp_path: Path) -> None:
    project = RunProject(tmp_path / "project", git=False)
    (project.root / "node_modules" / "big").mkdir(parents=True)
    (project.root / "node_modules" / "big" / "x.js").write_text("x", "utf-8")
    (project.root / "out").symlink_to("/etc")
    view = project.run("docs")
    assert view.state == "done", view.words
    assert any("copied folder" in note.words and "no git" in note.words for note in view.notes)
    assert any("out is a link that leads out" in note.words for note in view.notes)
    for key in "12":
        for path in project.documents(key):
            assert (project.root / path).is_file()
    assert project.leftovers() == []


def test_without_git_a_document_that_somebody_changed_meanwhile_is_left_alone(
    tmp_path: Path, agent: StandIn
) -> None:
    project = RunProject(tmp_path / "project", tasks=1, git=False)
    go = tmp_path / "go"
    agent.script({"wait_for": str(go)}, *project.writing("1"))
    folder = project.start("docs", "1", agent="claude")
    agent_pid(folder)
    mine = project.root / folder_of("1") / "task.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", "utf-8")
    go.touch()
    view = finished(folder)
    assert view.state == "failed"
    assert "task.md" in view.words
    assert mine.read_text("utf-8") == "mine"
    assert (mine.parent / "prompt.md").is_file()
    assert (folder.results / folder_of("1") / "task.md").is_file(), "the run's own is kept"


def misbehaviour(project: RunProject, outside: Path) -> dict[str, tuple[list[Step], set[str]]]:
    """What the agent of each task does, and the kinds of findings it shall come to."""
    tasks = ".taskmaster/tasks/tasks.json"
    good = {key: project.writing(key) for key in "123456789"}
    link = folder_of("4")
    key_in_document = project.documents("7")
    path = next(iter(key_in_document))
    escape = project.documents("8")
    escaped = next(iter(escape))
    return {
        "1": ([*good["1"], {"write": {"path": tasks, "content": "[]"}}], {"task-file"}),
        "2": (
            [*good["2"], {"write": {"path": ".taskmaster/docs/task-1001/task.md", "content": "# Node"}}],
            {"foreign-task"},
        ),
        "3": ([*good["3"], {"write": {"path": str(outside / "evil.txt"), "content": "x"}}], {"outside"}),
        "4": (
            [{"symlink": {"path": link, "target": str(outside)}}, *good["4"]],
            {"symlink", "outside"},
        ),
        "5": (good["5"][:2], {"missing"}),
        "6": ([*good["6"][:1], {"result": None}, {"exit": 0}], {"missing"}),
        "7": (
            [*good["7"][1:], {"write": {"path": path, "content": f"{key_in_document[path]}\n{KEY}\n"}},
             {"leak": "ANTHROPIC_API_KEY"}],
            {"secret"},
        ),
        "8": (
            [{"escapes": True}, *good["8"][1:],
             {"write": {"path": escaped, "content": escape[escaped] + "\x1b[2J\x1b]0;owned\x07"}}],
            {"control"},
        ),
        "9": ([*good["9"], {"python": "(cwd / '.git').unlink(); (cwd / '.git').mkdir()"}], {"outside"}),
    }  # fmt: skip


def test_each_misbehaving_agent_fails_with_its_evidence(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=10)
    outside = tmp_path / "outside"
    outside.mkdir()
    cases = misbehaviour(project, outside)
    agent.script(
        *project.writing("10"),
        when=[{"prompt": f'task "{key}"', "steps": steps} for key, (steps, _) in cases.items()],
    )
    before = project.fingerprint()
    view = project.run("docs", agent="claude", concurrency=4)
    assert view.state == "failed"
    assert "1 of 10 tasks passed" in view.words
    for key, (_, expected) in cases.items():
        row = row_of(view, key)
        assert row.judged is not None, key
        assert not row.judged.passed, key
        assert expected <= kinds(row), (key, row.judged.findings)
        if key != "9":
            assert (Path(row.judged.kept) / "changes.txt").is_file(), key
    passed = row_of(view, "10").judged
    assert passed is not None
    assert passed.passed
    assert project.files_on(view.branch) == sorted(project.documents("10"))
    assert project.fingerprint() == before
    assert project.leftovers() == []
    six = row_of(view, "6").view
    assert six is not None
    assert six.state is AgentState.ENDED_WITHOUT_RESULT
    folder = project.runs[0]
    assert KEY.encode() not in b"".join(
        path.read_bytes() for path in folder.path.rglob("*") if path.is_file() and "kept" not in path.parts
    ), "no log, ledger or brief shows the key"
    assert not any(path.is_symlink() for path in folder.path.rglob("*"))


def test_files_that_change_around_an_agent_are_told(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    place = project.root / "src" / "new.txt"
    agent.script(
        {"python": f"open({str(place)!r}, 'w').write('x')"},
        {"leak": "ANTHROPIC_API_KEY"},
        *project.writing("1"),
    )
    view = project.run("docs", "1", agent="claude")
    judged = row_of(view, "1").judged
    assert judged is not None
    assert any("src/new.txt changed while the agent ran" in words for words in judged.warnings)
    assert any("held a key" in words for words in judged.warnings)
    beside = project.state / "worktrees" / "beside.txt"
    agent.script({"python": f"open({str(beside)!r}, 'w').write('x')"}, *project.writing("1"))
    view = project.run("docs", "1", agent="claude", force=True)
    assert kinds(row_of(view, "1")) == {"outside"}


def test_control_sequences_of_an_agent_never_reach_the_terminal(
    tmp_path: Path, agent: StandIn, cli_in: Any
) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    project.edit("1", title="Title \x1b[31m \u202egnol")
    project.commit("title")
    agent.script({"escapes": True}, *project.writing("1"))
    cli = cli_in(project.root)
    done = cli("docs", "generate", "1", "--agent", "claude")
    shown = [
        done,
        cli("runs"),
        cli("runs", "show"),
        cli("logs"),
        cli("logs", "--json"),
        cli("runs", "--json"),
    ]
    for result in shown:
        for sign in ("\x1b", "\x9b", "\u202e", "\x07"):
            assert sign not in result.out + result.err
    assert b"\x1b[2J" in (project.runs[0].agent("docs-1") / "log").read_bytes(), "the log is exact"


def test_an_agent_that_never_ends_is_ended_with_all_it_started(
    tmp_path: Path, agent: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_TIMEOUT", "1.5")
    project = RunProject(tmp_path / "project", tasks=1)
    child = tmp_path / "child"
    agent.script(
        {"write": {"path": ".taskmaster/docs/task-1/task.md", "content": "half"}},
        {"background": {"pid_file": str(child), "leave_group": True}}, {"hang": True},
    )  # fmt: skip
    before = project.fingerprint()
    view = project.run("docs", "1", agent="claude")
    assert view.state == "failed"
    attempt = project.runs[0].ledger().attempts[0]
    assert attempt.ended is not None
    assert attempt.ended.reason == "timeout"
    assert is_gone(attempt.began.pid)
    until(lambda: is_gone(int(child.read_text("utf-8"))), "the end of its child")
    assert row_of(view, "1").judged is not None
    assert project.fingerprint() == before


@pytest.mark.parametrize(
    ("limit", "size"), [("1", 8 << 20), pytest.param("256", 1 << 30, marks=pytest.mark.long)]
)
def test_a_flood_of_output_ends_the_agent_and_fills_no_disk(
    tmp_path: Path, agent: StandIn, monkeypatch: pytest.MonkeyPatch, limit: str, size: int
) -> None:
    monkeypatch.setenv("TASKDECK_AGENT_MAX_OUTPUT", limit)
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script({"flood": size}, *project.writing("1"))
    view = project.run("docs", "1", agent="claude")
    assert view.state == "failed"
    folder = project.runs[0]
    attempt = folder.ledger().attempts[0]
    assert attempt.ended is not None
    assert attempt.ended.reason == "too_much_output"
    assert (folder.agent("docs-1") / "log").stat().st_size <= (int(limit) << 20) + (1 << 20)


def test_a_second_attempt_learns_what_the_first_got_wrong(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    whole = project.writing("1")
    agent.script(calls=[whole[:1], whole])
    view = project.run("docs", "1", agent="claude", attempts=2)
    assert view.state == "done", view.words
    folder = project.runs[0]
    assert [attempt.began.number for attempt in folder.ledger().attempts] == [1, 2]
    assert "is missing" in agent.calls[1]["prompt"]
    assert view.cost == pytest.approx(0.02)


def test_a_retry_takes_only_what_failed_with_its_context(tmp_path: Path, agent: StandIn, cli_in: Any) -> None:
    project = RunProject(tmp_path / "project")
    agent.script(
        when=[
            {"prompt": 'task "1"', "steps": project.writing("1")},
            {"prompt": 'task "2"', "steps": project.writing("2")[:3]},
        ]
    )
    cli = cli_in(project.root)
    failed = cli("docs", "generate", "--agent", "claude")
    assert failed.code == 1
    assert "is missing" in failed.err
    assert "runs retry" in failed.err
    first = project.runs[0]
    agent.script(*project.writing("2"))
    again = cli("runs", "retry", first.id, "--json")
    assert again.code == 0, again.err
    run = again.json["run"]
    assert (run["tasks"], run["retryOf"], run["attempt"]) == (["2"], first.id, 2)
    prompt = agent.calls[-1]["prompt"]
    assert "is missing" in prompt
    assert cli("runs", "retry").code == 2, "nothing of it failed"


# Tasks


def test_a_task_leaves_a_branch_with_its_own_commits_and_what_was_left_uncommitted(
    tmp_path: Path, agent: StandIn
) -> None:
    project = RunProject(tmp_path / "project")
    project.run("docs", "1")
    agent.script(
        {"write": {"path": "src/new.txt", "content": "new\n"}},
        {"python": "import subprocess; subprocess.run('git add -A && git -c user.name=Bot -c "
         "user.email=b@x commit -qm step', shell=True, check=True)"},
        {"write": {"path": "src/main.txt", "content": "two\n"}},
    )  # fmt: skip
    status = project.task("1")["status"]
    before = (project.root / ".git" / "index").read_bytes(), project.git("rev-parse", "HEAD")
    view = project.run("task", "1", agent="claude")
    assert view.state == "done", view.words
    assert view.branch.startswith("taskdeck/task-1-")
    assert project.files_on(view.branch) == ["src/main.txt", "src/new.txt"]
    authors = project.git("log", "--format=%an %s", f"main..{view.branch}").splitlines()
    assert [line.split()[0] for line in authors] == ["Taskdeck", "Bot"]
    assert (status, project.task("1")["status"]) == ("pending", "in-progress")
    assert project.git("status", "--porcelain").split() == ["M", ".taskmaster/tasks/tasks.json"]
    assert ((project.root / ".git" / "index").read_bytes(), project.git("rev-parse", "HEAD")) == before
    prompt = agent.calls[-1]["prompt"]
    assert "# Document .taskmaster/docs/task-1/design-spec.md" in prompt, "the documents of the other branch"
    project.workspace().store.undo()
    assert project.task("1")["status"] == "pending"


def test_tasks_build_on_each_other_on_one_branch_and_stop_at_a_failure(
    tmp_path: Path, agent: StandIn
) -> None:
    project = RunProject(tmp_path / "project", tasks=3)
    write: list[Step] = [{"write": {"path": "src/one.txt", "content": "1"}}]
    agent.script(
        when=[
            {"prompt": "Do exactly task 1", "steps": write},
            {
                "prompt": "Do exactly task 2",
                "steps": [
                    {"read": "src/one.txt"},
                    {"write": {"path": ".taskmaster/tasks/tasks.json", "content": "{}"}},
                ],
            },
        ]
    )
    view = project.run("task", "3", "2", "1", agent="claude")
    assert view.state == "failed"
    assert view.keys == ("1", "2", "3"), "a task comes behind those it builds on"
    assert project.files_on(view.branch) == ["src/one.txt"]
    assert "task-file" in kinds(row_of(view, "2"))
    assert row_of(view, "3").attempt == 0
    assert any("Task 3 was not begun" in note.words for note in view.notes)
    log = (project.runs[0].agent("task-2") / "log").read_text("utf-8")
    assert '"content": "1"' in log, "the second began on top of the first"


def test_a_task_without_a_change_or_with_a_leak_does_not_pass(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project")
    agent.script(
        when=[
            {"prompt": "Do exactly task 1", "steps": [{"say": "All done!"}]},
            {
                "prompt": "Do exactly task 2",
                "steps": [
                    {"write": {"path": "src/config.txt", "content": f"key = {KEY}\n"}},
                    {"symlink": {"path": "src/out", "target": "/etc"}},
                ],
            },
        ]
    )
    one, two = project.run("task", "1", agent="claude"), project.run("task", "2", agent="claude")
    assert kinds(row_of(one, "1")) == {"missing"}
    assert kinds(row_of(two, "2")) == {"secret", "symlink"}
    assert project.branches() == []


def test_a_key_that_was_committed_and_taken_away_again_does_not_pass(tmp_path: Path, agent: StandIn) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    who = "git -c user.name=Bot -c user.email=b@x commit -qm"
    commands = f"git add -A && {who} step && git rm -q src/config.txt && {who} gone"
    agent.script(
        {"write": {"path": "src/config.txt", "content": f"key = {KEY}\n"}},
        {"python": f"import subprocess; subprocess.run('{commands}', shell=True, check=True)"},
        {"write": {"path": "src/main.txt", "content": "two\n"}},
    )
    view = project.run("task", "1", agent="claude")
    assert kinds(row_of(view, "1")) == {"secret"}
    assert KEY not in view.words
    assert project.branches() == []


# Watching and ending


def test_the_log_can_be_read_as_rows_and_exactly(tmp_path: Path, cli_in: Any) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    cli = cli_in(project.root)
    assert cli("docs", "generate").code == 0
    log = project.runs[0].agent("docs-1") / "log"
    rows = cli("logs")
    assert any("Write" in line and "task-1/prompt.md" in line for line in rows.out.splitlines())
    assert cli("logs", "--raw").out.encode() == log.read_bytes()
    lines = [json.loads(line) for line in cli("logs", "--json").out.splitlines()]
    assert [line["source"] for line in lines] == ["docs-1"] * len(log.read_bytes().splitlines())
    assert cli("logs", "--grep", "prompt.md", "--agent", "docs-1").out.count("\n") < rows.out.count("\n")
    assert cli("logs", "--agent", "docs-9").code == 1
    reader = AgentReader()
    engine = LineLog.open_file(log)
    while engine.refresh():
        pass
    assert all(reader(line).kind for line in engine.lines(0, 1000))
    engine.close()


def test_a_cancelled_run_ends_its_agents_and_keeps_what_passed(
    tmp_path: Path, agent: StandIn, cli_in: Any
) -> None:
    project = RunProject(tmp_path / "project")
    agent.script(
        when=[
            {"prompt": 'task "1"', "steps": project.writing("1")},
            {
                "prompt": 'task "2"',
                "steps": [*project.writing("2")[:1], {"hang": True}],
            },
        ]
    )
    before = project.fingerprint()
    folder = project.start("docs", agent="claude")
    until(lambda: any(attempt.judged for attempt in folder.ledger().attempts), "the first document")
    hanging = until(lambda: _attempt(folder, "docs-2"), "the second agent")
    kept_file = until(
        lambda: list((folder.state / "worktrees").glob("*/.taskmaster/docs/task-2/task.md")), "a file"
    )
    cli = cli_in(project.root)
    done = cli("runs", "cancel")
    assert done.code == 0, done.err
    assert "Cancelled; 1 of 2 tasks had passed." in done.out
    assert is_gone(hanging)
    assert len(project.files_on(project.branches()[0])) == 4
    assert project.fingerprint() == before
    assert project.leftovers() == []
    assert kept_file
    assert (folder.kept / "docs-2" / "files" / folder_of("2") / "task.md").is_file()
    assert cli("runs", "cancel").code == 2
    assert cli("runs", "watch").code == 130


def _attempt(folder: RunFolder, agent: str) -> int:
    found = [attempt for attempt in folder.ledger().attempts if attempt.began.agent == agent]
    return found[0].began.pid if found else 0


def test_ctrl_c_asks_the_run_to_end_and_says_its_name(tmp_path: Path, agent: StandIn, cli_in: Any) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    agent.script({"hang": True})
    with cli_in.process(project.root, "docs", "generate", "--agent", "claude") as process:
        folder = until(lambda: next(iter(project.runs), None), "the run")
        agent_pid(folder)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert folder.id in out.decode()
    assert f"The run {folder.id} is asked to end" in err.decode()
    assert finished(folder).state == "cancelled"
    assert project.leftovers() == []


def test_a_detached_run_goes_on(tmp_path: Path, cli_in: Any) -> None:
    project = RunProject(tmp_path / "project", tasks=1)
    cli = cli_in(project.root)
    begun = cli("docs", "generate", "--detach", "--json")
    assert begun.code == 0
    folder = project.runs[0]
    assert begun.json["run"]["id"] == folder.id
    assert finished(folder).state == "done"
    listed = cli("runs", "--json").json["runs"]
    assert [(run["id"], run["state"], run["filesWritten"]) for run in listed] == [(folder.id, "done", 4)]
    applied = cli("docs", "apply", "--json").json
    assert len(applied["written"]) == 4
    (project.root / folder_of("1") / "task.md").write_text("mine", "utf-8")
    refused = cli("docs", "apply")
    assert refused.code == 3
    assert (project.root / folder_of("1") / "task.md").read_text("utf-8") == "mine"


def test_health_says_only_what_was_measured(tmp_path: Path, agent: StandIn) -> None:
    from core.runs.watch import RunWatch

    project = RunProject(tmp_path / "project", tasks=1)
    go = tmp_path / "go"
    agent.script(*project.writing("1")[:3], {"wait_for": str(go)}, *project.writing("1")[3:])
    folder = project.start("docs", "1", agent="claude")
    watch = RunWatch(folder)
    view = until(lambda: (view := watch.poll()).files_written == 3 and view, "three files")
    health = {signal.name: signal for signal in view.health}
    assert health["agents"].value == "1 running, 0 waiting"
    assert health["last line"].age is not None
    assert health["memory of agents"].value.endswith("MB")
    assert view.eta is not None
    assert view.eta[0] < view.eta[1]
    assert view.state == "running"
    go.touch()
    assert finished(folder).state == "done"
