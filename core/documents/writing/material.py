"""What is known of a task before a page is written: its requirements with their lines, neighbours, gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.documents.standards import Rule
from core.documents.writing.names import names_in, split_code
from core.documents.writing.passages import Passage, PrdText
from core.planning.lexicon import COULD, GENERIC, MUST, SHOULD
from core.planning.outline.wording import tokens
from core.planning.prd_lines import sentences
from core.planning.prd_places import cited_lines, without_places
from core.tasks.graph import TaskGraph
from core.tasks.model import Task

BULLET = re.compile(r"^\s*(?:[-*+•]\s+(?:\[[ xX]\]\s+)?|\(?\d{1,2}[.):]\s+)")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_ACCEPT = ("accept", "success", "done when", "definition of done", "exit criteria")
_NOTE = ("keep in mind", "context", "note", "reference", "standards", "background", "out of scope", "pseudo")
_BOILERPLATE = re.compile(r"^(?:A test that fails without it: |Reviewed against the requirements)")
_MOST_POINTS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One thing the task asks for. `lines` are those of the PRD it cites, `(0, 0)` without any."""

    text: str
    lines: tuple[int, int] = (0, 0)
    under: str = ""
    """The heading it stands under in the task's details."""

    @property
    def strength(self) -> str:
        """`must`, `should`, `could` as its words say, else empty."""
        for name, words in (("must", MUST), ("should", SHOULD), ("could", COULD)):
            if words.search(self.text):
                return name
        return ""

    @property
    def cited(self) -> str:
        """` (PRD line 50)`, or nothing."""
        first, last = self.lines
        if not first:
            return ""
        return f" (PRD line {first})" if first == last else f" (PRD lines {first}-{last})"


@dataclass(frozen=True)
class Material:
    """Everything the pages are written from."""

    task: Task
    graph: TaskGraph
    prd: PrdText
    rules: Sequence[Rule]
    requirements: tuple[Point, ...]
    acceptance: tuple[Point, ...]
    prose: tuple[str, ...]
    """What the details say outside of lists, without headings and code."""

    @cached_property
    def before(self) -> tuple[Task, ...]:
        """The tasks it depends on."""
        return self._tasks(self.graph.dependencies(self.task.key))

    @cached_property
    def after(self) -> tuple[Task, ...]:
        """The tasks that depend on it."""
        return self._tasks(self.graph.dependents(self.task.key))

    @cached_property
    def all_after(self) -> tuple[Task, ...]:
        """The tasks that depend on it, directly or through others."""
        return self._tasks(sorted(self.graph.chain_down(self.task.key)))

    def _tasks(self, keys: Iterable[str]) -> tuple[Task, ...]:
        nodes = self.graph.tag.nodes
        roots = {nodes[key].root.key: nodes[key].root for key in keys if key in nodes}
        roots.pop(self.task.key, None)
        return tuple(roots.values())

    @cached_property
    def subtasks(self) -> tuple[Task, ...]:
        """Its subtasks in an order in which they can be done; file order where nothing speaks against it."""
        waiting = list(self.task.subtasks)
        keys = {subtask.key for subtask in waiting}
        done: set[str] = set()
        ordered: list[Task] = []
        while waiting:
            free = [t for t in waiting if not (set(self.graph.dependencies(t.key)) & keys) - done]
            chosen = (free or waiting)[0]  # in a circle any is as good as another
            waiting.remove(chosen)
            done.add(chosen.key)
            ordered.append(chosen)
        return tuple(ordered)

    def siblings_before(self, subtask: Task) -> tuple[Task, ...]:
        """The subtasks that must be done before that one."""
        keys = set(self.graph.dependencies(subtask.key))
        return tuple(other for other in self.task.subtasks if other.key in keys)

    @cached_property
    def words(self) -> frozenset[str]:
        """The telling words of the task."""
        points = " ".join(point.text for point in (*self.requirements, *self.acceptance))
        return tokens(f"{self.task.title} {self.task.description} {points}")

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What the PRD says on the subject beyond the lines the task itself repeats."""
        return self.prd.passages(self.task)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the task and its passages name: code, files, what its code defines."""
        texts = [self.task.details, self.task.description, self.task.test_strategy]
        texts += [subtask.details for subtask in self.task.subtasks]
        texts += [passage.text for passage in self.passages]
        return tuple(names_in(texts))

    @cached_property
    def shows_code(self) -> bool:
        """Whether the details hold blocks of code."""
        return bool(split_code(self.task.details)[1].strip())

    @cached_property
    def tests(self) -> tuple[Point, ...]:
        """The statements of the test strategy."""
        return tuple(points_of(self.task.test_strategy))

    @cached_property
    def near_rules(self) -> tuple[Rule, ...]:
        """The standards that share a telling word with the task, in their order; all of a short file."""
        if len(self.rules) <= 6:
            return tuple(self.rules)
        common: frozenset[str] = tokens(" ".join(rule.section for rule in self.rules))
        words = self.words - GENERIC - common
        scored = [(len(tokens(rule.text) & words), -at) for at, rule in enumerate(self.rules)]
        best = sorted((pair for pair in scored if pair[0]), reverse=True)[:8]
        return tuple(self.rules[-at] for _, at in sorted(best, key=lambda pair: -pair[1]))


