"""The stages of a run while it is done: each begins once and ends once, in its ledger."""

from __future__ import annotations

from collections.abc import Sequence

from core.runs.ledger import Ledger, Note, StageBegan, StageEnded, StageState


class Stages:
    """Writes down how the stages `names` of a run go. `last` is the one that began last, empty before."""

    def __init__(self, ledger: Ledger, names: Sequence[str]) -> None:
        self.ledger = ledger
        self.names = names
        self.last = ""
        self._begun: set[str] = set()
        self._open: set[str] = set()

    def begin(self, name: str) -> None:
        """A stage begins; later beginnings of the same one are none."""
        if name not in self._begun:
            self._begun.add(name)
            self._open.add(name)
            self.last = name
            self.ledger.append(StageBegan(name))

    def end(self, name: str, state: StageState, words: str, /, **proof: str) -> None:
        """A stage that is under way ends; one that is not stays as it is."""
        if name in self._open:
            self._open.discard(name)
            self.ledger.append(StageEnded(name, state, words, proof))

    def skip(self, name: str, words: str) -> None:
        """A stage is not done at all, and why."""
        self.ledger.append(StageEnded(name, "skipped", words))

    def end_all(self, words: str) -> None:
        """Whatever is under way has failed."""
        for name in [name for name in self.names if name in self._open]:
            self.end(name, "failed", words)

    def note(self, words: str) -> None:
        """Something worth knowing."""
        self.ledger.append(Note(words))
