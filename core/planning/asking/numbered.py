"""Tasks and subtasks out of a model's answer: numbered by us, with dependencies that lead somewhere.

A model may restart at 1, repeat a number or point to one that does not exist. Numbers are given here in the
order of arrival; a dependency is followed only where exactly one thing can be meant.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from core.planning.asking.collect import Collector, counted, named, short, what_is_wrong
from core.planning.asking.schemas import SubtaskItem, TaskItem
from core.planning.events import StartedAgain
from core.planning.planner import PlannerEvent, Problem, TaskBegun
from core.planning.prompt_files import prompt

ItemT = TypeVar("ItemT", TaskItem, SubtaskItem)


@dataclass(frozen=True)
class Row(Generic[ItemT]):
    """An item under the number it has here. `written` holds the number the model gave it, round by round."""

    number: int
    round: int
    item: ItemT | None
    raw: Any
    wrong: str
    written: tuple[tuple[int, int], ...]


class NumberedCollector(Collector, Generic[ItemT]):
    """Numbers items from `start`; `existing` are present tasks that they may depend on."""

    noun = "task"
    of = ""
    """Whose they are, where several answers come side by side."""

    def __init__(self, item: type[ItemT], start: int, existing: Collection[int], count: int | None) -> None:
        super().__init__()
        self._item = item
        self._start = start
        self._existing = frozenset(existing)
        self._count = count
        self._limit: int | None = None
        self._rows: list[Row[ItemT]] = []
        self._saved: list[Row[ItemT]] = []
        self._asked: set[int] = set()
        self._round = 0
        self._shown: dict[int, PlannerEvent] = {}
        self._said: set[str] = set()

    @abstractmethod
    def event(self, number: int, item: ItemT, dependencies: list[int]) -> PlannerEvent: ...

    def begin_round(self) -> None:
        self._round += 1
        self._saved = list(self._rows)

    def roll_back(self) -> None:
        self._round -= 1
        self._rows = list(self._saved)
        self._shown.clear()

    def take(self, value: Any) -> list[PlannerEvent]:
        row = self._row(value)
        twin = self._twin(row)
        if self._asked:
            return self._correct(row)
        if twin is not None:
            self._rows[twin] = replace(self._rows[twin], written=self._rows[twin].written + row.written)
            return self._say(f"“{short(row.item.title if row.item else '')}” came twice: it is kept once.")
        if self._limit is not None and len(self._rows) >= self._limit:
            return self._say(f"More came than was asked for: {counted(self._limit, self.noun)} kept.")
        self._rows.append(row)
        return self._emit(row)

    def _row(self, value: Any) -> Row[ItemT]:
        number = self._start + len(self._rows)
        try:
            item = self._item.model_validate(value)
        except ValidationError as error:
            # Others may depend on it by the number it gave, which is mostly readable all the same.
            given = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else None
            written = ((self._round, given),) if type(given) is int else ()
            return Row(number, self._round, None, value, what_is_wrong(error), written)
        return Row(number, self._round, item, value, "", ((self._round, item.id),))

    def _twin(self, row: Row[ItemT]) -> int | None:
        if row.item is None:
            return None
        for index, other in enumerate(self._rows):
            if other.item is not None and _same(other.item.title, row.item.title):
                return index
        return None

    def _correct(self, row: Row[ItemT]) -> list[PlannerEvent]:
        """Put an item that was asked for again in its place. Its numbers are ours, as it was told them."""
        wanted = row.item.id if row.item is not None else None
        if wanted not in self._asked:
            return self._say(f"A {self.noun} came that was not asked for again: left out.")
        index = wanted - self._start
        self._rows[index] = replace(row, number=wanted, written=self._rows[index].written + row.written)
        return self._emit(self._rows[index])

    def _emit(self, row: Row[ItemT]) -> list[PlannerEvent]:
        """The item as far as it is known now, if that is new."""
        if row.item is None:
            return []
        event = self.event(row.number, row.item, self._known(row)[0])
        if self._shown.get(row.number) == event:
            return []
        self._shown[row.number] = event
        return [event]

    def _known(self, row: Row[ItemT]) -> tuple[list[int], list[str]]:
        """The dependencies of an item that lead somewhere, and what is wrong with the others."""
        found: dict[int, None] = {}
        wrong: list[str] = []
        for wanted in row.item.dependencies if row.item is not None else ():
            meant = self._meant(wanted, row.round)
            if len(meant) == 1:
                found[meant.pop()] = None
            elif meant:
                numbers = " or ".join(map(str, sorted(meant)))
                wrong.append(f"dependency {wanted} could mean {numbers}")
            else:
                wrong.append(f"dependency {wanted} does not exist")
        if row.number in found:
            del found[row.number]
        return list(found), wrong

    def _meant(self, wanted: int, in_round: int) -> set[int]:
        """What a dependency can mean: the model's own numbers of the same round, ours of earlier rounds,
        and present tasks."""
        meant = {row.number for row in self._rows if (in_round, wanted) in row.written}
        meant |= {row.number for row in self._rows if row.number == wanted and row.round < in_round}
        return meant | ({wanted} & self._existing)

    def begun(self, fields: dict[str, Any]) -> TaskBegun | None:
        title = fields.get("title")
        if not isinstance(title, str) or not title.strip() or self._asked:
            return None
        return self.begun_event(self._start + len(self._rows), title)

    def begun_event(self, number: int, title: str) -> TaskBegun:
        return TaskBegun(number, title)

    def restarted(self, text: str) -> Problem:
        return StartedAgain(text)

    def settle(self) -> list[PlannerEvent]:
        events: list[PlannerEvent] = []
        for row in self._rows:
            events += self._emit(row)
        if any(row.item and row.round == 1 and row.item.id != row.number for row in self._rows):
            events += self._say(f"Its numbers were not those asked for: numbered from {self._start} here.")
        for row in self._rows:
            if row.item is not None and row.number in self._targets(row):
                events += self._say(f"Its {self.noun} {row.number} depended on itself: left out.")
        if self._count and len(self._rows) != self._count:
            events += self._say(
                f"About {self._count}{self.of} were asked for, {len(self._rows)} came: all are kept."
            )
        return events

    def _targets(self, row: Row[ItemT]) -> set[int]:
        wanted = row.item.dependencies if row.item is not None else ()
        return {number for one in wanted for number in self._meant(one, row.round)}

    def _say(self, text: str) -> list[PlannerEvent]:
        if text in self._said:
            return []
        self._said.add(text)
        return [Problem(text)]

    def _faults(self) -> dict[int, str]:
        """What is wrong, by number."""
        faults: dict[int, str] = {}
        for row in self._rows:
            wrong = [row.wrong] if row.item is None else self._known(row)[1]
            if wrong:
                faults[row.number] = "; ".join(wrong)
        for number in self._circular():
            faults.setdefault(number, "it depends on itself by way of others")
        return faults

    def _circular(self) -> list[int]:
        """The numbers on a circle of dependencies, or between two: what is left when all others are taken
        away, from the beginning of the plan and from its end."""
        left = {row.number: set(self._known(row)[0]) for row in self._rows}
        while True:
            needed = {number for needs in left.values() for number in needs}
            loose = [n for n, needs in left.items() if n not in needed or not needs & left.keys()]
            if not loose:
                return list(left)
            for number in loose:
                del left[number]

    def flaws(self) -> list[str]:
        if not self._rows:
            return [f"the list “{self.list_name}” is empty"]
        faults = self._faults()
        self._asked = set(faults)
        rows = {row.number: row for row in self._rows}
        return [
            f"id {number}: {text}. You wrote: {_brief(rows[number].raw)}" for number, text in faults.items()
        ]

    def give_up(self) -> tuple[list[PlannerEvent], str]:
        if not self._rows:
            return [], f"it named no {self.noun}s"
        useless = [str(row.number) for row in self._rows if row.item is None]
        if useless:
            return [], f"{named(self.noun, useless)} cannot be read ({self._faults()[int(useless[0])]})"
        events: list[PlannerEvent] = []
        circular = set(self._circular())
        for row in self._rows:
            known, wrong = self._known(row)
            for text in wrong:
                events += self._say(f"In {self.noun} {row.number}, {text}: left out.")
            if row.number in circular and any(number >= row.number for number in known):
                events += self._break(row, [number for number in known if number < row.number])
        return events, ""

    def _break(self, row: Row[ItemT], dependencies: list[int]) -> list[PlannerEvent]:
        assert row.item is not None
        event = self.event(row.number, row.item, dependencies)
        self._shown[row.number] = event
        text = f"{self.noun.capitalize()} {row.number} depended on later ones in a circle: left out."
        return [*self._say(text), event]

    def kept(self) -> list[dict[str, Any]]:
        return [
            {**row.item.model_dump(by_alias=True), "id": row.number, "dependencies": self._known(row)[0]}
            for row in self._rows
            if row.item is not None
        ]

    def everything(self) -> list[PlannerEvent]:
        self._shown.clear()
        return [event for row in self._rows for event in self._emit(row)]

    def summary(self) -> str:
        return f"{counted(len(self._rows), self.noun)}."

    def rest_prompt(self) -> str:
        return prompt("rest", next=self._start + len(self._rows))

    def with_sources(self, item: ItemT) -> str:
        """The item's details, with the pages it is drawn from."""
        used = [self.sources[number - 1] for number in item.sources if 0 < number <= len(self.sources)]
        lines = [f"- {source.title}: {source.url}" for source in dict.fromkeys(used)]
        return "\n".join([item.details, "", "Sources:", *lines]).strip() if lines else item.details


def _same(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def _brief(raw: Any) -> str:
    text = json.dumps(raw, ensure_ascii=False)
    return text if len(text) <= 400 else text[:400] + "…"
