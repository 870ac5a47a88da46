"""The builtin agent, no model: `python -m core.documents.agent BRIEF.json` writes what a brief asks."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.documents.brief import Brief, read_brief
from core.documents.catalogue import path_of
from core.documents.stream import Stream, ToolAnswer
from core.errors import TaskdeckError

if TYPE_CHECKING:
    from core.documents.standards import Standards
    from core.tasks.document import Tag

MODEL = "builtin, no model"
_TOOLS = ("Read", "Write", "TodoWrite")


class Stopped(Exception):  # noqa: N818
    """The input is not what the brief says; nothing was written for what follows."""


@dataclass
class _Plan:
    """What is to be done and how far it is."""

    stream: Stream
    steps: list[tuple[str, str]]
    done: int = 0

    def show(self) -> None:
        self.stream.plan([(what, self._status(at), doing) for at, (what, doing) in enumerate(self.steps)])

    def step(self) -> None:
        self.done += 1
        self.show()

    def _status(self, at: int) -> str:
        return "completed" if at < self.done else "in_progress" if at == self.done else "pending"


def work(brief: Brief, stream: Stream) -> str:
    """Do what the brief says and tell each step. Gives the last words. Raises Stopped, TaskdeckError."""
    return _Work(brief, stream).run()


@dataclass
class _Work:
    brief: Brief
    stream: Stream
    written: list[str] = field(default_factory=list[str])

    def run(self) -> str:
        brief = self.brief
        tasks = " and ".join(f"task {task.key}" for task in brief.tasks)
        self.stream.say(f"I write the documents of {tasks} from the plan, without a model.")
        plan = _Plan(self.stream, self._steps())
        plan.show()
        tag = self._read_tasks()
        prd = self._read_prd() if brief.prd else ""
        standards = self._read_standards(prd)
        plan.step()
        self._write_all(tag, prd, standards, plan)
        count = len(self.written)
        return f"Wrote {count} document{'' if count == 1 else 's'} of {tasks}."

    def _steps(self) -> list[tuple[str, str]]:
        paths = [path_of(task.key, name) for task in self.brief.tasks for name in self.brief.names]
        short = [path.partition("/docs/")[2] for path in paths]
        first = ("Read the input and compare its hashes", "Reading the input and comparing its hashes")
        return [first, *((f"Write {path}", f"Writing {path}") for path in short)]

    def _read(self, path: Path, what: str, wanted: str = "") -> bytes:
        """Read an input file as a tool does. Raises Stopped when it is missing or not the brief's."""
        identity = self.stream.use("Read", {"file_path": str(path)})
        try:
            data = path.read_bytes()
        except OSError as error:
            self.stream.answer(identity, ToolAnswer(f"{path}: {error.strerror}", is_error=True))
            raise Stopped(f"{what} {path} cannot be read: {error.strerror}") from None
        digest = hashlib.sha256(data).hexdigest()
        if wanted and digest != wanted:
            words = f"sha256 {digest}, expected {wanted}"
            self.stream.answer(identity, ToolAnswer(words, is_error=True))
            raise Stopped(f"{what} {path} is not the one this run was started with: {words}")
        lines = data.count(b"\n") + 1
        self.stream.answer(identity, ToolAnswer(f"{len(data):,} bytes, {lines:,} lines, sha256 {digest}"))
        return data

    def _read_tasks(self) -> Tag:
        from core.documents.content import content_hash, short_hash
        from core.tasks.document import parse

        brief = self.brief
        data = self._read(Path(brief.tasks_file), "The task file", brief.tasks_sha256)
        tag = parse(data, brief.tasks_file).tag(brief.tag)
        for wanted in brief.tasks:
            task = tag.nodes.get(wanted.key)
            if task is None:
                raise Stopped(f'The task file has no task {wanted.key} in tag "{brief.tag}"')
            digest = content_hash(task)
            if digest != wanted.hash or task.title != wanted.title:
                raise Stopped(
                    f"Task {wanted.key} has other content than this run was started with: "
                    f"hash {short_hash(digest)}, expected {short_hash(wanted.hash)}"
                )
        return tag

    def _read_prd(self) -> str:
        data = self._read(Path(self.brief.prd), "The PRD", self.brief.prd_sha256)
        return data.decode("utf-8", "replace")

    def _read_standards(self, prd: str) -> tuple[Standards, ...]:
        from core.documents.places import FolderPlace
        from core.documents.standards import Standards, find_standards

        place = FolderPlace(Path(self.brief.out))
        found: list[Standards] = []
        for name in self.brief.standards or find_standards(place, (), prd):
            if name.startswith(("/", "~")) or ".." in name.split("/") or place.link_on_the_way(name):
                # A project's settings must not put other files of this machine into its documents.
                self.stream.say(f"The standards {name} may lie outside of the project; I write without them.")
                continue
            data = self._read(Path(self.brief.out) / name, "The file with standards")
            found.append(Standards(name, data.decode("utf-8", "replace")))
        return tuple(found)

    def _write_all(self, tag: Tag, prd: str, standards: tuple[Standards, ...], plan: _Plan) -> None:
        from core.documents.writer import Context, write_document

        brief = self.brief
        context = Context(tag, brief.names, prd, brief.prd_name, standards, brief.written_by, brief.model)
        for wanted in brief.tasks:
            material = context.material(tag.nodes[wanted.key])
            for name in brief.names:
                self._write(path_of(wanted.key, name), write_document(name, material, context))
                plan.step()

    def _write(self, path: str, text: str) -> None:
        from core.documents.safe_write import NotWritten, write_below

        shown = str(Path(self.brief.out) / path)
        identity = self.stream.use("Write", {"file_path": shown, "content": text})
        data = text.encode("utf-8", "replace")
        try:
            write_below(Path(self.brief.out), path, data)
        except (NotWritten, TaskdeckError) as error:
            self.stream.answer(identity, ToolAnswer(f"{path} was not written: {error}", is_error=True))
            raise Stopped(f"{path} was not written: {error}") from None
        self.written.append(path)
        answer = ToolAnswer(f"File written: {shown} ({len(data):,} bytes)")
        self.stream.answer(identity, answer, {"type": "create", "filePath": shown})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the agent. Exit code 0: everything was written; 1: it stopped, and the last event says why."""
    parser = argparse.ArgumentParser(prog="core.documents.agent", description=__doc__)
    parser.add_argument("brief", type=Path)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds to wait at each step")
    options = parser.parse_args(arguments)
    stream = Stream(str(Path.cwd()), MODEL, max(0.0, options.pace))
    return _guarded(stream, lambda: _run(options.brief, stream))


def _run(path: Path, stream: Stream) -> str:
    brief = read_brief(path)
    stream.cwd = brief.out
    stream.init(_TOOLS)
    return work(brief, stream)


def _guarded(stream: Stream, job: Callable[[], str]) -> int:
    """Whatever happens, the stream ends in a result; no traceback reaches it."""
    try:
        words = job()
    except Stopped as error:
        return _stop(stream, str(error))
    except TaskdeckError as error:
        return _stop(stream, error.message)
    except Exception as error:  # a fault of ours must end the stream with a result like any other
        return _stop(stream, f"The builtin agent failed: {type(error).__name__}: {error}")
    stream.say(words)
    stream.result(words)
    return 0


def _stop(stream: Stream, why: str) -> int:
    from core.documents.hidden_text import visible
    from core.secrets import redact

    words = visible(redact(why)).rstrip(".")
    stream.say(f"{words}. I stop here.")
    stream.result(words, is_error=True)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrokenPipeError, KeyboardInterrupt):
        # Nobody reads any more: there is no one to tell, nor anywhere to flush to.
        os._exit(1)
