"""Which present task a draft speaks of, though its title, its lines or its wording changed."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.planning.outline.wording import tokens
from core.planning.planner import TaskDraft
from core.planning.prd_places import cited_lines, without_places
from core.tasks.model import Task

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_ENOUGH = 0.4
"""From this likeness on two texts are the same piece of work."""
_TELLING = 4
"""A description of fewer words says nothing by itself: "To do", "See the PRD"."""
_ALL_PAIRS = 20_000
"""Up to so many pairs each is looked at; beyond that those that share a rare word or a whole text."""
_RARE = 20
_MOST_TEXT = 20_000
"""Characters of a text whose words count."""


def same_title(title: str) -> str:
    """A title as it is compared: without case, spacing and line numbers."""
    return " ".join(without_places(title).casefold().split())


def match_drafts(drafts: Sequence[TaskDraft], tasks: Sequence[Task]) -> dict[int, Task]:
    """Draft id -> the present task it is about. Each task is taken once; the most alike go together first.

    Compares titles, the words of titles, descriptions and details (rare words weigh more), and the lines
    of the PRD. The same arguments give the same answer.
    """
    new = [_Profile(d.title, d.description, d.details, _own_lines(d.source_lines)) for d in drafts]
    old = [_Profile(t.title, t.description, t.details, cited_lines(t.details)) for t in tasks]
    weights = _Weights([*new, *old])
    scored: list[tuple[float, int, int]] = []
    for at, other in _pairs(new, old):
        score = weights.likeness(new[at], old[other])
        if score >= _ENOUGH:
            scored.append((-score, at, other))
    found: dict[int, Task] = {}
    taken: set[int] = set()
    for _, at, other in sorted(scored):
        if drafts[at].id not in found and other not in taken:
            taken.add(other)
            found[drafts[at].id] = tasks[other]
    return found


def _own_lines(lines: tuple[int, int] | None) -> list[tuple[int, int]]:
    return [lines] if lines else []


@dataclass(frozen=True, eq=False)
class _Profile:
    title: str
    description: str
    details: str
    lines: list[tuple[int, int]]

    @cached_property
    def name(self) -> str:
        return same_title(self.title)

    @cached_property
    def title_words(self) -> frozenset[str]:
        return _words(self.title)

    @cached_property
    def whole(self) -> frozenset[str]:
        """The words of title, description and details."""
        return self.bodies[1]

    @cached_property
    def bodies(self) -> tuple[frozenset[str], ...]:
        """The words by which two tasks may be alike: each text with and without what stands before it."""
        description, details = _words(self.description), _words(self.details)
        short = self.title_words | description
        alone = (words if len(words) >= _TELLING else frozenset[str]() for words in (description, details))
        return (short, short | details, *alone)


def _words(text: str) -> frozenset[str]:
    text = without_places(text[:_MOST_TEXT])
    return tokens(text).union(_DIGITS.findall(text))


class _Weights:
    """Rare words tell more: what every task says hardly makes two of them alike."""

    def __init__(self, profiles: Sequence[_Profile]) -> None:
        counts: Counter[str] = Counter()
        for profile in profiles:
            counts.update(profile.whole)
        size = len(profiles)
        self.weights = {word: math.log(1 + size / count) for word, count in counts.items()}
        self._totals: dict[frozenset[str], float] = {}

    def likeness(self, a: _Profile, b: _Profile) -> float:
        """0 to about 1 for texts that speak of the same; 1 more for those of the same title."""
        title = self._shared(a.title_words, b.title_words)
        body = max(self._shared(one, other) for one, other in zip(a.bodies, b.bodies, strict=True))
        same = 1.0 if a.name and a.name == b.name else 0.0
        return same + 0.45 * title + 0.55 * body + 0.05 * _overlap(a.lines, b.lines)

    def _shared(self, a: frozenset[str], b: frozenset[str]) -> float:
        # fsum: the order in which a set is walked must not decide.
        both = math.fsum(map(self.weights.__getitem__, a & b))
        every = self._total(a) + self._total(b) - both
        return both / every if every > 0 else 0.0

    def _total(self, words: frozenset[str]) -> float:
        total = self._totals.get(words)
        if total is None:
            total = self._totals[words] = math.fsum(map(self.weights.__getitem__, words))
        return total


def _overlap(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]) -> float:
    """Which share of the lines from the first to the last of both they have in common."""
    if not a or not b:
        return 0.0
    (a_first, a_last), (b_first, b_last) = _hull(a), _hull(b)
    common = min(a_last, b_last) - max(a_first, b_first) + 1
    return max(common, 0) / max(max(a_last, b_last) - min(a_first, b_first) + 1, 1)


def _hull(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min(first for first, _ in spans), max(last for _, last in spans)


def _pairs(new: Sequence[_Profile], old: Sequence[_Profile]) -> Iterable[tuple[int, int]]:
    """The pairs worth comparing."""
    if len(new) * len(old) <= _ALL_PAIRS:
        return ((at, other) for at in range(len(new)) for other in range(len(old)))
    pairs: set[tuple[int, int]] = set()
    for places in (_by_word(new, old), _by_text(new, old)):
        for left, right in places:
            pairs.update((at, other) for at in left[:_RARE] for other in right[:_RARE])
    return sorted(pairs)


def _by_word(new: Sequence[_Profile], old: Sequence[_Profile]) -> Iterable[tuple[list[int], list[int]]]:
    left, right = _index(p.whole for p in new), _index(p.whole for p in old)
    return (
        (places, right[word])
        for word, places in left.items()
        if len(places) <= _RARE and 0 < len(right.get(word, ())) <= _RARE
    )


def _by_text(new: Sequence[_Profile], old: Sequence[_Profile]) -> Iterable[tuple[list[int], list[int]]]:
    left, right = (
        _index({p.name, same_title(p.description[:_MOST_TEXT])} - {""} for p in side) for side in (new, old)
    )
    return ((places, right[text]) for text, places in left.items() if text in right)


def _index(keys: Iterable[Iterable[str]]) -> Mapping[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for at, found in enumerate(keys):
        for key in found:
            index[key].append(at)
    return dict(index)
