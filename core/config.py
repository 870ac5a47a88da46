"""Settings: one schema, read from flags, environment, project, user and defaults, each value with its source.

Imports pydantic; commands that need no settings do not import this module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from core.errors import Conflict, Refused, TaskdeckError, UsageError
from core.paths import PROJECT_FILE, config_file, project_settings
from core.plain_text import printable
from core.project.task_master import CONFIG_PLACES, TaskMasterConfig, is_retired, read_config
from core.secrets import remember
from core.settings import trust
from core.settings.allowed import allowed, annotated, wrong
from core.settings.read_only import KEY as READ_ONLY
from core.settings.read_only import check_writable
from core.settings.schema import SECRET, CountSettings, PlannerSettings, Settings
from core.settings.toml_file import read_settings_file, write_setting

PREFIX = "TASKDECK_"
Scope = Literal["user", "project"]


class HasRoot(Protocol):
    """A project, as far as settings need to know it."""

    @property
    def root(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """A value in force and where it comes from: "--model", "TASKDECK_THEME", a file and line, "default"."""

    key: str
    value: Any
    source: str

    @property
    def shown(self) -> Any:
        """The value as it may be shown: of a secret only that it is set, of an address no password."""
        if self.key in SECRET and self.value:
            return "(set, not shown)"
        return _PASSWORD.sub(r"\1…@", self.value) if isinstance(self.value, str) else self.value


_PASSWORD = re.compile(r"^(https?://)[^/?#]*@")


@dataclass(frozen=True)
class Loaded:
    """The settings in force, each with its source; `warnings` are plain sentences for the user."""

    settings: Settings
    origins: Mapping[str, Origin]
    warnings: tuple[str, ...] = ()
    untrusted: tuple[Origin, ...] = ()
    """Values a project file sets that are passed over until the user trusts them (`trust_value`)."""
    retired: tuple[Origin, ...] = ()
    """Models Task Master's settings name that nobody serves any more: they do not count."""

    def get(self, key: str) -> Origin:
        """One setting. Raises UsageError for a key that does not exist."""
        _field(key)
        return self.origins[key]


def load_settings(
    project: HasRoot | None = None, flags: Mapping[str, Any] | None = None, *, strict: bool = True
) -> Loaded:
    """Settings in force: flag > TASKDECK_* > project file > user file > what other tools say > default.

    Other tools' words are ANTHROPIC_BASE_URL and, below it, Task Master's models where they are Anthropic's.
    `flags` are dotted keys with values; None stands for a flag not given. Raises DamagedFile (a file is not
    TOML), Refused (a file has a value that is not allowed: one sentence with its place and what is allowed)
    and UsageError (so has a flag or the environment). Not `strict`, what files and environment say wrongly is
    passed over with a warning, so that the app starts.
    """
    warnings = _Warnings(strict)
    untrusted: list[Origin] = []
    origins = {key: Origin(key, field.get_default(), "default") for key, field in _fields().items()}
    layers: list[tuple[Iterator[Origin], bool]] = [
        (_from_anthropic(warnings), False),
        (_from_file(config_file(), warnings, ""), False),
        (_from_environment(warnings), False),
    ]
    if project is not None:
        layers.insert(0, (_from_task_master(project.root, warnings), True))
        layers.insert(3, (_from_file(project_settings(project.root), warnings, " --in-project"), True))
    for layer, from_project in layers:
        for origin in layer:
            objection = _objection(project.root, origin) if project and from_project else ""
            if from_project and _ends_stop_line(origins[origin.key], origin):
                continue  # a repository can make itself read-only, but not end what its user said
            if objection:
                untrusted.append(origin)
                warnings.append(objection)
            else:
                origins[origin.key] = origin
    for key, value in (flags or {}).items():
        if value is not None:
            source = "--" + key.rpartition(".")[2].replace("_", "-")
            origins[key] = Origin(key, _checked(key, value, source), source)
    nested = _nested({key: origin.value for key, origin in origins.items()})
    remember(*(str(origins[key].value) for key in SECRET))
    retired = tuple(_retired(project.root)) if project is not None else ()
    return Loaded(Settings.model_validate(nested), origins, tuple(warnings), tuple(untrusted), retired)


def setting_keys() -> tuple[str, ...]:
    """Every dotted key, for completion and help."""
    return tuple(_fields())


def explain(key: str) -> str:
    """What a setting is for and what is allowed. Raises UsageError for an unknown key."""
    field = _field(key)
    return ": ".join(part for part in (field.description, allowed(field)) if part)


