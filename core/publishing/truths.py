"""The four truths about a path: the file here, HEAD, what we remember of the remote, the remote right now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from core.errors import DamagedFile
from core.publishing.remote import RemoteLook, Target, bring
from core.publishing.repository import Repository
from core.tasks.document import parse

Place = Literal["file", "head", "remembered", "remote"]
Word = Literal["same", "stale", "differs", "missing", "unknown"]


@dataclass(frozen=True)
class Content:
    """What a task file says, to tell two apart at a glance: its tasks, and the first and last title."""

    tasks: int
    first: str
    last: str


@dataclass(frozen=True)
class Truth:
    """What one place holds at a path. `where` is exactly what was read (`origin/feature/x:example/a.json`).

    `hash` is git's blob hash, None when there is nothing there; `commit` the commit that place stands at and
    `committed` when that was made; `seen` when we looked (epoch seconds). `word` compares it with the file:
    stale, an earlier content that is waiting for a commit or push; differs, a content from elsewhere.
    """

    place: Place
    where: str
    hash: str | None
    word: Word
    seen: float
    content: Content | None = None
    commit: str | None = None
    committed: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Truths:
    """The four places of one path, in the order in which a change travels."""

    path: str
    file: Truth
    head: Truth
    remembered: Truth
    remote: Truth

    @property
    def all(self) -> tuple[Truth, Truth, Truth, Truth]:
        return (self.file, self.head, self.remembered, self.remote)

    @property
    def committed(self) -> bool:
        return self.file.hash is not None and self.head.hash == self.file.hash

    @property
    def pushed(self) -> bool:
        return self.committed and self.remembered.hash == self.file.hash

    @property
    def proven(self) -> bool:
        return self.committed and self.remote.hash == self.file.hash and not self.remote.why


class TruthReader:
    """Reads the places of several paths; commits are looked up once for all of them.

    `look` is the remote's answer, `why` says why there is none.
    """

    def __init__(
        self, repository: Repository, target: Target | None, look: RemoteLook | None, why: str = ""
    ) -> None:
        self._repository = repository
        self._target = target
        self._look = look
        self._why = why
        self._seen = time.time()
        self._head = repository.head
        self._remembered = repository.commit(target.upstream.tracking) if target else None
        if target and look:
            bring(repository, target, look)
        self._made: dict[str, float | None] = {}

    def read(self, path: str, contents: bool = False) -> Truths:
        """The truths about `path`; with `contents` also what the task file in each place says."""
        file = self._repository.top / path
        own = self._repository.file_hash(path)
        content = _content(file.read_bytes()) if contents and file.is_file() else None
        where = self._repository.branch or "HEAD"
        here = Truth("file", str(file), own, "same" if own else "missing", self._seen, content)
        head = self._at("head", where, self._head, path, own, contents)
        name = str(self._target) if self._target else "no remote"
        remembered = self._at("remembered", name, self._remembered, path, own, contents)
        if self._look is None:
            remote = Truth("remote", f"{name}:{path}", None, "unknown", self._seen, why=self._why)
        else:
            remote = self._at("remote", name, self._look.commit, path, own, contents, self._look.time)
        return Truths(path, here, head, remembered, remote)

    def _at(
        self,
        place: Place,
        name: str,
        commit: str | None,
        path: str,
        own: str | None,
        contents: bool,
        seen: float | None = None,
    ) -> Truth:
        where, when = f"{name}:{path}", seen or self._seen
        if commit is None:
            return Truth(place, where, None, "missing", when, why="there is no such branch yet")
        found = self._repository.blob_hash(commit, path)
        content = None
        if contents and found:
            content = _content(self._repository.read(commit, path) or b"")
        word: Word = "same" if found == own else self._word(commit, found)
        return Truth(place, where, found, word, when, content, commit, self._time_of(commit))

    def _word(self, commit: str, found: str | None) -> Word:
        if found is None:
            return "missing"
        if commit == self._head or (self._head and self._is_before(commit, self._head)):
            return "stale"
        return "differs"

    def _is_before(self, commit: str, later: str) -> bool:
        args = ["merge-base", "--is-ancestor", commit, later]
        return self._repository.run(args, check=False).code == 0

    def _time_of(self, commit: str) -> float | None:
        if commit not in self._made:
            answer = self._repository.run(
                ["log", "--no-show-signature", "--max-count=1", "--format=%ct", commit, "--"], check=False
            )
            self._made[commit] = float(answer.text) if answer.text.isdecimal() else None
        return self._made[commit]


def _content(data: bytes) -> Content | None:
    try:
        tags = parse(data).tags
    except DamagedFile:
        return None
    tasks = [task for tag in tags.values() for task in tag.tasks]
    if not tasks:
        return Content(0, "", "")
    return Content(len(tasks), tasks[0].title, tasks[-1].title)
