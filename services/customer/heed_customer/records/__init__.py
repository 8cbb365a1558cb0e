"""Customer master data."""
