"""One TOML settings file: values by dotted key with their lines; written so that comments stay."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from core.errors import DamagedFile, TaskdeckError


@dataclass(frozen=True)
class SettingsFile:
    """What a settings file says: `values` by dotted key ("planner.model"), `lines` counting from 1."""

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    lines: Mapping[str, int] = field(default_factory=dict[str, int])

    def place(self, key: str) -> str:
        """The file and, where known, the line of a key."""
        line = self.lines.get(key)
        return f"{self.path}, line {line}" if line else str(self.path)


def read_settings_file(path: Path) -> SettingsFile:
    """The file's settings; none when it does not exist. Raises DamagedFile when it is not TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        values = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return SettingsFile(path)
    except OSError as error:
        raise TaskdeckError(
            f"{path} cannot be read: {error.strerror or error}.", "Change its rights."
        ) from None
    except UnicodeDecodeError:
        raise DamagedFile(path, "the text is not UTF-8", hint=_HINT) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    return SettingsFile(path, dict(flatten(values)), _lines(text))


_HINT = "Nothing was changed. Mend the file, or move it away to use the defaults."
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def _damaged(path: Path, message: str) -> DamagedFile:
    place = _PLACE.search(message)
    line, column = (int(place[1] or 1), int(place[2] or 1)) if place else (1, 1)
    what = _PLACE.sub("", message)
    if place and not place[1]:
        what += " at the end of the file"
    return DamagedFile(path, f"not valid TOML: {what[:1].lower()}{what[1:]}", line, column, _HINT)


def flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested tables with its dotted key."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from flatten(cast("dict[str, Any]", value), f"{prefix}{key}.")
        else:
            yield prefix + key, value


_TABLE = re.compile(r"^\s*\[+\s*([^\[\]]+?)\s*\]+\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")


def _lines(text: str) -> dict[str, int]:
    """The line of each key, as far as one can tell without a full parser: enough to point at a mistake."""
    lines: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), 1):
        if table := _TABLE.match(line):
            prefix = _plain(table[1]) + "."
            lines.setdefault(prefix[:-1], number)
        elif key := _KEY.match(line):
            lines.setdefault(prefix + _plain(key[1]), number)
    return lines


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))


def write_setting(path: Path, key: str, value: Any, *, private: bool = False) -> None:
    """Set one dotted key, or remove it when `value` is None; comments and layout of the file stay.

    A file of which nothing is left then is removed: an empty one says nothing and would be published.
    `private` takes the file's rights away from everyone but its owner, before anything is written.
    Raises DamagedFile when the present file is not TOML, TaskdeckError when it cannot be written.
    """
    import tomlkit

    from core.atomic_write import write_atomic
    from core.paths import make_private_folder

    read_settings_file(path)  # refuses a damaged file before anything is touched
    text = path.read_bytes().decode("utf-8-sig") if path.is_file() else ""
    document = tomlkit.parse(text)
    *sections, name = key.split(".")
    table = cast("dict[str, Any]", document)
    parents: list[tuple[dict[str, Any], str]] = []
    for section in sections:
        if section not in table:
            if value is None:
                return
            table[section] = tomlkit.table()
        inner: Any = table[section]
        parents.append((table, section))
        table = cast("dict[str, Any]", inner)
        if not isinstance(inner, dict):
            raise TaskdeckError(
                f"{path}: {section} is not a table, so {key} has no place.", "Mend the file by hand."
            )
    if value is None:
        table.pop(name, None)
        _drop_empty(parents)
    else:
        table[name] = value
    new = tomlkit.dumps(document)
    if value is None and not new.strip():
        path.unlink(missing_ok=True)
        return
    if not path.parent.is_dir():
        make_private_folder(path.parent)
    if private and path.is_file():
        path.chmod(0o600)
    write_atomic(path, new.encode("utf-8"), mode=0o600 if private else 0o666)


def _drop_empty(parents: list[tuple[dict[str, Any], str]]) -> None:
    """Remove tables that hold neither a value nor a comment any more, the innermost first."""
    for table, section in reversed(parents):
        inner: Any = table[section]
        if inner.as_string().strip():
            return
        table.pop(section)
