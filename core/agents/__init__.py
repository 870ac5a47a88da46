"""What an agent says and does: its events, rows, plan, state and cost; the commands that start one."""
