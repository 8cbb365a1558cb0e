"""Many responses to one survey at once, for imports."""
