"""The files an agent works from: catalogue, coverage, the writer that needs no model, the gate."""
