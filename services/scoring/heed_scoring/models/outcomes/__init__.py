"""Features and outcomes as of past days."""
