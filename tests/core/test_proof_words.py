"""The proofs of a stage as people read them: which kind of hash it is stands beside each."""

from __future__ import annotations

from core.runs.proof_words import is_hash, proof_words

BLOB, DIGEST = "a" * 40, "b" * 64


def test_every_hash_says_its_kind() -> None:
    published = {
        "commit": "c" * 40,
        "task file": "example/tasks.json",
        "local hash": BLOB,
        "remote hash": BLOB,
    }
    assert list(proof_words(published)) == [
        ("commit", "c" * 40),
        ("task file", "example/tasks.json"),
        ("git blob here", BLOB),
        ("git blob on the remote", BLOB),
    ]
    assert list(proof_words({"task file": DIGEST})) == [("file sha256", DIGEST)]


def test_a_short_or_other_text_is_no_hash() -> None:
    assert not any(map(is_hash, ("", "abc", "g" * 40, "a" * 39)))
    assert all(map(is_hash, (BLOB, DIGEST)))
