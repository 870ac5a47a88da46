"""Lines at scale: follow any source, keep them on disk, filter and search them, merge them by time."""
