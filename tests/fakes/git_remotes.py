"""Real git remotes on this machine: a folder, git's own daemon, git's own HTTP backend behind a login.

What is small here is only the web server around `git http-backend`: it speaks CGI for this one program and
asks for a user's password. Servers' own rules are real hooks in the bare repository.
"""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

Kind = Literal["file", "daemon", "http"]
KINDS: tuple[Kind, ...] = ("file", "daemon", "http")
USER, PASSWORD = "ann", "pass-word-of-ann"

DECLINE = """#!/bin/sh
echo "this server takes no push: ask for a review" >&2
exit 1
"""
DECLINE_MAIN = """#!/bin/sh
[ "$1" = refs/heads/main ] || exit 0
echo "main is protected by the server" >&2
exit 1
"""


def git(*args: str, cwd: Path, check: bool = True, stdin: str | None = None) -> str:
    """Run git as a person would, in a quiet environment of its own."""
    done = subprocess.run(
        ["git", *args], cwd=cwd, input=stdin, capture_output=True, text=True, check=False,
        env=os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": ":", "LC_ALL": "C"},
    )  # fmt: skip
    if check and done.returncode != 0:
        raise AssertionError(f"git {' '.join(args)}: {done.stderr}{done.stdout}")
    return done.stdout.rstrip("\n")


@dataclass
class Remote:
    """A bare repository that is served; `folder` is where it lies, `url` how clients reach it."""

    kind: Kind
    folder: Path
    url: str
    requests: list[str] = field(default_factory=list[str])

    def hook(self, name: str, script: str) -> None:
        """Let the server run this hook (pre-receive, update)."""
        path = self.folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def read(self, branch: str, path: str) -> str | None:
        """What the remote holds, read on the server's side."""
        done = subprocess.run(
            ["git", "show", f"refs/heads/{branch}:{path}"], cwd=self.folder, capture_output=True, check=False
        )
        return done.stdout.decode() if done.returncode == 0 else None

    def hash(self, branch: str, path: str) -> str | None:
        found = git("ls-tree", f"refs/heads/{branch}", "--", path, cwd=self.folder, check=False)
        return found.split()[2] if found else None

    def tip(self, branch: str) -> str:
        return git("rev-parse", "--verify", "-q", f"refs/heads/{branch}", cwd=self.folder, check=False)


@contextmanager
def serve(kind: Kind, folder: Path) -> Generator[Remote]:
    """A bare repository below `folder`, reachable in this way until the end of the block."""
    bare = folder / "repo.git"
    bare.mkdir(parents=True)
    git("init", "-q", "--bare", "-b", "main", cwd=bare)
    if kind == "file":
        yield Remote(kind, bare, f"file://{bare}")
    elif kind == "daemon":
        with _daemon(folder) as port:
            yield Remote(kind, bare, f"git://127.0.0.1:{port}/repo.git")
    else:
        git("config", "http.receivepack", "true", cwd=bare)
        with _http(folder) as (port, requests):
            yield Remote(kind, bare, f"http://127.0.0.1:{port}/repo.git", requests)


def with_login(remote: Remote, password: str = PASSWORD) -> str:
    """The address with a login in it, as people put it into their settings."""
    if remote.kind != "http":
        return remote.url
    return remote.url.replace("http://", f"http://{USER}:{password}@")


@contextmanager
def _daemon(folder: Path) -> Generator[int]:
    port = _free_port()
    process = subprocess.Popen(
        ["git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", f"--base-path={folder}",
         "--export-all", "--enable=receive-pack", "--informative-errors", str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield port
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("git daemon did not begin to listen")


@contextmanager
def _http(folder: Path) -> Generator[tuple[int, list[str]]]:
    requests: list[str] = []
    handler = type("Handler", (_Backend,), {"folder": folder, "requests": requests})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1], requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Backend(BaseHTTPRequestHandler):
    """One request through `git http-backend`, for who knows the password."""

    folder: Path
    requests: list[str]

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        self.requests.append(f"{self.command} {self.path}")
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        body = self._body()
        if self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        env = os.environ | {
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "REMOTE_USER": USER,
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.decode().split(": ", 1) for line in head.split(b"\r\n") if b": " in line]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            pieces: list[bytes] = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))


@dataclass
class Clone:
    """A person's work tree: the project lies in `project`, which may be a folder inside it."""

    top: Path
    project: Path
    remote: Remote
    branch: str

    def git(self, *args: str, check: bool = True) -> str:
        return git(*args, cwd=self.top, check=check)

    @property
    def tasks(self) -> Path:
        return self.project / ".taskmaster/tasks/tasks.json"

    @property
    def task_path(self) -> str:
        return self.tasks.relative_to(self.top).as_posix()

    def write(self, path: str, text: str = "x\n") -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def hook(self, name: str, script: str) -> None:
        """A hook of the user."""
        path = self.top / ".git/hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)


def tasks_text(*titles: str) -> str:
    """A small task file with these tasks."""
    import json

    tasks = [
        {"id": n, "title": t, "description": "", "status": "pending", "dependencies": [], "subtasks": []}
        for n, t in enumerate(titles, 1)
    ]
    return json.dumps({"master": {"tasks": tasks, "metadata": {}}}, indent=2) + "\n"


def clone_with_project(
    remote: Remote, folder: Path, branch: str = "feature/example-app", inside: str = "example"
) -> Clone:
    """A work tree whose project lies in a subfolder, with a second one at the top; all of it is pushed."""
    folder.mkdir(parents=True)
    git("init", "-q", "-b", branch, cwd=folder)
    made = Clone(folder, folder / inside if inside else folder, remote, branch)
    settings = {"user.name": "Ann", "user.email": "ann@example.org", "remote.origin.url": with_login(remote),
                "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*"}  # fmt: skip
    for key, value in settings.items():
        made.git("config", key, value)
    made.write("README.md", "the repository\n")
    made.write(".taskmaster/tasks/tasks.json", tasks_text("Update the chart of the platform"))
    made.write("lib/gone.py", "print()\n")
    made.tasks.parent.mkdir(parents=True, exist_ok=True)
    made.tasks.write_text(tasks_text("Set up Express"))
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    made.git("push", "-q", "-u", "origin", branch)
    return made
