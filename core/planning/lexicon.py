"""The words the outline planner knows: what headings mean, which kind of work a text speaks of, verbs."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Literal

Role = Literal[
    "none", "context", "constraints", "feature", "api", "data", "architecture", "quality", "security",
    "observability", "testing", "deployment", "documentation", "milestones", "order", "acceptance", "unknown",
]  # fmt: skip

TASK_ROLES: tuple[Role, ...] = (
    "feature", "api", "data", "architecture", "quality", "security", "observability", "testing", "deployment",
    "documentation",
)  # fmt: skip
"""Roles of sections that tasks are made from."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text that are separated by blanks."""
    return frozenset(text.split())


def _heading(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


HEADING_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("none", _heading(
        r"non[- ]?goals?|out[- ]of[- ]scope|not in scope|exclusions?|what this is not|future|"
        r"later ideas|ideas|"
        r"post[- ]?(?:v1|launch|mvp|release)|nice[- ]to[- ]haves?|wish ?list|backlog ideas|vision|mission|"
        r"success (?:metrics?|measures?|indicators?)|measures of success|kpis?|key results|okrs?|"
        r"(?:business|adoption|value|impact|experience|excellence) metrics?|risks?|mitigations?|glossary|"
        r"definitions?|terminology|open (?:questions?|issues?|points?)|unresolved|questions|references?|"
        r"links|"
        r"appendi(?:x|ces)|conclusion|closing|change ?log|revision history|document (?:history|control)|"
        r"version history|budget|cost estimates?|stakeholders?|sign[- ]?offs?|approvals?|competit(?:ion|"
        r"ors?|ive)|"
        r"market|business case|expected (?:results?|execution plan|outcomes?)|table of contents|contents|"
        r"alternatives considered|resource (?:constraints|requirements)|team")),
    ("order", _heading(
        r"(?:logical )?dependency chain|dependency graph|build order|implementation order|order of work")),
    ("acceptance", _heading(
        r"(?:acceptance|success|exit|completion) criteria.*|definition of done|success validation")),
    ("milestones", _heading(
        r"road ?map|milestones?|phases?|timeline|delivery plan|release plan|implementation plan|schedule|"
        r"work ?plan|iterations?|sprints?|implementation strategy|critical blockers")),
    ("testing", _heading(
        r"test(?:s|ing)?(?! (?:tasks?|objectives?|infrastructure))|quality (?:assurance|gates?)|qa|"
        r"verification")),
    ("documentation", _heading(r"documentation|user guides?|manuals?|runbooks?")),
    ("observability", _heading(
        r"observability|monitoring|logging|metrics|tracing|telemetry|alerting|audit(?:ing)?")),
    ("deployment", _heading(
        r"deploy(?:ment)?s?|ci/?cd|continuous (?:integration|delivery)|packag(?:ing|es?)|distribution|"
        r"release(?:s| "
        r"process| management)?|operational|(?<!\w )operations(?! \w)|deployment & operations|"
        r"hosting|devops|delivery|containers?|"
        r"rollout|installation")),
    ("security", _heading(r"security|privacy|compliance|data protection|threats?|threat model")),
    ("quality", _heading(
        r"non[- ]?functional(?: requirements?)?|performance|reliability|scalability|availability|"
        r"quality (?:attributes?|requirements?|goals?|targets?)|(?<!\w )quality(?! \w)|"
        r"service levels?|sl[ao]s?|resilience|usability|accessibility|capacity|limits")),
    ("constraints", _heading(
        r"constraints?|standards?|conventions?|tech(?:nology|nical)? (?:stack|choices?|constraints?|"
        r"preferences?|"
        r"dependencies|standards?)|(?<!\w )tech(?! \w)|technolog(?:y|ies)(?: and .*)?|stack|"
        r"tooling|tools|assumptions?|"
        r"prerequisites?|"
        r"(?:file|directory|folder|project) (?:structure|layout)|coding guidelines?|guidelines?|"
        r"(?:infrastructure|knowledge|external) (?:dependencies|requirements)|"
        r"dependencies|environment")),
    ("data", _heading(
        r"data (?:models?|schemas?|structures?|architecture|storage|design|layer)|database|schemas?|"
        r"entit(?:y|ies)|"
        r"domain models?|persistence|storage|migrations?")),
    ("api", _heading(
        r"apis?|grpc|protobufs?|protocol(?: buffers?)?|proto|contracts?|endpoints?|(?:command|public|"
        r"external|service|"
        r"programming)[- ](?:line )?interfaces?|rpcs?|rest|graphql|options")),
    ("feature", _heading(
        r"functional requirements?|requirements?|features?|capabilit(?:y|ies)|functionality|"
        r"user stor(?:y|ies)|"
        r"use cases?|stories|epics?|scope|mvp|modules?|components?|what (?:it|we) (?:does|build)|tasks?|"
        r"work items?|"
        r"deliverables?|product specification")),
    ("architecture", _heading(
        r"architecture|technical (?:design|approach|specifications?|details|overview)|system design|design|"
        r"infrastructure|integrations?|implementation(?: details| notes)?|data flow|flows?|core logic")),
    ("context", _heading(
        r"overview|summary|introduction|intro|background|context|problem(?: statement)?|motivation|"
        r"purpose|about|"
        r"goals?|objectives?|users?|personas?|audience|customers?|user (?:experience|flows?|journeys?)|ux|"
        r"description|current state|opportunit(?:y|ies)|why|principles|success|who")),
)  # fmt: skip
"""The first pattern that a heading contains gives its role: the more telling words stand first."""

