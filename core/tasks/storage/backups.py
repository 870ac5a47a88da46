"""Rolling backups of a task file, in the state folder: the last contents, and one a day for a while."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.atomic_write import remove_leftovers, write_atomic
from core.errors import DamagedFile, NotFound
from core.paths import make_private_folder

KEPT_CONTENTS = 20
KEPT_DAYS = 14
KEPT_BYTES = 64 * 1024 * 1024

_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6})Z-([0-9a-f]{64})\.(json|damaged)")
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Backup:
    """One kept content. `time` is when it was last seen in the file; `digest` the sha256 of its bytes."""

    path: Path
    time: datetime
    digest: str
    damaged: bool
    size: int

    def read(self) -> bytes:
        """The kept bytes. Raises DamagedFile when they are not what was kept, NotFound when gone."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"The backup {self.path} is no longer there.") from None
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise DamagedFile(self.path, "the backup is not complete", hint="Choose another backup.")
        return data


class Backups:
    """The backups of one task file. Changed only by who has the turn at that file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> list[Backup]:
        """All backups, the newest first."""
        if not self.folder.is_dir():
            return []
        found = [backup for path in self.folder.iterdir() if (backup := _read_name(path))]
        return sorted(found, key=lambda backup: backup.time, reverse=True)

    def last_good(self) -> Backup | None:
        """The newest backup that was a readable task file."""
        return next((backup for backup in self.list() if not backup.damaged), None)

    def content(self, digest: str) -> Backup | None:
        """The backup whose bytes have that sha256, if it is still kept."""
        return next((backup for backup in self.list() if backup.digest == digest), None)

    def keep(self, data: bytes, *, damaged: bool = False) -> Path:
        """Keep `data`, once however often it comes by, and let go of what is old. Raises TaskdeckError."""
        make_private_folder(self.folder)
        digest = hashlib.sha256(data).hexdigest()
        stamp = datetime.now(UTC).strftime(_TIME)
        path = self.folder / f"{stamp}Z-{digest}.{'damaged' if damaged else 'json'}"
        old = self.list()
        same = next((backup for backup in old if backup.digest == digest and backup.size == len(data)), None)
        if same:
            same.path.rename(path)
            return path
        # Not flushed to the disk: the task file itself is, and a backup carries its own check sum.
        write_atomic(path, data, mode=0o600, durable=False)
        self._let_go()
        return path

    def _let_go(self) -> None:
        kept = _choose(self.list())
        for backup in self.list():
            if backup not in kept:
                backup.path.unlink(missing_ok=True)
                remove_leftovers(backup.path)


def _choose(newest_first: list[Backup]) -> list[Backup]:
    kept = newest_first[:KEPT_CONTENTS]
    oldest_day = datetime.now(UTC).date() - timedelta(days=KEPT_DAYS)
    days = {backup.time.date() for backup in kept}
    for backup in newest_first[KEPT_CONTENTS:]:
        day = backup.time.date()
        if day not in days and day >= oldest_day:
            days.add(day)
            kept.append(backup)
    total = 0
    within: list[Backup] = []
    for backup in kept:
        total += backup.size
        # The two newest stay whatever their size.
        if total <= KEPT_BYTES or len(within) < 2:
            within.append(backup)
    return within


def _read_name(path: Path) -> Backup | None:
    match = _NAME.fullmatch(path.name)
    if not match:
        return None
    try:
        time = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
        return Backup(path, time, match[2], match[3] == "damaged", path.stat().st_size)
    except (ValueError, OSError):
        return None
