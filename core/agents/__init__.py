"""What an agent says and does: its events, readable rows, plan, state and cost; the commands that start one."""
