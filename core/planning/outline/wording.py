"""Puts statements of a PRD into the imperative, and headings into titles of work."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from core.planning.lexicon import (
    COUNT_NOUNS,
    GENERIC,
    KNOWN_NAMES,
    NOMINAL_VERBS,
    STOPWORDS,
    VERBS,
    word_set,
)
from core.planning.outline.verb_forms import (
    NOUNS_TOO,
    and_base,
    base_of_participle,
    base_of_third_person,
    bases_after_and,
    is_plural,
    third_person,
)

_WORD = re.compile(r"[^\W_](?:[\w'’-]|\.(?=\w))*")
_RUNNING = re.compile(r"(\S)\s+[\"'`(]*([^\W\d_][\w'’-]*)")
_MODAL_SPLIT = re.compile(
    r"^(?P<subject>.{1,110}?)\s+(?P<modal>must|shall|should|can|could|will|may|needs? to|(?:has|have) to)"
    r"(?P<never>\s+(?:not|never))?\s+(?P<also>(?:also|always|only)\s+)?(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_STORY = re.compile(
    r"^as an? (?P<who>.{1,80}?), (?:i|we) (?:want|need|would like|wish)"
    r"(?: to)?(?: be able to)? (?P<rest>.+)$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"^(?:(?:the|this|our|an?)\s+)?(?:\w+[- ])?(?:system|service|server|app|application|platform|"
    r"product|tool|api|"
    r"implementation|package|project|program|we|it|solution|library|back[- ]?end|cli|site|website|all)$",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:users?|persons?|people|members?|operators?|clients?|customers?|admin(?:istrator)?s?|owners?|"
    r"editors?|viewers?|"
    r"developers?|leads?|managers?|visitors?|guests?|authors?|players?|students?|teachers?|team|they|i|"
    r"agents?)$",
    re.IGNORECASE,
)
_ARTEFACT = re.compile(
    r"\b(?:chart|image|dashboard|script|pipeline|workflow file|command|command line|cli|page|screen|"
    r"report|guide|tests?|"
    r"template|wizard|job|migration)$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^((?:when|after|before|if|once|while|during|on|for|in|at)\s.+?),?\s+((?:the|an?|every|each|"
    r"all)\s+[\w-]+)$",
    re.IGNORECASE,
)
_PLAIN_ACTIONS = word_set(
    """create update delete rename archive restore add edit remove list search filter sort limit invite
    change export import upload download assign move revoke approve reject cancel configure manage track
    schedule share generate send receive order book rate tag group copy merge mark"""
)
"""Actions whose name is enough: "create boards", where "watch" needs its "let a client"."""
_TAIL = re.compile(r"\s*[(\[][^()\[\]]{0,80}[)\]]\s*$")
_WAIT = re.compile(r"^(?:(?:days?|weeks?|phase|sprint|step|task|story|epic|us|fr|nfr|req|requirement|feature)"
                   r"[\s-]*\d[\d.\s–-]*[:.)–-]\s*)+", re.IGNORECASE)  # fmt: skip
_CLAUSE_END = re.compile(
    r"\s*(?:;|:(?!\d\d)|\s[–—]\s|, (?:so|which|because|and (?:it|they|the|each)|but|then|each|whatever)\b|"
    r"\b(?:so that|because|in order to|while|whenever|and (?:can|must|should|may))\b)"
)
_DANGLING = word_set(
    """a an the and or of to in on for with by from at as is are be that which who its their per than into
    each every can must within without below above under over against through during after before
    between when where if no not only via such"""
)


def tokens(text: str) -> frozenset[str]:
    """The telling words of a text, lower case and without plural endings."""
    return frozenset(
        stem(word) for word in _WORD.findall(text.lower()) if word not in STOPWORDS and len(word) > 1
    )


def stem(word: str) -> str:
    """A word without the endings that hide that two texts mean the same."""
    for end, put in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        if word.endswith(end) and len(word) - len(end) >= 3 and not word.endswith(("ss", "us", "is")):
            return word[: -len(end)] + put
    return word


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard index of two sets of words, 0 to 1."""
    return len(a & b) / len(a | b) if a and b else 0.0


def containment(a: frozenset[str], b: frozenset[str]) -> float:
    """Which share of the smaller set is in the other, 0 to 1."""
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