def set_setting(key: str, text: str, scope: Scope = "user", project: HasRoot | None = None) -> Path:
    """Set one setting from text in the user's or the project's file; returns that file.

    Raises UsageError for an unknown key or value, the scope "project" without a project, or a value that
    would not count there; Refused for the file of a read-only project.
    """
    path = _scope_file(scope, project, key)
    value = _checked(key, _from_text(key, text))
    if key in SECRET:
        remember(str(value))
    if scope == "project" and only_own(key):
        raise UsageError(
            f"{key} counts only in your own settings; nothing was changed.", "Leave --in-project out."
        )
    if scope == "project" and project is not None and _is_outside(project.root, key, value):
        raise UsageError(
            f"{key} must stay inside the project; {printable(text)} does not.", "Leave --in-project out."
        )
    # TOML has lists only.
    value = [*cast("tuple[str, ...]", value)] if isinstance(value, tuple) else value
    write_setting(path, key, value, private=key in SECRET)
    return path


def only_own(key: str) -> bool:
    """Whether a setting counts only in the user's own file, never in a project's."""
    return key in trust.NEVER_FROM_PROJECT


def needs_trust(key: str) -> bool:
    """Whether a project's value counts only once the user trusted it (`trust_value`)."""
    return key in trust.NEEDS_TRUST


def unset_setting(key: str, scope: Scope = "user", project: HasRoot | None = None) -> Path:
    """Remove one setting from a file, so that the next source counts. Raises as `set_setting`."""
    _field(key)
    path = _scope_file(scope, project, key)
    write_setting(path, key, None)
    return path


def trust_value(project: HasRoot, key: str, shown: Any = None) -> Origin:
    """Trust the value the project's files set for `key`; `shown` is what the user was asked about.

    The project's own settings count before Task Master's. Raises UsageError when they set none, Conflict
    when it is no longer the one that was shown.
    """
    source = str(project_settings(project.root))
    value = read_settings_file(project_settings(project.root)).values.get(key)
    if value is None:
        for origin in _from_task_master(project.root, _Warnings(strict=False)):
            value, source = (origin.value, origin.source) if origin.key == key else (value, source)
    if shown is not None and value != shown:
        raise Conflict(f"{source} now sets {key} to something else.", "Look at it again.")
    if value is None or key not in trust.NEEDS_TRUST:
        raise UsageError(
            f"{PROJECT_FILE} sets no {key} that needs trust.", "`taskdeck config show` lists them."
        )
    trust.trust(project.root, key, value)
    return Origin(key, value, source)


def _scope_file(scope: Scope, project: HasRoot | None, key: str) -> Path:
    """The file to write `key` to. A read-only project's own file takes no other key than what ends that."""
    if scope == "user":
        return config_file()
    if project is None:
        raise UsageError("There is no project whose settings could be changed.", "Name one with --project.")
    if key != READ_ONLY:
        check_writable(project.root)
    return project_settings(project.root)


