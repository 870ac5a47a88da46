"""Titles for pieces of work, made from the nouns the PRD itself uses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.planning.lexicon import GENERIC, VERBS, Layer
from core.planning.outline.stack import Stack, asks
from core.planning.outline.units import Unit
from core.planning.outline.wording import Wording, bare, clipped, joined, raised, tokens

_Facet = tuple[re.Pattern[str], str]


def _facets(*pairs: tuple[str, str]) -> tuple[_Facet, ...]:
    return tuple((re.compile(rf"\b(?:{words})\b", re.IGNORECASE), phrase) for words, phrase in pairs)


_FACETS: dict[Layer, tuple[_Facet, ...]] = {
    Layer.SCAFFOLD: _facets(
        ("cargo workspace|workspace", "workspace"),
        ("configuration|environment variables|settings", "configuration"),
        ("continuous integration|ci/?cd|ci|pre-commit|clippy|lint(?:s|ing)?", "continuous integration"),
    ),
    Layer.SECURITY: _facets(
        ("tls|https|encryption in transit", "TLS"),
        ("encrypt(?:ion|ed)?", "encryption"),
        ("rate limit(?:s|ing)?|limited to", "rate limits"),
        ("input validation|validat(?:e|ed|ion)|saniti[sz]\\w+", "input validation"),
        ("audit(?: log(?:s|ging)?)?", "an audit log"),
        ("secrets?|personal data|redact\\w*", "protection of secrets"),
        ("isolation|tenants?", "tenant isolation"),
        ("scanning|vulnerabilit\\w+", "vulnerability scans"),
    ),
    Layer.OBSERVABILITY: _facets(
        ("logs?|logging|log line", "structured logs"),
        ("metrics|prometheus", "metrics"),
        ("trac(?:e|es|ing)|opentelemetry", "traces"),
        ("dashboards?", "dashboards"),
        ("alerts?|alerting|alert rules", "alerts"),
        ("health(?: checks?)?", "health checks"),
    ),
    Layer.QUALITY: _facets(
        ("latency|ms|seconds?|throughput|performance|per second|concurrent", "performance"),
        ("reliab\\w+|shut ?down|recover\\w*|uptime|retr(?:y|ies)|restart|failures?", "reliability"),
        ("scal(?:e|ing|ability)", "scaling"),
        ("tls|encrypt\\w*|secrets?", "security"),
        ("compatib\\w+", "compatibility"),
        ("usab\\w+|accessib\\w+", "usability"),
    ),
    Layer.TESTS: _facets(
        ("unit", "unit"),
        ("integration", "integration"),
        ("property(?:-based)?", "property"),
        ("end[- ]to[- ]end|e2e", "end-to-end"),
        ("load|performance|stress", "load"),
        ("acceptance|uat", "acceptance"),
    ),
    Layer.DEPLOYMENT: _facets(
        ("container image|docker(?:file| image)?|image|oci", "container image"),
        ("compose", "Compose file"),
        ("helm", "Helm chart"),
        ("kubernetes|k8s", "Kubernetes manifests"),
        ("terraform", "Terraform modules"),
        ("package|pypi|npm|crates\\.io|homebrew", "package"),
        ("continuous (?:integration|delivery)|ci/?cd|pipeline|gitops", "delivery pipeline"),
        ("backups?|recovery", "backups"),
    ),
    Layer.DOCUMENTATION: _facets(
        ("user (?:guide|documentation|manual)|getting started|quick ?start", "user guide"),
        ("api (?:reference|documentation|docs)", "API reference"),
        ("readme", "README"),
        ("runbooks?|operations guide", "runbooks"),
        ("troubleshoot\\w+", "troubleshooting guide"),
        ("architecture|developer (?:guide|documentation)|contribut\\w+", "developer guide"),
        ("examples?|tutorials?", "examples"),
    ),
}

_FRAMES: dict[Layer, tuple[str, str]] = {
    Layer.SECURITY: ("Harden security with ", ""),
    Layer.OBSERVABILITY: ("Add ", ""),
    Layer.QUALITY: ("Meet the targets for ", ""),
    Layer.TESTS: ("Write the ", " tests"),
    Layer.DEPLOYMENT: ("Build the ", ""),
    Layer.DOCUMENTATION: ("Write the ", ""),
}

_PLAIN_TITLES: dict[Layer, str] = {
    Layer.SECURITY: "Meet the security requirements",
    Layer.OBSERVABILITY: "Make it observable in operation",
    Layer.QUALITY: "Meet the quality requirements",
    Layer.TESTS: "Write the tests",
    Layer.DEPLOYMENT: "Prepare deployment and operation",
    Layer.DOCUMENTATION: "Write the documentation",
}
"""For sections that hold nothing to name the work by: "Implement quality" says less."""
_NOT_BUILT = frozenset({"backups", "delivery pipeline"})

_VERB: dict[Layer, str] = {
    Layer.SCAFFOLD: "Set up",
    Layer.CONTRACT: "Define",
    Layer.SCHEMA: "Create",
    Layer.ACCESS: "Build",
    Layer.INTERFACE: "Build",
    Layer.OBSERVABILITY: "Add",
    Layer.TESTS: "Write",
    Layer.DEPLOYMENT: "Set up",
    Layer.DOCUMENTATION: "Write",
}

_DATABASE = re.compile(
    r"\b(?:postgres(?:ql)?|mysql|sqlite|mongo(?:db)?|database|sqlx|tables?|migrations?)\b", re.I
)
_CONTRACTS = _facets(
    ("protocol buffers?|protobufs?|\\.proto|grpc|rpc \\w+", "protocol buffers"),
    ("graphql", "GraphQL schema"),
    ("openapi|swagger", "OpenAPI contract"),
    ("rest(?:ful)?|endpoints?|http|(?:get|post|put|delete) /\\S+", "REST API"),
    ("commands?|cli|command line|flags?|options", "command line interface"),
)


def make_titles(
    units: Sequence[Unit], wording: Wording, stack: Stack, *, merged: bool, plain: bool = False
) -> None:
    """Give each unit its title, no two the same. `merged` allows titles made from what several sections
    hold together; `plain` keeps headings that name a thing as they are, without a verb before them."""
    taken: set[str] = set()
    for unit in units:
        title = unit.title or _title(
            unit, wording, Stack() if plain else stack, merged and not unit.number, plain
        )
        if title in taken:
            title = _told_apart(title, unit, taken)
        unit.title = title
        taken.add(title)


def _told_apart(title: str, unit: Unit, taken: set[str]) -> str:
    names = [bare(source.title) for source in unit.sources if source.title and source.title != unit.heading]
    for name in (*names, f"line {unit.order}"):
        if f"{title} ({name})" not in taken:
            return f"{title} ({name})"
    return f"{title} ({len(taken) + 1})"


def _title(unit: Unit, wording: Wording, stack: Stack, merged: bool, plain: bool) -> str:
    text = " \n ".join(
        [unit.heading, *(s.title for s in unit.sources), *(s.text[:400] for s in unit.statements)]
    )
    made = ""
    if len(unit.parts) > 1:
        return _of_parts(unit, wording, plain)
    text += unit.code
    if merged and unit.collected:
        match unit.layer:
            case Layer.SCAFFOLD:
                made = _scaffold(text, stack.language)
            case Layer.CONTRACT:
                made = _contract(unit, text)
            case Layer.SCHEMA:
                made = _schema(unit, text, wording)
            case Layer.ACCESS:
                made = "Build the data access layer" + (f" with {stack.library}" if stack.library else "")
            case layer if layer in _FRAMES:
                made = _framed(layer, text) or ("" if _has_subject(unit) else _PLAIN_TITLES[layer])
            case _:
                made = ""
    return made or _from_heading(unit, wording, plain)


def _of_parts(unit: Unit, wording: Wording, plain: bool) -> str:
    names = list(dict.fromkeys(wording.lowered(bare(part)) for part in unit.parts))
    shown = [clipped(name, 40) for name in names[:4]] + (["more"] if len(names) > 4 else [])
    product = Layer.ACCESS <= unit.layer < Layer.OBSERVABILITY
    return raised(joined(shown)) if plain else f"{'Build' if product else 'Set up'} {joined(shown)}"


def _from_heading(unit: Unit, wording: Wording, plain: bool) -> str:
    name = bare(unit.heading)
    verb = "" if plain else _VERB.get(unit.layer, "Implement")
    if plain and len(name) <= 84:
        return raised(name)
    if (
        len(name.split()) > 9
        or (verb and wording.is_told(name))
        or re.search(r"\b(?:must|shall|should|can|could|will|is|are|has|have)\b", name)
    ):
        return wording.imperative(unit.heading, verb=verb)
    return clipped(wording.heading_title(name, verb), 84)


def _has_subject(unit: Unit) -> bool:
    """Whether its heading says more than which kind of work it is."""
    return bool(tokens(bare(unit.heading)) - _KINDS)


_KINDS = GENERIC | tokens(
    """quality non-functional nonfunctional functional requirements security privacy observability
    deployment operations operational release delivery hosting testing tests documentation docs
    attributes targets goals performance reliability"""
)


def _found(layer: Layer, text: str, most: int = 4) -> list[str]:
    return [phrase for pattern, phrase in _FACETS[layer] if asks(pattern, text)][:most]


def _framed(layer: Layer, text: str) -> str:
    parts = _found(layer, text)
    if not parts:
        return ""
    if layer == Layer.SECURITY and "TLS" in parts and "encryption" in parts:
        parts.remove("TLS")
    if layer == Layer.DEPLOYMENT and "Helm chart" in parts and "Kubernetes manifests" in parts:
        parts.remove("Kubernetes manifests")
    before, after = _FRAMES[layer]
    if layer == Layer.DEPLOYMENT and parts[0] in _NOT_BUILT:
        before = "Set up the " if parts[0] == "delivery pipeline" else "Set up "
    return before + joined(parts) + after


def _scaffold(text: str, language: str) -> str:
    parts = _found(Layer.SCAFFOLD, text)
    base = f"{language} workspace" if "workspace" in parts and language else f"{language} project".strip()
    rest = [part for part in parts if part != "workspace"]
    return "Set up the " + joined([base, *rest]) if rest else f"Set up the {base} and its tools"


def _contract(unit: Unit, text: str) -> str:
    kind = next((phrase for pattern, phrase in _CONTRACTS if asks(pattern, text)), "")
    if not kind:
        return ""
    named = _names(unit)
    services = [
        re.sub(r"(?:Service|API|Api)$", "", name)
        for name in named
        if re.search(r"(?:Service|API|Api)$", name)
    ]
    services = [name.lower() for name in services if name]
    if len(services) >= 2:
        return f"Define the {kind} of the {joined(services[:5])} services"
    return f"Define the {kind}"


def _schema(unit: Unit, text: str, wording: Wording) -> str:
    what = "database schema and migrations" if asks(_DATABASE, text) else "data model"
    named = [wording.lowered(name.replace("_", " ")) for name in _names(unit) if len(name.split()) <= 3]
    named = [re.sub(r"\s+(?:tables?|models?|schemas?|entity)$", "", name) for name in named]
    verb = "Create" if what.startswith("database") else "Define"
    return f"{verb} the {what} for {joined(named[:4])}" if named else f"{verb} the {what}"


_IN_CODE = re.compile(
    r"(?:^|\n)\s*(?:service|create table(?: if not exists)?|class|model)\s+[\"`]?(\w+)", re.IGNORECASE
)


def _names(unit: Unit) -> list[str]:
    """What rows, items and sub-sections of a unit are about: `users`, TaskService, "Audit log"."""
    names = [match[1] for match in _IN_CODE.finditer(unit.code)]
    for s in unit.statements:
        code = re.match(r"`?([A-Za-z][\w.]*)`?\s*(?::|$|—|-|–|\()", s.text) if s.depth else None
        name = (s.lead or (code[1] if code else "")).strip("`")
        first = re.match(r"`([A-Za-z]\w*)`", s.text)
        name = name or (first[1] if first else "")
        if (
            name
            and name not in names
            and len(name) < 40
            and name.split()[0].lower() not in VERBS - {"comments"}
        ):
            names.append(name)
    return names
