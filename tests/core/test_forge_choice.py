"""Which forge a remote is on, who gets a token and who does not, and the link where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import load_settings
from core.errors import UsageError
from core.paths import config_file
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.link import compare_link
from core.publishing.forge.model import Wanted
from core.publishing.forge.remote import Remote, read_remote
from core.secrets import redact
from tests.fakes.forge_server import TOKEN


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/team/service.git", Remote("github.com", "team", "service")),
        ("https://user:secret@GitHub.com/team/service", Remote("github.com", "team", "service")),
        ("git@github.com:team/service.git", Remote("github.com", "team", "service")),
        ("ssh://git@ghe.example:2222/team/service.git", Remote("ghe.example", "team", "service")),
        ("http://127.0.0.1:8080/team/service.git", Remote("127.0.0.1:8080", "team", "service", "http")),
        ("git://host.example/team/service", Remote("host.example", "team", "service")),
        ("/srv/git/service.git", None),
        ("file:///srv/git/service.git", None),
        ("../service", None),
        ("https://github.com/service", None),
        ("https://github.com/a/b/c", None),
        ("https://github.com/team/..", None),
        ("https://github.com/te am/x?y=z", None),
        ("https://[broken/team/x", None),
        ("ext::sh -c evil", None),
    ],
)
def test_the_repository_is_read_from_the_remotes_address(address: str, expected: Remote | None) -> None:
    assert read_remote(address) == expected


def settings(text: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)


def test_without_token_and_gh_there_is_a_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GH_TOKEN", raising=False)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    choice = choose_forge("git@github.com:team/service.git", load_settings())
    assert choice.forge is None
    assert choice.remote is not None
    assert "no token for github.com" in choice.why
    assert "`gh` is not on the PATH" in choice.why
    link = compare_link(choice.remote, Wanted("feature/a b", "taskdeck/x", "c", "a & b", "body"))
    assert link == (
        "https://github.com/team/service/compare/feature/a%20b...taskdeck/x?expand=1&title=a+%26+b&body=body"
    )
    assert "body=" not in compare_link(choice.remote, Wanted("a", "b", "c", "t", "long " * 3000))


def test_a_token_for_github_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    assert choose_forge("https://github.com/team/service", load_settings()).forge is not None
    assert choose_forge("https://evil.example/team/service", load_settings()).forge is None
    settings('[publish]\napi_url = "https://ghe.example/api/v3"\n')
    assert choose_forge("https://ghe.example/team/service", load_settings()).forge is None
    settings(f'[publish]\napi_url = "https://ghe.example/api/v3"\ntoken = "{TOKEN}"\n')
    choice = choose_forge("https://ghe.example/team/service", load_settings())
    assert choice.forge is not None
    assert choice.forge.name == "GitHub at ghe.example"
    assert TOKEN not in f"{choice}"
    assert TOKEN not in redact(f"a line with {TOKEN} in it")


def test_what_the_settings_demand_and_cannot_be_had_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for kind, words in (("github", "no token"), ("gh", "not on the PATH")):
        settings(f'[publish]\nforge = "{kind}"\n')
        with pytest.raises(UsageError, match=words):
            choose_forge("https://github.com/team/service", load_settings())
