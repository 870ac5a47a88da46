"""No secret goes out with what a run writes down, commits, asks for or tells, short or cut anywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.agents.judge import Ending, judge
from core.agents.watch import AgentWatch
from core.crash_file import write_crash_file
from core.publishing.pull_request_text import body_of, title_of
from core.runs.branch import commit_message
from core.runs.ledger import Judged, Ledger, Note, StageEnded, Verdict, read_entries
from tests.core.test_pull_request_text import FACTS
from tests.fakes.secrets import SECRETS, Secret, seen_of

EVERY = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
PADS = (0, 30, 45, 60, 100, 170, 260, 285, 480, 495)


@EVERY
def test_not_with_a_pull_request(secret: Secret) -> None:
    for pad in PADS:
        text = f"{'-' * pad} {secret.text}"
        work = replace(
            FACTS,
            kind="task",
            model=text,
            tasks=[("5", text)],
            coverage={},
            sources=[("base", text)],
            gate=[text],
            warnings=[text],
        )
        documents = replace(FACTS, tasks=[("5", text)], coverage={"5": {"task.md": text}})
        assert not seen_of(secret, "\n".join((title_of(work), body_of(work), body_of(documents))))


@EVERY
def test_not_with_a_commit(secret: Secret) -> None:
    for pad in PADS:
        text = f"{'-' * pad} {secret.text}"
        assert not seen_of(secret, commit_message("Do task 5", text, {"Model": text}))


@EVERY
def test_not_into_the_ledger_of_a_run(tmp_path: Path, secret: Secret) -> None:
    text = f'it "said"\n{secret.text}'
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        ledger.append(Note(text))
        ledger.append(StageEnded("push", "failed", text, {"address": text}))
        ledger.append(Judged("docs-5", 1, False, text, ({"what": text},), (text,)))
        ledger.append(Verdict("failed", text, {"remote": text}, hint=text))
    assert not seen_of(secret, path.read_text())
    entries, _ = read_entries(path)
    assert len(entries) == 4, "every line of it is whole JSON"


@EVERY
def test_not_with_the_words_of_an_agent(secret: Secret) -> None:
    for pad in PADS:
        text = f"{'-' * pad} {secret.text}"
        outcome = judge(Ending(None, exit_code=1, last=text, said=text))
        watch = AgentWatch()
        call = {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": text}}
        watch.feed_line(json.dumps({"type": "assistant", "message": {"content": [call]}}), 1.0)
        seen = f"{outcome.words}{outcome.evidence}{outcome.doubts}{watch.view.words}{watch.view.target}"
        watch.feed_line(text, 2.0)
        watch.ended(1, 3.0)
        assert watch.outcome is not None
        assert not seen_of(secret, f"{seen}{watch.outcome.words}{watch.view.words}")


@EVERY
def test_not_into_the_file_of_a_crash(secret: Secret) -> None:
    path = write_crash_file(ValueError(f"no {secret.text}"), ["publish", "--base", secret.text])
    assert path is not None
    assert not seen_of(secret, path.read_text())
