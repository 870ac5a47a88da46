"""Where pull requests are made: one Protocol, GitHub by its API or by `gh`, and a link as the last resort."""
