"""What a setting may hold, in words: from its type and limits in the schema."""

from __future__ import annotations

from typing import Annotated, Any, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from core.plain_text import printable, shorten
from core.secrets import redact


def allowed(field: FieldInfo) -> str:
    """What may stand there; empty where there is nothing to say."""
    choices = get_args(field.annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(choice or "empty" for choice in choices)
    limits = {
        name: getattr(rule, name)
        for rule in field.metadata
        for name in ("ge", "le", "gt")
        if hasattr(rule, name)
    }
    if field.annotation is int and limits:
        return f"a whole number from {limits.get('ge')} to {limits.get('le')}"
    if limits:
        return f"a number above {limits.get('gt')}" + (", or none" if field.default is None else "")
    if any(hasattr(rule, "pattern") for rule in field.metadata):
        return "an address that begins with http:// or https://"
    if get_origin(field.annotation) is tuple:
        names = ", ".join(_names(field))
        return f"any of {names}, separated by commas" if names else "a list, separated by commas"
    return {str: "a text", bool: "true or false"}.get(cast("type", field.annotation), "")


def wrong(field: FieldInfo, value: Any, *, secret: bool) -> str:
    """What the value must not be: of a list of known names those that are none."""
    if secret:
        return 'be "…"'
    names = _names(field)
    if names and isinstance(value, list | tuple):
        unknown = [str(name) for name in cast("list[object]", value) if name not in names]
        return f'hold "{shorten(printable(", ".join(unknown)), 60)}"'
    return f'be "{shorten(printable(redact(str(value))), 60)}"'


def _names(field: FieldInfo) -> tuple[str, ...]:
    """The names that may stand in a list; none where it takes any text."""
    item = get_args(field.annotation)[:1] if get_origin(field.annotation) is tuple else ()
    return get_args(item[0]) if item else ()


def annotated(field: FieldInfo) -> Any:
    """The type with its limits, as a validator wants it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
