"""Git and forges: facts about the repository, publishing with proof, pulling, pull requests."""
