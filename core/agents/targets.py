"""What a tool call works on, in a few words: a path, a command, a pattern."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from core.agents.events import Data
from core.agents.json_values import objects, text
from core.secrets import redact

WRITING = frozenset(("Write", "Edit", "MultiEdit", "NotebookEdit"))
"""Tools that write files."""

_LONGEST = 500


def target_of(tool: str, given: Data, cwd: str = "") -> str:
    """What `tool` was asked to work on; paths below `cwd` are relative to it."""
    words = _OF.get(tool, _first_text)(given, cwd)
    return redact(words[: 8 * _LONGEST])[:_LONGEST]


def path_of(given: Data, cwd: str = "") -> str:
    """The path of a call that names one, else ""."""
    found = (text(given.get(name)) for name in ("file_path", "notebook_path", "path"))
    path = next((path for path in found if path), "")
    return relative(path, cwd)


def relative(path: str, cwd: str) -> str:
    """`path` as seen from the folder `cwd` when it lies in it, else as it is."""
    if not cwd or not path.startswith("/"):
        return posixpath.normpath(path) if path else path
    path, cwd = posixpath.normpath(path), posixpath.normpath(cwd)
    return path.removeprefix(cwd + "/") if path.startswith(cwd + "/") else path


def size_of(tool: str, given: Data) -> int | None:
    """Bytes of the file that a call writes whole; None where it writes a part."""
    content = given.get("content")
    if tool != "Write" or not isinstance(content, str):
        return None
    return len(content.encode("utf-8", "replace"))


def _pattern(given: Data, cwd: str) -> str:
    pattern, path = text(given.get("pattern")), text(given.get("path"))
    return f"{pattern} in {relative(path, cwd)}" if path else pattern


def _todos(given: Data, cwd: str) -> str:
    todos = objects(given.get("todos"))
    done = sum(todo.get("status") == "completed" for todo in todos)
    now = next((todo for todo in todos if todo.get("status") == "in_progress"), None)
    words = f"{done} of {len(todos)} done"
    return f"{words}: {text(now.get('activeForm')) or text(now.get('content'))}" if now else words


def _update(given: Data, cwd: str) -> str:
    return " ".join(word for word in (f"#{text(given.get('taskId'))}", text(given.get("status"))) if word)


def _named(*names: str) -> Callable[[Data, str], str]:
    return lambda given, cwd: next((words for name in names if (words := text(given.get(name)))), "")


def _first_text(given: Data, cwd: str) -> str:
    path = path_of(given, cwd)
    return path or next((value for value in given.values() if isinstance(value, str) and value), "")


_OF: Mapping[str, Callable[[Data, str], str]] = {
    **dict.fromkeys(("Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "LS"), path_of),
    **dict.fromkeys(("Grep", "Glob"), _pattern),
    "Bash": _named("command", "description"),
    "WebFetch": _named("url"),
    "WebSearch": _named("query"),
    **dict.fromkeys(("Agent", "Task"), _named("description", "subagent_type")),
    "TodoWrite": _todos,
    "TaskCreate": _named("subject"),
    "TaskUpdate": _update,
    "TaskGet": _named("taskId"),
    "Skill": _named("skill", "command"),
}
