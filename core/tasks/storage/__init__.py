"""What stands behind the store: the lock, one write from lock to journal, the journal, undo, backups."""
