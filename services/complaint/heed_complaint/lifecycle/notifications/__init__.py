"""Notifications: which messages customers get about their complaints, by whose wish and over which channels."""
