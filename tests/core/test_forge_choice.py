"""Which forge a remote is on, who gets a token and who does not, and the link where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import load_settings
from core.errors import UsageError
from core.paths import config_file
from core.publishing.forge.choose import choose_forge
from core.publishing.forge.kinds import PUBLIC
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


TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN")


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Every forge's variable holds a token of its own, and `gh` is not there."""
    held = {name: f"token-of-{name.lower()}-0123" for name in TOKENS}
    for name, value in held.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tmp_path))
    return held


def receiver(address: str) -> tuple[str, str, str]:
    """What the forge of a remote is called, which address gets a token, and where that comes from."""
    choice = choose_forge(address, load_settings())
    if choice.forge is None:
        return "", "", choice.why
    transport = getattr(choice.forge, "transport", None)
    source: str = getattr(transport, "source", "")
    return choice.forge.name, getattr(transport, "address", ""), source.removeprefix("the token of ")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("git@github.com:team/service.git", ("GitHub at api.github.com", "GH_TOKEN")),
        ("https://gitlab.com/team/sub/group/service.git", ("GitLab at gitlab.com", "GITLAB_TOKEN")),
        ("ssh://git@gitlab.com:22/team/service", ("GitLab at gitlab.com", "GITLAB_TOKEN")),
        ("https://codeberg.org/team/service", ("Forgejo at codeberg.org", "FORGEJO_TOKEN")),
        ("https://gitea.com/team/service", ("Gitea at gitea.com", "GITEA_TOKEN")),
    ],
)
def test_public_forges_are_known_by_their_host(
    address: str, expected: tuple[str, str], tokens: dict[str, str]
) -> None:
    name, api, source = receiver(address)
    assert (name, source) == expected
    assert api in {public.api for public in PUBLIC.values()}


@pytest.mark.parametrize(
    "address",
    [
        "https://gitlab.evil.example/team/service",
        "https://gitlab.com.evil.example/team/service",
        "https://gitlab.com:8443/team/service",
        "https://codeberg.org@evil.example/team/service",
        "https://evil.example/gitlab.com/service",
        "git@gitea.evil.example:team/service",
        "https://forgejo.evil.example/team/service",
    ],
)
@pytest.mark.parametrize("wish", ["", "gitlab", "gitea", "forgejo"])
def test_no_host_that_a_repository_names_gets_a_token(
    address: str, wish: str, tokens: dict[str, str]
) -> None:
    if not wish:
        assert receiver(address)[:2] == ("", "")
        return
    settings(f'[publish]\nforge = "{wish}"\n')
    with pytest.raises(UsageError, match=r"publish\.api_url does not say"):
        receiver(address)


@pytest.mark.parametrize("host", ["gitlab.com", "codeberg.org", "gitea.com"])
def test_the_users_own_token_goes_to_no_public_forge_a_remote_names(
    host: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    settings(f'[publish]\ntoken = "{TOKEN}"\n')
    name, api, why = receiver(f"https://{host}/team/service")
    assert (name, api) == ("", "")
    assert f"no token for {host}" in why
    assert "publish.token with publish.api_url" in why
    settings(f'[publish]\ntoken = "{TOKEN}"\napi_url = "{PUBLIC[host].api}"\n')
    assert receiver(f"https://{host}/team/service")[1:] == (PUBLIC[host].api, f"{config_file()}, line 2")


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://git.work.example/api/v4", ("GitLab at git.work.example", "GITLAB_TOKEN")),
        ("https://work.example/gitlab/api/v4/", ("GitLab at work.example", "GITLAB_TOKEN")),
        ("https://git.work.example/api/v1", ("Gitea at git.work.example", "GITEA_TOKEN")),
        ("https://git.work.example/api/v3", ("", "")),
        ("https://git.work.example/proxy", ("", "")),
    ],
)
def test_a_forge_of_ones_own_gets_the_token_of_its_kind_alone(
    api_url: str, expected: tuple[str, str], tokens: dict[str, str]
) -> None:
    settings(f'[publish]\napi_url = "{api_url}"\n')
    for address in ("git@git.work.example:team/service.git", "https://gitlab.evil.example/team/service"):
        name, api, source = receiver(address)
        assert (name, source if name else "") == expected
        assert api in ("", api_url.rstrip("/"))


