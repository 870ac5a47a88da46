"""Which tag counts, and choosing another one in Task Master's `state.json` without losing what it holds."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, NotFound
from core.project.find import Project
from core.tasks.json_text import Member, Splice, apply_splices, read_members, skip_space

DEFAULT_TAG = "master"
TAG_VARIABLE = "TASKDECK_TAG"
GUESSED = "the first tag"
"""The source of a choice that nothing speaks for: several tags, none of them current or `master`."""


@dataclass(frozen=True, slots=True)
class TagChoice:
    """The tag to work on, where that comes from, and what was passed over on the way (often empty)."""

    name: str
    source: str
    note: str = ""


def current_tag(project: Project, flag: str | None = None, tags: Collection[str] | None = None) -> str:
    """The name of the tag to work on; see `choose_tag`."""
    return choose_tag(project, flag, tags).name


def choose_tag(project: Project, flag: str | None = None, tags: Collection[str] | None = None) -> TagChoice:
    """The tag to work on: flag, TASKDECK_TAG, `state.json`, the branch's tag, the default, the only one.

    `tags` are the names in the task file: a tag that only a state or settings file names is passed over
    when the task file has no such tag. One that the user named is kept, so that whoever opens it can say
    it is missing.
    """
    if flag:
        return TagChoice(flag, "--tag")
    if named := os.environ.get(TAG_VARIABLE):
        return TagChoice(named, TAG_VARIABLE)
    note = ""
    for name, source in _remembered(project):
        if not name:
            continue
        if tags is None or name in tags:
            return TagChoice(name, source, note)
        note = note or f'{source} names the tag "{name}", which the task file does not have.'
    if tags and DEFAULT_TAG not in tags:
        return TagChoice(next(iter(tags)), "the only tag" if len(tags) == 1 else GUESSED, note)
    return TagChoice(DEFAULT_TAG, "default", note)


def _remembered(project: Project) -> list[tuple[str, str]]:
    state = project.state
    found = [(state.current_tag, "state.json")]
    if state.branch_tags:
        branch = current_branch(project.root)
        found.append((state.branch_tags.get(branch, ""), f"the branch {branch}"))
    found.append((project.config.default_tag, "config.json"))
    return found


def current_branch(folder: Path) -> str:
    """The git branch checked out around `folder`, by `.git/HEAD`; empty when detached or not in git."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        try:
            if git.is_file():  # a linked work tree or a submodule
                target = git.read_text("utf-8", "replace").partition("gitdir:")[2].strip()
                git = parent / target
            if git.is_dir():
                head = (git / "HEAD").read_text("utf-8", "replace").strip()
                return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""
        except OSError:
            return ""
    return ""


def use_tag(project: Project, tag: str, tags: Collection[str] | None = None) -> None:
    """Make `tag` the current one in `state.json`, changing only what says so.

    Raises NotFound when `tags` is given without it, DamagedFile when `state.json` does not parse, Refused in
    a read-only project.
    """
    from core.settings.read_only import check_writable

    if tags is not None and tag not in tags:
        raise NotFound(f'There is no tag "{tag}"; there are: {", ".join(tags) or "none"}.')
    check_writable(project.root)
    path = project.folder / "state.json"
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError:
        raise DamagedFile(path, "the text is not UTF-8", hint=_HINT) from None
    new_text = _switched(text, tag, path) if text.strip() else fresh_state(tag)
    path.parent.mkdir(parents=True, exist_ok=True)
    from core.atomic_write import write_atomic

    write_atomic(path, new_text.encode("utf-8"))
    project.__dict__.pop("state", None)  # read anew when asked for


_HINT = "Nothing was changed. Mend the file or remove it, then try again."


def fresh_state(tag: str) -> str:
    """The text of a new `state.json`, as Task Master makes it."""
    state: dict[str, Any] = {
        "currentTag": tag,
        "lastSwitched": now(),
        "branchTagMapping": {},
        "migrationNoticeShown": False,
    }
    return json.dumps(state, indent=2, ensure_ascii=False)


def now() -> str:
    """The time as Task Master writes it: ISO, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _switched(text: str, tag: str, path: Path) -> str:
    start = skip_space(text, 1 if text.startswith("﻿") else 0)
    try:
        if text[start : start + 1] != "{":
            raise JSONDecodeError("Not an object", text, start)
        members, end = read_members(text, start)
        if text[skip_space(text, end) :]:
            raise JSONDecodeError("Extra data", text, end)
    except JSONDecodeError as error:
        raise DamagedFile(path, "not a JSON object", error.lineno, error.colno, _HINT) from None
    values = {"currentTag": tag, "lastSwitched": now()}
    splices = [
        Splice(member.span.start, text[member.span.start : member.span.end], json.dumps(values[member.key]))
        for member in members
        if member.key in values
    ]
    if not any(member.key == "currentTag" for member in members):
        splices.insert(0, Splice(start + 1, "", _new_entry(text, start, members, tag)))
    return apply_splices(text, splices)


def _new_entry(text: str, start: int, members: list[Member], tag: str) -> str:
    """The text that puts `currentTag` first, in the file's own layout."""
    entry = f'"currentTag": {json.dumps(tag)}'
    if not members:
        return entry
    lead = re.match(r"\s*", text[start + 1 :])
    return f"{lead.group() if lead else ''}{entry},"