class Wording:
    """Knows which capitalised words of a document are names, so that titles keep only those."""

    def __init__(self, texts: Iterable[str]) -> None:
        upper: Counter[str] = Counter()
        lower: Counter[str] = Counter()
        for text in texts:
            words = _WORD.findall(text)
            capitals = sum(1 for word in words if word[:1].isupper())
            if capitals * 2 > len(words):
                continue  # a heading or a list of labels says nothing about names
            for before, word in _RUNNING.findall(text):
                if before not in ".:!?–—(":
                    (upper if word[:1].isupper() else lower)[word.lower()] += 1
        self._names = {
            word for word, times in upper.items() if times > lower[word] and word not in GENERIC | _PLAIN
        }

    def is_name(self, word: str) -> bool:
        parts = word.split("-")
        if "." in word:
            return True
        if any(c.isupper() or c.isdigit() for part in parts for c in part[1:]):
            return True
        return any(part.lower() in self._names or part.lower() in KNOWN_NAMES for part in parts)

    def lowered(self, phrase: str) -> str:
        """A heading in lower case but for names: "User Login via OAuth2" -> "user login via OAuth2"."""
        if phrase.isupper() and len(phrase) > 5:
            phrase = phrase.capitalize()  # a text file's way to write a heading
        return _WORD.sub(lambda m: m[0] if self.is_name(m[0]) or m[0] == "I" else m[0].lower(), phrase)

    def first_lowered(self, phrase: str) -> str:
        word = _WORD.match(phrase)
        if word is None or self.is_name(word[0]) or (len(word[0]) == 1 and word[0] != "A"):
            return phrase
        return phrase[0].lower() + phrase[1:]

    def heading_title(self, heading: str, verb: str) -> str:
        """The title of the work behind a heading; `verb` is put before a heading that names a thing."""
        phrase = bare(heading)
        words = phrase.split()
        if sum(1 for word in words if word[:1].isupper()) * 2 >= len(words):
            phrase = self.lowered(phrase)  # Written Like a Heading
            words = phrase.split()
        if not words:
            return verb.capitalize()
        if self._is_order(words):
            return raised(phrase)
        action = NOMINAL_VERBS.get(words[-1].lower())
        if action and len(words) > 2 and words[-2].lower() in NOMINAL_VERBS:
            words.pop()  # "error handling modernization integration": the second action is the work
            action = NOMINAL_VERBS[words[-1].lower()]
        plain_case = len(words) > 1 and "and" not in words and "&" not in words and "for" not in words
        if action and plain_case and words[-2].lower() not in ("api", "data", "system"):
            return raised(f"{action} {with_article(' '.join(words[:-1]))}")
        phrase = phrase if self.is_name(words[0]) else phrase[:1].lower() + phrase[1:]
        return raised(f"{verb} {with_article(phrase)}".strip())

    @staticmethod
    def _is_order(words: list[str]) -> bool:
        """Whether a heading already says what to do: "Mark todos as done", but not "Batch operations"."""
        first = words[0].lower()
        if len(words) < 2 or first not in VERBS:
            return False
        second = words[1].lower()
        if first in NOUNS_TOO:
            return second in _DETERMINERS or (len(words) > 3 and words[2] in ("as", "to", "from", "by"))
        return second not in COUNT_NOUNS and second not in ("and", "&")

    def imperative(self, text: str, *, verb: str = "Implement", limit: int = 84) -> str:
        """A statement as a line that says what to do, without a full stop and at most `limit` characters."""
        sentence = bare(text).rstrip(".!").strip()
        sentence = re.split(r";\s", sentence, maxsplit=1)[0] if len(sentence) > 40 else sentence
        labelled = _LABELLED.match(sentence)
        if labelled and len(labelled[1].split()) <= 3 and _is_short_list(labelled[2]):
            label = self.lowered(labelled[1])
            made = f"{verb} {labelled[2]} as {label}" if verb == "Set up" else f"{verb} {label} {labelled[2]}"
            return clipped(raised(made), limit)
        sentence = _BARE_MODAL.sub(lambda found: "do not " if found[1] else "", sentence)
        if _BOUND.match(sentence):
            return clipped(f"Support {self.first_lowered(sentence)}", limit)
        if sentence.lower().startswith("no "):
            return clipped(f"Allow no {sentence[3:]}", limit)
        story = _STORY.match(sentence)
        if story:
            return clipped(raised(_of_story(story["who"], story["rest"])), limit)
        told = _LABELLED_SENTENCE.match(sentence)
        if told and (_MODAL_SPLIT.match(told[1]) or _IS_DONE.match(told[1])):
            return self.imperative(told[1], verb=verb, limit=limit)
        case = _CASE.match(sentence)
        if case and (_MODAL_SPLIT.match(case[2]) or self._tells(case[2])):
            made = self.imperative(case[2], verb=verb, limit=limit)
            whole = f"{made} {self.first_lowered(case[1])}"
            return whole if len(whole) <= limit else made
        first = _WORD.match(sentence)
        if first and first[0].lower() in VERBS and not _MODAL_SPLIT.match(sentence[:60]):
            return clipped(raised(sentence), limit)
        shown = base_of_third_person(first[0].lower()) if first else ""
        if shown and (shown not in NOUNS_TOO or shown == "show") and " " in sentence:
            return clipped(raised(f"{shown} {sentence.split(maxsplit=1)[1]}"), limit)  # "Shows the output"
        found = _MODAL_SPLIT.match(sentence)
        if found:
            done = self._from_modal(
                found["subject"], bool(found["never"]), found["modal"].lower(), found["rest"]
            )
            return clipped(raised(done), limit)
        return clipped(raised(self._from_present(sentence, verb)), limit)

    def _from_modal(self, subject: str, never: bool, modal: str, rest: str) -> str:
        subject = self.first_lowered(subject.strip())
        opening = _OPENING.match(subject)
        if opening:
            return f"{self._from_modal(opening[2], never, modal, rest)} {opening[1]}"
        words = rest.split()
        verb = words[0].lower().strip(",")
        plural = is_plural(subject)
        if never:
            verb_phrase = f"{'are' if plural else 'is'} not {rest[3:]}" if verb == "be" else ""
            return f"ensure {subject} {verb_phrase or ('do not ' if plural else 'does not ') + rest}"
        if rest.lower().startswith("be able to "):
            return self._allowed(subject, rest[11:])
        if verb == "be" and len(words) > 1:
            return self._passive(subject, plural, modal, words)
        if modal in ("can", "may", "could") or _PEOPLE.search(subject):
            return self._allowed(subject, rest)
        return self._active(subject, plural, words, rest)

    @staticmethod
    def _passive(subject: str, plural: bool, modal: str, words: list[str]) -> str:
        if modal in ("can", "may"):
            return f"let {subject} {' '.join(words)}"
        base = base_of_participle(words[1].strip(",").lower())
        if base:
            return " ".join([base, subject, *words[2:]])
        return f"ensure {subject} {'are' if plural else 'is'} {' '.join(words[1:])}"

    @staticmethod
    def _active(subject: str, plural: bool, words: list[str], rest: str) -> str:
        if _PRODUCT.match(subject):
            return rest
        if words[0].lower() == "support" and len(words) > 1:
            return f"{rest} for {subject}"
        if _ARTEFACT.search(subject) and subject != "the page":
            made = "write" if re.search(r"\btests?$", subject) else "provide"
            return f"{made} {subject} that {rest if plural else third_person(words)}"
        return f"make {subject} {rest}"

    def _allowed(self, subject: str, rest: str) -> str:
        first = rest.split()[0].lower().strip(",") if rest.split() else ""
        simple = len(subject.split()) <= 3 and "," not in subject
        return rest if simple and first in _PLAIN_ACTIONS else f"let {subject} {rest}"

    def is_told(self, heading: str) -> bool:
        """Whether a heading is a sentence that tells how it is: "The page shows the list", "If ..., ..."."""
        first = heading.split()[0].lower() if heading.split() else ""
        if _CASE.match(heading) or _BARE_MODAL.match(heading) or _BOUND.match(heading):
            return True
        return first == "shows" or (first in _TELLING and self._tells(heading))

    def _tells(self, sentence: str) -> bool:
        """Whether a clause can be put as an order: "it tries again", "changes are queued"."""
        return not self._from_present(sentence, "").startswith(" ")

    @staticmethod
    def _made_to(subject: str, action: list[str]) -> str:
        """What lets a subject act: "it reads" gives "read", "the baker sees" gives "let the baker see"."""
        if _PRODUCT.match(subject) or (_SHOWING.search(subject) and action[0] == "show"):
            return " ".join(action)
        if _PEOPLE.search(subject) or action[0] in _PERCEIVING:
            return f"let {subject} {' '.join(action)}"
        return f"make {subject} {' '.join(action)}"

    def _from_present(self, sentence: str, verb: str) -> str:
        words = sentence.split()
        for at in range(1, min(6, len(words))):
            word = words[at].lower().strip(",")
            subject = self.first_lowered(" ".join(words[:at]))
            if word in ("has", "have") and at < len(words) - 1:
                return f"give {subject} {' '.join(words[at + 1 :])}"
            if word in ("is", "are") and at < len(words) - 1:
                base = base_of_participle(words[at + 1].strip(",").lower())
                rest = re.sub(r"\band (\w+)\b", and_base, " ".join(words[at + 2 :]))
                return f"{base} {subject} {rest}" if base else f"ensure {subject} {' '.join(words[at:])}"
            base = base_of_third_person(word)
            if base and (words[0].lower() in _DETERMINERS or (at == 1 and base not in NOUNS_TOO)):
                return self._made_to(subject, [base, *bases_after_and(words[at + 1 :])])
        plural = _PLURAL_PRESENT.match(sentence)
        if plural:
            subject = self.first_lowered(plural[1])
            return f"{plural[2]} {subject} {plural[3]}"
        return f"{verb} {self.first_lowered(sentence)}"


