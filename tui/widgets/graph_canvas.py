"""The lines of a laid-out graph as characters: corners, branches and crossings that can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from tui.widgets.graph_layout import GraphLayout, Point, Route
from tui.widgets.line_view import Part

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
ACROSS, ALONG = UP | DOWN, LEFT | RIGHT
_LIGHT = " ││││╯╮┤─╰╭├─┴┬┼"
_HEAVY = " ┃┃┃━┛┓┫━┗┏┣━┻┳╋"
_DOUBLE = " ║║║═╝╗╣═╚╔╠═╩╦╬"
WEIGHTS = (_LIGHT, _HEAVY, _DOUBLE)
_BRANCHES = {
    (1, ALONG): {DOWN: "┯", UP: "┷", ACROSS: "┿"},
    (1, ACROSS): {LEFT: "┨", RIGHT: "┠", ALONG: "╂"},
    (1, UP | RIGHT): {DOWN: "┡", LEFT: "┺", DOWN | LEFT: "╄"},
    (1, UP | LEFT): {DOWN: "┩", RIGHT: "┹", DOWN | RIGHT: "╃"},
    (1, DOWN | RIGHT): {UP: "┢", LEFT: "┲", UP | LEFT: "╆"},
    (1, DOWN | LEFT): {UP: "┪", RIGHT: "┱", UP | RIGHT: "╅"},
    (2, ALONG): {DOWN: "╤", UP: "╧", ACROSS: "╪"},
    (2, ACROSS): {LEFT: "╢", RIGHT: "╟", ALONG: "╫"},
}
"""By weight and arms of an emphasised line: what it looks like where a light one branches off."""

Emphasis = tuple[int, str]
"""The weight of a line (0 light, 1 heavy, 2 double) and the name of its style."""

_Strokes = list[tuple[int, int]]


class GraphCanvas:
    """The lines of one layout. Geometry is worked out once, characters when a row is drawn."""

    def __init__(self, layout: GraphLayout) -> None:
        self.layout = layout
        self._rows: dict[int, dict[int, _Strokes]] = {}
        self._arrows: dict[Point, int] = {}
        for number, route in enumerate(layout.routes):
            for start, end in pairwise(route.points):
                self._stroke(number, start, end)
            self._arrows[route.points[0] if route.back else route.points[-1]] = number

    def _stroke(self, number: int, start: Point, end: Point) -> None:
        (x1, y1), (x2, y2) = start, end
        if y1 == y2:
            for x in range(x1, x2 + 1):
                self._add(x, y1, number, (LEFT if x > x1 else 0) | (RIGHT if x < x2 else 0))
        else:
            low, high = min(y1, y2), max(y1, y2)
            for y in range(low, high + 1):
                self._add(x1, y, number, (UP if y > low else 0) | (DOWN if y < high else 0))

    def _add(self, x: int, y: int, number: int, bits: int) -> None:
        self._rows.setdefault(y, {}).setdefault(x, []).append((number, bits))

    def row(self, y: int, emphasis: Callable[[Route], Emphasis]) -> dict[int, Part]:
        """The characters of row `y` by column, each with its style."""
        routes = self.layout.routes
        known: dict[int, Emphasis] = {}
        drawn: dict[int, Part] = {}
        for x, strokes in self._rows.get(y, {}).items():
            for number, _ in strokes:
                if number not in known:
                    known[number] = emphasis(routes[number])
            arrow = self._arrows.get((x, y))
            if arrow is not None:
                strongest = max((known[number] for number, _ in strokes), key=_weight)
                drawn[x] = ("◂" if routes[arrow].back else "▸", strongest[1])
            else:
                drawn[x] = self._cell(strokes, known)
        return drawn

    def _cell(self, strokes: _Strokes, known: dict[int, Emphasis]) -> Part:
        """One character: of the most emphasised lines, with the stubs of those that branch off them."""
        top = max((known[number] for number, _ in strokes), key=_weight)
        bits: dict[int, int] = {}
        for number, part in strokes:
            if known[number][0] == top[0]:
                bits[number] = bits.get(number, 0) | part
        arms = self._meeting(bits)
        stubs = self._stubs(strokes, bits) & ~arms
        # Where the signs have no such branch, all arms are drawn strong: better than one left out.
        return _BRANCHES.get((top[0], arms), {}).get(stubs) or WEIGHTS[top[0]][arms | stubs], top[1]

    def _stubs(self, strokes: _Strokes, top: dict[int, int]) -> int:
        """The arms of lines that share an end with one of the emphasised lines `top`."""
        routes = self.layout.routes
        befores = {routes[number].before for number in top}
        afters = {routes[number].after for number in top}
        arms = 0
        for number, part in strokes:
            if routes[number].before in befores or (routes[number].after in afters and part != ALONG):
                arms |= part
        return arms

    def _meeting(self, bits: dict[int, int]) -> int:
        """What is drawn where lines meet: all of their arms, or a bridge where they only cross.

        Lines of one task are one line with branches. Others cross: the upright one is drawn whole.
        """
        whole = 0
        for part in bits.values():
            whole |= part
        routes = self.layout.routes
        level = {routes[number].before for number, part in bits.items() if part == ALONG}
        upright = {routes[number].before for number, part in bits.items() if part == ACROSS}
        only_crossing = all(part in (ALONG, ACROSS) for part in bits.values())
        if level and upright and only_crossing and not level & upright:
            return ACROSS
        return whole


def _weight(emphasis: Emphasis) -> int:
    return emphasis[0]
