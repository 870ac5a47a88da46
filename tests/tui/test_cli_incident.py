"""Incidents from the command line: one command writes the report, another lists what is answered."""

from __future__ import annotations

import json

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.secrets import SECRETS, Secret, seen_of


def test_a_report_is_written_listed_and_answered(cli: CommandLine) -> None:
    done = cli("incident", "--message", "the wrong branch", "--json")
    assert done.code == 0
    path = cli.folder / "issues" / json.loads(done.out)["path"].rpartition("/")[2]
    assert path.read_text().startswith("# the wrong branch\n")
    assert "open" in cli("incident", "--list").out
    path.with_name(path.stem + ".resolution.md").write_text("Base is data now.\n")
    listed = cli("incident", "--list").out
    assert "answered" in listed
    assert "Base is data now." in listed


def test_a_run_that_is_not_there_is_said(cli: CommandLine) -> None:
    done = cli("incident", "nope")
    assert done.code == 1
    assert "No agent has run here yet." in done.err
    assert not (cli.folder / "issues").exists()


def test_a_project_without_reports_says_how_to_write_one(cli: CommandLine) -> None:
    assert "taskdeck incident RUN" in cli("incident", "--list").out


def test_two_reports_of_one_matter_are_told_apart_by_their_files(cli: CommandLine) -> None:
    for _ in range(2):
        assert cli("incident", "-m", "the wrong branch").code == 0
    listed = cli("incident", "--list").out
    names = sorted(path.name for path in (cli.folder / "issues").iterdir())
    assert len(names) == 2
    for name in names:
        assert f"  issues/{name}\n" in listed
    answer = (cli.folder / "issues" / names[0]).with_suffix(".resolution.md")
    answer.write_text("Base is data now.\n")
    assert f"answer in issues/{answer.name}: Base is data now." in cli("incident", "--list").out
    states = {
        one["path"].rpartition("/")[2]: one["state"]
        for one in cli("incident", "--list", "--json").json["incidents"]
    }
    assert states == {names[0]: "answered", names[1]: "open"}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_in_the_words_is_nowhere(cli: CommandLine, secret: Secret) -> None:
    for words in (f"push failed with {secret.text}", f"{'wide words ' * 8}{secret.text} and more"):
        done = cli("incident", "-m", words, "--json")
        assert done.code == 0
        seen = done.out + done.err + cli("incident", "--list").out + cli("incident", "--list", "--json").out
        assert not seen_of(secret, seen)
    for path in (cli.folder / "issues").iterdir():
        assert not seen_of(secret, path.name + path.read_text())
