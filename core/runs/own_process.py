"""How a module of ours is started as a process of its own, wherever the current folder is."""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])
# Never from the current folder: an agent stands in somebody's repository, which may hold a folder `core`.
_START = (
    "import runpy, sys; root, module = sys.argv[1:3]; root in sys.path or sys.path.append(root); "
    "sys.argv[:] = [module, *sys.argv[3:]]; runpy.run_module(module, run_name='__main__', alter_sys=True)"
)


def own_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs `module` like `python -m`, with the code this process runs on."""
    return (sys.executable, "-P", "-c", _START, _ROOT, module, *arguments)
