"""Rows that a job could not process: recorded and retried with back-off, without blocking other rows."""
