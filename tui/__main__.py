"""The command `taskdeck`: hand the arguments to the command line and give its exit code back."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run one command and return its exit code; an error is two plain lines and that code."""
    # One command builds objects and ends; the collector would only walk them, which takes a third of the
    # time of reading a large file. What runs long (the app, planning) switches it on again.
    gc.disable()
    try:
        from tui.cli.boundary import run
    except KeyboardInterrupt:  # while the modules above are still being read
        return 130
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
