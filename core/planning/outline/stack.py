"""What a document says it is built with, and what it says it is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.planning.prd import Prd, Section

_MOST = 200_000
"""Characters of a document that are looked through."""


@dataclass(frozen=True)
class Stack:
    """What a document says it is built with; empty where it says nothing."""

    language: str = ""
    library: str = ""


def _words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{words})(?![\w+#])", re.IGNORECASE)


_LANGUAGES = (
    (_words(r"rust|cargo|axum|actix(?:-web)?|tokio"), "Rust"),
    (_words(r"python(?: ?[23](?:\.\d+)*)?|pyproject(?:\.toml)?|django|fastapi|flask|pydantic|pytest"),
     "Python"),
    (_words(r"typescript|angular|nestjs"), "TypeScript"),
    (_words(r"golang|go \d[\d.]*|go modules?"), "Go"),
    (re.compile(r"(?<![\w-])Go(?= (?:service|server|binary|back[- ]?end|program|standard library|code)\b"
                r"|[,;)]|\.?$)|(?:(?<=\bin )|(?<=\bwith )|(?<=\bpure ))Go(?!\w)", re.MULTILINE), "Go"),
    (_words(r"javascript|node\.?js|node"), "Node.js"),
    (_words(r"java(?: ?\d+)?|spring(?: boot)?|quarkus|maven"), "Java"),
    (_words(r"ruby|rails"), "Ruby"),
    (_words(r"kotlin|ktor|jetpack compose"), "Kotlin"),
    (_words(r"c\+\+(?:\d\d)?"), "C++"),
    (_words(r"c#|asp\.net(?: core)?|\.net(?: \d+)?"), ".NET"),
    (_words(r"elixir|phoenix(?: liveview)?"), "Elixir"),
    (_words(r"php|laravel|symfony"), "PHP"),
    (_words(r"swift|swiftui"), "Swift"),
    (_words(r"flutter|dart"), "Flutter"),
    (_words(r"haskell"), "Haskell"),
    (_words(r"scala"), "Scala"),
)  # fmt: skip
_LIBRARY = re.compile(
    r"\b(?:SQLx|SeaORM|Diesel|SQLAlchemy|Prisma|TypeORM|Hibernate|Ecto|ActiveRecord|GORM|Drizzle)\b", re.I
)
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:no|not|non|without|never|nor|neither|instead of|rather than|unlike|except|avoid\w*|replac\w+|"
    r"supersed\w+|cannot|than|drop(?:s|ped)?|removes?|away from|\w+n[’']t|migrat\w+ from|port\w* from|"
    r"(?:old|legacy|former|today's|existing)(?: \w+)?))\b(?P<between>[^.;:()\n]{0,60})$|\bnon-$",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"^(?:[- ](?:free|less)\b|[^.;:,\n]{0,20}\b(?:is|are|was|were|will be|may|must|shall|should|can|needs?)"
    r"(?: be)? (?:not|never|no longer|out of scope)\b|[^.;:,\n]{0,20}\bout of scope\b)",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:but|by|with|only|this is|it is|uses?|in favou?r of)\b", re.IGNORECASE)


def asked(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The places of `text` where a thing is wanted; "without X", "not X" and "instead of X" are none."""
    for found in pattern.finditer(text):
        if not _is_denied(text, found.start(), found.end()):
            yield found


def asks(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a thing is wanted anywhere in `text`."""
    return next(asked(pattern, text), None) is not None


def _is_denied(text: str, start: int, end: int) -> bool:
    if _DENIED_BEHIND.match(text[end : end + 60]):
        return True
    before = _DENIED_BEFORE.search(text[max(0, start - 90) : start])
    if before is None:
        return False
    between = before["between"] or ""
    if _TURN.search(between):
        return False
    # "no Python, Ruby or Perl" denies all three, "no accounts, in Ruby" only what comes first.
    return (
        "," not in between or re.match(r"[^,.;:\n]{0,30}(?:,| or\b| nor\b)", text[end : end + 40]) is not None
    )


def stack_of(prd: Prd) -> Stack:
    """The language a document is to be built in: what its constraints name first, else its own words."""
    root = Section(prd.root.title, "", 0, 1, 1)
    sections = [root, prd.root, *prd.sections()]
    settled = [s for s in sections if s.role in ("constraints", "architecture") and s is not prd.root]
    others = [s for s in sections if s.role not in ("constraints", "architecture", "none")]
    for group in (settled, others):
        language = _first_language(_texts(group))
        if language:
            break
    else:
        language = ""
    library = next(asked(_LIBRARY, _texts([*settled, *others])), None)
    return Stack(language, library[0] if library else "")


def _texts(sections: Iterable[Section]) -> str:
    lines = (line for s in sections for line in (f"{s.title}.", *(one.text for one in s.statements)))
    return "\n".join(lines)[:_MOST]


def _first_language(text: str) -> str:
    found = [
        (match.start(), name) for pattern, name in _LANGUAGES if (match := next(asked(pattern, text), None))
    ]
    return min(found)[1] if found else ""
