"""A run before it begins: where its result goes, large, and every parameter with where it comes from."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from core.plain_text import dollars, plural, printable
from tui.widgets import glyphs
from tui.widgets.first_publication_lines import publication_lines, would_be_refused
from tui.widgets.part_lines import PartLine, PartLines, part_line
from tui.widgets.pull_request_card import big_line
from tui.widgets.text_lines import rule, wrap

if TYPE_CHECKING:
    from core.doctor.first_publication import FirstPublication
    from core.errors import TaskdeckError
    from core.runs.request import RunRequest
    from core.runs.wish import Wish

_UNNAMED = "(run)"
_TOGGLES = (("push", "u", "publish first, push the result"), ("pr", "p", "open a pull request"))


class RequestView(PartLines):
    """Scrolls. Shows a refusal where no request can be made of the wish."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.wish: Wish | None = None
        self.request: RunRequest | None = None
        self.publication: FirstPublication | None = None
        self.refusal: TaskdeckError | None = None
        self.can_be_settled = False
        """Whether a key of this sheet settles what the refusal is about."""
        self.checked = False
        self.failing: tuple[str, ...] = ()
        """The names of the checks that stop the run."""
        self.busy = ""

    def begin(self, wish: Wish, busy: str) -> None:
        """Another wish: nothing is known of it yet."""
        self.wish, self.busy = wish, busy
        self.request = self.publication = self.refusal = None
        self.can_be_settled, self.checked, self.failing = False, False, ()

    def lay_out(self, width: int) -> list[PartLine]:
        lines = self._standing(width)
        request = self.request
        if request is not None:
            lines += self._goal(request, width)
            lines += _quiet(_what(request), width)
            if "publish" in request.stages:
                lines += publication_lines(self.publication, self._along, width, asking=bool(self.busy))
        lines += self._toggles(width)
        if request is not None:
            lines += _parameters(request, width)
        return lines

    @property
    def _along(self) -> bool:
        """Whether other unpushed commits may go along."""
        return self.wish is not None and self.wish.include_unpushed

    def _standing(self, width: int) -> list[PartLine]:
        """Whether it can begin. Red is only what truly stops it, and only once that is known."""
        if self.busy:
            return [[(f" ▶ {self.busy}", "status--progress")]]
        if self.refusal is not None:
            return _refusal(self.refusal, width, settled=self.can_be_settled)
        if self.request is None:
            return []
        if not self.checked:
            return _told("!", "It could not be checked; r checks again.", width, "line--next")
        if self.failing:
            one = len(self.failing) == 1
            named = f"the check {self.failing[0]} fails" if one else f"{len(self.failing)} checks fail"
            words = f"It cannot begin: {named}; w lets {'it' if one else 'the one under the cursor'} pass."
            return _told("✕", words, width, "line--alarm")
        if self.publication is not None and would_be_refused(self.publication, self._along):
            return _told("!", "Publishing first would be refused as things stand.", width, "line--next")
        return _told("✓", "Nothing stands in its way; enter begins.", width, "status--done")

    def _goal(self, request: RunRequest, width: int) -> list[PartLine]:
        base = request.remote_base or request.base
        tall = not self.screen.has_class("-short")
        if request.pr:
            return [
                *big_line("INTO", base, width, tall=tall),
                *_quiet(f"by a pull request from {_branch(request)}", width),
            ]
        if request.push:
            where = f"on {request.remote}, meant for {base}; no pull request"
            return [*big_line("BRANCH", _branch(request), width, tall=tall), *_quiet(where, width)]
        if request.branch:
            where = f"stays on this machine, meant for {base or 'no branch'}; nothing is pushed"
            return [*big_line("BRANCH", _branch(request), width, tall=tall), *_quiet(where, width)]
        return [
            *big_line("INTO", "the project's folder", width, tall=tall),
            *_quiet("no git here: nothing is pushed", width),
        ]

    def _toggles(self, width: int) -> list[PartLine]:
        wish = self.wish
        if wish is None:
            return []
        lines: list[PartLine] = [part_line(rule("Choices", width - 1))]
        # What is only delivered is pushed in any case, and nothing is published before.
        for name, key, words in _TOGGLES[1:] if wish.only_delivers else _TOGGLES:
            lines.append(_toggle(key, bool(getattr(wish, name)) or (name == "push" and wish.pr), words))
        if (wish.push or wish.pr or wish.include_unpushed) and not wish.only_delivers:
            lines.append(_toggle("i", wish.include_unpushed, "let other unpushed commits go along"))
        return lines


