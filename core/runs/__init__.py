"""One run from request to pull request: request, stages, ledger, workspace, worker, and how others watch it."""