_BARE_MODAL = re.compile(r"^(?:must|shall|should|will|can)\s+(not\s+|never\s+)?(?=\w)", re.IGNORECASE)
_BOUND = re.compile(r"^(?:at (?:most|least)|up to|no more than|fewer than|more than) \d", re.IGNORECASE)
_TELLING = word_set("the a an each every it they")
_PERCEIVING = word_set("see find know learn choose hear notice understand")
"""What people do with a product: such an action stays theirs in a title."""
_SHOWING = re.compile(r"\b(?:page|screen|view|dashboard|site|window|app)$", re.IGNORECASE)
_CASE = re.compile(r"^((?:if|when|whenever|once|unless) [^,]{3,70}), (?:then )?(\S.{5,})$", re.IGNORECASE)
_LABELLED_SENTENCE = re.compile(r"^[A-Za-z][\w /&-]{1,30}: ((?:\S+ ){3,}\S+)$")
_IS_DONE = re.compile(
    r"^(?:the|an?|each|every|all|it)\b.{2,60}? (?:is|are) \w+(?:ed|wn|en|nt|pt|ld|t)\b", re.I
)
_LABELLED = re.compile(r"^([A-Za-z][\w /&-]{1,30}): (\S.*)$")
_PLURAL_PRESENT = re.compile(r"^(.{3,90}?) (run|apply) ((?:in|on|to|at|before|after) .+)$")
_PLAIN = word_set(
    """enhanced modified basic advanced layer infrastructure enhancement evaluation foundation integrated
    smart interactive phase task level final initial section existing"""
)
"""Words that titles often raise and that are never names."""
_DETERMINERS = word_set("a an the every each all any it this that new your our")