FIRM_UNDER_FEATURES: frozenset[Role] = frozenset(
    {"none", "quality", "testing", "observability", "deployment", "security", "acceptance", "constraints"}
)
"""Roles a heading keeps below "Functional requirements", where an "API" or a "design" is a feature too."""


class Layer(IntEnum):
    """Kinds of work in the order in which they must exist."""

    SCAFFOLD = 0
    CONTRACT = 1
    SCHEMA = 2
    ACCESS = 3
    AUTH = 4
    SERVICE = 5
    FEATURE = 6
    STREAMING = 7
    INTERFACE = 8
    SECURITY = 9
    OBSERVABILITY = 10
    QUALITY = 11
    TESTS = 12
    DEPLOYMENT = 13
    DOCUMENTATION = 14


ROLE_LAYERS: dict[Role, Layer] = {
    "api": Layer.CONTRACT,
    "data": Layer.SCHEMA,
    "quality": Layer.QUALITY,
    "security": Layer.SECURITY,
    "observability": Layer.OBSERVABILITY,
    "testing": Layer.TESTS,
    "deployment": Layer.DEPLOYMENT,
    "documentation": Layer.DOCUMENTATION,
}

LAYER_WORDS: tuple[tuple[Layer, re.Pattern[str]], ...] = (
    (Layer.DOCUMENTATION, _heading(r"documentation|documents?|readme|guides?|handbook|manual|runbooks?|"
        r"release notes|knowledge transfer")),
    (Layer.TESTS, _heading(r"tests?|testing|qa|test suite|end[- ]to[- ]end|e2e|coverage|validation suite")),
    (Layer.DEPLOYMENT, _heading(r"deploy(?:ment|ing|s)?|docker|containers?|containerisation|"
        r"containerization|helm|kubernetes|k8s|release prep(?:aration)?|ci/?cd|packaging|rollout|"
        r"terraform|publish(?:ing)?")),
    (Layer.SCAFFOLD, _heading(r"scaffold(?:ing)?|set ?up the [^,]{0,30}?(?:repository|project|workspace)|"
        r"project (?:setup|structure|initiali[sz]ation|skeleton|foundation)|repository|"
        r"environment setup|dependency management|bootstrap|workspace|tool ?chain|"
        r"development environment|configuration(?: \w+)? (?:setup|consolidation)")),
    (Layer.AUTH, _heading(r"auth|authn|authz|authentication|authori[sz]ation|log ?in|sign[- ]?(?:in|up)|"
        r"registration|oauth2?|oidc|jwt|sso|passwords?|accounts?|user management|identity|rbac")),
    (Layer.OBSERVABILITY, _heading(r"observability|monitoring|metrics|tracing|telemetry|logging|"
        r"dashboards?|alerting|opentelemetry|prometheus")),
    (Layer.STREAMING, _heading(r"stream(?:s|ing)?|real[- ]?time|live|websockets?|notifications?|"
        r"subscri(?:be|ptions?)|events?|push|pub/?sub|webhooks?|watch(?:ing)?|broadcast")),
    (Layer.INTERFACE, _heading(r"ui|user interface|front[- ]?end|screens?|pages?|web app|mobile|gui|tui|"
        r"hub ui|wizard|visuali[sz]ation|views?|next\.?js|react")),
    (Layer.ACCESS, _heading(r"data access|repository layer|repositories|dao|orm|persistence(?: layer)?|"
        r"connection pool|storage layer|file system interactions?")),
    (Layer.SCHEMA, _heading(r"schemas?|migrations?|data (?:models?|structures?)|database|tables|"
        r"entities|domain models?|knowledge graph|memory system")),
    (Layer.CONTRACT, _heading(r"protocol buffers?|protobufs?|\.?proto|api (?:contracts?|specifications?|"
        r"definitions?)|openapi|contracts?|idl|command parsing")),
    (Layer.SECURITY, _heading(r"security|hardening|encryption|tls|privacy|compliance|vulnerabilit(?:y|"
        r"ies)|rate limit(?:s|ing)?|circuit breakers?")),
    (Layer.QUALITY, _heading(r"performance|reliability|scalability|load|latency|throughput|resilience|"
        r"optimi[sz]ation|caching|graceful shutdown|error handling")),
    (Layer.FEATURE, _heading(r"search|filters?|filtering|analytics|reports?|reporting|recommendations?|"
        r"batch|bulk|import|export|advanced|status(?:es)?|workflows?|transitions?|automation|ai|"
        r"scheduling|history|comments?|attachments?|sharing|integrations?")),
)  # fmt: skip
"""What kind of work a title speaks of; the first pattern found counts, otherwise it is a service."""

