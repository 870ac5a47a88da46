"""The proofs of a run's stages as people read them: which kind of hash it is stands beside each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_NAMES = {
    "local hash": "git blob here",
    "remote hash": "git blob on the remote",
    "task file": "file sha256",
}
_HEXADECIMAL = frozenset("0123456789abcdef")


def proof_words(proof: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names and values in their order; the ledger and `--json` keep the names they always had."""
    for name, value in proof.items():
        # Two stages call something "task file": one its path, the other the sha256 of its bytes.
        yield (_NAMES.get(name, name) if is_hash(value) else name), value


def is_hash(value: str) -> bool:
    """Whether it is a whole hash: git's of an object, or a sha256."""
    return len(value) >= 40 and _HEXADECIMAL.issuperset(value)
