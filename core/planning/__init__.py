"""From a product requirements document to tasks, scores and subtasks: planners and proposals."""
