"""A stand-in for the Claude Code command: it speaks the same event stream and misbehaves as it is told to.

`StandIn(folder)` makes `folder/claude`, to be put on PATH or named in `agent.command`. What it does stands in
`folder/script.json`, read anew at each call (the environment of an agent is not passed on); each call is
recorded in `folder/calls.jsonl` as {"argv", "cwd", "env", "pid", "prompt"}.

    {"version": "2.1.330 (Claude Code)", "steps": [STEP...], "when": [{"prompt": "task 5", "steps": [...]}]}

A call takes the steps of the first `when` whose text is in its prompt, else `steps`. `{"calls": [[...]...]}`
gives each call its own steps, the last one for all that follow. Steps, done in order:

    {"init": {...}}              the first event; without one it is said at the start, {"init": null} never
    {"event": {...}}             any event; session_id and uuid are added
    {"line": "text"}             any line; {"stderr": "text"} the same on standard error
    {"say": "text"}, {"todos": [[content, status]...]}, {"model_error": "rate_limit"}
    {"read": path}, {"write": {"path", "content"}}     really done below its folder, with call and result
    {"tool": {"name", "input", "content", "is_error", "more"}}   a call and its result, nothing done
    {"deny": {"name", "input"}}  a call that is refused; the result lists it
    {"symlink": {"path", "target"}}, {"delete": path}, {"touch": path}
    {"python": "code"}           with emit(event), write(path, content), prompt, argv, cwd
    {"sleep": seconds}, {"wait_for": path}              until the file is there
    {"flood": bytes}             that much output in lines of 1 kB; {"long_line": bytes} in one line
    {"escapes": true}            terminal control sequences, in a line and inside an event
    {"leak": "ANTHROPIC_API_KEY"}                       prints that variable, in an event and as plain text
    {"api_retry": n}             n failed attempts to reach the model; -1 never stops, one each 0.05 s
    {"background": {"pid_file", "leave_group", "ignore_term", "hold_output"}}     a child that never ends
    {"ignore_term": true}, {"hang": true}, {"kill": signal number}, {"exit": code}
    {"result": {...}}            fields over those of a success; without one and without exit it is said last,
                                 {"result": null} never

Limits: it calls no model and reads no flag but --version, and its prompt from standard input alone; costs,
tokens and times are invented; refusals come from the script, not from the permission flags; messages have
one block each; sub-agents speak by `event` only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

Step = dict[str, Any]


class StandIn:
    """The command in `folder`, with `steps` or a whole `script`."""

    def __init__(self, folder: Path, *steps: Step, **script: Any) -> None:
        self.folder = folder
        self.path = folder / "claude"
        folder.mkdir(parents=True, exist_ok=True)
        own = Path(__file__).resolve()
        self.path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{own}" "{folder}" "$@"\n', "utf-8")
        self.path.chmod(0o755)
        self.script(*steps, **script)

    def script(self, *steps: Step, **script: Any) -> None:
        """What the calls from now on do."""
        (self.folder / "script.json").write_text(json.dumps({"steps": list(steps)} | script), "utf-8")

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls so far, those for the version not counted."""
        file = self.folder / "calls.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [call for call in map(json.loads, lines) if "--version" not in call["argv"]]


