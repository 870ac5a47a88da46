"""The command line: one file a command group, each imported only when one of its commands runs."""
