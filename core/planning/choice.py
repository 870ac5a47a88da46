"""Who plans: Claude when a key is held, else the outline, with where model, address and key come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import Loaded, Origin
from core.errors import NotFound, TaskdeckError, UsageError
from core.plain_text import printable, shorten
from core.planning.failures import host_of
from core.planning.key import HOW, Key, find_key
from core.planning.options import DEFAULT_BASE_URL, DEFAULT_MODEL, ClaudeOptions, Standard
from core.planning.outline.planner import NAME as OUTLINE

_LARGEST_STANDARD = 200_000


NO_KEY = "no key for Claude was found"
"""Why rules plan although nobody chose them."""


@dataclass(frozen=True)
class Choice:
    """Who will plan and why. Nothing has been run, opened or sent to find this out."""

    kind: str
    reason: str
    model: Origin
    research_model: Origin
    base_url: Origin
    key: Key | None
    notes: tuple[str, ...] = ()
    """What the user should know once: values of the project that do not count."""
    retired: tuple[Origin, ...] = ()
    """Models that Task Master's settings name and nobody serves any more."""

    @property
    def name(self) -> str:
        return str(self.model.value) if self.kind == "claude" else OUTLINE

    @property
    def endpoint(self) -> str:
        return host_of(str(self.base_url.value))

    def sentences(self) -> Iterator[str]:
        """Planner, model, address and key with their sources, in plain sentences."""
        yield f"{self.name}: {self.reason}."
        if self.kind == "claude":
            yield f"Model {self.model.value} from {self.model.source}."
            for old in self.retired:
                name = shorten(printable(str(old.value)), 60)
                yield f"{old.source} names {name}, which is no longer served: it does not count."
            yield f"Endpoint {self.endpoint} from {self.base_url.source}."
        if self.key:
            yield f"Key from {self.key.source}."
        elif self.reason != NO_KEY:
            yield "No key for Claude."

    def as_json(self) -> dict[str, Any]:
        return {
            "planner": self.name,
            "kind": self.kind,
            "reason": self.reason,
            "model": {"value": self.model.value, "source": self.model.source},
            "researchModel": {"value": self.research_model.value, "source": self.research_model.source},
            "retiredModels": [{"value": old.value, "source": old.source} for old in self.retired],
            "endpoint": {"value": self.endpoint, "source": self.base_url.source},
            "key": self.key.source if self.key else None,
        }


def choose(loaded: Loaded, name: str | None = None) -> Choice:
    """The planner called `name`, else the one of the settings, else Claude when there is a key for it.

    Raises UsageError when Claude is asked for by name and there is no key.
    """
    kind = loaded.get("planner.kind")
    wanted, why = (name, "--planner") if name else (str(kind.value), kind.source)
    key = None if name == "outline" else find_key(loaded)
    if wanted == "claude" and key is None:
        if name:
            raise UsageError("There is no key for Claude.", f"{HOW} Without a key: --planner outline.")
        wanted, why = "outline", NO_KEY
    elif wanted == "auto":
        wanted, why = ("claude", "a key is held") if key else ("outline", NO_KEY)
    else:
        why = f"chosen by {why}"
    model = _or_default(loaded.get("planner.model"), DEFAULT_MODEL)
    research = _or_default(loaded.get("planner.research_model"), str(model.value), model.source)
    base_url = _or_default(loaded.get("planner.base_url"), DEFAULT_BASE_URL)
    matters = {"claude": "planner.", "outline": "planner.key_command"}[wanted]
    notes = tuple(text for text in loaded.warnings if matters in text) if name != "outline" else ()
    return Choice(wanted, why, model, research, base_url, key, notes, loaded.retired)


def _or_default(origin: Origin, value: str, source: str = "default") -> Origin:
    return origin if origin.value else Origin(origin.key, value, source)


def claude_options(choice: Choice, loaded: Loaded, root: Path, **more: Any) -> ClaudeOptions:
    """The options for the planner that was chosen; `more` are further fields of ClaudeOptions.

    Raises NotFound, TaskdeckError for standards that cannot be read: no call is made without them.
    """
    settings = loaded.settings.planner
    assert choice.key is not None
    fields: dict[str, Any] = {
        "read_key": choice.key.read,
        "model": str(choice.model.value),
        "research_model": str(choice.research_model.value),
        "base_url": str(choice.base_url.value),
        "effort": settings.effort or None,
        "language": settings.language,
        "concurrency": settings.concurrency,
        "retries": settings.retries,
        "silence_timeout": settings.timeout,
        "budget": settings.budget,
        "confirm_above": settings.confirm_tokens,
        "web_search_tool": settings.web_search,
        "standards": read_standards(loaded, root),
    }
    return ClaudeOptions(**{**fields, **more})


def read_standards(loaded: Loaded, root: Path) -> tuple[Standard, ...]:
    """The files with the project's standards. Raises NotFound, TaskdeckError."""
    origin = loaded.get("planner.standards")
    return tuple(_standard(name, root, origin.source) for name in origin.value)


def _standard(name: str, root: Path, source: str) -> Standard:
    path = root / Path(name).expanduser()
    hint = f"{source} names it in planner.standards."
    # A link in a repository must not lead a file of the user to the model.
    if not Path(name).expanduser().is_absolute() and not path.resolve().is_relative_to(root.resolve()):
        raise TaskdeckError(f"The standards {name} lead out of the project.", hint)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"There are no standards {name} in {root}; nothing was sent.", hint) from None
    except OSError as error:
        raise TaskdeckError(f"The standards {path} cannot be read: {error.strerror}.", hint) from None
    if len(data) > _LARGEST_STANDARD:
        raise TaskdeckError(f"The standards {path} have more than {_LARGEST_STANDARD // 1000} kB.", hint)
    try:
        return Standard(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise TaskdeckError(f"The standards {path} are not UTF-8 text.", hint) from None
