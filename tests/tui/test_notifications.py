"""Notices of runs: each fact once, in the ways the settings name, without a shell."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from core.agents.view import AgentState
from core.runs.watch import RunView
from core.settings.schema import NotifySettings
from tests.fakes.run_views import NOW, failed_run, finished_run, run
from tests.fakes.secrets import SECRETS, seen_of
from tui.bridges.notify import Fact, Notifier, commands_for


def kinds(facts: list[Fact]) -> list[tuple[str, str]]:
    return [(fact.kind, fact.agent) for fact in facts]


def later(view: RunView, name: str, **changes: object) -> RunView:
    """The same run with one agent changed."""
    agents = tuple(
        dataclasses.replace(agent, view=dataclasses.replace(agent.view, **changes))
        if agent.name == name and agent.view
        else agent
        for agent in view.agents
    )
    return dataclasses.replace(view, agents=agents)


def no_limit(_run: str) -> None:
    return None


@pytest.fixture
def notifier() -> Notifier:
    return Notifier(lambda: None)


def test_a_fact_is_told_once_however_often_it_is_looked_at(notifier: Notifier) -> None:
    assert kinds(notifier.news([run()], no_limit)) == [("stalled", "docs-5"), ("waiting", "docs-6")]
    still = later(run(), "docs-5", words="silent for 4 min 2 s after Bash cargo doc")
    assert notifier.news([still], no_limit) == []


def test_an_agent_that_waits_again_is_news(notifier: Notifier) -> None:
    notifier.news([run()], no_limit)
    notifier.news([later(run(), "docs-6", state=AgentState.WORKING, since=NOW + 5)], no_limit)
    again = later(run(), "docs-6", since=NOW + 30)
    assert kinds(notifier.news([again], no_limit)) == [("waiting", "docs-6")]


def test_the_end_of_a_run_is_told_when_somebody_saw_it_run(notifier: Notifier) -> None:
    assert notifier.news([finished_run(), failed_run()], no_limit) == []
    running = run(id="260921-1300-new", agents=())
    assert notifier.news([running, finished_run()], no_limit) == []
    over = finished_run(id="260921-1300-new")
    (fact,) = notifier.news([over, finished_run()], no_limit)
    assert fact.kind == "finished"
    assert "8 documents passed the gate" in fact.words


def test_a_cancelled_run_needs_no_notice(notifier: Notifier) -> None:
    notifier.news([], no_limit)
    assert notifier.news([failed_run(state="cancelled")], no_limit) == []


def test_an_agent_beyond_its_budget_is_told(notifier: Notifier) -> None:
    told = notifier.news([run()], lambda _run: 0.15)
    assert ("over_budget", "docs-5") in kinds(told)
    assert ("over_budget", "docs-4") not in kinds(told)


def settings(**values: object) -> NotifySettings:
    return NotifySettings(**values)  # type: ignore[arg-type]


def test_the_words_are_one_argument_whatever_they_hold() -> None:
    words = "docs-6 waits for you: $(touch x); `id` 'a' \"b\""
    assert commands_for(words, settings(command="my-notifier --title 'Two words'")) == [
        ["my-notifier", "--title", "Two words", words]
    ]


def test_a_blank_command_runs_nothing() -> None:
    assert commands_for("/bin/true", settings(command="  ")) == []


def test_a_desktop_gets_text_and_no_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notify-send").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    ((*_, text),) = commands_for('waits: <img src="http://x/y"> & more', settings(desktop=True))
    assert text == 'waits: &lt;img src="http://x/y"&gt; &amp; more'


async def test_the_command_runs_without_a_shell_and_the_bell_rings(tmp_path: Path) -> None:
    rung: list[bool] = []
    told = tmp_path / "told"
    script = tmp_path / "tell.py"
    script.write_text(f"import sys, pathlib\npathlib.Path({str(told)!r}).write_text(sys.argv[1])\n")
    notifier = Notifier(lambda: rung.append(True))
    fact = Fact("waiting", "r", "docs-6", 1, "waits; $(touch x)\x1b[31m")
    trouble = await notifier.tell([fact], settings(command=f"{sys.executable} {script}"))
    assert trouble == ""
    assert rung == [True]
    assert told.read_text() == "waits; $(touch x)␛[31m"


async def test_a_command_that_is_not_there_is_said_in_words() -> None:
    notifier = Notifier(lambda: None)
    fact = Fact("waiting", "r", "docs-6", 1, "waits")
    assert "no-such-notifier could not be run" in await notifier.tell(
        [fact], settings(bell=False, command="no-such-notifier")
    )


async def test_no_secret_is_told_whole_or_cut(tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = tmp_path / "tell.py"
    script.write_text(f"import sys, pathlib\npathlib.Path({str(told)!r}).open('a').write(sys.argv[1])\n")
    kept = [SECRETS[name] for name in ("ghp_", "glpat-", "sk-ant-api03-", "address", "forgejo")]
    texts = [f"{'-' * pad} {secret.text}" for secret in kept for pad in (0, 160, 180)]
    facts = [Fact("waiting", "r", "docs-6", number, words) for number, words in enumerate(texts)]
    assert await Notifier(lambda: None).tell(facts, settings(command=f"{sys.executable} {script}")) == ""
    assert not [part for secret in kept for part in seen_of(secret, told.read_text())]
