"""The words models are asked with: Markdown files in the folder `prompts`, with `$names` to fill in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).with_name("prompts")


def prompt(name: str, **values: object) -> str:
    """The text of `prompts/<name>.md` with every `$name` filled in. What is filled in is not read again."""
    return _template(name).substitute(values).strip()


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.md").read_text("utf-8"))
