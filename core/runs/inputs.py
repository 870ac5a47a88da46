"""Makes sure that what a run works from is exactly what was asked for, before any agent begins."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from core.documents.content import content_hash
from core.errors import Refused
from core.publishing.repository import Repository
from core.runs.folder import RunFolder
from core.runs.request import RunRequest
from core.tasks.document import Tag, parse


def check_input(folder: RunFolder, repository: Repository | None, commit: str) -> tuple[Tag, bytes | None]:
    """The tasks the run is about, and the PRD as it is committed, if it is.

    Raises Refused when the task file at `commit`, the run's copy of it or a task is not what was asked for,
    NotFound when a task is gone. Blocks.
    """
    request = folder.request
    data = folder.tasks_file.read_bytes()
    prd: bytes | None = None
    if repository is not None:
        there = repository.read(commit, request.tasks_path)
        if there is not None and there != data:
            raise Refused(
                f"{request.tasks_path} at {commit[:12]} is not what this run was asked for: "
                f"sha256 {sha256(there).hexdigest()[:12]} there, {request.tasks_sha256[:12]} asked for.",
                "Start the run again.",
            )
        prd = _committed_prd(request, repository, commit)
    if sha256(data).hexdigest() != request.tasks_sha256:
        raise Refused(
            f"The run's copy of the task file in {folder.path} was changed.", "Start the run again."
        )
    tag = parse(data, folder.tasks_file).tag(request.tag)
    for key, expected in request.contents.items():
        if content_hash(tag.find(key).root) != expected:
            raise Refused(f"Task {key} is not what this run was asked for.", "Start the run again.")
    return tag, prd


def _committed_prd(request: RunRequest, repository: Repository, commit: str) -> bytes | None:
    prd, top = Path(request.prd), repository.top.resolve()
    if not request.prd or not prd.resolve().is_relative_to(top):
        return None
    return repository.read(commit, prd.resolve().relative_to(top).as_posix())
