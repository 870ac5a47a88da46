"""Everything Taskdeck does, without a screen: tasks, planning, and the ground they stand on."""
