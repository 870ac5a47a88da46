"""Real task files from the field: read, re-saved byte-equal, changed by one line where one thing changes."""

from __future__ import annotations

import difflib
import json
import random
from pathlib import Path

import pytest

from core.errors import DamagedFile
from core.tasks.document import TaskDocument, parse
from core.tasks.edits import Edit, EditField, RemoveTask, SetStatus, apply_edits
from core.tasks.json_text import apply_splices


def task_files(corpus: Path) -> list[Path]:
    names = ("tasks.json", "test-clean.json", "test-single.json", "original_tasks_backup.json")
    return sorted(path for name in names for path in corpus.rglob(name))


def readable(corpus: Path) -> list[tuple[Path, TaskDocument]]:
    found: list[tuple[Path, TaskDocument]] = []
    for path in task_files(corpus):
        try:
            found.append((path, parse(path.read_bytes(), path)))
        except DamagedFile:
            continue
    return found


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    differ = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    gone: list[str] = []
    new: list[str] = []
    for kind, i, j, k, m in differ.get_opcodes():
        if kind != "equal":
            gone += differ.a[i:j]
            new += differ.b[k:m]
    return gone, new


def test_the_corpus_is_read(corpus: Path) -> None:
    assert len(readable(corpus)) >= 12
    assert sum(len(tag.nodes) for _, document in readable(corpus) for tag in document.tags.values()) > 1500


def test_every_readable_file_is_byte_equal(corpus: Path) -> None:
    for path, document in readable(corpus):
        assert document.data == path.read_bytes(), path
        json.loads(document.data.decode("utf-8-sig"))


def test_damaged_files_say_where(corpus: Path) -> None:
    damaged: dict[str, DamagedFile] = {}
    for path in task_files(corpus):
        try:
            parse(path.read_bytes(), path)
        except DamagedFile as error:
            damaged[str(path)] = error
    for name, error in damaged.items():
        line = Path(name).read_bytes().split(b"\n")[error.line - 1]
        assert not line or line.startswith((b"<<<<<<<", b"=======", b">>>>>>>"))
    assert {error.what for error in damaged.values()} == {"the file is empty", "git conflict marker <<<<<<<"}


def test_a_status_is_one_line(corpus: Path) -> None:
    pick = random.Random(5)
    for path, document in readable(corpus):
        text = document.text
        for name, tag in document.tags.items():
            keys = list(tag.nodes)
            for key in pick.sample(keys, min(3, len(keys))):
                applied = apply_edits(document, [SetStatus(key, "deferred")], name)
                had = isinstance(tag.find(key).raw.get("status"), str)
                assert "deferred" not in str(tag.find(key).raw.get("status")), path
                (splice,) = applied.splices
                start = text.rfind("\n", 0, splice.start) + 1
                end = text.find("\n", splice.start + len(splice.old))
                gone, new = changed_lines(
                    text[start:end],
                    apply_splices(text, [splice])[start : end + len(splice.new) - len(splice.old)],
                )
                assert (len(gone), len(new)) == ((1, 1) if had else (0, 1)), (path, key, gone, new)
                assert apply_edits(applied.document, applied.inverse, name).document.data == document.data


def test_edits_of_every_kind_are_undone(corpus: Path) -> None:
    pick = random.Random(7)
    for path, document in readable(corpus):
        for name, tag in document.tags.items():
            keys = list(tag.nodes)
            edits: list[Edit] = []
            for key in pick.sample(keys, min(4, len(keys))):
                edits += [EditField(key, "details", "é\n"), EditField(key, "note", "x")]
            if keys:
                edits.append(RemoveTask(pick.choice(keys)))
            applied = apply_edits(document, edits, name)
            assert parse(applied.document.data).data == applied.document.data
            undone = apply_edits(applied.document, applied.inverse, name)
            assert undone.document.data == document.data, (path, edits)


@pytest.mark.long
def test_a_status_of_every_task_is_undone(corpus: Path) -> None:
    for path, document in readable(corpus):
        for name, tag in document.tags.items():
            for key in tag.nodes:
                applied = apply_edits(document, [SetStatus(key, "deferred")], name)
                assert len(applied.splices) <= 1
                assert apply_edits(applied.document, applied.inverse, name).document.text == document.text, (
                    path
                )
