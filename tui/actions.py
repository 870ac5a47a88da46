"""Every key of the application, declared once: footer, help and palette are all made from here."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do. `name` is the method `action_<name>` of the widget that has the scope."""

    name: str
    keys: str
    label: str
    help: str
    footer: bool = False
    palette: bool = True

    @property
    def binding(self) -> Binding:
        return Binding(self.keys, self.name, self.label, show=self.footer, tooltip=self.help)


SCOPES: dict[str, str] = {
    "app": "Everywhere",
    "plan": "Planning",
    "pipeline": "Pipeline bar",
    "tree": "Task tree",
    "detail": "Task",
    "prd": "PRD editor",
    "heatmap": "Heatmap",
    "graph": "Graph",
    "documents": "Documents",
    "matrix": "Matrix of documents",
    "log_view": "Lines of agents and files",
    "run": "Runs",
    "list": "Lists of a run",
    "proposal": "Proposal",
    "sheet": "On every screen over the plan",
    "publish": "Publishing",
    "pull": "Pulling",
    "confirm": "Before a run",
    "pull_request": "Pull request",
    "doctor": "Doctor",
    "incidents": "Incidents",
}
"""Scope to the heading it has in the help; the order is the order of the help."""

STORY = ("parse_prd", "analyse", "expand_all", "expand", "documents", "next_task")
"""The actions that lead from a PRD to work, in their order."""

FOOTER_FIRST = (
    "documents", "submit", "show_runs", "publish", "show_pull_request", "parse_prd", "next_task"
)  # fmt: skip
"""Behind the keys of the pane that has the focus these come first: the way from a plan to a pull request."""

FOOTER_LAST = ("add_task", "mark")
"""These make room for them."""

