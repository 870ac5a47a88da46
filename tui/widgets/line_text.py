"""One line of a log whole: JSON laid out, or the text as it is; only the rows in view are drawn."""

from __future__ import annotations

import json
import re
from typing import Any

from tui.widgets.line_view import LineView, Part
from tui.widgets.log_signs import size_text
from tui.widgets.text_lines import cut

LIMIT = 2_000_000
"""Bytes of a line that are laid out; saving it gives the rest."""

_KEY = re.compile(r'( *)("(?:[^"\\]|\\.)*"): (.*)')


class LineText(LineView):
    """`data` is the line, `size` how long it is really."""

    def __init__(self, data: bytes, size: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.data = data
        self.size_whole = size
        self.pretty = True
        self._lines: list[list[Part]] = []

    @property
    def is_json(self) -> bool:
        """Whether the line is a JSON object or list, which can be laid out."""
        return _laid_out(self.data) is not None

    def on_resize(self, event: Any) -> None:
        super().on_resize(event)
        self.lay_out()

    def lay_out(self) -> None:
        """Make the rows for the present width."""
        width = max(8, self.line_width - 1)
        text = (_laid_out(self.data) if self.pretty else None) or self.data.decode("utf-8", "replace")
        self._lines = [line for source in text.split("\n") for line in _rows(source, width, self.pretty)]
        if self.size_whole > len(self.data):
            words = f"… {size_text(self.size_whole)} in all; these are the first {size_text(len(self.data))}"
            self._lines.append([(words, "line--alarm")])
        self.resize_content(len(self._lines))

    def parts(self, y: int, width: int) -> list[Part]:
        return [(" ", ""), *self._lines[y]] if y < len(self._lines) else []


def _laid_out(data: bytes) -> str | None:
    try:
        value: Any = json.loads(data)
        if not isinstance(value, dict | list):
            return None
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _rows(source: str, width: int, pretty: bool) -> list[list[Part]]:
    """The rows of one line of text; the key of a JSON member has its own style."""
    found = _KEY.fullmatch(source) if pretty else None
    if found is None:
        return [[(part, "")] for part in cut(source, width)]
    indent, key, value = found.groups()
    first, *more = cut(indent + key + ": " + value, width)
    head = len(indent) + len(key) + 1
    if len(first) < head or not first.isascii():
        return [[(part, "")] for part in (first, *more)]
    rows = [[(first[:head], "line--head"), (first[head:], "")]]
    return rows + [[(part, "")] for part in more]
