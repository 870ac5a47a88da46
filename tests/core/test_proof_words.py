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


def test_the_commit_a_run_works_from_and_the_one_it_made_have_names_of_their_own() -> None:
    commit = {"commit": "c" * 40}
    assert list(proof_words(commit, "prepare")) == [("works from", "c" * 40)]
    assert list(proof_words(commit, "publish")) == [("published commit", "c" * 40)]
    for stage in ("commit", "push", "pull_request"):
        assert list(proof_words(commit, stage)) == [("result commit", "c" * 40)]


def test_a_short_or_other_text_is_no_hash() -> None:
    assert not any(map(is_hash, ("", "abc", "g" * 40, "a" * 39)))
    assert all(map(is_hash, (BLOB, DIGEST)))
