"""Invitations: links, messages with links, reminders, triggers, and what became of each invitation."""
