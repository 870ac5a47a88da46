"""Every command there is: ours with the module that holds it, Task Master's others with our nearest."""

from __future__ import annotations

SECTIONS: dict[str, dict[str, str]] = {
    "Plan": {
        "init": "project",
        "draft-prd": "drafting",
        "parse-prd": "planning",
        "lint-prd": "prd_review",
        "analyze-complexity": "analysing",
        "complexity-report": "complexity",
        "expand": "expanding",
    },
    "Read": {
        "list": "reading",
        "next": "reading",
        "show": "reading",
        "graph": "graph",
    },
    "Edit": {
        "set-status": "fields",
        "add-task": "adding",
        "add-subtask": "adding",
        "edit": "fields",
        "update-task": "revising",
        "update-subtask": "revising",
        "remove-task": "structure",
        "remove-subtask": "structure",
        "clear-subtasks": "structure",
        "move": "structure",
        "undo": "history",
        "redo": "history",
        "resolve": "resolve",
    },
    "Dependencies": {
        "add-dependency": "dependencies",
        "remove-dependency": "dependencies",
        "validate-dependencies": "dependencies",
        "fix-dependencies": "dependencies",
    },
    "Tags": {"tags": "tags"},
    "Documents": {"docs": "docs"},
    "Run": {
        "submit": "submit",
        "runs": "runs",
        "logs": "log_lines",
    },
    "Logs": {"tail": "tail"},
    "Publish": {
        "publish": "publish",
        "pull": "pull",
        "pr": "pull_request",
    },
    "Taskdeck itself": {
        "demo": "project",
        "doctor": "project",
        "incident": "incident",
        "config": "settings",
        "completion": "completion",
    },
}
"""Heading of the help -> command -> module of `tui.cli` that defines it."""

MODULES: dict[str, str] = {
    name: module for commands in SECTIONS.values() for name, module in commands.items()
} | {"open": "project"}

ALIASES: dict[str, tuple[str, ...]] = {
    "ls": ("list",),
    "status": ("set-status",),
    "add-tag": ("tags", "add"),
    "use-tag": ("tags", "use"),
    "delete-tag": ("tags", "remove"),
    "rename-tag": ("tags", "rename"),
    "copy-tag": ("tags", "copy"),
    "init-docs": ("docs", "generate"),
}
"""Second names of commands: Task Master's, some of them deprecated there, and the platform's."""

NEAREST: dict[str, str] = {
    "models": "`taskdeck config set planner.model` names the model, `taskdeck doctor` says which counts",
    "lang": "`taskdeck config set planner.language` names the language of generated text",
    "rules": "standards go into the PRD or beside it; `taskdeck init` makes a project",
    "migrate": "every layout is read as it is; `taskdeck doctor` says what was found",
    "research": "`taskdeck update-task ID --research --append` searches the web and adds what it found",
    "scope-up": "`taskdeck expand --force -n` makes more subtasks, `taskdeck edit` changes the text",
    "scope-down": "`taskdeck expand --force -n` makes fewer subtasks, `taskdeck edit` changes the text",
    "generate": "`taskdeck show ID` prints a task whole",
    "sync-readme": "`taskdeck list --with-subtasks --no-color` prints the table to paste",
    "update": "`taskdeck update-task ID --prompt` changes one task",
    "start": "`taskdeck next` and `taskdeck show ID` say what to do",
    "loop": "`taskdeck next --json` gives the next task to a script",
    "autopilot": "`taskdeck next --json` gives the next task to a script",
    "ap": "`taskdeck next --json` gives the next task to a script",
    "tui": "`taskdeck` alone opens the app",
    "repl": "`taskdeck` alone opens the app",
    "auth": "Taskdeck has no account",
    "login": "Taskdeck has no account",
    "logout": "Taskdeck has no account",
    "context": "`taskdeck tags use` switches between lists of tasks",
    "briefs": "`taskdeck tags` lists the lists of tasks",
    "export": "`taskdeck list --json` prints every task",
    "export-tag": "`taskdeck list --json --tag TAG` prints every task of a tag",
    "help": "`taskdeck --help` lists the commands",
}
"""Task Master's other commands, each with what comes nearest here."""

NOT_YET: frozenset[str] = frozenset(("cluster", "controller", "record", "replay", "serve"))
"""Commands that later versions have."""
