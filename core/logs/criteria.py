"""What a filter or a search asks of a line, and how a person writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from core.errors import UsageError
from core.logs.facts import LEVELS

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Filter:
    """What a line must have. Empty fields ask for nothing."""

    text: str = ""
    regex: bool = False
    inverse: bool = False
    """The lines without the text; levels, sources and kinds are never inverted."""
    ignore_case: bool = True
    levels: frozenset[str] = _NONE
    sources: frozenset[str] = _NONE
    kinds: frozenset[str] = _NONE

    @classmethod
    def parse(cls, words: str, **parts: Any) -> Filter:
        """What a person typed: `!` at the start inverts, `/…/` is a regular expression, the rest plain text.

        A capital letter makes case count. `parts` are further fields. Raises UsageError for a bad
        regular expression or an unknown level.
        """
        inverse = len(words) > 1 and words.startswith("!")
        text = words[1:] if inverse else words
        regex = len(text) > 2 and text.startswith("/") and text.endswith("/")
        text = text[1:-1] if regex else text
        letters = re.sub(r"\\.", "", text) if regex else text
        ignore_case = not any(letter.isupper() for letter in letters)
        wanted = replace(cls(text, regex=regex, inverse=inverse, ignore_case=ignore_case), **parts)
        wanted.check()
        return wanted

    @property
    def needs_reader(self) -> bool:
        """Whether lines must be read, not only their bytes."""
        return bool(self.levels or self.kinds)

    def check(self) -> None:
        """Raises UsageError when the regular expression is wrong or a level is unknown."""
        unknown = self.levels - set(LEVELS)
        if unknown:
            raise UsageError(f"{min(unknown)} is no level of a line.", f"Levels are {', '.join(LEVELS)}.")
        if self.regex:
            try:
                re.compile(self.text)
            except (re.error, RecursionError, OverflowError) as error:
                raise UsageError(
                    f"{self.text} is no regular expression: {error}.",
                    "Mend it, or search for plain text.",
                ) from error
