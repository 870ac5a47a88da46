"""The planner that needs no model: rules read the PRD and say what they did."""
