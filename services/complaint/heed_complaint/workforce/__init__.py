"""Who handles complaints: staff, assignment, four eyes, priority, capacity."""
