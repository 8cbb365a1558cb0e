"""Permission before every contact, and the log of all contacts."""
