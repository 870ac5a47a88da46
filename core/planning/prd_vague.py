"""Words in requirements that nobody can test, as long as no figure or criterion stands beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vague:
    """A word as it stands, and what to write instead."""

    word: str
    hint: str


_KINDS: tuple[tuple[str, str], ...] = (
    (
        r"(?<!fail )(?<!fails )fast(?:er|est)?(?! (?:path|forward|lane|track|fail|refresh|start))|"
        r"quick(?:ly|er)?(?! (?:start|guide|reference|win|links?|actions?|search|filter|setup|add|look))|"
        r"rapid(?:ly)?|instant(?:ly|aneous(?:ly)?)|snappy|speedy|performant|high[- ]performance|"
        r"(?:low|minimal)[- ]latency|responsive(?! (?:design|layout|web|ui|images?|grid|break))",
        'Name a time and how it is measured: "within 200 ms for 95 of 100 requests".',
    ),
    (
        r"user[- ]friendly|easy(?:[- ]to[- ]\w+)?|easily|intuitive(?:ly)?|seamless(?:ly)?|effortless(?:ly)?|"
        r"frictionless|delightful|pleasant|polished|simple to use|convenient(?:ly)?|hassle[- ]free",
        'Name a task, a person and a figure: "a new user finishes it in 2 minutes without help".',
    ),
    (
        r"robust(?:ly|ness)?|(?:highly |more )?reliabl[ey]|resilient|rock[- ]solid|bullet[- ]?proof|"
        r"gracefully|highly available|(?:high|good) availability|stable enough",
        "Name the failures it must survive and what happens then.",
    ),
    (
        r"(?:highly |infinitely )?scalable|scales? well|future[- ]proof|"
        r"(?:highly |more )?(?:flexible|extensible|maintainable)(?! enough)",
        "Name the load or the change it must bear: how many, how often, in which time.",
    ),
    (
        r"(?:highly )?efficient(?:ly)?|optimal(?:ly)?|state[- ]of[- ]the[- ]art|world[- ]class|"
        r"best[- ]in[- ]class|cutting[- ]edge|as (?:fast|quickly|soon|few|little|much) as possible|"
        r"(?:as|where|if|when) appropriate|adequate(?:ly)?|reasonabl[ey]|sufficient(?:ly)?|acceptable|"
        r"good (?:performance|quality|experience)",
        "Say by what one can see it: a figure, an example, or a test that passes.",
    ),
)
_WORDS = re.compile(
    "|".join(rf"(?P<kind{at}>(?<![\w-])(?:{words})(?![\w-]))" for at, (words, _) in enumerate(_KINDS)),
    re.IGNORECASE,
)
_NOT_PROSE = re.compile(r"`[^`\n]*`|\"[^\"\n]{0,200}\"|“[^”\n]{0,200}”|https?://\S+|\S*/\S*/\S*")
_CRITERION = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|once|twice|half)\b|"
    r"\b(?:at most|at least|within a|so that|by (?:using|means of)|"
    r"than|measured|according to|as defined|defined in|passes|passing)\b",
    re.IGNORECASE,
)


def vague_words(text: str, below: Sequence[str] = ()) -> list[Vague]:
    """The words of a requirement that nobody can test; none where it or a point below gives a measure."""
    prose = _NOT_PROSE.sub(" ", text[:2000])
    found = [
        Vague(match[0], _KINDS[int((match.lastgroup or "kind0")[4:])][1]) for match in _WORDS.finditer(prose)
    ]
    if not found or _CRITERION.search(prose) or any(_CRITERION.search(point[:500]) for point in below):
        return []
    return list({one.word.lower(): one for one in found}.values())
