"""Incident reports: every fact of a run in one file, no secret in it, and its answer found again."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from core.build import own_build
from core.doctor.incident.inbox import list_incidents
from core.doctor.incident.report import write_incident
from core.errors import Refused, TaskdeckError
from core.paths import state_folder
from core.project import init_project
from core.runs.folder import RunFolder
from core.runs.ledger import (
    AttemptBegan,
    AttemptEnded,
    Entry,
    Judged,
    Ledger,
    StageBegan,
    StageEnded,
    Verdict,
)
from core.runs.request import Parameter, RunRequest
from core.secrets import remember

KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
BEGAN = 1_790_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "service"
    init_project(project)
    tasks = project / ".taskmaster" / "tasks" / "tasks.json"
    tasks.write_text(json.dumps({"master": {"tasks": [{"id": 5, "title": "Storage"}]}}))
    for arguments in (
        ["init", "--quiet", "--initial-branch=feature/example-app"],
        ["add", "--all"],
        ["-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "--quiet", "-m", "start"],
    ):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    return project


def make_run(
    root: Path, name: str = "261123-1415-abc", *entries: Entry, state: Path | None = None, **more: object
) -> RunFolder:
    folder = RunFolder((state or state_folder(root)) / "runs" / name)
    folder.path.mkdir(parents=True)
    tasks = root / ".taskmaster" / "tasks" / "tasks.json"
    request = RunRequest(
        id=name,
        kind="docs",
        root=str(root),
        tasks_file=str(tasks),
        tasks_path=".taskmaster/tasks/tasks.json",
        tasks_sha256=sha256(tasks.read_bytes()).hexdigest(),
        tag="master",
        keys=("5", "6"),
        names=("task.md",),
        agent="claude",
        base="feature/example-app",
        branch=f"taskdeck/docs-{name}",
        commit="",
        created=BEGAN,
        parameters=(Parameter("model", "opus", "--model"), Parameter("base", "feature/example-app", "HEAD")),
    )
    folder.request_file.write_text(replace(request, **more).to_json())  # type: ignore[arg-type]
    with Ledger(folder.ledger_file) as ledger:
        for entry in entries:
            ledger.append(entry)
    return folder


FINDING = {"what": "tasks.json was changed", "path": "a|b.json", "evidence": "+3"}
FAILED: tuple[Entry, ...] = (
    StageBegan("prepare", BEGAN),
    StageEnded("prepare", "done", "prepared", {"commit": "c0ffee"}, BEGAN + 1),
    StageBegan("agent", BEGAN + 1),
    AttemptBegan("docs-5", "5", 1, 4711, BEGAN, time=BEGAN + 2),
    AttemptEnded("docs-5", 1, "failed", "is_error was set", exit_code=1, seconds=8, time=BEGAN + 10),
    Judged("docs-5", 1, False, "1 finding", (FINDING,), time=BEGAN + 11),
    StageEnded("agent", "failed", "1 of 2 agents failed", time=BEGAN + 12),
    Verdict("failed", "The agent changed the task file.", {"kept": "kept/docs-5"}, BEGAN + 13),
)


def agent_log(folder: RunFolder, *lines: str) -> None:
    path = folder.agent("docs-5") / "log"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def report(root: Path, run: RunFolder | None, words: str = "") -> str:
    path = write_incident(root, root / ".taskmaster" / "tasks" / "tasks.json", run, words)
    return path.read_text()


def test_a_failed_run_is_told_whole(root: Path) -> None:
    run = make_run(root, "261123-1415-abc", *FAILED)
    agent_log(
        run,
        "banner of the container",
        '{"type":"system","subtype":"init","model":"m"}',
        "Error: no space left",
    )
    text = report(root, run)
    assert text.startswith("# documents for tasks 5, 6: failed\n")
    for fact in (
        "| model | opus | --model |",
        "Documents of tasks 5, 6 (tag master) by claude, left on the branch taskdeck/docs-261123-1415-abc.",
        "The agent changed the task file.",
        "| kept | kept/docs-5 |",
        "| docs-5 | tasks.json was changed | a\\|b.json | +3 |",
        "done: prepared (works from c0ffee)",
        "attempt 1 began, process 4711",
        "(exit code 1, 8 s)",
        "Error: no space left",
        "lines 1 to 3 of 3",
        "| branch now | feature/example-app |",
        "1 task, first: Storage",
        "| Python | 3.",
        "| taskdeck | ",
        f"| build | {own_build()} |",
        "| run's base | feature/example-app at ",
        "| run's branch | taskdeck/docs-261123-1415-abc at nothing here |",
    ):
        assert fact in text, fact
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:2] == ["## What was asked", "## What happened"]
    assert headings.index("## Every parameter") > headings.index("## Timeline")
    assert text.index("The agent changed the task file.") < text.index("| model | opus | --model |")
    clock = time.strftime("%H:%M:%S", time.localtime(BEGAN + 13))
    assert f"{clock} | verdict | failed: The agent changed the task file." in text


def test_the_end_of_a_long_log_is_its_end(root: Path) -> None:
    run = make_run(root, "261123-1415-abc", *FAILED)
    agent_log(run, *(["x" * 1_000_000] * 35), "Error: no space left")
    before = len(list(Path("/dev/fd").iterdir()))
    assert "lines 12 to 36 of 36" in report(root, run)
    assert len(list(Path("/dev/fd").iterdir())) == before, "its files are closed"


def test_no_secret_gets_in(root: Path) -> None:
    remember("a-word-only-we-know")
    run = make_run(root, "261123-1415-abc", *FAILED)
    agent_log(
        run,
        f"export ANTHROPIC_API_KEY={KEY}",
        "git push https://ann:s3cret-pass@github.com/team/service",
        "a-word-only-we-know",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
    )
    path = write_incident(root, root / "t.json", run, f"it printed {KEY}")
    text = path.read_text() + path.name
    for secret in (KEY, KEY[:20], "s3cret-pass", "a-word-only-we-know", "MIIEvQIBADANBg"):
        assert secret not in text, secret


def test_control_sequences_and_markup_in_a_log_stay_text(root: Path) -> None:
    run = make_run(root, "261123-1415-abc", *FAILED)
    agent_log(run, "\x1b]0;title\x07\x1b[31mred", "`````", "# not a heading")
    text = report(root, run)
    assert "\x1b" not in text
    assert "\n``````text\n" in text


def test_every_attempt_of_the_same_work_is_named(root: Path) -> None:
    make_run(root, "261123-1400-aaa", *FAILED)
    second = make_run(root, "261123-1410-bbb", *FAILED, retry_of="261123-1400-aaa", attempt=2)
    make_run(root, "261123-1412-zzz", *FAILED)
    make_run(root, "261123-1420-ccc", retry_of="261123-1410-bbb", attempt=3)
    text = report(root, second)
    tried = text.partition("## What was tried")[2].partition("##")[0]
    assert "| 1 | 261123-1400-aaa | failed |" in tried
    assert "| 3 | 261123-1420-ccc |  |" in tried
    assert "zzz" not in tried


def test_a_report_without_a_run_has_the_words_and_the_machine(root: Path) -> None:
    text = report(root, None, "The screen went blank\nafter resizing")
    assert text.startswith("# The screen went blank\n")
    assert "after resizing" in text
    assert "| git | git version" in text


def test_a_second_report_of_a_day_writes_over_nothing(root: Path) -> None:
    tasks = root / "t.json"
    first, second = (write_incident(root, tasks, None, "the same words") for _ in range(2))
    assert first.name == f"{time.strftime('%Y-%m-%d')}-the-same-words.md"
    assert second.name == f"{time.strftime('%Y-%m-%d')}-the-same-words-2.md"
    assert first.parent == second.parent == root / "issues"


def test_a_linked_folder_is_not_written_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "issues").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="is a link"):
        write_incident(root, root / "t.json", None, "words")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_the_way_is_one_sentence(root: Path) -> None:
    (root / "issues").write_text("")
    with pytest.raises(TaskdeckError, match="cannot be written"):
        write_incident(root, root / "t.json", None, "words")


def test_the_inbox_pairs_reports_with_answers(root: Path) -> None:
    run = make_run(root, "261123-1415-abc", *FAILED)
    path = write_incident(root, root / "t.json", run)
    write_incident(root, root / "t.json", None, "Another matter")
    assert [one.answer for one in list_incidents(root)] == [None, None]
    path.with_name(path.stem + ".resolution.md").write_text("# Answer\n\nThe base was data of the request.\n")
    (root / "issues" / "notes.md").write_text("# no report")
    found = {one.path.name: one for one in list_incidents(root)}
    assert len(found) == 2
    assert list(found)[-1] == path.name, "what nobody answered stands first"
    answered = found[path.name]
    assert (answered.run, answered.answered) == ("261123-1415-abc", "The base was data of the request.")
    assert answered.title == "documents for tasks 5, 6: failed"


def test_a_project_without_reports_has_an_empty_inbox(root: Path) -> None:
    assert list_incidents(root) == []
