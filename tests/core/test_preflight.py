"""What the doctor says before a run: a failed check stops it, and is waived only by its name."""

from __future__ import annotations

import pytest

from core.doctor.check import Check
from core.doctor.preflight import let_pass
from core.errors import Refused, UsageError

FINE = Check("clock", "ok", "It is now.")
GONE = Check("remote", "fail", "origin does not answer.", "Check the network.")
LOCKED = Check("remote is writable", "fail", "A push would fail.", "Log in.")


def test_what_holds_stops_nothing() -> None:
    assert let_pass([FINE, Check("forge", "skip", "A link only.")], ()) == ()


def test_a_failed_check_stops_the_run_with_its_way_out() -> None:
    with pytest.raises(
        Refused, match=r"Check remote: origin does not answer\. And 1 more check failed\."
    ) as refused:
        let_pass([FINE, GONE, LOCKED], ())
    assert refused.value.hint == 'Check the network. `--waive "remote"` goes on all the same.'
    assert refused.value.exit_code == 3
    with pytest.raises(Refused, match="And 2 more checks failed"):
        let_pass([GONE, LOCKED, GONE], ())


def test_only_what_failed_and_was_named_is_waived() -> None:
    assert let_pass([FINE, GONE, LOCKED], ("remote", "remote is writable", "clock")) == (
        "remote",
        "remote is writable",
    )
    with pytest.raises(Refused, match="remote is writable"):
        let_pass([FINE, GONE, LOCKED], ("remote",))


def test_a_check_that_does_not_exist_cannot_be_waived() -> None:
    with pytest.raises(UsageError, match="no check everything") as refused:
        let_pass([FINE], ("everything",))
    assert "clock" in refused.value.hint
