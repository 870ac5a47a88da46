"""The lines at the head of a document that say which task and content it was written from, and by whom."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json import JSONDecodeError

from core.plain_text import printable_json

_MARK = "---"
_MOST_LINES = 60
_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,60}):(?:[ \t]+(.*?))?[ \t]*")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


class Malformed(ValueError):  # noqa: N818
    """A document's front matter cannot be read; the text says why in a few plain words."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a document says of itself. `hash` is `content_hash` of the task it was written from."""

    task: str
    title: str
    hash: str
    document: str = ""
    """The file name it was written as."""
    tag: str = ""
    written_by: str = ""
    """`builtin`, or the agent that wrote it."""
    model: str = ""
    more: tuple[tuple[str, str], ...] = ()
    """Further lines, as somebody else put them there."""

    def names(self, key: str, title: str) -> bool:
        """Whether it names this task by id and title; blanks in titles do not count."""
        return self.task == key and _spaced(self.title) == _spaced(title)


def dump(matter: FrontMatter) -> str:
    """The lines, `---` around them, readable as YAML: every value is a text in double quotes.

    Empty values other than the first three are left out.
    """
    values = {
        "task": matter.task,
        "title": matter.title,
        "hash": matter.hash,
        "document": matter.document,
        "tag": matter.tag,
        "written_by": matter.written_by,
        "model": matter.model,
        **dict(matter.more),
    }
    lines = [f"{name}: {_quoted(text)}" for name, text in values.items() if text or name in _NEEDED]
    return "\n".join([_MARK, *lines, _MARK, ""])


def parse(text: str) -> tuple[FrontMatter, str]:
    """The front matter of a document and the text below it.

    Accepts what `dump` writes and what people and models write instead: values without quotes or in single
    quotes, `sha256:` before a hash. Raises Malformed when there is none, or it lacks task, title or hash.
    """
    values, body = _split(text)
    missing = [name for name in _NEEDED if name not in values]
    if missing:
        raise Malformed(f"its front matter does not name {' and '.join(missing)}")
    digest = values["hash"].removeprefix("sha256:").lower()
    if not _DIGEST.fullmatch(digest):
        raise Malformed("the hash in its front matter is not 64 hexadecimal digits")
    more = tuple((name, value) for name, value in values.items() if name not in _KNOWN)
    known = {name: values.get(name, "") for name in _KNOWN if name != "hash"}
    return FrontMatter(**known, hash=digest, more=more), body


_NEEDED = ("task", "title", "hash")
_KNOWN = ("task", "title", "hash", "document", "tag", "written_by", "model")


def _split(text: str) -> tuple[dict[str, str], str]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _MARK:
        raise Malformed("it has no front matter")
    values: dict[str, str] = {}
    for at, line in enumerate(lines[1 : _MOST_LINES + 1], 1):
        if line.rstrip() == _MARK:
            return values, "\n".join(lines[at + 1 :])
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise Malformed(f"line {at + 1} of its front matter is not `name: value`")
        if found[1] in values:
            raise Malformed(f"its front matter names {found[1]} twice")
        values[found[1]] = _value(found[2] or "", at + 1)
    raise Malformed("its front matter does not end")


def _value(text: str, line: int) -> str:
    if text.startswith('"'):
        try:
            value: object = json.loads(text)
        except (JSONDecodeError, RecursionError):
            raise Malformed(f"the text in quotes in line {line} of its front matter cannot be read") from None
        return str(value)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _quoted(text: str) -> str:
    # YAML reads JSON's quoting, but would fold the line breaks that JSON leaves as they are.
    return _NO_CHARACTER.sub(
        lambda match: f"\\u{ord(match[0]):04x}", printable_json(json.dumps(text, ensure_ascii=False))
    )


def _spaced(text: str) -> str:
    return " ".join(text.split())
