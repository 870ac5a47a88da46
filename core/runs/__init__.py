"""One run from request to verdict: what was asked, what happened, and proof of it, on disk."""
