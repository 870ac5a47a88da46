"""Asks a model for lists and documents, and mends what comes back."""