class Agent:
    """One call of the command."""

    def __init__(self, folder: Path, argv: list[str], prompt: str) -> None:
        self.folder = folder
        self.argv = argv
        self.cwd = Path.cwd()
        self.session = str(uuid.uuid4())
        self.count = 0
        self.denials: list[dict[str, Any]] = []
        self.finished = False
        self.prompt = prompt

    def run(self) -> int:
        script = json.loads((self.folder / "script.json").read_text("utf-8"))
        if "--version" in self.argv:
            print(script.get("version", "2.1.330 (Claude Code)"))
            return 0
        steps = self._steps(script)
        if not any("init" in step for step in steps):
            self.init({})
        for step in steps:
            name, value = next(iter(step.items()))
            if name == "exit":
                return int(value)
            getattr(self, name)(value)
        if not self.finished:
            self.result({})
        return 0

    def _steps(self, script: dict[str, Any]) -> list[Step]:
        if "calls" in script:
            number = len((self.folder / "calls.jsonl").read_text("utf-8").splitlines()) - 1
            return list(script["calls"][min(number, len(script["calls"]) - 1)])
        for case in script.get("when", ()):
            if case["prompt"] in self.prompt:
                return list(case["steps"])
        return list(script.get("steps", ()))

    def emit(self, event: dict[str, Any]) -> None:
        self.line(json.dumps({**event, "session_id": self.session, "uuid": str(uuid.uuid4())}))

    def event(self, value: dict[str, Any]) -> None:
        self.emit(value)

    def line(self, value: str) -> None:
        sys.stdout.write(value + "\n")
        sys.stdout.flush()

    def stderr(self, value: str) -> None:
        sys.stderr.write(value + "\n")
        sys.stderr.flush()

    def init(self, value: dict[str, Any] | None) -> None:
        if value is not None:
            self.emit(
                {
                    "type": "system", "subtype": "init", "cwd": str(self.cwd), "model": "claude-stand-in",
                    "tools": ["Read", "Glob", "Grep", "Edit", "Write", "TodoWrite"], "mcp_servers": [],
                    "permissionMode": "default", "apiKeySource": "ANTHROPIC_API_KEY",
                    "claude_code_version": "2.1.330", **value,
                }
            )  # fmt: skip

    def _message(self, block: dict[str, Any], **more: Any) -> None:
        self.count += 1
        message = {
            "id": f"msg_{self.count:04}", "type": "message", "role": "assistant", "model": "claude-stand-in",
            "content": [block], "stop_reason": None, "usage": {"input_tokens": 25, "output_tokens": 1},
        }  # fmt: skip
        self.emit({"type": "assistant", "message": message, "parent_tool_use_id": None, **more})

    def say(self, value: str) -> None:
        self._message({"type": "text", "text": value})

    def model_error(self, value: str) -> None:
        self._message({"type": "text", "text": f"API error: {value}"}, error=value)

    def todos(self, value: list[list[str]]) -> None:
        todos = [{"content": text, "status": status, "activeForm": text} for text, status in value]
        self.tool({"name": "TodoWrite", "input": {"todos": todos}, "content": "Todos have been modified"})

    def tool(self, value: dict[str, Any]) -> None:
        call = f"toolu_{self.count:04}"
        self._message(
            {"type": "tool_use", "id": call, "name": value["name"], "input": value.get("input", {})}
        )
        answer = {"type": "tool_result", "tool_use_id": call, "content": value.get("content", "ok")}
        if value.get("is_error"):
            answer["is_error"] = True
        more = {"tool_use_result": value["more"]} if "more" in value else {}
        self.emit(
            {"type": "user", "message": {"role": "user", "content": [answer]}, "parent_tool_use_id": None}
            | more
        )

    def read(self, value: str) -> None:
        path = self.cwd / value
        try:
            text, failed = path.read_text("utf-8", "replace"), False
        except OSError as error:
            text, failed = f"File does not exist: {error}", True
        self.tool({"name": "Read", "input": {"file_path": str(path)}, "content": text, "is_error": failed})

    def write(self, value: dict[str, str] | str, content: str | None = None) -> None:
        given = {"path": value, "content": content or ""} if isinstance(value, str) else value
        path = self.cwd / given["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(given["content"], "utf-8")
        more = {"type": "create", "filePath": str(path), "content": given["content"]}
        inputs = {"file_path": str(path), "content": given["content"]}
        self.tool(
            {
                "name": "Write",
                "input": inputs,
                "content": f"File created successfully at: {path}",
                "more": more,
            }
        )

    def deny(self, value: dict[str, Any]) -> None:
        call = f"toolu_{self.count:04}"
        refused = {"tool_name": value["name"], "tool_use_id": call, "tool_input": value.get("input", {})}
        self.denials.append(refused)
        text = f"Permission to use {value['name']} has been denied."
        self.tool({**value, "content": text, "is_error": True})

    def symlink(self, value: dict[str, str]) -> None:
        path = self.cwd / value["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(value["target"])

    def delete(self, value: str) -> None:
        (self.cwd / value).unlink()

    def touch(self, value: str) -> None:
        (self.cwd / value).touch()

    def python(self, value: str) -> None:
        names = {"emit": self.emit, "write": self.write, "prompt": self.prompt, "argv": self.argv}
        exec(value, {**names, "cwd": self.cwd, "agent": self})

    def sleep(self, value: float) -> None:
        time.sleep(value)

    def wait_for(self, value: str) -> None:
        while not (self.cwd / value).exists():
            time.sleep(0.01)

    def flood(self, value: int) -> None:
        block = (b"x" * 1023 + b"\n") * 1024
        sys.stdout.flush()
        left = value
        while left > 0:
            left -= os.write(1, block[:left])

    def long_line(self, value: int) -> None:
        sys.stdout.flush()
        left = value
        while left > 0:
            left -= os.write(1, b"y" * min(left, 1 << 20))
        os.write(1, b"\n")

    def escapes(self, value: bool) -> None:
        evil = "\x1b[2J\x1b]0;owned\x07\x1b[31mred \x9b5A \u202egnol \r\x08"
        self.line(evil)
        self.say(evil)

    def leak(self, value: str) -> None:
        secret = os.environ.get(value, "")
        self.tool({"name": "Bash", "input": {"command": "env"}, "content": f"{value}={secret}"})
        self.line(f"{value}={secret}")

    def api_retry(self, value: int) -> None:
        number = 0
        while number != value:
            number += 1
            self.emit(
                {
                    "type": "system", "subtype": "api_retry", "attempt": number, "max_retries": 10,
                    "retry_delay_ms": 500, "error_status": None, "error": "unknown",
                }
            )  # fmt: skip
            time.sleep(0.05 if value < 0 else 0)

    def background(self, value: dict[str, Any]) -> None:
        ready = f"open({str(self.cwd / value['pid_file'])!r}, 'w').write(str(os.getpid()))"
        ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if value.get("ignore_term") else ""
        leave = "os.setsid();" if value.get("leave_group") else ""
        code = f"import os, signal, time;{leave}{ignore}{ready};time.sleep(1000)"
        out = None if value.get("hold_output") else subprocess.DEVNULL
        if not value.get("leave_group"):
            subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out)
        elif os.fork() == 0:
            # The child of a child that is gone: nobody finds it by its parent, its group or its session.
            subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out)
            os._exit(0)
        while not (self.cwd / value["pid_file"]).exists() or not (self.cwd / value["pid_file"]).read_text():
            time.sleep(0.01)

    def ignore_term(self, value: bool) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def hang(self, value: bool) -> None:
        while True:
            time.sleep(60)

    def kill(self, value: int) -> None:
        sys.stdout.flush()
        os.kill(os.getpid(), value)

    def result(self, value: dict[str, Any] | None) -> None:
        self.finished = True
        if value is None:
            return
        usage = {"input_tokens": 25 * self.count, "output_tokens": 42 * self.count}
        self.emit(
            {
                "duration_api_ms": 200, "type": "result", "subtype": "success", "is_error": False,
                "duration_ms": 400, "num_turns": self.count, "result": "Done.", "stop_reason": "end_turn",
                "total_cost_usd": 0.01, "usage": usage, "modelUsage": {}, "terminal_reason": "completed",
                "permission_denials": self.denials, **value,
            }
        )  # fmt: skip


def main() -> int:
    folder, argv = Path(sys.argv[1]), sys.argv[2:]
    prompt = "" if "--version" in argv else sys.stdin.buffer.read().decode("utf-8")
    call = {
        "argv": argv,
        "cwd": str(Path.cwd()),
        "env": dict(os.environ),
        "pid": os.getpid(),
        "prompt": prompt,
    }
    if "--version" not in argv:
        with (folder / "calls.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(call) + "\n")
    return Agent(folder, argv, prompt).run()


if __name__ == "__main__":
    sys.exit(main())
