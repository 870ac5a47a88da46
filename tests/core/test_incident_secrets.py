"""No secret gets into a report, its name or the list, wherever it stood and wherever it is cut."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from core.doctor.incident.inbox import list_incidents
from core.doctor.incident.report import write_incident
from core.runs import ledger
from core.runs.ledger import AttemptBegan, AttemptEnded, Judged, Note, StageBegan, StageEnded, Verdict, Waived
from core.runs.request import Parameter
from tests.core.test_incident import BEGAN, agent_log, make_run, root
from tests.fakes.secrets import SECRETS, Secret, seen_of

__all__ = ["root"]
EVERY = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
PADS = (0, 60, 80, 92, 150, 168)
"""So many characters before a secret that the places where texts are cut lie before, inside and behind it."""


def all_that_is_seen(root: Path) -> str:
    """Name and text of every report, and what the list has of it."""
    files = "".join(f"{path.name}\n{path.read_text()}\n" for path in (root / "issues").iterdir())
    listed = "".join(
        f"{one.title}\n{one.run}\n{one.answered}\n{one.path.name}\n" for one in list_incidents(root)
    )
    return files + listed


@EVERY
def test_not_from_the_words_of_who_reports_it(root: Path, secret: Secret) -> None:
    for pad in PADS:
        write_incident(
            root, root / "t.json", None, f"{'word ' * (pad // 5)}{secret.text} and more\nthen {secret.text}"
        )
    assert not seen_of(secret, all_that_is_seen(root))


@EVERY
def test_not_from_what_a_run_was_asked(root: Path, secret: Secret) -> None:
    rows = [Parameter(f"base {pad}", f"{'-' * pad} {secret.text}", secret.text) for pad in PADS]
    text = secret.text.replace("\n", " ")
    run = make_run(root, "261123-1415-abc", parameters=tuple(rows), base=text, branch=text, keys=(text, "6"))
    write_incident(root, root / ".taskmaster/tasks/tasks.json", run)
    assert not seen_of(secret, all_that_is_seen(root))


@EVERY
def test_not_from_what_happened_as_an_older_taskdeck_wrote_it_down(
    root: Path, secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "redact_values", dict[str, object])
    text = secret.text
    finding = {"what": text, "path": text, "evidence": text}
    entries = (
        StageBegan("agent", BEGAN),
        AttemptBegan("docs-5", "5", 1, 4711, BEGAN, time=BEGAN),
        AttemptEnded("docs-5", 1, "failed", text, time=BEGAN + 1),
        Judged("docs-5", 1, False, text, (finding,), time=BEGAN + 2),
        StageEnded("agent", "failed", text, {"address": text}, BEGAN + 3),
        Note(text, BEGAN),
        Waived("base", text, BEGAN),
        Verdict("failed", text, {"kept": text}, BEGAN + 4, hint=text),
    )
    make_run(root, "261123-1410-aaa", *entries)
    run = make_run(root, "261123-1415-abc", *entries, retry_of="261123-1410-aaa", attempt=2)
    write_incident(root, root / "t.json", run)
    assert not seen_of(secret, all_that_is_seen(root))


@EVERY
def test_not_from_the_log_of_an_agent(root: Path, secret: Secret) -> None:
    run = make_run(root, "261123-1415-abc", AttemptBegan("docs-5", "5", 1, 4711, BEGAN, time=BEGAN))
    said = [f"{'-' * pad} {secret.text}" for pad in PADS]
    tool = {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": f"push\n{secret.text}"}}
    lines = [
        *said,
        *(
            json.dumps({"type": "assistant", "message": {"content": [{"type": "text", "text": t}]}})
            for t in said
        ),
        json.dumps({"type": "assistant", "message": {"content": [tool]}}),
        "Error: it ended",
    ]
    agent_log(run, *lines)
    text = write_incident(root, root / "t.json", run).read_text()
    assert "Error: it ended" in text
    assert not seen_of(secret, text)


def test_a_private_key_that_begins_above_what_is_shown_is_masked(root: Path) -> None:
    secret = SECRETS["private key"]
    run = make_run(root, "261123-1415-abc", AttemptBegan("docs-5", "5", 1, 4711, BEGAN, time=BEGAN))
    body = "\n".join([secret.hidden] * 20)
    agent_log(run, "-----BEGIN " + "RSA PRIVATE KEY-----", body, "Error: it ended")
    assert not seen_of(secret, write_incident(root, root / "t.json", run).read_text())


def test_not_from_the_branch_one_is_on(root: Path) -> None:
    secret = SECRETS["ghp_"]
    subprocess.run(["git", "switch", "--quiet", "--create", f"fix/{secret.text}"], cwd=root, check=True)
    write_incident(root, root / ".taskmaster/tasks/tasks.json", None, "words")
    assert not seen_of(secret, all_that_is_seen(root))


@EVERY
def test_the_list_masks_what_a_report_written_by_hand_holds(root: Path, secret: Secret) -> None:
    (root / "issues").mkdir()
    report = root / "issues" / "2026-11-23-push.md"
    line = " ".join(secret.text.splitlines())
    report.write_text(f"# failed with {line.replace('_', chr(92) + '_')}\n")
    report.with_name("2026-11-23-push.resolution.md").write_text(f"it was {secret.text}\n")
    (one,) = list_incidents(root)
    assert not seen_of(secret, one.title + one.answered)
