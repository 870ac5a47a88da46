"""How edits change the text of a task file; `core.tasks.edits` is the way in."""