def gather(task: Task, graph: TaskGraph, prd: PrdText, rules: Sequence[Rule]) -> Material:
    """Take the texts of a task apart and put its neighbours beside it."""
    requirements: list[Point] = []
    acceptance: list[Point] = []
    prose: list[str] = []
    for heading, line, listed in _lines(task.details):
        low = heading.lower()
        target = acceptance if low.startswith(_ACCEPT) else requirements
        if listed and not low.startswith(_NOTE):
            target += [_point(line, heading)]
        elif low.startswith(_ACCEPT):
            target += points_of(line)
        else:
            prose += [text for _, _, text in sentences(line)]
    if not requirements:
        text = " ".join(prose) or task.description
        said = points_of(text)
        requirements = [point for point in said if point.strength == "must"] or said
    return Material(
        task,
        graph,
        prd,
        rules,
        tuple(dict.fromkeys(requirements))[:_MOST_POINTS],
        tuple(dict.fromkeys(acceptance))[:_MOST_POINTS],
        tuple(prose),
    )


def points_of(text: str) -> list[Point]:
    """The items and sentences of a text, without list marks."""
    points: list[Point] = []
    for heading, line, listed in _lines(text):
        pieces = [line] if listed else [piece for _, _, piece in sentences(line)]
        points += [_point(piece, heading) for piece in pieces if re.search(r"\w{2}", piece)]
    return points


def tells(text: str) -> bool:
    """Whether a test strategy says more than that there must be one."""
    return bool(text.strip()) and not _BOILERPLATE.match(text)


def _point(text: str, heading: str) -> Point:
    cited = cited_lines(text)
    return Point(without_places(text).strip().rstrip(), cited[0] if cited else (0, 0), heading)


def _lines(text: str) -> Iterable[tuple[str, str, bool]]:
    """The lines that say something: heading above, text without its list mark, whether it is a list item."""
    heading, fenced = "", False
    lines = [line for line in text.splitlines() if line.strip()]
    for at, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        if fenced or not re.search(r"\w", line):
            continue
        bare = line.strip()
        mark = BULLET.match(line)
        if bare.startswith("#") or (bare.endswith(":") and len(bare) < 120 and not _leads_to_code(lines, at)):
            name = BULLET.sub("", line) if mark else bare
            heading = without_places(name.strip("#* ")).rstrip(":").strip("* ")
            continue
        said = line[mark.end() :] if mark else bare
        yield heading, said.strip().rstrip(":"), bool(mark)


def _leads_to_code(lines: Sequence[str], at: int) -> bool:
    return at + 1 < len(lines) and bool(_FENCE.match(lines[at + 1]))
