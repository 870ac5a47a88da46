"""Divides a task into subtasks from its own requirements and from what its kind of work always needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.planning.lexicon import MODAL, Layer
from core.planning.outline.frames import CHECKS, MORE, OPENING, PROOF, PROOF_OF_SERVICES, Frame
from core.planning.outline.task_text import TaskText, read_task
from core.planning.outline.wording import clipped, joined, likeness, raised, tokens
from core.planning.planner import SubtaskDraft
from core.tasks.complexity import Score
from core.tasks.model import Task

_NAMED_THINGS = re.compile(r"^((?:`[^`]+`(?:,? and |, )?)+|[A-Z]\w+(?:Service|API)): (.+)$")
_BELONGING = re.compile(r"^((?:`[^`]+`(?:,? and |, )?)+) (?:belongs?|is|are)\b")
_DESCRIBES = re.compile(r"^(?:the |all |an? )?[\w -]{2,40}? (?:is|are) ", re.IGNORECASE)
_FIRST_CARRIES = frozenset({*Layer} - {Layer.TESTS, Layer.OBSERVABILITY, Layer.SECURITY, Layer.DOCUMENTATION})
"""Kinds of work whose later parts rest on the first: an invitation on the board, a table on a table."""
_LEAST, _MOST = 2, 20


@dataclass
class _Piece:
    title: str
    points: list[str] = field(default_factory=list[str])
    advice: str = ""
    role: str = "body"


def divide(task: Task, count: int | None, prompt: str, score: Score | None) -> list[SubtaskDraft]:
    """Subtasks of a task: `count` of them, else as the score recommends, else as the text suggests."""
    text = read_task(task)
    wanted = count or (score.recommended if score is not None and score.recommended else _natural(text))
    pieces = _pieces(text, max(_LEAST if count is None else 1, min(wanted, _MOST if count is None else 100)))
    return _drafts(pieces, text, prompt)


def _natural(text: TaskText) -> int:
    return max(3, min(8, len(text.requirements) + 2))


def _pieces(text: TaskText, wanted: int) -> list[_Piece]:
    """Opening, body, checks and proof, `wanted` in all: few statements bring more of the frame, many less."""
    opening = _framed(OPENING.get(text.layer), text, "opening")
    checks = _framed(CHECKS.get(text.layer), text, "checks")
    proof = _framed(PROOF.get(text.layer, PROOF_OF_SERVICES), text, "proof")
    statements = _asked(text)
    room = wanted - (1 if proof and wanted > 1 else 0)
    proofs = [proof] if proof and wanted > 1 else []
    if len(statements) >= room:
        with_opening = opening is not None and room >= 5
        return [
            *([opening] if with_opening and opening else []),
            *_grouped(statements, room - with_opening, text),
            *proofs,
        ]
    body = _grouped(statements, len(statements), text)
    before = [opening] if opening else []
    after: list[_Piece] = [checks] if checks else []
    after += [
        _Piece(raised(title.format(subject=text.subject)), [], advice, "more") for title, advice in MORE
    ]
    missing = room - len(body)
    before = before[:missing]
    chosen = after[: missing - len(before)]
    late = [piece for piece in chosen if piece.role == "more"]
    return [*before, *body, *(piece for piece in chosen if piece.role == "checks"), *proofs, *late]


def _asked(text: TaskText) -> list[str]:
    """What is to be made. Contracts and schemas are described too; that is for all of their parts."""
    asked = list(text.requirements)
    if text.layer in (Layer.CONTRACT, Layer.SCHEMA):
        made = [
            point
            for point in asked
            if MODAL.search(point) or point.startswith("`") or not _DESCRIBES.match(point)
        ]
        asked = made if len(made) >= 3 else asked
    if text.layer == Layer.ACCESS and len(asked) < 4:
        # One sentence asks for it, the tables say how much it is.
        tables = [names for point in text.context if (names := _named_things(point))]
        asked += [f"Write the queries for {names}" for names in tables[:4]]
    return asked or [text.subject]


def _framed(frame: Frame | None, text: TaskText, role: str) -> _Piece | None:
    if frame is None:
        return None
    subject = text.subject if len(text.subject) <= 50 else re.split(r" (?:of|for|with) ", text.subject)[0]
    subject = clipped(subject, 70)
    return _Piece(frame[0].format(subject=subject), [], frame[1].format(subject=subject), role)


def _grouped(statements: Sequence[str], most: int, text: TaskText) -> list[_Piece]:
    """The statements as at most `most` pieces: neighbours that speak of the same are joined first."""
    groups = [[statement] for statement in statements]
    words = [tokens(statement) for statement in statements]
    sets = list(words)
    while len(groups) > max(most, 1):
        at = min(
            range(len(groups) - 1),
            key=lambda i: (len(groups[i]) + len(groups[i + 1]) - 3 * likeness(sets[i], sets[i + 1]), i),
        )
        groups[at] += groups.pop(at + 1)
        sets[at] = sets[at] | sets.pop(at + 1)
    return [_Piece(_group_title(group, text), list(group)) for group in groups]


def _group_title(group: Sequence[str], text: TaskText) -> str:
    named = (
        [_named_things(point) for point in group] if text.layer in (Layer.CONTRACT, Layer.SCHEMA) else [""]
    )
    if all(named) and (len(group) > 1 or text.layer == Layer.SCHEMA):
        things = [thing for names in named for thing in re.split(r",? and |, ", names)]
        kind = "" if text.layer == Layer.CONTRACT else "the table " if len(things) == 1 else "the tables "
        return f"{'Create' if kind else 'Define'} {kind}{joined(things)}"
    if len(group) == 1:
        return _line(group[0], text, 90)
    first, second = (_line(statement, text, 64) for statement in group[:2])
    verb = next(
        (
            verb
            for verb in ("Set up", "Write the queries for", first.split()[0])
            if first.startswith(verb + " ")
        ),
        "",
    )
    same = bool(verb) and second.startswith(verb + " ") and verb != "Let"
    return f"{first} and {second[len(verb) + 1 :] if same else text.wording.first_lowered(second)}"


def _named_things(statement: str) -> str:
    """What a row of a contract or schema is about: "boards and memberships"; empty for a sentence."""
    found = _NAMED_THINGS.match(statement) or _BELONGING.match(statement)
    return found[1].replace("`", "").strip() if found else ""


def _line(statement: str, text: TaskText, limit: int) -> str:
    """One statement as a title."""
    row = _NAMED_THINGS.match(statement) if text.layer == Layer.CONTRACT else None
    if row:
        return clipped(f"Define {row[1].replace('`', '')} with {row[2]}", limit)
    verb = {Layer.SCAFFOLD: "Set up", Layer.CONTRACT: "Define", Layer.SCHEMA: "Model", Layer.TESTS: "Write"}
    return text.wording.imperative(statement, verb=verb.get(text.layer, "Implement"), limit=limit)


def _drafts(pieces: Sequence[_Piece], text: TaskText, prompt: str) -> list[SubtaskDraft]:
    drafts: list[SubtaskDraft] = []
    taken: set[str] = set()
    needs = _needs(pieces, text.layer)
    for at, piece in enumerate(pieces):
        title = piece.title if piece.title not in taken else f"{piece.title} ({at + 1})"
        taken.add(title)
        criteria = _criteria(piece, text)
        drafts.append(
            SubtaskDraft(
                id=at + 1,
                title=title,
                description=_description(piece, text),
                details=_details(piece, text, prompt if at == 0 else ""),
                dependencies=[need + 1 for need in needs[at]],
                test_strategy=_strategy(piece, criteria, text),
            )
        )
    return drafts


def _needs(pieces: Sequence[_Piece], layer: Layer) -> list[list[int]]:
    """The body rests on the opening or on a part it shares words with, the end on what nothing rests on."""
    needs: list[list[int]] = []
    words = [tokens(" ".join([piece.title, *piece.points])) for piece in pieces]
    for at, piece in enumerate(pieces):
        body = [e for e in range(at) if pieces[e].role == "body"]
        if piece.role == "opening" or at == 0:
            needs.append([])
        elif piece.role == "body":
            close = max(body, key=lambda e: likeness(words[at], words[e]), default=None)
            if close is not None and likeness(words[at], words[close]) >= 0.18:
                needs.append([close])
            else:
                needs.append([0] if pieces[0].role == "opening" or layer in _FIRST_CARRIES else [])
        else:
            used = {need for earlier in needs for need in earlier}
            ends = [e for e in range(at) if e not in used and pieces[e].role in ("body", "checks", "opening")]
            needs.append((ends or [at - 1])[:6])
    return needs


def _criteria(piece: _Piece, text: TaskText) -> list[str]:
    if piece.role == "proof":
        return list(text.acceptance[:4])
    words = tokens(" ".join([piece.title, *piece.points]))
    return [criterion for criterion in text.acceptance if len(words & tokens(criterion)) >= 3][:2]


def _description(piece: _Piece, text: TaskText) -> str:
    if piece.points:
        return " ".join(
            point if point.endswith((".", "!", "?")) else point + "." for point in piece.points[:3]
        )
    return piece.advice or f"Part of: {text.title}."


def _details(piece: _Piece, text: TaskText, prompt: str) -> str:
    blocks: list[str] = []
    if piece.points:
        blocks.append("From the task's requirements:\n" + "\n".join(f"- {point}" for point in piece.points))
    if piece.advice:
        blocks.append(piece.advice)
    if piece.role in ("opening", "proof") and text.requirements:
        blocks.append("It has to answer to:\n" + "\n".join(f"- {point}" for point in text.requirements[:8]))
    if piece.role == "body" and text.context:
        blocks.append("Keep in mind:\n" + "\n".join(f"- {point}" for point in text.context[:3]))
    if prompt:
        blocks.append(f"Asked for: {prompt}")
    return "\n\n".join(blocks) or f"Part of: {text.title}."


def _strategy(piece: _Piece, criteria: Sequence[str], text: TaskText) -> str:
    if criteria:
        return "Show that " + "; ".join(text.wording.first_lowered(c.rstrip(". ")) for c in criteria) + "."
    if piece.points:
        return (
            "A test that fails without it: " + text.wording.first_lowered(piece.points[0].rstrip(". ")) + "."
        )
    return "Reviewed against the requirements of the task." if piece.role == "opening" else piece.advice
