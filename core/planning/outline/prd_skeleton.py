"""An honest first PRD from one idea: the sections a plan needs, with questions where nothing is known."""

from __future__ import annotations

from collections.abc import Iterator

from core.planning.lexicon import SOFTWARE, VERBS
from core.planning.outline.wording import clipped, raised

_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Users", ("Who uses it, and what do they want to get done?", "Who runs it?")),
    ("Goals", ("What is different for them when it works? How would you notice?",)),
    ("Non-goals", ("What will it not do, although one could expect it?",)),
    ("Functional requirements", ()),
    ("Interfaces", ("Which programs or people call it, and how (gRPC, REST, command line, screen)?",)),
    ("Data model", ("Which things does it keep, with which fields? Where are they stored?",)),
    ("Non-functional requirements", ("How fast, for how many, how often may it fail? Name figures.",)),
    ("Security", ("Who may do what? What must never leak?",)),
    ("Observability", ("What does an operator have to see?",)),
    ("Testing and acceptance", ("What has to be shown before it counts as done?",)),
    ("Deployment", ("Where does it run, and how does it get there?",)),
    ("Open questions", ("What is undecided, and who decides?",)),
)


def prd_pieces(idea: str) -> Iterator[str]:
    """A PRD in Markdown, piece by piece. Lines that begin with "Question:" are for the author to answer."""
    idea = " ".join(idea.split())
    yield f"# {_name(idea)}\n\n"
    yield (
        "> A skeleton made by rules, no model: only the idea below was known. Answer the questions and "
        "delete them;\n"
        '> write requirements as list items with "must", "should" or "could".\n\n'
    )
    yield f"## Overview\n\n{raised(idea)}{'' if idea.endswith(('.', '!', '?')) else '.'}\n\n"
    for number, (title, questions) in enumerate(_SECTIONS, start=1):
        yield f"## {number}. {title}\n\n"
        if title == "Functional requirements":
            yield from _requirements(idea)
        yield "".join(f"- Question: {question}\n" for question in questions) + ("\n" if questions else "")


def _name(idea: str) -> str:
    words = clipped(idea, 60).split()
    if words and words[0].lower() in VERBS | {"i", "we"} and len(words) > 2:
        words = words[1:]
        while len(words) > 1 and words[0].lower() in ("a", "an", "the", "want", "need", "to"):
            words = words[1:]
    return raised(" ".join(words))


def _requirements(idea: str) -> Iterator[str]:
    kind = "The service" if SOFTWARE.search(idea) else "It"
    yield "### 4.1 The main thing it does\n\n"
    yield f"- {kind} must … (from the idea: {clipped(idea, 90)})\n"
    yield "- Question: What goes in, what comes out, and what may go wrong?\n\n"
    yield "Acceptance: how does one see that it works?\n\n"
    yield "### 4.2 The next area\n\n- Question: Which areas does it fall into? One heading for each.\n\n"