def _what(request: RunRequest) -> str:
    """What the run makes, in one sentence."""
    names = ", ".join(request.tasks[:8]) + (" …" if len(request.tasks) > 8 else "")
    tasks = f"task{'s' * (len(request.tasks) != 1)} {names}"
    if not request.keys:
        made = "the documents" if request.kind == "docs" else "the work"
        return f"only delivers {made} of {tasks} that passed before; no agent works"
    who = (
        request.agent
        if request.agent == "builtin"
        else f"{request.agent} ({request.model or 'its own model'})"
    )
    if request.kind == "docs":
        return f"{who} writes {plural(request.files_expected, 'file')} for {tasks}; {_price(request)}"
    return f"{who} does {tasks}, set to in-progress as it begins; {_price(request)}"


def _price(request: RunRequest) -> str:
    """What it may cost, as far as anybody can say before."""
    if request.agent == "builtin":
        return "costs nothing"
    if request.budget is None:
        return "costs money without a limit (agent.budget sets one)"
    each = " for each agent" if len(request.keys) > 1 else ""
    return f"may cost up to {dollars(request.budget)}{each}"


def _branch(request: RunRequest) -> str:
    """The branch of the run, which gets its own name only when it begins."""
    return request.branch.replace(request.id, _UNNAMED)


def _toggle(key: str, on: bool, words: str) -> PartLine:
    box = ("[x]", "status--done") if on else ("[ ]", "line--quiet")
    return [(f" {key} ", "line--head"), box, (f" {words}", "" if on else "line--quiet")]


def _parameters(request: RunRequest, width: int) -> list[PartLine]:
    rows = [replace(row, value=row.value.replace(request.id, _UNNAMED)) for row in request.parameters]
    name = min(18, max((len(row.name) for row in rows), default=0))
    source = min(max(12, width // 3), max((len(printable(row.source)) for row in rows), default=0))
    room = max(10, width - name - source - 6)
    lines: list[PartLine] = [part_line(rule("Every parameter, and where it comes from", width - 1))]
    for row in rows:
        values, sources = wrap(printable(row.value), room), wrap(printable(row.source), source)
        for number, (value, told) in enumerate(zip_longest(values, sources, fillvalue="")):
            label = printable(row.name) if number == 0 else ""
            lines.append(
                [
                    (f" {glyphs.fill(label, name)}  ", "line--quiet"),
                    (glyphs.fill(value, room), "line--strong"),
                    ("  " + told, "line--quiet"),
                ]
            )
    return lines


def _refusal(error: TaskdeckError, width: int, *, settled: bool) -> list[PartLine]:
    heading, sign, style = (
        ("Not yet", "!", "line--next") if settled else ("It cannot begin", "✕", "line--alarm")
    )
    lines: list[PartLine] = [part_line(rule(heading, width - 1))]
    return [*lines, *_told(sign, error.message, width, style), *_told("→", error.hint, width, "")]


def _told(sign: str, text: str, width: int, style: str) -> list[PartLine]:
    rows = wrap(printable(text), width - 5)
    return [[(f" {sign if at == 0 else ' '} {part}", style)] for at, part in enumerate(rows)]


def _quiet(words: str, width: int) -> list[PartLine]:
    return [[(" " * 12 + part, "line--quiet")] for part in wrap(printable(words), width - 14)]
