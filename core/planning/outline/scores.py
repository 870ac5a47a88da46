"""Scores tasks without a model: every point has a reason that is listed, so that a person can disagree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.planning.lexicon import Layer
from core.planning.outline.task_text import TaskText, read_task
from core.planning.outline.wording import raised
from core.planning.planner import ScoreDraft
from core.tasks.model import Task

_INTERFACES = re.compile(
    r"\b(grpc|protocol buffers?|rest|http|graphql|websockets?|postgres(?:ql)?|mysql|sqlite|mongo(?:db)?|"
    r"redis|kafka|"
    r"rabbitmq|elasticsearch|qdrant|s3|oauth2?|oidc|saml|smtp|stripe|docker|kubernetes|helm|terraform|"
    r"prometheus|"
    r"opentelemetry|grafana|openai|anthropic|claude|perplexity|github|slack|webhooks?|tls|ldap|fastapi|"
    r"mcp)\b",
    re.IGNORECASE,
)  # fmt: skip
_RISKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        (
            "access rights",
            r"authenticat\w+|authori[sz]\w+|permissions?|roles?|"
            r"(?:access|refresh) tokens?|sessions?|passwords?",
        ),
        ("cryptography", r"encrypt\w*|argon2\w*|bcrypt|ed25519|jwt|signed|tls|certificates?"),
        (
            "concurrency",
            r"concurren\w+|simultaneous\w*|race|locks?|locking|transactions?|"
            r"version number|deadlock\w*|idempoten\w+|parallel",
        ),
        (
            "streaming",
            r"stream\w*|real[- ]?time|live|websockets?|"
            r"reconnect\w*|resume|back[- ]?pressure|buffers?",
        ),
        (
            "distribution",
            r"distributed|instances|cluster|replica\w*|consensus|"
            r"multi[- ]?(?:region|tenant)|failover",
        ),
        ("migration of data", r"migrat\w+|backward compatib\w+|legacy|breaking changes?"),
        ("money", r"payments?|billing|invoices?|refunds?|checkout"),
        ("state rules", r"state machine|transitions?|workflow|cycles?|invariants?"),
        ("search", r"full[- ]text|ranking|search|index(?:es|ing)?|embeddings?|vectors?"),
        ("hard limits", r"latency|throughput|per second|percentile|\d+ ?ms|within \d+|sla"),
    )
)
_FIGURES = re.compile(r"\b\d[\d,.]*\s?(?:%|percent|ms|seconds?|minutes?|hours?|days?|mb|gb|calls|users|"
    r"requests|attempts|tasks|characters)", re.I)  # fmt: skip
_VAGUE = re.compile(r"\b(?:tbd|to be (?:defined|decided)|etc|as needed|somehow|appropriate|robust|"
    r"flexible|and so on|user[- ]friendly|seamless)\b", re.I)  # fmt: skip
_OPERATIONS = re.compile(
    r"\b(create|read|get|list|update|change|edit|delete|remove|search|filter|sort|import|export|send|"
    r"receive|upload|"
    r"download|archive|restore|invite|assign|move|approve|register|subscribe|watch|resume|revoke|"
    r"refresh|validate|"
    r"record|refuse|limit|depend|rename|rate|schedule|notify|sync|parse|generate)\b",
    re.IGNORECASE,
)
_KIND: dict[Layer, float] = {
    Layer.SCAFFOLD: -0.5, Layer.ACCESS: 0.5, Layer.AUTH: 0.5, Layer.STREAMING: 0.5, Layer.QUALITY: 0.5,
    Layer.DOCUMENTATION: -1.5, Layer.CONTRACT: -0.5, Layer.SCHEMA: -0.5,
}  # fmt: skip
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
OPEN = frozenset({"pending", "in-progress", "blocked", "review"})


@dataclass(frozen=True)
class _Share:
    points: float
    why: str


def score_task(task: Task, waiting: int) -> ScoreDraft:
    """The score of one task; `waiting` is the number of tasks that depend on it."""
    text = read_task(task)
    shares = [share for share in _shares(text, task, waiting) if abs(share.points) >= 0.05]
    exact = 1.5 + sum(share.points for share in shares)
    score = float(min(10, max(1, int(exact + 0.5))))
    recommended = _recommended(score, text)
    listed = "; ".join(f"{share.points:+.1f} {share.why}" for share in shares)
    reasoning = (
        f"1.5 to begin with; {listed}." if listed else "1.5 to begin with; nothing in its text adds to it."
    )
    reasoning += (
        f" Together {exact:.1f}. Confidence {_confidence(text)}. Counted from the text by rules, no model."
    )
    return ScoreDraft(
        task_id=task.key,
        title=task.title,
        score=score,
        recommended=recommended,
        reasoning=reasoning,
        prompt=_prompt(text, recommended),
    )


def _shares(text: TaskText, task: Task, waiting: int) -> list[_Share]:
    body = text.body
    shares: list[_Share] = []
    asked = len(text.requirements)
    if asked:
        shares.append(_Share(min(0.3 * asked, 3.0), _counted(asked, "requirement")))
    operations = _distinct(_OPERATIONS, body)
    if len(operations) > 1:
        shares.append(
            _Share(min(0.15 * len(operations), 0.9), _counted(len(operations), "operation", operations))
        )
    interfaces = _distinct(_INTERFACES, body)
    if interfaces:
        shares.append(
            _Share(min(0.4 * len(interfaces), 2.0), _counted(len(interfaces), "interface", interfaces))
        )
    risks = [name for name, pattern in _RISKS if pattern.search(body)]
    if risks:
        shares.append(_Share(min(0.55 * len(risks), 2.4), _counted(len(risks), "risk", risks)))
    shares += _access_shares(text)
    criteria = len(text.acceptance) + len(_FIGURES.findall(body))
    if criteria:
        shares.append(_Share(min(0.2 * criteria, 1.0), _counted(criteria, "criterion or figure to meet")))
    needs = len(task.written_dependencies)
    if needs > 1:
        shares.append(_Share(min(0.15 * needs, 0.6), f"needs {_number(needs)} other tasks"))
    if waiting > 1:
        shares.append(_Share(min(0.1 * waiting, 0.5), f"{_number(waiting)} tasks wait for it"))
    vague = _distinct(_VAGUE, body)
    if vague:
        shares.append(_Share(min(0.3 * len(vague), 0.9), f"vague words ({', '.join(vague[:3])})"))
    kind = _KIND.get(text.layer, 0.0)
    if kind:
        shares.append(_Share(kind, f"the kind of work ({text.layer.name.lower()})"))
    return shares


def _access_shares(text: TaskText) -> list[_Share]:
    """One sentence asks for data access; the tables it serves say how much that is."""
    tables = sum(1 for point in text.context if point.startswith("`")) if text.layer == Layer.ACCESS else 0
    return (
        [_Share(min(0.3 * tables, 1.2), f"{_number(tables)} groups of data to read and write")]
        if tables
        else []
    )


def _distinct(pattern: re.Pattern[str], text: str) -> list[str]:
    found: dict[str, str] = {}
    for match in pattern.finditer(text):
        found.setdefault(match[0].lower().rstrip("s"), match[0])
    return list(found.values())


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _counted(count: int, noun: str, names: Sequence[str] = ()) -> str:
    if count == 1:
        words = f"one {noun}"
    elif noun.startswith("criterion"):
        words = f"{_number(count)} criteria or figures to meet"
    else:
        words = f"{_number(count)} {noun}s"
    return f"{words} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})" if names else words


def _confidence(text: TaskText) -> str:
    asked = len(text.requirements)
    if asked >= 4:
        return "good: the task says in detail what is asked"
    if asked >= 2:
        return "fair: the task says little"
    return "low: the task hardly says more than its title"


def _recommended(score: float, text: TaskText) -> int:
    """More for a harder task, but no more than there is to divide."""
    wanted = round(2.2 + 0.52 * score)
    given = text.context if text.layer == Layer.ACCESS else ()
    divisible = len(text.requirements) + len(text.acceptance) + len(given) + 2
    return max(3 if score >= 3 else 2, min(wanted, divisible, 10))


def _prompt(text: TaskText, recommended: int) -> str:
    points = "; ".join(requirement.rstrip(".") for requirement in text.requirements[:6])
    cover = f" Cover: {points}." if points else ""
    ending = " End with what proves it." if text.layer != Layer.DOCUMENTATION else ""
    return f'Divide "{text.title}" into {recommended} subtasks in the order of work.{raised(cover)}{ending}'


def waiting_counts(tasks: Sequence[Task]) -> dict[str, int]:
    """For each task key how many of the tasks depend on it."""
    counts: dict[str, int] = {}
    for task in tasks:
        for key in set(task.written_dependencies):
            counts[key] = counts.get(key, 0) + 1
    return counts