def _fields(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            fields |= _fields(field.annotation, f"{prefix}{name}.")
        else:
            fields[prefix + name] = field
    return fields


def _field(key: str) -> FieldInfo:
    field = _fields().get(key)
    if field is None:
        raise UsageError(f"There is no setting {key}{_meant(key)}.", "`taskdeck config show` lists them all.")
    return field


def _meant(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, list(_fields()), 1)
    return f"; {near[0]} is one" if near else ""


class _Warnings(list[str]):
    """Sentences gathered on the way; with `strict` an error is raised instead of becoming one."""

    def __init__(self, strict: bool) -> None:
        super().__init__()
        self.strict = strict

    def instead_of(self, error: TaskdeckError) -> None:
        if self.strict:
            raise error
        message = error.message.rstrip(".")
        self.append(f"{message}. Until it is mended nothing is planned, run or published here.")


def _from_file(path: Path, warnings: _Warnings, option: str) -> Iterator[Origin]:
    """What a file sets; `option` is what `config set` needs to change that file."""
    try:
        file = read_settings_file(path)
    except TaskdeckError as error:
        warnings.instead_of(error)
        return
    for key, value in file.values.items():
        if key in _fields():
            hint = f"`taskdeck config set {key} VALUE{option}` changes it."
            yield from _origin(key, value, file.place(key), warnings, hint)
        elif value != {}:
            warnings.append(f"{file.place(key)}: there is no setting {key}{_meant(key)}; it is passed over.")


def _origin(key: str, value: Any, source: str, warnings: _Warnings, hint: str = "") -> Iterator[Origin]:
    """The value with its source; `hint` says how to mend it where it stands in a file."""
    try:
        yield Origin(key, _checked(key, value, source), source)
    except UsageError as error:
        # Nothing is wrong with the command then: it is held back until the file says what may happen.
        warnings.instead_of(Refused(error.message, hint) if hint else error)


def _from_environment(warnings: _Warnings) -> Iterator[Origin]:
    for key in _fields():
        variable = PREFIX + key.upper().replace(".", "_")
        text = os.environ.get(variable)
        if text:
            yield from _origin(key, _from_text(key, text), variable, warnings)


def _from_anthropic(warnings: _Warnings) -> Iterator[Origin]:
    """The variable that Anthropic's own tools read for the address."""
    address = os.environ.get("ANTHROPIC_BASE_URL", "")
    if address:
        yield from _origin("planner.base_url", address, "ANTHROPIC_BASE_URL", warnings)


def _from_task_master(root: Path, warnings: _Warnings) -> Iterator[Origin]:
    """Models and address that Task Master calls, where its provider is Anthropic."""
    config = read_config(*(root / place for place in CONFIG_PLACES))
    for key, value in _task_master_values(config):
        # What nobody serves any more is not taken over: Task Master writes such models by default.
        if value and not is_retired(value):
            yield from _origin(key, value, str(config.path), warnings)


def _retired(root: Path) -> Iterator[Origin]:
    config = read_config(*(root / place for place in CONFIG_PLACES))
    for key, value in _task_master_values(config):
        if is_retired(value):
            yield Origin(key, value, str(config.path))


def _task_master_values(config: TaskMasterConfig) -> Iterator[tuple[str, str]]:
    """Settings that Task Master's file speaks about; empty values among them."""
    for role, key in (("main", "planner.model"), ("research", "planner.research_model")):
        model = config.models.get(role)
        if model is not None and model.provider == "anthropic":
            yield key, model.model
            if role == "main":
                yield "planner.base_url", model.base_url


def _from_text(key: str, text: str) -> Any:
    if get_origin(_field(key).annotation) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return None if text.lower() == "none" and _field(key).default is None else text


def _checked(key: str, value: Any, source: str = "") -> Any:
    """The value as the schema has it. Raises UsageError in one sentence, with where it stands."""
    field = _field(key)
    try:
        return TypeAdapter[Any](annotated(field)).validate_python(value)
    except ValidationError:
        said = wrong(field, value, secret=key in SECRET)
        message = f"{key} cannot {said}; allowed: {allowed(field) or 'a text'}."
        if not source:
            raise UsageError(message) from None
        raise UsageError(f"{source}: {message}", f"`taskdeck config set {key} VALUE` changes it.") from None


def _objection(root: Path, origin: Origin) -> str:
    """Why a value from a project's file does not count; empty when it does."""
    if not origin.value:
        return ""
    if origin.key in trust.NEVER_FROM_PROJECT:
        return f"{origin.source}: {origin.key} counts only in your own settings; it is passed over."
    if origin.key in trust.NEEDS_TRUST and not trust.is_trusted(root, origin.key, origin.value):
        return (
            f"{origin.source}: the project sets {origin.key} to {origin.shown}; it is passed over until you "
            f"trust it with `taskdeck config trust {origin.key}`."
        )
    if _is_outside(root, origin.key, origin.value):
        return f"{origin.source}: {origin.key} points outside the project; it is passed over."
    return ""


def _ends_stop_line(present: Origin, origin: Origin) -> bool:
    """Whether a project's value would end the read-only mode that its user's own settings ask for."""
    return origin.key == READ_ONLY and bool(present.value) and not origin.value


_PATHS = frozenset({"prd", "planner.standards"})


def _is_outside(root: Path, key: str, value: Any) -> bool:
    """Whether a setting that names files names one that is not in the project."""
    return key in _PATHS and bool(value) and not all(_is_within(root, path) for path in _paths(value))


def _paths(value: Any) -> tuple[str, ...]:
    return cast("tuple[str, ...]", value) if isinstance(value, tuple) else (str(value),)


def _is_within(root: Path, path: str) -> bool:
    return not path.startswith("~") and (root / path).resolve().is_relative_to(root.resolve())


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        target = nested.setdefault(section, {}) if section else nested
        target[name] = value
    return nested


__all__ = [
    "PROJECT_FILE",
    "SECRET",
    "CountSettings",
    "Loaded",
    "Origin",
    "PlannerSettings",
    "Settings",
    "explain",
    "load_settings",
    "needs_trust",
    "only_own",
    "set_setting",
    "setting_keys",
    "trust_value",
    "unset_setting",
]
