"""The task file of Task Master: read every dialect, write losslessly, never lose an edit."""
