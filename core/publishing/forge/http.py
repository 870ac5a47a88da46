"""Carries a forge's REST calls over HTTP; the token goes to the one address it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.plain_text import printable
from core.publishing.forge.answer import error_text
from core.publishing.forge.model import ForgeFailed
from core.secrets import redact, remember

if TYPE_CHECKING:
    import httpx2

_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a forge is spoken to: its headers, the one for the token and what stands before it there.

    `rights` says what a token needs ("the scope api"), `address` how an API's address looks.
    """

    headers: Mapping[str, str]
    token_header: str
    token_prefix: str
    rights: str
    address: str


class HttpTransport:
    """Calls below `address` (`https://api.github.com`). `token` is asked for at the first call.

    Redirects are not followed: they would carry the token to another host.
    """

    def __init__(
        self, address: str, token: Callable[[], str], dialect: Dialect, source: str = "the token"
    ) -> None:
        self.address = address.rstrip("/")
        self.dialect = dialect
        self.source = source
        self._token = token
        self._read_token: str | None = None

    @property
    def name(self) -> str:
        return urlsplit(self.address).netloc.rpartition("@")[2]

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        import httpx2

        where = f"{method} {self.address.replace(urlsplit(self.address).netloc, self.name, 1)}{path}"
        try:
            answer = httpx2.request(
                method, self.address + path, headers=self._headers(), json=body, timeout=_SECONDS
            )
        except httpx2.TimeoutException:
            raise ForgeFailed(
                f"{where} was not answered within {_SECONDS:.0f} s.", "Try again; the network may be slow."
            ) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            cause = printable(redact(str(error))) or type(error).__name__
            raise ForgeFailed(f"{where} could not be sent: {cause}.", self._unreachable_hint()) from None
        return self._read(answer, where)

    def _headers(self) -> dict[str, str]:
        if self._read_token is None:
            token = self._token()
            remember(token)
            if not token.isascii() or not token.isprintable() or " " in token:
                raise ForgeFailed(
                    f"There are characters in {self.source} that no token has.", "Is it pasted whole?"
                )
            self._read_token = token
        dialect = self.dialect
        token_header = {dialect.token_header: f"{dialect.token_prefix}{self._read_token}"}
        return {**dialect.headers, **token_header, "User-Agent": "taskdeck"}

    def _read(self, answer: httpx2.Response, where: str) -> Any:
        if answer.is_success:
            try:
                return answer.json()
            except ValueError:
                raise ForgeFailed(
                    f"{where} answered {answer.status_code} with something that is not JSON.",
                    f"Is publish.api_url the address of the API, not of the pages? {self.dialect.address}",
                    answer.status_code,
                ) from None
        raise ForgeFailed(
            f"{where} answered {answer.status_code}: {_cause(answer)}.",
            self._hint(answer),
            answer.status_code,
        )

    def _hint(self, answer: httpx2.Response) -> str:
        status = answer.status_code
        left = answer.headers.get("x-ratelimit-remaining", answer.headers.get("ratelimit-remaining"))
        limited = left == "0" or "retry-after" in answer.headers
        if status == 429 or (status == 403 and limited):
            wait = answer.headers.get("retry-after", "")
            seconds = f" in {wait} s" if wait.isdigit() else " later"
            return f"The forge limits how often it is asked; try again{seconds}."
        if status == 401:
            return f"The forge does not accept {self.source}: is it expired or for another host?"
        if status in (403, 404):
            return f"Is {self.source} allowed to {self.dialect.rights}?"
        if 300 <= status < 400:
            return "The repository may have moved: correct the remote's address or publish.api_url."
        return "Try again later." if status >= 500 else "Correct what it names and try again."

    def _unreachable_hint(self) -> str:
        return "Check the network and publish.api_url, then try again."


def _cause(answer: httpx2.Response) -> str:
    """What the forge says is wrong, in one line."""
    try:
        said = error_text(answer.json())
    except ValueError:
        said = ""
    return said or answer.reason_phrase or "no reason given"
