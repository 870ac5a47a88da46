"""Forms of English verbs: "shows" and "shown" lead back to "show"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.planning.lexicon import IRREGULAR, VERBS, word_set

NOUNS_TOO = word_set(
    """audit back balance batch block book broadcast cache capture change check clone comment commit
    control copy cover design display document download draft edit embed end export fetch fill filter
    format function group guard guide handle hash help highlight host import index install issue label
    launch limit link list load lock log look map mark market match measure message mirror mock model monitor
    name note offer open order own package page pass place plan play post present process produce
    profile project prompt proxy push query queue range rank rate read record release request research
    reserve reset restart result resume return review roll route sample scale scan schedule score search
    seed share show snapshot sort split stage start state stop store stream structure support switch
    sync tag target test throttle trace track train transfer trigger update upgrade upload use user view
    visit wait walk watch work zoom"""
)
"""Verbs that are as often nouns at the start of a heading."""


def bases_after_and(words: Sequence[str]) -> list[str]:
    """The words, with a second verb in the form of an order: "and shows" gives "and show"."""
    found = list(words)
    for at in range(1, len(found)):
        base = base_of_third_person(found[at].lower())
        if found[at - 1].lower() in ("and", "or") and base and base not in NOUNS_TOO - {"show"}:
            found[at] = base
    return found


def third_person(words: list[str]) -> str:
    verb = words[0]
    ending = "es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s"
    verb = verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + ending
    return " ".join([verb, *words[1:]])


def is_plural(subject: str) -> bool:
    words = subject.split()
    if words[0].lower() in ("a", "an", "each", "every", "one", "no"):
        return False
    head = re.split(r"\s(?:of|for|with|in|to|from|except|that|who|which)\s", subject)[0]
    return " and " in head or (head.endswith("s") and not head.endswith(("ss", "us", "is")))


def base_of_third_person(word: str) -> str:
    if not word.endswith("s") or word.endswith("ss"):
        return ""
    return next((base for base in (word[:-1], word[:-2], word[:-3] + "y") if base in VERBS), "")


def and_base(found: re.Match[str]) -> str:
    base = base_of_participle(found[1].lower())
    return f"and {base}" if base and base != found[1] else found[0]


def base_of_participle(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if not word.endswith("ed"):
        return ""
    for base in (word[:-1], word[:-2], word[:-3], word[:-3] + "y"):
        if base in VERBS:
            return base
    return ""
