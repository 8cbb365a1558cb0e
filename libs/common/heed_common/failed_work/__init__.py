"""Rows that a job could not process: recorded, tried again with back-off, and in nobody's way meanwhile."""
