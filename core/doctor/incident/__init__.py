"""Incident reports: what a run was asked, what happened, with every fact that could be gathered."""