MUST = re.compile(
    r"\b(?:must|shall|critical|required|mandatory|has to|have to|p0|urgent|blocker)\b", re.IGNORECASE
)
SHOULD = re.compile(r"\b(?:should|important|p1)\b", re.IGNORECASE)
COULD = re.compile(
    r"\b(?:could|may|might|nice[- ]to[- ]have|optional(?:ly)?|if time permits|later|p3)\b", re.IGNORECASE
)
MODAL = re.compile(
    r"\b(?:must|shall|should|can|could|will|may|needs? to|(?:has|have) to)\b(?! not only)", re.IGNORECASE
)
DONE_MARK = re.compile(r"\((?:completed?|done|finished|shipped)\)|✅|☑|\[x\]|✔", re.IGNORECASE)
SOFTWARE = re.compile(
    r"\b(?:apis?|services?|servers?|database|code|apps?|application|software|back[- ]?end|front[- ]?end|cli|"
    r"command|web|endpoints?|modules?|schema|library|users?|data|deploy(?:ment)?|repository|python|rust|go|"
    r"typescript|javascript|java|docker|git|function|class|framework|plugin|algorithm|todo)\b",
    re.IGNORECASE,
)

STOPWORDS = word_set(
    """a an the and or of to in on for with by from at as is are be been it its this that these those each
    every all any must shall should can could may will not no than then so such into over per via their
    they them which who whom when where what while if but after before between both has have had do does
    more most only one two three new use used using able also within without up out about same other
    others there"""
)
"""Words that say nothing about what two texts have in common."""

GENERIC = word_set(
    """system service support implement implementation create add build define feature requirement data
    user task management basic core layer module component project application product set setup
    integration api write design development tool"""
)
"""Words that hardly tell one task of a plan from another."""

ENGLISH = word_set(
    """the and of to a in is for with that be must are on as by an or it from should can will this not"""
)

