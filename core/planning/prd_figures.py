"""Numbers a PRD gives twice and differently: two figures for the same quantity cannot both be met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.planning.lexicon import word_set
from core.planning.outline.wording import tokens
from core.planning.prd import Section, Statement

Bound = Literal["most", "least", "none"]

_TIME = {
    "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000,
}  # fmt: skip
_SIZE = {"kb": 1e3, "kib": 1e3, "mb": 1e6, "mib": 1e6, "gb": 1e9, "gib": 1e9, "tb": 1e12, "tib": 1e12}
_COUNTED = (
    "users|customers|clients|people|members|connections|sessions|requests|messages|events|tenants|replicas|"
    "projects|orders|products|devices|attempts|retries|characters"
)
_QUANTITY = re.compile(
    r"(?<![\w.,$€£/#-])(?P<number>\d{1,3}(?:[, ]\d{3})+|\d{1,12}(?:\.\d{1,6})?)"
    r"(?P<times>[kKM](?=\s))?(?P<more>\+)?"
    rf"(?:\s?(?P<unit>%|percent\b|{'|'.join(sorted((*_TIME, *_SIZE), key=len, reverse=True))})s?(?![\w/])"
    rf"|\s(?P<kind>(?:[a-z]+\s){{0,2}}?)(?P<noun>{_COUNTED})\b)"
    r"(?P<rate>\s?(?:/|per|a|an|each)\s?(?:second|sec|s|minute|min|hour|h|day|user|month)\b)?",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"(?:below|under|less than|fewer than|within|at most|up to|max(?:imum)?(?: of)?|no more than|not exceed|"
    r"shorter than|smaller than|faster than|in|<=?|≤)\s*(?:the\s+)?$",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"(?:at least|min(?:imum)?(?: of)?|more than|over|above|no less than|longer than|>=?|≥)\s*$",
    re.IGNORECASE,
)
_PERCENTILE = re.compile(r"\bp(\d{2}(?:\.\d)?)\b|\b(\d{2})th percentile\b", re.IGNORECASE)
_RESPONSE = re.compile(r"\bresponse times?\b|\blatency\b|\brespond", re.IGNORECASE)
_COMPARES = re.compile(
    r"\b(?:currently|current|today|was|were|baseline|instead of|reduced?|improv\w+|increas\w+|versus|vs|"
    r"from \d\S* \w{0,12} ?to|previously|phase|stage|tier|plan|per cent of|e\.g|for example|such as)\b|→|->",
    re.IGNORECASE,
)
_NO_SUBJECT = tokens(
    """support supports handle allow accept serve process keep kept stay stays remain provide meet reach
    achieve exceed ensure take return respond complete finish store retain be at least most below under
    within less more than maximum minimum max min up service system server application app product
    platform tool api apis endpoint endpoints call calls request requests response responses time times
    latency performance target targets load peak normal typical every total number count
    limit user-facing without degradation simultaneously sla slo"""
) | word_set("under within below above least most per second minute hour day percentile p50 p90 p95 p99")
_NO_TOPIC = tokens(
    """performance non functional nonfunctional requirements requirement quality reliability scalability
    availability capacity limits goals goal objectives overview summary introduction success metrics metric
    criteria acceptance constraints targets testing test tests measures kpis key general technical
    specifications specification technical sla slos service levels"""
)


@dataclass(frozen=True)
class Figure:
    """A quantity as one statement gives it."""

    shown: str
    value: float
    bound: Bound
    statement: Statement
    topic: frozenset[str]


def contradictions(
    places: Sequence[tuple[Statement, Sequence[Section]]],
) -> Iterator[tuple[Figure, Figure]]:
    """Pairs of figures for the same quantity that cannot both hold; the first is the one said first.

    `places` are statements in document order, each with the sections it stands in.
    """
    known: dict[tuple[str, frozenset[str]], list[Figure]] = {}
    for statement, path in places:
        for key, figure in _figures(statement, path):
            earlier = known.setdefault(key, [])
            other = next((old for old in earlier if _against(old, figure)), None)
            if other is not None:
                yield other, figure
            if len(earlier) < 8:
                earlier.append(figure)


def _figures(
    statement: Statement, path: Sequence[Section]
) -> list[tuple[tuple[str, frozenset[str]], Figure]]:
    text = statement.text[:1000]
    if _COMPARES.search(text):
        return []
    found = list(_QUANTITY.finditer(text))
    if not 0 < len(found) <= 3:
        return []
    topic = tokens(" ".join(section.title for section in path)) - _NO_TOPIC
    figures: list[tuple[tuple[str, frozenset[str]], Figure]] = []
    for match in found:
        dimension, value = _measure(match)
        subject = _subject(text, match)
        if _telling(dimension, subject):
            figure = Figure(match[0].strip(), value, _bound(text, match), statement, topic)
            figures.append(((dimension, subject), figure))
    # Two figures of one kind in a sentence are a range or a list of steps.
    keys = [key for key, _ in figures]
    return [(key, figure) for key, figure in figures if keys.count(key) == 1]


def _measure(match: re.Match[str]) -> tuple[str, float]:
    """What is counted, and how much of it in the base unit."""
    number = float(re.sub(r"[, ]", "", match["number"]))
    number *= {"k": 1e3, "m": 1e6}.get((match["times"] or "").lower(), 1.0)
    rate = re.sub(r"\s*(?:per|each|an?|/)\s*", "/", (match["rate"] or "").lower().strip())
    if match["noun"]:
        return f"{match['noun'].lower()}{rate}", number
    unit = match["unit"].lower()
    if unit in _TIME:
        return "time" + rate, number * _TIME[unit]
    if unit in _SIZE:
        return "size" + rate, number * _SIZE[unit]
    return "percent" + rate, number


def _subject(text: str, match: re.Match[str]) -> frozenset[str]:
    """The words that say which quantity it is: all of the sentence but the figure and words of no meaning."""
    rest = text[: match.start()] + " " + (match["kind"] or "") + " " + text[match.end() :]
    rest = _QUANTITY.sub(" ", rest)
    percentiles = {f"p{found[0] or found[1]}".lower() for found in _PERCENTILE.findall(rest)}
    words = (tokens(_PERCENTILE.sub(" ", rest)) - _NO_SUBJECT) | frozenset(percentiles)
    return words or frozenset("response" for _ in _RESPONSE.findall(rest))


def _telling(dimension: str, subject: frozenset[str]) -> bool:
    """Whether two figures of this kind may be told to be the same quantity."""
    if dimension.split("/")[0] in ("time", "size", "percent"):
        return 0 < len(subject) <= 8
    return len(subject) <= 5


def _bound(text: str, match: re.Match[str]) -> Bound:
    before = text[max(0, match.start() - 24) : match.start()]
    if match["more"] or _LEAST.search(before):
        return "least"
    return "most" if _MOST.search(before) else "none"


def _against(old: Figure, new: Figure) -> bool:
    if old.value == new.value or old.statement is new.statement:
        return False
    if old.topic and new.topic and old.topic != new.topic:
        return False  # another part of the product may have another figure
    return _violates(old, new)


def _violates(old: Figure, new: Figure) -> bool:
    if old.bound == new.bound:
        return True
    limit, given = (old, new) if old.bound != "none" else (new, old)
    if given.bound != "none":
        return False  # "at least 5" and "at most 9" go together
    return given.value > limit.value if limit.bound == "most" else given.value < limit.value
