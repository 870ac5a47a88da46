"""Checks as a list: state, name and evidence in one row each, the worst first; one of them whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from core.plain_text import printable
from tui.widgets import glyphs
from tui.widgets.glyphs import Sign
from tui.widgets.line_view import NOTICE
from tui.widgets.part_lines import CursorList, PartLine, PartLines
from tui.widgets.text_lines import wrap

if TYPE_CHECKING:
    from core.doctor.check import Check

CHECK_SIGNS: dict[str, Sign] = {
    "fail": Sign("✕", "line--alarm", "failed"),
    "warn": Sign("!", "line--next", "look at it"),
    "ok": Sign("✓", "status--done", "well"),
    "skip": Sign("–", "line--quiet", "not there or not asked"),
}
WAIVED = Sign("~", "line--next", "let pass")
_FOR_EVIDENCE = 40
"""Cells from which on the beginning of what was seen is worth showing."""
_ORDER = ("fail", "warn", "ok", "skip")


class CheckList(CursorList):
    """`waived` are the names of failed checks that somebody let pass."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.checks: list[Check] = []
        self.waived: Collection[str] = ()
        self.empty = "looking …"

    def show(self, checks: Sequence[Check], waived: Collection[str] = ()) -> None:
        """Show these, what fails first."""
        self.checks = sorted(checks, key=lambda check: _ORDER.index(check.state))
        self.waived = waived
        self.show_keys([str(number) for number in range(len(self.checks))])

    @property
    def chosen(self) -> Check | None:
        """The check under the cursor."""
        at = int(self.cursor_key) if self.cursor_key else -1
        return self.checks[at] if 0 <= at < len(self.checks) else None

    def lay_out(self, width: int) -> list[PartLine]:
        if not self.checks:
            return [self.notice(self.empty, y, width) for y in range(NOTICE)]
        name = min(22, max(len(check.name) for check in self.checks))
        lines: list[PartLine] = []
        for check in self.checks:
            let = check.state == "fail" and check.name in self.waived
            sign = WAIVED if let else CHECK_SIGNS[check.state]
            said = ("let pass: " if let else "") + printable(check.evidence)
            room = width - name - 6
            if room < _FOR_EVIDENCE and len(said) > room and check.state != "skip":
                # The beginning of a path would say nothing; the whole evidence stands below.
                said = sign.label
            lines.append(
                [
                    (f" {sign.glyph} ", sign.style),
                    (glyphs.fill(printable(check.name), name) + "  ", "line--strong"),
                    (glyphs.one_line(said, room), "line--quiet" if check.state == "skip" else ""),
                ]
            )
        return lines


def counted(checks: Sequence[Check]) -> str:
    """`1 failed, 2 to look at, 12 well`."""
    names = (("fail", "failed"), ("warn", "to look at"), ("ok", "well"), ("skip", "not there or not asked"))
    counts = [(sum(check.state == state for check in checks), words) for state, words in names]
    return ", ".join(f"{count} {words}" for count, words in counts if count)


class CheckDetail(PartLines):
    """One check whole: its evidence and how to repair it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.check: Check | None = None

    def show(self, check: Check | None) -> None:
        """Show this one."""
        self.check = check
        self.update_lines()

    def lay_out(self, width: int) -> list[PartLine]:
        check = self.check
        if check is None:
            return []
        sign = CHECK_SIGNS[check.state]
        lines: list[PartLine] = [
            [
                (f" {sign.glyph} ", sign.style),
                (printable(check.name), "line--strong"),
                (f": {sign.label}", ""),
            ]
        ]
        lines += [[(f"   {part}", "")] for part in wrap(printable(check.evidence), width - 5)]
        repair = wrap(printable(check.repair), width - 5)
        lines += [
            [(" → " if number == 0 else "   ", "line--head"), (part, "")]
            for number, part in enumerate(repair)
        ]
        return lines
