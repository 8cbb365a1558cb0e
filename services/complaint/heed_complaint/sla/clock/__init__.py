"""Pure: working time, milestones, pauses and alerts of one complaint."""
