"""What a run leaves on disk: request, ledger, names, locks, and the estimate of the time left."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import re
from pathlib import Path

import pytest

from core.errors import DamagedFile, NotFound, UsageError
from core.runs.estimate import range_words, time_left
from core.runs.folder import RunFolder, find_run, list_runs
from core.runs.ledger import (
    AttemptBegan,
    AttemptEnded,
    Judged,
    Ledger,
    Note,
    StageBegan,
    StageEnded,
    Verdict,
    fold,
    read_entries,
)
from core.runs.request import Parameter, RunRequest, new_run_id, read_request
from core.runs.safe_name import safe_name
from core.secrets import remember


def a_request(run_id: str = "261123-1200-abc", **more: object) -> RunRequest:
    values: dict[str, object] = {
        "id": run_id, "kind": "docs", "root": "/p", "tasks_file": "/p/tasks.json", "tasks_path": "tasks.json",
        "tasks_sha256": "0" * 64, "tag": "master", "keys": ("1", "2"), "names": ("task.md", "prompt.md"),
        "commit": "1" * 40, "branch": f"taskdeck/docs-{run_id}", "created": 5.0,
    }  # fmt: skip
    return RunRequest(**(values | more))  # type: ignore[arg-type]


def a_run(state: Path, run_id: str = "261123-1200-abc", **more: object) -> RunFolder:
    folder = RunFolder(state / "runs" / run_id)
    folder.path.mkdir(parents=True)
    folder.lock_file.touch()
    folder.request_file.write_text(a_request(run_id, **more).to_json(), "utf-8")
    return folder


def test_a_request_is_read_as_it_was_written(tmp_path: Path) -> None:
    request = a_request(
        titles={"1": "日本 \x1b[31m"}, context={"2": "failed"}, parameters=(Parameter("agent", "x", "y"),)
    )
    path = tmp_path / "request.json"
    path.write_text(request.to_json(), "utf-8")
    assert read_request(path) == request
    path.write_text(json.dumps(json.loads(request.to_json()) | {"later": 1}), "utf-8")
    assert read_request(path) == request, "what a later version adds does not disturb"
    for broken in ("", "[]", "{}", '{"parameters": 3}'):
        path.write_text(broken, "utf-8")
        with pytest.raises(DamagedFile):
            read_request(path)


def test_run_ids_are_utc_and_apart() -> None:
    made = {new_run_id(0) for _ in range(50)}
    assert all(re.fullmatch(r"700101-0000-[a-z2-9]{3}", each) for each in made)
    assert len(made) > 40


def test_a_run_is_found_by_any_unique_part_of_its_name(tmp_path: Path) -> None:
    first = a_run(tmp_path, "261123-1200-abc")
    last = a_run(tmp_path, "261123-1201-xyz")
    os.utime(first.request_file, (1, 1))
    (tmp_path / "runs" / "half-made").mkdir()
    assert [run.id for run in list_runs(tmp_path)] == ["261123-1201-xyz", "261123-1200-abc"]
    assert find_run(tmp_path, "last").id == last.id
    assert find_run(tmp_path, "abc").id == "261123-1200-abc"
    assert find_run(tmp_path, "261123-1201").id == last.id
    with pytest.raises(UsageError, match="may be several"):
        find_run(tmp_path, "2611")
    with pytest.raises(NotFound):
        find_run(tmp_path, "nothing")
    with pytest.raises(NotFound):
        find_run(tmp_path / "empty", "last")


def test_names_of_agents_are_safe_whatever_an_id_is() -> None:
    assert a_request().agents == ("docs-1", "docs-2")
    odd = ["../../etc", "a/b", "a b", "", "日本", "x" * 300, "a-b"]
    names = [safe_name(key) for key in odd]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,60}", name) for name in names)
    assert len(set(names)) == len(names)
    assert not any(name.startswith((".", "-")) for name in names)


def test_the_lock_says_whether_the_worker_lives(tmp_path: Path) -> None:
    folder = a_run(tmp_path)
    assert not folder.is_alive()
    holder = os.open(folder.lock_file, os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    assert folder.is_alive()
    with folder.hold() as held:
        assert not held
    os.close(holder)
    with folder.hold() as held:
        assert held
        assert folder.is_alive(), "whoever recovers it holds it"
    assert not folder.is_alive()


def test_a_ledger_tells_the_same_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.append(StageBegan("prepare"))
        ledger.append(StageEnded("prepare", "done", "", {"commit": "abc"}))
        ledger.append(AttemptBegan("docs-1", "1", 1, 42, 7.0))
    assert not RunFolder(tmp_path).has_verdict()
    entries, offset = read_entries(path)
    with path.open("ab") as file:
        file.write(b'{"type": "AttemptEn')
    assert read_entries(path) == (entries, offset), "half a line is not there yet"
    with Ledger(path) as ledger:
        ledger.append(AttemptEnded("docs-1", 1, "failed"))
        ledger.append(Judged("docs-1", 1, False, "no", ({"what": "gone"},)))
        ledger.append(Note("something"))
        ledger.append(Verdict("failed", "no"))
        ledger.append(Verdict("done", "a second one does not count"))
    assert RunFolder(tmp_path).has_verdict()
    more, _ = read_entries(path, offset)
    state = fold(("prepare", "agent"), [*entries, *more])
    assert [stage.state for stage in state.stages] == ["done", "waiting"]
    assert state.stages[0].proof == {"commit": "abc"}
    assert state.attempts[0].ended is not None
    assert state.attempts[0].judged is not None
    assert state.attempts[0].judged.findings[0]["what"] == "gone"
    assert state.verdict is not None
    assert state.verdict.state == "failed"
    assert path.stat().st_mode & 0o077 == 0


def test_no_secret_reaches_a_ledger(tmp_path: Path) -> None:
    remember("tk-very-secret-value")
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        ledger.append(Note("the key is tk-very-secret-value"))
    assert "very-secret" not in (tmp_path / "ledger.jsonl").read_text("utf-8")


def test_every_attempt_is_kept_and_the_last_counts() -> None:
    entries = [
        AttemptBegan("docs-1", "1", 1, 1, 1.0),
        AttemptEnded("docs-1", 1, "failed", cost=0.5),
        AttemptBegan("docs-1", "1", 2, 2, 2.0),
        AttemptEnded("docs-1", 2, "succeeded", cost=0.25),
    ]
    state = fold(("agent",), entries)
    assert [attempt.began.number for attempt in state.attempts] == [1, 2]
    assert [attempt.began.number for attempt in state.current] == [2]


def test_the_branch_stands_at_the_result_that_came_last_whoever_began_first() -> None:
    entries = [
        AttemptBegan("docs-1", "1", 1, 1, 1.0),
        AttemptBegan("docs-2", "2", 1, 2, 1.0),
        Judged("docs-2", 1, True, commit="aaa", time=5.0),
        Judged("docs-1", 1, True, commit="bbb", time=6.0),
    ]
    assert fold(("agent",), entries).result == "bbb"
    assert fold(("agent",), [*entries[:2], Judged("docs-1", 1, True, commit="bbb", time=6.0),
                             Judged("docs-2", 1, True, commit="aaa", time=7.0)]).result == "aaa"  # fmt: skip
    assert fold(("agent",), entries[:2]).result == ""


def test_stages_of_a_run_follow_from_what_it_shall_do() -> None:
    assert a_request().stages == ("prepare", "agent", "gate", "commit")
    assert a_request(commit="").stages == ("prepare", "agent", "gate", "apply")
    assert a_request(push=True, pr=True).stages[-2:] == ("push", "pull_request")
    assert dataclasses.replace(a_request(), kind="task").files_expected == 0


def test_time_left_is_a_range_that_narrows() -> None:
    assert time_left(0, 48, 60) is None
    assert time_left(1, 48, 60) is None
    early, late = time_left(4, 48, 60), time_left(36, 48, 540)
    assert early is not None
    assert late is not None
    assert early[0] < 11 * 60 < early[1]
    assert late[0] < 180 < late[1]
    assert late[1] / late[0] < early[1] / early[0]
    assert time_left(48, 48, 60) == (0.0, 0.0)
    assert range_words((0.0, 0.0)) == "", "nothing is left"
    assert range_words((660, 930)) == "11 to 16 min left"
    assert range_words(None) == ""
    assert range_words((10, 20)) == "10 to 20 s left"
