"""Write JSON values the way a file writes them: its indentation, line endings, spaces and escapes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from json import JSONDecodeError
from typing import Any, cast

from core.tasks.json_text import NumberText, read_items, read_members, skip_space

_lone_surrogate = re.compile("[\ud800-\udfff]")
_non_ascii_escape = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
_first_break = re.compile(r"[{\[](\r?\n)([ \t]*)")
_first_colon = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"(\s*:\s*)')


@dataclass(frozen=True, slots=True)
class Style:
    """How a value is laid out: `newline` is empty where everything stands on one line."""

    newline: str = "\n"
    unit: str = "  "
    colon: str = ": "
    comma: str = ","
    """The separator within a line, with its space."""
    pad: str = ""
    """The space inside the braces of an object on one line."""
    flat_lists: bool = False
    """Whether lists of plain values stand on one line although objects do not."""
    ascii_only: bool = False

    def on_one_line(self) -> Style:
        """The same spaces and escapes without line breaks."""
        return replace(self, newline="")


def quote(text: str, ascii_only: bool = False) -> str:
    """A JSON string as JavaScript writes it; lone surrogates are escaped so that it encodes as UTF-8."""
    if ascii_only:
        return json.dumps(text)
    return _lone_surrogate.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text, ensure_ascii=False))


def format_value(value: Any, style: Style, indent: str = "") -> str:
    """The JSON text of `value`; `indent` is the indentation of the line it begins on."""
    if isinstance(value, str):
        return quote(value, style.ascii_only)
    if isinstance(value, NumberText):
        return value.literal
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        parts = [
            quote(key, style.ascii_only) + style.colon + format_value(inner, style, indent + style.unit)
            for key, inner in members.items()
        ]
        return _wrap("{}", parts, style, indent, pad=style.pad)
    if isinstance(value, (list, tuple)):
        values = cast("list[Any]", value)
        if style.flat_lists and not any(isinstance(inner, (dict, list, tuple)) for inner in values):
            style = style.on_one_line()
        parts = [format_value(inner, style, indent + style.unit) for inner in values]
        return _wrap("[]", parts, style, indent, pad="")
    return json.dumps(value, allow_nan=False)


def _wrap(brackets: str, parts: list[str], style: Style, indent: str, pad: str) -> str:
    if not parts:
        return brackets
    if not style.newline:
        return brackets[0] + pad + style.comma.join(parts) + pad + brackets[1]
    lead = style.newline + indent + style.unit
    return brackets[0] + lead + ("," + lead).join(parts) + style.newline + indent + brackets[1]


def escapes_non_ascii(text: str) -> bool:
    r"""Whether a file writes every character beyond ASCII as \uXXXX (and has such a character)."""
    # A plain search first: it takes milliseconds where the expression takes half a second.
    at = text.find("\\u") if text.isascii() else -1
    while at >= 0:
        slashes = at - len(text[max(0, at - 50) : at].rstrip("\\")) - max(0, at - 50)
        if slashes % 2 == 0 and _non_ascii_escape.match(text, at):
            return True
        at = text.find("\\u", at + 2)
    return False


def line_indent(text: str, position: int) -> str:
    """The white space that begins the line of `position`."""
    start = text.rfind("\n", 0, position) + 1
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return text[start:end]


def style_of(sample: str, default: Style | None = None) -> Style:
    """The style of an object or list given as text, such as a sibling of the one to be written."""
    style = default or Style()
    colon = _first_colon.search(sample)
    if colon and "\n" not in colon[1]:
        style = replace(style, colon=colon[1], comma=", " if colon[1].endswith((" ", "\t")) else ",")
    found = _first_break.search(sample)
    if found is None:
        pad = " " if sample[1:2] == " " else ""
        return replace(style, newline="", pad=pad)
    base = line_indent(sample, len(sample)) if "\n" in sample else ""
    inner = found[2]
    unit = inner[len(base) :] if inner.startswith(base) and len(inner) > len(base) else inner or style.unit
    return replace(style, newline=found[1], unit=unit)


def style_of_file(text: str) -> Style:
    """The style of a whole file, read from its beginning."""
    head = text[: text.find('"', text.find('"') + 1) + 3] if '"' in text else text[:80]
    colon = _first_colon.search(text[:2000])
    spaced = colon[1] if colon and "\n" not in colon[1] else ": "
    style = Style(colon=spaced, comma=", " if spaced.endswith(" ") else ",")
    found = _first_break.match(head.lstrip("\ufeff \t\r\n"))
    if found is None:
        newline = "" if "\n" not in text.strip() and '"' in text else "\n"
        return replace(style, newline=newline)
    return replace(style, newline=found[1], unit=found[2] or style.unit)


def list_on_one_line(text: str) -> bool | None:
    """Whether a list with elements stands on one line; None when it has none or is no list."""
    if text[:1] != "[":
        return None
    items, _ = read_items(text, 0)
    return "\n" not in text if items else None


def member_text(text: str, start: int, field: str) -> str | None:
    """The text of the value of `field` in the object at `start`: the last one, as JSON readers take it."""
    try:
        members, _ = read_members(text, skip_space(text, start))
    except JSONDecodeError:
        return None
    found = [member.span for member in members if member.key == field]
    return text[found[-1].start : found[-1].end] if found else None


def reindent(text: str, old: str, new: str) -> str:
    """Shift the lines of a JSON text from one indentation to another (JSON strings hold no line breaks)."""
    if old == new or "\n" not in text:
        return text
    first, *rest = text.split("\n")
    return "\n".join([first, *(new + line.removeprefix(old) if line.strip() else line for line in rest)])
