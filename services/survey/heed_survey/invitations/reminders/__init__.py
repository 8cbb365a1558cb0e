"""Reminders: to who has not answered, and of an anonymous survey to everybody."""
