"""Settings files: read with the place of every key, written keeping comments, trusted value by value."""
