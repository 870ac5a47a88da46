"""The old place of `core.crash_file`, until the app imports it from there."""

from core.crash_file import write_crash_file

__all__ = ["write_crash_file"]