VERBS = word_set(
    """accept access bind come meet achieve activate adapt add adjust administer aggregate alert allocate
    allow analyse analyze animate annotate answer append apply approve archive arrange assemble assert
    assess assign associate attach audit authenticate authorise authorize automate avoid back balance
    batch benchmark block book bound break broadcast browse buffer build bundle cache calculate call
    cancel capture carry catch categorise categorize change charge check choose classify clean clear
    click clone close collect combine comment commit compare compile complete compose compress compute
    configure confirm connect consolidate consume contain continue control convert copy correct count
    cover create curate customise customize cut debug declare decode decrypt define delete deliver
    demonstrate deny depend deploy deprecate describe design detect determine develop disable discard
    discover dispatch display distribute document download draft drag draw drop duplicate edit embed
    emit empty enable encode encrypt end enforce enhance enrich ensure enter establish estimate evaluate
    examine exchange exclude execute exit expand expire explain explore expose extend extract fail fetch
    fill filter finalize find finish fit fix flag flatten follow force format forward gather generate
    get give go grant group guard guide handle hash harden help hide highlight hold honour honor host
    identify ignore implement import improve include increase index infer inform ingest inherit
    initialise initialize inject insert inspect install instantiate integrate invalidate invite invoke
    issue isolate join keep label launch learn leave let limit link list listen load localise localize
    lock log look lose lower maintain make manage map mark match measure merge message migrate minimise
    minimize mirror mock model moderate modernise modernize modify monitor mount move name navigate
    normalise normalize note notify observe obtain offer open operate optimise optimize order organise
    organize overflow override own package page parse pass pause pay perform persist pick pin place plan
    play post predict prepare present preserve prevent print prioritise prioritize process produce
    profile promote prompt protect prototype prove provide provision proxy prune publish pull purchase
    push put query queue raise rank rate reach react read rebuild receive recommend reconcile reconnect
    record recover redirect reduce refactor refine reflect refresh refuse regenerate register reject
    release reload remain remember remind remove rename render reorder repair repeat replace replay
    replicate reply report request require research reserve reset resize resolve respect respond restart
    restore restrict restructure resume retain retrieve retry return reuse reveal revert review revoke
    rewrite roll rotate route run sample sanitise sanitize save scaffold scale scan schedule score
    scrape search secure see seed select send separate serialise serialize serve set share ship show
    shut sign simplify simulate skip slow snapshot solve sort specify split stage start state stay stop
    store stream structure submit subscribe suggest summarise summarize supply support survive suspend
    switch sync synchronise synchronize tag take target tell terminate test throttle toggle trace track
    train transfer transform translate trigger trim truncate try tune turn undo unify uninstall unlock unpin
    update upgrade upload use validate verify view visit visualise visualize wait walk warn watch wire
    work wrap write zoom"""
)

IRREGULAR = {
    "sent": "send",
    "kept": "keep",
    "written": "write",
    "built": "build",
    "shown": "show",
    "read": "read",
    "run": "run",
    "made": "make",
    "given": "give",
    "taken": "take",
    "held": "hold",
    "set": "set",
    "put": "put",
    "found": "find",
    "chosen": "choose",
    "drawn": "draw",
    "bound": "bind",
    "hidden": "hide",
    "split": "split",
    "cut": "cut",
    "seen": "see",
    "told": "tell",
    "left": "leave",
    "brought": "bring",
    "rewritten": "rewrite",
    "rebuilt": "rebuild",
    "broken": "break",
    "understood": "understand",
    "paid": "pay",
    "sold": "sell",
}

NOMINAL_VERBS = {
    "integration": "integrate",
    "implementation": "implement",
    "migration": "migrate",
    "consolidation": "consolidate",
    "simplification": "simplify",
    "modernization": "modernize",
    "modernisation": "modernise",
    "refactoring": "refactor",
    "flattening": "flatten",
    "enhancement": "enhance",
    "setup": "set up",
    "creation": "create",
    "removal": "remove",
    "validation": "validate",
    "visualization": "visualize",
    "visualisation": "visualise",
    "initialization": "initialize",
    "optimization": "optimize",
    "generation": "generate",
    "detection": "detect",
    "preparation": "prepare",
}
"""Last words of headings that name an action."""

COUNT_NOUNS = word_set(
    """workflow service engine system module layer pipeline interface dashboard server client api ui hub
    wizard framework editor parser schema catalogue catalog cart command queue scheduler cache database
    model gateway worker registry toolkit loop generator importer exporter connector adapter bot app
    application site function extension structure foundation library store feed breaker browser form
    table tree view index"""
)
"""Last words of a noun phrase that want an article before it."""

KNOWN_NAMES = word_set(
    """anthropic argon2 argon2id aws axum azure cargo celery claude cursor diesel discord django docker
    elasticsearch english fastapi flask git github gitlab google grafana graphql helm istio jaeger java
    javascript jest jwt kafka kotlin kubernetes linux loki macos markdown mongodb mysql neo4j nextjs
    nginx nodejs notion oauth openai opentelemetry perplexity playwright postgres postgresql prometheus
    pydantic pytest python qdrant rabbitmq react redis ruby rust sentry slack spring sqlite sqlx stripe
    svelte swift tailwind telegram temporal terraform twilio typescript vite vue weaviate windows"""
)
"""Names that keep their capital even where a document has them only at the start of a sentence."""
