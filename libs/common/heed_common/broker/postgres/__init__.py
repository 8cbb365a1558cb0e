"""The embedded event log in PostgreSQL."""
