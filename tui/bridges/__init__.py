"""Core's work brought to the screen: everything here runs I/O in threads and hands over finished values."""
