"""Title and body of a pull request: what was made from which bytes, as text that is no markup."""

from __future__ import annotations

from dataclasses import replace

from core.publishing.pull_request_text import Facts, body_of, title_of

FACTS = Facts(
    run="261123-1415-abc",
    kind="docs",
    agent="claude",
    model="claude-x",
    tasks=[("5", "Storage | *bold* for @team #12"), ("6", "gRPC <b>api</b>")],
    names=["task.md", "prompt.md"],
    coverage={"5": {"task.md": "present", "prompt.md": "present"}, "6": {"task.md": "present"}},
    sources=[("commit", "a" * 40), ("task file", "sha256 " + "b" * 64)],
    gate=["48 of 48 documents are there", "no other file changed"],
)


def test_the_text_says_what_was_made_from_which_bytes() -> None:
    assert title_of(FACTS) == "docs: documents for 2 tasks"
    body = body_of(FACTS)
    assert "run `261123-1415-abc`" in body
    assert f"commit: `{'a' * 40}`" in body
    assert "| 6 gRPC \\<b\\>api\\</b\\> | present | missing |" in body
    assert "- no other file changed" in body


def test_titles_in_it_are_neither_markup_nor_mentions() -> None:
    body = body_of(FACTS)
    assert "*bold*" not in body.replace("\\*", "")
    assert "@team" not in body
    assert "#12" not in body
    assert "Storage \\|" in body


def test_the_title_of_work_on_one_task_is_its_own() -> None:
    facts = Facts("r", "task", "claude", "", [("5", "x" * 100)], [], {}, [], [])
    assert title_of(facts).startswith("Task 5: xxx")
    assert len(title_of(facts)) <= 72
    assert "## Tasks" in body_of(facts)


def test_nothing_in_it_is_a_reference_or_an_order_to_gitlab() -> None:
    hostile = [("5", '/merge now !12 $3 %"next" ~bug &4'), ("6", "fine\n/assign @team\n/close")]
    facts = replace(FACTS, tasks=hostile, gate=["/label ~bug", "ok\n/merge"])
    body = body_of(facts)
    assert not any(line.lstrip().startswith("/") for line in body.splitlines())
    for reference in ("!12", "$3", '%"next"', "~bug", "&4", "@team"):
        assert reference not in body.replace("\\", "")