def bare(text: str) -> str:
    """A heading or sentence without counters in front and remarks in brackets behind."""
    text = text.replace("`", "").strip()
    text = _WAIT.sub("", text)
    while True:
        shorter = _TAIL.sub("", text)
        if shorter == text or not shorter.strip():
            return text.strip(" :–—-")
        text = shorter


def joined(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def raised(text: str) -> str:
    return text[:1].upper() + text[1:]


def with_article(phrase: str) -> str:
    """ "status workflow" -> "the status workflow"; names, plurals and mass nouns stay as they are."""
    words = phrase.split()
    if not words or words[0].lower() in ("the", "a", "an", "all", "each", "every"):
        return phrase
    head = re.split(r"\s(?:for|of|with|in|to|and)\s", phrase)[0].split()[-1].lower() if phrase.split() else ""
    counted = head in COUNT_NOUNS or (len(words) > 1 and len(head) > 5 and head.endswith(("er", "or")))
    return f"the {phrase}" if counted else phrase


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, ended where a clause ends, without a dangling preposition."""
    text = " ".join(text.split())
    short = text
    for found in _CLAUSE_END.finditer(text):
        if found.start() >= 14:
            short = text[: found.start()]
            break
    short = _TAIL.sub("", short) or short
    if len(short) > limit:
        comma = short.rfind(", ", limit // 2, limit)
        short = short[:limit].rsplit(" ", 1)[0] if comma < 0 else short[:comma]
        open_at = short.rfind("(")
        if open_at > short.rfind(")"):
            short = short[:open_at]
        short = _without_stub(short)
    words = short.rstrip(" ,.;:–—-").split()
    while len(words) > 3 and words[-1].lower().strip(",") in _DANGLING:
        words.pop()
    return " ".join(words).rstrip(",.;:")


def _without_stub(text: str) -> str:
    """A text that was cut, without a last piece of up to three words that says too little alone."""
    words = text.split()
    for back in range(1, 4):
        if len(words) - back >= 5 and words[-back].lower() in _DANGLING - {"a", "an", "the"}:
            return " ".join(words[:-back])
    return text


def _of_story(who: str, rest: str) -> str:
    """What somebody wants to do; to see or to know something is not an order by itself."""
    first = rest.split()[0].lower()
    if first not in _PERCEIVING - {"find", "choose"}:
        return rest
    return f"let {with_determiner(who)} {rest}"


def with_determiner(who: str) -> str:
    """ "carer" -> "a carer", "owner of a shop" -> "an owner of a shop"."""
    return f"{'an' if who[:1].lower() in 'aeiou' else 'a'} {who}"


def _is_short_list(text: str) -> bool:
    return all(len(part.split()) <= 3 for part in text.split(",")) and not re.search(r"[.;:]\s", text)
