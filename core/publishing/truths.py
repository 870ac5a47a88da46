"""The four truths about a path: the file here, HEAD, what we remember of the remote, the remote right now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
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
    `committed` when that was made; `modified` when the file was written, which stands at no commit; `seen`
    when we looked (epoch seconds). `word` compares it with the file:
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
    modified: float | None = None


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
    """Reads the places of several paths; each commit is looked at once for all of them.

    `look` is the remote's answer, `why` says why there is none; `fetched`, that it came by a fetch, so that
    what is remembered is the same. What the places hold at `paths` is read when this is made, at any other
    path when it is asked for. `branch` is the one that is checked out, where it is known. Raises
    PublishRefused when the remote's commit cannot be had.
    """

    def __init__(
        self,
        repository: Repository,
        target: Target | None,
        look: RemoteLook | None,
        why: str = "",
        paths: Sequence[str] = (),
        branch: str | None = None,
        fetched: bool = False,
    ) -> None:
        self._repository = repository
        self._look = look
        self._why = why
        self._seen = time.time()
        self.head = repository.head
        if target and look:
            bring(repository, target, look, self.head)
        self.branch = branch or repository.branch
        self._remote_name = str(target) if target else "no remote"
        if look and fetched:
            self._remembered = look.commit
        else:
            self._remembered = repository.commit(target.upstream.tracking) if target else None
        commits = {self.head, self._remembered, look.commit if look else None}
        self._made = {commit: self._time_of(commit) for commit in commits if commit is not None}
        self._files: dict[str, str | None] = {}
        self._held: dict[str, dict[str, str | None]] = {commit: {} for commit in self._made}
        self._contents: dict[str, Content | None] = {}
        self._take(paths)

    def _take(self, paths: Sequence[str]) -> None:
        if not paths:
            return
        self._files |= self._repository.file_hashes(paths)
        for commit, held in self._held.items():
            held |= self._repository.blob_hashes(commit, paths)

    def read(self, path: str, contents: bool = False) -> Truths:
        """The truths about `path`; with `contents` also what the task file in each place says."""
        if path not in self._files:
            self._take([path])
        file, own = self._repository.top / path, self._files[path]
        if contents and own and file.is_file():
            # As git stores it, so that the places with the same hash need not be read at all.
            self._contents[own] = _content(file.read_bytes())
        content = self._contents.get(own or "")
        word: Word = "same" if own else "missing"
        here = Truth("file", str(file), own, word, self._seen, content, modified=_modified(file))
        head = self._at("head", self.branch or "HEAD", self.head, path, contents)
        remembered = self._at("remembered", self._remote_name, self._remembered, path, contents)
        if self._look is None:
            where = f"{self._remote_name}:{path}"
            remote = Truth("remote", where, None, "unknown", self._seen, why=self._why)
        else:
            remote = self._at("remote", self._remote_name, self._look.commit, path, contents)
            remote = replace(remote, seen=self._look.time)
        return Truths(path, here, head, remembered, remote)

    def _at(self, place: Place, name: str, commit: str | None, path: str, contents: bool) -> Truth:
        where = f"{name}:{path}"
        if commit is None:
            return Truth(place, where, None, "missing", self._seen, why="there is no such branch yet")
        found = self._held[commit][path]
        if contents and found and found not in self._contents:
            self._contents[found] = _content(self._repository.read(commit, path) or b"")
        word: Word = "same" if found == self._files[path] else self._word(commit, found)
        content = self._contents.get(found or "")
        return Truth(place, where, found, word, self._seen, content, commit, self._made[commit])

    def _word(self, commit: str, found: str | None) -> Word:
        if found is None:
            return "missing"
        if commit == self.head or (self.head and self._is_before(commit, self.head)):
            return "stale"
        return "differs"

    def _is_before(self, commit: str, later: str) -> bool:
        args = ["merge-base", "--is-ancestor", commit, later]
        return self._repository.run(args, check=False).code == 0

    def _time_of(self, commit: str) -> float | None:
        args = ["log", "--no-show-signature", "--max-count=1", "--format=%ct", commit, "--"]
        answer = self._repository.run(args, check=False)
        return float(answer.text) if answer.text.isdecimal() else None


def _modified(file: Path) -> float | None:
    try:
        return file.lstat().st_mtime
    except OSError:
        return None


def _content(data: bytes) -> Content | None:
    try:
        tags = parse(data).tags
    except DamagedFile:
        return None
    tasks = [task for tag in tags.values() for task in tag.tasks]
    if not tasks:
        return Content(0, "", "")
    return Content(len(tasks), tasks[0].title, tasks[-1].title)
