"""Importing beside a screen: the collector is off meanwhile, and back to what it was afterwards."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from core.lasting import importing, keep_for_good, screen_first


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    turn, pace = sys.getswitchinterval(), gc.get_threshold()
    yield
    gc.enable()
    gc.set_threshold(*pace)
    sys.setswitchinterval(turn)


def test_the_collector_rests_during_an_import_and_runs_again_also_after_a_failure() -> None:
    collected: list[bool] = []
    with suppress(ImportError), importing():
        collected.append(gc.isenabled())
        raise ImportError
    assert [*collected, gc.isenabled()] == [False, True]


def test_a_command_that_runs_without_the_collector_stays_without() -> None:
    gc.disable()
    with importing():
        pass
    assert not gc.isenabled()


def test_what_is_kept_is_not_walked_again() -> None:
    gc.unfreeze()
    keep_for_good()
    assert gc.get_freeze_count() > 1000
    assert len(gc.get_objects()) < 1000


def test_the_screen_waits_less_for_a_busy_thread_than_python_lets_it() -> None:
    sys.setswitchinterval(0.005)
    screen_first()
    assert sys.getswitchinterval() < 0.001


def test_the_collector_walks_the_youngest_seldom_beside_a_screen() -> None:
    gc.set_threshold(700, 10, 10)
    screen_first()
    assert gc.get_threshold()[0] >= 20_000
