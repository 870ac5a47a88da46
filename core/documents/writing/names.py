"""Names that a plan gives: what it writes as code, the files it speaks of, what its code blocks define."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORKED = re.compile(r"`([^`\n]{1,80})`")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_PATH = re.compile(
    r"(?<![\w./:@-])(?:[\w.@-]+/)+[\w.-]+\.[A-Za-z]{1,6}(?![\w/])|"
    r"(?<![\w./:@-])[\w-]+\.(?:rs|py|ts|tsx|js|jsx|go|java|kt|rb|php|cs|swift|ex|exs|toml|ya?ml|json|proto|sql|"
    r"css|html|sh|env|cfg|ini|lock)(?![\w/])"
)
_DEFINED = re.compile(
    r"^\s*(?:pub(?:\([^)]*\))? |export |default |public |private |abstract |async |static )*"
    r"(?:struct|enum|trait|class|interface|type|message|service|def|fn|func|function|record|module) "
    r"(?:\([^)]*\) )?([A-Za-z_]\w*)",
    re.MULTILINE,
)
_TABLE = re.compile(r"\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?[\"`]?(\w+)", re.IGNORECASE)


def names_in(texts: Iterable[str]) -> list[str]:
    """Every name once, in the order of the texts."""
    found: dict[str, None] = {}
    for text in texts:
        prose, code = split_code(text)
        found.update(dict.fromkeys(name.strip() for name in _WORKED.findall(prose)))
        found.update(dict.fromkeys(match[0] for match in _PATH.finditer(_WORKED.sub(" ", prose))))
        found.update(dict.fromkeys(_DEFINED.findall(code)))
        found.update(dict.fromkeys(_TABLE.findall(code)))
    return [name for name in found if name]


def split_code(text: str) -> tuple[str, str]:
    """What stands outside and what stands inside of blocks of code."""
    prose, code, fenced = [""], [""], False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        else:
            (code if fenced else prose).append(line)
    return "\n".join(prose), "\n".join(code)
