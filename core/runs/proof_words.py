"""The proofs of a run's stages as people read them: which kind of hash it is stands beside each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_NAMES = {
    "local hash": "git blob here",
    "remote hash": "git blob on the remote",
    "task file": "file sha256",
}
_COMMITS = {
    "publish": "published commit",
    "prepare": "works from",
    "commit": "result commit",
    "push": "result commit",
    "pull_request": "result commit",
}
"""Which commit a stage proves: the one that agents work from, or the one they made."""
_HEXADECIMAL = frozenset("0123456789abcdef")


def proof_words(proof: Mapping[str, str], stage: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of what the stage proved, in order; ledger and `--json` keep the names they had."""
    for name, value in proof.items():
        if name == "commit" and stage in _COMMITS:
            yield _COMMITS[stage], value
            continue
        # Two stages call something "task file": one its path, the other the sha256 of its bytes.
        yield (_NAMES.get(name, name) if is_hash(value) else name), value


def is_hash(value: str) -> bool:
    """Whether it is a whole hash: git's of an object, or a sha256."""
    return len(value) >= 40 and _HEXADECIMAL.issuperset(value)
