"""The clocks of a complaint: by when each milestone is due, and whether it came in time."""
