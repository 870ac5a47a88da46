"""The pages the builtin writer makes: what is known of a task, put where its reader looks for it."""
