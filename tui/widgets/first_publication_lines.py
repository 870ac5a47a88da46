"""What a run publishes before anything else: the commit it makes, where that goes, what goes along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.plain_text import plural, printable
from tui.widgets import glyphs
from tui.widgets.part_lines import PartLine, part_line
from tui.widgets.text_lines import rule, wrap

if TYPE_CHECKING:
    from core.doctor.first_publication import FirstPublication

_LABEL = 11
_MOST = 12

_Row = tuple[str, str, str]
"""Label, text and style."""


def publication_lines(
    found: FirstPublication | None, along: bool, width: int, *, asking: bool
) -> list[PartLine]:
    """The rows; `along` says that other commits may go, `asking` that the answer is still to come."""
    if found is None and not asking:
        return []  # the check of that name says why nothing is known
    lines: list[PartLine] = [part_line(rule("Published first, before an agent begins", width - 1))]
    if found is None:
        return [*lines, [(" ▶ checking what would be committed …", "status--progress")]]
    for label, text, style in _rows(found, along):
        for number, part in enumerate(wrap(printable(text), width - _LABEL - 3) or [""]):
            lines.append([(f" {label if number == 0 else '':<{_LABEL}}", "line--quiet"), (part, style)])
    return [*lines, *_others(found, width)]


def would_be_refused(found: FirstPublication, along: bool) -> bool:
    """Whether that stage would end the run, as things are now."""
    return bool(found.state.problems) or bool(found.others and not along)


def _rows(found: FirstPublication, along: bool) -> Iterator[_Row]:
    state = found.state
    if found.is_there:
        yield "commit", f"none: {state.target} holds exactly these files already", "line--quiet"
        return
    for number, path in enumerate(found.paths[:_MOST]):
        yield "" if number else "commit", path, "line--strong"
    if len(found.paths) > _MOST:
        yield "", f"and {len(found.paths) - _MOST} more", ""
    if found.marked:
        named = ", ".join(found.marked[:6]) + (" …" if len(found.marked) > 6 else "")
        which = f"task {named} is" if len(found.marked) == 1 else f"tasks {named} are"
        yield "", f"once {which} set to in-progress", "line--quiet"
    if found.paths:
        yield "message", found.message, ""
    else:
        yield "commit", f"none: {(state.commit or '')[:7]} holds these files already", "line--quiet"
    yield "push to", f"{state.target or 'no remote'}, never by force", ""
    if state.address:
        yield "", state.address, "line--quiet"
    yield from _problems(found)
    yield from _along(len(found.others), along)


def _problems(found: FirstPublication) -> Iterator[_Row]:
    for problem in found.state.problems:
        yield "refused", problem.message, "line--next"
        if problem.hint:
            yield "", f"→ {problem.hint}", ""


def _along(count: int, along: bool) -> Iterator[_Row]:
    if not count:
        yield "along", "no other commit", ""
        return
    what = plural(count, "other unpushed commit")
    if along:
        yield "along", f"{what}, as you allowed", ""
    else:
        yield "along", f"{what}, which is refused: i allows {'it' if count == 1 else 'them'}", "line--next"


def _others(found: FirstPublication, width: int) -> list[PartLine]:
    lines: list[PartLine] = []
    for other in found.others[:_MOST]:
        told = printable(f"{other.subject}  ({other.author})")
        lines.append(
            [
                (" " * (_LABEL + 1), ""),
                (f"{other.commit[:7]}  ", "line--quiet"),
                (glyphs.one_line(told, width - _LABEL - 12), ""),
            ]
        )
    if len(found.others) > _MOST:
        lines.append([(f"{' ' * (_LABEL + 1)}and {len(found.others) - _MOST} more", "line--quiet")])
    return lines
