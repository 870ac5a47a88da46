"""design-spec.md: the design as far as the plan decides it, and plainly what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.documents.writing.material import Material, Point
from core.documents.writing.page import Page, listed, one_line, quoted, sentence
from core.documents.writing.passages import Passage
from core.documents.writing.task_page import name_of, said
from core.planning.prd_vague import vague_words

_FIGURE = re.compile(
    r"\b\d[\d.,]*\s?(?:%|percent|ms|s|sec(?:onds?)?|min(?:utes?)?|hours?|days?|weeks?|[KMGT]i?B|"
    r"characters?|attempts?|calls?|requests?|users?|items?|rows?|tasks?|instances?|times?|pages?|"
    r"connections?|cores?|changes?)\b|\b\d[\d.,]* (?:of|to) \d|\b(?:TLS|UUID|version) \d",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\b(?:must not|never|cannot|refused?|reject(?:ed|s)?|fails?|failure|errors?(?! handling)|"
    r"expired?|forged|missing|invalid|"
    r"denied|revok(?:es|ed)|overflows?|broken|lost?|lose|gone|conflict|concurrent(?:ly)?|simultaneous|duplicate|"
    r"time(?:s|d)? ?out|unavailable|without (?:a )?restart|old version|twice|second time)\b",
    re.IGNORECASE,
)
_FILE = re.compile(r"^[\w./-]+\.[a-z]{1,5}$|/")
_CALL = re.compile(r"\(.*\)$|^(?:GET|POST|PUT|PATCH|DELETE) ")
_COMMAND = re.compile(r"^[a-z][\w-]* ")
_INTERFACE_WORDS = re.compile(
    r"\b(?:api|endpoint|rpc|grpc|rest|graphql|call|request|response|message|event|stream|command|flag|option|"
    r"header|status code|contract|protocol|webhook|screen|page|form|button)s?\b",
    re.IGNORECASE,
)
_DATA_WORDS = re.compile(
    r"\b(?:table|column|schema|migration|database|index|store[ds]?|persist(?:ed|s)?|record(?:ed|s)?|field|key|"
    r"hash(?:ed)?|cache[ds]?|file format|append-only|transaction|history)s?\b",
    re.IGNORECASE,
)


def design_page(material: Material) -> str:
    """The page for whoever decides how to build it."""
    task = material.task
    page = Page()
    page.title(f"Design notes for task {task.key}: {task.title or 'without a title'}")
    page.text(
        "Collected from the plan, the PRD and the standards, without a model. What is cited is decided; "
        "what is not here is open, and the last section names what to decide before code."
    )
    page.section("Purpose", quoted(task.description))
    page.section("Boundaries", *_boundaries(material))
    page.section("Components", *_components(material))
    page.section("Interfaces", *_aspect(material, ("api",), _INTERFACE_WORDS, "interfaces"))
    page.section("Data", *_aspect(material, ("data",), _DATA_WORDS, "data"))
    page.section("Limits and figures", listed(_with(material, _FIGURE)))
    page.section("What must not go wrong", listed(_with(material, _FAILURE)))
    page.section("Constraints from elsewhere", listed(_elsewhere(material)))
    page.section("Risks", listed(_risks(material)))
    page.section("To decide before code", listed(_open(material)))
    return str(page)


def _all(material: Material) -> tuple[Point, ...]:
    return tuple(dict.fromkeys((*material.requirements, *material.acceptance)))


def _line(point: Point) -> str:
    return sentence(point.text) + point.cited


def _with(material: Material, words: re.Pattern[str]) -> list[str]:
    return [_line(point) for point in _all(material) if words.search(point.text)]


def _boundaries(material: Material) -> list[str]:
    blocks: list[str] = []
    if material.before:
        blocks += ["It builds on what these tasks leave behind:", listed(map(name_of, material.before))]
    if material.after:
        blocks += ["It stops where these begin:", listed(map(name_of, material.after))]
    goals = material.prd.non_goals()
    if goals:
        blocks += ["The PRD rules out, for the whole product:", listed(said(p, material) for p in goals[:8])]
    return blocks


def _components(material: Material) -> list[str]:
    """What the plan names as code, sorted by what its form says it is; else the parts it is cut into."""
    groups: dict[str, list[str]] = {}
    for name in material.names:
        groups.setdefault(_kind(name), []).append(f"`{name}`")
    blocks = [f"{kind}: {', '.join(names)}." for kind, names in groups.items()]
    if blocks:
        blocks = ["The plan gives these names; use them as they stand.", listed(blocks)]
    parts = [one_line(subtask.title) for subtask in material.subtasks]
    if parts:
        blocks += ["It is cut into:", listed(parts)]
    return blocks or ["The plan names no module, type or file. Their cut is yours."]


def _kind(name: str) -> str:
    forms: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("Calls", _CALL.search),
        ("Files", _FILE.search),
        ("Commands", _COMMAND.search),
        ("Constants and codes", lambda text: text.isupper() and len(text) > 1),
    )
    return next((kind for kind, fits in forms if fits(name)), "Names")


def _aspect(material: Material, roles: Sequence[str], words: re.Pattern[str], what: str) -> list[str]:
    own = _with(material, words)
    near = [said(passage, material) for passage in material.passages if passage.role in roles]
    blocks = [listed(own)] if own else []
    if near:
        blocks += ["The PRD says elsewhere:", listed(near)]
    if not blocks and material.shows_code:
        return [f"No point of the task speaks of {what}; look at the code in its details."]
    return blocks or [f"No point of the task or the PRD was found that speaks of {what}."]


def _elsewhere(material: Material) -> list[str]:
    kept: list[Passage] = [p for p in material.passages if p.role not in ("api", "data")]
    lines = [f'{said(passage, material)}, in "{passage.section}"' for passage in kept]
    return lines + [f"{rule.text} (`{rule.path}` line {rule.line})" for rule in material.near_rules[:6]]


def _risks(material: Material) -> list[str]:
    lines: list[str] = []
    direct = len(material.after)
    if direct:
        below = material.all_after
        whole = f"{direct} tasks rest" if direct > 1 else "One task rests"
        more = f", {len(below)} in all" if len(below) > direct else ""
        lines.append(f"{whole} directly on it{more}: what it leaves open or changes later hits them.")
    if len(material.before) > 2:
        lines.append(f"It joins the work of {len(material.before)} tasks; check that they fit together.")
    dangling = material.graph.dangling(material.task.key)
    if dangling:
        lines.append(f"It depends on {', '.join(dangling)}, which the plan does not have.")
    if material.prd.differs(material.task):
        lines.append(
            "The PRD was edited after this task was planned: its cited lines say something else now."
        )
    lines += [
        f'Nobody can test "{vague.word}" in "{one_line(point.text)}"{point.cited}.'
        for point in _all(material)
        for vague in vague_words(point.text)
    ]
    return lines or ["None can be told from the plan alone."]


def _open(material: Material) -> list[str]:
    task = material.task
    lines = [f"{passage.text} ({passage.lines})" for passage in material.prd.open_questions(task)]
    if not task.details.strip():
        lines.append("The plan gives no details: how far the task reaches.")
    if not material.acceptance:
        lines.append(
            "The plan gives no acceptance criteria of its own beside the requirements: what is shown to whom."
        )
    if not task.test_strategy.strip():
        lines.append("The plan names no test strategy: what is tested at which level.")
    if not task.subtasks:
        lines.append("The task is not cut into subtasks: the order of work.")
    if not any(_kind(name) in ("Names", "Calls", "Files") for name in material.names):
        lines.append(
            "No module, type, file or call is named: how the code is cut, and what others see of it."
        )
    if not _with(material, _FAILURE):
        lines.append("No failure is named: what happens when input is wrong or something it needs is gone.")
    return lines or ["Nothing that the plan or the PRD marks as open."]