ACTIONS: dict[str, tuple[Action, ...]] = {
    "app": (
        Action("help", "question_mark,f1", "help", "Show every key", footer=True),
        Action("change_theme", "f9", "theme", "Choose a colour theme"),
        Action("command_palette", "ctrl+p", "palette", "Find any command by name", palette=False),
        Action("save_picture", "f12", "picture", "Save a picture of the screen as SVG"),
        Action("quit", "q,ctrl+q", "quit", "Leave Taskdeck; edits are saved already"),
    ),
    "plan": (
        Action("next_task", "n", "next", "Jump to the next ready task and say why it is next", footer=True),
        Action("filter", "slash", "filter", "Filter the tree as you type", footer=True),
        Action("parse_prd", "p", "plan", "Plan tasks from the PRD; shown as a proposal first", footer=True),
        Action("analyse", "a", "score", "Score the complexity of every open task", footer=True),
        Action("expand", "x", "divide", "Divide the task under the cursor into subtasks", footer=True),
        Action("expand_all", "X", "divide all", "Divide every task that has no subtasks", footer=True),
        Action("documents", "d", "documents", "Write the documents that are missing or stale", footer=True),
        Action("submit", "s", "submit", "Give the marked tasks or this one to an agent", footer=True),
        Action("publish", "g", "publish", "Publish the task file, and see where it stands", footer=True),
        Action("pull", "L", "pull", "Fetch, and take what is new on the remote"),
        Action(
            "show_pull_request", "P", "pull request", "Show the pull request of the task's run", footer=True
        ),
        Action("doctor", "D", "doctor", "Check the project, git, the forge and the agents"),
        Action("incidents", "I", "incidents", "List incident reports and their answers"),
        Action("show_runs", "r", "runs", "Watch the runs, their agents and logs", footer=True),
        Action("choose_tag", "t", "tags", "Switch, compare or make tags", footer=True),
        Action("undo", "u", "undo", "Take back the last edit made here", footer=True),
        Action("redo", "U,ctrl+r", "redo", "Do again what was undone"),
        Action("accept_offer", "y", "yes", "Accept what the bar above the log offers", palette=False),
        Action("dismiss_offer", "escape", "no", "Dismiss the bar above the log", palette=False),
        Action("repair", "f5", "repair", "Repair a damaged task file"),
        Action("prd_conflict('mine')", "f2", "keep mine", "PRD changed outside: keep what is typed here"),
        Action("prd_conflict('theirs')", "f3", "take theirs", "PRD changed outside: take what is on disk"),
        Action("prd_conflict('difference')", "f4", "difference", "PRD changed outside: show the difference"),
        Action("show_source", "v", "source", "Show the lines of the PRD that the task names"),
        Action("focus_pipeline", "0", "pipeline", "Go to the pipeline bar; Enter opens the proof of a stage"),
        Action("show_pane('tree')", "1", "tasks", "Go to the task tree"),
        Action("show_pane('task')", "2", "task", "Show the task"),
        Action("show_pane('prd')", "3", "PRD", "Show the PRD editor"),
        Action("show_pane('heatmap')", "4", "heatmap", "Show the complexity heatmap"),
        Action("show_pane('graph')", "5", "graph", "Show the dependency graph"),
        Action("show_pane('documents')", "6", "documents", "Show which documents there are"),
        Action("show_pane('log')", "7", "log", "Go to the log panel"),
        Action("zoom", "z", "zoom", "Give the focused pane the whole screen, or give it back"),
    ),
    "pipeline": (
        Action("previous_stage", "left,h", "previous", "Previous stage", palette=False),
        Action("next_stage", "right,l", "next stage", "Next stage", palette=False),
        Action(
            "open_proof", "enter,space", "proof", "Open the proof of this stage", footer=True, palette=False
        ),
        Action("leave", "escape,down", "to tree", "Back to the task tree", footer=True, palette=False),
    ),
    "tree": (
        Action("cursor_up", "up,k", "up", "Previous row", palette=False),
        Action("cursor_down", "down,j", "down", "Next row", palette=False),
        Action("page_up", "pageup", "page up", "One page up", palette=False),
        Action("page_down", "pagedown", "page down", "One page down", palette=False),
        Action("first", "home", "first", "First task", palette=False),
        Action("last", "end", "last", "Last task", palette=False),
        Action("fold", "left,h", "fold", "Fold the task, or go to its parent", palette=False),
        Action("unfold", "right,l", "unfold", "Unfold the task, or go to its first subtask", palette=False),
        Action("fold_all", "left_square_bracket", "fold all", "Fold every task"),
        Action("unfold_all", "right_square_bracket", "unfold all", "Unfold every task"),
        Action("open", "enter", "open", "Open the task beside the tree", palette=False),
        Action(
            "set_status", "space", "status", "Choose a status for the marked tasks or this one", footer=True
        ),
        Action("set_priority", "i", "priority", "Choose a priority for the marked tasks or this one"),
        Action("edit", "e", "edit", "Edit title, description, details and test strategy", footer=True),
        Action("add_task", "o", "add", "Add a task below this one", footer=True),
        Action("add_subtask", "O", "add subtask", "Add a subtask to this task"),
        Action(
            "remove", "delete,backspace", "remove", "Remove the marked tasks or this one; u brings them back"
        ),
        Action("move_up", "K,shift+up", "move up", "Move the task before the one above"),
        Action("move_down", "J,shift+down", "move down", "Move the task behind the one below"),
        Action("edit_dependencies", "b", "depends", "Say what this task waits for"),
        Action("mark", "m", "mark", "Mark this task; edits then go to all marked tasks", footer=True),
        Action("clear", "escape", "clear", "Clear marks and filter", palette=False),
    ),
    "detail": (
        Action("edit", "e", "edit", "Edit this task", footer=True),
        Action("set_status", "space", "status", "Choose a status", footer=True),
        Action("next_link", "right_curly_bracket", "next link", "Next task this one names", palette=False),
        Action(
            "previous_link",
            "left_curly_bracket",
            "previous link",
            "Previous task this one names",
            palette=False,
        ),
        Action("follow_link", "enter", "go to", "Go to the task that is named here", palette=False),
    ),
    "prd": (
        Action("edit", "e,enter", "edit", "Type in the PRD; esc ends typing", footer=True),
        Action("save", "ctrl+s", "save", "Save the PRD", footer=True),
        Action(
            "outline", "ctrl+o", "outline", "Jump to a section; says what planning takes from it", footer=True
        ),
        Action(
            "review", "ctrl+l", "review", "List vague words, gaps and contradictions of the PRD", footer=True
        ),
        Action(
            "draft", "ctrl+g", "draft", "Draft the PRD from an idea; keep, redo or discard it", footer=True
        ),
        Action("leave", "escape", "leave", "End typing; then leave the PRD for the task tree", footer=True),
    ),
    "heatmap": (
        Action("cursor_up", "up,k", "up", "Previous task", palette=False),
        Action("cursor_down", "down,j", "down", "Next task", palette=False),
        Action("previous_tile", "left,h", "tile before", "Previous tile", palette=False),
        Action("next_tile", "right,l", "next tile", "Next tile", palette=False),
        Action("open", "enter", "open", "Open the task", footer=True),
        Action("sort", "s", "sort", "Sort by complexity, id, missing subtasks or status", footer=True),
        Action("expand", "x", "divide", "Divide this task into subtasks", footer=True),
    ),
    "graph": (
        Action("cursor_up", "up,k", "up", "Task above in the same column", palette=False),
        Action("cursor_down", "down,j", "down", "Task below in the same column", palette=False),
        Action("cursor_left", "left,h", "before", "A task this one waits for", palette=False),
        Action("cursor_right", "right,l", "behind", "A task that waits for this one", palette=False),
        Action("open", "enter", "open", "Open the task", footer=True),
        Action("toggle_done", "d", "done tasks", "Show or hide finished and unconnected tasks", footer=True),
        Action("isolate", "c", "chain", "Show only the chain through this task", footer=True),
    ),
    "documents": (
        Action(
            "toggle_document", "enter", "document", "The document alone, or below the matrix", palette=False
        ),
        Action("leave", "escape", "to matrix", "Back to the matrix", footer=True, palette=False),
    ),
    "matrix": (
        Action("previous_file", "left,h", "file before", "Previous document of the task", palette=False),
        Action("next_file", "right,l", "next file", "Next document of the task", palette=False),
    ),
    "run": (
        Action("leave", "escape,r", "to plan", "Back to the plan", footer=True, palette=False),
        Action("cancel_run", "c", "cancel", "End the run under the cursor and its agents", footer=True),
        Action("retry_run", "R", "retry", "Run again what failed, with what failed told", footer=True),
        Action(
            "apply_run",
            "a",
            "apply",
            "Copy the run's documents into the project; none is replaced",
            footer=True,
        ),
        Action(
            "set_back", "s", "set back", "Set the tasks of a run that failed back to pending", footer=True
        ),
        Action("log_start", "l", "log", "Show the log where the agent under the cursor began", footer=True),
        Action("to_task", "t", "task", "Go to the task the agent works on", footer=True),
        Action("show_pull_request", "p,P", "pull request", "Show the pull request of the run", footer=True),
        Action("report_incident", "i", "incident", "Write an incident report about the run", footer=True),
        Action("show_pane('runs')", "1", "runs", "Go to the table of runs"),
        Action("show_pane('stages')", "2", "stages", "Show the stages of the run with their proofs"),
        Action("show_pane('agents')", "3", "agents", "Show the agents of the run"),
        Action("show_pane('plan')", "4", "plan", "Show the plan of the agent under the cursor"),
        Action("show_pane('files')", "5", "files", "Show the files that were written"),
        Action("show_pane('log')", "6", "log", "Show the log of the run"),
        Action("show_pane('preview')", "7", "preview", "Show a document as it is written"),
        Action("zoom", "z", "zoom", "Give the focused pane the whole screen, or give it back"),
    ),
    "list": (
        Action("cursor_up", "up,k", "up", "Previous row", palette=False),
        Action("cursor_down", "down,j", "down", "Next row", palette=False),
        Action("page_up", "pageup", "page up", "One page up", palette=False),
        Action("page_down", "pagedown", "page down", "One page down", palette=False),
        Action("first", "home", "first", "First row", palette=False),
        Action("last", "end", "last", "Last row", palette=False),
        Action("open", "enter", "open", "Open what is under the cursor", footer=True, palette=False),
    ),
    "log_view": (
        Action("toggle_follow", "f", "follow", "Follow the newest line, or pause", footer=True),
        Action("search", "slash", "search", "Search: mark every hit, hide nothing", footer=True),
        Action("next_hit", "n", "next hit", "Next hit of the search", palette=False),
        Action("previous_hit", "N", "previous hit", "Previous hit of the search", palette=False),
        Action("filter", "ampersand", "filter", "Show only what a filter lets through", footer=True),
        Action("next_error", "e", "error", "Next error", footer=True),
        Action("previous_error", "E", "error before", "Previous error"),
        Action("open", "enter", "line", "Show the line whole, JSON laid out", footer=True),
        Action("copy", "y,c", "copy", "Copy what is marked with the mouse, else the line", footer=True),
        Action("wrap", "w", "wrap", "Wrap long lines, or cut them", footer=True),
        Action("raw", "r", "raw", "Show lines as they are, or made readable", footer=True),
        Action("times", "t", "times", "Show the time of day, date and time, or no time"),
        Action("bookmark", "m", "bookmark", "Set a bookmark on the line, or remove it"),
        Action("next_bookmark", "apostrophe", "next bookmark", "Go to the next bookmark"),
        Action("save", "ctrl+s", "save", "Save the lines shown to a file, exactly as they are"),
        Action("clear", "escape", "clear", "End the search, then the filter, then the pause", palette=False),
        Action("follow", "end,G", "end", "Go to the end and follow", palette=False),
        Action("first", "home,g", "first", "First line", palette=False),
        Action("cursor_up", "up,k", "up", "Line above", palette=False),
        Action("cursor_down", "down,j", "down", "Line below", palette=False),
        Action("page_up", "pageup", "page up", "One page up", palette=False),
        Action("page_down", "pagedown,space", "page down", "One page down", palette=False),
        Action("left", "left,h", "left", "Move long lines to the right", palette=False),
        Action("right", "right,l", "right", "Move long lines to the left", palette=False),
    ),
    "proposal": (
        Action("take_or_leave", "space", "take or leave", "Take or leave this item", footer=True),
        Action("take_all", "a", "take all", "Take every item", footer=True),
        Action("take_none", "n", "none", "Leave every item", footer=True),
        Action(
            "apply", "enter", "apply", "Write what is taken to the task file; u takes it back", footer=True
        ),
        Action("stop", "escape", "stop", "Stop the planner; what came stays here", footer=True),
        Action("reject", "escape", "close", "Write nothing; what was paid for is kept", footer=True),
    ),
    "sheet": (
        Action("focus_pipeline", "0", "pipeline", "Go to the pipeline bar; Enter opens the proof of a stage"),
        Action("doctor", "D", "doctor", "Check the project, git, the forge and the agents"),
    ),
    "publish": (
        Action("publish", "enter,p", "publish", "Commit these files, push them, and prove it", footer=True),
        Action("include", "i", "let along", "Let the other unpushed commits go along, or not", footer=True),
        Action("choose_remote", "o", "remote", "Choose the remote for a branch that has none", footer=True),
        Action("new_branch", "b", "new branch", "Go on with these files on a new branch", footer=True),
        Action("pull", "l,L", "pull", "See and take what the remote has and you have not", footer=True),
        Action("repair", "f5", "repair", "Repair a damaged or conflicted task file", footer=True),
        Action(
            "bring_back", "R", "bring back", "Write tracked files that are gone from the disk", footer=True
        ),
        Action("message", "m", "message", "Write the commit's message", footer=True),
        Action("look", "r", "look again", "Ask the remote again", footer=True),
        Action("leave", "escape", "back", "Stop before the next step, or go back", footer=True),
    ),
    "pull": (
        Action("take", "enter,l", "pull", "Move the branch on, or choose from its tasks", footer=True),
        Action("look", "r", "fetch again", "Fetch again", footer=True),
        Action("leave", "escape", "back", "Back; nothing is changed", footer=True),
    ),
    "confirm": (
        Action("begin", "enter", "begin", "Begin the run as it stands here", footer=True),
        Action("toggle_push", "u", "push", "Publish first and push the result, or not", footer=True),
        Action("toggle_pr", "p", "pull request", "Open a pull request to the base, or not", footer=True),
        Action("choose_base", "b", "base", "Name another base for the pull request", footer=True),
        Action("include", "i", "let along", "Let other unpushed commits go along, or not", footer=True),
        Action("commit", "c", "commit", "Commit the task file now, alone", footer=True),
        Action("other_agent", "a", "agent", "Let the other agent work: builtin or claude", footer=True),
        Action("choose_model", "m", "model", "Name another model for the agent", footer=True),
        Action("toggle_force", "f", "force", "Also write documents that are current", footer=True),
        Action("waive", "w", "waive", "Let the failed check under the cursor pass, or not", footer=True),
        Action("look", "r", "check again", "Look at everything again", footer=True),
        Action("read('up')", "pageup", "read back", "Turn back what stands above the checks", palette=False),
        Action("read('down')", "pagedown", "read on", "Turn on what stands above the checks", palette=False),
        Action("leave", "escape", "not now", "Begin nothing", footer=True),
    ),
    "pull_request": (
        Action("look", "r", "read again", "Ask the forge again", footer=True),
        Action("offer", "s", "set status", "Give the run's tasks the status that fits", footer=True),
        Action("open_link", "o", "open", "Open its page in the browser", footer=True),
        Action("copy_link", "y,c", "copy link", "Copy its address", footer=True),
        Action("leave", "escape", "back", "Back", footer=True),
    ),
    "doctor": (
        Action("online", "o", "ask online", "Ask the remote, the forge and the model's API", footer=True),
        Action("look", "r", "check again", "Check again", footer=True),
        Action("copy", "y,c", "copy", "Copy the check with its evidence and repair", footer=True),
        Action("leave", "escape", "back", "Back to the list, then to the plan", footer=True),
    ),
    "incidents": (
        Action("answer", "a", "answer", "Show the answer, or write one", footer=True),
        Action("copy", "y,c", "copy path", "Copy the path of the report", footer=True),
        Action("report", "w", "write one", "Write a report about no run in particular", footer=True),
        Action("look", "r", "look again", "Read the folder again", footer=True),
        Action("leave", "escape", "back", "Back to the list, then to the plan", footer=True),
    ),
}
"""The actions of each scope, in the order people meet them."""


