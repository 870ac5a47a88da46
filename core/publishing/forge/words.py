"""A pull request in plain words: its state, its checks, whether it could be merged, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.plain_text import plural
from core.publishing.forge.model import Checks, CheckState, PullRequest, State

STATE_WORDS: Mapping[State, str] = {
    "open": "open",
    "draft": "draft",
    "closed": "closed without a merge",
    "merged": "merged",
}
_NO_COUNTS: Mapping[CheckState, str] = {
    "none": "the forge runs none",
    "pending": "not finished",
    "passed": "passed",
    "failed": "failed",
}


def checks_words(checks: Checks) -> str:
    """How many passed, failed and are pending, and the names of those that failed."""
    counts = ((checks.passed, "passed"), (checks.failed, "failed"), (checks.pending, "pending"))
    told = ", ".join(f"{count} {name}" for count, name in counts if count) or _NO_COUNTS[checks.state]
    named = ", ".join(checks.failing[:3]) + (" …" if len(checks.failing) > 3 else "")
    return f"{told}: {named}" if named else told


def merging_words(found: PullRequest) -> str:
    """Whether the forge would merge it; empty where it does not tell, or that is over."""
    state, behind = found.merging.state, found.merging.behind
    if found.state not in ("open", "draft"):
        return ""
    base, by = found.base, f" by {plural(behind, 'commit')}" if behind else ""
    if state == "conflicts":
        return f"conflicts with {base}: they have to be settled before a merge"
    if state == "behind":
        return f"behind {base}{by}: it has to be brought up to it first"
    far = f"; {base} went on{by} since" if by else ""
    if state == "blocked":
        return f"the forge does not let it be merged yet; its page says why{far}"
    if state == "clean":
        return f"nothing conflicts with {base}{far}"
    return f"not told{far}" if far else ""


def wrong_words(
    found: tuple[str, str], wanted: tuple[str, str], state: State, page: str, again: str
) -> Iterator[str]:
    """What is not as it was asked for, each with what somebody can do about it as it stands.

    `found` and `wanted` are base and head, empty where nobody knows; `page` says where a base is changed,
    `again` in a sentence how another one is made.
    """
    base, head = found
    wanted_base, wanted_head = wanted
    if base and wanted_base and base != wanted_base:
        words = f"It goes to {base}, not to {wanted_base}, which the run was asked for"
        if state == "merged":
            yield f"{words}: its changes are on {base}. Undo that there. {again}"
        elif state == "closed":
            yield f"{words}, and it is closed. {again}"
        else:
            yield f"{words}: do not merge it as it is. Set its base to {wanted_base} on {page}."
    if head and wanted_head and head != wanted_head:
        yield f"It comes from {head}, not from {wanted_head}."
