"""What can go wrong with a model, each failure with the model, the endpoint, what was kept and the next step.

PlannerFailure               exit 1
├── AuthFailed               the key is missing, wrong or not allowed this
├── RateLimited              too many requests, after the retries
├── Overloaded               the endpoint is overloaded or broken, after the retries
├── Unreachable              no answer from this address at all
├── TimedOut                 connected, but no answer in time
├── Interrupted              the answer stopped in the middle, after the retries
├── Truncated                the answer is longer than the model may write
├── RefusedByModel           the model declined
├── InvalidAnswer            the answer cannot be used, also when asked again
├── UnknownModel             the endpoint does not have this model
├── RequestRejected          the endpoint does not accept the request
└── OverBudget               exit 3, the call could pass the budget that was set
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import Refused, TaskdeckError


@dataclass(frozen=True)
class Target:
    """Whom a call goes to: a model at an endpoint. `host` has neither path nor credentials."""

    model: str
    host: str

    def __str__(self) -> str:
        return f"{self.model} at {self.host}"


def host_of(base_url: str) -> str:
    """Host and port of an address, without scheme, path, user and password."""
    try:
        return urlsplit(base_url).netloc.rpartition("@")[2] or "an address without a host"
    except ValueError:
        return "an address without a host"


NOTHING = "Nothing was saved."
"""What is left of the work when nobody says more: a planner saves nothing by itself."""


class PlannerFailure(TaskdeckError):  # noqa: N818 - named as its siblings in core.errors
    """A model's answer did not arrive, or cannot be used.

    `what` says what happened and `target` to whom; `kept` is a sentence about what is left of the work.
    """

    default_hint = "Try again, or plan without a model: --planner outline."
    stops_all = False
    """Whether other calls to the same endpoint would fail in the same way."""
    lets_finish = False
    """Where it stops all: whether calls that are under way can still come to a good end."""

    def __init__(self, what: str, target: Target, *, hint: str = "", kept: str = NOTHING) -> None:
        self.what = what
        self.target = target
        super().__init__(f"{target}: {what}", hint or self.default_hint)
        self.keep(kept)

    def tried(self, times: int) -> None:
        """Say how often the request was made in vain."""
        if times > 1:
            self.what = f"{self.what.rstrip('.')}, {times} times in a row."
            self.keep(self.kept)

    def keep(self, kept: str) -> None:
        """Say what is left of the work, in place of what was said before."""
        self.kept = kept
        self.message = " ".join(part for part in (f"{self.target}: {self.what}", kept) if part)
        self.args = (self.message,)


class TemporaryFailure(PlannerFailure):
    """A failure that the same request may not meet again. `wait` is the pause asked for, in seconds."""

    def __init__(self, what: str, target: Target, *, wait: float | None = None, hint: str = "") -> None:
        super().__init__(what, target, hint=hint)
        self.wait = wait
        self.retry = True


class AuthFailed(PlannerFailure):
    default_hint = (
        "Check the key: `taskdeck config show` says where it comes from. Without a key: --planner outline."
    )
    stops_all = True


class RateLimited(TemporaryFailure):
    default_hint = "Wait a little and run it again, or lower the concurrency in the settings."


class Overloaded(TemporaryFailure):
    default_hint = "Run it again later, or name another model with --model."


class Unreachable(TemporaryFailure):
    default_hint = "Check the network, the proxy and the base URL (`taskdeck config show`)."
    stops_all = True


class TimedOut(TemporaryFailure):
    default_hint = "Run it again, or name a faster model with --model."


class Interrupted(TemporaryFailure):
    default_hint = "Run it again; what was saved before stays."


class Truncated(PlannerFailure):
    default_hint = "Ask for fewer items with -n, split the PRD, or name a model that may write more."


class RefusedByModel(PlannerFailure):
    default_hint = "Reword the part it declined, name another model with --model, or use --planner outline."


class InvalidAnswer(PlannerFailure):
    default_hint = "Run it again, or name another model with --model."


class UnknownModel(PlannerFailure):
    default_hint = "Name a model this endpoint has, with --model or in the settings."
    stops_all = True


class RequestRejected(PlannerFailure):
    default_hint = "Check the model, effort and base URL in the settings (`taskdeck config show`)."


class OverBudget(PlannerFailure, Refused):
    default_hint = (
        "`taskdeck config set planner.budget DOLLARS` raises it; on the command line --yes passes it once."
    )
    stops_all = True
    lets_finish = True
    exit_code = 3
