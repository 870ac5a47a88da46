"""A pull request as a card: base and head large, state, files, checks, gate, link; what is wrong in red."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.plain_text import printable
from core.publishing.forge.words import STATE_WORDS, checks_words, merging_words
from core.runs.standing import failing_words
from tui.bridges.stages import age_text
from tui.widgets import glyphs
from tui.widgets.glyphs import Sign
from tui.widgets.part_lines import PartLine, PartLines, part_line
from tui.widgets.text_lines import rule, wrap

if TYPE_CHECKING:
    from core.publishing.forge.model import PullRequest
    from tui.bridges.pull_requests import Card

STATES: dict[str, Sign] = {
    "open": Sign("●", "status--progress", STATE_WORDS["open"]),
    "draft": Sign("◌", "status--pending", STATE_WORDS["draft"]),
    "closed": Sign("✕", "line--alarm", STATE_WORDS["closed"]),
    "merged": Sign("✓", "status--done", STATE_WORDS["merged"]),
}
_CHECKS: dict[str, tuple[str, str]] = {
    "none": ("–", "line--quiet"),
    "pending": ("▶", "status--progress"),
    "passed": ("✓", "status--done"),
    "failed": ("✕", "line--alarm"),
}
_MERGING: dict[str, tuple[str, str]] = {
    "conflicts": ("✕", "line--alarm"),
    "behind": ("!", "line--next"),
    "blocked": ("!", "line--next"),
    "clean": ("✓", "status--done"),
    "unknown": ("?", ""),
}
_NAME = 9


class PullRequestCard(PartLines):
    """One card. `now` is the clock, seconds since the epoch."""

    def __init__(self, now: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now = now
        self.card: Card | None = None
        self.busy = ""

    def lay_out(self, width: int) -> list[PartLine]:
        card = self.card
        lines: list[PartLine] = []
        if self.busy:
            lines.append([(f" ▶ {self.busy}", "status--progress")])
        if card is None:
            return lines
        lines += self._headline(card, width)
        for words in card.wrong:
            lines += _wrapped("✕", words, width, "line--alarm")
        # On a small screen the rows below matter more than the air around the name.
        short = self.screen.has_class("-short")
        banner = _banner(card, width, tall=not short)
        lines += banner if short else [[], *banner, []]
        lines += self._facts(card, width)
        lines += _gate(card, width)
        if card.offered:
            lines.append(part_line(rule("Offered", width - 1)))
            names = f"task {card.keys[0]}" if len(card.keys) == 1 else f"the {len(card.keys)} tasks"
            lines += _wrapped("s", f"sets {names} to {card.offered}. Nothing is set unasked.", width, "")
        return lines

    def _headline(self, card: Card, width: int) -> list[PartLine]:
        found = card.found
        if found is None:
            words = card.words or "No pull request was made yet."
            ended = card.state in ("failed", "missed")
            said = _wrapped("✕" if ended else "○", words, width, "line--alarm" if ended else "line--strong")
            return said + (_wrapped("→", card.way, width, "") if card.way else [])
        sign, style = STATES[found.state], "line--strong"
        failing = failing_words(found)
        if failing or (card.wrong and found.state != "closed"):
            sign, style = Sign("✕", "line--alarm", sign.label), "line--alarm"
        told = printable(", ".join(filter(None, (f"{found.label} {sign.label}", failing))))
        told = glyphs.one_line(told, width - 4)
        title = glyphs.one_line(printable(found.title), max(0, width - 6 - glyphs.cell_len(told)))
        return [[(f" {sign.glyph} ", sign.style), (told, style), (f"  {title}", "")]]

    def _facts(self, card: Card, width: int) -> list[PartLine]:
        found = card.found
        rows: list[tuple[str, str, str]] = [("link", card.link, "line--link")]
        if found is not None:
            rows += _read_facts(found)
        else:
            rows += [
                (name, card.proof[name], "") for name in ("commit", "files", "checks") if name in card.proof
            ]
        rows.append(("run", f"{card.run}, {_tasks(card)}", ""))
        if card.finishes:
            rows.append(("finishes", f"run {card.finishes}", ""))
        if card.recorded is not None:
            rows.append(("recorded", f"{age_text(self.now() - card.recorded)} by the run", "line--quiet"))
        if card.read_at is not None:
            said = f"{age_text(self.now() - card.read_at)} from {card.forge}"
            rows.append(("read", said, "line--quiet"))
        if card.why:
            rows.append(("not read", card.why, "line--next"))
        lines: list[PartLine] = []
        for name, value, style in rows:
            for number, part in enumerate(wrap(printable(value), width - _NAME - 4)):
                label = name if number == 0 else ""
                lines.append([(f" {label:<{_NAME}}  ", "line--quiet"), (part, style)])
        return lines


def _read_facts(found: PullRequest) -> list[tuple[str, str, str]]:
    rows = [("commit", found.head_commit, "")]
    if found.files is not None:
        rows.append(("files", f"{found.files} changed", ""))
    if found.checks is not None:
        glyph, style = _CHECKS[found.checks.state]
        rows.append(("checks", f"{glyph} {checks_words(found.checks)}", style))
    if words := merging_words(found):
        glyph, style = _MERGING[found.merging.state]
        rows.append(("merging", f"{glyph} {words}", style))
    return rows


def _banner(card: Card, width: int, *, tall: bool) -> list[PartLine]:
    """Where it goes, large: the one thing nobody may overlook."""
    found = card.found
    base = found.base if found else card.proof.get("base") or card.base
    head = found.head if found else card.proof.get("head") or card.head
    bad = base != card.base and bool(card.base)
    return [
        *big_line("INTO", base or "no base", width, alarm=bad, tall=tall),
        [
            (f" {'from':<{_NAME}}  ", "line--quiet"),
            (glyphs.one_line(printable(head), width - 14), "line--strong"),
        ],
    ]


def big_line(label: str, name: str, width: int, *, alarm: bool = False, tall: bool = True) -> list[PartLine]:
    """A branch's name as large as a terminal can: spaced out where it fits, on a ground of its own."""
    plain = glyphs.plain(printable(name))
    spaced = " ".join(plain)
    room = width - _NAME - 8
    shown = spaced if len(spaced) <= room and plain.isascii() else glyphs.one_line(plain, room)
    style = "line--shout" if alarm else "line--chosen"
    middle: PartLine = [(f" {label:<{_NAME}}  ", "line--strong"), (f"  {shown}  ", style)]
    edge: PartLine = [(f" {'':<{_NAME}}  ", ""), (" " * (glyphs.cell_len(shown) + 4), style)]
    return [edge, middle, edge] if tall else [middle]


def _gate(card: Card, width: int) -> list[PartLine]:
    if not card.gate:
        return []
    lines: list[PartLine] = [part_line(rule("Gate", width - 1))]
    for passed, words in card.gate:
        lines += _wrapped("✓" if passed else "✕", words, width, "status--done" if passed else "line--alarm")
    return lines


def _tasks(card: Card) -> str:
    what = "documents of " if card.kind == "docs" else ""
    named = ", ".join(card.keys[:8]) + (" …" if len(card.keys) > 8 else "")
    return f"{what}task{'s' * (len(card.keys) != 1)} {named}"


def _wrapped(sign: str, text: str, width: int, style: str) -> list[PartLine]:
    rows = wrap(printable(text), width - 5)
    return [
        [(f" {sign if number == 0 else ' '} ", style), (part, style if style == "line--alarm" else "")]
        for number, part in enumerate(rows)
    ]
