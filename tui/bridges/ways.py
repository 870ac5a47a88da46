"""What a person can press about a refusal: core says which way out it offers, a screen's keys name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.actions import ACTIONS, key_text

if TYPE_CHECKING:
    from core.doctor.check import Check
    from core.errors import TaskdeckError

_SHEET = "confirm"
_WAYS: dict[str, dict[str, tuple[str, str]]] = {
    _SHEET: {
        "base": ("choose_base", "names another base; none is ever taken in its place unasked"),
        "commit": ("commit", "commits the task file now, alone"),
        "force": ("toggle_force", "writes them anew"),
        "include_unpushed": ("include", "lets the other unpushed commits go along"),
        "no_pull_request": ("toggle_pr", "leaves the pull request out"),
        "no_push": ("toggle_push", "pushes nothing"),
        "other_agent": ("other_agent", "gives it to the other agent"),
    },
    "doctor": {"online": ("online", "asks it")},
    "run": {"retry": ("retry_run", "delivers the result, which stays on its branch, once that rule is met")},
}
"""For each scope with keys that do it: the way out, the action that goes it, and what that does."""

_ELSEWHERE = {_SHEET: "On the sheet before a run", "run": "On the screen of runs"}


def _anything(_action: str) -> bool:
    return True


def way_words(scope: str, way: str | None, offered: Callable[[str], object] = _anything) -> str:
    """What goes that way on the screen of this scope, else on that of runs or the sheet before; "" for none.

    `offered` says whether an action can be done there now.
    """
    known = _WAYS.get(scope, {}).get(way or "")
    if known is not None:
        action, words = known
        return f"{_key(scope, action)} {words}." if offered(action) else ""
    for other, where in _ELSEWHERE.items():
        if scope != other and way in _WAYS[other]:
            action, words = _WAYS[other][way]
            return f"{where} {_key(other, action)} {words}."
    return ""


def hint_words(error: TaskdeckError, scope: str) -> str:
    """The hint of an error for the screen of this scope: its key where it has one, else as core words it."""
    return way_words(scope, error.way) or error.hint


def check_words(check: Check, scope: str, offered: Callable[[str], object] = _anything) -> Check:
    """The check with its repair worded for the screen of this scope, where that has a key for it."""
    return replace(check, repair=way_words(scope, check.way, offered) or check.repair)


def _key(scope: str, name: str) -> str:
    action = next(action for action in ACTIONS[scope] if action.name == name)
    return key_text(action.keys.partition(",")[0])