WRITING = frozenset(
    (
        *("parse_prd", "analyse", "expand", "expand_all", "documents", "submit", "undo", "redo"),
        *("set_status", "set_priority", "edit", "add_task", "add_subtask", "remove", "move_up", "move_down"),
        *("edit_dependencies", "draft", "apply", "begin", "commit", "take", "new_branch", "bring_back"),
        *("retry_run", "apply_run", "set_back", "report_incident", "report", "offer"),
    )
)
"""Actions that end in a write, by name: in a read-only project their keys say why nothing happens."""


_KEY_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "ampersand": "&",
    "apostrophe": "'",
    "space": "space",
    "enter": "⏎",
    "escape": "esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "backspace": "⌫",
}


def key_text(key: str) -> str:
    """One key as people read it: `question_mark` is ?, `ctrl+s` is ^s."""
    modifiers, _, name = key.rpartition("+")
    shown = _KEY_NAMES.get(name, name)
    for modifier in filter(None, modifiers.split("+")):
        shown = ("^" if modifier == "ctrl" else "⇧" if modifier == "shift" else modifier + "+") + shown
    return shown


def keys_text(keys: str) -> str:
    """All keys of an action: `up,k` is "↑ k"."""
    return " ".join(key_text(key) for key in keys.split(","))


def bindings(scope: str) -> list[BindingType]:
    """The Textual bindings of one scope."""
    return [action.binding for action in ACTIONS[scope]]
