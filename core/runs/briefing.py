"""What an agent is handed for one task: its own copy of the task file, the PRD, and the order in words."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.atomic_write import write_atomic
from core.documents.brief import Brief, assignments, write_brief
from core.documents.places import FolderPlace
from core.documents.standards import find_standards
from core.errors import TaskdeckError
from core.paths import make_private_folder
from core.runs.folder import RunFolder
from core.runs.request import RunRequest
from core.tasks.document import Tag


@dataclass(frozen=True)
class Handed:
    """The folder of an attempt and what lies in it."""

    home: Path
    brief: Brief
    brief_file: Path
    tasks_file: Path

    def tasks_are_unchanged(self) -> bool:
        """Whether the copy of the task file is what it was. Blocks."""
        try:
            return sha256(self.tasks_file.read_bytes()).hexdigest() == self.brief.tasks_sha256
        except OSError:
            return False


def hand_over(folder: RunFolder, tag: Tag, key: str, attempt: int, project: Path, remarks: str) -> Handed:
    """Lay out everything for one attempt and check it. Raises TaskdeckError, OSError. Blocks."""
    request = folder.request
    home = make_private_folder(folder.agent(request.agent_of(key), attempt))
    data = folder.tasks_file.read_bytes()
    if sha256(data).hexdigest() != request.tasks_sha256:
        raise TaskdeckError(
            f"The copy of the task file in {folder.path} was changed.", "Start the run again."
        )
    # A folder of its own: an agent may be allowed to read there, and nothing else of the run lies in it.
    given = make_private_folder(home / "input")
    copy = _give(given / "tasks.json", data)
    prd_data = folder.prd_file.read_bytes() if folder.prd_file.is_file() else None
    prd_copy = _give(given / "prd", prd_data) if prd_data is not None else None
    brief = Brief(
        run=folder.id,
        agent=request.agent_of(key),
        tag=tag.name,
        tasks=assignments(tag, [tag.find(key).root.key]),
        tasks_file=str(copy),
        tasks_sha256=request.tasks_sha256,
        names=request.names,
        out=str(project),
        prd=str(prd_copy or ""),
        prd_sha256=sha256(prd_data).hexdigest() if prd_data is not None else "",
        prd_name=_prd_name(request) if prd_data is not None else "",
        standards=find_standards(
            FolderPlace(project), request.standards, (prd_data or b"").decode("utf-8", "replace")
        ),
        language=request.language,
        written_by=request.agent,
        model=request.model,
        remarks=remarks,
    )
    brief_file = home / "brief.json"
    write_brief(brief_file, brief)
    handed = Handed(home, brief, brief_file, copy)
    if not handed.tasks_are_unchanged():
        raise TaskdeckError(f"The task file could not be copied whole to {copy}.", "Look at the disk.")
    return handed


def _give(path: Path, data: bytes) -> Path:
    path.unlink(missing_ok=True)
    write_atomic(path, data, mode=0o400)
    return path


def copy_prd(folder: RunFolder, committed: bytes | None) -> None:
    """Keep the PRD with the run: as it is committed where it is, else as it is here. Raises OSError."""
    request = folder.request
    data = committed
    if data is None and request.prd:
        path = Path(request.prd)
        data = path.read_bytes() if path.is_file() else None
    if data is not None:
        write_atomic(folder.prd_file, data, mode=0o400)


def _prd_name(request: RunRequest) -> str:
    return os.path.relpath(request.prd, request.root).replace(os.sep, "/")
