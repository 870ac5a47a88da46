"""Whether the settings make a project read-only, and the refusal that everything which writes asks for first.

Asked by every writer, so it must cost nothing where nobody made settings: it reads the one key itself, from
the files of today, and imports no schema.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DamagedFile, Refused, TaskdeckError
from core.paths import config_file, project_settings
from core.plain_text import printable, shorten
from core.secrets import redact

if TYPE_CHECKING:
    from core.settings.toml_file import SettingsFile

KEY = "publish.read_only"
_VARIABLE = "TASKDECK_PUBLISH_READ_ONLY"
_UNSET = f"`taskdeck config unset {KEY}"

_WORDS = {
    **dict.fromkeys(("1", "on", "t", "true", "y", "yes"), True),
    **dict.fromkeys(("0", "off", "f", "false", "n", "no"), False),
}
"""How a setting may spell true and false, as the schema reads them."""


class ReadOnly(Refused):
    """Nothing may be written here: the settings say so, or cannot be read where they may say so."""


def check_writable(root: Path) -> None:
    """Raises Refused when the settings make the project at `root` read-only. Blocking, but short.

    Raises TaskdeckError when a settings file cannot be read.
    """
    why = why_read_only(root)
    if why is not None:
        raise why


def why_read_only(root: Path) -> TaskdeckError | None:
    """The refusal with where that is set and how it ends; None where writing is allowed. Blocking.

    The environment decides for one command. A project's file can make its project read-only, but not end what
    the user's own settings say. A file that speaks of it and cannot be understood counts as a yes.
    """
    said = os.environ.get(_VARIABLE)
    if said:
        return _refusal(said, _VARIABLE, f"Unset {_VARIABLE} to end that.")
    for path, option in ((project_settings(root), " --in-project"), (config_file(), "")):
        if not path.is_file():
            continue
        try:
            file = _read(path)
        except TaskdeckError as error:
            return error
        if file is not None and KEY in file.values:
            # A project's file is known by its short name, which leaves room for the way out.
            place = file.place(KEY).removeprefix(f"{root}/")
            why = _refusal(file.values[KEY], place, f"{_UNSET}{option}` ends that.")
            if why is not None:
                return why
    return None


def _read(path: Path) -> SettingsFile | None:
    from core.settings.toml_file import read_settings_file

    try:
        return read_settings_file(path)
    except DamagedFile:
        if b"read_only" in path.read_bytes():
            raise
        return None  # whoever needs the other settings says that it is damaged


def _refusal(value: Any, place: str, end: str) -> ReadOnly | None:
    read = _WORDS.get(str(value).lower())
    if read is None:
        said = shorten(printable(redact(str(value))), 60)
        return ReadOnly(f'{place}: {KEY} cannot be "{said}"; allowed: true or false.', end)
    return ReadOnly(f"{place} makes this project read-only.", end) if read else None