def test_a_projects_settings_turn_no_token_over(tokens: dict[str, str], tmp_path: Path) -> None:
    from core.project import project_at

    project = tmp_path / "project"
    (project / ".taskmaster").mkdir(parents=True)
    file = project / ".taskmaster" / "taskdeck.toml"
    file.write_text('[publish]\nforge = "gitlab"\napi_url = "https://evil.example/api/v4"\n')
    loaded = load_settings(project_at(project), strict=False)
    assert loaded.settings.publish.api_url == ""
    with pytest.raises(UsageError, match=r"publish\.api_url does not say"):
        choose_forge("https://evil.example/team/service", loaded)
    settings('[publish]\napi_url = "https://ghe.work.example/api/v3"\n')
    with pytest.raises(UsageError, match="no token"):
        choose_forge(
            "https://ghe.work.example/team/service", load_settings(project_at(project), strict=False)
        )


@pytest.mark.parametrize(
    ("address", "api_url", "page"),
    [
        ("https://gitlab.com/a/b/c/service.git", "", "https://gitlab.com/a/b/c/service"),
        ("git@gitlab.work.example:a/b/service", "", "https://gitlab.work.example/a/b/service"),
        (
            "https://work.example/git/lab/a/b/service.git",
            "https://work.example/git/lab/api/v4",
            "https://work.example/git/lab/a/b/service",
        ),
        (
            "git@work.example:lab/service.git",
            "https://work.example/lab/api/v4",
            "https://work.example/lab/lab/service",
        ),
    ],
)
def test_the_link_of_gitlab_fills_in_its_own_form(
    address: str, api_url: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(f'[publish]\nforge = "link"\napi_url = "{api_url}"\n')
    choice = choose_forge(address, load_settings())
    assert choice.remote is not None
    wanted = Wanted("feature/a b", "taskdeck/x", "c", "a & b", "body")
    assert compare_link(choice.remote, wanted, choice.kind == "gitlab") == (
        f"{page}/-/merge_requests/new?merge_request%5Bsource_branch%5D=taskdeck%2Fx"
        "&merge_request%5Btarget_branch%5D=feature%2Fa+b&merge_request%5Btitle%5D=a+%26+b"
        "&merge_request%5Bdescription%5D=body"
    )
    long = Wanted("a", "b", "c", "t", "long " * 3000)
    assert "description" not in compare_link(choice.remote, long, gitlab=True)


@pytest.mark.parametrize("host", ["codeberg.org", "gitea.work.example", "forgejo.work.example"])
def test_the_link_of_gitea_is_that_of_github(host: str) -> None:
    settings('[publish]\nforge = "link"\n')
    choice = choose_forge(f"https://{host}/team/service", load_settings())
    assert choice.remote is not None
    assert compare_link(choice.remote, Wanted("main", "x/y", "c", "t", "b"), choice.kind == "gitlab") == (
        f"https://{host}/team/service/compare/main...x/y?expand=1&title=t&body=b"
    )


@pytest.mark.parametrize(
    "address",
    ["https://github.com/a/b/c", "https://codeberg.org/a/b/c", "https://gitlab.com/a/../b/c",
     "https://gitlab.com/a//c", "https://gitlab.com/a/b c/d", "https://gitlab.com/only"],
)  # fmt: skip
def test_paths_that_no_forge_has_are_no_repository(address: str, tokens: dict[str, str]) -> None:
    choice = choose_forge(address, load_settings())
    assert (choice.forge, choice.remote) == (None, None)
    assert "names no repository" in choice.why
