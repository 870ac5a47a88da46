"""Secrets: what is known or has the shape of one is masked, whole, escaped or cut; ordinary text stays."""

from __future__ import annotations

import json

import pytest

from core import secrets
from core.errors import TaskdeckError
from core.secret_shapes import MARK
from core.secrets import redact, redact_values, remember
from tests.fakes.secrets import SECRETS, UNTOLD, Secret, seen_of

EVERY = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)


@EVERY
@pytest.mark.parametrize(
    "around", ["{}", "push failed with {} again", "\t{}\nnext line", "({}),", "x={}&y=1"]
)
def test_a_secret_is_masked_wherever_it_stands(secret: Secret, around: str) -> None:
    text = redact(around.format(secret.text))
    assert not seen_of(secret, text)
    assert MARK in text


@EVERY
def test_a_secret_inside_of_json_is_masked_and_json_stays_json(secret: Secret) -> None:
    text = redact(json.dumps({"text": f"first\n{secret.text}\nlast", "more": 'a "quoted" \\ word'}))
    assert not seen_of(secret, text)
    assert json.loads(text)["more"] == 'a "quoted" \\ word'
    assert json.loads(text)["text"].startswith("first\n")


@pytest.mark.parametrize("name", sorted(SECRETS.keys() - UNTOLD))
def test_what_is_left_of_a_secret_that_was_cut_is_masked(name: str) -> None:
    secret = SECRETS[name]
    start = secret.text.index(secret.hidden)
    for end in range(start + 1, start + len(secret.hidden)):
        for mark in ("…", ""):
            assert not seen_of(secret, redact(f"it said {secret.text[:end]}{mark}")), end


@EVERY
def test_masking_keeps_the_lines(secret: Secret) -> None:
    text = f"one\n{secret.text}\ntwo"
    assert redact(text).count("\n") == text.count("\n")


@EVERY
def test_no_error_says_a_secret(secret: Secret) -> None:
    error = TaskdeckError(f"The push failed with {secret.text}.", f"Take {secret.text} away.")
    assert not seen_of(secret, f"{error}{error.message}{error.hint}")


@pytest.mark.parametrize(
    "text",
    [
        "commit e7c48a1b2c3d4e5f60718293a4b5c6d7e8f90123",
        "sha256 " + "b7" * 32,
        "git@github.com:team/service.git",
        "ssh://git@forge.example/team/service.git",
        "http://127.0.0.1:8080/api/v3",
        "http://localhost:8080",
        "the branch taskdeck/task-5-1a2b3c-261123-1415-abc",
        "taskdeck/docs-261123-1415-abc at e7c48a1b2c3d4e5f60718293a4b5c6d7e8f90123",
        "Set GITEA_TOKEN or publish.token and try again",
        "token: required, a string of forty characters",
        "Authorization: Bearer TOKEN",
        "mailto:ann.example@example.com and ann@example.com: hello",
        "image@sha256:" + "ab" * 32,
        "The key of the map is a task-12.3 id; risk-based ordering",
        "a private key is made by ssh-keygen",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_values_are_masked_before_json_spells_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_known", set[str]())
    remember('pass"word\\1')
    assert redact_values({"a": ['it is pass"word\\1'], "n": 5}) == {"a": ["it is …"], "n": 5}
    assert "word" not in redact(json.dumps('it is pass"word\\1'))


@pytest.mark.parametrize(
    "begin", ["sk-", "sk-proj-", "eyJ-", "token=", "glpat-", "ghp_", "://a:", "a:b@", "AKIA"]
)
def test_a_line_that_repeats_the_beginning_of_a_secret_is_gone_through(begin: str) -> None:
    # It ends at all: where each beginning looked through the rest of the line, this took minutes.
    assert redact(begin * (200_000 // len(begin)) + " the end").endswith("the end")
