"""The built-in demonstration: a sample project, made as a throw-away copy, and its run without a screen."""
