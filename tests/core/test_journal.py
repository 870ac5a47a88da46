"""The journal: written ahead, tolerant of a torn end, bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Refused
from core.tasks.edits import SetStatus
from core.tasks.json_text import Splice
from core.tasks.storage import journal as journal_module
from core.tasks.storage.journal import Journal
from core.tasks.storage.journal_entry import JournalEntry, Kind


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "journal.jsonl")


def entry(title: str = "set 1 to done", kind: Kind = "edit", target: int | None = None) -> JournalEntry:
    return JournalEntry(
        number=0,
        time="2026-01-01T00:00:00.000Z",
        session="here",
        title=title,
        tag="master",
        kind=kind,
        edits=(SetStatus("1", "done"),),
        undone=False,
        before="b" * 64,
        after="a" * 64,
        target=target,
        created=("9",),
        splices=(Splice(3, "pending", "done"),),
        inverse_data=({"edit": "set-status", "key": "1", "status": "pending"},),
    )


def test_an_entry_comes_back_as_it_was_written(journal: Journal) -> None:
    written = journal.begin(entry())
    journal.commit(written.number)
    assert Journal(journal.path).entries() == [written]
    assert written.number == 1
    assert written.inverse == (SetStatus("1", "pending"),)


def test_numbers_go_on(journal: Journal) -> None:
    for expected in (1, 2, 3):
        number = journal.begin(entry()).number
        journal.commit(number)
        assert number == expected


def test_an_intent_without_answer_is_not_history_but_dangles(journal: Journal) -> None:
    journal.commit(journal.begin(entry("first")).number)
    second = journal.begin(entry("second"))
    assert [e.title for e in journal.entries()] == ["first"]
    assert journal.dangling() == second
    journal.drop(second.number, "interrupted")
    assert journal.dangling() is None
    assert [(e.title, e.dropped, e.note) for e in journal.entries()] == [
        ("first", False, ""),
        ("second", True, "interrupted"),
    ]


def test_what_failed_before_the_eyes_of_a_person_is_no_history(journal: Journal) -> None:
    journal.drop(journal.begin(entry()).number)
    assert journal.entries() == []


@pytest.mark.parametrize("tail", [b'{"record":"intent","num', b"\0" * 700, b"x" * 200_000])
def test_a_torn_end_is_ignored_and_written_over(journal: Journal, tail: bytes) -> None:
    first = journal.begin(entry("first"))
    journal.commit(first.number)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + tail)
    assert [e.title for e in journal.entries()] == ["first"]
    assert journal.dangling() is None
    second = journal.begin(entry("second"))
    journal.commit(second.number)
    assert second.number == 2
    assert [e.title for e in journal.entries()] == ["first", "second"]
    assert journal.path.read_bytes().startswith(whole)
    assert tail + b"{" not in journal.path.read_bytes()


def test_every_torn_length_of_the_last_record(journal: Journal) -> None:
    journal.commit(journal.begin(entry("first")).number)
    before = len(journal.path.read_bytes())
    journal.commit(journal.begin(entry("second")).number)
    data = journal.path.read_bytes()
    for length in range(before, len(data)):
        journal.path.write_bytes(data[:length])
        assert [e.title for e in journal.entries()] == ["first"]
        dangling = journal.dangling()
        assert dangling is None or dangling.title == "second"


def test_a_journal_of_nothing_but_rubbish(journal: Journal) -> None:
    journal.path.parent.mkdir()
    journal.path.write_bytes(b"\xff\xfe rubbish\n[]\n{}\n" + b'{"number":1}\n[1')
    assert journal.entries() == []
    journal.commit(journal.begin(entry()).number)
    assert len(journal.entries()) == 1


def test_undone_and_redone(journal: Journal) -> None:
    def done(kind: Kind, target: int | None = None) -> int:
        number = journal.begin(entry(kind=kind, target=target)).number
        journal.commit(number)
        return number

    first, second = done("edit"), done("edit")
    done("undo", second)
    assert [e.number for e in journal.entries() if e.undone] == [second]
    done("undo", first)
    done("redo", first)
    assert [e.number for e in journal.entries() if e.undone] == [second]


def test_it_stays_small_and_keeps_the_newest(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_BYTES", 20_000)
    for number in range(200):
        journal.commit(journal.begin(entry(f"edit {number}")).number)
        assert journal.path.stat().st_size < 22_000
    titles = [e.title for e in journal.entries()]
    assert titles[-1] == "edit 199"
    assert len(titles) > 10
    assert titles == [f"edit {n}" for n in range(200 - len(titles), 200)]
    assert journal.entries()[-1].number == 200
    assert [p.name for p in journal.path.parent.iterdir()] == ["journal.jsonl"]


def test_a_change_of_a_whole_large_file_is_kept_compressed(journal: Journal) -> None:
    large = entry()
    text = "a task file of some megabytes " * 100_000
    from dataclasses import replace

    large = replace(large, splices=(Splice(0, text, text + "x"),))
    written = journal.begin(large)
    journal.commit(written.number)
    assert journal.path.stat().st_size < len(text) / 10
    assert journal.entries() == [written]


def test_the_entry_of_a_newer_version_is_listed_but_not_undone(journal: Journal) -> None:
    written = journal.begin(entry("from the future"))
    journal.commit(written.number)
    journal.path.write_bytes(journal.path.read_bytes().replace(b"set-status", b"set-colour"))
    (read,) = journal.entries()
    assert (read.title, read.edits) == ("from the future", ())
    with pytest.raises(Refused, match="set-colour"):
        _ = read.inverse


def test_only_the_owner_may_read_it(journal: Journal) -> None:
    journal.begin(entry())
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.path.parent.stat().st_mode & 0o777 == 0o700
