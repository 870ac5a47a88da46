"""What a run that is pushed publishes before an agent begins: what is committed, where it goes, what else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from core.config import Loaded
from core.doctor.check import Check
from core.plain_text import printable
from core.project import Project
from core.publishing.publish import default_subject
from core.publishing.publish_check import OtherCommit, PublishRequest, PublishState, check
from core.publishing.repository import Repository
from core.runs.request import RunRequest
from core.tasks.document import parse

_NAME = "publishing first"


@dataclass(frozen=True, slots=True)
class FirstPublication:
    """The first stage of a run as it would be done now.

    `paths` would be committed, from the top of the repository, as `message`; none where HEAD holds them all.
    `marked` are the tasks the run sets to in-progress in the task file before. `others` are the unpushed
    commits that would go along, empty where nothing has to be pushed.
    """

    state: PublishState
    paths: tuple[str, ...]
    message: str
    marked: tuple[str, ...]
    others: tuple[OtherCommit, ...]

    @property
    def is_there(self) -> bool:
        """Whether the remote holds the input already."""
        return self.state.proven and not self.paths


def first_publication(request: RunRequest, project: Project, loaded: Loaded) -> FirstPublication:
    """Look at it; the remote is asked, nothing is changed. Blocking. Raises TaskdeckError."""
    wanted = PublishRequest(
        replace(project, tasks_file=Path(request.tasks_file)),
        remote=request.remote or None,
        include_unpushed=request.include_unpushed,
        protected=loaded.settings.publish.protected,
        prd=Path(request.prd) if request.prd else None,
    )
    repository = Repository.open(project.root)
    try:
        state = check(repository, wanted)
    finally:
        repository.close()
    marked = _marked(request)
    paths = [truths.path for truths in state.truths if not truths.committed]
    if marked and state.task_path not in paths:
        paths.insert(0, state.task_path)
    others = () if state.proven and not paths else state.others
    message = default_subject(wanted.project, paths, state.task_path)
    return FirstPublication(state, tuple(paths), message, marked, others)


def _marked(request: RunRequest) -> tuple[str, ...]:
    """Submitting sets its tasks to in-progress first, so that the file is another one by then."""
    if request.kind != "task":
        return ()
    file = Path(request.tasks_file)
    try:
        tag = parse(file.read_bytes(), file).tag(request.tag)
    except OSError:
        return request.keys
    return tuple(key for key in request.keys if tag.find(key).status != "in-progress")


def publication_check(found: FirstPublication, request: RunRequest) -> Check:
    """Whether that stage would be refused; warnings only, as it decides itself, on what it finds then."""
    state = found.state
    if state.problems:
        first = state.problems[0]
        return Check(_NAME, "warn", first.message, first.hint, first.way)
    if found.others and not request.include_unpushed:
        listed = "; ".join(f"{one.commit[:7]} {printable(one.subject)}" for one in found.others[:3])
        more = f" and {len(found.others) - 3} more" if len(found.others) > 3 else ""
        what = "another commit" if len(found.others) == 1 else f"{len(found.others)} other commits"
        return Check(
            _NAME,
            "warn",
            f"Pushing to {state.target} would publish {what} too: {listed}{more}.",
            "--include-unpushed lets them along; or push them yourself first.",
            "include_unpushed",
        )
    done = "the remote holds the input" if found.is_there else "only the input would be committed and pushed"
    if found.others:
        count = len(found.others)
        done = f"the input is pushed, and {count} other commit{'s' * (count != 1)} along, as you allowed"
    return Check(_NAME, "ok", f"{state.target}: {done}.")


def unknown_publication(words: str, hint: str) -> Check:
    """Nothing could be found out about it."""
    return Check(_NAME, "warn", words, hint)
