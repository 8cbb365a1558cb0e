"""Calendars: working hours as operators write them, version by version."""
