"""Looks at a project and at this machine, and says what is well, what is not, and how to mend it."""

from core.doctor.check import Check
from core.doctor.checks import run_checks

__all__ = ["Check", "run_checks"]
