"""Two versions of a task file: what is damaged, git's conflict markers, merging by task id."""
